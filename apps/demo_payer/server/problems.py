"""What is shown when something is refused: a page to people, an OperationOutcome to FHIR clients."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from apps.demo_payer.server.addresses import playing
from apps.demo_payer.server.fhir.outcomes import outcome


def page(request: HttpRequest, *, status: int, sentence: str) -> HttpResponse:
    """Return a page with one sentence about what went wrong."""
    return render(request, "harborlight/problem.html", {"sentence": sentence}, status=status)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404 in the format of the part that was asked."""
    del exception
    if _is_fhir(request):
        return outcome(404, "not-found", "There is nothing at this address.")
    return page(request, status=404, sentence="There is no page at this address.")


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 400 in the format of the part that was asked."""
    del exception
    if _is_fhir(request):
        return outcome(400, "invalid", "The request cannot be understood.")
    return page(request, status=400, sentence="The request cannot be understood.")


def fault(request: HttpRequest) -> HttpResponse:
    """Answer 500: the traceback is on the server's standard error."""
    if _is_fhir(request):
        return outcome(500, "exception", "The server failed to answer.")
    return page(request, status=500, sentence="Something went wrong on our side.")


def form_refused(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a form without a fitting CSRF token."""
    del reason
    return page(
        request, status=403, sentence="This form is out of date. Go back, reload the page and try again."
    )


def _is_fhir(request: HttpRequest) -> bool:
    return request.path_info.startswith(f"/{playing(request).paths.fhir}")

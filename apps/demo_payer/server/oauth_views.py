"""The OAuth endpoints: authorize (a page), token, revoke."""

from typing import Any
from urllib.parse import urlsplit

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import AccessDeniedError
from authlib.oidc.core.errors import ConsentRequiredError
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from apps.demo_payer.server import answers, problems, scopes
from apps.demo_payer.server.addresses import issuer, playing
from apps.demo_payer.server.oauth import consent_grant, server
from apps.demo_payer.server.sign_in import signed_in, to_sign_in


@never_cache
@require_http_methods(["GET", "POST"])
def authorize(request: HttpRequest) -> HttpResponse:
    """Ask the member whether this app may read; every request signs in anew, as on a shared computer."""
    personality = playing(request)
    account = signed_in(request)
    try:
        grant = consent_grant(request, account)
        if account and "none" in request.GET.get("prompt", "").split():
            raise ConsentRequiredError(redirect_uri=grant.redirect_uri, state=request.GET.get("state"))
        if account and personality.denies_after_sign_in:
            request.session.flush()
            raise AccessDeniedError(redirect_uri=grant.redirect_uri)
    except OAuth2Error as error:
        return _refused(request, error)
    if account is None:
        return to_sign_in(request)
    answer = request.POST.get("answer")
    if answer not in {"allow", "deny"}:
        return render(request, "harborlight/consent.html", _question(grant, account, request))
    less = personality.declinable if request.POST.get("share") == "less" else ()
    grant.request.declined = frozenset((*less, *_not_asked_well(request)))
    response = server.create_authorization_response(
        grant.request, grant_user=account if answer == "allow" else None, grant=grant
    )
    request.session.flush()
    return _identified(request, response)


@csrf_exempt
@require_POST
@transaction.atomic
def token(request: HttpRequest) -> HttpResponse:
    """Exchange a code or a refresh token; one at a time, so that neither can be used twice."""
    answer: HttpResponse = server.create_token_response(request)
    return answer


@csrf_exempt
@require_POST
@transaction.atomic
def revoke(request: HttpRequest) -> HttpResponse:
    """End a permission (RFC 7009)."""
    answer: HttpResponse = server.create_endpoint_response("revocation", request)
    return answer


@csrf_exempt
@require_POST
def revoke_elsewhere(request: HttpRequest) -> HttpResponse:
    """Lead on to the address with a slash, as a framework does that adds slashes by itself."""
    return HttpResponsePermanentRedirect(f"{request.path}/")


def _question(grant: Any, account: Any, request: HttpRequest) -> dict[str, Any]:
    asked = [scope for scope in grant.request.scope.split() if scope not in _not_asked_well(request)]
    return {
        "account": account,
        "client_name": grant.request.client.name,
        "sentences": scopes.in_words(" ".join(asked)),
        "lasting": answers.is_lasting(playing(request), " ".join(asked)),
        "lasts": _in_words(playing(request).access_seconds),
        "declinable": bool(set(playing(request).declinable) & set(asked)),
        "returns_to": urlsplit(grant.redirect_uri).netloc,
    }


def _not_asked_well(request: HttpRequest) -> tuple[str, ...]:
    """The scopes this payer ignores in such a request (OpenID Connect Core 1.0 section 11)."""
    is_well = "consent" in request.GET.get("prompt", "").split()
    return ("offline_access",) if playing(request).lasting_needs_prompt and not is_well else ()


def _in_words(seconds: int) -> str:
    for size, noun in ((3600, "hour"), (60, "minute"), (1, "second")):
        if seconds >= size:
            count = seconds // size
            return f"one {noun}" if count == 1 else f"{count} {noun}s"
    return "a moment"


def _refused(request: HttpRequest, error: OAuth2Error) -> HttpResponse:
    """Tell the client where that is safe, else only the person: an unknown address is never followed."""
    if not error.redirect_uri:
        return problems.page(request, status=400, sentence=str(error.get_error_description() or error.error))
    error.state = request.GET.get("state")
    return _identified(request, server.handle_error_response(None, error))


def _identified(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Say who answers, on success and on error alike (RFC 9207 section 2)."""
    if playing(request).names_itself and response.has_header("Location"):
        response["Location"] = add_params_to_uri(response["Location"], [("iss", issuer(request))])
    return response

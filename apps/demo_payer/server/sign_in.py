"""Who sits in front of the page: sign-in, sign-out and the front door."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from apps.demo_payer import plan
from apps.demo_payer.personalities import ALL, Personality
from apps.demo_payer.server.addresses import at_root, fhir_base, issuer, origin, playing, root
from apps.demo_payer.server.models import Account

PASSWORD = "demo"  # noqa: S105 - printed on the page: nobody here is real
LISTED = 60


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """Say what this is, who can sign in, and where its endpoints are."""
    personality = playing(request)
    published = [document for document in personality.documents if document.status == 200]
    page = {
        "people": Account.objects.all()[:LISTED],
        "fhir_base": fhir_base(request),
        "documents": [f"{root(request)}/{document.path}" for document in published],
        "issuer": issuer(request),
        "client_id": plan.describe(origin(request), personality.name)["client_id"],
        "main": [_door(request, payer) for payer in ALL.values() if payer.is_main],
        "others": [_door(request, payer) for payer in ALL.values() if not payer.is_main],
    }
    return render(request, "harborlight/home.html", page)


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Take a username and the password, or one of the invented people picked from the list."""
    username = request.POST.get("username", "").strip()
    chosen = request.POST.get("choose", "")
    if request.method == "POST":
        account = Account.objects.filter(username=chosen or username).first()
        if account and (chosen or request.POST.get("password") == PASSWORD):
            request.session.flush()  # a new session for a new person
            request.session["account"] = account.pk
            request.session["played"] = playing(request).name
            return HttpResponseRedirect(_next(request))
    page = {
        "people": Account.objects.all()[:LISTED],
        "people_count": Account.objects.count(),
        "password": PASSWORD,
        "username": username,
        "wrong": request.method == "POST",
        "next": _next(request),
    }
    return render(request, "harborlight/sign_in.html", page, status=400 if page["wrong"] else 200)


@never_cache
@require_http_methods(["POST"])
def sign_out(request: HttpRequest) -> HttpResponse:
    """Forget who it is and ask again, keeping the way onward."""
    request.session.flush()
    return redirect(f"{reverse('sign_in')}?{urlencode({'next': _next(request)})}")


def signed_in(request: HttpRequest) -> Account | None:
    """Return who is signed in at this payer, or none."""
    if request.session.get("played") != playing(request).name:
        return None
    return Account.objects.filter(pk=request.session.get("account")).first()


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """Send to the sign-in page and from there back to this very request."""
    return redirect(f"{reverse('sign_in')}?{urlencode({'next': request.get_full_path()})}")


def _next(request: HttpRequest) -> str:
    """Return where to go after signing in: an address of this payer, never another's."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}):
        return asked
    return reverse("home")


def _door(request: HttpRequest, plays: Personality) -> dict[str, Any]:
    """Return what the home page says of a payer: who it plays, where it is, and whether this is it."""
    below = "" if plays is at_root(request) else f"p/{plays.name}/"
    return {"plays": plays, "address": f"{origin(request)}/{below}", "is_here": plays is playing(request)}

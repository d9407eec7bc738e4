"""Signing a member in on the word of their plan, and asking whether that was a moment ago."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from allauth.account.adapter import get_adapter
from allauth.account.app_settings import EmailVerificationMethod
from allauth.account.internal.flows.login import (
    get_authentication_records,
    perform_login,
    record_authentication,
)
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.account.models import EmailAddress, Login
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from apps.accounts.models import Member
from apps.accounts.operators import LINK, is_within, may_change_ways, way_to_prove
from apps.accounts.requests import MemberRequest
from apps.plain_language.language import _

PLAN: Final = "plan"


def sign_in(request: HttpRequest, member: Member, *, next_path: str) -> str:
    """Sign the member in and return where to go: `next_path`, or the question for their second step.

    The session gets a new key and keeps what is in it (W-12); a member who has one still needs it, as
    after a password, so that a plan's sign-in is no way around it (W-17).
    """
    record_authentication(request, member, method=PLAN)
    login = Login(user=member, redirect_url=next_path, email_verification=EmailVerificationMethod.NONE)
    return str(perform_login(request, login)["location"])


def is_fresh(request: MemberRequest) -> bool:
    """Whether a member without password or passkey came in by their plan or a one-time link within minutes.

    Members who have either are asked for it by allauth's own pages, but for a first password (`surely`); for
    them this is always True.
    """
    if get_adapter().get_reauthentication_methods(request.user):
        return True
    records = get_authentication_records(request, request.user)
    moments = [record["at"] for record in records if record.get("method") in {PLAN, LINK}]
    return any(is_within(moment, settings.ACCOUNT_REAUTHENTICATION_TIMEOUT) for moment in moments)


def freshly[**P](view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Ask members who only have their plan to sign in with it again before they change how they sign in.

    An operator has to have used the passkey within minutes, or to be on the way to the first one.
    """

    @wraps(view)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        request: Any = args[0]
        if not may_change_ways(request):
            return redirect(way_to_prove(request.path))
        return _again(request) if not is_fresh(request) else view(*args, **kwargs)

    return wrapped


def is_it_you(request: MemberRequest) -> HttpResponse | None:
    """The page that has to be answered before a change, None when there is nothing to ask (W-14).

    Raises allauth's ReauthenticationRequired, which its middleware turns into the way to its own page.
    """
    raise_if_reauthentication_required(request, app="allauth.account")
    return None if is_fresh(request) else _again(request)


def surely[**P](view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """Ask "is it you?" before a page whose form has a secret in it, or is one that nothing takes back."""

    @wraps(view)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        request: Any = args[0]
        return is_it_you(request) or view(*args, **kwargs)

    return wrapped


def _again(request: MemberRequest) -> HttpResponse:
    return render(request, "accounts/sign_in_again.html", {"plans": plans_of(request)}, status=403)


def plans_of(request: Any) -> list[Any]:
    """Return the plans that a member may sign in with."""
    return [identity.plan for identity in request.user.identities.select_related("plan")]


def with_an_address[**P](view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    """A password signs in together with an e-mail address: ask for the address first."""

    @wraps(view)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        request: Any = args[0]
        if not EmailAddress.objects.filter(user=request.user, verified=True).exists():
            messages.info(request, _("Add your e-mail address first: you sign in with it and the password."))
            return redirect(reverse("account_email"))
        return view(*args, **kwargs)

    return wrapped

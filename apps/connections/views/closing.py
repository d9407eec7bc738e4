"""Closing the whole account; its addresses stand beside those of the account, in config/urls.py."""

import logging

from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_safe

from apps.accounts.requests import MemberRequest
from apps.accounts.signing_in import freshly
from apps.connections import closing
from apps.plain_language.language import _
from apps.plans.models import Plan

log = logging.getLogger("plainclaim.connections")
SESSION_KEY = "connections.farewell"
REMEMBERED_SECONDS = 600


@login_not_required
def close(request: HttpRequest) -> HttpResponse:
    """Lead a visitor on: the second of two clicks finds the account closed."""
    if request.user.is_authenticated:
        answer: HttpResponse = _close(request)
        return answer
    return (
        HttpResponseRedirect(reverse("closed"), status=303)
        if request.method == "POST"
        else redirect_to_login(request.path)
    )


@require_http_methods(["GET", "POST"])
@reauthentication_required  # type: ignore[untyped-decorator]
@freshly
@sensitive_variables()
def _close(request: MemberRequest) -> HttpResponse:
    """GET: what would go. POST with the phrase: it is gone, and nobody is signed in any more."""
    typed = request.POST.get("phrase", "")
    if request.method == "POST" and closing.is_confirmed(typed):
        address = request.user.email
        ways = closing.close(member=request.user, now=timezone.now())
        logout(request)
        _say_goodbye(address)
        # Plans alone: they name nobody.
        request.session[SESSION_KEY] = {way: [plan.slug for plan in plans] for way, plans in ways.items()}
        request.session.set_expiry(REMEMBERED_SECONDS)
        return HttpResponseRedirect(reverse("closed"), status=303)
    context = {
        "estate": closing.estate(request.user),
        "phrase": _(closing.PHRASE),
        "is_wrong": request.method == "POST",
    }
    return render(request, "connections/close.html", context, status=400 if context["is_wrong"] else 200)


def _say_goodbye(address: str | None) -> None:
    """Tell it by mail, in case it was somebody else; a mail server that is down keeps no account open."""
    if address:
        try:
            get_adapter().send_mail("account/email/account_closed", address, {})
        except OSError:
            log.warning("a closed account was not told by mail")


@require_safe
@login_not_required
def closed(request: HttpRequest) -> HttpResponse:
    """Goodbye, with the plans by what becomes of the permission there."""
    ways = request.session.get(SESSION_KEY, {})
    plans = Plan.objects.order_by("name")
    told = {way: plans.filter(slug__in=slugs) for way, slugs in ways.items()}
    return render(request, "connections/closed.html", {"ways": told})

"""The member's own account page; signing in and out are allauth's views with our templates."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from allauth.account.models import EmailAddress
from allauth.core.internal import ratelimit
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import (
    actions,
    authenticator_app,
    mail_notices,
    passkeys,
    policies,
    security_log,
    session_lives,
    support_codes,
    ways,
)
from apps.accounts.models import MailNotices, Member
from apps.accounts.passwords import MOST
from apps.accounts.requests import MemberRequest
from apps.accounts.security_log import Kind, note
from apps.accounts.sign_in import freshly
from apps.plain_language.dates import in_force_words
from apps.plain_language.language import _
from config.policies import newest

MOST_SHOWN: Final = 200
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)

LONGEST_ADDRESS: Final = 254
"""What a mail address has at most; a password is compared with every part of it."""


@require_safe
def account(request: MemberRequest) -> HttpResponse:
    """Show what we know of the member, the ways to sign in, and where to change them."""
    member, has_password, keys = request.user, ways.has_password(request.user), ways.passkeys(request.user)
    open_sessions = list(member.open_sessions.still_open(now=timezone.now()))
    context = {
        "open_sessions": open_sessions,
        "this_session": next((row for row in open_sessions if row.is_of(request.session)), None),
        "is_email_confirmed": EmailAddress.objects.filter(user=member, primary=True, verified=True).exists(),
        "has_password": has_password,
        "passkeys": keys,
        # Whoever comes in by the plan alone is first told what stopping means for coming back.
        "may_stop_here": has_password or keys,
        "gets_mails": MailNotices.objects.filter(member=member, look_at__isnull=False).exists(),
        "identities": member.identities.select_related("plan").order_by("created_at"),
        "is_last_way": ways.ways_in(member) <= 1,
        "app": authenticator_app.of(member),
        "may_have_app": member.may_use_plans,
        "are_passkeys_possible": passkeys.are_possible(request),
    }
    return render(request, "accounts/account.html", context)


@require_safe
def activity(request: MemberRequest) -> HttpResponse:
    """Show what happened to the account, page by page: nobody can push a line out of sight."""
    before = _moment(request.GET.get("before", ""))
    lines = security_log.happened(request.user, most=MOST_SHOWN, before=before)
    older = (lines[-1].at - EPOCH) // MICROSECOND if len(lines) == MOST_SHOWN else None
    return render(request, "accounts/activity.html", {"lines": lines, "older": older})


def _moment(microseconds: str) -> datetime | None:
    """Return the moment so long after 1970, None for what is none."""
    try:
        return EPOCH + int(microseconds) * MICROSECOND
    except (ValueError, OverflowError):
        return None


@require_http_methods(["GET", "HEAD", "POST"])
def support(request: MemberRequest) -> HttpResponse:
    """Open a code for support, which is shown this once, or end it; show until when one lasts."""
    now, code = timezone.now(), ""
    if request.POST.get("act") == "open":
        with transaction.atomic():
            session_lives.hold_signed_in(request)  # else a sign-out would leave it open (S-03)
            code = support_codes.open_code(request.user, now=now)
    elif request.POST.get("act") == "end":
        support_codes.end(request.user)
        messages.success(request, _("The support code is over."))
        return redirect("accounts:support")
    opened = request.user.support_codes.still_open(now=now).first()
    return render(request, "accounts/support.html", {"code": code, "opened": opened})


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@sensitive_variables()
def mails(request: MemberRequest) -> HttpResponse:
    """Show what the member can be told of by mail, and keep what they choose."""
    member = request.user
    if request.method == "POST":
        wanted = request.POST.getlist("kind")
        kinds = [kind for kind in mail_notices.Kind if kind in wanted]
        mail_notices.choose(member=member, kinds=kinds, now=timezone.now())
        words = _("Your choice is kept.") if kinds else _("We do not write when something is new.")
        messages.success(request, words)
        return redirect("accounts:mails")
    chosen = mail_notices.chosen_by(member)
    choices = [(kind, *map(_, mail_notices.WORDS[kind]), kind in chosen) for kind in mail_notices.Kind]
    context = {"choices": choices, "is_on": bool(chosen), "address": mail_notices.address_of(member)}
    return render(request, "accounts/mails.html", context)


@login_not_required
@csrf_exempt  # a mail program presses, which has no session (RFC 8058 section 3.2); the token is the proof
@require_http_methods(["GET", "HEAD", "POST"])
def stop_mails(request: HttpRequest, token: str) -> HttpResponse:
    """Stop all mails to whom the token belongs, signed in or not; a look at the page alone stops nothing."""
    row = mail_notices.row_named(token)
    if row is None:
        raise Http404
    if request.method == "POST":
        mail_notices.stop(row)
    return render(request, "accounts/mails_stop.html", {"is_stopped": request.method == "POST"})


@require_http_methods(["GET", "HEAD", "POST"])
def policies_page(request: MemberRequest) -> HttpResponse:
    """GET: what changes with the newest policies, and what that means. POST: `agree` to them by name."""
    version, now = newest(), timezone.now()
    if request.POST.get("agree") == version.version:
        actions.agree(
            member=request.user, version=version.version, now=now, language=translation.get_language() or ""
        )
        messages.success(request, _("You agreed to the policies. Your plans are read as before."))
        return redirect("accounts:policies")
    context = {
        "version": version,
        "dated": in_force_words(version.day, policies.in_force(version)),
        "news": policies.news_of(policies.since_agreed(request.user), now=now),
        "agreed": request.user.consents.standing().filter(policy_version=version.version).first(),
    }
    return render(request, "accounts/policies.html", context)


@require_POST
def sign_out_others(request: MemberRequest) -> HttpResponse:
    """Sign the member out of every other browser; of a lost telephone, say."""
    actions.sign_out_others(member=request.user, request=request)
    note(request.user, Kind.SIGNED_OUT)
    messages.success(request, _("Every other browser is signed out. You are still signed in here."))
    return redirect("accounts:account")


@require_POST
def sign_out_one(request: MemberRequest, pk: int) -> HttpResponse:
    """Sign the member out of one other browser."""
    opened = get_object_or_404(request.user.open_sessions, pk=pk)
    if opened.is_of(request.session):
        raise Http404
    actions.sign_out_one(member=request.user, opened=opened, request=request)
    note(request.user, Kind.SIGNED_OUT)
    messages.success(request, _("That browser is signed out."))
    return redirect("accounts:account")


@freshly
def remove_passkey(request: MemberRequest, pk: int) -> HttpResponse:
    """allauth's page, but the last way into the account stays."""
    get_object_or_404(Authenticator, user=request.user, pk=pk, type=Authenticator.Type.WEBAUTHN)
    if ways.ways_in(request.user) <= 1:
        return _kept(request)
    response: HttpResponse = _RemovePasskey.as_view()(request, pk=pk)
    return response


class _RemovePasskey(RemoveWebAuthnView):  # type: ignore[misc] # allauth ships no types
    def form_valid(self, form: object) -> HttpResponse:
        """Take it away under the lock; what allauth does then (a mail, the codes on paper) needs none."""
        passkey = self.get_object()
        if not passkeys.take_away(passkey):
            return _kept(self.request)
        response: HttpResponse = super().form_valid(form)
        return response

    def get_object(self, queryset: object = None) -> Authenticator:
        """Read the row once: after it was taken away allauth asks for it again."""
        if not hasattr(self, "_passkey"):
            self._passkey = super().get_object(queryset)
        return self._passkey


def _kept(request: HttpRequest) -> HttpResponse:
    messages.error(request, _("This passkey is the only way into your account, so we kept it."))
    return redirect("accounts:account")


@login_not_required
@never_cache
@require_POST
@sensitive_post_parameters()
@sensitive_variables()
def judge(request: HttpRequest) -> JsonResponse:
    """One sentence about the password that was sent; "" where too many were in a minute. Nothing is kept."""
    if not ratelimit.consume(request, app="allauth.account", action="password_judged"):
        return JsonResponse({"words": "", "is_good": False})
    password = request.POST.get("password1", "")[:MOST]
    email = request.POST.get("email", "")[:LONGEST_ADDRESS]
    user: Any = request.user if request.user.is_authenticated else Member(email=email)
    try:
        validate_password(password, user)
    except ValidationError as error:
        return JsonResponse({"words": error.messages[0], "is_good": False})
    return JsonResponse({"words": _("Good: this is hard to guess."), "is_good": True})

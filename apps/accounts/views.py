"""The member's own account page; signing in and out are allauth's views with our templates."""

from typing import Final

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.views import RemoveWebAuthnView
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import actions, authenticator_app, passkeys, support_codes, ways
from apps.accounts.requests import MemberRequest
from apps.accounts.security_log import SENTENCES, Kind, note
from apps.accounts.signing_in import freshly
from apps.plain_language.language import _

MOST_SHOWN: Final = 200


@require_safe
def account(request: MemberRequest) -> HttpResponse:
    """Show what we know of the member, the ways to sign in, and where to change them."""
    member = request.user
    open_sessions = list(member.open_sessions.still_open(now=timezone.now()))
    context = {
        "open_sessions": open_sessions,
        "this_session": next((row for row in open_sessions if row.is_of(request.session)), None),
        "is_email_confirmed": EmailAddress.objects.filter(user=member, primary=True, verified=True).exists(),
        "has_password": ways.has_password(member),
        "passkeys": ways.passkeys(member),
        "identities": member.identities.select_related("plan").order_by("created_at"),
        "is_last_way": ways.ways_in(member) <= 1,
        "app": authenticator_app.of(member),
        "may_have_app": member.may_use_plans,
        "are_passkeys_possible": passkeys.are_possible(request),
    }
    return render(request, "accounts/account.html", context)


@require_safe
def activity(request: MemberRequest) -> HttpResponse:
    """Show what happened to the account."""
    events = [(event, _(SENTENCES[event.kind])) for event in request.user.security_events.all()[:MOST_SHOWN]]
    return render(request, "accounts/activity.html", {"events": events})


@require_http_methods(["GET", "HEAD", "POST"])
def support(request: MemberRequest) -> HttpResponse:
    """Open a code for support, which is shown this once, or end it; show until when one lasts."""
    now, code = timezone.now(), ""
    if request.POST.get("act") == "open":
        code = support_codes.open_code(request.user, now=now)
    elif request.POST.get("act") == "end":
        support_codes.end(request.user)
        messages.success(request, _("The support code is over."))
        return redirect("accounts:support")
    opened = request.user.support_codes.still_open(now=now).first()
    return render(request, "accounts/support.html", {"code": code, "opened": opened})


@require_POST
def sign_out_others(request: MemberRequest) -> HttpResponse:
    """Sign the member out of every other browser; of a lost telephone, say."""
    actions.sign_out_others(member=request.user, session=request.session)
    note(request.user, Kind.SIGNED_OUT)
    messages.success(request, _("Every other browser is signed out. You are still signed in here."))
    return redirect("accounts:account")


@require_POST
def sign_out_one(request: MemberRequest, pk: int) -> HttpResponse:
    """Sign the member out of one other browser."""
    opened = get_object_or_404(request.user.open_sessions, pk=pk)
    if opened.is_of(request.session):
        raise Http404
    opened.session.delete()
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

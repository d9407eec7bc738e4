"""How sign-up and sign-in talk to the member."""

import logging
import re
from collections.abc import Mapping
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.stages import EmailVerificationStage
from allauth.core.internal import ratelimit
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from apps.accounts import authenticator_app, known_devices, proxies
from apps.accounts.known_devices import browser_words
from apps.accounts.languages import keep_choice, language_of
from apps.accounts.models import Member
from apps.accounts.session_lives import hold_signed_in
from apps.accounts.ways import needs_code
from apps.plain_language.other_language import speaking

log = logging.getLogger("plainclaim.accounts")
LOCKED_SECONDS: Final = 300
"""As `too_many_login_attempts` says, and `ACCOUNT_RATE_LIMITS`."""
STRANGERS_ASK_FOR: Final = frozenset(
    f"account/email/{kind}" for kind in ("password_reset_key", "unknown_account", "account_already_exists")
)
"""Mails that anybody can have sent who knows an address."""
LINKS: Final = ("password_reset_url", "signup_url")
"""Addresses of ours that allauth makes of what a request calls the site: of any port, as it were (O-08)."""
MOST_MAILS: Final = 3
"""Of one kind to one address, in the time that a link lasts."""


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth ships no types
    """allauth's own behaviour with our words."""

    error_messages: ClassVar[dict[str, object]] = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": lazy("This account is closed."),
        "email_password_mismatch": lazy(
            "The e-mail address and the password do not belong together. Check both."
        ),
        "too_many_login_attempts": lazy("Too many tries. Wait five minutes, then try again."),
        "incorrect_code": lazy("That is not the code we sent. Check it, or ask for a new one."),
        "incorrect_password": lazy("That is not your password."),
        "enter_current_password": lazy("That is not your password."),
        "duplicate_email": lazy("This is already your address."),
        "rate_limited": lazy("That was too many in a short time. Wait a minute."),
    }

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """allauth's limit on wrong passwords, counted apart for a browser the member signed in with before.

        Else anybody who knows an address could keep its owner out. Who is over it is told when to come back.
        """
        login = self._get_login_attempts_cache_key(request, **credentials)
        member = Member.objects.filter(email=login).first()
        self._login_failed_rl_usage = known_devices.count_try(request, member, login)
        if not self._login_failed_rl_usage:
            raise self.validation_error("too_many_login_attempts")

    def _get_login_attempts_cache_key(self, _request: HttpRequest, **credentials: Any) -> str:
        """allauth counts for each name of the site apart: three names would let three times as many in."""
        return str(credentials.get("email", ""))

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        """allauth's; who is over the limit of wrong passwords and codes is told when to come back."""
        if code == "too_many_login_attempts" and self.request:
            self.request.too_many_seconds = LOCKED_SECONDS
        error: ValidationError = super().validation_error(code, *args)
        return error

    def is_login_by_code_required(self, login: Any) -> bool:
        """Before an operator's first passkey the password opens nothing without a code by mail (S-01)."""
        records = get_authentication_records(self.request, login.user)
        last = records[-1] if records else {}
        is_proved = last.get("method") == "code" or (last.get("method"), last.get("type")) == (
            "mfa",
            "webauthn",
        )
        return login.user is not None and not is_proved and needs_code(login.user)

    def get_login_stages(self) -> list[str]:
        """allauth's stages, of which that of the e-mail address is ours."""
        theirs, ours = "allauth.account.stages.EmailVerificationStage", "apps.accounts.adapter.AddressStage"
        return [ours if stage == theirs else stage for stage in super().get_login_stages()]

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """allauth's ways to say "it is still me", in our words."""
        words = {
            "reauthenticate": _("use your password"),
            "mfa_reauthenticate": _("use a code of your app, or one you wrote down")
            if authenticator_app.of(user)
            else _("use a code you wrote down"),
            "mfa_reauthenticate:webauthn": _("use your passkey"),
        }
        methods = super().get_reauthentication_methods(user)
        methods = [{**method, "description": words[method["id"]]} for method in methods]
        # The passkey first, then the codes: whoever has a passkey has it at hand more often than the paper.
        return sorted(methods, key=lambda method: method["id"] == "mfa_reauthenticate")

    def get_client_ip(self, request: HttpRequest) -> str:
        """allauth's (W-19), which raises where fewer proxies than TRUSTED_PROXIES named an address.

        What they say is not to be believed then, so it is the peer's.
        """
        proxies.note_fewer(request)
        try:
            return str(super().get_client_ip(request))
        except ImproperlyConfigured:
            log.error("TRUSTED_PROXIES is %d: X-Forwarded-For has fewer addresses", settings.TRUSTED_PROXIES)
            return str(request.META.get("REMOTE_ADDR", ""))

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send in the member's language; where no e-mail leaves the machine say where the message is.

        What strangers ask for goes out a few times while a link lasts: one that works is in the mailbox then.
        A sign-in or a new password ends all links, and begins anew.
        """
        user = context.get("user")
        member = user if isinstance(user, Member) else Member.objects.filter(email__iexact=email).first()
        usage = self._asked(template_prefix, email, member) if template_prefix in STRANGERS_ASK_FOR else None
        if template_prefix in STRANGERS_ASK_FOR and usage is None:
            return
        # Whoever asks (for a new password, say) may be another browser, which speaks another language.
        with speaking((member and language_of(member)) or translation.get_language()):
            has_left = self._try(template_prefix, email, context | _at_home(context))
        if usage is not None and not has_left:
            usage.rollback()
        if settings.MAILERS["default"]["BACKEND"].endswith("console.EmailBackend") and self.request:
            text = _("No e-mail leaves this demo: read the message where it was started.")
            messages.info(self.request, text)

    def _asked(self, kind: str, email: str, member: Member | None) -> Any:
        """Return the use of the bound that one more mail makes, which can be taken back; None beyond it."""
        limits = {kind: f"{MOST_MAILS}/{settings.PASSWORD_RESET_TIMEOUT}s/key"}
        mailbox = re.sub(r"\+[^@]*@", "@", email.lower())  # what stands behind a plus is a name within one
        state = f"{member.password}{member.last_login}" if member else ""
        links = salted_hmac("links", state, algorithm="sha256").hexdigest() if member else ""
        return ratelimit.consume(
            self.request,
            app="allauth.account",
            action=kind,
            config=limits,
            key=f"{mailbox} {links}",
        )

    def _try(self, template_prefix: str, email: str, context: dict[str, Any]) -> bool:
        """Send; where the mail server is down go on, and say so: an account is no worse for a late mail.

        Return whether it left.
        """
        try:
            super().send_mail(template_prefix, email, context)
        except OSError as error:  # SMTPException is one
            log.error("a mail did not leave: %s", type(error).__name__)
            if self.request and "browser" not in context:  # a notice, which nobody waits for, names one
                text = _("The e-mail could not be sent just now. Wait a few minutes, then ask for it again.")
                messages.warning(self.request, text)
            return False
        return True

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Member,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """allauth's, with the kind of browser in place of its whole name, and the site's own address."""
        agent = self.request.headers.get("User-Agent", "") if self.request else ""
        ours = {"browser": browser_words(agent), "site_url": settings.SITE_URL}
        super().send_notification_mail(template_prefix, user, {**(context or {}), **ours}, email)

    def set_password(self, user: Member, password: str) -> None:
        """allauth's, which writes the whole row as the request read it: over a suspension since, say (S-02).

        Nothing is written for a session that was ended while the password was being hashed.
        """
        user.set_password(password)
        with transaction.atomic():
            if self.request and self.request.user == user:
                hold_signed_in(self.request)
            user.save(update_fields=["password"])

    def post_login(self, request: HttpRequest, user: Member, **how: Any) -> HttpResponse:
        """Go on as allauth does, in the language that was chosen before signing in."""
        keep_choice(request, user)
        response: HttpResponse = super().post_login(request, user, **how)
        return response

    def format_email_subject(self, subject: str) -> str:
        """Return the subject as written: the sender's name already says who we are."""
        return str(subject)

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:  # noqa: ARG002 - allauth's signature
        """Return where to go after a new password: back to the account."""
        return reverse("accounts:account")


def _at_home(context: Mapping[str, Any]) -> dict[str, str]:
    """Those of `LINKS` in *context*, at the site's own address."""
    links = {name: urlsplit(context[name]) for name in LINKS if name in context}
    return {
        name: f"{settings.SITE_URL}{link._replace(scheme='', netloc='').geturl()}"
        for name, link in links.items()
    }


class AddressStage(EmailVerificationStage):  # type: ignore[misc] # allauth ships no types
    """Members who came with a plan have no address, so none has to be confirmed before they come in."""

    def handle(self) -> tuple[HttpResponse | None, bool]:
        """Return the page to show before going on, if any, and whether to go on at all."""
        member = self.login.user  # None: somebody signs up with a known address, and must not learn of it
        if member is not None and not member.email:
            return None, True
        shown: tuple[HttpResponse | None, bool] = super().handle()
        return shown

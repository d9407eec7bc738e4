"""How sign-up and sign-in talk to the member."""

from typing import Any, ClassVar

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from apps.accounts.languages import keep_choice, language_of
from apps.accounts.models import Member


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

    def get_login_stages(self) -> list[str]:
        """allauth's stages, of which that of the e-mail address is ours."""
        theirs, ours = "allauth.account.stages.EmailVerificationStage", "apps.accounts.stages.AddressStage"
        return [ours if stage == theirs else stage for stage in super().get_login_stages()]

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """allauth's ways to say "it is still me", in our words."""
        words = {
            "reauthenticate": _("use your password"),
            "mfa_reauthenticate": _("use a code you wrote down"),
            "mfa_reauthenticate:webauthn": _("use your passkey"),
        }
        methods = super().get_reauthentication_methods(user)
        methods = [{**method, "description": words[method["id"]]} for method in methods]
        # The passkey first, then the codes: whoever has a passkey has it at hand more often than the paper.
        return sorted(methods, key=lambda method: method["id"] == "mfa_reauthenticate")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Send in the member's language; where no e-mail leaves the machine say where the message is."""
        user = context.get("user")
        member = user if isinstance(user, Member) else Member.objects.filter(email__iexact=email).first()
        # Whoever asks (for a new password, say) may be another browser, which speaks another language.
        with translation.override((member and language_of(member)) or translation.get_language()):
            super().send_mail(template_prefix, email, context)
        if settings.MAILERS["default"]["BACKEND"].endswith("console.EmailBackend") and self.request:
            text = _("No e-mail leaves this demo: read the message where it was started.")
            messages.info(self.request, text)

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

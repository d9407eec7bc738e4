"""Passkeys, and the codes of apps and on paper beside them: allauth's, with our name, words and sealing."""

import ipaddress
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as lazy

from apps.accounts.ways import one_change_at_a_time, ways_in
from apps.outbound.addresses import origin_of
from apps.plain_language.dates import month_words
from apps.plain_language.language import _
from apps.vault.boxes import house_box

PURPOSE: Final = "recovery codes"


class PasskeyAdapter(DefaultMFAAdapter):  # type: ignore[misc] # allauth ships no types
    """What allauth asks us about passkeys."""

    error_messages: ClassVar[dict[str, object]] = {
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": lazy("This is the only way into your account, so we kept it."),
        "incorrect_code": lazy("That did not work. Please try again."),
        "unverified_email": lazy("Confirm your e-mail address first, then add a passkey or an app."),
    }

    def encrypt(self, text: str) -> str:
        """Seal the seed of the recovery codes or of an app, which allauth would store in clear (W-16)."""
        return house_box().seal_text(PURPOSE, text)

    def decrypt(self, encrypted_text: str) -> str:
        """The reverse of `encrypt`."""
        return house_box().open_text(PURPOSE, encrypted_text)

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Keep the last way into the account."""
        is_passkey = authenticator.type == Authenticator.Type.WEBAUTHN
        return not is_passkey or ways_in(authenticator.user, without=authenticator) >= 1

    def get_totp_issuer(self) -> str:
        """What the app shows beside its code."""
        return _site_name()

    def get_totp_label(self, user: Any) -> str:
        """Whose code it is, as the app shows it: the address, or how long the account exists."""
        return _label(user)

    def generate_authenticator_name(self, user: Any, type: str) -> str:
        """ "Passkey", "Passkey 2" and so on."""
        count = Authenticator.objects.filter(user=user, type=type).count()
        return _("Passkey {number}").format(number=count + 1) if count else _("Passkey")

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Passkeys are made for the site's own host name, never for what a request calls it (O-08)."""
        return {"id": urlsplit(settings.SITE_URL).hostname or "", "name": _site_name()}

    def get_public_key_credential_user_entity(self, user: Any) -> dict[str, Any]:
        """What the device shows beside the passkey: the address, or how long the account exists."""
        entity: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return {**entity, "name": _label(user), "display_name": _label(user)}


def _site_name() -> str:
    return str(import_string(settings.ACCOUNTS_APP_NAME)(HttpRequest())["app_name"])


def _label(user: Any) -> str:
    joined = user.date_joined
    since = _("{site}, since {month}").format(site=_site_name(), month=month_words(joined.year, joined.month))
    return user.email or since


def take_away(passkey: Authenticator) -> bool:
    """Delete the passkey, unless it is the last way into the account; whether it was deleted."""
    with one_change_at_a_time(passkey.user) as member:
        if ways_in(member, without=passkey) < 1:
            return False
        Authenticator.objects.filter(pk=passkey.pk).delete()
    return True


def are_possible(request: HttpRequest) -> bool:
    """Whether browsers make passkeys for this site, and at the address it was opened with."""
    if settings.IS_HTTPS and origin_of(f"https://{request.get_host()}") != origin_of(settings.SITE_URL):
        return False  # they are taken at the site's own address alone
    return is_named(settings.SITE_URL) and is_named(f"//{request.get_host()}")


def is_named(url: str) -> bool:
    """Whether the host has a name: browsers make passkeys for no number (WebAuthn 5.1.2)."""
    try:
        ipaddress.ip_address(urlsplit(url).hostname or "")
    except ValueError:
        return True
    return False

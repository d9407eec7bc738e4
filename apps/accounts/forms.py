"""allauth's forms where ours differ: the time of signing up tells nothing, and a passkey form turns away what
is no answer of a device instead of failing on it.
"""

import struct
from contextlib import suppress
from typing import Any, Final

from allauth.account import forms as allauth_account
from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as allauth_codes
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn import forms as allauth_forms
from allauth.mfa.webauthn.internal import auth
from cryptography.exceptions import InvalidSignature
from django import forms
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest
from fido2.cose import CoseKey
from fido2.webauthn import CollectedClientData, RegistrationResponse

from apps.accounts import known_devices
from apps.outbound.addresses import origin_of
from apps.outbound.errors import AddressRefused

# What the reading of a made-up answer ends in, somewhere between JSON, CBOR and a signature.
UNREADABLE: Final = (
    AddressRefused,
    ArithmeticError,
    AssertionError,  # fido2: a device that attests no key
    AttributeError,
    LookupError,
    NotImplementedError,  # fido2: a signature by an algorithm it does not know
    RecursionError,
    TypeError,
    ValueError,
    InvalidSignature,
    struct.error,
)


class SignupForm(allauth_account.SignupForm):  # type: ignore[misc] # allauth ships no types
    """Creating an account."""

    def try_save(self, request: HttpRequest) -> Any:
        """Take as long for an address that has an account (W-20): hashing is by far most of it."""
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        return super().try_save(request)


class CredentialField(forms.JSONField):
    """What the device answered (WebAuthn section 5.1): a JSON object, in a hidden input."""

    def to_python(self, value: Any) -> Any:
        """Read it; anything but an object is refused."""
        try:
            credential = super().to_python(value)
        except RecursionError:
            credential = None
        if credential is not None and not isinstance(credential, dict):
            raise get_adapter().validation_error("incorrect_code")
        return credential


class _UseForm(forms.Form):
    credential = CredentialField(required=True, widget=forms.HiddenInput)
    user: Any

    def clean_credential(self) -> Any:
        """Return the passkey that answered."""
        try:
            return self._answered(self.cleaned_data["credential"])
        except UNREADABLE:
            raise get_adapter().validation_error("incorrect_code") from None

    def _answered(self, credential: dict[str, Any]) -> Any:
        _refuse_elsewhere(auth.parse_authentication_response(credential).response.client_data)
        if not self.user:  # signing in: the passkey says who it is
            return auth.complete_authentication(auth.extract_user_from_response(credential), credential)
        usage = _counted(self.user)
        passkey = auth.complete_authentication(self.user, credential)
        usage.rollback()
        return passkey


class LoginForm(_UseForm, allauth_forms.LoginWebAuthnForm):  # type: ignore[misc]
    """Signing in with a passkey."""


class AuthenticateForm(_UseForm, allauth_forms.AuthenticateWebAuthnForm):  # type: ignore[misc]
    """The passkey after a password or a plan."""


class ReauthenticateForm(_UseForm, allauth_forms.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """The passkey once more, before something changes."""


def _counted(member: Any) -> Any:
    """Count a try of the second step; return what takes it back. ValidationError for one too many.

    allauth counts everybody's wrong ones together: who has the password alone could keep its owner out.
    """
    usage = known_devices.count_try(context.request, member, f"second step of {member.pk}")
    if usage is None:
        raise get_account_adapter().validation_error("too_many_login_attempts")
    return usage


class _PaperForm:
    """A code of an app or on paper; of a paper that is being replaced in another window none counts."""

    user: Any
    cleaned_data: dict[str, Any]

    def clean_code(self) -> str:
        """Return the code, which is used by that; ValidationError for a wrong one, and for one too many."""
        usage = _counted(self.user)
        code = str(self.cleaned_data["code"])
        with suppress(Authenticator.DoesNotExist):
            for way in self.user.authenticator_set.exclude(type=Authenticator.Type.WEBAUTHN):
                if way.wrap().validate_code(code):
                    self.authenticator = way
                    usage.rollback()
                    return code
        raise get_adapter().validation_error("incorrect_code")


class CodeForm(_PaperForm, allauth_codes.AuthenticateForm):  # type: ignore[misc]
    """The code after a password or a plan."""


class CodeAgainForm(_PaperForm, allauth_codes.ReauthenticateForm):  # type: ignore[misc]
    """The code once more, before something changes."""


class AddForm(allauth_forms.AddWebAuthnForm):  # type: ignore[misc]
    """Making a passkey."""

    credential = CredentialField(required=True, widget=forms.HiddenInput)

    def clean(self) -> Any:
        """Check what the device made; a passkey whose signatures nobody can check would lock people out."""
        try:
            cleaned = super().clean()
            if "credential" in cleaned:
                _refuse_unusable(cleaned["credential"], self.user)
            return cleaned
        except UNREADABLE:
            raise get_adapter().validation_error("incorrect_code") from None


def _refuse_elsewhere(said: CollectedClientData) -> None:
    """Raise ValueError unless a page of this very site asked: fido2 takes any port, and hosts below ours."""
    if settings.IS_HTTPS and origin_of(said.origin) != origin_of(settings.SITE_URL):
        raise ValueError("asked for at another site")


def _refuse_unusable(credential: Any, member: Any) -> None:
    """Raise ValueError unless the key is of a kind that we ask devices for, complete, and under a name
    that no other of the account has.

    Of two passkeys of one name either may be the one that is tried: the other would fit no more.
    """
    answer = RegistrationResponse.from_dict(credential).response
    _refuse_elsewhere(answer.client_data)
    passkey = answer.attestation_object.auth_data.credential_data
    if passkey is None:
        raise ValueError("no key")
    if passkey.credential_id in {kept_passkey.credential_id for kept_passkey in auth.get_credentials(member)}:
        raise ValueError("known already")
    key = passkey.public_key
    if key.get(3) not in CoseKey.supported_algorithms():
        raise ValueError("an unknown algorithm")
    with suppress(InvalidSignature):  # what is asked is whether it can be tried at all
        key.verify(b"", b"")

"""A second step without a passkey: the code of an authenticator app, asked after a password or a plan (W-16).

allauth's own, with the seed sealed wherever it is kept. It opens nothing by itself, and operators have none:
they need a passkey (S-01).
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final

from allauth.core import context
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY, TOTP, generate_totp_secret
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.utils import decrypt, encrypt
from django import forms
from django.http import Http404, HttpResponse
from django.urls import reverse, reverse_lazy

from apps.accounts.models import Member
from apps.accounts.sign_in import freshly

GROUP: Final = 4
"""Signs that stand together where the seed is typed off the page."""


def of(member: Member) -> Authenticator | None:
    """The member's authenticator app, if one is set up."""
    return Authenticator.objects.filter(user=member, type=Authenticator.Type.TOTP).first()


class ActivateForm(ActivateTOTPForm):  # type: ignore[misc] # allauth ships no types
    """The first code of the app; until it came the seed waits in the session, sealed."""

    code = forms.CharField(
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.user = kwargs.pop("user")
        forms.Form.__init__(self, *args, **kwargs)  # allauth's own would keep the seed in clear
        self.secret = _waiting_seed(is_new=not self.is_bound)

    def clean_code(self) -> str:
        """The code, which is used by that: it signs nobody in as well (RFC 6238 section 5.2)."""
        code: str = super().clean_code()
        app = Authenticator(
            user=self.user, type=Authenticator.Type.TOTP, data={"secret": encrypt(self.secret)}
        )
        if not TOTP(app).validate_code(code):
            raise get_adapter().validation_error("incorrect_code")
        return code

    @property
    def spelled(self) -> str:
        """The seed in groups, for whoever types it into the app."""
        return " ".join(self.secret[start : start + GROUP] for start in range(0, len(self.secret), GROUP))


def _waiting_seed(*, is_new: bool) -> str:
    session = context.request.session
    if not is_new and (kept := session.get(SECRET_SESSION_KEY)):
        return str(decrypt(kept))
    seed: str = generate_totp_secret()
    session[SECRET_SESSION_KEY] = encrypt(seed)
    return seed


class _Activate(ActivateTOTPView):  # type: ignore[misc]
    def get_success_url(self) -> str:
        """The codes on paper where they are new, else back."""
        return reverse("mfa_view_recovery_codes" if self.did_generate_recovery_codes else "accounts:account")


class _Deactivate(DeactivateTOTPView):  # type: ignore[misc]
    success_url = reverse_lazy("accounts:account")


def _for_members[**P](view: Callable[P, HttpResponse]) -> Callable[P, HttpResponse]:
    @wraps(view)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        request: Any = args[0]
        if not request.user.may_use_plans:
            raise Http404
        return view(*args, **kwargs)

    return wrapped


activate = _for_members(freshly(_Activate.as_view()))
deactivate = _for_members(freshly(_Deactivate.as_view()))

"""The ways into an account: password, passkeys, plans. At least one has to be left."""

from allauth.mfa.models import Authenticator

from apps.accounts.models import Member


def has_password(member: Member) -> bool:
    """Whether a password opens the account: it needs an address to go with it."""
    return bool(member.email) and member.has_usable_password()


def passkeys(member: Member) -> list[Authenticator]:
    """The passkeys, the oldest first."""
    rows = Authenticator.objects.filter(user=member, type=Authenticator.Type.WEBAUTHN)
    return list(rows.order_by("created_at", "pk"))


def ways_in(member: Member) -> int:
    """How many ways into the account there are."""
    return has_password(member) + len(passkeys(member)) + member.identities.count()

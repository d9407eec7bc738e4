"""What can go wrong when a sealed value is opened."""

from django.utils.translation import gettext_noop as said


class VaultError(Exception):
    """Base of the vault's errors; never carries key material or the value."""

    sentence = said(
        "This part of your records could not be opened. Nothing was deleted; "
        "please tell the people who run this site."
    )
    retry = False


class SealBroken(VaultError):
    """The value was tampered with, moved from another row, or sealed under a key that is gone."""

    def __init__(self, row: str, why: str) -> None:
        super().__init__(f"{row}: {why}")
        self.row = row


class UnknownKey(VaultError):
    """A data key is wrapped by a key that VAULT_KEYS no longer lists."""

    def __init__(self, name: str) -> None:
        super().__init__(f"VAULT_KEYS has no key named {name!r}, which wraps a data key")
        self.name = name

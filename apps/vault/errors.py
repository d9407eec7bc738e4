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


class KeyUnavailable(VaultError):
    """The key cannot be had now: an operator can put it right, and then everything opens again.

    Nobody may take it for a broken value: what is sealed stays as it is, and is tried again.
    """

    sentence = said(
        "Your records are safe, but this site cannot open them just now. Nothing was changed; "
        "please try again in a few minutes."
    )
    retry = True


class UnknownKey(KeyUnavailable):
    """A data key is wrapped by a key that VAULT_KEYS no longer lists."""

    def __init__(self, name: str, row: str = "a key of the vault") -> None:
        super().__init__(f"{row}: neither VAULT_KEYS nor VAULT_WRAPPER has its wrapping key {name!r}")


class WrapperFailed(KeyUnavailable):
    """The place that holds the wrapping key did not answer, or not with a key."""

    def __init__(self, row: str, why: str) -> None:
        super().__init__(f"{row}: {why}")


class KeyMissing(KeyUnavailable):
    """There are sealed rows and no data key: a new one would hide that the old one has to be restored."""

    def __init__(self, owner: str) -> None:
        super().__init__(f"{owner} has sealed rows but no data key; restore vault_datakey from its backup")

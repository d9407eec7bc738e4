"""Who holds the wrapping keys: the environment's list, or a place of the operator's such as a KMS."""

import hashlib
from typing import Final, Protocol

from django.conf import settings
from django.core.cache.backends.locmem import LocMemCache
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from apps.vault.errors import SealBroken, UnknownKey, WrapperFailed

OTHERS: Final = {
    "apps.vault.keys.key_list": "VAULT_KEYS",
    "apps.vault.command.command_wrapper": "VAULT_COMMAND",
}
"""Wrappers that also unwrap when they are not the current one, and the setting that says they are there."""
KEPT_AT_MOST: Final = 10_000
"""Unwrapped data keys one process holds, where the wrapper is remote."""
_kept: Final = LocMemCache("vault.unwrapped", {"max_entries": KEPT_AT_MOST})
"""Each for VAULT_UNWRAPPED_SECONDS: a KMS is not asked for every page."""


class NotThisKey(Exception):
    """What was given is not wrapped by the key of that name, or not for that context."""


class WrapperDown(Exception):
    """The place cannot be reached, refuses, or answers nonsense; the text says what, without any key."""


class Wrapper(Protocol):
    """What `VAULT_WRAPPER` names returns: it encrypts data keys of 32 bytes under a key we may never see.

    Called from any thread. Names are those of `vault_datakey.key_name`: at most 32 of ``a-z0-9_-``.
    """

    @property
    def current(self) -> str:
        """The name of the key that wraps from now on."""

    @property
    def is_remote(self) -> bool:
        """Whether unwrapping costs a call: then data keys are kept VAULT_UNWRAPPED_SECONDS in memory."""

    @property
    def names(self) -> frozenset[str]:
        """The names of all keys it unwraps with. Does not call anywhere."""

    def wrap(self, data_key: bytes, *, context: bytes) -> bytes:
        """Return *data_key* encrypted under `current` and bound to *context*; raise WrapperDown."""

    def unwrap(self, wrapped: bytes, *, name: str, context: bytes) -> bytes:
        """Return what was wrapped; raise NotThisKey, or WrapperDown when it cannot be told now."""


def wrapper() -> Wrapper:
    """Return the wrapper that wraps from now on. Raises ImproperlyConfigured."""
    try:
        make = import_string(settings.VAULT_WRAPPER)
    except ImportError:
        raise ImproperlyConfigured("VAULT_WRAPPER names nothing that can be imported.") from None
    wrapper_made: Wrapper = make()
    return wrapper_made


def all_wrappers() -> list[Wrapper]:
    """Return the wrapper, then others that are configured: they only unwrap, on the way to a KMS or back.

    Raises ImproperlyConfigured, also when two of them have a key of the same name.
    """
    others = [path for path, needs in OTHERS.items() if getattr(settings, needs)]
    wrappers = [wrapper(), *(import_string(path)() for path in others if path != settings.VAULT_WRAPPER)]
    names = [name for holder in wrappers for name in holder.names]
    if len(set(names)) < len(names):
        raise ImproperlyConfigured("Two wrappers have a key of the same name: rename one.")
    return wrappers


def wrap(data_key: bytes, *, context: bytes, row: str) -> tuple[str, bytes]:
    """Return the name of the current wrapping key and *data_key* under it. Raises WrapperFailed."""
    by = wrapper()
    try:
        return by.current, by.wrap(data_key, context=context)
    except WrapperDown as error:
        raise WrapperFailed(row, str(error)) from None


def unwrap(wrapped: bytes, *, name: str, context: bytes, row: str) -> bytes:
    """Return the data key. Raises UnknownKey, WrapperFailed or SealBroken, each naming *row*."""
    by = next((holder for holder in all_wrappers() if name in holder.names), None)
    if by is None:
        raise UnknownKey(name, row)
    place = _place(name, wrapped, context)
    kept_key: bytes | None = _kept.get(place) if by.is_remote else None
    if kept_key is not None:
        return kept_key
    try:
        data_key = by.unwrap(wrapped, name=name, context=context)
    except NotThisKey:
        raise SealBroken(row, f"its data key does not open with key {name!r}") from None
    except WrapperDown as error:
        raise WrapperFailed(row, str(error)) from None
    if by.is_remote and settings.VAULT_UNWRAPPED_SECONDS > 0:
        _kept.set(place, data_key, timeout=settings.VAULT_UNWRAPPED_SECONDS)
    return data_key


def _place(name: str, wrapped: bytes, context: bytes) -> str:
    return hashlib.sha256(b"\x1f".join((name.encode(), context, bytes(wrapped)))).hexdigest()

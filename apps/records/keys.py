"""Keyed digests that stand in addresses and in the index for a provider or a person."""

from typing import Final

from apps.vault.boxes import Box

KEY_LENGTH: Final = 16
"""Hex digits of a fingerprint that stand in an address."""


def key_of(box: Box, purpose: str, text: str) -> str:
    """Return what stands in an address for a provider or a person."""
    return box.fingerprint(f"records.{purpose}", text).hex()[:KEY_LENGTH]


class Keys:
    """Keyed digests as `key_of` makes them, each once: a year names the same few again and again."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._known: dict[tuple[str, str], str] = {}

    def of(self, purpose: str, text: str) -> str:
        """Return the keyed digest of *text*; empty for nothing."""
        if text and (purpose, text) not in self._known:
            self._known[purpose, text] = key_of(self._box, purpose, text)
        return self._known[purpose, text] if text else ""

"""What a sentence of ours calls who bills: a prescription comes from a pharmacy; one place, pure."""

from apps.kinds.claim.records import Kind
from apps.plain_language.language import is_spanish

_ENGLISH = (("provider", "pharmacy"),)
_SPANISH = (
    ("del mismo proveedor", "de la misma farmacia"),
    ("este proveedor", "esta farmacia"),
    ("al proveedor", "a la farmacia"),
    ("del proveedor", "de la farmacia"),
    ("el proveedor", "la farmacia"),
    ("El proveedor", "La farmacia"),
)
"""How "the provider" stands in our sentences, and the pharmacy in its place, the longest first."""


def called(kind: Kind, text: str) -> str:
    """Return a text of ours, in the reader's language, as it is said of who bills for a claim of this
    *kind*."""
    if kind == "pharmacy":
        for provider, pharmacy in _SPANISH if is_spanish() else _ENGLISH:
            text = text.replace(provider, pharmacy)
    return text

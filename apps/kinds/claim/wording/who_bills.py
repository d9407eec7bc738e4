"""What a sentence of ours calls who bills: a prescription comes from a pharmacy; one place, pure."""

from apps.kinds.claim.records import Kind
from apps.plain_language.language import is_spanish

_ENGLISH = (
    ("the provider", "the pharmacy"),
    ("The provider", "The pharmacy"),
    ("this provider", "this pharmacy"),
    ("This provider", "This pharmacy"),
    ("the same provider", "the same pharmacy"),
    ("A provider", "A pharmacy"),
)
_SPANISH = (
    ("del mismo proveedor", "de la misma farmacia"),
    ("este proveedor", "esta farmacia"),
    ("Este proveedor", "Esta farmacia"),
    ("al proveedor", "a la farmacia"),
    ("del proveedor", "de la farmacia"),
    ("el proveedor", "la farmacia"),
    ("El proveedor", "La farmacia"),
    ("Un proveedor", "Una farmacia"),
)
"""How who bills stands in our sentences, and the pharmacy in its place, the longest first. Another provider,
a kind of them, or a name that holds the word, is none of it."""


def called(kind: Kind, text: str) -> str:
    """Return a text of ours, in the reader's language, as it is said of who bills for a claim of this
    *kind*."""
    if kind == "pharmacy":
        for provider, pharmacy in _SPANISH if is_spanish() else _ENGLISH:
            text = text.replace(provider, pharmacy)
    return text

"""Secrets in the settings that somebody could guess: short, published, repeating, or a sentence (S-09)."""

import base64
import zlib
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, Final

KEY_BYTES: Final = 32
KEY_LENGTH: Final = 50
"""Characters, as many as Django asks for."""
TOKEN_LENGTH: Final = 32
SIGNS: Final = 7
"""Different characters, and steps from one to the next, that a random secret has: of ten thousand
million with 32 hexadecimal digits two have fewer."""
PACKED_TEXT: Final = 12
PACKED_BYTES: Final = 8
"""What is left when all that repeats is taken out: half a byte a character of text, as hexadecimal digits
hold, or all bytes; and so many more, of which random ones need twice."""
FOLLOWED_BY: Final = {
    "a": "cdilmnrst", "b": "e", "c": "aeilo", "d": "aeio", "e": "acdglnrs", "h": "ae", "i": "cenost",
    "l": "aeio", "m": "aeo", "n": "acdegost", "o": "nrst", "p": "aelry", "q": "u", "r": "aeio",
    "s": "eiotu", "t": "aehiors", "u": "ens", "v": "e",
}  # fmt: skip
"""Letters that most often follow each other in English and Spanish words, counted in our own texts."""
COMMON_PART: Final = 0.5
"""Of all pairs of letters and digits in a secret. Of a million random ones of 32 characters two have more,
and sentences have. Words drawn at random and set apart by digits have not, and are as hard to guess."""
FEWEST_PAIRS: Final = 12
"""Of fewer nothing is told: they stand by chance among other signs."""
PUBLISHED: Final = (
    *("for-tests-only", "build-only", "django-insecure", "changeme", "change-me", "change-this"),
    *("secret-key", "secret_key", "your-secret"),
)
"""In keys that stand in our own files, in Django's or in everybody's examples."""

type Settings = Mapping[str, Any]


def readable_keys(settings: Settings) -> Iterator[str]:
    for position, entry in enumerate(settings["VAULT_KEYS"], start=1):
        if len(_key_of(entry)) != KEY_BYTES:
            yield f"VAULT_KEYS entry {position} is not name:base64 of {KEY_BYTES} bytes."


def _key_of(entry: str) -> bytes:
    """Decode one entry; b"" where it cannot be: `apps.vault`, which reads them later, is not imported yet."""
    return _decoded(entry.strip().partition(":")[2].replace("-", "+").replace("_", "/"))


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except ValueError:
        return b""


def _signing_keys(settings: Settings) -> Iterator[str]:
    """An older key of the audit, too: its codes are made with whichever key an entry names.

    A passphrase of before goes on checking what it signed, behind one that is random.
    """
    named = [("SECRET_KEY", settings["SECRET_KEY"], False)]
    named += [("SECRET_KEY_FALLBACKS", key, True) for key in settings["SECRET_KEY_FALLBACKS"]]
    named += [("AUDIT_KEYS", key, place > 0) for place, key in enumerate(settings["AUDIT_KEYS"])]
    for name, key, is_older in named:
        if key and (problem := guessable(key, may_be_words=is_older)):
            does = "writes the audit" if name == "AUDIT_KEYS" else "signs in as anybody"
            yield f"{name} {problem}: who guesses it {does}. Use {KEY_LENGTH} random characters."


def guessable(key: str, *, length: int = KEY_LENGTH, may_be_words: bool = False) -> str:
    """What makes a secret of the settings easy to guess, "" where nothing does."""
    if len(key) < length:
        return f"is shorter than {length} characters"
    if any(word in key.lower() for word in PUBLISHED):
        return "is one that is published"
    if _repeats(key.encode(), packed=len(key) // 2 + PACKED_TEXT):
        return "repeats itself, or goes on as one counts"
    if not may_be_words and _is_sentence(key):
        return "reads like a sentence"
    return ""


def _is_sentence(key: str) -> bool:
    pairs = [pair for pair in pairwise(key.lower()) if "".join(pair).isalnum()]
    common = sum(after in FOLLOWED_BY.get(before, "") for before, after in pairs)
    return len(pairs) >= FEWEST_PAIRS and common > COMMON_PART * len(pairs)


def _repeats(key: bytes, *, packed: int) -> bool:
    """Whether it has few signs, few steps from one to the next, or less to tell than *packed* bytes."""
    steps = {(after - before) % 256 for before, after in pairwise(key)}
    return min(len(set(key)), len(steps)) < SIGNS or len(zlib.compress(key, 9)) < packed


def _wrapping_key(settings: Settings) -> Iterator[str]:
    """The key that wraps from now on; older ones go on opening until `rotate_keys` is done with them."""
    for entry in settings["VAULT_KEYS"][:1]:
        key = _key_of(entry)
        if key and _is_made_up(key):
            yield "VAULT_KEYS has a first key that is not random: make one with python -m apps.vault."


def _is_made_up(key: bytes) -> bool:
    return key.isascii() or _repeats(key, packed=KEY_BYTES + PACKED_BYTES)  # ASCII: somebody's words


def _packet_key(settings: Settings) -> Iterator[str]:
    """One that cannot be read would sign nothing, without a word."""
    if not settings["PACKET_KEY"]:
        return
    key = _decoded(settings["PACKET_KEY"])
    if len(key) != KEY_BYTES or _is_made_up(key):
        yield f"PACKET_KEY is not base64 of {KEY_BYTES} random bytes: who guesses it signs packets as you."


def _metrics_token(settings: Settings) -> Iterator[str]:
    token = settings["METRICS_TOKEN"]
    if token and (problem := guessable(token, length=TOKEN_LENGTH)):
        reads = "who guesses it reads how many members each plan has here"
        yield f"METRICS_TOKEN {problem}: {reads}. Use {TOKEN_LENGTH} random characters, or none."


SECRETS: Final = (_signing_keys, _wrapping_key, _packet_key, _metrics_token)
"""What a public site is asked; `readable_keys` every site."""

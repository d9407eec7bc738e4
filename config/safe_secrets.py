"""Secrets in the settings that somebody could guess: short, published, repeating, or typed by hand (S-09)."""

import base64
import re
import zlib
from collections.abc import Iterator, Mapping
from itertools import pairwise
from string import ascii_lowercase
from typing import Any, Final

MAKES_ONE: Final = 'python -c "import secrets; print(secrets.token_urlsafe(50))"'
"""The remedy for secrets that are text: what this made is not refused."""
MAKES_PACKET_KEY: Final = 'python -c "import base64, os; print(base64.b64encode(os.urandom(32)).decode())"'
KEY_BYTES: Final = 32
KEY_LENGTH: Final = 50
"""Characters, as many as Django asks for."""
TOKEN_LENGTH: Final = 32
SIGNS: Final = 7
"""Different characters, and steps from one to the next, that a random secret has: of ten thousand
million with 32 hexadecimal digits two have fewer; of figures alone, one of thirty thousand."""
PACKED_TEXT: Final = 12
PACKED_BYTES: Final = 8
"""What is left when all that repeats is taken out: half a byte a character of text, as hexadecimal digits
hold, or all bytes; and so many more, of which random ones need twice."""
FOLLOWED_BY: Final = (
    "13440031302445020544220031", "53205000500400500410400030",
    "50205005404300500304300010", "51136210500110500330300030",
    "31343120100435120553021230", "50105422501301500403410020",
    "52005133500203500421400010", "61006001510111500303300010",
    "41434230001435420344020001", "60115002333001500120501110",
    "51006101512322300241200030", "51035100500510500022310030",
    "64005000500030540020300030", "40445240402103400045210020",
    "02330220102445330543433010", "50015003400400530523300020",
    "40010000000310014010606100", "50236120502332510334210020",
    "40325004402120430045402010", "51105004500110400433201030",
    "33334120300445030554000010", "51006100600000400000100000",
    "51006005501003501341002010", "42514100500120240334100452",
    "44234231111434530153301000", "60125001411121511011202435",
)  # fmt: skip
"""For each letter, and each that follows: by which power of two that is more frequent in what people write
than in what was drawn, from eight times rarer (0) to eight times as frequent (6); counted in our own texts,
English and Spanish, and in the 20,000 passwords that Django knows."""
AS_FREQUENT: Final = 3
LOOKALIKES: Final = str.maketrans("4@0135$7!", "aaoiessti")
KEYBOARD: Final = ("`1234567890-=", " qwertyuiop[]", " asdfghjkl;'", " zxcvbnm,./")
SHIFTED: Final = str.maketrans('~!@#$%^&*()_+{}:"<>?', "`1234567890-=[];',./")
PLACES: Final = {
    key: (row, at) for row, keys in enumerate(KEYBOARD) for at, key in enumerate(keys) if key != " "
}
NEAR_KEY: Final = (2, -2)
SAME_ROW: Final = (1, -3)
"""Of a hand that runs over the keys three of four stand beside the one before, or nine of ten in its row; of
keys that were drawn one of five, or one of three: as powers of two, where it is so and where it is not. That
figures stand beside figures in their row tells nothing."""
BY_HAND: Final = 20
"""So many powers of two: of a million secrets of signs drawn one by one not one seems so much likelier typed.
Those drawn by syllables, to be spoken, are written as words are, and refused."""
HEXADECIMAL: Final = re.compile(r"[\da-f]+|[\dA-F]+", re.ASCII)
"""In one case: its letters alone are fewer than SIGNS, and between figures they tell nothing of words."""
FIGURES_OF: Final = 4
"""One in so many signs is a figure there at least; of a million drawn ones of 32 digits three have fewer, and
those are read as words are."""
PUBLISHED: Final = (
    *("for-tests-only", "build-only", "django-insecure", "changeme", "change-me", "change-this"),
    *("secret-key", "secret_key", "your-secret"),
)
"""In keys that stand in our own files, in Django's or in everybody's examples."""

type Settings = Mapping[str, Any]


def readable_keys(settings: Settings) -> Iterator[str]:
    for position, entry in enumerate(settings["VAULT_KEYS"], start=1):
        if len(key_of(entry)) != KEY_BYTES:
            wrong = f"is not name:base64 of {KEY_BYTES} bytes"
            yield f"VAULT_KEYS entry {position} {wrong}: python -m apps.vault makes one."


def key_of(entry: str) -> bytes:
    """Return the key of a ``name:base64`` entry of VAULT_KEYS; b"" where it cannot be decoded."""
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
            yield f"{name} {problem}: who guesses it {does}. {MAKES_ONE} makes one."


def guessable(key: str, *, length: int = KEY_LENGTH, may_be_words: bool = False) -> str:
    """What makes a secret of the settings easy to guess, "" where nothing does."""
    if len(key) < length:
        return f"is shorter than {length} characters"
    if any(word in key.lower() for word in PUBLISHED):
        return "is one that is published"
    if _repeats(key.encode(), packed=len(key) // 2 + PACKED_TEXT):
        return "repeats itself, or goes on as one counts"
    if not may_be_words and not _is_drawn_hexadecimal(key):
        if max(_like_words(key), _like_disguised_words(key)) > BY_HAND:
            return "reads like words"
        if _like_rows(key) > BY_HAND:
            return "follows the keyboard"
    return ""


def _is_drawn_hexadecimal(key: str) -> bool:
    """Not what is spelled with its letters, as faceddecade is."""
    return bool(HEXADECIMAL.fullmatch(key)) and FIGURES_OF * sum(map(str.isdigit, key)) >= len(key)


def _like_words(key: str) -> int:
    """How much likelier its letters follow each other so in words than at random: a power of two."""
    pairs = [pair for pair in pairwise(key.lower()) if all(sign in ascii_lowercase for sign in pair)]
    places = [(ord(before) - ord("a"), ord(after) - ord("a")) for before, after in pairs]
    return sum(int(FOLLOWED_BY[before][after]) - AS_FREQUENT for before, after in places)


def _like_disguised_words(key: str) -> int:
    """The same with signs read as the letters that they look like, of which each could be chance."""
    spelled = key.translate(LOOKALIKES)
    return _like_words(spelled) - sum(sign != letter for sign, letter in zip(key, spelled, strict=True))


def _like_rows(key: str) -> int:
    """How much likelier a hand ran over the keys than that they were drawn: a power of two."""
    keys = key.translate(SHIFTED).lower()
    pairs = [[PLACES[sign] for sign in pair] for pair in pairwise(keys) if {*pair} <= {*PLACES}]
    near = [abs(row - below) <= 1 >= abs(at - beside) for (row, at), (below, beside) in pairs]
    same = [row == below for (row, _), (below, _) in pairs if row or below]
    return max(
        sum(yes if is_alike else no for is_alike in row)
        for row, (yes, no) in ((near, NEAR_KEY), (same, SAME_ROW))
    )


def _repeats(key: bytes, *, packed: int) -> bool:
    """Whether it has few signs, few steps from one to the next, or less to tell than *packed* bytes."""
    steps = {(after - before) % 256 for before, after in pairwise(key)}
    return min(len(set(key)), len(steps)) < SIGNS or len(zlib.compress(key, 9)) < packed


def _wrapping_key(settings: Settings) -> Iterator[str]:
    """The key that wraps from now on; older ones go on opening until `rotate_keys` is done with them."""
    for entry in settings["VAULT_KEYS"][:1]:
        key = key_of(entry)
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
        wrong = f"is not base64 of {KEY_BYTES} random bytes"
        yield f"PACKET_KEY {wrong}: who guesses it signs packets as you. {MAKES_PACKET_KEY} makes one."


def _metrics_token(settings: Settings) -> Iterator[str]:
    token = settings["METRICS_TOKEN"]
    if token and (problem := guessable(token, length=TOKEN_LENGTH)):
        reads = "who guesses it reads how many members each plan has here"
        yield f"METRICS_TOKEN {problem}: {reads}. {MAKES_ONE} makes one; or set none."


SECRETS: Final = (_signing_keys, _wrapping_key, _packet_key, _metrics_token)
"""What a public site is asked; `readable_keys` every site."""

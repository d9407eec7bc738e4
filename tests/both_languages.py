"""A page told in English and in Spanish: what says the same in both is not translated.

    assert english_left(story, names=[alice.email, "Harborlight Health"]) == []

A story gets a fresh browser and returns the HTML it ends with. It is told once per language, each time from
the same database. Something that is English on purpose (a plan's own words) stands in an element with `lang`.
"""

import re
from collections.abc import Callable, Iterable
from html.parser import HTMLParser

from django.core.cache import cache
from django.db import transaction
from django.test import Client

Story = Callable[[Client], str]
SPOKEN = ("alt", "aria-label", "placeholder", "title")
SILENT = frozenset({"script", "style", "svg", "code"})
VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})
WORD = re.compile(r"[^\W\d_]{2,}")
ADDRESS = re.compile(r"https?://\S+|[\w.+-]+@[\w.-]+|\b[\w.-]+\.(?:com|gov|org)\b")
ENGLISH = frozenset(
    {"the", "and", "your", "you", "of", "is", "are", "was", "were", "with", "from", "this", "that", "not"}
    | {"mail", "address", "claim", "claims", "coverage", "more", "day", "days", "password", "have", "has"}
    | {"we", "for", "by", "on", "at", "it", "our", "nothing"}
)
"""Words of English that no Spanish sentence has: they find what is only half translated."""
SAME = frozenset(
    {"Plainclaim", "Español", "English", "plan", "Cookies", "Medicare", "Medicaid", "Advantage", "Dental"}
    | {"FHIR", "HL", "SMART", "JSON", "SVG", "PNG", "HIPAA", "FTC", "Apache", "RFC", "URI", "WCAG", "AA"}
)
"""Words that both languages have: names, codes, and the few that are spelled alike."""


class _Texts(HTMLParser):
    """Collects what a reader sees or hears."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[tuple[str, bool]] = []

    @property
    def _is_silent(self) -> bool:
        return any(silent for _, silent in self._open)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        silent = tag in SILENT or (tag != "html" and "lang" in given)
        if not silent and not self._is_silent:
            self.found += [given[name] or "" for name in SPOKEN if name in given]
            if tag == "meta" and given.get("name") == "description":
                self.found.append(given.get("content") or "")
        if tag not in VOID:
            self._open.append((tag, silent))

    def handle_endtag(self, tag: str) -> None:
        while any(tag == opened for opened, _ in self._open) and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not self._is_silent:
            self.found.append(data)


def texts(html: str) -> list[str]:
    """Return every text of a page that is seen or read aloud, with single spaces."""
    reader = _Texts()
    reader.feed(html)
    return [" ".join(text.split()) for text in reader.found if text.strip()]


def told(story: Story, language: str) -> str:
    """Return the page a story ends with in that language; the database is as before afterwards."""
    client = Client(headers={"accept-language": language})
    cache.clear()
    with transaction.atomic():
        html = story(client)
        transaction.set_rollback(True)
    cache.clear()
    return html


def untranslated(english: Iterable[str], spanish: Iterable[str], *, names: Iterable[str] = ()) -> list[str]:
    """Return the texts of the Spanish page that are English; *names* (plans, people, places) do not count."""
    same, names = set(english), sorted(names, key=len, reverse=True)
    return sorted(text for text in set(spanish) if _is_english(text, is_same=text in same, names=names))


def _is_english(text: str, *, is_same: bool, names: Iterable[str]) -> bool:
    text = ADDRESS.sub(" ", text)
    if not _has_english(text, is_same=is_same):
        return False  # nearly always, and there are thousands of names
    for name in names:
        text = text.replace(name, " ")
    return _has_english(text, is_same=is_same)


def _has_english(text: str, *, is_same: bool) -> bool:
    words = set(WORD.findall(text)) - SAME
    return bool(words) and (is_same or bool({word.lower() for word in words} & ENGLISH))


def english_left(story: Story, *, names: Iterable[str] = ()) -> list[str]:
    """Tell the story in both languages; return what of the Spanish page is English."""
    english, spanish = told(story, "en"), told(story, "es")
    assert '<html lang="en"' in english
    assert '<html lang="es"' in spanish
    return untranslated(texts(english), texts(spanish), names=names)

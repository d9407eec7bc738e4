"""Dates in everyday words."""

from datetime import UTC, date, datetime

import pytest
from django.utils import timezone, translation

from apps.plain_language.dates import date_words, span_inside, span_words
from apps.plain_language.times import time_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2026-03-05", "March 5, 2026"),
        ("2026-03", "March 2026"),
        ("2026", "2026"),
        (date(2026, 12, 31), "December 31, 2026"),
        ("2026-03-05T00:00:00Z", "March 5, 2026"),
        (None, ""),
        ("soon", "soon"),
        ("2026-13", "2026-13"),
    ],
)
def test_a_date_says_as_much_as_is_known(text: str | date | None, words: str) -> None:
    assert date_words(text) == words


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("2026-03-05", "2026-03-09", "March 5 to 9, 2026"),
        ("2025-12-30", "2026-01-03", "December 30, 2025 to January 3, 2026"),
        ("2026-03-05", "2026-03-05", "March 5, 2026"),
        ("2026-03-05", None, "March 5, 2026"),
        (None, "2026-03-09", "until March 9, 2026"),
        (None, None, ""),
        ("2026-03", "2026-04", "March 2026 to April 2026"),
    ],
)
def test_a_span_names_its_ends(start: str | None, end: str | None, words: str) -> None:
    assert span_words(start, end) == words


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("2026-03-05", "2026-03-09", "del 5 al 9 de marzo de 2026"),
        ("2026-03-05", "2026-04-09", "del 5 de marzo al 9 de abril de 2026"),
        ("2026-03-05", None, "el 5 de marzo de 2026"),
        (None, "2026-03-09", "hasta el 9 de marzo de 2026"),
        (None, "2026-03", "hasta marzo de 2026"),
    ],
)
def test_a_span_inside_a_spanish_sentence_has_its_article(
    start: str | None, end: str | None, words: str
) -> None:
    with translation.override("es"):
        assert span_inside(start, end) == words
    assert span_inside(start, end) == span_words(start, end)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 11, 25, 20, 15, tzinfo=UTC), "3:15 p.m. EST"),
        (datetime(2026, 7, 1, 4, 0, tzinfo=UTC), "midnight EDT"),
    ],
)
def test_a_time_names_its_zone(moment: datetime, words: str) -> None:
    """A member in California reads it too."""
    with timezone.override("America/New_York"):
        assert time_words(moment) == words

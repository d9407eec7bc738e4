"""Which language words are in: asked once for a page, and another one for a moment."""

from pathlib import Path

from django.utils import translation

from apps.plain_language.dates import date_words
from apps.plain_language.language import settled
from apps.plain_language.other_language import speaking

DAY = "2026-03-05"
APPS = Path(__file__).resolve().parents[2] / "apps"


def test_the_language_of_a_page_is_settled_and_another_is_spoken_for_a_moment() -> None:
    with translation.override("es"), settled():
        assert date_words(DAY) == "5 de marzo de 2026"
        with speaking("en"):
            assert date_words(DAY) == "March 5, 2026"
        assert date_words(DAY) == "5 de marzo de 2026"
    assert date_words(DAY) == "March 5, 2026"


def test_whoever_speaks_another_language_within_a_page_does_so_in_both_ways() -> None:
    names = {path.name for path in APPS.rglob("*.py") if "translation.override(" in path.read_text()}
    assert names == {"other_language.py"}

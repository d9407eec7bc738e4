"""Everything a member reads can be read in every language of the site."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
ENGLISH = (
    "templates/admin/",  # operators
    "templates/500.html",  # shown when anything may be broken: both languages stand in it
    "templates/claims/",
    "templates/overview/",
)
WORDS = re.compile(r"[A-Za-z]{2,}")
NAMES = {
    "Plainclaim",
    "English",
    "Español",
    "SVG",
    "PNG",
    "JSON",
    "CSV",
    "FHIR",
    "px",
    "nbsp",
    "middot",
    "svg",
}
TEMPLATES = sorted(
    path for path in (ROOT / "templates").rglob("*.*") if not str(path.relative_to(ROOT)).startswith(ENGLISH)
)


def bare_words(source: str) -> list[str]:
    """Return the words of a template that stand outside translation tags, markup and code."""
    for pattern in (
        r"\{% comment %\}.*?\{% endcomment %\}|\{#.*?#\}",
        r"\{% blocktranslate.*?\{% endblocktranslate %\}",
        r"\{% block page_class %\}.*?\{% endblock %\}",
        r"\{%.*?%\}|\{\{.*?\}\}",
        r"<(script|style)\b.*?</\1>|<!--.*?-->|<!doctype[^>]*>",
    ):
        source = re.sub(pattern, " ", source, flags=re.DOTALL)
    spoken = re.findall(r'\b(?:aria-label|alt|placeholder|title)="([^"]*)"', source)
    text = re.sub(r"<[^>]*>", " ", source, flags=re.DOTALL)
    return [word for word in WORDS.findall(" ".join([text, *spoken])) if word not in NAMES]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_no_template_speaks_one_language_only(path: Path) -> None:
    assert bare_words(path.read_text()) == []


def test_the_search_finds_words_that_nobody_translates() -> None:
    assert bare_words('<p title="Hello">{% if x %}World{% endif %} {% translate "fine" %}</p>') == [
        "World",
        "Hello",
    ]

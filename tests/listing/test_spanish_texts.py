"""What the public pages promise is the same in Spanish, paragraph by paragraph."""

import re
from html import unescape

import pytest
from django.test import Client

from tests.listing.test_sentences import BLOCK, PAGES

SENTENCE = r"(?<=[.!?])(?<!U\.S\.) (?=[A-ZÁÉÍÓÚÑ¿¡“])"
NAMES = r"\b(?!(?:API|US)\b)(?:[A-Z]{2,}[A-Z0-9-]*|Argon2|Chromium|Django|Inferno)\b"
SHORT = r" \([A-Z]{2,4}\)"
"""What an agency is called for short stands in Spanish beside its name, which is translated."""


def paragraphs(language: str, address: str) -> list[str]:
    """Return the blocks of a page with words in them, as HTML."""
    page = Client(headers={"accept-language": language}).get(address).content.decode()
    main = re.sub(r"^.*<main\b[^>]*>|</main>.*$|<nav\b.*?</nav>", "", page, flags=re.S)
    return [block for block in re.split(BLOCK, main) if words(block)]


def words(block: str) -> str:
    """Return what a block says."""
    return " ".join(unescape(re.sub("<[^>]+>", "", block)).split())


def told(block: str) -> dict[str, object]:
    """Return what has to be the same in every language: sentences, figures, names and links."""
    said = re.sub(SHORT, "", words(block))
    return {
        "sentences": len(re.split(SENTENCE, said)),
        "figures": sorted(re.findall(r"\d+", said)),
        "names": sorted(set(re.findall(NAMES, said))),
        "links": sorted(re.findall(r'href="([^"]+)"', block)),
    }


@pytest.mark.django_db
@pytest.mark.parametrize("page", PAGES)
def test_each_paragraph_has_in_spanish_the_same_sentences_figures_names_and_links(page: str) -> None:
    english, spanish = (paragraphs(language, PAGES[page]) for language in ("en", "es"))
    assert len(english) == len(spanish)
    differing = [
        (words(ours), words(theirs), told(ours), told(theirs))
        for ours, theirs in zip(english, spanish, strict=True)
        if told(ours) != told(theirs)
    ]
    assert not differing

"""The glossary: plain words, stable anchors, linked from wherever a term stands."""

import re

from django.template import Context, Template
from django.test import Client

from apps.plain_language.glossary import TERMS, slugs
from tests.conftest import ROOT


def test_everyone_can_read_every_word(db: None, client: Client) -> None:
    answer = client.get("/glossary/")
    html = answer.content.decode()
    assert answer.status_code == 200
    assert len(TERMS) >= 30
    for one in TERMS:
        assert f'id="{one.slug}"' in html
        assert f'href="#{one.slug}"' in html


def test_no_two_words_share_an_anchor_or_a_name() -> None:
    assert len(slugs()) == len(TERMS) == len({one.word for one in TERMS})
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", one.slug) for one in TERMS)


def test_sentences_are_short_enough_for_everyone() -> None:
    """A sentence of more than thirty words loses a reader of twelve."""
    for one in TERMS:
        for sentence in re.split(r"(?<=[.?!:])\s", f"{one.meaning} {one.example}"):
            assert len(sentence.split()) <= 30, sentence


def test_every_link_to_a_word_leads_to_one() -> None:
    used = set()
    for path in (ROOT / "templates").rglob("*.html"):
        used |= set(re.findall(r'{% term "([a-z-]+)"|term="([a-z-]+)"', path.read_text()))
    from apps.claims.wording.receipt import TERMS_USED  # noqa: PLC0415 - a stage, used by this test only

    assert used
    assert {one or other for one, other in used} | TERMS_USED <= slugs()


def test_a_term_is_its_word_with_a_link_that_says_what_it_is_for() -> None:
    html = Template('{% term "copay" "Copay" %}|{% term "" words %}').render(Context({"words": "<b>"}))
    link, bare = html.split("|")
    assert link.startswith('<a class="term" href="/glossary/#copay">Copay')
    assert "what this word means" in link
    assert bare == "&lt;b&gt;"

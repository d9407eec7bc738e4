"""The glossary: plain words, stable anchors, linked from wherever a term stands."""

import re

import pytest
from django.template import Context, Template
from django.test import Client

from apps.plain_language.glossary import TERMS
from tests.conftest import ROOT

SLUGS = {term.slug for term in TERMS}


def test_everyone_can_read_every_word(db: None, client: Client) -> None:
    answer = client.get("/glossary/")
    html = answer.content.decode()
    assert answer.status_code == 200
    assert len(TERMS) >= 30
    assert '<span id="about-terms" hidden>what this word means</span>' in html, "what links to a word are for"
    for one in TERMS:
        assert f'id="{one.slug}"' in html
        assert f'href="#{one.slug}"' in html


CLAIM = "/claims/00000000-0000-4000-8000-000000000001/"


@pytest.mark.parametrize(
    ("behind", "leads_back"),
    [
        (f"http://testserver{CLAIM}", True),
        (f"http://testserver{CLAIM}?x=1", True),
        ("http://testserver/claims/", False),
        ("http://testserver/no-such-page/", False),
        (f"https://elsewhere.example{CLAIM}", False),
        ("javascript:alert(1)", False),
        ("", False),
    ],
)
def test_a_word_opened_from_a_claim_leads_back_to_it(
    alice_client: Client, behind: str, leads_back: bool
) -> None:
    html = alice_client.get("/glossary/", headers={"Referer": behind}).content.decode()
    assert (f'<a href="{CLAIM}" data-testid="back-to-claim">' in html) == leads_back
    assert ("back-to-claim" in html) == leads_back


def test_what_caches_may_keep_never_says_where_somebody_came_from(db: None, client: Client) -> None:
    answer = client.get("/glossary/", headers={"Referer": f"http://testserver{CLAIM}"})
    assert CLAIM not in answer.content.decode()


def test_the_page_says_where_the_words_for_codes_come_from(db: None, client: Client) -> None:
    """M-19: the National Library of Medicine asks for its sentence, and for the month of its data."""
    page = client.get("/glossary/").content.decode()
    assert "courtesy of the U.S. National Library of Medicine" in page
    assert "The data are of July 2026" in page


def test_no_two_words_share_an_anchor_or_a_name() -> None:
    assert len(SLUGS) == len(TERMS) == len({one.word for one in TERMS})
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
    from apps.kinds.claim.wording import receipt  # noqa: PLC0415 - a stage, used by this test only

    assert used
    of_rows = {kind.term for kind in receipt._KINDS.values() if kind.term}
    assert {one or other for one, other in used} | of_rows <= SLUGS


def test_a_term_is_its_word_with_a_link_that_says_what_it_is_for() -> None:
    html = Template('{% term "copay" "Copay" %}|{% term "" words %}').render(Context({"words": "<b>"}))
    link, bare = html.split("|")
    assert link == '<a class="term" href="/glossary/#copay" aria-describedby="about-terms">Copay</a>'
    assert bare == "&lt;b&gt;"

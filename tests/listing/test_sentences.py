"""Every sentence of policies, public pages and packet is proved by a test, promised, or about the reader."""

import base64
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.listing.askers import everyone
from apps.listing.documents import CONTROLS, Document
from apps.listing.evidence import evidence
from apps.listing.gathered import keep
from apps.listing.packet import archive, packet, sheets
from apps.listing.policies import POLICIES, html_of
from apps.listing.views import face
from apps.plans.models import Plan
from apps.plans.registrations import Registration
from tests.conftest import ROOT
from tests.listing.test_packet import ON, at_1up, unpacked

__all__ = ["at_1up"]
LEDGER = tomllib.loads((Path(__file__).parent / "sentences.toml").read_text())
STANDS = {"promise", "reader", "absent", "row"}
PAGES = {"landing": "/", "app": "/app/", "fhir-r4": "/app/fhir-r4/", "accessibility": "/accessibility/"}
NO_SENTENCE = (
    r"<(h[1-3]|strong|nav|thead|th|dt|summary|button|label|tr(?! [^>]*accessed)"
    r"|div(?= data-testid=.(?:not-met|must-support)))\b.*?</\1>"
)
"""Headings, names, and what comes from the code and from docs/conformance, which have tests of their own."""
BLOCK = r"</?(?:p|li|ul|ol|div|dl|dd|span|figcaption|section)\b[^>]*>"
SHORTEST = 3
"""In words: less is a label, or "No."."""


def sentences(html: str) -> list[str]:
    """Return the sentences of a text, without its headings."""
    main = re.sub(r"^.*<main\b[^>]*>|</main>.*$", "", html, flags=re.S)
    parts = re.split(BLOCK, re.sub(NO_SENTENCE, "<p></p>", main, flags=re.S))
    blocks = [" ".join(unescape(re.sub("<[^>]+>", "", part)).split()) for part in parts]
    said = [said for block in blocks for said in re.split(r"(?<=[.!?])(?<!U\.S\.) (?=[A-Z“\[])", block)]
    return [sentence for sentence in said if len(sentence.split()) >= SHORTEST]


@dataclass(frozen=True)
class Said:
    """A sentence; of an answer, whether tests are named beside it, and whether it is the first there."""

    sentence: str
    has_proofs: bool = False
    is_first: bool = False

    @property
    def is_proved_there(self) -> bool:
        """Whether the reader is told the tests where it stands."""
        return self.has_proofs and self.is_first


def of_packets(plan: Plan, settings: Any) -> Iterator[Said]:
    """What a reviewer is sent: README, signed or not, each asker's cover, and the annexes."""
    made = packet(sheets()[0], face(), on=ON)
    for key in ("", base64.b64encode(b"k" * 32).decode()):
        settings.PACKET_KEY = key
        readme = unpacked(archive(made))["README.md"].decode().replace("\n\n", "<p>")
        yield from map(Said, sentences(readme))
    for asker in everyone().askers:
        Registration.objects.update(asker=asker.key)
        yield from of_document(packet(sheets()[0], face(), on=ON).cover, line_words=False)
    for annex in made.annexes:
        yield from of_document(annex)


def of_document(document: Document, *, line_words: bool = True) -> Iterator[Said]:
    """The intro, and the answers; what demands are not met, and why, has tests of its own."""
    yield from map(Said, sentences(document.intro))
    for line in () if document.title == CONTROLS else document.lines:
        for number, sentence in enumerate(sentences(line.answer)):
            yield Said(sentence, bool(line.proofs), is_first=number == 0)
        yield from map(Said, sentences(line.said) if line_words else ())


def of_page(page: str) -> Iterator[Said]:
    """What it says, also once evidence was gathered."""
    yield from map(Said, sentences(Client().get(PAGES[page]).content.decode()))
    if page == "fhir-r4":
        search = {
            "type": "Patient",
            "search": "Patient?_id",
            "status": 404,
            "found": False,
            "said": "not_found",
        }
        probe = {"asked": "a type that FHIR has not", "status": None, "well": False}
        seen = {"searches": [search], "types": [], "probes": [probe], "scopes": {"asked": [""], "given": []}}
        for number in range(2):
            now = datetime(2026, 11, 28, number, tzinfo=UTC)
            keep(payer="Acme", environment="sandbox", seen=seen, now=now)
        yield from map(Said, sentences(Client().get(PAGES[page]).content.decode()))


@pytest.fixture
def told(at_1up: Plan, settings: Any, page: str) -> list[Said]:
    """Return every sentence of a page or of packets."""
    if page == "packet":
        said = list(of_packets(at_1up, settings))
    else:
        said = list(map(Said, sentences(html_of(page, "en"))) if page in POLICIES else of_page(page))
    return [replace(each, sentence=each.sentence.replace("Plainclaim", "[name]")) for each in said]


@cache
def named_tests() -> frozenset[str]:
    """Return the name of every test of ours."""
    return frozenset(
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)\(", file.read_text())
    )


@pytest.mark.parametrize("page", LEDGER)
def test_every_sentence_says_what_it_rests_on_and_none_is_left_over(page: str, told: list[Said]) -> None:
    ledger = LEDGER[page]
    assert len(told) > 20
    fitting = {said: [start for start in ledger if said.sentence.startswith(start)] for said in told}
    bare = {said.sentence for said, starts in fitting.items() if not starts and not said.is_proved_there}
    assert bare == set(), "nothing says what proves it"
    unproved = {
        said.sentence
        for said, starts in fitting.items()
        if "row" in map(ledger.get, starts) and not said.has_proofs
    }
    assert unproved == set(), "no test is named beside it"
    assert ledger.keys() - {start for starts in fitting.values() for start in starts} == set(), "said no more"


def test_every_text_has_its_ledger() -> None:
    assert LEDGER.keys() == {*POLICIES, *PAGES, "packet"}


@pytest.mark.parametrize("page", LEDGER)
def test_what_a_sentence_rests_on_is_a_test_that_there_is_and_a_demand_that_is_met(page: str) -> None:
    for start, stand in LEDGER[page].items():
        if isinstance(stand, str):
            assert stand in STANDS and (stand != "row" or page == "packet"), start
            continue
        assert stand, start
        for name in stand:
            control = evidence().controls.get(name)
            assert (control and control.stand == "Tested") or name in named_tests(), (start, name)


def test_the_licence_is_the_one_that_the_terms_name() -> None:
    assert "Apache License" in (text := (ROOT / "LICENSE").read_text()) and "Version 2.0" in text
    assert 'license = "Apache-2.0"' in (ROOT / "pyproject.toml").read_text()

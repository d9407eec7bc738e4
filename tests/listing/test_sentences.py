"""Every sentence of policies, public pages and packet is proved by a test, promised, or about the reader."""

import base64
import os
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import cache, partial
from html import unescape
from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client

from apps.listing.askers import everyone
from apps.listing.documents import STANDS, Document, documents, shipped
from apps.listing.evidence import evidence
from apps.listing.face import face
from apps.listing.gathered import keep
from apps.listing.models import AppListing, SignedAnswer
from apps.listing.packet import PICTURES, Packet, archive, packet, sheets
from apps.listing.policies import POLICIES
from apps.listing.published import commit
from apps.plans.models import Plan
from apps.plans.registrations import Registration
from tests.conftest import ROOT
from tests.listing.filled import filled
from tests.listing.held import LEDGER, name_of, rename, start_of, to_read
from tests.listing.test_fhir_r4 import ADDRESS as CAPABILITY
from tests.listing.test_packet import ON, unpacked

PAGES = {
    **{policy: f"/{policy}/" for policy in POLICIES},
    "landing": "/", "app": "/app/", "fhir-r4": "/app/fhir-r4/", "accessibility": "/accessibility/",
}  # fmt: skip
TEMPLATES = {
    "preflight": ["connections/preflight"],
    "plans": ["plans/list", "plans/plan", "plans/_connect", "plans/_badge", "components/footer"],
}
MANUALS = {
    "security": "SECURITY.md", "operations": "docs/operations.md", "readme": "README.md",
    "incident": "docs/incident.md", "keys": "docs/keys.md",
    "reliability": "docs/reliability.md", "speed": "docs/speed.md",
}  # fmt: skip
FIGURES = {"reliability", "speed"}
"""Their tables are written from runs, with day and machine: what is said beside them is held, not they."""
OTHERS = ("packet", "answers", "capability", *TEMPLATES, *MANUALS)
ROWS = "suite|specification|by-hand|not-met|must-support|fhir-type"
MADE = rf"<(tr|div)(?=[^>]*data-testid=.({ROWS})\b).*?</\1>"
"""Rows that the code or docs/conformance make: the ledger says of each kind what holds them to it."""
SENTENCE = r"(?<=[.!?])(?<!U\.S\.) (?=[A-Z“\[])"
SENTENCE_OR_CODE = SENTENCE.replace("[A-Z", "[`A-Z")
BLOCK = r"</?(?:p|li|[uod]l|d[dt]|div|span|figcaption|section|h[1-4]|t[rdh]|summary|button|label)\b[^>]*>"
MADE_ANNEXES = ("controls", "accessibility")
"""Checklists and criteria: the tests of a row stand beside it, or its answer says why there are none."""
MEASURED, BESIDE = "measured", "beside it"
"""What the ledger says besides: of manuals, a figure of a run, or what was seen when it was tried by hand; of
answers, that packet.toml names what each of their sentences rests on."""
SHORTEST = 3
"""In words: less is a label, or "No."."""


def sentences(html: str) -> list[str]:
    """Return what a text says: its sentences, headings, cells and captions."""
    main = re.sub(r"^.*<main\b[^>]*>|</main>.*$|<nav\b.*?</nav>", "", html, flags=re.S)
    parts = re.split(BLOCK, re.sub(MADE, r"<p>Each row of \2.</p>", main, flags=re.S))
    blocks = [" ".join(unescape(re.sub("<[^>]+>", "", part)).split()) for part in parts]
    said = [said for block in blocks for said in re.split(SENTENCE, block)]
    return [sentence for sentence in said if len(sentence.split()) >= SHORTEST]


def of_packets(plan: Plan, settings: Any) -> Iterator[str]:
    """What a reviewer is sent: README, signed or not, each asker's cover, and the annexes."""
    made = packet(sheets()[0], face(), on=ON)
    for key in ("", base64.b64encode(b"k" * 32).decode()):
        settings.PACKET_KEY = key
        yield from of_readme(made)
    with patch.dict(PICTURES, clear=True):
        yield from of_readme(made)
    for asker in everyone().askers:
        Registration.objects.update(asker=asker.key)
        yield from of_cover(packet(sheets()[0], face(), on=ON).cover)
        signed = filled(packet(sheets()[0], face(), on=ON))
        yield from of_cover(signed.cover)
        yield from of_readme(signed)
        SignedAnswer.objects.all().delete()
        AppListing.objects.all().delete()
    for annex in documents(made.face.listing, made.face.site):
        yield from sentences(annex.intro)
        for line in annex.lines:
            yield from sentences(line.said)
            if annex.slug in MADE_ANNEXES:
                yield f"{annex.slug}: {line.answer}"


def of_readme(made: Packet) -> Iterator[str]:
    """What stands in the file that is read first; its lists are titles and questions of the packet's own."""
    text = unpacked(archive(made))["README.md"].decode()
    yield from sentences(re.sub(r"^- .*$", "", text, flags=re.M).replace("\n\n", "<p>"))


def of_cover(cover: Document) -> Iterator[str]:
    """The intro and the answers."""
    yield from sentences(cover.intro)
    for line in cover.lines:
        yield from sentences(line.answer)


def of_answers() -> Iterator[str]:
    """Each answer that the release is shipped with, whole: what proves its sentences stands beside it."""
    for shape in shipped().documents:
        yield from (f"{shape.slug}: {row.ask}: {row.answer}" for row in shape.rows)


def of_templates(page: str) -> Iterator[str]:
    """Every text of its templates, whomever it is shown to; what the code puts in has tests of its own."""
    files = [(ROOT / f"templates/{name}.html").read_text() for name in TEMPLATES[page]]
    text = "<p>".join(text.partition("{% block main %}")[2] or text for text in files)
    text = re.sub(r"{{ (?:page\.|trip\.)?([\w.]+)[^}]*}}", r"[\1]", text)
    text = re.sub(r'{% translate "([^"]*)"(?: as \w+)? %}', r"\1", text)
    text = re.sub(r"{% (?:end)?blocktranslate.*?%}|{% url .*?%}|{% include .*?%}|</?strong[^>]*>", "", text)
    text = re.sub(
        r"</?(?:h1|h2|dt|details|summary|button|label)\b[^>]*>|<(?:input|a|div)\b[^>]*{%.*?%}[^>]*>",
        "<p>",
        text,
    )
    yield from sentences(re.sub("{%.*?%}", "<p>", text))


def of_manual(page: str) -> Iterator[str]:
    """Rows of tables, and every sentence; what stands apart as code is tried, not said."""
    text = (ROOT / MANUALS[page]).read_text()
    text = re.sub(r"^\|.*$", "", text, flags=re.M) if page in FIGURES else text
    text = re.sub(
        r"^ {4}.*$|^\|.*\n\|[-:| ]+\|$|<a id.*?</a>|^!\[.*$|^#.*$|^\d\. |^> ?", "", text, flags=re.M
    )
    for part in filter(str.strip, re.split(r"\n\n|\n(?=\|)|^- ", text, flags=re.M)):
        said = " ".join(re.sub(r"\*\*|^\| | \|$", "", part.strip()).replace(" | ", ": ").split())
        sentences_of = re.split(SENTENCE_OR_CODE, said)
        yield from (each for each in sentences_of if len(each.split()) >= SHORTEST)


def of_capability() -> Iterator[str]:
    """What words there are in the statement."""
    told = Client().get(CAPABILITY).content.decode()
    texts = re.findall(r'"(?:documentation|description)": "(.*?)"[,\n}]', told)
    assert len(texts) > 20
    yield from (sentence for text in texts for sentence in sentences(text))


def of_page(page: str) -> Iterator[str]:
    """What it says, also once evidence was gathered."""
    yield from sentences(Client().get(PAGES[page]).content.decode())
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
        yield from sentences(Client().get(PAGES[page]).content.decode())


@pytest.fixture
def told(at_1up: Plan, settings: Any, page: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return every sentence of a page or of packets, whatever was recorded in this checkout."""
    monkeypatch.delitem(PICTURES, "recording")
    others: dict[str, Callable[[], Iterator[str]]] = {
        "packet": lambda: of_packets(at_1up, settings),
        **{name: partial(of_templates, name) for name in TEMPLATES},
        "answers": of_answers,
        "capability": of_capability,
        **{name: partial(of_manual, name) for name in MANUALS},
    }
    settings.SITE_URL = "https://site.example"
    said = list(others[page]() if page in others else of_page(page))
    of_here = {"Plainclaim": "[name]", commit(): "[commit]", commit()[:12]: "[commit]"}
    for here, name in of_here.items():
        said = [each.replace(here, name) for each in said]
    return said


@cache
def named_tests() -> frozenset[str]:
    """Return the name of every test of ours."""
    return frozenset(
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)\(", file.read_text())
    )


@pytest.mark.parametrize("page", LEDGER)
def test_every_sentence_says_what_it_rests_on_and_none_is_left_over(page: str, told: list[str]) -> None:
    said = set(told)
    names = {row: name_of(row, said) for row in LEDGER[page]}
    starts = tuple(map(start_of, names))
    bare = [each for each in told if not each.startswith(starts)]
    assert len(told) > 10
    assert bare == [], f"no row of [{page}] in tests/listing/sentences.toml says what proves it"
    assert [row for row, name in names.items() if not name] == [], "said no more: take the row out"
    changed = {row: name for row, name in names.items() if row != name}
    if os.environ.get("UPDATE_SENTENCES"):
        rename(page, changed)
    else:
        assert not changed, to_read(page, changed, said)


def test_a_sentence_that_changes_behind_its_first_words_needs_another_name_of_its_row() -> None:
    row = name_of("We promise not to", ["We promise not to, unless the law compels us."])
    assert name_of(row, ["We promise not to, unless the law compels us.", "We do."]) == row
    assert name_of(row, ["We promise not to, unless we like."]) not in {row, ""}
    assert name_of(row, ["We promise not to, unless the law compels us.", "We promise not to."]) != row
    assert name_of(row, ["We do."]) == ""


def test_every_text_has_its_ledger() -> None:
    assert LEDGER.keys() == {*PAGES, *OTHERS}


@pytest.mark.parametrize("page", LEDGER)
def test_what_a_sentence_rests_on_is_a_test_that_there_is_and_a_demand_that_is_met(page: str) -> None:
    for start, stand in LEDGER[page].items():
        assert_it_stands([stand] if isinstance(stand, str) else stand, start)


def assert_it_stands(names: Sequence[str], sentence: str) -> None:
    """One stand alone, or tests that there are and demands that are met."""
    assert names, sentence
    for name in names if len(names) > 1 or names[0] not in {*STANDS, MEASURED, BESIDE} else ():
        control = evidence().controls.get(name)
        assert (control and control.stand == "Tested") or name in named_tests(), (sentence, name)


@pytest.mark.parametrize("shape", shipped().documents, ids=lambda shape: shape.slug)
def test_each_sentence_of_an_answer_has_its_own_proof_and_the_spanish_says_as_much(shape: Any) -> None:
    """A promise says that it is one; Spanish has the same sentences, promises and numbers."""
    for row in shape.rows:
        said = re.split(SENTENCE, row.answer)
        assert len(said) == len(row.proof), row.ask
        for names, sentence in zip(row.proof, said, strict=True):
            assert_it_stands(names, sentence)
            assert names != ("promise",) or "promise" in sentence, sentence
        for there, here in zip(re.split(SENTENCE, row.es[1]), said, strict=True) if row.es else ():
            assert ("prom" in there) == ("promise" in here), there
            assert re.findall(r"\d+", there) == re.findall(r"\d+", here), there


def test_the_licence_is_the_one_that_the_terms_name() -> None:
    assert "Apache License" in (text := (ROOT / "LICENSE").read_text()) and "Version 2.0" in text
    assert 'license = "Apache-2.0"' in (ROOT / "pyproject.toml").read_text()

"""No page about claims, approvals, providers, years and files speaks English to a reader of Spanish.

Invented people and the telling claims are stored for one member; pages are found by following links.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import time_machine
from django.test import Client

from apps.accounts.models import Member
from tests.both_languages import texts, told, untranslated
from tests.claims.given import NOW, a_connection, an_eob, held, save
from tests.claims.telling import ALL
from tests.demo_payer.people_on_a_day import answers
from tests.repository.test_spanish_pages import page, signed_in

PLAN, OTHER = "Harborlight Health", "Seaside Dental"
HAROLD, NEWEST = "70420001", 8
FIELDS = frozenset(
    {"display", "text", "valueString", "value", "family", "given", "unit", "disposition", "preAuthRef"}
)
"""Elements in which plans write words."""
OURS = frozenset({"category"})
"""Elements whose words we do not show: we have our own for them."""
LINK = re.compile(r'href="(/(?:home|claims|money|take-along)/[^"#]*)"')
CODE = re.compile(r"\b(?:CPT|CDT|HCPCS|NDC|NPI) \S+|CLM-\d+|\bcompound\b|^Plan$")
"""What is written alike in both languages."""
NAMES = (
    PLAN,
    OTHER,
    "Acute upper respiratory infection, unspecified",
    "Metformin (Oral Pill) or Metformin XR (Oral Pill)",
)


def words_of(value: Any, key: str = "") -> Iterator[str]:
    """Yield what a plan wrote in its own words."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name not in OURS:
                yield from words_of(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from words_of(inner, key)
    elif isinstance(value, str) and key in FIELDS and len(value) > 3:
        yield value


def bodies() -> list[dict[str, Any]]:
    """Return the claims of invented people, their approvals, and the telling claims."""
    every = answers()
    harold = [answer for answer in every if answer["patient"]["reference"] == f"Patient/patient-{HAROLD}"]
    approvals = [answer for answer in every if answer["use"] != "claim"]
    people = {answer["id"]: answer for answer in (*harold[-NEWEST:], *approvals, *every[::100])}
    telling = [{**claim, "id": f"told-{name}"} for name, claim in ALL.items()]
    return [*people.values(), *telling]


@cache
def plans_words() -> tuple[str, ...]:
    """Return what stays English: names, and what plans wrote."""
    written = {text for body in bodies() for text in words_of(body)}
    return (*NAMES, *sorted(written, key=len, reverse=True))


@pytest.fixture
def member(alice: Member) -> Iterator[Member]:
    """Return Alice with all of it and a second plan."""
    with time_machine.travel(NOW, tick=False):
        connection = a_connection(alice, plan=PLAN)
        save(connection, *[json.dumps(body, default=float).encode() for body in bodies()])
        save(a_connection(alice, plan=OTHER), an_eob(7001, kind="oral"), an_eob(7002, share=None))
        yield alice


def pages(client: Client, start: str) -> dict[str, str]:
    """Return every page reached from *start* by links of its own kind."""
    html: dict[str, str] = {}
    waiting = [start]
    while waiting:
        address = waiting.pop(0)
        if address in html:
            continue
        answer = client.get(address, follow=True)
        assert answer.status_code == 200, address
        if not answer.headers["Content-Type"].startswith("text/html"):
            continue
        html[address] = answer.content.decode()
        links = (link.replace("&amp;", "&") for link in LINK.findall(html[address]))
        waiting += [link for link in links if link.startswith(start) and link not in html]
    return html


def english_in(english: str, spanish: str) -> list[str]:
    """Return what is English in a page, given both."""
    in_english, in_spanish = ([CODE.sub("", text) for text in texts(html)] for html in (english, spanish))
    return untranslated(in_english, in_spanish, names=plans_words())


def english_on(member: Member, start: str, *, least: int) -> dict[str, list[str]]:
    """Return what is English on the Spanish pages reached from *start*, *least* of them."""

    def story(client: Client) -> str:
        return json.dumps(pages(signed_in(client, member), start))

    english, spanish = json.loads(told(story, "en")), json.loads(told(story, "es"))
    assert english.keys() == spanish.keys()
    assert len(spanish) >= least
    left = {address: english_in(english[address], html) for address, html in spanish.items()}
    return {address: words for address, words in left.items() if words}


@pytest.mark.parametrize(
    ("start", "least"),
    [
        ("/home/", 1),
        ("/claims/approvals/", 3),
        ("/claims/providers/", 5),
        ("/money/", 3),
        ("/take-along/", 1),
    ],
)
def test_pages_of_a_kind_are_spanish(start: str, least: int, member: Member) -> None:
    left = english_on(member, start, least=least)
    assert not left, json.dumps(left, indent=1, ensure_ascii=False)


def test_lists_are_spanish_however_they_are_filtered(member: Member) -> None:
    queries = (
        *("", "?state=denied", "?sort=share", "?all=1&sort=oldest", "?q=lost", "?before=lost"),
        *("?year=2025&kind=pharmacy&from=5&to=90", "?year=1800&kind=x&state=y"),
    )
    left = english_of(member, *(f"/claims/{query}" for query in queries))
    assert not left, "\n".join(left)


def english_of(member: Member, *addresses: str) -> list[str]:
    """Return what is English on these pages when they are Spanish."""

    def story(client: Client) -> str:
        signed_in(client, member)
        return json.dumps([page(client, address) for address in addresses])

    english, spanish = json.loads(told(story, "en")), json.loads(told(story, "es"))
    return sorted({text for pair in zip(english, spanish, strict=True) for text in english_in(*pair)})


@pytest.mark.parametrize("part", range(2))
def test_pages_of_claims_are_spanish(part: int, member: Member) -> None:
    chosen = sorted(f"/claims/{claim.id}/" for claim in held(member))[part::2]
    assert len(chosen) > 40
    left = english_of(member, *chosen)
    assert not left, "\n".join(left)

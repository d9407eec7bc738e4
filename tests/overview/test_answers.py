"""Today and Money beside a reader who has the records and the specifications alone (`tests.oracle.member`).

Which claims the first line counts and their sum, which claims have a card, what counted toward limits,
that every figure opens its proof, and that each year and provider adds up as printed (M-16): of every demo
member and of the published ones. Invented families stand in
`test_answers_of_families`.
"""

import json
from collections import Counter
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest
import time_machine
from django.test import Client

from apps.accounts.models import Member
from tests.claims.payer_data import FOLDERS
from tests.demo_payer.people_on_a_day import DAY, answers, everything
from tests.oracle.answer import answer
from tests.oracle.member import Reader
from tests.oracle.tree import node, text
from tests.overview.beside_a_reader import at_noon, read_by_both
from tests.overview.proofs import sums_printed, unproven

pytestmark = pytest.mark.django_db


NOTHING = answer(None)
MOST_CLAIMS = 400
"""One demo member has two thousand claims: the older ones are the newer ones again, of other days."""


def demo_members() -> list[str]:
    """Return the number of every demo member who has claims."""
    return sorted({eob["patient"]["reference"].removeprefix("Patient/patient-") for eob in answers()})


@cache
def _claims_and_coverages() -> tuple[str, ...]:
    kinds = ("ExplanationOfBenefit", "Coverage")
    return tuple(json.dumps(row, default=float) for row in everything() if row["resourceType"] in kinds)


def bodies_of(number: str) -> list[bytes]:
    """Return the newest claims and all coverages of one demo member as the payer sends them."""
    bodies = [body for body in _claims_and_coverages() if f"patient-{number}" in body]
    bodies.sort(key=lambda body: json.loads(body).get("created", "9"))
    return [body.encode() for body in bodies[-MOST_CLAIMS:]]


OF_NO_KNOWN_SUM = {"70470001"}
"""Something is not known in each year, and of each provider."""


@pytest.mark.parametrize("number", demo_members())
def test_today_and_money_of_a_demo_member_are_as_a_reader_of_their_records_says(
    alice: Member, client: Client, number: str
) -> None:
    assert read_by_both(alice, client, bodies_of(number), DAY) == []
    with time_machine.travel(at_noon(DAY), tick=False):
        assert list(unproven(client)) == []
        off_by = sums_printed(client)
        assert bool(off_by) is (number not in OF_NO_KNOWN_SUM)
        assert not any(off_by.values())


def test_the_reader_leaves_little_open_about_demo_members() -> None:
    """What it leaves open, nothing could contradict."""
    told = Counter[str]()
    for number in demo_members():
        reader = Reader.of(bodies_of(number), DAY)
        due = [reader.due(claim) for claim in reader.claims]
        told.update("open" if one.undecided else str(one != NOTHING) for one in due)
    assert told["open"] <= 1
    assert told["True"] >= 40
    assert told["False"] >= 700


@cache
def published(shared: Path) -> dict[str, dict[str, list[bytes]]]:
    """Return the records of every published member who has claims, by folder and patient, each once."""
    members: dict[str, dict[str, dict[str, bytes]]] = {}
    for file in sorted((shared / "fhir").rglob("*.json")):
        made = json.loads(file.read_bytes(), parse_float=Decimal)
        entries = [entry.get("resource", {}) for entry in made.get("entry", [])] or [made]
        for row in entries:
            whose = node(row, "patient") or node(row, "beneficiary")
            if row.get("resourceType") in ("ExplanationOfBenefit", "Coverage") and (
                patient := text(whose, "reference")
            ):
                of_folder = members.setdefault(file.relative_to(shared / "fhir").parts[0], {})
                body = json.dumps(row, default=_number).encode()
                of_folder.setdefault(patient, {})[f"{row['resourceType']}/{row.get('id', '')}"] = body
    return {
        folder: {
            patient: list(rows.values())
            for patient, rows in people.items()
            if any("Explanation" in key for key in rows)
        }
        for folder, people in members.items()
    }


def _number(amount: Decimal) -> float:
    return float(amount)


def test_there_are_twenty_published_members(shared: Path) -> None:
    assert sum(map(len, published(shared).values())) >= 20


@pytest.mark.parametrize("folder", FOLDERS)
def test_today_and_money_of_published_members_are_as_a_reader_of_their_records_says(
    shared: Path, client: Client, folder: str
) -> None:
    """On two days: a month after the newest claim, and early enough for every claim to be recent."""
    told = []
    for number, (patient, bodies) in enumerate(published(shared).get(folder, {}).items()):
        member = Member.objects.create_user(f"{number}@example.com", "a long password")
        days = sorted(day for claim in Reader.of(bodies, DAY).claims for day in claim.told_on)
        for today in (days[0] + timedelta(days=100), days[-1] + timedelta(days=30)) if days else (DAY,):
            told += [f"{patient} {today}: {words}" for words in read_by_both(member, client, bodies, today)]
        with time_machine.travel(at_noon(today), tick=False):
            told += [f"{patient}: {words}" for words in unproven(client)]
            told += [f"{patient}: {url} is off by {off}" for url, off in sums_printed(client).items() if off]
    assert told == []

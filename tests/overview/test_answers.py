"""Today and Money beside a reader who has the records and the specifications alone (`tests.oracle.member`).

Which claims the first line counts and their sum, which claims have a card, what counted toward limits,
that every figure opens its proof, and that each year and provider adds up as printed (M-16): of every demo
member and of the published ones. Invented families stand in
`test_answers_of_families`.
"""

import json
from collections import Counter
from datetime import date, timedelta
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
from tests.overview.beside_a_reader import NO, at_noon, has_cards, read_by_both, so_far
from tests.overview.proofs import sums_printed, unproven
from tests.overview.published_people import FIRST_LINES, PROGRESS, PUBLISHED_CARDS
from tests.overview.test_home import said

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


EARLY, LATE = date(2025, 4, 1), date(2026, 12, 10)
"""So early that all that came since is recent, and so late that an approval of the year runs out."""
DEMO_CARDS = {  # by hand, from what the payer sends; on `DAY` nobody has any
    "70410004": {EARLY: ("Your plan sent $307.25 to Dana Marlow.",)},  # paidtopatient, to the subscriber
    "70440001": {  # the payment was denied; PR 119 of lines beside a payment: the yearly limit was reached
        EARLY: (NO, "Your plan did not cover a part of this.", "Your plan did not cover a part of this.")
    },
    "70450001": {  # denied (PR 242); review A3 of an injection; a scan partially paid (CO 50); review A1
        EARLY: (NO, "Your plan did not approve this in advance.", "Your plan refused a part of this."),
        LATE: ("This approval in advance ends on December 31, 2026.",),
    },
}


@pytest.mark.parametrize("number", demo_members())
def test_today_and_money_of_a_demo_member_are_as_a_reader_of_their_records_says(
    alice: Member, client: Client, number: str
) -> None:
    for day, cards in (DEMO_CARDS.get(number, {}) | {DAY: ()}).items():
        assert read_by_both(alice, client, bodies_of(number), day) == []
        with time_machine.travel(at_noon(day), tick=False):
            has_cards(client.get("/home/").content.decode(), cards)
            assert list(unproven(client)) == []
    with time_machine.travel(at_noon(DAY), tick=False):
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


@pytest.mark.parametrize("folder", FOLDERS)
def test_today_and_money_of_published_members_are_as_a_reader_of_their_records_says(
    shared: Path, client: Client, folder: str
) -> None:
    """On two days: a month after the newest claim, and early enough for every claim to be recent."""
    told = []
    people = published(shared)[folder]
    assert list(people) == list(PUBLISHED_CARDS[folder]) == list(FIRST_LINES[folder])
    for number, (patient, bodies) in enumerate(people.items()):
        member = Member.objects.create_user(f"{number}@example.com", "a long password")
        days = sorted(day for claim in Reader.of(bodies, DAY).claims for day in claim.told_on)
        moments = (days[0] + timedelta(days=100), days[-1] + timedelta(days=30)) if days else (DAY, DAY)
        by_hand = zip(moments, PUBLISHED_CARDS[folder][patient], FIRST_LINES[folder][patient], strict=True)
        for today, cards, line in by_hand:
            told += [f"{patient} {today}: {words}" for words in read_by_both(member, client, bodies, today)]
            with time_machine.travel(at_noon(today), tick=False):
                home = client.get("/home/").content.decode()
                has_cards(home, cards)
                assert said(home, "lede")[0].startswith(line)
        with time_machine.travel(at_noon(today), tick=False):
            told += [f"{patient}: {words}" for words in unproven(client)]
            told += [f"{patient}: {url} is off by {off}" for url, off in sums_printed(client).items() if off]
            progress = PROGRESS.get(patient, {})
            assert {year: so_far(client, year) for year in progress} == progress
    assert told == []

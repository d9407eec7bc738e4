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
from tests.overview.beside_a_reader import NO, at_noon, differing, has_cards, read_by_both
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


SOME = "The figures of "
"""Of records made by chance by nobody counted by hand: the reader bounds how many."""
REFUSED_IN_PART = "Your plan refused a part of this."
COUNTED = "listed as paid by you. Ask the "
PUBLISHED_CARDS: dict[str, dict[str, tuple[tuple[str, ...], tuple[str, ...]]]] = {
    # By hand, on both days. Lines and total differ (2,650 and 1,000), a copay of 120 beside a share of 0, the
    # plan's 110 of which the provider got 100.
    "carin-bb-1.1.0": {
        "Patient/Patient1": ((differing(2),), (differing(2),)),
        "Patient/ExamplePatient1": ((differing(1),), ()),
    },
    "carin-bb-2.2.0": {
        "Patient/Patient1": ((differing(1),), ()),
        "Patient/Patient2": ((differing(2),), (differing(1),)),
    },
    # Drafts; and the patient paid what the provider was paid once more, of one price: the less of both.
    "carin-connectathon": {
        "Patient/1234567890123450021": ((), ()),
        "Patient/433cf74d-bfeb-4cdc-89c3-6c77243b8fc0": (
            (f"$1,505.90 of it is {COUNTED}provider", f"$6,383.98 of it is {COUNTED}", differing(2)), (),
        ),
        "Patient/d0d6e0e6-2883-424a-8121-253bbbbafc2f": ((f"$2,126.33 of it is {COUNTED}", differing(1)), ()),
        "Patient/478821bd-91d8-4301-8b71-95c2455dc7ad": ((f"$1,846.30 of it is {COUNTED}", differing(1)), ()),
        "Patient/be1b2b9f-22ca-4995-9577-b3ce6efac44c": (
            (f"$414.47 of it is {COUNTED}provider", f"$40.28 of it is {COUNTED}pharmacy", differing(2)), (),
        ),
        "Patient/582821be-f87e-477b-8452-d268e0febc67": (
            (f"$14.43 of it is {COUNTED}pharmacy", differing(1)), (),
        ),
        "Patient/d35f4225-9a71-4a17-a0da-9dcfde338cf2": ((f"$389.47 of it is {COUNTED}", differing(1)), ()),
    },
    # CO 120 of a line; a home visit with a reason; a drug of 20 that plan and patient both paid.
    "cms-ab2d": {
        "Patient/-40622727": ((SOME,), (SOME,)),
        "Patient/567834": ((REFUSED_IN_PART, REFUSED_IN_PART, SOME), (REFUSED_IN_PART, SOME)),
        "Patient/-351729985": ((differing(1),), (differing(1),)),
        "Patient/-317432690": ((), ()),
        "Patient/-757111882": ((), ()),
        "Patient/-501274923": ((differing(1),), (differing(1),)),
        "Patient/-20140000010000": ((f"$20.00 of it is {COUNTED}pharmacy", differing(1)), ()),
    },
    "cms-bb2-python-sdk": {"Patient/-19990000000001": ((SOME,), (SOME,))},
    "cms-bfd-v2": {
        "Patient/567834": ((REFUSED_IN_PART, REFUSED_IN_PART, SOME), (REFUSED_IN_PART, SOME)),
    },
    "davinci-pdex": {"Patient/1": ((), ())},  # a request that waits
    "hl7-r4-core-examples": {"Patient/pat1": ((differing(1),), (differing(1),))},  # 96 of lines' 276
    "synthea-smart-sample": {
        "urn:uuid:b8c71d92-a06b-4044-b053-64664e82f851": ((), ()),
        "urn:uuid:9eb43ac3-7c1e-4e25-94cd-4b2c43f7234e": ((), ()),
        "urn:uuid:0fc1eab4-7b07-4203-9fa3-34a965a25b2a": ((), ()),
        "urn:uuid:e0f40fe5-d579-41f7-87f6-6b2f5f6d1e5b": ((), ()),
    },
}  # fmt: skip


@pytest.mark.parametrize("folder", FOLDERS)
def test_today_and_money_of_published_members_are_as_a_reader_of_their_records_says(
    shared: Path, client: Client, folder: str
) -> None:
    """On two days: a month after the newest claim, and early enough for every claim to be recent."""
    told = []
    people = published(shared)[folder]
    assert list(people) == list(PUBLISHED_CARDS[folder])
    for number, (patient, bodies) in enumerate(people.items()):
        member = Member.objects.create_user(f"{number}@example.com", "a long password")
        days = sorted(day for claim in Reader.of(bodies, DAY).claims for day in claim.told_on)
        moments = (days[0] + timedelta(days=100), days[-1] + timedelta(days=30)) if days else (DAY, DAY)
        for today, cards in zip(moments, PUBLISHED_CARDS[folder][patient], strict=True):
            told += [f"{patient} {today}: {words}" for words in read_by_both(member, client, bodies, today)]
            with time_machine.travel(at_noon(today), tick=False):
                has_cards(client.get("/home/").content.decode(), cards)
        with time_machine.travel(at_noon(today), tick=False):
            told += [f"{patient}: {words}" for words in unproven(client)]
            told += [f"{patient}: {url} is off by {off}" for url, off in sums_printed(client).items() if off]
    assert told == []

"""Today and Money of invented families, beside a reader of their records: whose claims count, and how far.

Every figure on Today opens its proof.
"""

import re
from datetime import date, timedelta
from decimal import Decimal
from html import unescape

import pytest
import time_machine
from django.test import Client

from apps.accounts.models import Member
from apps.connections.models import Connection
from tests.claims.given import all_read, save
from tests.claims.test_people import about
from tests.demo_payer.people_on_a_day import DAY
from tests.oracle.member import Reader, counted, deductible
from tests.overview.beside_a_reader import (
    NO,
    at_noon,
    differences,
    differing,
    first_line,
    has_cards,
    ids_of,
    read_today,
    shown,
)
from tests.overview.families import QUIET, Person, families
from tests.overview.proofs import AMOUNT, unproven

pytestmark = pytest.mark.django_db
FAMILIES = families()
SECTION = re.compile(r'data-testid="ledger">\s*<h3 class="card__title">(.*?</p>)(.*?)</section>', re.DOTALL)
DEDUCTIBLE = re.compile(
    r"<h4>Medical care</h4>\s*<div[^>]*><div[^>]*>"
    r"<p>(Deductible: [^<]*?)(?: <strong[^>]*>([^<]*)</strong>)?</p>"
)
PLANS = "Plan {}"
CARDS = {  # by hand: each person has one claim that was denied and one whose figures differ
    "one adult, limits stated": (NO, differing(1)),
    "a limit far away": (NO, differing(1)),
    "a plan that states two limits": (NO, differing(1)),
    "a plan without limits": (NO, differing(1)),
    "another adult": (NO, differing(1), "Records of Max Lopez"),
    "a child of eleven": (NO, NO, differing(2)),
    "a child of thirteen": (NO, NO, differing(2)),
    "a child of seventeen, for one more day": (NO, NO, differing(2)),
    "a child of eighteen since today": (NO, differing(1), "Records of Leo Lopez"),
    "three children and another adult": (NO, NO, NO, NO, differing(4), "Records of Max Lopez"),
    "two plans that disagree": (NO, NO, differing(2)),
    "a year whose claims disagree": (differing(3),),
    "no dates": (),
    "a program whose members are not charged": (NO, differing(1)),
    "much to see to": (
        "did not approve this in advance",
        "This approval in advance ends",
        "Your plan sent $60.00 to you.",
    ),
    "access that ended": ("Access to Plan 0 has ended",),
}


def settle(member: Member, family: list[Person]) -> list[Connection]:
    """Connect a plan for each of a family; who comes first holds the account."""
    connections = []
    for number, person in enumerate(family):
        connection = about(member, PLANS.format(number), f"p{number}", person.name, person.born)
        connection.connected_at = at_noon(DAY) + timedelta(minutes=number)
        connection.save()
        connection.plan.lines_of_business = list(person.kinds)
        connection.plan.save()
        save(connection, *person.bodies)
        connections.append(all_read(connection))
        if person.is_ended:
            Connection.objects.filter(pk=connection.pk).update(
                status="needs_sign_in", ended_because="expired"
            )
    read_today(member)
    return connections


def is_shown(person: Person, holder: Person) -> bool:
    """Whether the records of a person show before anybody was asked: the holder's, and those of minors."""
    grown_up = date(DAY.year - 18, DAY.month, DAY.day)
    return person.name == holder.name or date.fromisoformat(person.born) > grown_up


def is_folded(person: Person) -> bool:
    """Whether sensitive care is folded by default: of minors of twelve and more."""
    return date.fromisoformat(person.born) <= date(DAY.year - 12, DAY.month, DAY.day)


@pytest.mark.parametrize("family", FAMILIES.values(), ids=list(FAMILIES))
def test_the_pages_of_a_family_are_as_a_reader_of_their_records_says(
    alice: Member, alice_client: Client, family: list[Person], request: pytest.FixtureRequest
) -> None:
    holder = family[0]
    with time_machine.travel(at_noon(DAY), tick=False):
        connections = settle(alice, family)
        told = shown(alice_client, {pk: id_ for plan in connections for pk, id_ in ids_of(plan).items()})
        home, money = (
            unescape(alice_client.get(path).content.decode()) for path in ("/home/", f"/money/{DAY.year}/")
        )
        assert list(unproven(alice_client)) == []
    here = [person for person in family if is_shown(person, holder)]
    every = Reader.of([body for person in here if not person.kinds for body in person.bodies], DAY)
    if not any(person.kinds for person in family):
        assert list(differences(told, every)) == []
    else:
        assert (told.due, "not noted as paid" in told.lede) == ({}, False)
    assert list(first_line(told)) == []
    _only_who_may(family, here, home, money)
    _left(money, here)
    cards = CARDS[request.node.callspec.id]
    has_cards(home, cards)
    assert not cards or len(AMOUNT.findall(home)) > 5
    _left_today(home, here)


def _left_today(home: str, here: list[Person]) -> None:
    """Today says how far it is to the one limit that a plan states, of no other."""
    expected = set()
    for person in here:
        limits = {
            cost["valueMoney"]["value"] for row in person.coverages for cost in row["costToBeneficiary"]
        }
        reader = Reader.of(person.bodies, DAY)
        (so_far, most), (_, drugs) = (
            counted(reader, DAY.year, care, deductible) for care in ("medical", "pharmacy")
        )
        if len(limits) != 1 or not most:
            continue
        assert so_far == most
        [limit] = map(Decimal, limits)
        left = (
            f"${limit - most:,.2f} left, or ${limit - most - drugs:,.2f} if" if limit > most else "it is met;"
        )
        expected.add((f"Deductible: ${most:,.2f} of ${limit:,.2f} is counted from these claims.", left))
    told = re.findall(r"<p>(Deductible: [^<]*?) <strong>By the claims here,? ([^<]*)</strong>", home)
    assert len(told) == len(expected) == home.count("Deductible: ")
    for counts, left in expected:
        assert any(words == counts and text.startswith(left) for words, text in told), (counts, left, told)


def _only_who_may(family: list[Person], here: list[Person], home: str, money: str) -> None:
    """Nobody shows who was not asked, and a card asks; no page names the sensitive care of who is twelve."""
    for person in family:
        if person not in here:
            assert home.count(f"Records of {person.name} are here and do not show") == 1
            assert person.name not in money
    if any(is_folded(person) for person in here[1:]) and not any(not is_folded(person) for person in here):
        assert QUIET not in home + money


def _left(money: str, here: list[Person]) -> None:
    """What is left of a deductible is said against the one limit that a plan states, nowhere else."""
    sections = [(heading, DEDUCTIBLE.search(text)) for heading, text in SECTION.findall(money)]
    for number, person in enumerate(here):
        words = [match for heading, match in sections if match and PLANS.format(number) in heading]
        reader = Reader.of(person.bodies, DAY)
        least, most = counted(reader, DAY.year, "medical", deductible)
        limits = {
            cost["valueMoney"]["value"] for row in person.coverages for cost in row["costToBeneficiary"]
        }
        if not most:
            assert not words or "counted from these claims" not in words[0][1]
            continue
        assert len(words) == 1
        assert least == most
        if len(limits) != 1:
            assert words[0][1].startswith(f"Deductible: ${most:,.2f} is counted from these claims.")
            assert words[0][2] is None
            continue
        left = max(Decimal(limits.pop()) - most, Decimal())
        assert words[0][2].startswith(
            f"By the claims here, ${left:,.2f} left" if left else "By the claims here it "
        )

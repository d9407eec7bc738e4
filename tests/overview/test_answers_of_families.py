"""Today and Money of invented families, beside a reader of their records: whose claims count, and how far."""

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
from tests.overview.beside_a_reader import at_noon, differences, first_line, ids_of, read_today, shown
from tests.overview.families import QUIET, Person, families

pytestmark = pytest.mark.django_db
FAMILIES = families()
SECTION = re.compile(r'data-testid="ledger">\s*<h3 class="card__title">(.*?</p>)(.*?)</section>', re.DOTALL)
DEDUCTIBLE = re.compile(
    r"<h4>Medical care</h4>\s*<div[^>]*><div[^>]*>"
    r"<p>(Deductible: [^<]*?)(?: <strong[^>]*>([^<]*)</strong>)?</p>"
)
PLANS = "Plan {}"


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
    alice: Member, alice_client: Client, family: list[Person]
) -> None:
    holder = family[0]
    with time_machine.travel(at_noon(DAY), tick=False):
        connections = settle(alice, family)
        told = shown(alice_client, {pk: id_ for plan in connections for pk, id_ in ids_of(plan).items()})
        home, money = (
            unescape(alice_client.get(path).content.decode()) for path in ("/home/", f"/money/{DAY.year}/")
        )
    here = [person for person in family if is_shown(person, holder)]
    every = Reader.of([body for person in here if not person.kinds for body in person.bodies], DAY)
    if not any(person.kinds for person in family):
        assert list(differences(told, every)) == []
    else:
        assert (told.due, "not noted as paid" in told.lede) == ({}, False)
    assert list(first_line(told)) == []
    _only_who_may(family, here, home, money)
    _left(money, here)


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

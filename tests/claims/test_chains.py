"""Which stored claims are current, in whatever order and pages they arrive (facts claims 5.1, 5.2)."""

import random
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.kinds.claim.kind import CLAIM
from apps.records import projection, versions
from tests.claims.given import a_connection, an_eob, claims_of, damage, row_of, save
from tests.claims.systems import C4BB

PRIOR, REPLACED_BY = "prior", "replacedby"


def related(relation: str, *, to: str = "", number: str = "") -> dict[str, Any]:
    """Return what names another claim, by the id or the number."""
    one: dict[str, Any] = {"relationship": {"coding": [{"code": relation}]}}
    if to:
        one["claim"] = {"reference": f"ExplanationOfBenefit/eob-{to}"}
    if number:
        one["reference"] = {"value": f"CLM-{number}"}
    return {"related": [one]}


def void(**changes: Any) -> dict[str, Any]:
    """Return a facility's type of bill that ends in 8."""
    kind = {"coding": [{"system": C4BB, "code": "typeofbill"}]}
    bill = {"supportingInfo": [{"category": kind, "code": {"coding": [{"code": "0138"}]}}]}
    return {"type": {"coding": [{"code": "institutional"}]}} | bill | changes


def shown(connection: Connection) -> set[str | None]:
    """Return the ids of the current claims."""
    current = (one for one in claims_of(connection) if one.entry.is_current)
    return {record.resource_id for one in current if (record := CLAIM.brief_of(one.entry)) is not None}


def counted(connection: Connection) -> Decimal:
    """Return the sum of the shares that count."""
    shares = (one.entry.your_share or Decimal(0) for one in claims_of(connection) if one.entry.is_counted)
    return sum(shares, Decimal(0))


STORY = (
    an_eob(1, share="80.00", **related(REPLACED_BY, to="2")),
    an_eob(2, share="60.00", created="2026-04-01"),
    an_eob(3, share="53.52", created="2026-05-01", **related(PRIOR, number="2")),
    an_eob("other", share="10.00"),
    an_eob("paid", share="7.00"),
    an_eob("void", share="7.00", **void(), **related(PRIOR, to="paid")),
    an_eob("wrong", share="99.00", status="entered-in-error", **related(PRIOR, to="other")),
)


@given(order=st.permutations(STORY), cuts=st.sets(st.integers(1, len(STORY) - 1)), data=st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_order_in_any_pages_gives_the_same_claims_and_sums(
    connection: Connection, order: list[dict[str, Any]], cuts: set[int], data: st.DataObject
) -> None:
    connection.records.all().delete()
    projection.forget([connection.pk])
    edges = [0, *sorted(cuts), len(order)]
    pages = [order[start:end] for start, end in pairwise(edges)]
    repeated = data.draw(st.lists(st.sampled_from(pages), max_size=1))
    for page in [*pages, *repeated]:
        save(connection, *page)
    assert shown(connection) == {"eob-3", "eob-other", "eob-void"}
    assert counted(connection) == Decimal("63.52")


def test_books_made_page_after_page_say_the_same_as_books_made_at_once(connection: Connection) -> None:
    chance = random.Random(5)  # noqa: S311 - a steady story, no secret
    bodies = []
    for number in range(40):
        naming = related(chance.choice([PRIOR, REPLACED_BY]), number=str(chance.randrange(40)))
        extra = void() if chance.random() < 0.2 else {}
        on = f"202{number % 3 + 4}-03-09"
        named = naming if chance.random() < 0.6 else {}
        bodies.append(an_eob(number, on=on, share=f"{number}.01", **named, **extra))
    for start in range(0, 40, 7):
        save(connection, *bodies[start : start + 7])
    page_after_page = claims_of(connection)
    projection.forget([connection.pk])
    assert claims_of(connection) == page_after_page
    assert 0 < len(shown(connection)) < 40


def test_a_replaced_claim_counts_until_its_successor_comes(connection: Connection) -> None:
    save(connection, an_eob(1, share="80.00", **related(REPLACED_BY, number="2")))
    assert counted(connection) == 80
    save(connection, an_eob(2, share="53.52"))
    assert (shown(connection), counted(connection)) == ({"eob-2"}, Decimal("53.52"))


def test_a_version_that_changes_its_mind_or_becomes_an_approval_lets_the_old_one_count_again(
    connection: Connection,
) -> None:
    replacing = related(PRIOR, to="1")
    save(connection, an_eob(1), an_eob(2, **replacing))
    save(connection, an_eob(2))
    assert shown(connection) == {"eob-1", "eob-2"}
    save(connection, an_eob(2, **replacing))
    assert shown(connection) == {"eob-2"}
    save(connection, an_eob(2, use="preauthorization", **replacing))
    assert shown(connection) == {"eob-1"}
    save(connection, an_eob(2, status="entered-in-error", **replacing))
    assert shown(connection) == {"eob-1"}


def test_numbers_of_another_connection_or_another_member_are_never_linked(alice: Member, bob: Member) -> None:
    first, second, theirs = a_connection(alice), a_connection(alice, plan="Other Plan"), a_connection(bob)
    save(first, an_eob(1))
    save(theirs, an_eob(1))
    save(second, an_eob(2, **related(PRIOR, to="1", number="1")))
    assert [len(shown(one)) for one in (first, second, theirs)] == [1, 1, 1]


def test_a_claim_that_does_not_open_stops_nothing(connection: Connection) -> None:
    save(connection, an_eob(1))
    damage(row_of(connection))
    save(connection, an_eob(2, **related(PRIOR, to="1")))
    assert [one.entry.is_current for one in claims_of(connection)] == [True, True]


def test_claims_that_name_each_other_without_end_are_one_chain(connection: Connection) -> None:
    for start in range(0, 60, 20):
        save(connection, *[an_eob(n, **related(PRIOR, to=str(n + 1))) for n in range(start, start + 20)])
    assert shown(connection) == {"eob-0"}
    assert sorted(one.entry.place for one in claims_of(connection)) == list(range(60))


def test_a_number_that_a_crowd_of_claims_shares_makes_them_no_versions(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan that writes one number on everything hides nothing, in whatever order its claims come."""
    monkeypatch.setattr(versions, "CROWD", 10)
    eobs = [an_eob(n, identifier=[{"value": "SAME"}]) for n in range(30)]
    eobs[3]["status"] = "entered-in-error"
    for start in range(0, 30, 6):
        save(connection, *eobs[start : start + 6])
    assert len(shown(connection)) == 29
    save(connection, *[one | {"disposition": "sent again"} for one in eobs[:6]])
    assert len(shown(connection)) == 29
    assert {one.entry.chain for one in claims_of(connection)} == {None}

"""Which shares are not noted as paid: the plan's figures less what the member says."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest
from msgspec import structs

from apps.kinds.claim import shares as shares_of
from apps.kinds.claim import unpaid
from apps.kinds.claim.entry import ClaimEntry, entry_of
from apps.kinds.claim.records import ClaimRecord, Disagreement, Figure, Reason
from apps.kinds.claim.shares import Shares
from apps.records.entries import NOTHING
from apps.records.volumes import Held
from tests.claims.made import claim, priced, reading
from tests.claims.systems import C4BB

TODAY, PLAN, OTHER_PLAN = date(2026, 6, 1), UUID(int=1), UUID(int=2)
SHARE = priced("memberliability", "53.52", system=C4BB)


def record(*totals: Any, **changes: Any) -> ClaimRecord:
    return reading(claim(priced("submitted", "480.00"), SHARE, *totals, **changes))


NO_SHARE = reading(claim(priced("submitted", "480.00"), priced("memberliability", "0", system=C4BB)))


def with_reason(code: str, kind: Any = "adjustment", group: str | None = None, **amounts: str) -> ClaimRecord:
    made = record()
    money = structs.replace(made.money, **{name: Figure(Decimal(text)) for name, text in amounts.items()})
    return structs.replace(made, money=money, reasons=(Reason(code, kind, group),))


@pytest.mark.parametrize(
    ("made", "why", "left"),
    [
        (record(), "", "53.52"),
        (record(priced("paidbypatient", "20.00", system=C4BB)), "", "33.52"),
        (record(priced("paidbypatient", "60.00", system=C4BB)), "", "0"),
        (record(kind="pharmacy"), "counter", None),
        (record(outcome="partial"), "open", None),
        (record(status="draft"), "open", None),
        (reading(claim(priced("submitted", "480.00"))), "open", None),
        (structs.replace(record(), may_change=True), "open", None),
        (structs.replace(record(), is_repeat=True), "open", None),
        (structs.replace(NO_SHARE, is_repeat=True), "", "0"),
        (with_reason("22"), "other_payer", None),
        (with_reason("120"), "other_payer", None),
        (with_reason("non-payment E", "cms"), "other_payer", None),
        (with_reason("N781", "remark"), "protected", None),
        (with_reason("96", group="CO", not_covered="53.52"), "provider", None),
        (with_reason("96", group="PR", not_covered="53.52"), "", "53.52"),
        (with_reason("96", group="CO", not_covered="40.00", deductible="13.52"), "", "13.52"),
    ],
)
def test_what_is_left_of_a_share_and_why_one_is_no_question(
    made: ClaimRecord, why: str, left: str | None
) -> None:
    assert (unpaid.apart(made), unpaid.left(made)) == (why, Decimal(left) if left else None)


def test_figures_that_contradict_each_other_are_no_sum() -> None:
    made = structs.replace(
        record(), disagreements=(Disagreement("your_share", "places", Figure(Decimal("53.52"))),)
    )
    assert (unpaid.apart(made), unpaid.left(made)) == ("disagrees", None)


def held(plan: UUID = PLAN, *, twin_of: UUID | None = None, **changes: Any) -> Held[ClaimEntry]:
    made = entry_of(record(), person_key="", provider_key="", brief=NOTHING)
    return Held(structs.replace(made, **{"id": uuid4(), **changes}), plan, twin_of)


def shares(*claims: Held[ClaimEntry], protected: tuple[UUID, ...] = (), **said: Any) -> Shares:
    given = {"paid": {}, "settled": {}} | said
    return shares_of.shares(claims, protected=protected, today=TODAY, **given)


def paid(amount: str, share: str = "53.52") -> dict[str, str]:
    return {"amount": amount, "currency": "USD", "share": share}


def test_180_days_from_the_decision_tell_recent_from_older_else_from_the_care() -> None:
    last, before = date(2025, 12, 3), date(2025, 12, 2)
    found = shares(
        held(on=before, decided_on=last),
        held(on=last, decided_on=before),
        held(on=last, decided_on=None),
        held(on=before, decided_on=None),
    )
    assert [one.claim.entry.decided_on or one.claim.entry.on for one in found.recent] == [last, last]
    assert len(found.older) == 2


def test_what_is_left_of_a_recent_share_in_two_currencies_is_not_known() -> None:
    in_two = record(priced("paidbypatient", "20.00", system=C4BB, currency="CAD"))
    entry = entry_of(in_two, person_key="", provider_key="", brief=NOTHING)
    assert (entry.your_share, entry.left, entry.apart) == (Decimal("53.52"), None, "")
    spent = {"on": date(2020, 1, 1), "decided_on": None}
    unclear = {"left": None, "apart": ""}
    found = shares(held(**unclear), held(**unclear, your_share=Decimal(0)), held(**unclear, **spent))
    assert (found.apart, found.recent, found.older) == ({"open": 1}, [], [])


def test_what_does_not_stand_is_another_ones_twin_or_protected_is_not_counted() -> None:
    first = held()
    found = shares(
        first,
        held(OTHER_PLAN, twin_of=first.id),
        held(is_current=False),
        held(counts=False),
        held(OTHER_PLAN),
        protected=(OTHER_PLAN,),
    )
    assert [one.claim for one in found.recent] == [first]
    assert found.apart == {"protected": 1}


def test_a_note_on_any_version_or_twin_is_a_note_on_the_claim() -> None:
    chain, old = uuid4(), held(is_current=False)
    old = held(is_current=False, id=old.id, chain=chain)
    new = held(id=uuid4(), chain=chain)
    twin = held(OTHER_PLAN, twin_of=new.id)
    for noted_on in (old, new, twin):
        assert shares(new, old, twin, paid={str(noted_on.id): paid("53.52")}).recent == []
    [rest] = shares(new, old, twin, paid={str(old.id): paid("50.00")}).recent
    assert rest.amount == Decimal("3.52")
    assert len(shares(new, paid={str(uuid4()): paid("53.52")}).recent) == 1


@pytest.mark.parametrize(
    ("noted", "changes", "now"),
    [
        (paid("53.52"), {}, None),
        (paid("53.52"), {"your_share": Decimal("40.00"), "left": Decimal("40.00")}, Decimal("40.00")),
        (paid("53.52"), {"left": Decimal(0)}, None),  # the plan learned of the same payment
        (paid("60.00"), {}, None),  # more than the share from the start: nothing fell
    ],
)
def test_a_share_that_fell_below_what_was_noted_is_told(
    noted: Any, changes: Any, now: Decimal | None
) -> None:
    one = held(**changes)
    fallen = shares(one, paid={str(one.id): noted}).fallen
    assert [other.share for other in fallen] == ([now] if now is not None else [])


def test_a_payment_for_a_claim_that_was_taken_back_is_told() -> None:
    one = held(state="void", counts=False)
    [fallen] = shares(one, paid={str(one.id): paid("53.52")}).fallen
    assert (fallen.noted, fallen.share) == (Decimal("53.52"), None)


def test_settled_shares_rest_until_they_rise() -> None:
    one = held(decided_on=date(2020, 1, 1))
    assert shares(one, settled={str(one.id): "53.52"}).older == []
    [rest] = shares(one, settled={str(one.id): "40.00"}).older
    assert rest.amount == Decimal("13.52")


@pytest.mark.parametrize("broken", [None, "53.52", {"amount": 5}, {"amount": "NaN", "currency": "USD"}, []])
def test_a_note_that_is_none_notes_nothing(broken: Any) -> None:
    assert shares_of.noted_of(broken, "USD") is None

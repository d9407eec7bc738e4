"""A year in money: what counts, per currency, and what is said about the rest."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apps.kinds.claim.brief import brief
from apps.kinds.claim.entry import entry_of
from apps.kinds.claim.excess import is_summed
from apps.kinds.claim.records import ClaimRecord, Figure, Money
from apps.kinds.claim.tallies import Tally
from apps.kinds.claim.whose import discount_of
from apps.kinds.claim.wording import story
from apps.kinds.claim.wording.balance import balance_of
from apps.kinds.claim.year import Year, count
from apps.records.entries import NOTHING
from tests.claims import made
from tests.claims.made import claim, concept, counted, line, money, priced, reading, stating, why
from tests.claims.systems import C4BB

PLAN = UUID(int=0)


def paid(number: str, billed: str, share: str | None, **changes: Any) -> ClaimRecord:
    """Return a claim of 2026 under a number of its own."""
    currency = changes.pop("currency", "USD")
    totals = [priced("submitted", billed, currency=currency)]
    if share is not None:
        totals.append(priced("memberliability", share, system=C4BB, currency=currency))
    identifier = [{"type": concept((C4BB, "uc")), "value": number}]
    return reading(claim(*totals, id=number, identifier=identifier, **changes))


def year_of(*plans: list[ClaimRecord]) -> Year:
    """Count the claims of each plan."""
    return count(
        counted(record, UUID(int=place), record.service_on or record.created_on or date.min, UUID(int=number))
        for place, records in enumerate(plans)
        for number, record in enumerate(records)
    )


def test_a_year_sums_what_counts_and_names_what_does_not() -> None:
    year = year_of(
        [
            paid("1", "100.00", "20.00"),
            paid("2", "50.05", "0.10"),
            paid("3", "999.00", "999.00", status="cancelled"),
            paid("5", "999.00", "999.00", status="entered-in-error"),
            paid("6", "999.00", "999.00", status="draft"),
            paid("7", "30.00", None),
            reading(claim(id="8", identifier=[{"value": "8"}])),
            reading(claim(id="9", identifier=[{"value": "9"}])),
        ]
    )
    (dollars,) = year.sums
    assert (year.claims, year.left_out, year.without_amounts) == (5, 3, 2)
    assert (dollars.claims, dollars.billed.amount, dollars.your_share.amount) == (
        3,
        Decimal("180.05"),
        Decimal("20.10"),
    )
    assert dollars.plan_paid.amount is None
    assert (dollars.your_share.known, dollars.your_share.unknown) == (2, 1)
    assert year.notes == (
        "2 claims came without amounts.",
        "3 claims are in no sum: cancelled, entered by mistake or drafts.",
    )


def test_older_versions_that_were_not_opened_are_said_to_be_left_out() -> None:
    year = count([], replaced=3)
    assert (year.left_out, year.replaced) == (0, 3)
    assert year.notes == ("3 other versions are in no sum: older ones, other forms of a claim, or mistakes.",)


@pytest.mark.parametrize(("whose", "name"), [("insurer", "Seaside Dental"), ("patient", "Theo")])
def test_equal_numbers_of_different_payers_or_people_are_different_claims(whose: str, name: str) -> None:
    other = paid("1", "10.00", "1.00", **{whose: {"display": name}})
    year = year_of([paid("1", "10.00", "1.00", patient={"display": "Dana"})], [other])
    assert (year.claims, year.repeated, year.doubtful) == (2, 0, 0)
    assert year.sums[0].your_share.amount == Decimal("2.00")


def test_a_claim_that_came_through_another_connection_too_counts_there_and_that_is_said() -> None:
    first, twin, other = paid("1", "10.00", "1.00"), paid("1", "10.00", "1.00"), paid("2", "5.00", "0.50")
    day, (one, two, three) = date(2026, 1, 1), (UUID(int=n) for n in (1, 2, 3))
    year = count(
        [
            counted(first, UUID(int=0), day, one),
            counted(twin, UUID(int=1), day, two, twin_of=one),
            counted(other, UUID(int=1), day, three),
        ]
    )
    assert (year.claims, year.repeated, year.doubtful) == (2, 1, 0)
    assert year.sums[0].your_share.amount == Decimal("1.50")
    assert year.notes == ("1 claim came through two connections and is counted once.",)


def test_a_claim_beside_a_pair_that_found_each_other_is_no_doubt() -> None:
    """The second connection has two alike: one is the twin of the first one's, the other its own claim."""
    alike, day = paid("1", "10.00", "1.00"), date(2026, 1, 1)
    one, two, three = (UUID(int=n) for n in (1, 2, 3))
    entries = [
        counted(alike, UUID(int=0), day, one),
        counted(alike, UUID(int=1), day, two, twin_of=one),
        counted(alike, UUID(int=1), day, three),
    ]
    year = count(entries)
    assert (year.claims, year.repeated, year.doubtful) == (2, 1, 0)


@pytest.mark.parametrize(
    "other",
    [paid("1", "10.00", "2.00"), paid("1", "10.00", "1.00", insurer=None), paid("1", "10.00", "1.00")],
    ids=["another amount", "payer not named", "not known to be a twin"],
)
def test_what_may_be_the_same_claim_is_counted_and_said_to_be_doubtful(other: ClaimRecord) -> None:
    year = year_of([paid("1", "10.00", "1.00")], [other])
    assert (year.claims, year.repeated, year.doubtful) == (2, 0, 1)
    assert year.notes[0].startswith("1 claim may be in the sums twice")


def test_currencies_are_summed_apart() -> None:
    year = year_of([paid("1", "10.00", None), paid("2", "20.00", None, currency="CAD")])
    assert [(one.currency, one.billed.amount) for one in year.sums] == [
        ("USD", Decimal(10)),
        ("CAD", Decimal(20)),
    ]
    assert "Amounts in different currencies are never added up." in year.notes


def test_amounts_below_nothing_are_summed_with_their_sign_1_7() -> None:
    year = year_of([paid("1", "100.00", "20.00"), paid("2", "100.00", "-20.00")])
    assert year.sums[0].your_share.amount == 0
    assert year.sums[0].your_share.known == 2


def test_a_claim_that_takes_one_back_is_in_no_sum_and_told() -> None:
    """What it takes back is in none either."""
    year = year_of([paid("1", "100.00", "20.00"), paid("2", "-100.00", "-20.00")])
    assert (year.sums[0].your_share.amount, year.out) == (20, {"taken_back": 1})


def test_an_empty_year_says_nothing() -> None:
    year = count([])
    assert (year.claims, year.sums, year.notes) == (0, (), ())


def test_what_is_above_the_allowed_price_is_a_discount_without_what_is_not_covered() -> None:
    money = Money(reduction=Figure(Decimal(100)), not_covered=Figure(Decimal(30)))
    assert discount_of(ClaimRecord(money=money)).amount == Decimal(70)
    more = Money(reduction=Figure(Decimal(100)), not_covered=Figure(Decimal(130)))
    assert discount_of(ClaimRecord(money=more)).amount == Decimal(100)
    stated = Money(reduction=Figure(Decimal(100)), discount=Figure(Decimal(9)))
    assert discount_of(ClaimRecord(money=stated)).amount == Decimal(9)


@pytest.mark.parametrize(
    "figures",
    [
        "submitted 200, eligible 0, benefit 0, memberliability 200",  # refused, and not cheaper
        "submitted 200, eligible 0, benefit 0, noncovered 150, memberliability 0",
        "submitted 200, eligible -150, priorpayerpaid 60",
        "drugcost 200, eligible 150, benefit 100, memberliability 50",
        "submitted 300, eligible 40, priorpayerpaid 144, discount 0, benefit 0, memberliability 156",
        "submitted -200, eligible -150, noncovered 30, memberliability 50",
        "submitted 200, eligible 150, noncovered 30, benefit 100, memberliability 50",
    ],
)
def test_a_year_and_a_file_take_off_the_bill_what_the_page_of_the_claim_does(figures: str) -> None:
    """3.9: a refused claim's year said that its whole bill was taken off, which its page did not."""
    record = stating(figures)
    shown = balance_of(record).taken_off
    assert (discount_of(record).amount or 0) == (shown.amount or 0)
    assert record.money.reduction.is_known == shown.is_known


@pytest.mark.parametrize(
    ("figures", "more"),
    [
        (
            "1000, eligible 700, discount 300, noncovered 50, benefit 480, deductible 100, coinsurance 120",
            "50",
        ),
        ("800, noncovered 100, benefit 580, deductible 100, coinsurance 120", "100"),
        ("780, discount 100, noncovered 240, benefit 460", "240"),
    ],
)
def test_a_share_holds_nothing_that_is_not_covered_for_which_it_has_no_room(figures: str, more: str) -> None:
    """The year said "$50.00 of it is not covered" of a share of deductible and copay alone, and the page that
    $240.00 are in a share of $220.00."""
    record = stating(f"submitted {figures}, memberliability 220")
    (total,) = year_of([record]).sums
    assert (total.in_both, str(total.excess)) == (0, more)
    told = story(record).sums
    assert f"which is ${more}.00 more." in told[0]
    assert not [said for said in told if "is already in" in said]


AMOUNTS = st.none() | st.decimals(min_value=-9999, max_value=9999, places=2)

RECORDS = st.lists(
    st.tuples(
        st.sampled_from(["USD", None, "CAD"]),
        st.fixed_dictionaries(
            dict.fromkeys(("billed", "plan_paid", "your_share", "not_covered", "other_payer"), AMOUNTS)
        ),
        st.sampled_from(["active", "cancelled", "entered-in-error", None]),
        st.sampled_from(["claim", "claim", "preauthorization"]),
        st.sampled_from(["complete", "complete", "queued", "error"]),
    ),
    max_size=12,
)


def is_above(amounts: dict[str, Decimal | None]) -> bool:
    """Whether a bill has no room for a share, alone or with what was paid, by more than a cent (3.9).

    Beside a bill of nothing a copay may be right, and so may what a plan of fixed prices paid above one.
    """
    billed, share, others = amounts["billed"], amounts["your_share"], amounts["other_payer"]
    if not billed or share is None or billed < 0 or share <= 0:
        return False
    paid = [paid for name in ("plan_paid", "other_payer") if (paid := amounts[name]) is not None]
    is_fixed = (amounts["plan_paid"] or 0) > 0 and (others or 0) < billed
    cent = Decimal("0.01")
    return share - billed > cent or (bool(paid) and not is_fixed and share + sum(paid) - billed > cent)


COPAY = {"billed": Decimal(0), "your_share": Decimal("0.01")}


@given(RECORDS)
@example(
    [
        (
            "USD",
            dict.fromkeys(("plan_paid", "not_covered", "other_payer")) | COPAY,
            "active",
            "claim",
            "complete",
        )
    ]
)
def test_sums_are_those_of_an_oracle_that_knows_only_the_rules_3_7_3_10(made: Any) -> None:
    """Absent is not zero, currencies apart, and only decided, standing claims count."""
    entries, expected = [], dict[tuple[str, str], list[Decimal]]()
    for number, (currency, amounts, status, use, outcome) in enumerate(made):
        figures = {name: Figure(amount, currency) for name, amount in amounts.items() if amount is not None}
        record = ClaimRecord(
            money=Money(**figures), status=status, use=use, outcome=outcome, claim_number=str(number)
        )
        entries.append(counted(record, PLAN, date(2026, 5, 5), UUID(int=number)))
        stands = use == "claim" and outcome == "complete" and status in ("active", None)
        if stands and not is_above(amounts) and not record.money.is_minus:
            for name, amount in amounts.items():
                if amount is not None:
                    expected.setdefault((currency or "USD", name), []).append(amount)
    year = count(entries)
    found = {
        (total.currency, name): getattr(total, name)
        for total in year.sums
        for name in ("billed", "plan_paid", "your_share", "not_covered", "other_payer")
        if getattr(total, name).amount is not None
    }
    assert {key: total.amount for key, total in found.items()} == {
        key: sum(amounts) for key, amounts in expected.items()
    }
    assert {key: total.known for key, total in found.items()} == {
        key: len(amounts) for key, amounts in expected.items()
    }
    assert all(total.your_share.known + total.your_share.unknown == total.claims for total in year.sums)


DENIED = made.status("benefitpaymentstatus", "denied")


def second(
    *reasons: dict[str, Any], figures: str = "submitted 100.00, benefit 0", **changes: Any
) -> ClaimRecord:
    """Return a claim with these reasons at its only line."""
    identifier = [{"type": concept((C4BB, "uc")), "value": "again"}]
    item = [line(1, *money(figures), *reasons)]
    return stating(figures, id="again", identifier=identifier, item=item, **changes)


@pytest.mark.parametrize(
    "again",
    [
        second(why("OA 18")),
        second(why("CO B13")),
        second(why("OA 18"), DENIED),
        second(figures="submitted 100.00, benefit 0, memberliability 0", adjudication=[why("OA 18")]),
    ],
)
def test_what_the_plan_had_already_is_billed_once(again: ClaimRecord) -> None:
    """5.3: it counted what was billed a second time, with the first claim beside it."""
    year = year_of([paid("1", "100.00", "20.00"), again])
    (dollars,) = year.sums
    assert (dollars.billed.amount, year.left_out) == (Decimal("100.00"), 1)
    assert year.notes == ("1 claim is in no sum: sent twice.",)
    entry = entry_of(again, person_key="", provider_key="", brief=NOTHING)
    assert (entry.stands, entry.is_counted, is_summed(again)) == (True, False, False)
    assert not entry.refuses_you  # what holds is in the first claim, and Today asked to see what can be done
    assert brief(again).is_repeat
    tally = Tally()
    tally.add(entry)
    assert (tally.left_out, tally.disagreeing, tally.billed) == (1, 0, {})


@pytest.mark.parametrize(
    "again",
    [
        second(why("CR 18")),
        second(why("OA 18"), figures="submitted 100.00, benefit 60.00"),
        second(why("PR 18"), figures="submitted 100.00, benefit 0, memberliability 20.00"),
        second(why("CO 96")),
    ],
)
def test_what_is_no_second_claim_or_was_paid_counts(again: ClaimRecord) -> None:
    year = year_of([paid("1", "100.00", "20.00"), again])
    assert (year.sums[0].billed.amount, year.left_out) == (Decimal("200.00"), 0)


def test_a_claim_with_one_line_that_came_twice_counts() -> None:
    items = [line(1, *money("submitted 50.00, benefit 0"), why("OA 18")), line(2, *money("submitted 50.00"))]
    again = stating("submitted 100.00, benefit 0", id="again", item=items)
    assert year_of([again]).sums[0].billed.amount == Decimal("100.00")

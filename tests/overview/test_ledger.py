"""What counted toward a deductible and an out-of-pocket limit: an itemised list that adds up."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.kinds.claim.counted import Counted
from apps.kinds.claim.entry import decided_on
from apps.kinds.claim.records import ClaimRecord, Disagreement, Figure, Money, Source
from apps.overview.ledger import Ledger, Row, ledgers
from apps.overview.ledger_words import FIRST_SHOWN, MOST_SHOWN, Brought, block, blocks
from apps.overview.plan_years import Limit, Limits
from tests.claims.made import counted


def entry(number: int = 1, *, on: str = "2026-03-09", summed: int = 0, **changes: Any) -> Counted:
    """Return a claim in the network; amounts by name, None or absent where not stated."""
    figures = {
        name: Figure(Decimal(changes.pop(name)), source=Source("", "", summed=summed))
        for name in ("deductible", "copay", "coinsurance", "your_share", "plan_paid", "billed", "not_covered")
        if changes.get(name) is not None
    }
    given_here = {"kind": "professional", "network": "in"} | {
        name: value for name, value in changes.items() if name in ClaimRecord.__struct_fields__
    }
    return counted(
        ClaimRecord(money=Money(**figures), service_on=date.fromisoformat(on), **given_here),
        UUID(int=0),
        date.fromisoformat(on),
        UUID(int=number),
    )


def ledger(*entries: Counted) -> Ledger:
    """Return the only ledger of *entries*."""
    (found,) = ledgers(entries)
    return found


def row(found: Ledger) -> Row:
    """Return the only row."""
    (only,) = found.rows
    return only


def whole(number: int, deductible: str, copay: str, coinsurance: str, **changes: Any) -> Counted:
    """Return a claim whose parts add up to the share it states."""
    share = str(sum(map(Decimal, (deductible, copay, coinsurance))))
    parts = {"deductible": deductible, "copay": copay, "coinsurance": coinsurance, "your_share": share}
    return entry(number, **parts, **changes)


def test_each_claim_says_how_much_it_counted_and_what_it_came_to() -> None:
    found = ledger(
        whole(1, "100.00", "0.00", "20.00", on="2026-01-05"),
        whole(2, "50.00", "30.00", "0.00", on="2026-02-05"),
    )
    assert [(each.deductible, each.deductible_total) for each in found.rows] == [
        (Decimal("100.00"), Decimal("100.00")),
        (Decimal("50.00"), Decimal("150.00")),
    ]
    assert [(each.out_of_pocket, each.out_of_pocket_total) for each in found.rows] == [
        (Decimal("120.00"), Decimal("120.00")),
        (Decimal("80.00"), Decimal("200.00")),
    ]
    assert all(each.is_certain and not each.doubts for each in found.rows)


def test_rows_stand_in_the_order_in_which_the_plan_processed_them() -> None:
    late = whole(1, "1.00", "0.00", "0.00", on="2026-01-05", paid_on=date(2026, 4, 1))
    early = whole(2, "2.00", "0.00", "0.00", on="2026-02-05", paid_on=date(2026, 2, 20))
    assert [(each.entry.id.int, each.on) for each in ledger(late, early).rows] == [
        (2, date(2026, 2, 20)),
        (1, date(2026, 4, 1)),
    ]


def test_a_claim_is_decided_on_the_day_its_answer_was_made_and_not_when_it_was_paid_claims_8() -> None:
    """One rule for the rows here and for what is recent: created, unless that is after the payment."""
    paid_later = whole(1, "1.00", "0.00", "0.00", created_on=date(2026, 3, 10), paid_on=date(2026, 4, 1))
    made_later = whole(2, "2.00", "0.00", "0.00", created_on=date(2029, 1, 1), paid_on=date(2026, 3, 20))
    found = ledger(paid_later, made_later)
    assert [each.on for each in found.rows] == [date(2026, 3, 10), date(2026, 3, 20)]
    for each in found.rows:
        assert each.on == decided_on(each.entry.record, each.entry.on)


def test_a_payment_before_the_care_is_no_day_of_processing_claims_8() -> None:
    odd = whole(1, "1.00", "0.00", "0.00", on="2026-03-09", paid_on=date(2019, 11, 14))
    only = row(ledger(odd))
    assert (only.on, only.is_processed) == (date(2026, 3, 9), False)


@pytest.mark.parametrize(
    ("processed", "days", "when"),
    [
        (None, "", "Care on March 9, 2026."),
        (date(2026, 3, 9), "", "Care on March 9, 2026, processed the same day."),
        (date(2026, 4, 1), "", "Care on March 9, 2026, processed April 1, 2026."),
        (date(2026, 4, 1), "2026-03-09 2026-03-09", "Care on March 9, 2026, processed April 1, 2026."),
        (None, "2026-03-09 2026-05-02", "Care from March 9 to May 2, 2026."),
        (date(2026, 6, 1), "2025-08 2026-03", "Care from August 2025 to March 2026, processed June 1, 2026."),
    ],
)
def test_a_row_says_when_the_care_was_and_when_it_was_processed(
    processed: date | None, days: str, when: str
) -> None:
    """Maternity care of months was said to be of its first day."""
    start, end = days.split() or (None, None)
    made = {"paid_on": processed, "service_start": start, "service_end": end}
    words = block(ledger(whole(1, "1.00", "0.00", "0.00", **made)), Limits(), name="x")
    assert words is not None
    assert [line.when for line in words.rows] == [when]


def test_care_outside_the_network_is_listed_but_not_in_the_totals() -> None:
    found = ledger(whole(1, "10.00", "0.00", "0.00"), whole(2, "99.00", "0.00", "0.00", network="out"))
    assert found.deductible == Decimal("10.00")
    assert [each.counts for each in found.rows] == [True, False]


def test_a_network_that_is_not_said_makes_an_amount_uncertain() -> None:
    found = ledger(whole(1, "10.00", "0.00", "0.00"), whole(2, "5.00", "0.00", "1.00", network=None))
    assert (found.deductible, found.uncertain_deductible) == (Decimal("15.00"), Decimal("5.00"))
    assert (found.out_of_pocket, found.uncertain_out_of_pocket) == (Decimal("16.00"), Decimal("6.00"))


def test_parts_that_are_absent_are_not_zero_3_7() -> None:
    missing = row(ledger(entry(deductible="10.00", your_share="30.00")))
    assert missing.doubts == ("missing",)
    complete = row(ledger(entry(deductible="10.00", your_share="10.00")))
    assert complete.doubts == ()


def test_a_share_that_its_parts_do_not_add_up_to_is_said_to_disagree() -> None:
    odd = entry(deductible="10.00", copay="0.00", coinsurance="5.00", your_share="99.00")
    assert row(ledger(odd)).doubts == ("disagrees",)


def test_a_share_that_holds_what_is_not_covered_does_not_disagree_and_that_part_counts_nothing() -> None:
    holding = entry(
        deductible="10.00", copay="0.00", coinsurance="5.00", not_covered="85.00", your_share="100.00"
    )
    only = row(ledger(holding))
    assert (only.doubts, only.out_of_pocket) == ((), Decimal("15.00"))


def test_what_was_added_up_from_lines_is_said_to_be() -> None:
    assert row(ledger(whole(1, "10.00", "0.00", "1.00", summed=3))).doubts == ("lines",)


def test_a_plan_that_shared_no_amounts_is_not_said_to_leave_out_the_parts_of_a_share() -> None:
    without = [entry(number, shares_money=False) for number in (1, 2)]
    told = blocks(ledgers(without), lambda _care: Limits(), name="x")
    assert [answer.words for one in told for answer in one.answers] == [
        "Nothing can be counted from these 2 claims: your plan shared no amounts."
    ]
    (mixed,) = blocks(ledgers([*without, entry(3, your_share="9.00")]), lambda _care: Limits(), name="x")
    assert mixed.answers[0].words.startswith(
        "Nothing can be counted from these 3 claims: it is not said which"
    )


def test_a_plan_that_does_not_state_the_parts_is_told_of_in_words_and_gets_no_figure() -> None:
    found = ledger(entry(1, your_share="10.00"), entry(2, your_share="20.00"))
    assert (found.can_tell, found.silent, found.rows) == (False, 2, ())
    words = block(found, Limits(Limit(Decimal(1500), "USD")), name="x")
    assert words is not None
    assert [answer.words for answer in words.answers] == [
        "Nothing can be counted from these 2 claims: it is not said which part of your share is "
        "deductible, copay or coinsurance."
    ]
    assert words.answers[0].plot is None
    assert words.rows == ()


def test_the_only_claims_of_a_year_are_no_further_ones_that_count_nothing() -> None:
    def notes(*entries: Counted) -> tuple[str, ...]:
        words = block(ledger(*entries), Limits(), name="x")
        assert words is not None
        return tuple(words.notes)

    told = "1 more claim states nothing that counts toward either."
    nothing = whole(1, "0.00", "0.00", "0.00")
    assert told not in notes(nothing)
    assert told in notes(nothing, whole(2, "5.00", "0.00", "0.00"))


def test_denied_care_is_listed_with_what_it_states_and_counts_nothing() -> None:
    denied = whole(1, "100.00", "0.00", "0.00", decision="denied", plan_paid="0.00")
    found = ledger(denied, whole(2, "0.00", "0.00", "0.00"))
    assert (row(found).doubts[0], row(found).deductible, found.deductible) == ("denied", Decimal(100), 0)
    assert (found.nothing, row(found).counts) == (1, False)


def test_drugs_teeth_and_eyes_are_kept_apart() -> None:
    found = ledgers(
        [
            whole(1, "1.00", "0.00", "0.00", kind="pharmacy"),
            whole(2, "2.00", "0.00", "0.00", kind="inpatient"),
            whole(3, "3.00", "0.00", "0.00", kind="oral"),
        ]
    )
    assert [(one.care, one.deductible) for one in found] == [
        ("medical", Decimal(2)),
        ("pharmacy", Decimal(1)),
        ("dental", Decimal(3)),
    ]


def test_no_maximum_is_made_up() -> None:
    words = block(ledger(whole(1, "10.00", "0.00", "0.00")), Limits(), name="x")
    assert words is not None
    assert all(answer.plot is None for answer in words.answers)
    assert [answer.words for answer in words.answers] == [
        "Deductible: $10.00 is counted from these claims. Your plan did not share how high it is.",
        "Out of pocket: $10.00 is counted from these claims. Your plan did not share the most you can have "
        "to pay.",
    ]


def test_a_limit_the_plan_shared_is_named_and_drawn() -> None:
    limits = Limits(Limit(Decimal(1500), "USD"), Limit(Decimal(6000), "USD"))
    words = block(ledger(whole(1, "300.00", "0.00", "60.00", network=None)), limits, name="x")
    assert words is not None
    assert [answer.words for answer in words.answers] == [
        "Deductible: $300.00 of $1,500.00 is counted from these claims. Whether it counts is not certain: "
        "your plan did not say whether the care is in its network.",
        "Out of pocket: $360.00 of at most $6,000.00 is counted from these claims. Whether it counts is not "
        "certain: your plan did not say whether the care is in its network.",
    ]
    drawn = [answer.plot.bars for answer in words.answers if answer.plot]
    assert [(bar.look, bar.length) for bars in drawn for bar in bars] == [
        ("maybe", "20.00%"),
        ("maybe", "6.00%"),
    ]


def test_only_rows_that_count_are_numbered_and_the_others_beside_them() -> None:
    every = [whole(n, "10.00", "0.00", "0.00") for n in (1, 2)]
    outside = whole(3, "10.00", "0.00", "0.00", network="out")
    assert [
        words.fold
        for claims in (every, [*every, outside])
        if (words := block(ledger(*claims), Limits(), name="x"))
    ] == ["Which claims counted how much (2)", "Which claims counted how much (2), and 1 that did not count"]


def test_what_prescriptions_may_add_to_the_limits_of_medical_care_is_said_beside_them() -> None:
    """Nobody shares whether they count there; where they have limits of their own, they do not."""
    every = ledgers([whole(1, "300.00", "0.00", "60.00"), whole(2, "40.00", "5.00", "0.00", kind="pharmacy")])
    medical, drugs = Limits(Limit(Decimal(1500), "USD"), Limit(Decimal(6000), "USD")), Limits()
    shown = blocks(every, {"medical": medical, "pharmacy": drugs}.__getitem__, name="x")
    assert shown[0].notes == (
        "Many plans count prescriptions toward these limits too. Your plan's data does not say whether yours "
        "does. If it does, prescriptions add $40.00 to the deductible and $45.00 to what is counted out of "
        "pocket.",
    )
    assert shown[1].notes == (
        "Many plans count prescriptions toward the limits of medical care. Your plan's data does not say "
        "whether yours does.",
    )
    own = Limits(Limit(Decimal(100), "USD"))
    shown = blocks(every, {"medical": medical, "pharmacy": own}.__getitem__, name="x")
    assert [one.notes for one in shown] == [(), ()]
    shown = blocks(every, {"medical": Limits(), "pharmacy": drugs}.__getitem__, name="x")
    assert shown[0].notes == ()


def test_a_limit_in_another_currency_is_not_compared() -> None:
    limits = Limits(Limit(Decimal(1500), "CAD"))
    words = block(ledger(whole(1, "300.00", "0.00", "60.00")), limits, name="x")
    assert words is not None
    assert all(answer.plot is None for answer in words.answers)


@pytest.mark.parametrize(("most", "has_more"), [(FIRST_SHOWN, True), (MOST_SHOWN, False)])
def test_a_long_ledger_brings_its_older_rows_forward(most: int, has_more: bool) -> None:
    many = [whole(number, "1.00", "0.00", "0.00") for number in range(most + 5)]
    words = block(ledger(*many), Limits(), name="x", most=most)
    assert words is not None
    assert words.brought == (Brought("Brought forward from 5 earlier claims", "$5.00", "$5.00"),)
    assert len(words.rows) == most
    assert words.rows[-1].deductible_total == f"${most + 5}.00"
    assert words.has_more is has_more


def test_what_all_rows_say_of_their_certainty_is_said_once() -> None:
    unsure = [whole(number, "1.00", "0.00", "0.00", network=None) for number in range(2)]
    said = "Your plan did not say whether this is in its network: it may not count."
    words = block(ledger(*unsure), Limits(), name="x")
    assert words is not None
    assert words.alike == f"Of each claim listed here: {said}"
    assert [each.doubts for each in words.rows] == [(), ()]
    mixed = block(ledger(*unsure, whole(3, "1.00", "0.00", "0.00")), Limits(), name="x")
    assert mixed is not None
    assert mixed.alike == ""
    assert [each.doubts for each in mixed.rows] == [(said,), (said,), ("Stated by your plan.",)]


PART = st.none() | st.decimals(min_value=-500, max_value=5000, places=2).map(str)
CLAIMS = st.lists(
    st.tuples(
        PART, PART, PART, st.sampled_from(["in", "out", None]), st.sampled_from(["professional", "pharmacy"])
    ),
    max_size=15,
)


@given(CLAIMS)
def test_running_totals_are_those_of_an_oracle(made: Any) -> None:
    entries, expected = [], dict[str, list[Decimal]]()
    for number, (deductible, copay, coinsurance, network, kind) in enumerate(made):
        parts = {"deductible": deductible, "copay": copay, "coinsurance": coinsurance}
        entries.append(entry(number, network=network, kind=kind, **parts))
        if network != "out":
            care = "pharmacy" if kind == "pharmacy" else "medical"
            sums = expected.setdefault(care, [Decimal(0), Decimal(0)])
            sums[0] += Decimal(deductible or 0)
            sums[1] += sum((Decimal(part) for part in parts.values() if part is not None), Decimal(0))
    found = {one.care: one for one in ledgers(entries)}
    for care, (deductible, out_of_pocket) in expected.items():
        one = found[care]
        assert (one.deductible, one.out_of_pocket) == (deductible, out_of_pocket)
        assert len(one.rows) + one.silent + one.nothing == sum(
            1 for made_one in made if ("pharmacy" if made_one[4] == "pharmacy" else "medical") == care
        )


def test_parts_of_zero_beside_a_share_that_is_contradicted_count_nothing_and_are_not_zero() -> None:
    """A pharmacy's parts of $0.00 beside a share of $0.00, but also $40.28, were counted as $0.00."""
    zeros = {"deductible": "0", "copay": "0", "coinsurance": "0", "your_share": "0"}
    share, also = Figure(Decimal(0)), Figure(Decimal("40.28"))
    apart = (Disagreement("your_share", "parts", share, (also,)),)
    found = ledger(entry(kind="pharmacy", **zeros, disagreements=apart))
    assert (found.silent, found.nothing, found.can_tell) == (1, 0, False)
    (answer,) = blocks([found], lambda _care: Limits(), name="plan")[0].answers
    assert answer.words == "Nothing can be counted from the only claim here: the figures do not agree."
    beside = ledger(
        entry(kind="pharmacy", **zeros, disagreements=apart),
        whole(2, "9.00", "0.00", "1.00", kind="pharmacy"),
    )
    told = block(beside, Limits(), name="plan")
    assert told is not None
    assert "The figures of 1 more claim disagree, so it is not counted here." in told.notes
    assert not any("does not say which part" in note for note in told.notes)


def test_prescriptions_that_came_to_nothing_are_not_said_to_add_it() -> None:
    zeros = {"deductible": "0", "copay": "0", "coinsurance": "0", "your_share": "0"}
    drugs = ledger(entry(kind="pharmacy", **zeros))
    limits = Limits(deductible=Limit(Decimal(1000), "USD"))
    told = block(ledger(whole(2, "100.00", "0.00", "20.00")), limits, name="plan", drugs=drugs)
    assert told is not None
    assert not any("prescriptions add" in note for note in told.notes)

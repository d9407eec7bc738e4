"""Lines that a plan added in place of others are held against these by the one rule (M-01)."""

from decimal import Decimal
from typing import Any

import pytest

from apps.kinds.claim import standing, wording
from apps.kinds.claim.excess import is_summed
from apps.kinds.claim.records import ClaimRecord
from apps.takeaway import tables
from tests.claims.made import (
    amounts,
    body,
    claim,
    concept,
    line,
    money,
    priced,
    reading,
    stating,
    status,
    why,
)
from tests.claims.systems import CPT
from tests.oracle.reading import read as read_again


def put(amounts: str, *numbers: int, **more: Any) -> dict[str, Any]:
    """Return a line that the plan added in place of those with these *numbers*."""
    return {"itemSequence": [*numbers], "adjudication": [*money(amounts)]} | more


def apart(record: ClaimRecord) -> dict[str, list[str]]:
    """Return the figures that contradict each other, the one shown first: concept -> amounts."""
    return {
        one.concept: [f"{figure.amount:f}" for figure in (one.chosen, *one.others)]
        for one in record.disagreements
    }


def test_m_01_a_line_added_in_place_of_another_with_other_figures_contradicts_it() -> None:
    """M-01, fact 3.9: it stood under "also sent" alone; the page said "Your plan paid $80.00."."""
    sent = line(1, *money("submitted 180.00, benefit 80.00"))
    record = reading(claim(total=None, item=[sent], addItem=[put("submitted 200.00, benefit 100.00", 1)]))
    assert apart(record) == {"billed": ["180.00", "200.00"], "plan_paid": ["80.00", "100.00"]}
    assert record.also_sent == ()
    story = wording.story(record)
    assert "on what your plan paid: $80.00, but also $100.00." in story.answer
    assert "Your plan paid" not in story.answer
    assert story.disagreements[0] == (
        "For what was billed, your plan states $180.00, and also $200.00 in line 1 of those your plan added "
        "(amount 1)."
    )
    assert (standing.state(record), is_summed(record)) == ("disagree", False)


@pytest.mark.parametrize("head", ["submitted 300.00, benefit 200.00", "submitted 300.00"])
def test_m_01_the_sum_of_the_lines_with_an_added_one_contradicts_the_total(head: str) -> None:
    sent = [
        line(number, *money(f"submitted {billed}, benefit {paid}"))
        for number, billed, paid in [(1, 100, 50), (2, 200, 150)]
    ]
    record = stating(head, item=sent, addItem=[put("submitted 100.00, benefit 70.00", 1)])
    assert apart(record) in ({"plan_paid": ["200.00", "220.00"]}, {"plan_paid": ["200", "220.00"]})
    assert "its lines with those that it added in place of others" in wording.story(record).disagreements[0]


def test_m_01_nothing_on_a_line_is_no_fact_where_the_added_one_was_paid() -> None:
    sent = [line(number, *money("submitted 75.00, benefit 0")) for number in (1, 2)]
    record = reading(claim(total=None, item=sent, addItem=[put("submitted 150.00, benefit 80.00", 1, 2)]))
    assert apart(record) == {"plan_paid": ["80.00", "0"]}
    answer = wording.story(record).answer
    assert "paid nothing" not in answer
    assert "We think $80.00 is right" in answer


def test_m_01_where_no_sum_tells_it_the_line_and_the_added_one_are_named() -> None:
    """The second line is silent on what was paid, so that no sum of the lines is known."""
    sent = [line(1, *money("submitted 100.00, benefit 50.00")), line(2, *money("submitted 200.00"))]
    made = claim(*money("submitted 300.00, benefit 200.00"), item=sent, addItem=[put("benefit 70.00", 1)])
    record = reading(made)
    assert apart(record) == {"plan_paid": ["50.00", "70.00"]}
    story = wording.story(record)
    assert "Your plan paid $200.00." in story.answer
    assert (
        "In a line and in another that it added in its place, your plan's figures disagree on what your plan "
        "paid: $50.00, but also $70.00." in story.answer
    )
    assert story.disagreements == (
        "For what your plan paid, your plan states $50.00 in line 1 (amount 2), and also $70.00 in line 1 of "
        "those your plan added (amount 1).",
    )
    assert next(row for row in story.receipt if row.testid == "plan-paid").others == ()
    [row] = tables.claim_rows(record, plan="", is_current=True)
    assert row[tables.CLAIMS.index("disagreements")] == "plan_paid (a line): 50.00 or 70.00"
    assert row[tables.CLAIMS.index("counts_in_sums")] is False


@pytest.mark.parametrize(
    ("sent", "added", "concepts"),
    [
        ("memberliability 40.00", "memberliability 45.00", {"your_share"}),
        ("copay 40.00", "copay 0", {"copay"}),
        ("coinsurance 40.00", "coinsurance 45.00", {"coinsurance"}),
        ("paidtoprovider 40.00", "benefit 45.00", {"plan_paid"}),
        ("noncovered 40.00", "noncovered 0", {"not_covered"}),
    ],
)
@pytest.mark.parametrize("is_alone", [True, False])
def test_m_01_each_figure_of_an_added_line_is_held_against_the_other(
    sent: str, added: str, concepts: set[str], *, is_alone: bool
) -> None:
    """Where a second line is silent, too."""
    lines = [line(1, *money(sent)), *([] if is_alone else [line(2, *money("submitted 20.00"))])]
    made = claim(*money("submitted 300.00"), item=lines, addItem=[put(added, 1)])
    assert set(apart(reading(made))) >= concepts
    second = read_again(body(made), {})
    assert second is not None and second.contradicts_itself


@pytest.mark.parametrize(
    ("lines", "added"),
    [
        ([line(1, *money("benefit 50.00"))], [put("benefit 50.01", 1)]),
        ([line(1, *money("benefit 50.00"))], [put("benefit 20.00", 1), put("benefit 30.00", 1)]),
        ([line(1, *money("benefit 50.00")), line(2, *money("benefit 7.00"))], [put("benefit 57.00", 1, 2)]),
        ([line(1, *money("benefit 50.00"))], [put("benefit 20.00", 1, detailSequence=[1])]),
        ([line(1, *money("benefit 50.00")), line(1, *money("benefit 50.00"))], [put("benefit 50.00", 1)]),
        ([line(1, *money("benefit 50.00")), line(2)], [put("benefit 57.00", 1, 2)]),
        ([line(1, *money("benefit 50.00"))], [put("benefit 20.00")]),
    ],
    ids=["a cent", "split", "joined", "a part", "one number twice", "one has none", "beside it"],
)
def test_m_01_added_lines_that_can_be_true_beside_the_others_are_accused_of_nothing(
    lines: list[dict[str, Any]], added: list[dict[str, Any]]
) -> None:
    assert apart(reading(claim(item=lines, addItem=added))) == {}


@pytest.mark.parametrize(
    ("head", "contradicted"), [("submitted 120", {"copay": ["50.00", "0"]}), ("submitted 120, copay 100", {})]
)
def test_m_01_nothing_on_a_line_is_split_unless_the_claim_states_an_amount(
    head: str, contradicted: dict[str, list[str]]
) -> None:
    lines = [line(1, *money("submitted 100, copay 0")), line(2, *money("submitted 20"))]
    made = claim(*money(head), item=lines, addItem=[put("copay 50.00", 1)])
    assert apart(reading(made)) == contradicted


@pytest.mark.parametrize("added", [["50"], ["50", "30"]])
def test_m_01_a_zero_that_added_lines_contradict_is_not_known_beside_a_line_without_amounts(
    added: list[str],
) -> None:
    """It disagreed with 50, and was told as the share all the same; then 50 was, which is of one line."""
    lines = [line(n, *money("submitted 50, memberliability 0")) for n, _ in enumerate(added, 1)]
    put_for = [put(f"memberliability {amount}", n) for n, amount in enumerate(added, 1)]
    record = reading(claim(*money("memberliability 0"), item=[*lines, line(9)], addItem=put_for))
    assert apart(record) == {"your_share": ["50", "0"]}
    assert not record.money.your_share.is_known


def test_what_an_added_line_alone_states_is_not_said_to_be_missing() -> None:
    """It said "Your plan did not say what your share is.", with a copay under "also sent"."""
    sent = line(1, priced("submitted", "150.00"))
    record = reading(claim(total=None, item=[sent], addItem=[put("benefit 100.00, copay 20.00", 1)]))
    assert (record.money.plan_paid.amount, record.money.your_share.amount) == (Decimal(100), Decimal(20))
    assert "Your plan paid $100.00." in wording.story(record).answer


def test_what_the_plan_decided_in_a_line_that_it_added_stands_at_the_line_it_is_for() -> None:
    """R4 `addItem`: the line that was sent holds what was billed, the added one what became of it."""
    decided = [
        *money("eligible 150, benefit 75, memberliability 75"),
        why("PR", "119"),
        status("benefitpaymentstatus", "partiallypaid"),
    ]
    sent = line(1, *money("submitted 400"))
    record = reading(claim(item=[sent], addItem=[{"itemSequence": [1], "adjudication": decided}]))
    assert [(row.decision, [reason.code for reason in row.reasons]) for row in record.lines] == [
        ("partly_paid", ["119"])
    ]
    assert str(record.money.your_share.amount) == "75"
    assert standing.state(record) in standing.REFUSED


def test_a_reason_beside_an_amount_of_an_added_line_stands_at_the_line_it_is_for() -> None:
    sent = line(1, *money("submitted 60, benefit 0, noncovered 60"))
    told = money("noncovered 60")[0] | {"reason": why("PR", "204")["reason"]}
    record = reading(claim(item=[sent], addItem=[{"itemSequence": [1], "adjudication": [told]}]))
    assert [reason.code for reason in record.lines[0].reasons] == ["204"]


@pytest.mark.parametrize(
    ("sent", "added", "is_told"),
    [
        ("memberliability 40.00", "memberliability 45.00", True),
        ("memberliability 40.00, copay 40.00", "memberliability 40.00, copay 45.00", True),
        ("memberliability 40.00, benefit 50.00", "memberliability 40.00, benefit 70.00", False),
        ("memberliability 40.00", "memberliability 40.00", False),
    ],
)
def test_what_a_bill_may_ask_for_is_in_doubt_where_an_added_line_contradicts_the_share(
    sent: str, added: str, *, is_told: bool
) -> None:
    lines = [line(1, *money(sent)), line(2, *money("submitted 20.00"))]
    made = claim(*money("submitted 300.00, memberliability 60.00"), item=lines, addItem=[put(added, 1)])
    record = reading(made)
    [asked] = [answer for name, _question, answer in wording.story(record).checklist if name == "share"]
    assert asked.startswith("$60.00")
    assert ("your plan's figures disagree on" in asked) is is_told
    assert asked.endswith("Ask your plan before you pay.") is bool(record.disagreements)


ADDED = {
    "productOrService": concept((CPT, "99213")),
    "servicedDate": "2026-03-09",
    "quantity": {"value": 2},
    "adjudication": [priced("submitted", "200.00"), priced("benefit", "100.00"), priced("copay", "20.00")],
}


def test_lines_that_the_plan_added_are_lines() -> None:
    """3.7. It said "Your plan did not share amounts."."""
    record = reading(claim(total=None, addItem=[ADDED]))
    made = amounts(record)
    assert (made["billed"], made["plan_paid"], made["your_share"]) == ("200.00", "100.00", "20.00")
    assert record.also_sent == ()
    story = wording.story(record)
    assert story.lines[0].what == "Office visit"
    assert story.title == "Office visit at Riverside Clinic"
    assert "line 1 (amount 1)" in " ".join(row.source for row in story.receipt)


def test_a_line_that_replaces_one_without_amounts_stands_in_its_place() -> None:
    asked = line(1, productOrService=concept((CPT, "99214")))
    record = reading(claim(total=None, item=[asked], addItem=[ADDED | {"itemSequence": [1]}]))
    assert [one.what.code for one in record.lines] == ["99213"]
    assert amounts(record)["billed"] == "200.00"


def test_a_line_that_replaces_one_with_amounts_is_not_counted_beside_it() -> None:
    """What it alone states is told; what both state is held against each other (M-01)."""
    decided = line(1, priced("submitted", "200.00"), productOrService=concept((CPT, "99214")))
    record = reading(claim(total=None, item=[decided], addItem=[ADDED | {"itemSequence": [1]}]))
    made = amounts(record)
    assert (made["billed"], made["plan_paid"], made["your_share"]) == ("200.00", "100.00", "20.00")
    assert record.disagreements == ()
    assert [one.value for one in record.also_sent] == ["200.00 USD"]


def test_a_line_that_the_plan_added_keeps_the_day_and_the_service_of_the_one_it_stands_for() -> None:
    sent = line(1, productOrService=concept((CPT, "99211")), quantity={"value": 2}, servicedDate="2025-03-05")
    added = {"itemSequence": [1], "adjudication": [priced("submitted", "100.00")]}
    record = reading(claim(created=None, item=[sent], addItem=[added]))
    (only,) = record.lines
    assert (only.what.code, only.service_start, only.quantity) == ("99211", "2025-03-05", 2)
    assert str(record.service_on) == "2025-03-05"


def test_a_line_that_the_plan_added_keeps_its_own_days_and_the_service_with_its_modifier() -> None:
    """Without its own, no day of the line it stands for is put beside them."""
    sent = line(1, productOrService=concept((CPT, "99211")), modifier=[concept((CPT, "25"))])
    stay = {"start": "2026-03-02", "end": "2026-03-04"}
    added = put("submitted 100.00", 1, servicedPeriod=stay)
    (only,) = reading(claim(item=[sent], addItem=[added])).lines
    assert (only.what.code, [modifier.code for modifier in only.modifiers]) == ("99211", ["25"])
    assert (only.service_start, only.service_end) == ("2026-03-02", "2026-03-04")


def test_a_line_with_a_status_alone_gives_way_to_the_amounts_that_the_plan_added() -> None:
    sent = line(1, status("benefitpaymentstatus", "paid"))
    added = {"itemSequence": [1], "adjudication": [priced("submitted", "100.00"), priced("copay", "40.00")]}
    record = reading(claim(item=[sent], addItem=[added]))
    assert amounts(record)["billed"] == "100.00"

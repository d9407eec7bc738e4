"""Amounts as sent: exact or unknown, with their code, currency and source (facts claims 2 and 7)."""

from decimal import Decimal
from typing import Any

import pytest

from apps.kinds.claim import wording
from apps.kinds.claim.reading import read
from tests.claims import made
from tests.claims.made import amount, amounts, claim, concept, line, money, priced, reading, stating
from tests.claims.systems import CARC, GROUPS, STATUS, THO


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("-68.80", "-68.80"),
        ("424627.40625", "424627.40625"),
        ("0.1", "0.1"),
        ("1e2", "100"),
        ('"12.50"', "12.50"),
        ('" 12.50 "', "12.50"),
        ('"$12.50"', None),
        ('"1,250.00"', None),
        ('"NaN"', None),
        ("NaN", None),
        ("Infinity", None),
        ("-Infinity", None),
        ("1e999", None),
        ("1e99999999999999999999", None),
        ("9" * 5000, None),
        ("1000000000001", None),
        ("true", None),
        ("null", None),
        ("[1]", None),
        ('{"value": 1}', None),
    ],
)
def test_amounts_are_exact_or_unknown(written: str, expected: str | None) -> None:
    body = made.body(claim(*money("submitted 777777, benefit 5.00"))).replace(b"777777", written.encode())
    found = read(body, {})
    assert amount(found.money.billed) == expected
    assert amount(found.money.plan_paid) == "5.00"


def test_money_in_another_currency_is_kept_and_never_added_across() -> None:
    record = reading(
        claim(
            priced("deductible", "20.00", currency="CAD"),
            priced("copay", "10.00"),
            priced("submitted", "1.00", currency=None),
        )
    )
    assert record.money.deductible.unit == "CAD"
    assert not record.money.your_share.is_known
    assert record.money.billed.currency is None
    assert record.money.billed.unit == "USD"


def test_lines_of_different_currencies_are_not_summed() -> None:
    lines = [line(1, priced("submitted", "1.00")), line(2, priced("submitted", "1.00", currency="CAD"))]
    assert not reading(claim(item=lines)).money.billed.is_known


def test_every_figure_says_where_it_came_from() -> None:
    record = reading(
        claim(
            priced("submitted", "1.00"),
            item=[line(1, priced("copay", "1.00")), line(2, priced("copay", "2.00"))],
        )
    )
    billed, copay = record.money.billed.source, record.money.copay.source
    assert billed is not None
    assert (billed.label, billed.path, billed.code, billed.summed) == (
        "Billed amount",
        "total[0]",
        "submitted",
        0,
    )
    assert copay is not None
    assert (copay.path, copay.code, copay.summed) == ("item.adjudication", "copay", 2)


@pytest.mark.parametrize(("name", "what"), [("", "deductible"), ("copay", "copay")])
def test_a_reason_of_the_share_says_what_an_amount_beside_a_network_is_where_no_name_does(
    name: str, what: str
) -> None:
    """1.5, 3.2: a category that is a network alone, or one that has the name of a sum before it."""
    told = {**beside(name, "innetwork", 40), "reason": concept((CARC, "PR1"))}
    parts = reading(claim(*money("submitted 400"), item=[line(1, told)])).money
    known = {part for part in ("billed", "deductible", "copay") if getattr(parts, part).amount == 40}
    assert known == {what}


def test_a_basis_claim_with_totals_all_the_same_shows_them() -> None:
    profile = "http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-ExplanationOfBenefit-Professional-NonClinician-Basis"
    record = reading(claim(priced("submitted", "82.97"), meta={"profile": [profile]}))
    assert record.shares_money
    assert record.money.billed.amount == Decimal("82.97")


def test_billed_minus_allowed_is_worked_out_only_where_it_makes_sense() -> None:
    assert amount(stating("submitted 90, eligible 80").money.reduction) == "10"
    paid_more = claim(*money("submitted 90, eligible 0, benefit 60"))
    assert not reading(paid_more).money.reduction.is_known


def beside(code: str, status: str, amount: int) -> dict[str, Any]:
    return {
        "category": concept((THO, code), (STATUS, status)),
        "amount": {"value": amount, "currency": "USD"},
    }


INSIDE, OUTSIDE = beside("submitted", "innetwork", 300), beside("submitted", "outofnetwork", 100)


@pytest.mark.parametrize(
    ("totals", "billed"),
    [
        ([INSIDE], 300),
        ([INSIDE, beside("submitted", "outofnetwork", 0)], 300),
        ([INSIDE, OUTSIDE], None),
        ([beside("", "innetwork", 300)], None),
        ([beside("submitted", "denied", 300)], None),
        ([*money("submitted 400"), INSIDE, OUTSIDE], 400),
        ([*money("submitted 400"), beside("submitted", "other", 0)], 400),
        ([INSIDE, *money("submitted 400")], 400),
    ],
)
def test_a_network_beside_the_name_of_a_sum_leaves_it_a_sum_where_no_other_is_that(
    totals: list[dict[str, Any]], billed: int | None
) -> None:
    """3.2: "What was billed was not shared", of a sum called submitted, and in network; a plan that splits
    its sum by network, or fills a status in beside a zero, contradicts nothing."""
    record = reading(
        claim(*totals, *money("benefit 250, memberliability 150"), beside("benefit", "denied", 0))
    )
    assert (record.money.billed.amount, record.money.plan_paid.amount) == (billed, 250)
    assert record.disagreements == ()
    splits = [sent.value for sent in record.also_sent if sent.figure]
    amounts = [total["amount"]["value"] for total in totals]
    assert splits == [f"{amount} USD" for amount in amounts if amount in {100, 300} - {billed}]


def shown(display: str, amount: int, *, code: str = "") -> dict[str, Any]:
    """Return an amount that only its words tell: the code, where there is one, is of the plan's own list."""
    coding = {"system": "https://payer.example/amounts", "display": display} | (
        {"code": code} if code else {}
    )
    return {"category": {"coding": [coding]}, "amount": {"value": amount, "currency": "USD"}}


def named(code: str, amount: int) -> dict[str, Any]:
    return priced(code, amount, system="https://payer.example/amounts")


@pytest.mark.parametrize(
    "totals",
    [
        [
            shown("Billed Amount", 250, code="1"),
            shown("Allowed Amount", 180, code="2"),
            shown("Plan Paid Amount", 150, code="3"),
            shown("Member Responsibility", 30, code="4"),
        ],
        [
            shown("Submitted Amount", 250),
            shown("Plan allowance", 180),
            shown("Paid to Provider", 150),
            shown("Member Liability", 30),
        ],
        [
            {"category": {"text": text}, "amount": {"value": value, "currency": "USD"}}
            for text, value in (
                ("Total charges", 250),
                ("Eligible Amount", 180),
                ("Plan Paid", 150),
                ("Patient Responsibility", 30),
            )
        ],
        [
            shown("Amount billed", 250),
            shown("Member Rate", 180),
            shown("Plan's share", 150),
            shown("Your share", 30),
        ],
        [
            named("BilledAmt", 250),
            named("ALLOWED_AMT", 180),
            named("PlanPaidAmt", 150),
            named("Member-Liability", 30),
        ],
        [*money("submitted 250, eligible 180, paid 150"), named("member_liability", 30)],
        [named("billed", 250), named("allowed", 180), named("Paid_Amount", 150), named("patientshare", 30)],
    ],
)
def test_amounts_under_a_plans_own_codes_are_known_by_the_words_that_name_them(
    totals: list[dict[str, Any]],
) -> None:
    """3.2. It said "Your plan did not share amounts."."""
    made = amounts(reading(claim(*totals)))
    assert {name: made.get(name) for name in ("billed", "allowed", "plan_paid", "your_share")} == {
        "billed": "250",
        "allowed": "180",
        "plan_paid": "150",
        "your_share": "30",
    }


def test_an_amount_that_may_still_be_decided_is_not_said_to_be_not_covered() -> None:
    """3.2: "$10.00 of the bill was not covered", of what a plan called "Pending or not payable"."""
    told = [*money("submitted 250, benefit 200, memberliability 40"), shown("Pending or not payable", 10)]
    record = reading(claim(*told))
    assert "not_covered" not in amounts(record)
    assert "not covered" not in wording.story(record).answer


def test_a_group_of_adjustments_is_no_share_whatever_it_is_called() -> None:
    """PR stands on a line once for each reason: none of its amounts is the whole share."""
    group = {
        "category": {"coding": [{"system": GROUPS, "code": "PR", "display": "Patient Responsibility"}]},
        "reason": concept(("https://x12.org/codes/claim-adjustment-reason-codes", "96")),
        "amount": {"value": 40, "currency": "USD"},
    }
    record = reading(claim(priced("submitted", "200.00"), item=[line(1, group)]))
    assert not record.money.your_share.is_known
    assert [one.value for one in record.also_sent] == ["40 USD"]


def test_amounts_of_names_nobody_knows_are_not_said_to_be_missing() -> None:
    record = reading(claim(shown("Tier two offset", 12, code="T2")))
    story = wording.story(record)
    assert "did not share amounts" not in story.answer
    assert "names of its own" in story.answer
    assert wording.row(record).share == "not shared"


@pytest.mark.parametrize(
    ("totals", "share"),
    [
        ([shown("Deductible", 500, code="DED-REMAIN"), priced("deductible", 20)], "20"),
        ([shown("Copay", 20, code="CP-PCP"), shown("Copay", 20, code="CP-LAB")], None),
        ([*[shown("Copay", 20, code="CP-PCP")] * 2, shown("Tier two offset", 12, code="T2")], "20"),
        (
            [
                shown("Patient Responsibility", 20, code="PR-1"),
                shown("Patient Responsibility", 30, code="PR-2"),
            ],
            None,
        ),
    ],
)
def test_words_of_a_plans_own_codes_give_no_share_beside_others(
    totals: list[dict[str, Any]], share: str | None
) -> None:
    """Each amount is still told, under the plan's own words."""
    record = reading(claim(*totals))
    assert amounts(record).get("your_share") == share
    told = [each.figure.amount for each in record.details] + [each.value for each in record.also_sent]
    assert told


SAY_WHO_PAID = ("Plan Paid Amount", "Plan Payment", "Health plan paid", "Amount paid by health plan")
SAY_IT_NOT = (
    "Paid",
    "Amount Paid",
    "Paid Amount",
    "Payment",
    "Payments",
    "Benefits",
    "Insurance paid",
    "Payer Paid",
)


@pytest.mark.parametrize("words", [*SAY_WHO_PAID, *SAY_IT_NOT])
def test_only_words_that_say_that_the_plan_paid_are_its_payment(words: str) -> None:
    paid = amounts(reading(claim(shown(words, 15, code="Z9")))).get("plan_paid")
    assert paid == ("15" if words in SAY_WHO_PAID else None)


@pytest.mark.parametrize(
    ("totals", "paid"),
    [
        ([priced("paid", "80")], "80"),
        ([beside("paid", "innetwork", 80)], "80"),
        ([beside("paid", "innetwork", 80), beside("paid", "outofnetwork", 20)], None),
        ([beside("paid", "denied", 80)], None),
        ([priced("paid", "0")], None),
        ([shown("Paid by patient", 80, code="PAID")], None),
        ([{**priced("", "80"), "category": {"text": "Amount paid"}}], None),
    ],
)
def test_paid_is_the_plans_payment_by_its_code_alone_or_by_one_network(
    totals: list[dict[str, Any]], paid: str | None
) -> None:
    """3.2: "Paid by your plan $30.00", of what may be the patient's, a part, or a status with a zero."""
    record = reading(claim(*money("submitted 100"), *totals))
    assert amounts(record).get("plan_paid") == paid
    assert not record.disagreements
    assert amounts(record).get("you_paid") == ("80" if "display" in str(totals) else None)


def test_paid_is_another_payers_by_words_and_none_by_a_zero_that_may_fill_a_place() -> None:
    """3.2: "Paid by primary insurance" was "Paid by your plan $80.00"; a zero PaidAmount is none."""
    other = reading(claim(*money("submitted 100"), shown("Paid by primary insurance", 80, code="paid")))
    assert not other.money.plan_paid.is_known
    nothing = reading(claim(*money("submitted 100"), priced("PaidAmount", "0")))
    assert nothing.money.plan_paid.amount == 0


def test_what_a_member_paid_as_a_whole_goes_before_a_part_of_it() -> None:
    record = reading(claim(shown("Member paid", 50, code="memberpaid"), priced("paidbypatientcash", 30)))
    assert amounts(record)["you_paid"] == "50"

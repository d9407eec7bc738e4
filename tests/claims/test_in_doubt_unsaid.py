"""Words and names of payers' own that may mean something else: what is not sure is not said."""

from typing import Any

import pytest

from tests.claims.made import amounts, claim, concept, line, priced, reading, status
from tests.claims.test_other_payers import CPT, shown


def test_a_line_that_was_paid_goes_before_a_disposition_and_both_are_told() -> None:
    paid = line(1, priced("benefit", "80.00"), status("benefitpaymentstatus", "paid"))
    record = reading(claim(priced("submitted", "200.00"), disposition="Denied", item=[paid]))
    assert record.decision != "denied"
    assert record.notes == ("Denied",)


@pytest.mark.parametrize(
    ("totals", "share"),
    [
        ([shown("Deductible", 500, code="DED-REMAIN"), priced("deductible", 20)], "20"),
        ([shown("Copay", 20, code="CP-PCP"), shown("Copay", 20, code="CP-LAB")], None),
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


@pytest.mark.parametrize(
    "words", ["Plan Paid Amount", "Plan Payment", "Health plan paid", "Amount paid by health plan"]
)
def test_words_that_say_that_the_plan_paid_are_its_payment(words: str) -> None:
    assert amounts(reading(claim(shown(words, 15, code="Z9"))))["plan_paid"] == "15"


@pytest.mark.parametrize(
    "words",
    ["Paid", "Amount Paid", "Paid Amount", "Payment", "Payments", "Benefits", "Insurance paid", "Payer Paid"],
)
def test_words_that_do_not_say_who_paid_are_not_the_plans_payment(words: str) -> None:
    assert "plan_paid" not in amounts(reading(claim(shown(words, 15, code="Z9"))))


def test_what_a_member_paid_as_a_whole_goes_before_a_part_of_it() -> None:
    record = reading(claim(shown("Member paid", 50, code="memberpaid"), priced("paidbypatientcash", 30)))
    assert amounts(record)["you_paid"] == "50"


def test_a_line_that_the_plan_added_keeps_the_day_and_the_service_of_the_one_it_stands_for() -> None:
    sent = line(1, productOrService=concept((CPT, "99211")), quantity={"value": 2}, servicedDate="2025-03-05")
    added = {"itemSequence": [1], "adjudication": [priced("submitted", "100.00")]}
    record = reading(claim(created=None, item=[sent], addItem=[added]))
    (only,) = record.lines
    assert (only.what.code, only.service_start, only.quantity) == ("99211", "2025-03-05", 2)
    assert str(record.service_on) == "2025-03-05"


def test_a_line_with_a_status_alone_gives_way_to_the_amounts_that_the_plan_added() -> None:
    sent = line(1, status("benefitpaymentstatus", "paid"))
    added = {"itemSequence": [1], "adjudication": [priced("submitted", "100.00"), priced("copay", "40.00")]}
    record = reading(claim(item=[sent], addItem=[added]))
    assert amounts(record)["billed"] == "100.00"


@pytest.mark.parametrize("period", [{"start": "2025-01-01"}, {"end": "2025-12-31"}])
def test_an_approval_that_is_open_at_one_end_is_told(period: dict[str, str]) -> None:
    record = reading(claim(preAuthRef=["A-77"], preAuthRefPeriod=[period]))
    assert [fact.value for fact in record.facts if fact.category.startswith("preauthref")] == [
        "A-77",
        *period.values(),
    ]


def test_a_drug_without_the_name_of_its_list_is_a_drug() -> None:
    product = {"coding": [{"code": "198211", "display": "Simvastatin 40 MG"}]}
    record = reading(claim(kind="pharmacy", item=[line(1, productOrService=product)]))
    assert record.drug is not None
    assert record.drug.what.words == "Simvastatin 40 MG"

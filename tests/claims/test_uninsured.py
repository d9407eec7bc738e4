"""A record that names no insurance, or only what kind of insurer it was."""

from typing import Any

import pytest

from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording import bill, row, story
from tests.claims.made import claim, line, money, reading, stating

SENT_TO_THE_PROVIDER = "This record names no insurance (“no_insurance”): ask the provider what is to pay."


def insured_by(insurer: str, coverage: str, amounts: str = "submitted 125") -> ClaimRecord:
    """Return a claim that names *insurer* and *coverage*."""
    insurance: list[dict[str, Any]] = [{"focal": True, "coverage": {"display": coverage}}]
    return stating(amounts, insurer={"display": insurer}, insurance=insurance)


def test_who_has_no_insurance_is_sent_to_the_provider_and_to_no_plan() -> None:
    """9: it said "Your plan paid nothing" and "Ask it before you pay"."""
    record = insured_by("no_insurance", "no_insurance")
    told = story(record)
    assert told.answer.endswith(f"billed $125.00. {SENT_TO_THE_PROVIDER}")
    assert {name: answer for name, _question, answer in told.checklist}["share"] == SENT_TO_THE_PROVIDER
    assert (told.is_uninsured, told.sums) == (True, ())
    assert dict(told.facts)["Plan"] == "None named (“no_insurance”)"
    checked = bill.compared(record, "125.00", ())
    assert checked.answer == SENT_TO_THE_PROVIDER
    assert "plan" not in " ".join(checked.asks)


def test_who_bought_a_drug_without_insurance_is_sent_to_the_pharmacy() -> None:
    """ "Ask the provider what is to pay", and which of two dates holds, of a pharmacy."""
    nobody = {"display": "no_insurance"}
    bought = claim(
        *money("submitted 125"), kind="pharmacy", insurer=nobody, insurance=[{"coverage": nobody}],
        billablePeriod={"start": "2019-01-01", "end": "2019-01-02"},
        item=[line(1, servicedDate="2021-05-05")],
    )  # fmt: skip
    told = story(reading(bought))
    assert told.answer.endswith("ask the pharmacy what is to pay.")
    assert told.notices == ("The dates of this claim disagree. Ask the pharmacy which is right.",)
    assert "the provider" not in " ".join([told.answer, *told.notices, str(told.checklist)])


def test_no_plan_is_said_to_have_sent_what_stands_in_a_record_without_one() -> None:
    """9: "Billed amount: your plan sent it", and "Record made by your plan"."""
    nobody = {"display": "no_insurance"}
    lines = [line(number, *money("submitted 60")) for number in (1, 2)]
    made = claim(*money("paidbypatient 20"), item=lines, insurer=nobody, created="2026-04-01")
    told = story(reading(made | {"insurance": [{"coverage": nobody}]}))
    sources = {row.testid: row.source for row in told.receipt}
    assert sources["you-paid"].startswith("What you paid: it stands in the totals of the claim (entry 1).")
    assert sources["billed"].startswith("Billed amount: worked out by us from 2 amounts in the lines of the")
    assert "plan" not in f"{[*sources.values(), *told.more]}"


@pytest.mark.parametrize(
    ("insurer", "coverage", "amounts"),
    [
        ("no_insurance", "Harborlight Gold", "submitted 125"),
        ("private", "no_insurance", "submitted 125"),
        ("no_insurance", "no_insurance", "submitted 125, benefit 100"),
        ("no_insurance", "no_insurance", "submitted 125, memberliability 25"),
    ],
)
def test_a_record_that_tells_of_a_plan_all_the_same_is_read_as_one(
    insurer: str, coverage: str, amounts: str
) -> None:
    told = story(insured_by(insurer, coverage, amounts))
    assert not told.is_uninsured
    assert "names no insurance" not in told.answer


def test_an_insurer_that_is_only_called_private_is_told_as_that() -> None:
    told = story(insured_by("private", "private"))
    assert dict(told.facts)["Plan"] == "private, not named"
    assert not told.is_uninsured


def test_what_somebody_without_insurance_was_charged_less_is_shown() -> None:
    """It was on no row of the page."""
    record = insured_by("no_insurance", "no_insurance", "submitted 500, discount 200, paidbypatient 300")
    amounts = {row.testid: row.text for row in story(record).receipt}
    assert list(amounts.values()) == ["$500.00", "$200.00", "$300.00"]


def test_a_record_that_names_no_insurance_says_nothing_of_a_plan() -> None:
    """9: "Your plan allows: not shared by your plan", of somebody who has none."""
    nobody = {"display": "no_insurance"}
    made = claim(*money("submitted 125, benefit 0"), insurer=nobody, insurance=[{"coverage": nobody}])
    record = reading(made | {"provider": None})
    told = story(record)
    assert [(one.testid, one.text) for one in told.receipt] == [("billed", "$125.00")]
    assert "plan" not in str(told.checklist).lower()
    assert "plan" not in row(record).meta

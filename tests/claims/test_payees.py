"""Whom a plan paid, where that is another than who gave the care, and procedures outside a claim's dates."""

from typing import Any

import pytest

from apps.kinds.claim import wording
from apps.kinds.claim.wording.story import Story
from tests.claims.made import claim, concept, money, reading

TO_PROVIDER = concept(("http://terminology.hl7.org/CodeSystem/payeetype", "provider"))


def paid_to(name: str, paid: str = "60") -> Story:
    """Return what is said of a claim of Riverside Clinic whose payment went to *name*."""
    payee = {"type": TO_PROVIDER, "party": {"display": name}}
    return wording.story(
        reading(claim(*money(f"submitted 100, benefit {paid}, memberliability 40"), payee=payee))
    )


def test_another_organization_that_was_paid_is_named_where_bills_are_compared() -> None:
    """A bill from "Blue Medical Group" looked like a stranger's: the page named "The provider" alone."""
    told = paid_to("BLUE MEDICAL GROUP")
    assert dict(told.payment)["Paid to"] == "Blue Medical Group"
    answers = {box: words for box, _question, words in told.checklist}
    expected = "Riverside Clinic. A bill may come from Blue Medical Group, whom your plan paid."
    assert answers["provider"] == expected


@pytest.mark.parametrize("name", ["Riverside Clinic", "RIVERSIDE CLINIC, INC", "N/A"])
def test_a_payee_that_is_the_provider_is_called_that(name: str) -> None:
    told = paid_to(name)
    assert dict(told.payment)["Paid to"] == "The provider"
    assert "whom your plan paid" not in str(told.checklist)


def test_nobody_is_said_to_be_paid_where_nothing_was() -> None:
    assert "whom your plan paid" not in str(paid_to("Blue Medical Group", "0").checklist)


def done(day: str, **changes: Any) -> str:
    procedure = {"sequence": 1, "date": day, "procedureCodeableConcept": {"text": "Bone scan"}}
    period = {"start": "2026-03-02", "end": "2026-03-09"}
    return wording.story(reading(claim(billablePeriod=period, procedure=[procedure], **changes))).procedures[
        0
    ][1]


def test_a_procedure_outside_the_dates_of_the_claim_says_so() -> None:
    """Facts 8: a procedure of 2016 stood on a stay of 2013; three days before it are billed with it."""
    asked = "Bone scan. This date is not in the time of the claim: ask your plan which is right."
    assert (done("2029-01-16"), done("2026-02-26")) == (asked, asked)
    for day in ("2026-02-27", "2026-03-05", "2026-03", "2026-03-10"):
        assert done(day) == "Bone scan"


@pytest.mark.parametrize("category", ["nch_bene_mdcr_bnfts_exhtd_dt_i", "clm_ncvrd_from_dt"])
def test_days_used_up_or_not_covered_outside_the_dates_of_the_claim_say_so(category: str) -> None:
    """Facts 8: "Days not covered: January 11 to 21, 2002" stood on a stay of December 2013."""
    listed = ("https://bluebutton.cms.gov/resources/codesystem/information", category)
    for day, is_apart in (("2002-01-11", True), ("2026-03-05", False)):
        told = {"category": concept(listed), "timingDate": day}
        period = {"start": "2026-03-02", "end": "2026-03-09"}
        facts = wording.story(reading(claim(billablePeriod=period, supportingInfo=[told]))).facts
        (value,) = [value for _label, value in facts if value.startswith(("January 11", "March 5"))]
        assert (
            value.endswith("This date is not in the time of the claim: ask your plan which is right.")
            is is_apart
        )


def test_a_span_of_days_not_covered_outside_the_dates_of_the_claim_says_so_once() -> None:
    """A hospital stay before the nursing facility is outside of its dates by its nature."""
    names = ("nch_vrfd_ncvrd_stay_from_dt", "nch_qlfyd_stay_from_dt")
    listed = [("https://bluebutton.cms.gov/resources/codesystem/information", name) for name in names]
    days = {"start": "2002-01-11", "end": "2002-01-21"}
    told = [{"category": concept(coding), "timingPeriod": days} for coding in listed]
    period = {"start": "2026-03-02", "end": "2026-03-09"}
    facts = dict(wording.story(reading(claim(billablePeriod=period, supportingInfo=told))).facts)
    apart = "January 11 to 21, 2002. This date is not in the time of the claim: ask your plan which is right."
    assert facts["Days not covered"] == apart
    assert facts["Hospital stay before it"] == "January 11 to 21, 2002"

"""Who gave the care and who billed, by what a claim tells of them."""

from typing import Any

import pytest

from apps.kinds.claim import wording
from apps.kinds.claim.brief import brief
from apps.kinds.claim.entry import provider_identity
from apps.kinds.claim.wording import titles
from tests.claims.made import claim, concept, money, reading
from tests.claims.systems import C4BB

SHARE = money("submitted 200, eligible 120, benefit 100, memberliability 20")


def answers(**changes: Any) -> dict[str, str]:
    """Return what the checklist of a claim says, by the name of each box."""
    story = wording.story(reading(claim(*SHARE, **changes)))
    return {name: answer for name, _question, answer in story.checklist}


def test_a_provider_that_the_plan_did_not_name_is_said_in_a_sentence() -> None:
    assert answers(provider={})["provider"] == "Your plan did not say who it was."


def member(role: str, **who: Any) -> dict[str, Any]:
    """Return one of the team of a claim."""
    return {"sequence": 1, "role": concept((C4BB, role)), "provider": who}


PLACE = member("primary", display="CUMBERLAND COUNTY CLINIC")
NUMBER = {"identifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1497758544"}}


@pytest.mark.parametrize(
    ("team", "at", "told"),
    [
        (
            [PLACE, member("referring", display="Ana Lopez")],
            " at Cumberland County Clinic",
            "Main provider: Cumberland County Clinic.",
        ),
        (
            [PLACE, member("performing", display="Bo Li")],
            "",
            "Main provider: Cumberland County Clinic. Treated you: Bo Li.",
        ),
        ([member("performing", **NUMBER)], "", "Treated you: NPI 1497758544."),
    ],
)
def test_who_treated_is_named_where_nobody_who_billed_is(team: list[Any], at: str, told: str) -> None:
    """M-04: Medicare names its professionals in the team only; the bill was from nobody, as was the title."""
    record = reading(claim(*SHARE, provider={}, careTeam=team))
    story = wording.story(record)
    assert story.title == titles.title(brief(record)) == f"Medical care{at}"
    assert story.answer.startswith("The provider billed $200.00.")
    who = f"Your plan did not say who billed. {told}"
    assert answers(provider={}, careTeam=team)["provider"] == dict(story.facts)["Provider"] == who


def test_where_the_title_names_another_than_who_billed_the_bill_is_held_against_both() -> None:
    """The title was "at Cumberland County Clinic", and the bill of that clinic was to be one of a number."""
    assert answers(provider=NUMBER, careTeam=[PLACE])["provider"] == (
        "NPI 1497758544. Main provider: Cumberland County Clinic."
    )


def test_who_is_named_in_two_ways_is_named_once() -> None:
    """9: "Treated you: Bo Li. Treated you: Bo Li.", and a place of the provider's own name."""
    team = [member("performing", display="Bo Li"), member("rendering", display="BO LI")]
    told = "Your plan did not say who billed. Treated you: Bo Li."
    assert answers(provider={}, careTeam=team)["provider"] == told
    twice = [*team, member("primary", display="Bo Li")]
    assert "Main provider: Bo Li." in answers(provider={}, careTeam=twice)["provider"]
    named = {
        "provider": {"display": "RIVERSIDE CLINIC, INC"},
        "facility": {"display": "Riverside Clinic Inc"},
    }
    assert answers(**named)["provider"] == "Riverside Clinic, Inc"
    assert "Place" not in dict(wording.story(reading(claim(*SHARE, **named))).facts)


PLAN = {"reference": "Organization/Payer1", "display": "XXX Health Plan"}


@pytest.mark.parametrize("where", ["provider", "facility", "payee"])
def test_a_plan_that_names_itself_where_the_provider_belongs_gave_no_care(where: str) -> None:
    """Title and lead knew it; the check, the row "Provider" and all claims with "this provider" did not."""
    itself = {"reference": "Organization/Other1", "display": "XXX Health Plan"}
    sent = {"party": itself} if where == "payee" else itself
    made = claim(*SHARE, **{"provider": {}, "insurer": PLAN} | {where: sent})
    record = reading(made)
    assert (record.provider, record.facility, record.payee) == (None, None, None)
    assert provider_identity(record) == ""
    if where == "provider":
        told = "Your plan names itself here; it did not say who gave the care."
        assert answers(provider=itself, insurer=PLAN)["provider"] == told
        assert dict(wording.story(record).facts)["Provider"] == told


@pytest.mark.parametrize(
    "sent",
    [
        {"reference": "Organization/Clinic1"},
        {"identifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": "295574859360"}},
    ],
)
def test_a_provider_whose_name_did_not_come_is_not_said_to_be_untold(sent: dict[str, Any]) -> None:
    assert answers(provider=sent)["provider"] == "The name did not come with this claim."

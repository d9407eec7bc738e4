"""What a reader of the pages missed: what is not final, not named, not in order, or a code alone."""

from typing import Any

import pytest

from apps.kinds.claim import standing, wording
from apps.kinds.claim.brief import brief
from apps.kinds.claim.entry import facts_of, provider_identity
from apps.kinds.claim.wording import titles
from apps.kinds.claim.wording.history import Sent, history
from apps.plain_language.dates import date_words
from apps.records.versions import chains
from tests.claims.made import C4BB, claim, concept, line, money, reading

SHARE = money("submitted 200, eligible 120, benefit 100, memberliability 20")
MAY_CHANGE = "$20.00. This is not final: it may still change."


def answers(**changes: Any) -> dict[str, str]:
    """Return what the checklist of a claim says, by the name of each box."""
    story = wording.story(reading(claim(*SHARE, **changes)))
    return {name: answer for name, _question, answer in story.checklist}


@pytest.mark.parametrize(
    ("changes", "told"),
    [({"outcome": "partial"}, MAY_CHANGE), ({"status": "draft"}, MAY_CHANGE), ({}, "$20.00")],
)
def test_a_share_that_is_not_final_is_not_what_a_bill_may_ask_for(changes: dict[str, Any], told: str) -> None:
    """A draft's copay was "your share, and no more" without a word that it may still change."""
    assert answers(**changes)["share"] == told


@pytest.mark.parametrize(
    ("status", "told"), [("draft", " This is not final: it may still change."), ("active", "")]
)
def test_what_is_not_final_says_so_where_no_share_is_stated_too(status: str, told: str) -> None:
    asked = "Your plan did not say. Ask it before you pay."
    assert answers(status=status, total=money("submitted 200"))["share"] == f"{asked}{told}"


@pytest.mark.parametrize(("paid", "told"), [([], " It is in no sum here."), (money("benefit 1"), "")])
def test_a_draft_in_no_sum_says_so_and_what_the_plan_calls_it(paid: list[Any], told: str) -> None:
    """Lists struck its share out, of which its page said "Your share is $424.00: your copay"."""
    record = reading(claim(total=[*money("copay 20"), *paid], status="draft", disposition="In-Progress"))
    story = wording.story(record)
    assert story.notices == (f"Your plan marks this as a draft.{told}",)
    assert story.notes == ("In-Progress",)
    assert reading(claim(*SHARE, disposition="01")).notes == ()


@pytest.mark.parametrize(
    ("outcome", "in_list", "in_picture"),
    [
        ("complete", "billed $200.00, plan paid $0.00", "$0.00"),
        ("error", "billed $200.00", "$0.00, not decided yet"),
        ("queued", "billed $200.00", "$0.00, not decided yet"),
    ],
)
def test_a_payment_of_nothing_that_nobody_decided_is_none(
    outcome: str, in_list: str, in_picture: str
) -> None:
    """5.1: rows said "plan paid $0.00" where the page said that nothing is decided yet."""
    record = reading(claim(*money("submitted 200, benefit 0"), outcome=outcome))
    assert wording.row(record).meta.endswith(in_list)
    [paid] = [row.text for row in wording.story(record).receipt if row.testid == "plan-paid"]
    assert paid == in_picture


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


def received(on: str) -> dict[str, Any]:
    """Return when the plan received a claim."""
    return {"sequence": 1, "category": concept((C4BB, "clmrecvddate")), "timingDate": on}


@pytest.mark.parametrize(
    ("on", "is_told"),
    [("2025-12-30", True), ("2026-03-08", False), ("2026-03-09", False), ("2026-05", False)],
)
def test_a_claim_received_before_the_care_says_so(on: str, is_told: bool) -> None:
    """Facts 8: care of 2019 was "received May 30, 2011", without a word."""
    period = {"start": "2026-03-09", "end": "2026-03-10"}
    story = wording.story(reading(claim(*SHARE, supportingInfo=[received(on)], billablePeriod=period)))
    said = f"Your plan says that it received this claim on {date_words(on)}, before the care."
    assert any(notice.startswith(said) for notice in story.notices) is is_told


@pytest.mark.parametrize(
    ("on", "is_told"), [("2016-01-21", True), ("2026-03-07", True), ("2026-03-08", False), ("2026-03", False)]
)
def test_a_payment_dated_before_the_care_says_so(on: str, is_told: bool) -> None:
    """Facts 8: one payer dates the payments of all of its claims 2019-11-14, of care in 2021 too. That is
    told at the date, and asks nobody for anything on page after page."""
    period = {"start": "2026-03-09", "end": "2026-03-10"}
    paid = wording.story(reading(claim(*SHARE, payment={"date": on}, billablePeriod=period)))
    unpaid = wording.story(reading(claim(payment={"date": on}, billablePeriod=period)))
    told = f"{date_words(on)}{', before the care' if is_told else ''}"
    assert dict(paid.payment)["Paid on"] == told
    assert dict(unpaid.more)["Payment date in your plan's data"] == told
    assert (paid.notices, unpaid.notices) == ((), ())


@pytest.mark.parametrize(
    ("made", "is_told"),
    [("2026-03-10", True), ("2026-03-29", False), ("2026-03-30", False), ("2026-03", False)],
)
def test_a_record_dated_before_the_claim_was_received_says_so(made: str, is_told: bool) -> None:
    """Facts 8: "Record made November 2" stood beside "Received November 30"; a day apart is midnight."""
    story = wording.story(reading(claim(*SHARE, supportingInfo=[received("2026-03-30")], created=made)))
    said = f"this claim {date_words(made)}, before it received the claim on March 30, 2026."
    assert any(said in notice for notice in story.notices) is is_told


def test_a_code_of_no_list_is_called_one() -> None:
    """ "1101" stood alone under its line."""
    product = {"coding": [{"code": "1101"}], "text": "Exam"}
    made = claim(item=[line(1, *money("submitted 20"), productOrService=product)])
    assert wording.story(reading(made)).lines[0].code == "Code 1101"


BASIS = (
    "http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-ExplanationOfBenefit-Professional-Basis|2.2.0"
)


def test_a_form_made_to_leave_amounts_out_is_no_earlier_version_though_it_has_some() -> None:
    """Facts 7: a Basis record with totals, sent at the same moment, was "an earlier version"."""
    whole = reading(claim(*SHARE, id="a", item=[line(1, *SHARE)]))
    basis = reading(claim(*SHARE, id="b", meta={"profile": [BASIS]}))
    facts = [facts_of(record, standing.state(record)) for record in (whole, basis)]
    assert [chain.current for chain in chains(facts)] == [0]
    sent = [Sent(whole, "/1/", is_current=True, is_this=False), Sent(basis, "/2/", False, is_this=True)]
    told = history(sent)
    assert told.leads_on == "Another version of this claim has all its amounts"
    assert [row.state for row in told.rows][1] == "Not all amounts"
    assert (told.rows[0].change, told.rows[1].change) == ("", "")
    story = wording.story(basis, is_current=False)
    assert story.answer.startswith("This is the claim in a form that plans send without all its amounts.")
    assert "earlier" not in story.answer
    assert "old" not in story.answer


@pytest.mark.parametrize(
    ("named", "label"),
    [
        ({"type": {"text": "RX service reference number"}}, "Number at the pharmacy"),
        (
            {"system": "https://bluebutton.cms.gov/resources/variables/rx_srvc_rfrnc_num"},
            "Number at the pharmacy",
        ),
        ({"type": {"text": "Batch"}}, "Batch"),
    ],
)
def test_a_number_that_names_something_else_than_the_claim_is_told_under_that(
    named: dict[str, Any], label: str
) -> None:
    """The claim's own was known by its order only, and the others were nowhere."""
    own = {"type": {"text": "Claim unique identifier"}, "value": "814ea253"}
    record = reading(claim(identifier=[named | {"value": "65ee4707"}, own]))
    assert record.claim_number == "814ea253"
    assert (label, "65ee4707") in wording.story(record).more

"""A sentence stands beside the amount, the time, the person or the claims that it is of, and nowhere else."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from msgspec import structs

from apps.accounts.models import Member
from apps.kinds.claim import whose
from apps.kinds.claim.wording import row, story
from apps.kinds.claim.wording.list_words import left_out
from tests.claims.given import a_connection, save
from tests.claims.made import CLAIM_TYPE, THO, body, claim, cms, concept, line, money, number, reading
from tests.claims.test_payees import TO_PROVIDER

X12 = "https://x12.org/codes/claim-adjustment-reason-codes"
NPI = "http://hl7.org/fhir/sid/us-npi"


def why(amount: dict[str, Any], group: str, number: str) -> dict[str, Any]:
    return amount | {"reason": concept((X12, f"{group}{number}"))}


@pytest.mark.parametrize(("discount", "group"), [("30", ""), ("50", "CO"), ("100", "")])
def test_a_reason_of_another_amount_does_not_say_whose_the_uncovered_one_is(
    discount: str, group: str
) -> None:
    """5.3: "$50.00 was not covered. By its contract ..." by a contract's reason at a discount of $30.00."""
    uncovered, other = money(f"noncovered 50, discount {discount}")
    record = reading(claim(*money("submitted 200, benefit 100"), uncovered, why(other, "CO", "109")))
    assert whose.group(record) == group
    lines = [line(1, *money("submitted 200, benefit 100"), uncovered, why(other, "CO", "109"))]
    assert whose.group(reading(claim(uncovered, item=lines))) == group


@pytest.mark.parametrize("part", ["deductible", "copay", "coinsurance", "priorpayerpaid", "tax"])
def test_a_reason_at_a_part_of_the_share_says_nothing_of_what_is_not_covered(part: str) -> None:
    """5.3: a contract's reason for a copay of $20.00 put what was not covered, $50.00, on the provider."""
    uncovered, other = money(f"noncovered 50, {part} 20")
    whole = money("submitted 200, benefit 100")
    assert whose.group(reading(claim(*whole, uncovered, why(other, "CO", "109")))) == ""
    of_line = line(1, *whole, uncovered, why(other, "CO", "109"))
    assert whose.group(reading(claim(*whole, uncovered, item=[of_line]))) == ""


@pytest.mark.parametrize("head", [[], [cms("nch_clm_bene_pmt_amt", "40.00")]])
def test_what_the_only_line_states_twice_under_one_name_is_told_at_the_top(head: list[Any]) -> None:
    """3.9: of two payments to the member on one line, the second stood on that line alone."""
    paid = [cms("line_bene_pmt_amt", amount) for amount in ("11.00", "82.29")]
    told = story(reading(claim(*money("submitted 200, benefit 120"), *head, item=[line(1, *paid)])))
    (others,) = [one.others for one in told.receipt if one.testid == "paid-to-you"]
    assert "82.29" in " ".join(others)
    assert "$82.29" in told.answer


def test_what_the_only_line_states_twice_is_told_of_every_plans_names_and_not_as_a_sum() -> None:
    """3.9: of Medicare's alone it was told, and then as "the lines add up to $480.00. But the claim says"."""
    sent = "submitted 480, submitted 500, benefit 100, memberliability 50, memberliability 60"
    told = story(reading(claim(item=[line(1, *money(sent))])))
    assert told.disagreements == (
        "For what was billed, your plan states $480.00, and also $500.00 in line 1 (amount 2).",
        "For your share, your plan states $50.00, and also $60.00 in line 1 (amount 5).",
    )


def test_times_of_hospice_or_care_at_home_that_do_not_meet_the_bill_are_named() -> None:
    """8: billed for January, the hospice from July on."""

    def apart(since: str, until: str | None, **billed: str) -> tuple[Any, ...]:
        period = {"start": since} | ({"end": until} if until else {})
        listed = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBSupportingInfoType"
        info = {"category": concept((listed, "admissionperiod")), "timingPeriod": period}
        made = claim(supportingInfo=[info], billablePeriod=billed, kind="institutional")
        made["subType"] = concept((CLAIM_TYPE, "outpatient"))
        return reading(made).dates_apart

    january = {"start": "2014-01-01", "end": "2014-01-30"}
    assert apart("2014-07-06", "2015-06-29", **january) == (("2014-07-06", "2015-06-29"),)
    assert apart("2014-07-06", None, **january) == (("2014-07-06", None),)
    assert apart("2009-07-06", None, **january) == apart("2013-07-06", "2014-06-29", **january) == ()


def test_a_time_that_ends_before_it_starts_is_told_with_both_days() -> None:
    """8: its end was dropped."""
    told = story(reading(claim(billablePeriod={"start": "2026-03-09", "end": "2026-03-01"})))
    assert told.when == "March 9, 2026, but also March 1, 2026"


def test_a_line_whose_total_is_more_than_its_charge_contradicts_it() -> None:
    """3.9: a total of a line (R4 `net`) of $90.00 stood beside a charge of $40.00 without a word."""

    def billed(*nets: float) -> tuple[list[str], list[tuple[str, ...]]]:
        lines = [
            line(number, *money(f"submitted {charge}"), net={"value": net, "currency": "USD"})
            for number, (charge, net) in enumerate(zip((60, 40), nets, strict=True), 1)
        ]
        told = story(reading(claim(*money("submitted 100"), item=lines)))
        return list(told.receipt[0].others), [one.amounts[0].others for one in told.lines]

    assert billed(60, 90) == (["its line totals come to $150.00"], [(), ("also stated: $90.00",)])
    assert billed(10, 90) == ([], [(), ("also stated: $90.00",)])
    assert billed(50, 40) == ([], [(), ()])


@pytest.mark.parametrize(
    ("charges", "lead", "told"),
    [
        ([], "$160.00 by the line totals", "the claim says $100.00. Its line totals come to $160.00."),
        (
            [50, 60],
            "$160.00 by the line totals and $110.00 as the sum of its lines",
            "the claim says $100.00. Its lines add up to $110.00. Its line totals come to $160.00.",
        ),
    ],
)
def test_totals_of_lines_are_not_called_the_sum_of_what_they_billed(
    charges: list[int], lead: str, told: str
) -> None:
    """3.9: "billed: also $335.57 as the sum of its lines", which state no charge at all."""
    charged = [money(f"submitted {charge}") for charge in charges] or [[], []]
    lines = [
        line(number, *charged[number - 1], net={"value": net, "currency": "USD"})
        for number, net in ((1, 150), (2, 10))
    ]
    said = story(reading(claim(*money("submitted 100"), item=lines)))
    assert f"what was billed: $100.00, but also {lead}." in said.answer
    assert said.disagreements == (f"For what was billed, {told}",)


def test_a_share_of_a_line_that_is_more_than_its_price_is_remarked() -> None:
    """3.9: a copay of $424.00 stood on a line of $87.00 in all without a word."""

    def is_remarked(amounts: str, net: float | None = None) -> bool:
        total = {"net": {"value": net, "currency": "USD"}} if net is not None else {}
        done = line(1, *money(amounts), **total)
        note = story(reading(claim(*money("submitted 424"), item=[done]))).lines_note
        return "Line 1: Your share is more than all" in note

    assert is_remarked("copay 424", 87)
    assert is_remarked("submitted 87, copay 424")
    assert is_remarked("submitted 87, memberliability 424")
    assert not is_remarked("submitted 424, copay 424", 87)
    assert not is_remarked("copay 87", 87)
    assert not is_remarked("copay 20", 0)
    assert not is_remarked("copay 20")
    assert not is_remarked("submitted -68.80, memberliability 0")


def test_the_number_of_a_payee_that_is_not_the_providers_is_named_and_not_called_the_provider() -> None:
    def paid_to(number: str, **changes: Any) -> str:
        payee = {"type": TO_PROVIDER, "party": {"identifier": {"system": NPI, "value": number}}}
        made = claim(*money("submitted 100, benefit 60, memberliability 40"), payee=payee, **changes)
        told = story(reading(made))
        assert "A bill may come from" not in str(told.checklist)  # the number may be the provider's own
        return dict(told.payment)["Paid to"]

    known = {
        "provider": {"display": "Riverside Clinic", "identifier": {"system": NPI, "value": "1023011079"}}
    }
    other = "NPI 1407891336: your plan names only this number"
    assert paid_to("1023011079", **known) == "The provider"
    assert paid_to("1407891336", **known) == paid_to("1407891336") == other


def test_the_finer_kind_of_a_claim_and_its_place_among_coverages_are_told() -> None:
    """HL7's own example is an emergency, and the second answer to its bill."""
    finer = concept(("http://terminology.hl7.org/CodeSystem/ex-claimsubtype", "emergency"))
    told = dict(story(reading(claim(*money("submitted 1"), subType=finer, precedence=2))).facts)
    assert told["Kind of claim, more exactly"].startswith("Emergency")
    assert told["Place in the order in which coverages answer for this care"] == "2"
    plain = claim(*money("submitted 1"), subType=concept((CLAIM_TYPE, "inpatient")))
    assert not {key for key in dict(story(reading(plain)).facts) if key.startswith(("Kind of", "Place in"))}


def test_a_finer_kind_in_words_alone_tells_a_stay_from_a_visit_and_is_not_told_again() -> None:
    """4: "Kind of claim, more exactly: Outpatient" stood on a claim whose own kind was not known by it."""
    record = reading(claim(*money("submitted 1"), kind="institutional", subType={"text": "Outpatient"}))
    assert record.kind == "outpatient"
    assert not record.facts


@pytest.mark.parametrize(
    "finer", [{"coding": [{"code": "psych"}, {"code": "inpatient"}]}, {"text": "Outpatient"}]
)
def test_a_finer_kind_beside_a_stay_or_that_the_kind_does_not_tell_is_told(finer: dict[str, Any]) -> None:
    record = reading(claim(*money("submitted 1"), subType=finer))
    assert record.kind == "professional"
    assert [fact.value for fact in record.facts] == [finer.get("text", "psych")]


@pytest.mark.parametrize("sent", [1.5, 0, -1, "first"])
def test_a_place_among_coverages_that_is_no_whole_number_is_also_sent_and_no_fact(sent: object) -> None:
    """4: half a place was told as a place, and one before the first was told nowhere."""
    record = reading(claim(*money("submitted 1"), precedence=sent))
    assert not record.facts
    assert [(one.label, one.value) for one in record.also_sent] == [("precedence", str(sent))]


def test_a_record_that_names_no_insurance_says_nothing_of_a_plan() -> None:
    """9: "Your plan allows: not shared by your plan", of somebody who has none."""
    nobody = {"display": "no_insurance"}
    made = claim(*money("submitted 125, benefit 0"), insurer=nobody, insurance=[{"coverage": nobody}])
    record = reading(made | {"provider": None})
    told = story(record)
    assert [(one.testid, one.text) for one in told.receipt] == [("billed", "$125.00")]
    assert "plan" not in str(told.checklist).lower()
    assert "plan" not in row(record).meta


def test_what_is_in_no_sum_is_told_with_the_reasons_of_these_claims_alone() -> None:
    """It named every reason there is: "cancelled, taken back, sent twice ..."."""
    assert left_out({"draft": 1}) == ("1 claim is in no sum: a draft.",)
    told = left_out({"repeat": 1, "cancelled": 1, "open": 1})
    assert told == ("3 claims are in no sum: cancelled, sent twice or not decided yet.",)


@pytest.mark.parametrize(("is_current", "is_known_older", "is_of_then"), [(0, 1, 1), (0, 0, 0), (1, 1, 0)])
def test_only_what_held_at_some_time_is_told_as_of_then(
    *, is_current: bool, is_known_older: bool, is_of_then: bool
) -> None:
    """7: "Network, at that time" stood over another form of the same claim."""
    whole = reading(claim(*money("submitted 1")))
    told = story(whole, is_current=is_current, is_known_older=is_known_older)
    assert told.is_of_then == is_of_then
    form = structs.replace(whole, shares_money=False)
    assert not story(form, is_current=is_current, is_known_older=is_known_older).is_of_then


def test_that_who_pays_first_paid_nothing_is_said_where_another_is_named() -> None:
    amounts = "submitted 100, benefit 60, priorpayerpaid 0, memberliability 40"
    nothing = "By your plan's figures, others paid nothing."
    others = [{"focal": focal, "coverage": {"display": name}} for focal, name in ((True, "A"), (False, "B"))]
    assert nothing in story(reading(claim(*money(amounts), insurance=others))).answer
    assert nothing not in story(reading(claim(*money(amounts)))).answer


def test_a_bill_is_not_held_against_the_share_alone_where_who_was_paid_is_in_doubt() -> None:
    code = {"url": "https://bluebutton.cms.gov/resources/variables/carr_clm_pmt_dnl_cd"}
    made = claim(*money("submitted 100, benefit 60, paidtoprovider 60, memberliability 40"))
    for value, is_doubted in (("2", True), ("1", False)):
        told = story(reading(made | {"extension": [code | {"valueCoding": {"code": value}}]}))
        (asked,) = [answer for box, _question, answer in told.checklist if box == "share"]
        assert asked.startswith("$40.00")
        assert ("differs on who was paid" in asked) == is_doubted


def test_of_what_does_not_count_the_amounts_it_holds_are_struck_out_and_no_text_that_looks_like_one(
    alice: Member, alice_client: Client
) -> None:
    """ "ICD 250.00", which a plan wrote, is no amount in a currency ICD."""
    sent = {"category": concept(("urn:plan", "y")), "amount": {"value": number("-1234.5")}}
    refused = {"category": concept((THO, "benefit")), "reason": {"text": "ICD 250.00"}}
    made = claim(*money("submitted 77.10"), adjudication=[sent, refused], status="cancelled")
    save(a_connection(alice), json.loads(body(made)))
    page = alice_client.get(f"/claims/{alice.records.get().pk}/").content.decode()
    assert "Your plan wrote: ICD 250.00" in page
    struck = "<s>\N{MINUS SIGN}\N{WORD JOINER}$1,234.50</s>"
    assert f'{struck}<span class="visually-hidden"> does not count</span>' in page


def test_no_amount_of_a_cancelled_claim_stands_on_its_page_or_in_the_list_as_if_it_counted(
    alice: Member, alice_client: Client
) -> None:
    lines = [line(1, *money("submitted 77.10, benefit 50.20, paidtopatient 31.31"))]
    made = claim(*money("submitted 77.10, benefit 50.20"), item=lines, status="cancelled")
    save(a_connection(alice), json.loads(body(made)))
    listed = alice_client.get("/claims/").content.decode()
    assert "77.10" not in listed
    assert "50.20" not in listed
    page = alice_client.get(f"/claims/{alice.records.get().pk}/").content.decode()
    assert "<s>$31.31</s>" in page
    assert "$31.31" not in re.sub(r"<s\b[^>]*>.*?</s>", "", page)

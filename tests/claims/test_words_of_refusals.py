"""A plan's own words: a refusal is told only where they say nothing else; else they are told as written."""

import re
from typing import Any

import pytest

from apps.kinds.claim import standing
from apps.kinds.claim.reading.reasons import refuses, says_not_covered
from apps.kinds.claim.records import ClaimRecord, Reason
from apps.kinds.claim.wording import denials, next_steps, story
from tests.claims.made import claim, concept, line, money, priced, reading, stating, status, why
from tests.claims.systems import DISCRIMINATOR
from tests.claims.telling import steps_of

TAKEN_BACK = [
    "Not denied",
    "This is not a denial",
    "No denial",
    "Never rejected",
    "Was not refused",
    "Denied charges reversed",
    "Denial rescinded",
    "Denial withdrawn on review",
    "Previously denied, now paid",
    "Denied on March 1, now covered",
    "Not covered before; has since been approved",
    "Denied amount: $0.00",
    "Non-covered charges: none",
]
"""What tells in any place that nothing is refused."""


OF_SOMETHING_ELSE = [
    "May be denied",
    "Will be denied if no records come",
    "Not covered unless approved in advance",
    "Previously denied claim",
    "Prior denial of this service",
    "Could have been denied",
    "Declined by the patient",
    "Member refused the generic",
    "Excluded from your deductible",
    "Excluded from the out-of-pocket maximum",
    "Exclusion does not apply",
    "No exclusions",
    "Not excluded",
    "Amount not allowed",
    "Not payable separately",
    "Not covered by Medicare",
    "Not covered by your other insurance",
]
"""What holds such a word and says by itself no such thing of this claim."""


REFUSED = [
    "Denied",
    "Claim denied: no referral",
    "Service not covered by your plan",
    "This service is not covered. No referral on file.",
    "Non-covered charge",
    "No authorization on file, denied",
    "Rejected: refill too soon",
    "Prior authorization denied",
    "Denied. You can appeal if you disagree.",
    "Not covered: no prior approval",
    "Not medically necessary",
    "Excluded by your contract",
    "Patient not eligible on that day",
]


def stated(words: str, category: str) -> ClaimRecord:
    """Return a claim of which nothing was paid, with these words at its line."""
    reason: dict[str, Any] = {"category": concept((DISCRIMINATOR, category)), "reason": {"text": words}}
    figures = money("submitted 200, benefit 0")
    return reading(claim(*figures, item=[line(1, *figures, reason)]))


@pytest.mark.parametrize("category", ["adjustmentreason", "denialreason"])
@pytest.mark.parametrize("words", TAKEN_BACK)
def test_words_that_deny_or_reverse_a_refusal_are_none(words: str, category: str) -> None:
    """5.3: "previously denied, now paid" was told as a refusal."""
    record = stated(words, category)
    assert standing.state(record) == "nothing_paid"
    assert story(record).steps is None
    assert story(record).reasons == (f"Line 1: Your plan wrote: {words}",)


@pytest.mark.parametrize("words", OF_SOMETHING_ELSE)
def test_words_that_may_say_something_else_are_told_as_written(words: str) -> None:
    record = stated(words, "adjustmentreason")
    assert (record.has_refusal, record.is_uncovered) == (False, False)
    assert story(record).reasons == (f"Line 1: Your plan wrote: {words}",)


@pytest.mark.parametrize("words", REFUSED)
def test_words_that_say_nothing_else_are_a_refusal(words: str) -> None:
    assert standing.state(stated(words, "adjustmentreason")) in standing.REFUSED


@pytest.mark.parametrize("words", TAKEN_BACK)
def test_words_that_take_not_covered_back_do_not_say_it(words: str) -> None:
    assert not says_not_covered(Reason("", "plan", None, words, is_denial=True))


def test_where_plans_say_why_they_refuse_other_words_do_not_take_that_back() -> None:
    for words in (*OF_SOMETHING_ELSE[:3], "No authorization on file denied", "Missing records"):
        assert refuses(Reason("", "plan", None, words, is_denial=True)), words


@pytest.mark.parametrize(
    "written",
    [
        *("Denied, now covered", "Denied; rescinded", "Denied. Then paid.", "Not denied", "Denied if late"),
        *("Denied in part: line 2 only", "Denied amount: $0.00", "Denied: no", "Denied: 0"),
        *("Denied services: 1 of 3", "Denied in error, reprocessed", "Claim denied - overturned on appeal"),
    ],
)
def test_a_disposition_that_takes_its_denial_back_is_no_decision(written: str) -> None:
    record = stating("submitted 200, benefit 0", disposition=written)
    assert record.decision is None
    assert standing.state(record) == "nothing_paid"


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ("Provider not in network: not covered", "network"),
        ("Out-of-network deductible applied", ""),
        ("Provider is not outside of the network", ""),
    ],
)
def test_a_network_is_the_cause_only_where_the_words_refuse_for_it(words: str, cause: str) -> None:
    assert standing.cause_of(Reason("", "plan", None, words)) == cause


NCPDP = "https://ncpdp.org/reject-code"


@pytest.mark.parametrize(
    ("coding", "kind", "is_named"),
    [
        ({"code": "1"}, "pharmacy", True),
        ({"code": "75"}, "pharmacy", True),
        ({"code": "7X"}, "pharmacy", True),
        ({"system": NCPDP, "code": "569"}, "professional", True),
        ({"code": "D01"}, "pharmacy", False),
        ({"system": "urn:plan", "code": "75"}, "pharmacy", False),
        ({"code": "569"}, "professional", False),
    ],
)
@pytest.mark.parametrize("category", ["rejectreason", "denialreason"])
def test_a_pharmacys_reject_code_is_told_with_its_kind_and_who_has_its_words(
    coding: dict[str, str], kind: str, is_named: bool, category: str
) -> None:
    """5.3: it said "Your plan gave the code 1."."""
    because_of = {"category": concept((DISCRIMINATOR, category)), "reason": {"coding": [coding]}}
    made = money("submitted 300, benefit 0")
    told = " ".join(story(reading(claim(*made, kind=kind, item=[line(1, *made, because_of)]))).reasons)
    who = f"NCPDP reject code {coding['code']}. We may not show what these codes mean: ask the pharmacy"
    assert (who in told) is is_named
    because_of["reason"] = {"coding": [coding | {"display": "Refill too soon"}]}
    told = " ".join(story(reading(claim(*made, kind=kind, item=[line(1, *made, because_of)]))).reasons)
    assert ("Refill too soon" in told, "may not show" in told) == (True, False)


@pytest.mark.parametrize(
    ("words", "is_refusal"),
    [
        ("Service not covered under your contract", True),
        ("Denied: contract exclusion", True),
        ("Not covered, copay does not apply", True),
        ("Contractual adjustment", False),
        ("Amount not allowed: above reasonable charge", False),
        ("Prior denial reversed, now payable", False),
    ],
)
def test_words_of_a_price_do_not_hide_that_something_is_not_covered(words: str, is_refusal: bool) -> None:
    assert refuses(Reason("", "plan", None, words, is_denial=is_refusal)) is is_refusal


@pytest.mark.parametrize(
    "number", ["26", "27", "35", "107", "119", "163", "177", "197", "226", "227", "288", "B13"]
)
def test_what_a_reason_says_that_people_did_or_did_not_is_told_as_the_plans_word(number: str) -> None:
    """5.3: that a plan has no approval on record does not say that nobody asked for one."""
    told = denials.reason_words(Reason(number, "adjustment", "CO"))
    assert re.search(r"our plan says|y your plan's|our plan has|in your plan's|as your plan sees", told), told
    steps = next_steps.steps(
        stating("submitted 200, benefit 0, noncovered 200", item=[line(1, why("PR", number))])
    )
    assert not re.search(r"was not asked|got no answer", steps.meaning if steps else "")


@pytest.mark.parametrize(
    ("words", "may_change"),
    [
        ("Pended for review", True),
        ("Claim pending", True),
        ("In process", True),
        ("In-Progress", True),
        ("This claim is under review", True),
        ("Suspended", True),
        ("Adjudication pending", True),
        ("Awaiting medical records", True),
        ("Awaiting additional information from provider", True),
        ("Awaiting payment", False),
        ("Awaiting patient payment", False),
        ("Awaiting refund", False),
        ("Pended, now paid", False),
        ("Pending claim was approved", False),
        ("Paid", False),
        ("Claim settled as per contract.", False),
    ],
)
def test_words_that_a_claim_is_pending_say_that_it_may_change(words: str, *, may_change: bool) -> None:
    """5.3: "Pended for review" stood under "Your plan paid nothing. Your share is $0.00"."""
    nothing = money("submitted 410, eligible 0, benefit 0, memberliability 0")
    record = reading(claim(*nothing, disposition=words))
    assert record.may_change is may_change
    assert (record.notes == (words,)) is (may_change or " " in words)
    decided = status("benefitpaymentstatus", "paid")
    assert not reading(claim(*nothing, disposition=words, adjudication=[decided])).may_change
    assert not reading(claim(*nothing, disposition=words, outcome="queued")).may_change  # told by that
    # Of a claim that is done in part a share above nothing is worked out, but not while all of it waits.
    amounts = money("submitted 410, benefit 0, memberliability 200")
    in_part = reading(claim(*amounts, disposition=words, outcome="partial"))
    assert (in_part.may_change, standing.is_open(in_part)) == (may_change, may_change)


@pytest.mark.parametrize(
    "words", ["VOID", "Claim voided.", "Reversed", "The claim has been reversed", "Canceled", "cancelled"]
)
def test_a_claim_that_its_plan_says_it_took_back_counts_no_more(words: str) -> None:
    """5.2: "Your share is $20.00", beside "Claim voided"; one word alone was not even shown."""
    figures = money("submitted 300, benefit 180, memberliability 20")
    record = reading(claim(*figures, disposition=words))
    assert (standing.state(record), record.notes) == ("void", (words,))
    assert standing.state(reading(claim(*figures, status="Reversed"))) == "void"
    assert standing.state(reading(claim(*figures, status="Canceled"))) == "cancelled"
    minus = money("submitted -300, benefit -180, memberliability -20")
    assert standing.state(reading(claim(*minus, disposition=words))) == "taken_back"


@pytest.mark.parametrize("words", ["Denial reversed", "Reversed on appeal: paid", "Check voided", "Rejected"])
def test_other_words_take_no_claim_back_and_stand_as_written(words: str) -> None:
    record = stating("submitted 300, benefit 180, memberliability 20", disposition=words)
    assert (standing.state(record), record.notes) == ("paid", (words,))


@pytest.mark.parametrize(
    ("written", "stands"),
    [
        ("Denied - not medically necessary", "denied"),
        ("DENIED", "denied"),
        ("Claim denied: duplicate", "denied"),
        ("Denied lines were paid on appeal", "nothing_paid"),
        ("Paid", "nothing_paid"),
    ],
)
def test_a_disposition_that_says_denied_is_a_decision(written: str, stands: str) -> None:
    """5.3. It said "Your plan paid nothing." and no more, with the plan's word for it far below."""
    record = reading(claim(priced("submitted", "180.00"), priced("benefit", "0"), disposition=written))
    assert standing.state(record) == stands


@pytest.mark.parametrize(
    ("category", "reason"),
    [
        ({"coding": [{"code": "benefit-payment-status"}]}, {"coding": [{"code": "Partially-Paid"}]}),
        ({"coding": [{"code": "7", "display": "Benefit Payment Status"}]}, {"text": "Partially paid"}),
        ({"text": "Benefit payment status"}, {"coding": [{"code": "PP", "display": "Partially Paid"}]}),
    ],
)
def test_a_status_is_read_however_its_plan_spells_it(
    category: dict[str, Any], reason: dict[str, Any]
) -> None:
    """5.3: what a plan decided was not told at all, where its codes have hyphens, or words stand alone."""
    network = {"category": {"text": "Billing Network Status"}, "reason": {"text": "Out of network"}}
    stated = [{"category": category, "reason": reason}, network]
    record = stating("submitted 300, benefit 100", adjudication=stated)
    assert (record.decision, record.network) == ("partly_paid", "out")
    other = {"category": {"text": "Other"}, "amount": {"value": 3, "currency": "USD"}}
    assert reading(claim(*money("submitted 300"), other)).network is None


def test_a_decision_goes_before_the_disposition() -> None:
    paid = [status("benefitpaymentstatus", "paid")]
    record = reading(claim(priced("benefit", "10.00"), adjudication=paid, disposition="Denied"))
    assert record.decision == "paid"


def test_a_refusal_with_the_plans_own_words_is_not_said_to_be_without_reason() -> None:
    """It said "Your plan gave no reason here." above "Denied - not medically necessary"."""
    record = reading(claim(priced("benefit", "0"), disposition="Denied - not medically necessary"))
    steps = steps_of(record)
    assert "gave no reason" not in " ".join(steps.steps)
    assert steps.steps[0].startswith("Read what your plan wrote")


def test_a_line_that_was_paid_goes_before_a_disposition_and_both_are_told() -> None:
    paid = line(1, priced("benefit", "80.00"), status("benefitpaymentstatus", "paid"))
    record = reading(claim(priced("submitted", "200.00"), disposition="Denied", item=[paid]))
    assert record.decision != "denied"
    assert record.notes == ("Denied",)

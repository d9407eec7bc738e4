"""A payment that is called denied or partial: the plan's decision, and what it says of what to do."""

from itertools import product
from typing import Any

import pytest

from apps.kinds.claim import standing, wording
from apps.kinds.claim.entry import entry_of
from apps.kinds.claim.excess import is_summed
from apps.kinds.claim.tallies import Tally
from apps.kinds.claim.wording import row, story
from apps.records.entries import NOTHING
from tests.claims.made import claim, concept, line, money, number, reading, stating, status, why
from tests.claims.systems import DISCRIMINATOR, MEDICARE, STATUS
from tests.claims.telling import steps_of
from tests.claims.test_equations import assert_adds_up

_DENIED = [status("benefitpaymentstatus", "denied")]
SHARED = "submitted 300, benefit 160, memberliability 140"
CREDIT = {"url": "https://bluebutton.cms.gov/x/CLM-QUERY-CD", "valueCoding": {"code": "C"}}


def _paid_as(code: str, amount: str) -> dict[str, Any]:
    return {"type": concept((STATUS, code)), "amount": {"value": number(amount), "currency": "USD"}}


@pytest.mark.parametrize(
    ("code", "amount", "amounts", "state"),
    [
        ("denied", "0", "submitted 200, benefit 0, noncovered 200, memberliability 200", "denied"),
        ("denied", "160", "submitted 200, benefit 160, memberliability 40", "paid"),
        ("partiallypaid", "0", "submitted 200, benefit 0, memberliability 90", "partly_refused"),
        ("partiallypaid", "110", "submitted 200, benefit 110, memberliability 90", "partly_paid"),
        ("paid", "0", "submitted 200, benefit 0, noncovered 200, memberliability 200", "not_covered"),
    ],
)
def test_a_payment_that_is_called_denied_or_partial_is_a_decision(
    code: str, amount: str, amounts: str, state: str
) -> None:
    """5.3: unless it pays all the same; that some payment was made says nothing of what was refused."""
    refused = [why("PR", "242")] if state in ("denied", "not_covered") else []
    record = stating(amounts, payment=_paid_as(code, amount), item=[line(1, *refused)])
    assert standing.state(record) == state


def test_a_payment_that_is_called_denied_and_pays_is_told_with_both() -> None:
    paid = _paid_as("denied", "160")
    told = story(stating(SHARED, payment=paid))
    assert ("Kind of payment", "Denied") in told.payment
    assert told.notices == (
        "Your plan marks this claim as denied, and states a payment of $160.00 all the same. "
        "Ask it which of them is right.",
    )


@pytest.mark.parametrize(
    ("figures", "reasons", "heading"),
    [
        (SHARED, [], "Marked as denied, and paid all the same"),
        (f"{SHARED}, noncovered 0", [], "Marked as denied, and paid all the same"),
        ("submitted 300, benefit 160, noncovered 140", [], "Your plan refused a part"),
        (SHARED, [why("PR", "96")], "Your plan refused a part"),
    ],
)
def test_of_a_claim_marked_as_denied_and_paid_no_part_is_said_to_be_refused_that_nothing_refuses(
    figures: str, reasons: list[dict[str, Any]], heading: str
) -> None:
    """ "Your plan refused a part" stood below "Ask it which of them is right"."""
    denied = status("benefitpaymentstatus", "denied")
    item = [line(1, *reasons)] if reasons else None
    told = story(stating(figures, adjudication=[denied], item=item))
    assert told.steps is not None
    assert told.steps.heading == heading
    assert ("refused a part of it." in told.steps.meaning) is (heading == "Your plan refused a part")


def test_the_kind_of_a_payment_of_nothing_is_kept_as_the_plans_own() -> None:
    amounts = money("submitted 200, benefit 0, deductible 200, memberliability 200")
    told = story(reading(claim(*amounts, payment=_paid_as("partiallypaid", "0"))))
    assert ("Kind of payment", "Paid in part") in told.more


@pytest.mark.parametrize(
    ("figures", "reason", "told"),
    [
        (
            "noncovered 200, memberliability 200",
            why("PR", "242"),
            "Your plan did not pay because the provider is not in its network.",
        ),
        ("memberliability 0", why("OA", "18"), "Your plan already had this"),
    ],
)
def test_what_a_denial_means_is_said_by_its_cause_as_that_of_what_is_not_covered(
    figures: str, reason: dict[str, Any], told: str
) -> None:
    denied = _paid_as("denied", "0")
    steps = steps_of(stating(f"submitted 200, benefit 0, {figures}", payment=denied, item=[line(1, reason)]))
    assert told in f"{steps.heading} {steps.meaning}"


@pytest.mark.parametrize(
    ("how", "amounts"),
    [
        ({"outcome": "partial"}, "submitted 200, benefit 0, memberliability 80"),
        ({"disposition": "Pended"}, "submitted 200, benefit 0, memberliability 0"),
        ({}, "submitted 200"),
    ],
)
def test_a_second_claim_that_is_not_decided_says_that_it_is_in_no_sum(
    how: dict[str, Any], amounts: str
) -> None:
    """A draft said so; a claim that was pending, or of which no payment was sent, did not."""
    made = claim(*money(amounts), item=[line(1, why("OA", "18"))], **how)
    told = "Your plan says that it had this claim already. It is in no sum here."
    assert told in story(reading(made)).notices
    assert told not in story(reading(made | {"status": "cancelled"})).notices


@pytest.mark.parametrize(
    ("outcome", "items", "told"),
    [
        ("queued", [_DENIED], "Your plan has not finished this claim, and has denied 1 line of it already."),
        ("queued", [_DENIED, []], "Your plan has not finished this claim, and has denied 1 line of it"),
        ("error", [_DENIED, _DENIED], "and marks 2 lines of it as denied all the same."),
        ("queued", [[*_DENIED, why("CO", "97")]], "Your plan has not decided this claim yet."),
        ("queued", [[]], "Your plan has not decided this claim yet."),
    ],
)
def test_a_line_that_is_denied_of_a_claim_that_is_not_finished_is_told(
    outcome: str, items: list[list[dict[str, Any]]], told: str
) -> None:
    """5.1: "wait for the decision" stood alone over a line that was refused already."""
    lines = [line(number, *money("submitted 200"), *item) for number, item in enumerate(items)]
    assert told in story(reading(claim(outcome=outcome, item=lines))).answer


_IF_DENIED = (
    "If it is denied, ask your plan in writing to look again (an appeal). Do it in time: your plan's letter, "
    "or the number on your card, tells the last day."
)


def test_a_claim_in_error_that_is_marked_as_denied_is_told_with_both() -> None:
    """5.1: "Nothing is decided yet" stood over a drug that the plan had rejected."""
    denied = status("benefitpaymentstatus", "denied")
    rejected = {
        "category": concept((DISCRIMINATOR, "rejectreason")),
        "reason": {"coding": [{"code": "75", "display": "Sent words"}]},
    }
    item = [line(1, *money("submitted 890"), rejected)]
    made = claim(*money("submitted 890"), kind="pharmacy", outcome="error", adjudication=[denied], item=item)
    told = story(reading(made))
    assert told.answer.startswith(
        "Your plan could not finish this claim, and marks it as denied all the same. "
        "Ask it which of them is right."
    )
    assert told.asks == (_IF_DENIED,)
    second = made | {"item": [line(1, *money("submitted 890"), why("OA", "18"))]}
    assert story(reading(second)).asks == (), "the one that the plan had first counts"
    [reason] = told.reasons
    assert reason == (
        "Line 1: Sent words (code 75). Ask who prescribed it whether it can ask your plan for approval in "
        "advance."
    )


def test_a_claim_not_decided_that_is_marked_as_denied_is_told_with_both() -> None:
    """It was told to wait for the decision, while the time for an appeal may run."""
    denied = status("benefitpaymentstatus", "denied")
    told = story(stating("submitted 400, benefit 0", outcome="queued", adjudication=[denied]))
    assert told.answer.startswith(
        "Your plan marks this claim as not decided, and as denied all the same. Ask it which of them is "
        "right. Riverside Clinic billed"
    )
    assert told.asks == (_IF_DENIED,)


@pytest.mark.parametrize(("group", "who"), [("CO", "Ask the provider when"), ("PR", "Ask who sent it")])
def test_of_a_late_claim_that_is_the_members_is_asked_who_sent_it(group: str, who: str) -> None:
    """5.3: a member who had sent the claim was told to ask the provider when it was sent."""
    figures = money("submitted 320, benefit 0, memberliability 320, noncovered 320")
    steps = steps_of(reading(claim(*figures, item=[line(1, *figures, why(group, "29"))])))
    assert who in steps.meaning


@pytest.mark.parametrize(
    ("how", "share"),
    [
        *product(
            (
                {"outcome": "queued"},
                {"outcome": "error"},
                {"status": "draft"},
                {"disposition": "Pended"},
                {"item": [line(1, why("OA", "133"))]},
                {"item": [line(1, why("PR", "257"))]},
            ),
            ("0", "80"),
        ),
        ({"outcome": "partial"}, "0"),
    ],
)
def test_a_share_of_what_is_not_decided_is_no_figure(how: dict[str, Any], share: str) -> None:
    """5.1: a list said "$0.00 does not count", the receipt "In none of these figures $410.00", and the page
    of a pended claim that the plan paid nothing and the share was $0.00, which sums took."""
    record = stating(f"submitted 410, benefit 0, memberliability {share}", **how)
    assert row(record).share == "not decided yet"
    assert not row(record).is_share_known
    told = story(record)
    assert not {"gap", "surplus"} & {line.testid for line in told.receipt}
    assert_adds_up(told.receipt)
    assert "our share is" not in told.answer
    assert "paid nothing" not in told.answer
    tally = Tally()
    tally.add(entry_of(record, person_key="", provider_key="", brief=NOTHING))
    assert (tally.shares, tally.paid) == ({}, {})
    assert not is_summed(record)
    assert "counts this part as yours" not in " ".join(told.reasons)


@pytest.mark.parametrize("paid", ["", ", benefit 0"])
def test_a_share_of_a_claim_done_in_part_is_a_figure_whatever_was_paid(paid: str) -> None:
    """5.1: alone it was a figure, and beside a payment of nothing "not decided yet"."""
    record = stating(f"submitted 410{paid}, memberliability 80", outcome="partial")
    assert (row(record).share, row(record).is_share_known) == ("$80.00", True)
    assert entry_of(record, person_key="", provider_key="", brief=NOTHING).your_share == 80


@pytest.mark.parametrize(("number", "may_change"), [("133", True), ("257", True), ("96", False)])
def test_a_claim_of_which_a_line_waits_for_a_decision_is_not_final(number: str, *, may_change: bool) -> None:
    """5.1: the page of a claim of which a line is pended (133) did not say that it may still change."""
    decided = line(1, *money("submitted 200, benefit 160, memberliability 40"))
    figures = money("submitted 300, benefit 160, memberliability 40")
    record = reading(claim(*figures, item=[decided, line(2, *money("submitted 100"), why("OA", number))]))
    assert record.may_change is may_change
    denied = claim(*figures, item=[line(1, why("OA", number))], adjudication=_DENIED)
    assert not reading(denied).may_change


def test_what_an_unfinished_claim_worked_out_is_a_figure() -> None:
    """5.1: a deductible was applied, so that something of it is decided."""
    figures = money("submitted 410, eligible 300, benefit 0, deductible 300, memberliability 300")
    record = reading(claim(*figures, outcome="partial"))
    assert "Your share is $300.00: the deductible." in story(record).answer
    assert row(record).share == "$300.00"


def not_paid(code: str, words: str) -> dict[str, Any]:
    """Return Medicare's reason of a claim for not paying."""
    url = f"{MEDICARE}clm_mdcr_non_pmt_rsn_cd"
    return {"url": url, "valueCoding": {"system": url, "code": code, "display": words}}


@pytest.mark.parametrize("code", ["A", "B", "N"])
def test_a_reason_for_paying_nothing_refuses_no_part_of_what_was_paid(code: str) -> None:
    """5.3: "Your plan refused a part", by Medicare's reason for paying nothing of a stay that it paid."""
    figures = money("submitted 480, benefit 400, noncovered 33, memberliability 20")
    story = wording.story(reading(claim(*figures, extension=[not_paid(code, "Covered elsewhere")])))
    assert story.badge is not None
    assert (story.badge.words, story.steps) == ("Paid by your plan", None)
    told = (
        "it pays nothing stands on this claim. The claim states a payment of $400.00 all the same. Ask your "
    )
    assert told in story.notices[0]
    item = [line(1, *money("submitted 480, benefit 700"))]
    apart = wording.story(
        reading(claim(*figures, item=item, extension=[not_paid(code, "Covered elsewhere")]))
    )
    assert apart.notices == (), "which of the payments is right is asked already"


REFUSED = {"url": "https://bluebutton.cms.gov/x/CLM-FI-ACTN-CD", "valueCoding": {"code": "8"}}
DENIED = {"url": "https://bluebutton.cms.gov/x/CLM-CARR-PMT-DNL-CD", "valueCoding": {"code": "0"}}


@pytest.mark.parametrize(
    ("extension", "paid", "told"),
    [
        (
            [DENIED, REFUSED],
            "160",
            "marks this claim as denied, and a code of Medicare says that benefits were refused.",
        ),
        ([DENIED], "160", "marks this claim as denied, and states a payment of $160.00 all the same."),
        (
            [REFUSED],
            "160",
            "By a code of Medicare, benefits were refused for this claim. "
            "The claim states a payment of $160.00 all the same.",
        ),
        ([REFUSED | {"valueCoding": {"code": "1"}}], "160", ""),
        ([DENIED, REFUSED], "0", ""),
    ],
)
@pytest.mark.parametrize("more", [{}, {"billablePeriod": {"extension": [CREDIT]}}])
def test_codes_of_a_refusal_beside_a_payment_are_told_as_a_contradiction(
    extension: list[Any], paid: str, told: str, more: dict[str, Any]
) -> None:
    """5.3: beside "Taken back" neither stood on the page, with a payment of $14,837.65. Nobody is asked."""
    notices = story(stating(f"submitted 300, benefit {paid}", extension=extension, **more)).notices
    assert told in " ".join(notices)
    who = "your plan" if extension == [REFUSED] else "it"  # which would be the claim, named just before
    assert (f"Ask {who} which of them is right." in " ".join(notices)) is bool(told and not more)

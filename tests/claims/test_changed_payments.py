"""A payment that the plan changed: of this claim, or of another."""

import time
from typing import Any

import pytest

from apps.kinds.claim import standing
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording import story
from tests.claims.made import claim, money, reading

PAID = money("submitted 300, benefit 160, memberliability 140")
HL7 = "http://terminology.hl7.org/CodeSystem/payment-adjustment-reason"
OTHERS = "It is for another claim, and takes back nothing that was paid for this one."


def all_withheld(reason: dict[str, Any] | None) -> ClaimRecord:
    """Return a claim paid with 160.00, of which nothing was sent."""
    payment: dict[str, Any] = {"amount": {"value": 0}, "adjustment": {"value": -160}}
    return reading(claim(*PAID, payment=payment | ({"adjustmentReason": reason} if reason else {})))


@pytest.mark.parametrize(
    "reason",
    [
        {"text": "Withheld for claim 99-8831"},
        {"text": "Recoupment: overpayment of claim #Z7731"},
        {"text": "Applied to another claim"},
        {"text": "Reversal of a payment on a different claim"},
        {"text": "Offset against other claims of this provider"},
        {"coding": [{"system": HL7, "code": "a001"}], "text": "Reversal of claim 99-8831"},
    ],
)
def test_what_is_withheld_for_another_claim_takes_no_payment_of_this_one_back(reason: dict[str, Any]) -> None:
    record = all_withheld(reason)
    assert (record.is_paid_back, standing.state(record)) == (False, "paid")
    assert "Your plan took $160.00 off its payment" in story(record).answer
    assert OTHERS in story(record).answer


def test_words_for_a_change_of_any_length_are_read_at_once() -> None:
    began = time.monotonic()
    for text in ("claim" + "-" * 40_000, "claim " * 20_000, "denied" + " " * 40_000 + "x"):
        made = claim(*PAID, disposition=text, payment={"adjustmentReason": {"text": text}})
        reading(made | {"adjudication": [{"category": {"text": "denialreason"}, "reason": {"text": text}}]})
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    "reason",
    [
        None,
        {"coding": [{"system": HL7, "code": "a002"}]},
        {"text": "Overpayment recovery"},
        {"coding": [{"system": "urn:x12:plb", "code": "WO"}]},
    ],
)
def test_a_change_that_does_not_say_for_what_takes_no_payment_back(reason: dict[str, Any] | None) -> None:
    """R4 says of it that it is no part of this claim's decision."""
    record = all_withheld(reason)
    assert (record.is_paid_back, standing.state(record)) == (False, "paid")
    assert "Your plan took $160.00 off its payment" in story(record).answer
    assert OTHERS not in story(record).answer


@pytest.mark.parametrize(
    "reason",
    [
        {"coding": [{"system": HL7, "code": "a001"}]},
        {"text": "Prior Payment Reversal"},
        {"text": "Payment of claim CLM-1 reversed"},
        {"text": "Payment of this claim taken back"},
    ],
)
def test_a_payment_that_was_reversed_is_taken_back(reason: dict[str, Any]) -> None:
    record = all_withheld(reason)
    assert (record.is_paid_back, standing.state(record)) == (True, "nothing_paid")
    assert OTHERS not in story(record).answer


def test_a_changed_payment_that_alone_tells_what_was_paid_is_what_was_sent() -> None:
    """FHIR R4: `payment.amount` is after the change."""
    sent = {"amount": {"value": 160}, "adjustment": {"value": -50}}
    told = story(reading(claim(*money("submitted 300, memberliability 140"), payment=sent))).answer
    assert "took $50.00 off its payment: it sent $160.00." in told
    assert "do not fit" not in told

"""A payment that the plan changed: of this claim, or of another."""

import time
from decimal import Decimal
from typing import Any

import pytest

from apps.accounts.models import Member
from apps.kinds.claim import excess, standing
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording import bill, story, to_pay
from apps.kinds.claim.wording.story import Story
from tests.claims.given import a_connection, an_eob, held, save, told
from tests.claims.made import body, claim, concept, line, money, reading

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
    assert "Your plan lowered its payment by $160.00" in story(record).answer
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
    assert "Your plan lowered its payment by $160.00" in story(record).answer
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
    assert "lowered its payment by $50.00: it sent $160.00." in told
    assert "do not fit" not in told


def test_which_way_a_change_without_a_minus_goes_is_told_by_the_amounts_alone() -> None:
    """1.6: HL7's R3502 sends 75 that came off 182, as R4 words it; CARIN's example puts a minus there."""
    changed = {"amount": {"value": 107}, "adjustment": {"value": 75}}
    benefit = money("submitted 235, benefit 182")
    told = story(reading(claim(*benefit, payment=changed))).answer
    assert "lowered its payment by $75.00: it sent $107.00." in told
    assert "do not fit" not in told
    alone = story(reading(claim(*money("submitted 235"), payment=changed))).answer
    assert "Your plan states a change of $75.00 in its payment: it sent $107.00." in alone
    added = changed | {"amount": {"value": 257}}
    assert "added $75.00 to its payment" in story(reading(claim(*benefit, payment=added))).answer


def sent(amount: float, number: str = "") -> dict[str, Any]:
    """Return a payment of so much, by a check of that number."""
    check = {"identifier": {"value": number}} if number else {}
    return {"amount": {"value": amount, "currency": "USD"}} | check


def paid_and_answers(member: Member) -> dict[str, tuple[Decimal | None, bool, str]]:
    """Return of each claim what sums take as paid, whether its figures disagree, and its first lines with
    what its payment is called."""
    told_of = {}
    for held_claim in held(member):
        entry = held_claim.entry
        record = told(member.records.get(pk=held_claim.id), entry)
        words = story(record, is_current=entry.is_current)
        said = " ".join([words.answer, *(label for label, _amount in words.payment)])
        told_of[record.claim_number or ""] = (entry.plan_paid, entry.disagrees, said)
    return told_of


NO_BENEFIT = money("submitted 300, eligible 200, memberliability 40")
BENEFIT = money("submitted 300, eligible 200, benefit 160, memberliability 40")
PRIOR = [{"relationship": {"coding": [{"code": "prior"}]}, "reference": {"value": "CLM-1"}}]
HIGH_BILL = money("submitted 1300, eligible 200, benefit 160, memberliability 40")
SEVERAL = "Your plan sent $1,250.00 for several claims in one payment."
MAY_BE = "It sent $1,250.00, which may be for other claims too."


@pytest.mark.parametrize(
    ("totals", "check", "related", "paid", "words"),
    [
        (BENEFIT, "T-1", [], 160, SEVERAL),
        (NO_BENEFIT, "T-1", [], None, SEVERAL),
        # The same number stands nowhere else: the bill has room for the benefit, and not for the payment.
        (BENEFIT, "T-2", [], 160, MAY_BE),
        (HIGH_BILL, "T-2", [], 160, ""),
        (HIGH_BILL, "T-1", PRIOR, 160, ""),  # on another version of the claim
        (money("submitted 300, benefit 700"), "T-2", [], 700, ""),  # as hospitals are paid by the case
        (BENEFIT, "", [], 160, ""),
    ],
)
def test_a_payment_of_several_claims_is_none_of_one_of_them(
    alice: Member, totals: list[Any], check: str, related: list[Any], paid: int | None, words: str
) -> None:
    """3.5: a check for many claims stands with its whole amount on each of them."""
    of_check = an_eob(1, total=totals, payment=sent(1250, check))
    other = an_eob(2, total=totals, payment=sent(1250, "T-1"), related=related)
    save(a_connection(alice), body(of_check), body(other))
    amount, is_apart, answer = paid_and_answers(alice)["CLM-1"]
    assert (amount, is_apart) == (paid, not words)
    assert words in answer
    assert "Ask it what it paid for this one." not in answer
    assert not words or ("Amount, for several" in answer) is (words == SEVERAL)


def test_claims_of_one_payment_that_each_has_room_for_are_paid_with_it(alice: Member) -> None:
    eobs = [an_eob(number, total=NO_BENEFIT, payment=sent(160, "T-1")) for number in (1, 2)]
    save(a_connection(alice), *map(body, eobs))
    assert [told_of[:2] for told_of in paid_and_answers(alice).values()] == [(Decimal(160), False)] * 2


@pytest.mark.parametrize(
    ("before", "added", "words"),
    [
        (140, 20, "It had paid $140.00 before this correction, and added $20.00."),
        (190, -30, "It had paid $190.00 before this correction, and took $30.00 back."),
        (120, 20, ""),
    ],
)
def test_a_payment_of_a_correction_may_be_only_what_it_changed(
    alice: Member, before: int, added: int, words: str
) -> None:
    """3.5: the benefit of a corrected claim is what the versions paid together."""
    connection = a_connection(alice)
    corrected = an_eob(2, total=BENEFIT, payment=sent(added, "T-3"), created="2026-05-01", related=PRIOR)
    save(connection, body(corrected))
    totals = money(f"submitted 300, benefit {before}")
    save(connection, body(an_eob(1, total=totals, payment=sent(before))))
    amount, is_apart, answer = paid_and_answers(alice)["CLM-2"]
    assert (amount, is_apart) == (Decimal(160), not words)
    assert words in answer if words else "figures disagree" in answer
    assert ("Amount, for what changed" in answer) is bool(words)


CHANGE = "It sent $60.00, which may be only what this correction changed. Ask it what it paid in all."
BULK = "It sent $1,250.00, which may be for other claims too. Ask it what it paid for this one."


@pytest.mark.parametrize(
    ("totals", "check", "amount", "related", "words"),
    [
        (NO_BENEFIT, "", 60, PRIOR, CHANGE),
        (NO_BENEFIT, "", 160, PRIOR, ""),  # the rest of the price
        (NO_BENEFIT, "", 60, [], ""),  # no correction
        (money("submitted 300, memberliability 40"), "", 60, PRIOR, ""),  # no price tells
        (NO_BENEFIT, "T-1", 1250, [], BULK),
        (money("submitted 300, memberliability 0"), "T-1", 1250, [], BULK),
        (NO_BENEFIT, "T-1", 160, [], ""),
    ],
)
def test_a_payment_that_may_be_no_figure_of_the_claim_is_told_as_that(
    alice: Member,
    totals: list[dict[str, Any]],
    check: str,
    amount: int,
    related: list[dict[str, Any]],
    words: str,
) -> None:
    """3.5: of a claim without a benefit a part of a payment, or one of a whole check, was summed as paid."""
    corrected = an_eob(2, total=totals, payment=sent(amount, check), related=related)
    save(a_connection(alice), body(corrected))
    paid, _is_apart, answer = paid_and_answers(alice)["CLM-2"]
    assert paid == (None if words else Decimal(amount))
    assert words in answer
    assert bool(words) is ("may be" in answer)


@pytest.mark.parametrize(
    ("before", "paid", "words"),
    [
        (100, None, "It had paid $100.00 before this correction, and added $60.00."),
        (0, Decimal(60), ""),  # nothing had been paid: this is all
        (70, None, CHANGE),
    ],
)
def test_what_the_version_before_paid_tells_of_a_correction_without_a_benefit(
    alice: Member, before: int, paid: Decimal | None, words: str
) -> None:
    """3.5: 200 is the price and 40 the share, so 160 is what is left to the plan."""
    connection = a_connection(alice)
    corrected = an_eob(2, total=NO_BENEFIT, payment=sent(60), created="2026-05-01", related=PRIOR)
    save(connection, body(corrected))
    save(connection, body(an_eob(1, total=NO_BENEFIT, payment=sent(before))))
    amount, _is_apart, answer = paid_and_answers(alice)["CLM-2"]
    assert amount == paid
    assert words in answer
    assert bool(words) is ("this correction" in answer)


@pytest.mark.parametrize("lines", [[], [1, 2]])
@pytest.mark.parametrize(("called", "agrees"), [("partial", True), ("complete", False)])
def test_a_payment_in_part_does_not_contradict_the_benefit(
    lines: list[int], called: str, agrees: bool
) -> None:
    """1.6, R4: `partial` is "partial payment of the benefit"; it said that the figures disagree."""
    items = [line(number, *money("submitted 150, benefit 50, memberliability 20")) for number in lines]
    kind = concept(("http://terminology.hl7.org/CodeSystem/ex-paymenttype", called))
    payment = {"amount": {"value": 60, "currency": "USD"}, "type": kind}
    figures = money("submitted 300, benefit 100, memberliability 40")
    record = reading(claim(*figures, item=items, payment=payment))
    assert bool(record.disagreements) is not agrees
    assert ("By its payment it sent $60.00, which it calls a part." in story(record).answer) is agrees
    assert record.money.plan_paid.amount == 100


PARTIAL = {"type": concept(("http://terminology.hl7.org/CodeSystem/ex-paymenttype", "partial"))}
IN_PART = money("submitted 300, eligible 140, benefit 100, memberliability 40")
TO_MEMBER = {"payee": {"type": {"coding": [{"code": "subscriber"}]}}}


def test_of_a_payment_in_part_no_more_is_passed_on_than_was_sent() -> None:
    """It said that $100.00 were sent, and that the provider may ask for $140.00."""
    told_of = story(reading(claim(*IN_PART, payment=sent(60) | PARTIAL, **TO_MEMBER)))
    assert "Your plan sent $60.00 to you" in told_of.answer
    assert "$140.00" not in told_of.answer
    assert "sent $100.00" not in told_of.answer


@pytest.mark.parametrize(
    ("paid", "change", "told", "asked"),
    [
        (60, -40, "Your plan sent $60.00 to you. Pass it on", "$100.00: your share, and the $60.00"),
        (107, 7, "Your plan sent $100.00 to you. Pass it on", "$140.00: your share, and the $100.00"),
        (90, -40, "These amounts do not fit", "$40.00"),
        (90, 40, "These amounts do not fit", "$40.00"),
        (60, 40, "lowered its payment by $40.00: it sent $60.00.", "$100.00: your share, and the $60.00"),
    ],
)
def test_of_a_changed_payment_to_the_member_what_was_sent_is_passed_on(
    paid: int, change: int, told: str, asked: str
) -> None:
    """1.6: the provider had got nothing, and "$40.00" stood beside a bill that asks for the plan's part."""
    payment = sent(paid) | {"adjustment": {"value": change, "currency": "USD"}}
    told_of = story(reading(claim(*IN_PART, payment=payment, **TO_MEMBER)))
    assert told in told_of.answer
    to_you = money("submitted 300, eligible 140, paidtopatient 100, memberliability 40")  # and no benefit
    assert bool(reading(claim(*to_you, payment=payment)).disagreements) is ("fit" in told)
    assert ("sent $107.00. Of that, $100.00 is for this care." in told_of.answer) is (paid == 107)
    assert share_asked(told_of).startswith(asked)


def share_asked(told_of: Story) -> str:
    return next(words for box, _question, words in told_of.checklist if box == "share")


KEPT = {"amount": {"value": 60, "currency": "USD"}, "adjustment": {"value": -40, "currency": "USD"}}


def test_what_the_plan_kept_of_a_payment_to_the_member_is_not_still_to_come() -> None:
    """1.6: "ask your plan whether it came", of an overpayment that the plan had offset."""
    record = reading(claim(*IN_PART, payment=KEPT, **TO_MEMBER))
    told_of, compared = story(record), bill.check(record, Decimal(140))
    assert "The provider may ask for $100.00, and for the $40.00 that your plan kept." in told_of.answer
    assert "The $40.00 that your plan kept may come on top." in share_asked(told_of)
    assert compared.causes == (
        "The difference equals what your plan kept of its payment, $40.00: ask your plan why.",
    )


@pytest.mark.parametrize(
    ("stated", "kept"), [(100, "Your plan kept $40.00 of it."), (60, None), (80, None), (140, None)]
)
def test_what_the_plan_kept_is_told_at_what_it_states_as_paid_to_the_member(
    stated: int, kept: str | None
) -> None:
    """1.6: "Paid to you $100.00", of which $60.00 came; not where it states what came itself."""
    totals = [*IN_PART, *money(f"paidtopatient {stated}")]
    receipt = story(reading(claim(*totals, payment=KEPT, **TO_MEMBER))).receipt
    row = next(row for row in receipt if row.testid == "paid-to-you")
    assert row.text == f"${stated}.00"
    assert ("kept" in row.help, kept in (None, row.help)) == (bool(kept), True)


@pytest.mark.parametrize(("paid", "back"), [(130, None), (140, None), (150, Decimal(10))])
def test_what_the_member_paid_above_share_and_payment_is_asked_back(paid: int, back: Decimal | None) -> None:
    """1.6: of a payment that the plan lowered nothing was, as if a rest of it might still come."""
    totals = [*IN_PART, *money(f"paidbypatient {paid}")]
    asked = to_pay.back(reading(claim(*totals, payment=KEPT, **TO_MEMBER)))
    assert (asked.amount if asked else None) == back


def test_a_payment_in_part_that_the_change_explains_is_no_part() -> None:
    """R4: the payment is the benefit with its adjustment; no rest is to follow."""
    payment = sent(60) | PARTIAL | {"adjustment": {"value": -40, "currency": "USD"}}
    answer = story(reading(claim(*IN_PART, payment=payment))).answer
    assert "calls a part" not in answer
    assert "lowered its payment by $40.00: it sent $60.00." in answer


def test_a_payment_in_part_of_a_correction_is_what_it_added(alice: Member) -> None:
    """The rest was paid before, and it was said to be still to come."""
    connection, before = a_connection(alice), money("submitted 300, benefit 140")
    paid = sent(20) | PARTIAL
    corrected = an_eob(2, total=BENEFIT, payment=paid, created="2026-05-01", related=PRIOR)
    save(connection, body(corrected), body(an_eob(1, total=before, payment=sent(140))))
    answer = paid_and_answers(alice)["CLM-2"][2]
    assert "It had paid $140.00 before this correction, and added $20.00." in answer
    assert "calls a part" not in answer


@pytest.mark.parametrize(("amount", "paid"), [(60, None), (160, Decimal(160))])
def test_a_payment_in_part_is_not_all_that_was_paid_where_no_benefit_is_stated(
    amount: int, paid: Decimal | None
) -> None:
    """1.6, R4; one that is all that the price leaves to the plan is no part of anything."""
    record = reading(claim(*NO_BENEFIT, payment=sent(amount) | PARTIAL))
    assert record.money.plan_paid.amount == paid
    words = story(record)
    assert ("By its payment it sent $60.00, which it calls a part." in words.answer) is (paid is None)
    assert ("Amount, a part" in [label for label, _amount in words.payment]) is (paid is None)


@pytest.mark.parametrize(
    ("figures", "told"),
    [
        ("submitted 300, benefit -160, memberliability 140", "Your plan states a payment of −$160.00."),
        ("submitted 100, eligible 60, discount -40, benefit -40, memberliability 20", "payment of −$40.00."),
        ("submitted 100, discount -40, benefit 40, memberliability 20", "Your plan paid $40.00."),
        ("submitted 100, priorpayerpaid -80, benefit 10, memberliability 10", "Others paid −$80.00."),
    ],
)
def test_a_minus_by_which_an_amount_comes_off_the_bill_takes_nothing_back(figures: str, told: str) -> None:
    """1.7: "Your plan took $160.00 back.", of a payment by whose size the figures add up."""
    record = reading(claim(*money(figures)))
    shown = story(record)
    assert told in shown.answer
    assert "back" not in shown.answer
    assert [said for said in shown.sums if "and not as they stand above" in said] == [*shown.sums]
    assert not excess.is_summed(record)


@pytest.mark.parametrize(
    "made",
    [
        claim(*money("submitted 310, benefit -160, memberliability 140")),
        claim(*money("submitted 300, discount 20, memberliability 140"), payment={"amount": {"value": -160}}),
    ],
)
def test_a_payment_below_nothing_is_told_as_taken_back(made: dict[str, Any]) -> None:
    """1.7: the sign is the plan's own; what others paid is no question then."""
    shown = story(reading(made))
    assert "Your plan took $160.00 back." in shown.answer
    assert "paid" not in shown.answer
    assert shown.sums == ("Your plan took a payment back here, so its figures need not come to the bill.",)
    assert shown.badge is None

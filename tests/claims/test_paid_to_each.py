"""Payments that lines split between provider and member, and what is passed on of them (facts 1.6, 3.5)."""

import pytest

from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording import bill, story
from tests.claims.made import amounts, claim, concept, line, money, reading
from tests.claims.test_above_the_price import asked

WHOLE = "submitted 100, eligible 80, memberliability 20"
TO_BOTH = ("submitted 50, paidtoprovider 40", "submitted 50, paidtopatient 20")


def of(totals: str, *lines: str, payee: str = "") -> ClaimRecord:
    whom = {"type": concept(("http://terminology.hl7.org/CodeSystem/payeetype", payee))} if payee else None
    items = [line(number, *money(text)) for number, text in enumerate(lines, 1)]
    return reading(claim(*money(totals), item=items, payee=whom))


@pytest.mark.parametrize(
    ("totals", "lines", "paid", "sent"),
    [
        (WHOLE, TO_BOTH, "60", "20"),
        (f"{WHOLE}, benefit 60", TO_BOTH, "60", "20"),
        (f"{WHOLE}, paidtopatient 20", TO_BOTH, "60", "20"),
        (WHOLE, ("submitted 50, benefit 40", "submitted 50, paidtopatient 20"), "60", "20"),
        (WHOLE, ("submitted 50, benefit 0", "submitted 50, paidtopatient 60"), "60", "60"),
        (f"{WHOLE}, benefit 60", ("submitted 50, benefit 40", "benefit 20, paidtopatient 10"), "60", "10"),
        (WHOLE, ("submitted 50, paidtoprovider 40", "paidtopatient 60", "paidtoprovider -40"), "60", "60"),
    ],
)
def test_what_lines_sent_to_the_member_is_passed_on_though_not_each_names_both(
    totals: str, lines: tuple[str, ...], paid: str, sent: str
) -> None:
    """3.5: what was sent to the member by one line was lost, and the bill check wrong."""
    record = of(totals, *lines)
    assert record.disagreements == ()
    assert (amounts(record)["plan_paid"], amounts(record)["paid_to_you"]) == (paid, sent)
    assert f"Your plan sent ${sent}.00 to you. Pass it on" in story(record).answer
    due = 20 + int(sent)
    assert asked(record) == f"${due}.00: your share, and the ${sent}.00 that your plan sent to you."
    assert bill.compared(record, str(due), ()).outcome == "same"


def test_what_one_line_alone_says_it_sent_is_passed_on_and_told_as_of_one_line() -> None:
    record = of(WHOLE, "submitted 50", "submitted 50, paidtopatient 20")
    assert asked(record) == "$40.00: your share, and the $20.00 that your plan sent to you."
    assert "plan_paid" not in amounts(record)  # absent is not zero
    (row,) = [row for row in story(record).receipt if row.testid == "paid-to-you"]
    assert row.text == "$20.00, from 1 line"


def test_lines_that_come_to_more_by_payee_than_the_benefit_contradict_it() -> None:
    told = {
        totals: [other.amount for against in of(totals, *lines).disagreements for other in against.others]
        for totals, *lines in (
            (f"{WHOLE}, benefit 60", "paidtoprovider 40", "paidtopatient 30"),
            (f"{WHOLE}, benefit 60, paidtoprovider 60", "benefit 40", "benefit 20, paidtopatient 20"),
            (f"{WHOLE}, paidtoprovider 60", *TO_BOTH),
        )
    }
    assert list(told.values()) == [[70], [80], [40]]


def test_money_that_the_head_says_went_to_the_provider_is_not_passed_on_as_a_fact() -> None:
    answer = story(of(f"{WHOLE}, paidtoprovider 60", *TO_BOTH)).answer
    assert "By one figure your plan sent you $20.00. If you got it, it may be for the provider." in answer


@pytest.mark.parametrize(
    ("payee", "to", "sent"), [("", None, 20), ("provider", "both", 20), ("subscriber", "you", 60)]
)
def test_what_lines_leave_open_goes_to_the_payee_that_the_plan_names(
    payee: str, to: str | None, sent: int
) -> None:
    """The whole payment was called paid to "You", as one line had sent a part there."""
    record = of(f"{WHOLE}, benefit 60", "benefit 40", "benefit 20, paidtopatient 20", payee=payee)
    assert (record.payment.to if record.payment else None) == to
    assert f"Your plan sent ${sent}.00 to you." in story(record).answer


def test_who_is_listed_with_a_minus_was_not_paid() -> None:
    """1.6: a payment below nothing made the member one who was paid."""
    assert of(f"{WHOLE}, benefit 60, paidtoprovider 120, paidtopatient -60").payment.to == "provider"  # type: ignore[union-attr]
    taken_back = of(
        WHOLE, "submitted 50, paidtopatient 60, paidtoprovider 40", "paidtopatient 0, paidtoprovider -40"
    )
    assert dict(story(taken_back).payment)["Paid to"] == "You"

"""Whom a plan paid: payees, payments that lines split, reasons that say so, what is listed as hers."""

from decimal import Decimal
from typing import Any

import pytest

from apps.kinds.claim import unpaid, wording
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording import bill, story
from apps.kinds.claim.wording.story import Story
from tests.claims.made import amounts, claim, cms, concept, line, money, of_one_line, reading, stating, why
from tests.claims.systems import NPI
from tests.claims.telling import asked

TO_PROVIDER = concept(("http://terminology.hl7.org/CodeSystem/payeetype", "provider"))


def paid_to(name: str, paid: str = "60") -> Story:
    """Return what is said of a claim of Riverside Clinic whose payment went to *name*."""
    payee = {"type": TO_PROVIDER, "party": {"display": name}}
    return wording.story(stating(f"submitted 100, benefit {paid}, memberliability 40", payee=payee))


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


WHOLE = "submitted 100, eligible 80, memberliability 20"
TO_BOTH = ("submitted 50, paidtoprovider 40", "submitted 50, paidtopatient 20")


def of(totals: str, *lines: str, payee: str = "") -> ClaimRecord:
    whom = {"type": concept(("http://terminology.hl7.org/CodeSystem/payeetype", payee))} if payee else None
    items = [line(number, *money(text)) for number, text in enumerate(lines, 1)]
    return stating(totals, item=items, payee=whom)


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


LISTED = [cms("clm_bene_pmt_amt", "35")]


@pytest.mark.parametrize(
    "sent",
    [
        claim(*money("submitted 200, benefit 80, coinsurance 34.99"), *LISTED),  # rounded
        claim(  # the share of one line alone
            item=[line(1, *money("submitted 100, benefit 80, coinsurance 20"), *LISTED), line(2, *LISTED)]
        ),
        claim(  # what is not covered and the member's too, on top of it
            *money(
                "submitted 200, eligible 100, benefit 80, memberliability 20, noncovered 15, coinsurance 20"
            ),
            *LISTED,
            item=[line(1, why("PR 96"))],
        ),
        claim(  # and what is above the price
            *money("submitted 115, eligible 100, benefit 80, coinsurance 20, discount 15"),
            *LISTED,
            item=[line(1, why("PR 45"))],
        ),
    ],
)
def test_a_listed_payment_that_the_share_may_hold_with_more_is_not_asked_about(sent: dict[str, Any]) -> None:
    """2.5: a part was compared with the whole, and a cent told as another amount."""
    record = reading(sent)
    assert record.money.you_paid.amount == 35 or record.money.your_share.origin.partial
    assert "ask it which is right" not in wording.story(record).answer


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


PAID = "submitted 200, eligible 120, discount 80, benefit 100, memberliability 20, coinsurance 20"

LOOK = (
    "A reason of your plan says that it sent the payment to you: look for it, and pay the provider from it."
)

SENT_NOTHING = (
    "A reason of your plan says that its payment went to you or the person responsible, but by its figures "
    "it paid nothing: ask it what it sent."
)


@pytest.mark.parametrize("code", ["OA 100", "PR 100", "100"])
@pytest.mark.parametrize("payee", [None, {"type": {"coding": [{"code": "provider"}]}}])
def test_money_that_a_reason_says_was_sent_to_you_is_passed_on(
    code: str, payee: dict[str, Any] | None
) -> None:
    record = of_one_line(PAID, why(code), **({"payee": payee} if payee else {}))
    of_head = stating(PAID, item=[line(1, why(code))], payee=payee)
    assert record.payment is not None
    assert asked(of_head) == asked(record)
    assert record.payment.to == "you"
    assert "Your plan sent $100.00 to you. Pass it on" in story(record).answer
    assert asked(record) == "$120.00: your share, and the $100.00 that your plan sent to you."
    [told] = story(record).reasons
    assert told.startswith("Line 1: Payment was sent to you or the person responsible. (Code")
    assert unpaid.apart(record) == ""


def test_amounts_say_better_to_whom_it_went_than_a_reason() -> None:
    record = of_one_line(f"{PAID}, paidtoprovider 100", why("PR 100"))
    assert record.payment is not None
    assert record.payment.to == "provider"


def test_a_reason_of_some_lines_sends_not_the_whole_payment_to_you() -> None:
    halves = "submitted 100, benefit 50, memberliability 10"
    items = [line(1, *money(halves), why("PR 100")), line(2, *money(halves))]
    record = stating(PAID, item=items)
    assert record.payment is None
    assert "Your plan sent" not in story(record).answer
    assert LOOK in story(record).answer


@pytest.mark.parametrize(("figures", "told"), [("", LOOK), (", benefit 0", SENT_NOTHING)])
def test_a_payment_of_no_known_amount_that_was_sent_to_you_is_looked_for(figures: str, told: str) -> None:
    """1.6: beside "Your plan paid nothing" stood "look for it", and a bill of the share was "the same"."""
    record = of_one_line(f"submitted 200, memberliability 200{figures}", why("PR 100"))
    assert [text for text in (LOOK, SENT_NOTHING) if text in story(record).answer] == [told]
    for checked in (asked(record), " ".join(bill.check(record, Decimal(200)).causes)):
        assert (SENT_NOTHING in checked) is (told == SENT_NOTHING)


def test_a_correction_sends_nothing() -> None:
    record = of_one_line(PAID, why("CR 100"))
    assert record.payment is None
    assert LOOK not in story(record).answer

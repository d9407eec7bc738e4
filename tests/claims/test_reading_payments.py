"""How the plan paid: to whom, when, by which check or transfer (facts claims 1.6 and 5.3)."""

from typing import Any

import pytest

from apps.kinds.claim import unpaid, wording
from apps.kinds.claim.records import ClaimRecord, Payment
from apps.kinds.claim.wording.to_pay import sent_to_you
from tests.claims.made import amount, amounts, balance, claim, cms, concept, line, money, priced, reading
from tests.claims.systems import C4BB, MEDICARE, STATUS, THO
from tests.claims.test_oddities_structure import ABSENT


@pytest.mark.parametrize(
    ("payment", "expected"),
    [
        ({"amount": {"value": 5}}, None),
        ({"date": "2026-04-01"}, Payment(on="2026-04-01")),
        (
            {"date": "2026-04-01", "type": concept(("x", "complete"))},
            Payment("2026-04-01", kind="complete payment"),
        ),
        ({"type": concept((STATUS, "paid"))}, Payment(kind="paid")),
        (
            {"type": {"text": "Check"}, "identifier": {"value": "CHK 1007"}},
            Payment(number="CHK 1007", kind="Check"),
        ),
        ({"date": "soon"}, None),
        ({}, None),
        ([], None),
    ],
)
def test_a_payment_comes_in_many_forms(payment: Any, expected: Payment | None) -> None:
    """1.6."""
    assert reading(claim(payment=payment)).payment == expected


def test_m_09_the_payment_keeps_its_own_amount() -> None:
    paid = {"amount": {"value": 5}, "date": "2026-04-01"}
    assert amount(reading(claim(payment=paid)).payment.amount) == "5"  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("changes", "to"),
    [
        ({"payee": {"type": concept(("x", "provider"))}}, "provider"),
        ({"payee": {"type": concept(("x", "subscriber"))}}, "you"),
        ({"payee": {"type": concept(("", "M"))}}, "you"),
        ({"payee": {"party": {"reference": "Patient/1"}}}, "you"),
        # A published claim says M, for the member, of a practitioner: of neither that they were paid.
        ({"payee": {"type": concept(("", "M")), "party": {"reference": "Practitioner/2"}}}, None),
        ({"payee": {"type": concept(("x", "subscriber")), "party": {"reference": "Organization/3"}}}, None),
        ({"payee": {"party": {"reference": "https://p.example/fhir/Organization/2"}}}, "provider"),
        ({"payee": ABSENT}, None),
        ({"extension": [{"url": "https://x/carr_clm_pmt_dnl_cd", "valueCoding": {"code": "2"}}]}, "you"),
        (  # one that says nothing hides no other
            {
                "extension": [
                    {"url": "https://x/carr_clm_pmt_dnl_cd", "valueCoding": {"display": "Paid"}},
                    {"url": "https://x/carr_clm_pmt_dnl_cd", "valueCoding": {"code": "2"}},
                ]
            },
            "you",
        ),
        ({"total": [*money("paidtoprovider 5.00, paidtopatient 1.00", system=THO)]}, "both"),
        # Where the money went says more than who asked for it.
        ({"total": [priced("paidtopatient", "1.00")], "payee": {"type": concept(("x", "provider"))}}, "you"),
    ],
)
def test_to_whom_the_plan_paid_is_said_by_amounts_payee_or_carrier(
    changes: dict[str, Any], to: str | None
) -> None:
    """1.6 and 5.3."""
    found = reading(claim(**changes)).payment
    assert (found.to if found else None) == to


def paid_by_carrier(code: str, head: str, of_line: str) -> ClaimRecord:
    """Return a claim that was paid to someone by a code of the carrier's, and by amounts to provider and
    member."""
    names = ("line_prvdr_pmt_amt", "line_bene_pmt_amt")
    paid = [cms(name, amount) for name, amount in zip(names, of_line.split(), strict=True)]
    provider, member = head.split()
    made = claim(
        benefitBalance=balance(nch_clm_prvdr_pmt_amt=provider, nch_clm_bene_pmt_amt=member),
        payment={"amount": {"value": 60, "currency": "USD"}},
        item=[line(1, *paid)],
        extension=[{"url": f"{MEDICARE}carr_clm_pmt_dnl_cd", "valueCoding": {"code": code}}] if code else [],
    )
    return reading(made)


@pytest.mark.parametrize(
    ("code", "head", "of_line", "told"),
    [
        ("1", "60 0", "60 0", "The provider"),
        ("3", "40 20", "40 20", "The provider and you"),
        ("1", "60 888", "60 0", "The figures disagree. By a code of Medicare's: the provider."),
        ("", "60 888", "60 0", "The figures disagree."),
        ("1", "66 66", "120 11", "The provider and you. By a code of Medicare's: the provider."),
        (
            "7",
            "66 66",
            "120 11",
            "The provider and you. By a code of Medicare's: another one, such as an employer or a union.",
        ),
        ("2", "60 0", "60 0", "The provider. By a code of Medicare's: you."),
        ("6", "60 0", "60 0", "The provider"),
    ],
)
def test_who_was_paid_is_no_fact_where_amounts_or_the_carriers_code_say_otherwise(
    code: str, head: str, of_line: str, told: str
) -> None:
    """Facts 1.6: "Paid to: The provider and you" stood there of $888 that the line and a code denied."""
    payment = dict(wording.story(paid_by_carrier(code, head, of_line)).payment)
    assert payment["Paid to"] == told + (" Ask your plan who was paid." if told.endswith(".") else "")


@pytest.mark.parametrize(("code", "is_sure"), [("2", True), ("", True), ("1", False), ("3", False)])
def test_money_is_not_to_be_passed_on_where_the_carriers_code_names_another_as_paid(
    code: str, *, is_sure: bool
) -> None:
    """The lead said "Pass it on", and far below "By a code of Medicare's: the provider"."""
    record = paid_by_carrier(code, "0 60", "0 60")
    told = wording.story(record).answer
    assert ("Your plan sent $60.00 to you." in told) is is_sure
    by_code = "Your plan's figures say that it sent you $60.00, and its other data says otherwise."
    assert (by_code in told) is not is_sure
    assert (sent_to_you(record).amount == 60) is is_sure


@pytest.mark.parametrize(
    ("payee", "amounts", "told"),
    [
        ("provider", "paidtopatient 60", "You. By the payee that your plan names: the provider."),
        ("subscriber", "paidtoprovider 60", "The provider. By the payee that your plan names: the member."),
        ("provider", "paidtopatient 20, paidtoprovider 40", "The provider and you"),
        ("subscriber", "paidtopatient 60", "You"),
    ],
)
def test_a_payee_that_amounts_deny_is_named_beside_them(payee: str, amounts: str, told: str) -> None:
    """1.6: "Your plan sent $60.00 to you. Pass it on", of a payment whose payee is the provider."""
    named = {"type": concept(("x", payee)), "party": {"display": "Ann Doe"}}
    paid = claim(*money(f"submitted 200, benefit 60, memberliability 140, {amounts}"), payee=named)
    story = wording.story(reading(paid))
    asked = " Ask your plan who was paid." if told.endswith(".") else ""
    assert dict(story.payment)["Paid to"] == told + asked
    bill = dict(pair[1:] for pair in story.checklist)["Does it ask for your share, and no more?"]
    assert ("data differs on who was paid" in bill) is bool(asked)
    assert not (asked and "Pass it on" in story.answer)


def test_what_a_health_account_paid_is_not_said_to_be_the_members_own_payment() -> None:
    totals = (
        priced("submitted", "300.00"),
        priced("benefit", "100.00"),
        priced("paidbypatienthealthaccount", "120.00", system=C4BB),
        priced("memberliability", "200.00", system=C4BB),
    )
    answer = wording.story(reading(claim(*totals))).answer
    assert "$120.00 of it was paid from your health account." in answer
    assert "Paid from your health account" in [
        row.label for row in wording.story(reading(claim(*totals))).receipt
    ]
    assert "$80.00 is left." in answer


def test_what_was_paid_in_parts_is_their_sum() -> None:
    """It took the first part for the whole."""
    parts = [
        priced("paidbypatientcash", "30.00", system=C4BB),
        priced("paidbypatienthealthaccount", "120.00", system=C4BB),
    ]
    share = priced("memberliability", "200.00", system=C4BB)
    assert amounts(reading(claim(share, *parts)))["you_paid"] == "150.00"
    whole = priced("paidbypatient", "150.00", system=C4BB)
    assert amounts(reading(claim(share, whole, *parts)))["you_paid"] == "150.00"


@pytest.mark.parametrize(("whole", "part", "first"), [("0", "70.00", "70.00"), ("50.00", "70.00", "50.00")])
def test_a_payment_that_is_less_than_its_parts_contradicts_them(whole: str, part: str, first: str) -> None:
    """3.9: it said "$120.00 of your share: nobody noted here that it was paid"."""
    totals = (
        *money("submitted 240.00, eligible 120.00, discount 120.00, benefit 0, memberliability 120.00"),
        priced("paidbypatient", whole, system=C4BB),
        priced("paidbypatienthealthaccount", part, system=C4BB),
    )
    record = reading(claim(*totals))
    assert amounts(record)["you_paid"] == first
    assert unpaid.apart(record) == "disagrees"
    story = wording.story(record)
    assert f"${part}" in story.answer
    assert "left" not in story.answer
    assert "knows of no payment" not in " ".join(said for _box, _asked, said in story.checklist)

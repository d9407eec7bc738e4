"""Every sentence with which a bill in hand is answered, each with a claim and a bill that bring it about."""

import ast
import inspect
import re
from collections.abc import Callable
from decimal import Decimal
from types import ModuleType
from typing import Any, Final, NamedTuple

import pytest
from msgspec import structs

from apps.kinds.claim.records import (
    ClaimRecord,
    Coded,
    Disagreement,
    Fact,
    Figure,
    Line,
    Money,
    Payment,
    Reason,
)
from apps.kinds.claim.wording import amounts, bill, titles
from tests.claims.test_bill import visit


def texts_of(module: ModuleType) -> set[str]:
    """Return what a module marks as words for members."""
    source = inspect.getsource(module)
    calls = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call))
    return {
        first.value
        for call in calls
        if isinstance(call.func, ast.Name) and call.func.id in ("_", "said")
        for first in call.args
        if isinstance(first, ast.Constant) and isinstance(first.value, str)
    }


class Case(NamedTuple):
    """What is said, how the bill compares, of which claim, and what was typed."""

    told: str
    outcome: bill.Outcome
    record: Callable[[], ClaimRecord]
    typed: str
    flags: tuple[str, ...] = ()
    lines: str = ""
    noted: str = "0"


def given(**changes: Any) -> Callable[[], ClaimRecord]:
    """Return what makes the office visit, with amounts and other elements changed."""
    figures = {name: text for name, text in changes.items() if name in Money.__struct_fields__}
    others = {name: value for name, value in changes.items() if name not in figures}
    return lambda: structs.replace(visit(**figures), **others)


def figure(text: str) -> Figure:
    return Figure(Decimal(text))


def paid_in_euros() -> ClaimRecord:
    """Return the visit with what the member paid in another currency than the share."""
    record = visit()
    money = structs.replace(record.money, you_paid=Figure(Decimal(20), "EUR"))
    return structs.replace(record, money=money)


OPEN: Final = "This cannot be compared: your plan's share is not final, or not known in full."
DIFFER: Final = (Disagreement("your_share", "places", figure("53.52"), (figure("9"),)),)
SENT: Final = Payment(to="you")
TO_BOTH: Final = Payment(to="both")
A_PART: Final = Payment(to="you", may_be="part", amount=figure("100"))
LOWERED: Final = Payment(to="you", amount=figure("100"), change=figure("-114.08"))
BY_CONTRACT: Final = (Reason("96", "adjustment", "CO"),)
VACCINE: Final = (
    Line(number=1, what=Coded(words="Flu vaccine"), money=Money(your_share=figure("0"))),
    Line(number=2, what=Coded(words="Office visit"), money=Money(your_share=figure("53.52"))),
)
TOO_MUCH: Final = (
    "This cannot be compared: what was paid and your share come to more than the price in this claim. "
    "Ask your plan."
)
CASES: Final = [
    # What was typed is no amount.
    Case("Type the amount that the bill asks for.", "unread", given(), " "),
    Case(
        "This claim is in USD. An amount in another currency cannot be compared with it.",
        *("unread", given(), "€20"),
    ),
    Case(
        "A minus on a bill is money for you. Type an amount that the bill asks for.",
        *("unread", given(), "(5.00)"),
    ),
    Case(
        "“1.234” cannot be read for sure. Write dollars, a point, then cents: 1234.56.",
        *("unread", given(), "1.234"),
    ),
    Case("Type at most 50 lines, each with its amount last.", "unread", given(), "", (), "A $1\n" * 51),
    Case(
        "“Visit 99213” cannot be read for sure. End each line with dollars and cents: Office visit $40.00.",
        *("unread", given(), "", (), "Visit 99213"),
    ),
    Case(
        "The difference equals what your plan had already in another claim, $9.00: ask whether it is billed "
        "twice.",
        *("higher", given(not_covered="9", reasons=(Reason("18", "adjustment", "OA"),)), "62.52"),
    ),
    Case(
        "Ask the provider: “My plan's share for this claim is $53.52, your bill asks for $60.00. What is the "
        "rest for?”",
        *("higher", given(provider=None, facility=None, service_start=None, claim_number=None), "60"),
    ),
    # It cannot be compared.
    Case(
        "The lines come to what was billed, $480.00, the bill asks for $53.52. Leave the lines out.",
        *("cannot", given(), "53.52", (), "Visit $480.00"),
    ),
    Case(
        "This cannot be compared: the lines come to $50.00, the bill asks for $53.52.",
        *("cannot", given(), "53.52", (), "Visit $50.00"),
    ),
    Case(
        "This cannot be compared: the bill is for several dates or claims, this is one claim.",
        *("cannot", given(), "60", ("several",)),
    ),
    Case(
        "This cannot be compared: the bill holds an earlier balance. Ask for the part of this claim.",
        *("cannot", given(), "60", ("earlier",)),
    ),
    Case(
        "This cannot be compared: the figures of your plan disagree. Ask your plan which is right.",
        *("cannot", given(disagreements=DIFFER), "60"),
    ),
    Case(
        "Pay nothing before you asked: your plan marks you as a Qualified Medicare Beneficiary (QMB), whom "
        "the provider may not charge deductible or coinsurance.",
        *("cannot", given(reasons=(Reason("N781", "remark"),)), "60"),
    ),
    Case(
        "This cannot be compared: your plan had this claim already. Hold the bill against the first one.",
        *("cannot", given(is_repeat=True, your_share="0"), "53.52"),
    ),
    Case(
        "This cannot be compared yet: your plan says that another payer comes first.",
        *("cannot", given(reasons=(Reason("22", "adjustment"),)), "60"),
    ),
    Case(TOO_MUCH, "cannot", given(payment=SENT, plan_paid="267.60"), "321.12"),
    Case(
        "This cannot be compared: your plan's share is more than the price in this claim. Ask your plan.",
        *("cannot", given(your_share="300", plan_paid="0"), "300"),
    ),
    Case(OPEN, "cannot", given(outcome="partial"), "60"),
    Case(OPEN, "cannot", given(may_change=True), "60"),
    Case(
        "This cannot be compared: your share and what was paid of it are in different currencies. Ask your "
        "plan what is left.",
        "cannot",
        paid_in_euros,
        "60",
    ),
    Case(
        "Ask Riverside Clinic: “Which part of the $60.00 is for March 9, 2026, and for which services?”",
        *("cannot", given(outcome="partial"), "60"),
    ),
    # It can.
    Case("The bill asks for the same as your plan's share: $53.52.", *("same", given(), "53.52")),
    Case(
        "The bill asks for what is to pay by your plan's figures: $33.52.",
        "same",
        given(you_paid="20"),
        "33.52",
    ),
    Case(
        "The bill asks for what is to pay by your plan's figures: $267.60.",
        "same",
        given(payment=SENT),
        "267.60",
    ),
    Case(
        "A match does not prove the bill right: check the date and the services too before you pay.",
        *("same", given(), "53.52"),
    ),
    Case(
        "The bill is higher by $6.48: it asks for $60.00, your plan's share is $53.52.",
        *("higher", given(), "60"),
    ),
    Case(
        "The bill is higher by $26.48: it asks for $60.00, by your plan's figures $33.52 is to pay.",
        *("higher", given(you_paid="20"), "60"),
    ),
    Case(
        "The bill is lower by $3.52: it asks for $50.00, your plan's share is $53.52.",
        *("lower", given(), "50"),
    ),
    Case(
        "The bill is lower by $3.52: it asks for $30.00, by your plan's figures $33.52 is to pay.",
        *("lower", given(you_paid="20"), "30"),
    ),
    Case("Pay no more than the bill asks for. Keep it: a second bill may follow.", *("lower", given(), "50")),
    # What may be the cause.
    Case(
        "The difference equals the $20.00 that your plan says you paid already: ask about it.",
        *("higher", given(you_paid="20"), "53.52"),
    ),
    Case(
        "The bill asks for all that was billed, as if your plan had done nothing: ask why.",
        *("higher", given(), "480"),
    ),
    Case(
        "The difference equals what your plan paid, $214.08: the bill may be older than the payment.",
        *("higher", given(), "267.60"),
    ),
    Case(
        "The difference equals what your plan paid to the provider, $200.00: the bill may be older.",
        *("higher", given(payment=TO_BOTH, paid_to_you="14.08", paid_to_provider="200"), "267.60"),
    ),
    Case(
        "The difference equals what your plan paid, $214.08: ask it who was paid.",
        *("higher", given(payment=structs.replace(SENT, by_code="provider")), "267.60"),
    ),
    Case(
        "The difference equals the rest of your plan's payment, $114.08: ask your plan whether it came.",
        *("higher", given(payment=A_PART), "267.60"),
    ),
    Case(
        "The difference equals what your plan kept of its payment, $114.08: ask your plan why.",
        *("higher", given(payment=LOWERED), "267.60"),
    ),
    Case(
        "The difference equals what others paid, $9.00: ask whether that has come.",
        *("higher", given(other_payer="9", plan_paid="205.08"), "62.52"),
    ),
    Case(
        "The difference equals the part your plan puts on the provider, $9.00: ask why you pay it.",
        *("higher", given(not_covered="9", reasons=BY_CONTRACT), "62.52"),
    ),
    *(
        Case(
            "By your plan's figures, the provider normally may not charge you $9.00 of what was billed.",
            *(outcome, given(not_covered="9", reasons=BY_CONTRACT), typed),
        )
        for outcome, typed in (("same", "53.52"), ("higher", "480"), ("higher", "60"), ("lower", "50"))
    ),
    Case(
        "The difference equals the part that is not covered, $9.00: ask whether it is yours.",
        *("higher", given(not_covered="9"), "62.52"),
    ),
    Case(
        "The difference equals what your plan's price takes off the bill, $212.40: ask why you pay it.",
        *("higher", given(), "265.92"),
    ),
    Case(
        "The difference equals what was billed above Medicare's price, $212.40. This provider did not accept "
        "that price: ask Medicare how much more it may ask for.",
        *("higher", given(is_unassigned=True), "265.92"),
    ),
    Case(
        "The difference equals what was billed above your plan's price, $212.40, which may be yours: ask "
        "your plan.",
        *("higher", given(network="out"), "265.92"),
    ),
    *(
        Case(
            "Outside the network the provider may ask for more, up to the $480.00 billed. Ask first.",
            *(outcome, given(network="out"), typed),
        )
        for outcome, typed in (("same", "53.52"), ("higher", "60"), ("lower", "50"))
    ),
    # What to ask, and whom.
    Case(
        "Ask Riverside Clinic: “My plan's share for March 9, 2026 is $53.52, your bill asks for $60.00. What "
        "is the rest for?”",
        *("higher", given(), "60"),
    ),
    Case(
        "Ask Riverside Clinic: “By my plan's figures, $33.52 is to pay for March 9, 2026, your bill asks for "
        "$60.00. What is the rest for?”",
        *("higher", given(you_paid="20"), "60"),
    ),
    Case(
        "Ask the provider: “My plan's share for March 9, 2026 is $53.52, your bill asks for $60.00. What is "
        "the rest for?”",
        *("higher", given(provider=None, facility=None), "60"),
    ),
    Case(
        "Then ask your plan, at the number on your card: claim number CLM-1, care of March 9, 2026.",
        *("higher", given(), "60"),
    ),
    Case("Then ask your plan, at the number on your card.", *("higher", given(claim_number=None), "60")),
    Case(
        "Then ask your plan, at the number on your card: control number 97500SHU, care of March 9, 2026.",
        *("higher", given(facts=(Fact(titles.CONTROL, "97500SHU"),)), "60"),
    ),
    Case(
        "“Scan” stands on the bill 2 times with $26.76: ask whether it was done so often.",
        *("same", given(), "", (), "Scan 26.76\nScan 26.76"),
    ),
    Case(
        "“Flu vaccine” is $53.52 on the bill; your plan says that your share of it is $0.00: ask why.",
        *("same", given(lines=VACCINE), "", (), "Flu vaccine 53.52"),
    ),
    Case(
        "The difference equals the $20.00 that you noted as paid.", *("lower", given(), "33.52", (), "", "20")
    ),
    Case(
        "You noted $20.00 as paid: before you pay, ask whether the bill counts it.",
        *("same", given(), "53.52", (), "", "20"),
    ),
]
WITHIN: Final = ("the provider", "this claim", "not shared")
"""Words that stand within a sentence, where there is no name or number."""


@pytest.mark.parametrize("case", CASES, ids=[case.told[:60] for case in CASES])
def test_a_bill_is_answered_in_these_words(case: Case) -> None:
    check = bill.compared(case.record(), case.typed, case.flags, case.lines, Decimal(case.noted))
    assert case.told in (check.answer, *check.causes, *check.asks)
    assert check.outcome == case.outcome
    if case.outcome != "unread":  # whom, of which amount; of another amount the plan, too
        assert any(re.match(r"Ask .+: “.*\$\d", ask) for ask in check.asks), check.asks
        assert case.outcome == "same" or check.asks[-1].startswith("Then ask your plan, at the number")
    assert (
        len([cause for cause in check.causes if "on the provider" in cause or "may not charge" in cause]) < 2
    )


@pytest.mark.parametrize(
    "sentence", sorted({text for module in (bill, amounts) for text in texts_of(module)})
)
def test_no_sentence_about_a_bill_is_without_a_case(sentence: str) -> None:
    pattern = re.sub(r"\\{\w+\\}", ".+", re.escape(sentence))
    assert any(re.fullmatch(pattern, case.told) for case in CASES) or sentence in WITHIN

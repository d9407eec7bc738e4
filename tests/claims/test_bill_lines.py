"""The lines of a bill in hand: their sum is compared, and what lines alone show is asked about."""

import time
from decimal import Decimal

import pytest
from django.test import Client
from msgspec import structs

from apps.accounts.models import Member
from apps.kinds.claim.records import ClaimRecord, Coded, Figure, Line, Money
from apps.kinds.claim.wording import bill
from apps.kinds.claim.wording.amounts import BillLine, NotAnAmount, read_lines
from tests.claims import made
from tests.claims.given import a_claim
from tests.claims.made import reading


def lab(**shares: str) -> ClaimRecord:
    """Return the office visit with a line of each name, of which the plan states that share."""
    lines = tuple(
        Line(
            number=place,
            what=Coded(words=name.replace("_", " ")),
            money=Money(your_share=Figure(Decimal(share))),
        )
        for place, (name, share) in enumerate(shares.items(), 1)
    )
    return structs.replace(reading(made.visit()), lines=lines)


def test_the_amount_is_the_last_word_of_a_line() -> None:
    text = "Office visit, 20 minutes 53.52\n\n  Blood test: $1,041.20\n12\nCopay|40.00 USD\n"
    assert [(line.what, str(line.amount)) for line in read_lines(text)] == [
        ("Office visit, 20 minutes", "53.52"),
        ("Blood test", "1041.20"),
        ("", "12"),
        ("Copay", "40.00"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        *("Blood test", "Blood test 1.234,56", "Test -5", "Test €5", "A $1\n" * 51),
        *("Office visit 99213", "Office visit 1 234.56"),
    ],
)
def test_a_line_that_cannot_be_read_in_one_way_gets_a_sentence(text: str) -> None:
    with pytest.raises(NotAnAmount):
        read_lines(text)
    assert bill.compared(lab(), "", (), text).outcome == "unread"


def test_the_sum_of_the_lines_is_compared_where_no_amount_is_typed() -> None:
    check = bill.compared(lab(), "", (), "Office visit 50.00\nBlood test 3.52")
    assert (check.outcome, check.causes) == ("same", ())
    check = bill.compared(lab(), "53.52", (), "Office visit 50.00\nBlood test 3.52")
    assert check.outcome == "same"


def test_a_line_that_stands_twice_is_asked_about_and_not_called_wrong() -> None:
    check = bill.compared(lab(), "", (), "Blood test 26.76\nblood  TEST: 26.76")
    assert check.outcome == "same"
    assert check.causes == (
        "“Blood test” stands on the bill 2 times with $26.76: ask whether it was done so often.",
    )
    for others in ("Blood test 26.76\nBlood test 26.75", "26.76\n26.76", "Gift 0.00\nGift 0.00"):
        assert not any("so often" in cause for cause in bill.compared(lab(), "", (), others).causes)


def test_a_service_of_which_the_plan_says_that_the_share_is_zero_is_asked_about() -> None:
    record = lab(Flu_vaccine="0.00", Office_visit="53.52")
    [cause] = bill.compared(record, "", (), "flu vaccine 20.00\nOffice visit 53.52").causes
    assert cause.startswith(
        "“flu vaccine” is $20.00 on the bill; your plan says that your share of it is $0.00"
    )
    for changed in (
        structs.replace(record, may_change=True),
        lab(Flu_vaccine="10.00", Office_visit="43.52"),
        lab(Flu_vaccine="0.00", Office_visit="0.00"),  # zeros stand there for what was not filled in
        lab(Swab="0.00", Office_visit="53.52"),
    ):
        assert bill.compared(changed, "", (), "flu vaccine 20.00\nOffice visit 53.52").causes == ()
    assert bill.compared(record, "", (), "flu vaccine 0\nOffice visit 53.52").causes == ()


def test_the_page_takes_lines_and_keeps_none(alice: Member, alice_client: Client) -> None:
    claim = a_claim(alice)
    told = alice_client.post(
        f"/claims/{claim.pk}/bill/", {"amount": "", "lines": "Scan 53.52\n<b>Scan</b> 1.00"}
    )
    html = told.content.decode()
    assert "The bill is higher by $1.00" in html
    assert "<b>Scan</b>" not in html
    assert ">Scan 53.52\n&lt;b&gt;Scan&lt;/b&gt; 1.00</textarea>" in html, (
        "for a second try nothing is typed anew"
    )
    assert "Scan" not in alice_client.get(f"/claims/{claim.pk}/").content.decode()
    assert BillLine("a", read_lines("a $1")[0].amount).key == read_lines("A  $1")[0].key


def test_the_page_holds_a_bill_against_what_was_noted_as_paid(alice: Member, alice_client: Client) -> None:
    claim = a_claim(alice)
    alice_client.post(f"/claims/{claim.pk}/paid/", {"amount": "20"})
    told = alice_client.post(f"/claims/{claim.pk}/bill/", {"amount": "33.52"}).content.decode()
    assert "The difference equals the $20.00 that you noted as paid." in told
    told = alice_client.post(f"/claims/{claim.pk}/bill/", {"amount": "53.52"}).content.decode()
    assert "ask whether the bill counts it" in told
    assert "note--ok" not in told, "what is asked about is not green"


def test_lines_of_any_length_are_read_at_once() -> None:
    started = time.perf_counter()
    bill.compared(lab(), "", (), "a" + " " * 200_000 + "b c!")
    assert time.perf_counter() - started < 1

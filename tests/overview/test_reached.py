"""M-17: a limit that the count over a year's claims reached with one of them is a cause of its share."""

import re
from datetime import date
from decimal import Decimal
from html import unescape
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.test import Client

from apps.accounts.models import Member
from apps.kinds.claim import wording
from apps.kinds.claim.counted import Counted
from apps.kinds.claim.wording.causes import Reached
from apps.overview.how_far import reached_with
from apps.overview.ledger import ledgers
from apps.overview.plan_years import Limit, Limits
from tests.claims import made
from tests.claims.given import NOW, a_connection, path_of, save
from tests.claims.systems import C4BB
from tests.coverage.test_pages import a_coverage
from tests.overview.test_ledger import entry, whole
from tests.overview.test_ledger_rows import NETWORK
from tests.overview.test_year import whole as claim

LIMITS = Limits(*(Limit(Decimal(amount), "USD") for amount in (500, 1000, 1500)))
USED_UP = Reached("benefit", Decimal(1500), "USD")


def of(number: int, *parts: str, on: str, **changes: Any) -> Counted:
    """Return a claim decided on a day of March 2026, with its parts of the share."""
    return whole(number, *parts, paid_on=date(2026, 3, int(on)), **{"on": "2026-03-01"} | changes)


FIRST = of(1, "300.00", "0.00", "0.00", on="10")
MET = of(2, "200.00", "0.00", "100.00", on="11")
TO_THE_MAXIMUM = of(3, "0.00", "0.00", "400.00", on="12")


def crown(number: int, paid: str, *, on: int, **changes: Any) -> Counted:
    """Return a dentist's claim of which the plan paid this much."""
    return entry(
        number,
        kind="oral",
        plan_paid=paid,
        your_share="9.00",
        paid_on=date(2026, 3, on),
        on="2026-03-01",
        **changes,
    )


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([FIRST, MET], {2: ["deductible"]}),
        ([FIRST, MET, TO_THE_MAXIMUM], {2: ["deductible"], 3: ["out_of_pocket"]}),
        # Beyond a limit no plan counts, so it is not the plan's own count that came here.
        ([FIRST, MET, of(3, "1.00", "0.00", "0.00", on="12")], {}),
        ([FIRST, of(2, "201.00", "0.00", "0.00", on="11")], {}),
        # Which of two of one day was first, nobody says.
        ([of(1, "300.00", "0.00", "0.00", on="11"), MET], {}),
        # A step in doubt: no day, no network, no parts, figures that disagree.
        ([whole(1, "300.00", "0.00", "0.00"), MET], {}),
        ([of(1, "300.00", "0.00", "0.00", on="10", network=None), MET], {}),
        ([FIRST, MET, entry(4, your_share="5.00", paid_on=date(2026, 3, 5))], {}),
        ([crown(1, "900.00", on=1), crown(2, "600.00", on=2), crown(3, "0.00", on=3)], {2: ["benefit"]}),
        ([crown(1, "900.00", on=1), crown(2, "600.00", on=2, may_change=True)], {}),
        ([crown(1, "900.00", on=1), crown(2, "601.00", on=2)], {}),
    ],
)
def test_m_17_a_limit_is_reached_with_a_claim_only_without_any_doubt(
    entries: list[Counted], expected: dict[int, list[str]]
) -> None:
    told = {
        one.id.int: [
            each.what for each in reached_with(one.id, entries, ledgers(entries), LIMITS, is_alone=True)
        ]
        for one in entries
    }
    assert {number: whats for number, whats in told.items() if whats} == expected
    assert not reached_with(UUID(int=2), [FIRST, MET], ledgers([FIRST, MET]), LIMITS, is_alone=False)


ANSWERS = C4BB.replace("Adjudication", "PayerAdjudicationStatus")

IN = {
    "category": {"coding": [{"system": NETWORK, "code": "billingnetworkstatus"}]},
    "reason": {"coding": [{"system": ANSWERS, "code": "innetwork"}]},
}


def visit(number: int, *parts: str, on: str) -> dict[str, Any]:
    """Return an office visit of the network whose share is made of these parts."""
    share = str(sum(map(Decimal, parts)))
    amounts = ("800.00", "0.00", "0.00", str(800 - Decimal(share)), share, *parts)
    return claim(number, *amounts, on=on, created=on, payment={"date": on}, adjudication=[IN])


@pytest.mark.django_db
def test_m_17_the_page_of_a_claim_says_that_the_deductible_and_the_maximum_were_met_here(
    alice: Member, alice_client: Client
) -> None:
    connection = a_connection(alice)
    cost = {"type": {"coding": [{"code": "deductible"}]}, "valueMoney": {"value": 500, "currency": "USD"}}
    cover = a_coverage(period={"start": "2026-01-01", "end": "2026-12-31"}, costToBeneficiary=[cost])
    with time_machine.travel(NOW, tick=False):
        save(
            connection,
            cover,
            visit(1, "300.00", "0.00", "0.00", on="2026-02-01"),
            visit(2, "200.00", "0.00", "100.00", on="2026-03-01"),
            visit(3, "0.00", "0.00", "400.00", on="2026-04-01"),
        )

        def causes(number: int) -> str:
            text = unescape(alice_client.get(path_of(connection, number)).content.decode())
            return " ".join("".join(re.findall(r'data-testid="causes">(.*?)</p>', text)).split())

        assert causes(1) == "The deductible was not met before this: $300.00 of the price went to it."
        assert causes(2).startswith(
            "$200.00 of the price went to the deductible, which was met here: by the claims here it came to "
            "$500.00 with this one."
        )
        assert "maximum" not in causes(3)
        page = unescape(alice_client.get("/money/2026/").content.decode())
        (subject,) = re.findall(r'name="subject" value="([^"]+)"', page)
        alice_client.post("/money/limits/", {"subject": subject, "medical-out_of_pocket": "1000"})
        assert causes(3) == (
            "Your maximum was reached here: by the claims here, what counts out of pocket came to $1,000.00 "
            "with this one. You typed this limit."
        )


def test_m_17_no_change_of_mind_is_promised_under_a_yearly_limit_that_was_reached() -> None:
    denied = [made.status("benefitpaymentstatus", "denied")]
    refused = made.reading(made.claim(*made.money("submitted 300, benefit 0"), adjudication=denied))
    promise = "It can change its mind."
    (plain, used_up) = (wording.story(refused, reached=reached).steps for reached in ((), (USED_UP,)))
    assert plain is not None
    assert used_up is not None
    assert promise in plain.meaning
    assert promise not in used_up.meaning
    assert "ask it to check its count" in used_up.meaning

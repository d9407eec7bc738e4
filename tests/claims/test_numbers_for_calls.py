"""What a member says on the phone: a number that may be of several claims goes with the day of the care."""

import re
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.connections.models import Connection
from tests.claims.given import a_connection, an_eob, row_of, save
from tests.claims.test_views import page

SAME = [{"value": "2020-17"}]
DAYS = ("2026-03-09", "2026-03-10", "2025-07-01")
V2 = "https://bluebutton.cms.gov/resources/variables/fi_doc_clm_cntl_num"
IN_EXTENSION = {"extension": [{"url": V2, "valueIdentifier": {"system": V2, "value": "97500SHU"}}]}
CONTROL = [{"system": "https://bluebutton.cms.gov/identifiers/clm_cntl_num", "value": "97500SHU"}]


def for_calls(client: Client, connection: Connection, number: int = 0) -> str:
    """Return what the page of a claim says to say on the phone."""
    html = page(client, f"/claims/{row_of(connection, number).pk}/")
    match = re.search(r'data-testid="for-calls">(.*?)</p>', html, re.DOTALL)
    return " ".join(match[1].split()) if match else ""


def test_a_number_goes_with_the_day_of_the_care(alice_client: Client, connection: Connection) -> None:
    save(connection, an_eob(0))
    told = for_calls(alice_client, connection)
    assert told.startswith("When you call: claim number CLM-0, care of March 9, 2026.")
    assert "uses this number" not in told


@pytest.mark.parametrize("number", [{"identifier": SAME}, {"identifier": CONTROL}, IN_EXTENSION])
def test_a_number_of_several_claims_is_said_to_be_of_so_many(
    alice_client: Client, connection: Connection, number: dict[str, Any]
) -> None:
    """Three claims of one source had one unique number: an agent would look up another claim."""
    save(connection, *[an_eob(n, on=day, **number) for n, day in enumerate(DAYS)])
    told = for_calls(alice_client, connection)
    assert "care of March 9, 2026. Your plan uses this number for 3 claims, so say the date too." in told


def test_a_version_of_a_claim_is_no_second_claim_with_its_number(
    alice_client: Client, connection: Connection
) -> None:
    save(connection, an_eob(0, identifier=SAME), an_eob(1, identifier=SAME, created="2026-05-01"))
    assert "uses this number" not in for_calls(alice_client, connection, 1)


def test_what_another_connection_numbers_alike_is_not_counted_for_the_plan(
    alice: Member, alice_client: Client, connection: Connection
) -> None:
    save(connection, *[an_eob(n, on=day, identifier=SAME) for n, day in enumerate(DAYS)])
    save(a_connection(alice, plan="Other Plan"), an_eob(8, on="2026-04-09", identifier=SAME))
    assert for_calls(alice_client, connection).startswith(
        "When you call: claim number 2020-17, care of March"
    )
    assert "uses this number" not in for_calls(alice_client, connection)


def test_a_number_is_counted_in_the_years_of_its_other_dates_too(
    alice_client: Client, connection: Connection
) -> None:
    """A claim listed in 2025 by its line has a period in 2011, where the claims with its number are."""
    lines = [{"sequence": 1, "servicedPeriod": {"start": "2025-07-01", "end": "2025-07-02"}}]
    save(
        connection,
        an_eob(0, on="2025-05-23", identifier=SAME, item=lines,
               billablePeriod={"start": "2011-05-23", "end": "2011-05-25"}),
        *[an_eob(n, on=f"2011-06-0{n}", identifier=SAME) for n in (1, 2)],
    )  # fmt: skip
    assert "Your plan uses this number for 3 claims" in for_calls(alice_client, connection)


@pytest.mark.parametrize("code", ["uc", "payerclaimnumber", "PAYER_CLAIM", "payer-claim-control-number"])
def test_a_plans_own_number_goes_before_the_one_of_whoever_bills(
    alice_client: Client, connection: Connection, code: str
) -> None:
    """Converters of remittances send the clinic's account first: no agent of the plan knows it."""
    its_own = {"type": {"coding": [{"code": code}]}, "value": "P-7"}
    save(connection, an_eob(0, identifier=[{"value": "26463774"}, its_own]))
    assert for_calls(alice_client, connection).startswith("When you call: claim number P-7, care of")

"""Years no member has: dates at the ends of time, and amounts in more currencies than anybody is paid in."""

import re

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.records.entries import UNDATED
from tests.claims.given import a_connection, an_eob, save
from tests.coverage.test_pages import a_coverage
from tests.overview.test_year import page

pytestmark = pytest.mark.usefixtures("november_2026")


@pytest.mark.parametrize("on", ["1899-12-31", "1801-03-04", "2199-12-31"])
def test_a_claim_of_an_odd_year_hides_no_other_and_has_a_page(
    alice: Member, alice_client: Client, on: str
) -> None:
    save(a_connection(alice), an_eob(1, on="2026-03-09"), an_eob(2, on=on, share="7.00"))
    response = alice_client.get("/money/")
    assert response.headers["Location"] == "/money/2026/"
    links = re.findall(r'href="(/money/[^"]*)"', page(alice_client))
    assert f"/money/{int(on[:4])}/" in links
    assert "$7.00" in page(alice_client, f"/money/{int(on[:4])}/")


@pytest.mark.parametrize("on", ["0001-01-01", "0002-03-04", "1753-01-01", "3000-01-01", "9999-12-31"])
def test_a_claim_of_a_year_that_stands_for_none_is_listed_last_and_costs_no_other_its_place(
    alice: Member, alice_client: Client, on: str
) -> None:
    save(a_connection(alice), an_eob(1, on="2026-03-09"), an_eob(2, on=on, share="7.00"))
    assert f"/money/{int(on[:4])}/" not in page(alice_client)
    rows = page(alice_client, "/claims/").split('data-testid="claim-row"')[1:]
    assert len(rows) == 2
    assert "$7.00" in rows[-1]


def test_a_coverage_at_the_end_of_time_stops_no_page(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    save(connection, an_eob(1))
    save(connection, a_coverage(period={"start": "9999-06-01", "end": "9999-12-31"}))
    for path in ("/money/2026/", "/money/2026/?years=plan", "/money/9999/?years=plan"):
        assert page(alice_client, path)
    for year in (0, UNDATED.year, 10_000):
        assert alice_client.get(f"/money/{year}/").status_code == 404


def test_amounts_in_many_currencies_stay_few_on_a_page(alice: Member, alice_client: Client) -> None:
    eobs = []
    for n in range(26):
        eobs.append(an_eob(n))
        for total in eobs[-1]["total"]:
            total["amount"]["currency"] = f"Q{chr(65 + n)}X"
    save(a_connection(alice), *eobs)
    text = page(alice_client, "/money/2026/")
    assert "Amounts in 21 more currencies are not shown here." in text
    assert text.count('data-testid="year-billed"') == 5


def test_a_share_in_another_currency_is_no_unknown_share(alice: Member, alice_client: Client) -> None:
    eob = an_eob(1)
    eob["total"][0]["amount"]["currency"] = "EUR"
    save(a_connection(alice), eob)
    assert "share is $53.52." in page(alice_client, "/money/2026/")

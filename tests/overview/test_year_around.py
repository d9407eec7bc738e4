"""Around the figures of a year: the menu of years, and what its print says."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Member
from tests.claims.given import a_connection, an_eob, save
from tests.claims.test_people import about
from tests.overview.test_year import VISIT, page, whole

pytestmark = pytest.mark.usefixtures("november_2026")


def test_of_many_years_four_are_named_and_the_rest_is_one_tap_away(
    alice: Member, alice_client: Client
) -> None:
    save(a_connection(alice), *[an_eob(year, on=f"{year}-03-03") for year in range(2015, 2027)])
    text = page(alice_client, "/money/2016/")
    named, _, folded = text.partition("Earlier years")
    assert re.findall(r'href="/money/(\d+)/"', named) == ["2026", "2025", "2024", "2016"]
    assert re.findall(r'href="/money/(\d+)/"', folded) == [
        str(year) for year in range(2023, 2014, -1) if year != 2016
    ]
    assert 'href="/money/2016/" aria-current="page"' in named


@pytest.mark.parametrize("year", [1999, 2030])
def test_a_year_without_claims_is_not_offered_because_it_was_asked_for(
    alice: Member, alice_client: Client, year: int
) -> None:
    save(a_connection(alice), an_eob(1, on="2026-03-03"), an_eob(2, on="2025-03-03"))
    text = page(alice_client, f"/money/{year}/")
    assert re.findall(r'href="/money/(\d+)/"', text) == ["2026", "2025"]


@pytest.mark.parametrize("address", ["/home/", "/money/2026/", "/claims/", "/coverage/", "/care/"])
def test_a_print_names_the_people_even_of_an_account_without_an_address(
    alice: Member, alice_client: Client, address: str
) -> None:
    """Today named nobody, and where a year had no claims of theirs, neither did Money."""
    Member.objects.filter(pk=alice.pk).update(email="")
    alone = about(alice, "One Plan", "p1", "Ana Lopez", "1980-02-03")
    save(alone, whole(1, *VISIT, on="2025-03-03"))
    assert re.search(r"Printed [^<]* from Plainclaim for Ana Lopez\.", page(alice_client, address))
    save(about(alice, "Two Plan", "p2", "Leo Lopez", "2014-02-03"), whole(2, *VISIT))
    assert " for Ana Lopez and Leo Lopez." in page(alice_client, address)


@pytest.mark.parametrize("address", ["/home/", "/money/2026/"])
def test_a_print_names_the_plans(alice: Member, alice_client: Client, address: str) -> None:
    save(about(alice, "One Plan", "p1", "Ana Lopez", "1980-02-03"), whole(1, *VISIT))
    assert "From what One Plan shared." in page(alice_client, address)
    save(about(alice, "Two Plan", "p2", "Leo Lopez", "2014-02-03"), whole(2, *VISIT))
    [plans] = re.findall(r"From what ([^<]*) shared\.", page(alice_client, address))
    assert sorted(plans.split(", ")) == ["One Plan", "Two Plan"]


@pytest.mark.parametrize("address", ["/claims/", "/money/2026/"])
def test_a_print_of_one_plan_names_that_one(alice: Member, alice_client: Client, address: str) -> None:
    chosen = about(alice, "One Plan", "p1", "Ana Lopez", "1980-02-03")
    save(chosen, whole(1, *VISIT))
    save(about(alice, "Two Plan", "p2", "Leo Lopez", "2014-02-03"), whole(2, *VISIT))
    assert "From what One Plan shared." in page(alice_client, f"{address}?plan={chosen.pk}")


def test_the_newest_year_with_claims_opens_first(alice: Member, alice_client: Client) -> None:
    assert alice_client.get("/money/").headers["Location"] == "/money/2026/"
    save(a_connection(alice), an_eob(1, on="2019-03-03"), an_eob(2, on=None))
    assert alice_client.get("/money/").headers["Location"] == "/money/2019/"


@pytest.mark.parametrize("year", ["0", "1", "99999", "text", "-1", "2026.5", "9" * 5000, "%00", "２０２６"])
def test_a_hostile_year_is_not_found(alice_client: Client, year: str) -> None:
    assert alice_client.get(f"/money/{year}/").status_code == 404


def test_a_year_can_be_taken_along_from_its_page(alice: Member, alice_client: Client) -> None:
    save(a_connection(alice), an_eob(1, on="2026-03-09"))
    assert f'href="{reverse("takeaway:choose")}?year=2026"' in page(alice_client, "/money/2026/")

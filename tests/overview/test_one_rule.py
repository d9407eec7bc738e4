"""Home, the list, providers and the year count the same claims by one rule, and say it in the same words."""

import json
import re

import pytest
from django.test import Client

from apps.accounts.models import Member
from tests.claims.given import a_connection, save, shown
from tests.demo_payer.people_on_a_day import claims
from tests.overview.test_sums_told import page

pytestmark = pytest.mark.usefixtures("november_2026")

IN_NO_SUM = re.compile(r"\d+ (?:claims?|other versions?) (?:is|are) in no sum[^.<]*\.")


def people_with_versions() -> list[str]:
    """Return the member numbers of demo people who have corrected or cancelled claims."""
    return sorted(
        {
            eob["patient"]["reference"].removeprefix("Patient/patient-")
            for eob in claims()
            if eob.get("related") or eob["status"] != "active"
        }
    )


def number_in(text: str) -> int:
    [words] = re.findall(r'data-testid="result"[^>]*>(\d+) claim', text)
    return int(words)


def test_there_are_demo_people_to_agree_about() -> None:
    assert people_with_versions()


@pytest.mark.parametrize("number", people_with_versions())
def test_the_pages_agree_on_what_is_listed_and_what_counts(
    alice: Member, alice_client: Client, number: str
) -> None:
    bodies = [json.dumps(eob, default=float).encode() for eob in claims(number)]
    save(a_connection(alice), *bodies)
    whole = page(alice_client, "/claims/")
    assert number_in(whole) == len(shown(alice))

    [states] = re.findall(r'<select id="state".*?</select>', whole, re.DOTALL)
    assert sum(int(n) for n in re.findall(r"\((\d+)\)", states)) == number_in(whole)
    for value, count in re.findall(r'<option value="(\w+)">[^<(]*\((\d+)\)', states):
        assert number_in(page(alice_client, f"/claims/?state={value}")) == int(count)

    providers = page(alice_client, "/claims/providers/")
    counts = [int(n) for n in re.findall(r'row__meta">(\d+) claims?<', providers)]
    assert sum(counts) == number_in(whole)
    left_out = [int(n) for n in re.findall(r"(\d+) claims? (?:is|are) in no sum", whole)]
    assert sum(int(n) for n in re.findall(r"(\d+) claims? (?:is|are) in no sum", providers)) == sum(left_out)

    for year in sorted({one.entry.on.year for one in shown(alice)}):
        of_list = page(alice_client, f"/claims/?year={year}")
        of_year = page(alice_client, f"/money/{year}/")
        assert IN_NO_SUM.findall(of_list) == IN_NO_SUM.findall(of_year)
        assert IN_NO_SUM.findall(page(alice_client, f"/claims/?year={year}&sort=share")) == IN_NO_SUM.findall(
            of_list
        )

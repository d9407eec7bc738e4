"""One search over claims, providers, plans and words; what is typed stands in no address and no log."""

import html
import re

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.plans.models import Plan
from tests.claims.given import a_connection, an_eob, save
from tests.claims.made import line
from tests.claims.test_reading_approvals import reviewed, units


def search(client: Client, text: str) -> str:
    """Return the page that *text* leads to."""
    response = client.post("/search/", {"text": text})
    assert response.status_code == 303
    assert text not in response.headers["Location"]
    return html.unescape(client.get(response.headers["Location"]).content.decode())


def hits(page: str, name: str) -> list[str]:
    section = page.partition(f'data-testid="found-{name}"')[2].partition("</section>")[0]
    return re.findall(r'row__title"><a[^>]*>(?:<bdi[^>]*>)?([^<]+)', section)


@pytest.fixture
def with_claims(alice: Member) -> None:
    """Alice's claims of two months, and a plan that she has not connected."""
    save(a_connection(alice), an_eob(1, on="2024-03-05", share="145.00"), an_eob(2, on="2025-03-05"))
    Plan.objects.create(slug="oak", name="Oak Valley Health", fhir_base_url="https://oak.example/r4")


@pytest.mark.usefixtures("with_claims")
def test_one_search_finds_claims_providers_plans_and_words(
    alice_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    claims = search(alice_client, "$145 march 2024")
    assert "1 claim, your share $145.00" in claims
    named = search(alice_client, "Rivreside")
    assert hits(named, "providers") == ["Riverside Clinic"]
    assert "“rivreside” is written nowhere; shown is “riverside”." in named
    assert hits(search(alice_client, "harborlite"), "plans") == ["Harborlight Health"]
    assert hits(search(alice_client, "oak vally"), "plans") == ["Oak Valley Health"]
    assert hits(search(alice_client, "deductable"), "words") == ["Deductible"]
    assert "Nothing here fits all of it." in search(alice_client, "xylophone")
    assert "ivreside" not in caplog.text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("denied", 1), ("denyed", 1), ("not approved", 1), ("denied riverside", 1), ("no aprobada", 1),
        ("pending", 1), ("riverside", 3), ("march 2026", 3), ("approved", 1), ("paid", 0), ("xylophone", 0),
    ],
)  # fmt: skip
def test_a_search_finds_what_was_asked_for_in_advance(
    alice: Member, alice_client: Client, text: str, found: int
) -> None:
    """Searching "denied" found claims alone, and not the request that was "Not approved"."""
    asked = {"a": "A3", "b": "A1", "c": "A4"}
    bodies = [
        an_eob(name, use="preauthorization", adjudication=[reviewed(code)]) for name, code in asked.items()
    ]
    save(a_connection(alice), *bodies, an_eob("d", use="preauthorization", status="entered-in-error"))
    page = search(alice_client, text)
    assert page.count('data-testid="approval-row"') == found
    assert ("Nothing here fits all of it." in page) is not found


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ("approved", ["Used up", "Expired", "Approved"]), ("used up", ["Used up"]), ("vencida", ["Expired"]),
        ("prescription", ["Expired"]), ("$900", ["Approved"]), ("$901", []),
    ],
)  # fmt: skip
def test_a_search_finds_requests_by_what_was_decided_by_kind_and_by_amount(
    alice: Member, alice_client: Client, text: str, states: list[str]
) -> None:
    """One that was approved and is over was not found so; kinds and amounts were asked of claims alone."""
    given = {"use": "preauthorization"}
    period = {"preAuthRefPeriod": [{"start": "2020-01-01", "end": "2020-03-01"}]}
    used = line(1, units("allowedunits", 4), units("consumedunits", 4))
    save(
        a_connection(alice),
        an_eob("a", share="900.00", adjudication=[reviewed("A1")], **given),
        an_eob("b", kind="pharmacy", adjudication=[reviewed("A1")], **period, **given),
        an_eob("c", adjudication=[reviewed("A1")], item=[used], **given),
    )
    page = search(alice_client, text)
    found = re.findall(r'class="badge badge--\w+">([^<]+)', page.partition('"found-approvals"')[2])
    assert sorted(found) == sorted(states)
    assert ("Nothing here fits all of it." in page) is not states


@pytest.mark.usefixtures("with_claims")
def test_a_search_is_its_members_own(alice_client: Client, bob_client: Client) -> None:
    address = alice_client.post("/search/", {"text": "riverside"}).headers["Location"]
    page = bob_client.get(address).content.decode()
    assert "That search is gone" in page
    assert "iverside" not in page
    assert hits(search(bob_client, "riverside"), "providers") == []

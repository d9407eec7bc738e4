"""Providers: who treated the member, and all claims with one of them."""

import re
from typing import Any

from django.test import Client

from apps.accounts.models import Member
from tests.claims.given import a_claim, a_connection, an_eob, save
from tests.claims.systems import NPI
from tests.claims.test_chains import void
from tests.claims.test_listing import follow, result
from tests.claims.test_views import page, rows_of

ROW = re.compile(
    r'href="(/claims/providers/[0-9a-f]{16}/)" data-testid="provider-row".*?row__title">([^<]*)<', re.S
)


def by(display: str, npi: str | None = None) -> dict[str, Any]:
    identifier = {"identifier": {"system": NPI, "value": npi}} if npi else {}
    return {"provider": {"display": display, **identifier}}


def providers(client: Client) -> dict[str, str]:
    return {name: href for href, name in ROW.findall(page(client, "/claims/providers/"))}


def test_every_provider_is_listed_with_its_claims_and_the_share(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    save(
        connection,
        an_eob(1, share="10", **by("Riverside Clinic")),
        an_eob(2, share="5.50", **by("RIVERSIDE  clinic")),
        an_eob(3, share=None, **by("Harbor Dental")),
        an_eob(4, share="0.00", **by("Orange Group")),
        an_eob(5, share=None, **by("Orange Group")),
    )
    html = page(alice_client, "/claims/providers/")
    names = providers(alice_client)
    assert len(names) == 3
    assert "2 claims" in html
    assert "$15.50<" in html
    assert "not known" in html
    for shown in (html, page(alice_client, names["Orange Group"])):
        assert "$0.00 (1 without a known share)<" in shown


def test_a_provider_in_capitals_is_listed_as_people_write(alice: Member, alice_client: Client) -> None:
    """The page of its claim says "Ruby Health"; the list of providers and the year said "RUBY HEALTH"."""
    save(a_connection(alice), an_eob(1, share="10", **by("RUBY HEALTH, INC.")))
    assert list(providers(alice_client)) == ["Ruby Health, Inc."]
    assert "RUBY" not in page(alice_client, "/claims/") + page(alice_client, "/money/2026/")


def test_a_providers_page_has_all_claims_with_it_and_what_they_come_to(
    alice: Member, alice_client: Client
) -> None:
    connection = a_connection(alice)
    save(
        connection,
        *[an_eob(n, share="1.00", **by("Riverside Clinic")) for n in range(30)],
        an_eob("x", share="500.00", kind="pharmacy", **by("Harbor Dental")),
    )
    url = providers(alice_client)["Riverside Clinic"]
    html = page(alice_client, url)
    assert result(html) == "30 claims, your share $30.00"
    assert "$14,400.00" in html  # billed: 30 times $480.00
    assert "not shared by your plan" in html  # what the plan paid
    assert "Doctor visits and services (30)" in html
    pages = [html, page(alice_client, url + re.findall(r'rel="next" href="([^"]*)"', html)[0])]
    assert [len(rows_of(each)) for each in pages] == [25, 5]
    assert not any("Harbor Dental" in row for each in pages for row in rows_of(each))
    [in_list] = re.findall(r'href="(/claims/\?provider=[0-9a-f]{16})"', html)
    assert sum(len(rows_of(each)) for each in follow(alice_client, in_list)) == 30


def test_a_provider_whose_only_claim_is_voided_is_said_to_count_nothing(
    alice: Member, alice_client: Client
) -> None:
    """It said that the plan had not shared the amounts, which it had."""
    save(a_connection(alice), an_eob(1, share="80.00", **void()))
    html = page(alice_client, "/claims/providers/")
    assert "nothing counts" in html
    assert "not known" not in html
    html = page(alice_client, providers(alice_client)["Riverside Clinic"])
    assert "Nothing here counts" in html
    assert "not shared by your plan" not in html
    assert "<dt>Billed</dt>" not in html


def test_a_claim_leads_to_its_provider(alice: Member, alice_client: Client) -> None:
    claim = a_claim(alice)
    assert providers(alice_client)["Riverside Clinic"] in page(alice_client, f"/claims/{claim.pk}/")
    nameless = a_claim(alice, 2, provider=None)
    assert "/claims/providers/" not in page(alice_client, f"/claims/{nameless.pk}/")


def test_a_member_without_claims_has_no_providers(alice_client: Client) -> None:
    assert "Providers appear here" in page(alice_client, "/claims/providers/")
    assert alice_client.get("/claims/providers/0123456789abcdef/").status_code == 404


def test_claims_without_a_provider_are_said_to_name_none(alice: Member, alice_client: Client) -> None:
    a_claim(alice, 1, provider=None)
    html = page(alice_client, "/claims/providers/")
    assert "Your claims name no provider." in html
    assert "Providers appear here" not in html


def test_no_provider_stands_in_an_address_w34(alice: Member, alice_client: Client) -> None:
    a_claim(alice)
    for url in ("/claims/", "/claims/providers/", providers(alice_client)["Riverside Clinic"]):
        for address in re.findall(r'(?:href|action)="([^"]*)"', page(alice_client, url)):
            assert not re.search(r"eob|CLM|riverside|2026", address, re.IGNORECASE), address

"""The rows of a ledger on the page of a year."""

import html
import re

import pytest
from django.test import Client

from apps.accounts.models import Member
from tests.claims.given import a_connection, save
from tests.overview.test_year import page, whole

pytestmark = pytest.mark.usefixtures("november_2026")

NETWORK = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudicationDiscriminator"


def test_a_long_ledger_stands_whole_where_it_is_asked_for(alice: Member, alice_client: Client) -> None:
    amounts = ("100.00", "0.00", "0.00", "30.00", "70.00", "50.00", "0.00", "20.00")
    save(a_connection(alice), *(whole(number, *amounts) for number in range(14)))
    short = html.unescape(page(alice_client))
    assert short.count('data-testid="ledger-row"') == 12
    assert "Brought forward from 2 earlier claims" in short
    (link,) = re.findall(r'href="([^"]+)" data-testid="whole-ledger"', short)
    address, _sharp, place = link.partition("#")
    whole_page = html.unescape(page(alice_client, address))
    assert f'id="{place}" open' in whole_page
    assert (whole_page.count('data-testid="ledger-row"'), "Brought forward" in whole_page) == (14, False)
    assert "whole-ledger" not in whole_page


def test_only_what_does_not_count_is_struck_through(alice: Member, alice_client: Client) -> None:
    amounts = ("100.00", "0.00", "0.00", "30.00", "70.00", "50.00", "0.00", "20.00")
    outside = {
        "category": {"coding": [{"system": NETWORK, "code": "billingnetworkstatus"}]},
        "reason": {"coding": [{"code": "outofnetwork"}]},
    }
    save(a_connection(alice), whole(1, *amounts), whole(2, *amounts, on="2026-04-01", adjudication=[outside]))
    rows = re.findall(r'<tr data-testid="ledger-row"([^>]*)>', page(alice_client))
    assert [row.strip() for row in rows] == ["", 'class="ledger__apart"']

"""Editing the listing as an operator."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Member
from apps.listing.models import AppListing
from tests.conftest import by_passkey


@pytest.fixture
def operator_client(db: None) -> Client:
    """Return a browser in which an operator is signed in."""
    operator = Member.objects.create_superuser("operator@example.com", "a long password of the operator")
    return by_passkey(operator)


def test_the_list_leads_to_the_one_row_and_says_what_to_repair(operator_client: Client) -> None:
    answer = operator_client.get(reverse("admin:listing_applisting_changelist"), follow=True)
    html = answer.content.decode()
    assert AppListing.objects.count() == 1
    assert "payers refuse it in production" in html
    assert "Claims and approvals in advance: visits, hospital stays" in html


def test_what_the_operator_saves_is_what_payers_read(operator_client: Client, client: Client) -> None:
    listing = AppListing.objects.for_editing()
    AppListing.objects.filter(pk=listing.pk).update(name="Lee Claims", operator="The Lee family")
    assert "Lee Claims" in client.get("/app/").content.decode()
    assert client.get("/app/client-metadata.json").json()["client_name"] == "Lee Claims"


def test_the_listing_is_neither_added_twice_nor_deleted(operator_client: Client) -> None:
    listing = AppListing.objects.for_editing()
    assert operator_client.get(reverse("admin:listing_applisting_add")).status_code == 403
    assert (
        operator_client.get(reverse("admin:listing_applisting_delete", args=[listing.pk])).status_code == 403
    )

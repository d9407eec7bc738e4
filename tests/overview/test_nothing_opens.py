"""Rows whose seals are broken: every page says so in words, and no file is taken for complete."""

import re

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.records.models import Book, Record
from tests.claims.given import a_connection, an_eob, approvals_of, claims_of
from tests.takeaway.given import EVERYTHING, an_approval, bring, content, get, sure

PAGES = (
    *("/home/", "/claims/", "/claims/?sort=share", "/claims/?state=paid&all=1", "/claims/providers/"),
    *("/money/2025/", "/money/2026/?years=plan", "/claims/approvals/", "/coverage/", "/take-along/"),
)


@pytest.mark.parametrize("broken", [b"broken", b""])
def test_every_page_stands_when_no_row_opens(alice: Member, alice_client: Client, broken: bytes) -> None:
    connection = a_connection(alice)
    bring(connection, *EVERYTHING, an_eob(1))
    an_approval(connection)
    own = [f"/claims/{one.id}/" for one in claims_of(connection)]
    own += [f"/claims/approvals/{one.id}/" for one in approvals_of(connection)]
    assert len(own) == 3
    Record.objects.update(sealed_body=broken)
    Book.objects.update(sealed_head=broken, sealed_entries=broken)
    Connection.objects.update(sealed_patient=b"broken")
    sure(alice_client, alice)
    for path in PAGES:
        assert alice_client.get(path).status_code == 200, path
    for path in own:
        assert "could not be opened" in alice_client.get(path).content.decode(), path
    for form in ("claims", "lines", "approvals", "coverage", "reading", "originals"):
        assert re.search(rb"could.not.be.opened", content(get(alice_client, form))), form

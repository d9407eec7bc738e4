"""Rows whose seals are broken: every page says so in words, and no file is taken for complete."""

import re

import pytest
from apps.coverage.models import Coverage
from django.test import Client

from apps.accounts.models import Member
from apps.claims.models import Approval, Claim, ClaimIndex
from apps.connections.models import Connection
from apps.sync.models import RawResource
from tests.claims.given import a_connection, an_eob
from tests.takeaway.given import EVERYTHING, an_approval, bring, content, get, sure

PAGES = (
    *("/home/", "/claims/", "/claims/?sort=share", "/claims/?state=paid&all=1", "/claims/providers/"),
    *("/year/2025/", "/year/2026/?years=plan", "/claims/approvals/", "/coverage/", "/take-along/"),
)


@pytest.mark.parametrize("broken", [b"broken", b""])
def test_every_page_stands_when_no_row_opens(alice: Member, alice_client: Client, broken: bytes) -> None:
    connection = a_connection(alice)
    bring(connection, *EVERYTHING, an_eob(1))
    an_approval(connection)
    Claim.objects.update(sealed_record=broken, sealed_brief=broken)
    parts = ("sealed_summary", "sealed_columns", "sealed_words", "sealed_entries")
    ClaimIndex.objects.update(**dict.fromkeys(parts, broken))
    for model, column in (
        (Approval, "sealed_record"),
        (Coverage, "sealed_record"),
        (RawResource, "sealed_body"),
    ):
        model._default_manager.update(**{column: broken})
    Connection.objects.update(sealed_patient=b"broken")
    sure(alice_client, alice)
    for path in PAGES:
        assert alice_client.get(path).status_code == 200, path
    own = [f"/claims/{one.pk}/" for one in Claim.objects.all()]
    for path in (*own, f"/claims/approvals/{Approval.objects.get().pk}/"):
        assert "could not be opened" in alice_client.get(path).content.decode()
    for form in ("claims", "lines", "approvals", "coverage", "reading", "originals"):
        assert re.search(rb"could.not.be.opened", content(get(alice_client, form))), form

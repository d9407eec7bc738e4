"""A search that a member kept as a bookmark, once their data key was renewed."""

from io import StringIO

from django.core.management import call_command
from django.test import Client

from apps.accounts.models import Member
from apps.kinds.claim import sealed_query
from apps.vault.boxes import box_for
from tests.claims.given import a_claim
from tests.claims.test_listing import notes
from tests.claims.test_views import page, rows_of


def test_a_search_that_was_kept_does_not_open_after_a_rotation_and_all_are_shown(
    alice: Member, alice_client: Client
) -> None:
    a_claim(alice)
    kept = sealed_query.token_of(box_for(alice), "no such word")
    found = page(alice_client, q=kept)
    assert (notes(found), rows_of(found)) == ([], [])
    call_command("rotate_keys", "--member", str(alice.pk), "--grace", "0", stdout=StringIO())
    after = page(alice_client, q=kept)
    assert notes(after) == ["That search is gone. Please type it again."]
    assert len(rows_of(after)) == 1

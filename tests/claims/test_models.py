"""What the claims table itself guarantees."""

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from apps.accounts.models import Member
from apps.claims.models import Claim
from tests.claims.given import a_claim, a_connection, an_eob, save


def test_a_claim_is_stored_once_per_connection(alice: Member) -> None:
    claim = a_claim(alice)
    claim.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        claim.save(force_insert=True)


def test_a_claim_cannot_be_ordered_by_another_day_than_its_service(alice: Member) -> None:
    claim = a_claim(alice)
    with pytest.raises(IntegrityError), transaction.atomic():
        Claim.objects.filter(pk=claim.pk).update(ordered_on=dt.date(2020, 1, 1))


def test_claims_go_with_their_connection(alice: Member) -> None:
    claim = a_claim(alice)
    claim.connection.delete()
    assert not Claim.objects.exists()


def test_the_text_of_a_row_names_nobody(alice: Member) -> None:
    claim = a_claim(alice)
    assert str(claim) == f"claim {claim.pk}"


def test_the_claims_of_a_year_are_those_of_its_days(alice: Member) -> None:
    save(
        a_connection(alice),
        *[an_eob(day, on=day) for day in ("2025-12-31", "2026-01-01", "2026-12-31", "2027-01-01")],
    )
    days = sorted(claim.ordered_on.isoformat() for claim in alice.claims.of_year(2026))
    assert days == ["2026-01-01", "2026-12-31"]


def test_a_page_of_the_list_is_read_from_the_index(alice: Member) -> None:
    claim = a_claim(alice)
    plan = alice.claims.older_than(claim.pk, among=alice.claims.all()).newest_first()[:26].explain()
    if connection.vendor == "sqlite":
        assert "claims_newest_first" in plan
        assert "TEMP B-TREE" not in plan

"""Who has sealed values: nobody whose keys are gone may look like somebody who never had any (D-08)."""

import pytest
from django.utils import timezone

from apps.accounts.models import Member
from apps.vault.boxes import box_for
from apps.vault.errors import KeyMissing
from apps.vault.models import DataKey
from apps.vault.registry import empty_without_key, sealed_without_key
from tests.claims.given import a_connection
from tests.vault.given import of_the_house, resources


@pytest.mark.parametrize("column", ["sealed_tokens", "sealed_patient"])
def test_d_08_one_sealed_value_in_any_column_is_enough_to_miss_its_key(alice: Member, column: str) -> None:
    connection = a_connection(alice)
    setattr(connection, column, box_for(alice).seal(connection, column, b"x"))
    connection.save()
    assert not sealed_without_key().exists()
    DataKey.objects.of(alice.pk).delete()
    with pytest.raises(KeyMissing, match=str(alice.pk)):
        box_for(alice)
    assert list(sealed_without_key()) == [alice]
    assert not empty_without_key().exists()


def test_what_a_member_seals_is_not_the_houses_and_what_the_house_seals_no_members(
    alice: Member, bob: Member
) -> None:
    """Each gets keys on first use, whatever the others have."""
    resources(alice, 1)
    of_the_house(alice)
    box_for(bob)
    assert [DataKey.objects.of(owner).count() for owner in (alice.pk, bob.pk, None)] == [2, 2, 2]


def test_an_account_that_is_being_erased_already_is_nobody_to_erase(alice: Member) -> None:
    assert list(empty_without_key()) == [alice]
    Member.objects.update(is_active=False, closing_at=timezone.now())
    assert not empty_without_key().exists()

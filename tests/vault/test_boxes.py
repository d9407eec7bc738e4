"""Sealed values open for their owner, in their row and column, and nowhere else."""

import hashlib
import uuid
from typing import Any

import pytest
import zstandard
from django.db import connection

from apps.accounts.models import Member
from apps.vault.boxes import box_for, house_box
from apps.vault.errors import SealBroken, UnknownKey
from apps.vault.models import DataKey
from apps.vault.sealing import NONCE_BYTES, VERSION, VOCABULARY

# DataKey itself has a member and a binary column, which is all that a sealed row needs.
COLUMN = "wrapped"
DIAGNOSIS = b'{"code": "E11.9"}' * 20


def row_of(member: Member) -> DataKey:
    return DataKey(pk=uuid.uuid4(), member=member, key_name="test")


def test_what_was_sealed_opens_and_the_bytes_say_nothing(alice: Member) -> None:
    row, box = row_of(alice), box_for(alice)
    row.wrapped = box.seal(row, COLUMN, DIAGNOSIS)
    assert b"E11" not in row.wrapped
    assert len(row.wrapped) < len(DIAGNOSIS)
    assert box.open(row, COLUMN) == DIAGNOSIS
    assert box_for(alice).open(row, COLUMN) == DIAGNOSIS


def test_nothing_is_sealed_for_a_row_without_a_key_as_it_would_open_in_any_other(alice: Member) -> None:
    row = row_of(alice)
    row.pk = None  # type: ignore[assignment]
    with pytest.raises(ValueError, match="primary key"):
        box_for(alice).seal(row, COLUMN, DIAGNOSIS)


def test_the_vocabulary_is_part_of_the_format_and_never_changes() -> None:
    digest = hashlib.sha256(VOCABULARY.read_bytes()).hexdigest()
    assert digest == "689fb47e20ead04ea6492f436787226f980c99171c9bdbc6b2775f6bb613b387"


def test_what_was_sealed_before_there_was_a_vocabulary_opens(alice: Member) -> None:
    row, box, nonce = row_of(alice), box_for(alice), bytes(NONCE_BYTES)
    header, cipher = box._ring.newest()
    row.wrapped = header + nonce
    row.wrapped += cipher.encrypt(nonce, zstandard.compress(DIAGNOSIS), header + box._binding(row, COLUMN))
    assert box.open(row, COLUMN) == DIAGNOSIS


def test_the_same_value_never_gives_the_same_bytes(alice: Member) -> None:
    row, box = row_of(alice), box_for(alice)
    assert box.seal(row, COLUMN, DIAGNOSIS) != box.seal(row, COLUMN, DIAGNOSIS)


@pytest.mark.parametrize("position", [0, 5, 20, -1])
def test_a_changed_byte_is_an_error_that_names_the_row(alice: Member, position: int) -> None:
    row, box = row_of(alice), box_for(alice)
    sealed = bytearray(box.seal(row, COLUMN, DIAGNOSIS))
    sealed[position] ^= 1
    row.wrapped = bytes(sealed)
    with pytest.raises(SealBroken, match=str(row.pk)) as caught:
        box.open(row, COLUMN)
    assert "E11" not in str(caught.value)


@pytest.mark.parametrize("value", [b"", b"\x01", VERSION + b"x" * 27, b'{"code": "E11.9"}' * 3])
def test_what_was_never_sealed_is_an_error_and_not_an_empty_value(alice: Member, value: bytes) -> None:
    row = row_of(alice)
    row.wrapped = value
    with pytest.raises(SealBroken, match=str(row.pk)):
        box_for(alice).open(row, COLUMN)


def test_a_value_moved_to_another_row_does_not_open(alice: Member) -> None:
    first, second, box = row_of(alice), row_of(alice), box_for(alice)
    second.wrapped = box.seal(first, COLUMN, DIAGNOSIS)
    with pytest.raises(SealBroken, match=str(second.pk)):
        box.open(second, COLUMN)


def test_a_value_moved_to_another_member_does_not_open(alice: Member, bob: Member) -> None:
    hers = row_of(alice)
    stolen = DataKey(
        pk=hers.pk, member=bob, key_name="test", wrapped=box_for(alice).seal(hers, COLUMN, DIAGNOSIS)
    )
    with pytest.raises(SealBroken):
        box_for(bob).open(stolen, COLUMN)
    with pytest.raises(SealBroken, match="another owner"):
        box_for(bob).open(hers, COLUMN)


def test_a_member_has_one_data_key_and_the_house_another(alice: Member) -> None:
    box_for(alice), box_for(alice), house_box(), house_box()
    for owner in (alice.pk, None):
        assert sorted(DataKey.objects.of(owner).values_list("use", "number")) == [("find", 1), ("seal", 1)]


def test_a_wrapped_key_moved_to_another_member_does_not_open(alice: Member, bob: Member) -> None:
    box_for(alice), box_for(bob)
    hers, his = (DataKey.objects.of(member.pk).sealing().get() for member in (alice, bob))
    DataKey.objects.filter(pk=his.pk).update(wrapped=bytes(hers.wrapped))
    with pytest.raises(SealBroken, match=str(his.pk)):
        box_for(bob)


def test_the_first_key_wraps_and_older_keys_still_unwrap(
    alice: Member, bob: Member, settings: object
) -> None:
    old, new = "old:" + "A" * 43 + "=", "new:" + "B" * 43 + "="
    settings.VAULT_KEYS = [old]  # type: ignore[attr-defined]
    row = row_of(alice)
    row.wrapped = box_for(alice).seal(row, COLUMN, DIAGNOSIS)
    settings.VAULT_KEYS = [new, old]  # type: ignore[attr-defined]
    assert box_for(alice).open(row, COLUMN) == DIAGNOSIS
    box_for(bob)
    assert DataKey.objects.of(bob.pk).sealing().get().key_name == "new"
    settings.VAULT_KEYS = [new]  # type: ignore[attr-defined]
    with pytest.raises(UnknownKey, match="old"):
        box_for(alice)


def test_erasing_the_data_key_makes_the_data_unreadable(alice: Member) -> None:
    row = row_of(alice)
    row.wrapped = box_for(alice).seal(row, COLUMN, DIAGNOSIS)
    DataKey.objects.filter(member=alice).delete()
    with pytest.raises(SealBroken):
        box_for(alice).open(row, COLUMN)


def test_the_data_key_is_never_in_the_database(alice: Member) -> None:
    box = box_for(alice)
    with connection.cursor() as cursor:
        cursor.execute("select key_name, wrapped from vault_datakey")
        for name, wrapped in cursor.fetchall():
            assert name == "test"
            assert len(bytes(wrapped)) == 12 + 32 + 16
    assert repr(box) == "Box()"


def test_a_fingerprint_depends_on_owner_purpose_and_text_d_12(alice: Member) -> None:
    box = house_box()
    mark = box.fingerprint("identity", "somebody")
    assert mark == house_box().fingerprint("identity", "somebody")
    others = {
        box.fingerprint("another purpose", "somebody"),
        box.fingerprint("identity", "somebody else"),
        box_for(alice).fingerprint("identity", "somebody"),
    }
    assert len(others | {mark}) == 4
    assert len(mark) == 32


def test_a_fingerprint_survives_the_rotation_of_the_key_list_d_12(db: None, settings: Any) -> None:
    mark = house_box().fingerprint("identity", "somebody")
    settings.VAULT_KEYS = [f"new:{'B' * 43}=", *settings.VAULT_KEYS]
    assert house_box().fingerprint("identity", "somebody") == mark


def test_a_text_opens_for_its_purpose_and_owner_only(alice: Member) -> None:
    sealed = house_box().seal_text("codes", "1234")
    assert house_box().open_text("codes", sealed) == "1234"
    for box, purpose in ((house_box(), "other"), (box_for(alice), "codes")):
        with pytest.raises(SealBroken):
            box.open_text(purpose, sealed)

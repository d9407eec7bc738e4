"""Sealed values open for their owner, in their row and column, and nowhere else."""

import hashlib
import uuid

import pytest
import zstandard
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from apps.accounts.models import Member
from apps.records.models import Activity, Book, Remark
from apps.vault.boxes import box_for, house_box
from apps.vault.errors import SealBroken
from apps.vault.keys import key_list
from apps.vault.models import DataKey
from apps.vault.rings import keys_of, unwrapped
from apps.vault.sealed_bytes import HEADER_BYTES, NONCE_BYTES, VOCABULARY

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


def test_what_is_sealed_is_aes_256_gcm_under_a_key_of_the_members_own(alice: Member, bob: Member) -> None:
    """By another hand: the key has 32 bytes, and so has the one of the settings that wraps it."""
    row, box = row_of(alice), box_for(alice)
    sealed, start = box.seal(row, COLUMN, DIAGNOSIS), HEADER_BYTES + NONCE_BYTES
    keys = [unwrapped(key) for key in keys_of(alice.pk)]
    bound_to = sealed[:HEADER_BYTES] + box._bindings(row, COLUMN)[0]
    opened = [
        AESGCM(key).decrypt(sealed[HEADER_BYTES:start], sealed[start:], bound_to)
        for key, held in zip(keys, keys_of(alice.pk), strict=True)
        if held.use == DataKey.Use.SEAL
    ]
    assert len(opened) == 1 and {len(key) for key in keys} == {32}
    assert not set(keys) & {unwrapped(key) for key in keys_of(bob.pk)}
    assert {len(key) for key in key_list().keys.values()} == {32}


def test_the_vocabulary_is_part_of_the_format_and_never_changes() -> None:
    digest = hashlib.sha256(VOCABULARY.read_bytes()).hexdigest()
    assert digest == "689fb47e20ead04ea6492f436787226f980c99171c9bdbc6b2775f6bb613b387"


def test_what_was_sealed_before_there_was_a_vocabulary_opens(alice: Member) -> None:
    row, box, nonce = row_of(alice), box_for(alice), bytes(NONCE_BYTES)
    header, cipher = box._ring.newest()
    row.wrapped = header + nonce
    row.wrapped += cipher.encrypt(
        nonce, zstandard.compress(DIAGNOSIS), header + box._bindings(row, COLUMN)[0]
    )
    assert box.open(row, COLUMN) == DIAGNOSIS


def test_a_row_of_another_owner_is_not_even_tried(alice: Member, bob: Member) -> None:
    with pytest.raises(SealBroken, match="another owner"):
        box_for(bob).open(row_of(alice), COLUMN)


def test_a_value_moved_to_another_column_or_to_another_model_does_not_open(alice: Member) -> None:
    box, number = box_for(alice), uuid.uuid4()
    book, activity = Book(pk=number, member=alice), Activity(pk=number, member=alice)
    book.sealed_head = box.seal(book, "sealed_head", DIAGNOSIS)
    book.sealed_entries, remark = book.sealed_head, Remark(pk=number, member=alice)
    activity.sealed_body = box.seal(activity, "sealed_body", DIAGNOSIS)
    remark.sealed_body = activity.sealed_body
    for row, column in ((book, "sealed_entries"), (remark, "sealed_body")):
        with pytest.raises(SealBroken, match="moved from another row"):
            box.open(row, column)
    assert box.open(activity, "sealed_body") == box.open(book, "sealed_head") == DIAGNOSIS


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


def test_a_text_opens_for_its_purpose_and_owner_only(alice: Member) -> None:
    sealed = house_box().seal_text("codes", "1234")
    assert house_box().open_text("codes", sealed) == "1234"
    for box, purpose in ((house_box(), "other"), (box_for(alice), "codes")):
        with pytest.raises(SealBroken):
            box.open_text(purpose, sealed)

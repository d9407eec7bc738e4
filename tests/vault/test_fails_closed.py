"""What was changed, moved or cut is an error that names the row: never the bytes, never an empty value."""

import hmac
import secrets
import uuid
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import connection
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apps.accounts.models import Member, SecurityEvent
from apps.plans.registrations import Registration
from apps.records.models import Record
from apps.vault.boxes import Box, box_for, house_box, name_of
from apps.vault.errors import KeyMissing, SealBroken, UnknownKey
from apps.vault.models import DataKey
from apps.vault.rings import Ring, renew, unwrapped
from apps.vault.sealed_bytes import HEADER_BYTES, header_of, open_sealed, seal
from tests.vault.given import body_of, of_the_house, resources

BOUND = b"records.record\x1fsealed_body\x1fowner\x1frow"


def opens(cipher: AESGCM, sealed: bytes, bound_to: bytes = BOUND, number: int = 1) -> bytes:
    return open_sealed({number: cipher}.get, sealed, bound_to=bound_to, row="the row")


def test_d_03_every_byte_of_a_hundred_values_counts() -> None:
    """D-03: each byte of each value, one bit and all bits of it, those of version and number too."""
    cipher = AESGCM(secrets.token_bytes(32))
    tried = 0
    for length in range(100):
        sealed = seal(cipher, b"x" * length, header=header_of(1), bound_to=BOUND)
        assert opens(cipher, sealed) == b"x" * length
        for position in range(len(sealed)):
            for flip in (1, 255):
                changed = bytearray(sealed)
                changed[position] ^= flip
                with pytest.raises(SealBroken, match="the row"):
                    opens(cipher, bytes(changed))
                tried += 1
    assert tried > 8_000


def test_d_03_a_value_that_names_another_key_of_the_same_owner_does_not_open() -> None:
    """The number is part of what is authenticated: also with the very same key under both numbers."""
    cipher = AESGCM(secrets.token_bytes(32))
    sealed = seal(cipher, b"x", header=header_of(1), bound_to=BOUND)
    other = header_of(2) + sealed[HEADER_BYTES:]
    with pytest.raises(SealBroken):
        opens(cipher, other, number=2)


@given(cut=st.integers(min_value=0, max_value=60), end=st.booleans())
def test_d_03_a_value_cut_at_either_end_does_not_open(cut: int, end: bool) -> None:
    cipher = AESGCM(secrets.token_bytes(32))
    sealed = seal(cipher, b"a diagnosis and more", header=header_of(1), bound_to=BOUND)
    part = sealed[:cut] if end else sealed[cut + 1 :]
    if part == sealed:
        return
    with pytest.raises(SealBroken):
        opens(cipher, part)


@given(st.binary(max_size=200))
def test_d_02_bytes_that_were_never_sealed_are_an_error_and_not_returned(unsealed: bytes) -> None:
    with pytest.raises(SealBroken):
        opens(AESGCM(secrets.token_bytes(32)), unsealed)


def test_d_04_a_value_moved_to_any_other_place_does_not_open(alice: Member, bob: Member) -> None:
    """D-04: row, column and owner, read through the database."""
    first, second = resources(alice, 2)
    his = resources(bob, 1)[0]
    body = bytes(first.sealed_body)
    for other, box in ((second, box_for(alice)), (his, box_for(bob))):
        Record.objects.filter(pk=other.pk).update(sealed_body=body)
        with pytest.raises(SealBroken, match=str(other.pk)):
            box.open(Record.objects.get(pk=other.pk), "sealed_body")
    connection = first.connection
    for column in ("sealed_tokens", "sealed_patient"):
        setattr(connection, column, body)
        with pytest.raises(SealBroken, match=f"{column} of {connection.pk}"):
            box_for(alice).open(connection, column)


def test_d_04_a_member_cannot_be_given_the_row_of_another(alice: Member, bob: Member) -> None:
    row = resources(alice, 1)[0]
    box_for(bob)
    Record.objects.filter(pk=row.pk).update(member=bob)
    row.refresh_from_db()
    with pytest.raises(SealBroken, match=str(row.pk)):
        box_for(bob).open(row, "sealed_body")


def test_d_04_a_data_key_given_to_another_member_does_not_open(alice: Member, bob: Member) -> None:
    """Whoever writes into the database cannot have one member's key open as another's."""
    box_for(alice), box_for(bob)
    DataKey.objects.of(bob.pk).delete()
    DataKey.objects.of(alice.pk).update(member=bob)
    with pytest.raises(SealBroken, match=r"vault\.datakey"):
        box_for(bob)


def test_nothing_is_sealed_for_a_row_that_has_no_number_yet(alice: Member) -> None:
    """It would be bound to no row, and open in every other one made so."""
    with pytest.raises(ValueError, match="primary key"):
        box_for(alice).seal(SecurityEvent(member=alice), "kind", b"x")


def test_d_12_a_digest_comes_out_as_it_always_did(alice: Member) -> None:
    """Rows are found by it: a key of 32 known bytes, HKDF-Expand and HMAC-SHA-256, computed elsewhere."""
    box = box_for(alice)
    box._ring._finding = bytes(range(32))
    info, key = b"fingerprint\x1fpurpose\x01", bytes(range(32))
    expanded = hmac.digest(key, info, "sha256")
    assert box.fingerprint("purpose", "text") == hmac.digest(expanded, b"text", "sha256")


def test_d_02_a_wrong_wrapping_key_of_the_right_name_is_an_error_and_overwrites_nothing(
    alice: Member, settings: Any
) -> None:
    resources(alice, 1), of_the_house(alice)
    before = sorted(map(bytes, DataKey.objects.values_list("wrapped", flat=True)))
    settings.VAULT_KEYS = [f"test:{'Q' * 43}="]
    for box in (lambda: box_for(alice), house_box):
        with pytest.raises(SealBroken, match="does not open with key 'test'"):
            box()
    assert sorted(map(bytes, DataKey.objects.values_list("wrapped", flat=True))) == before


def test_d_08_a_lost_wrapping_key_is_an_error_and_overwrites_nothing(alice: Member, settings: Any) -> None:
    resources(alice, 1)
    before = DataKey.objects.count()
    settings.VAULT_KEYS = [f"another:{'Q' * 43}="]
    with pytest.raises(UnknownKey, match="'test'"):
        box_for(alice)
    assert DataKey.objects.count() == before


def test_d_08_sealed_rows_without_any_data_key_get_no_new_one(alice: Member) -> None:
    """D-08: a new key would hide that `vault_datakey` has to be restored."""
    row = resources(alice, 1)[0]
    of_the_house(alice)
    kept = list(DataKey.objects.all())
    DataKey.objects.all().delete()
    with pytest.raises(KeyMissing, match=str(alice.pk)):
        box_for(alice)
    with pytest.raises(KeyMissing, match="house"):
        house_box()
    assert not DataKey.objects.exists()
    DataKey.objects.bulk_create(kept)
    assert box_for(alice).open(row, "sealed_body") == body_of(row, 0)


def test_d_10_no_key_is_in_the_text_of_anything_that_holds_one(alice: Member) -> None:
    ring = Ring(alice.pk)
    row = DataKey.objects.of(alice.pk).sealing().get()
    key = unwrapped(row)
    ring.finding_key()
    for holder in (ring, Box(ring), row):
        for text in (repr(holder), str(holder), f"{holder}"):
            assert key.hex() not in text
            assert repr(key)[2:10] not in text


def test_d_11_nothing_of_the_vault_depends_on_secret_key(alice: Member, settings: Any) -> None:
    """D-11: signing keys change; records, secrets of the house and digests stay."""
    row = resources(alice, 1)[0]
    of_the_house(alice)
    mark = box_for(alice).fingerprint("x", "y")
    settings.SECRET_KEY = secrets.token_urlsafe(50)
    settings.SECRET_KEY_FALLBACKS = []
    assert box_for(alice).open(row, "sealed_body") == body_of(row, 0)
    assert house_box().open(Registration.objects.get(), "sealed_client_secret")
    assert box_for(alice).fingerprint("x", "y") == mark


def test_a_row_is_named_by_table_column_and_key(alice: Member) -> None:
    row = Record(pk=uuid.UUID(int=7), member=alice)
    assert name_of(row, "sealed_body") == f"records.record.sealed_body of {uuid.UUID(int=7)}"


def test_d_08_keys_that_another_process_made_meanwhile_are_the_ones(alice: Member) -> None:
    """It also sealed its first row, between our look for keys and our look for sealed rows."""
    row = resources(alice, 1)[0]
    kept = list(DataKey.objects.all())
    DataKey.objects.all().delete()

    def meanwhile(execute: Any, sql: str, *rest: Any) -> Any:
        if kept and "vault_datakey" not in sql:
            made, kept[:] = kept[:], []
            DataKey.objects.bulk_create(made)
        return execute(sql, *rest)

    with connection.execute_wrapper(meanwhile):
        assert box_for(alice).open(row, "sealed_body") == body_of(row, 0)


def test_what_was_sealed_by_hand_and_not_packed_is_an_error_and_not_its_bytes() -> None:
    """Whoever has the key and not the format gets nothing shown."""
    cipher, nonce, header = AESGCM(secrets.token_bytes(32)), secrets.token_bytes(12), header_of(1)
    sealed = header + nonce + cipher.encrypt(nonce, b"plain", header + BOUND)
    with pytest.raises(SealBroken, match="does not decompress"):
        opens(cipher, sealed)


def test_with_the_key_of_digests_lost_nothing_is_found_and_after_a_renewal_it_is_an_error(
    alice: Member,
) -> None:
    """By what was the first data key rows are found otherwise; that one is gone once keys were renewed."""
    keys = DataKey.objects.of(alice.pk)
    found_by = box_for(alice).fingerprint("x", "y")
    renew(keys.sealing().get())
    keys.filter(use=DataKey.Use.FIND).delete()
    assert box_for(alice).fingerprint("x", "y") != found_by
    keys.filter(number=1).delete()
    with pytest.raises(KeyMissing):
        box_for(alice).fingerprint("x", "y")


def test_an_owner_whose_keys_are_all_retired_has_none_made_anew(alice: Member) -> None:
    """Half a rotation by hand: a new first key would seal under the number of another."""
    box_for(alice)
    DataKey.objects.of(alice.pk).update(retired_at=timezone.now())
    before = list(DataKey.objects.of(alice.pk).values())
    with pytest.raises(KeyMissing):
        Ring(alice.pk)
    assert list(DataKey.objects.of(alice.pk).values()) == before


def test_a_key_that_somebody_renewed_meanwhile_gets_no_second_successor(alice: Member) -> None:
    box_for(alice)
    sealing = DataKey.objects.of(alice.pk).sealing().get()
    assert [renew(sealing), renew(sealing)] == [True, False]
    assert sorted(DataKey.objects.of(alice.pk).filter(use="seal").values_list("number", flat=True)) == [1, 2]

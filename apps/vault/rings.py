"""A ring: the data keys of one owner, made on first use, unwrapped when first needed."""

import logging
import secrets
import time
import uuid
from datetime import timedelta
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.vault import wrapping
from apps.vault.errors import KeyMissing
from apps.vault.models import DataKey
from apps.vault.registry import has_sealed
from apps.vault.sealed_bytes import header_of
from config.safe_secrets import KEY_BYTES

log = logging.getLogger("plainclaim.vault")

HOUSE: Final = "house"
FRESH_SECONDS: Final = 30.0
"""How long a ring trusts that its newest key is still the one to seal with."""
OLDEST: Final = timedelta(days=365)
"""The age at which a key that seals gets a successor (D-05). NIST SP 800-38D section 8.3 allows 2^32 random
96-bit nonces to a key; half of them in a year are 5.8 million seals a day: fifty thousand rows of one member,
every one written anew a hundred times a day."""

type Cipher = tuple[bytes, AESGCM]
"""What a value begins with, and what encrypts it."""


class Ring:
    """The keys of one owner. Any number of threads may use one."""

    def __init__(self, member_id: uuid.UUID | None) -> None:
        self.member_id = member_id
        self.owner = str(member_id) if member_id else HOUSE
        self._ciphers: dict[int, AESGCM] = {}
        self._finding: bytes | None = None
        self._load()

    def __repr__(self) -> str:
        return "Ring()"

    def newest(self) -> Cipher:
        """Return what seals now; looked up again when it was not for a while, since keys rotate meanwhile."""
        if time.monotonic() - self._loaded > FRESH_SECONDS:
            self._load()
        return self._newest

    def cipher(self, number: int) -> AESGCM | None:
        """Return the cipher of key *number*, None when there is no such key."""
        if number not in self._ciphers:
            if number not in self._rows:
                self._load()  # made after this ring was
            row = self._rows.get(number)
            if row is None:
                return None
            self._ciphers[number] = AESGCM(unwrapped(row))
        return self._ciphers[number]

    def finding_key(self) -> bytes:
        """Return the key of the digests: its own, or where it has no row yet, that of the first data key.

        Raises KeyMissing where both are lost.
        """
        if self._finding is None:
            row = self._finds or self._rows.get(1)
            if row is None:
                raise KeyMissing(self.owner)
            self._finding = unwrapped(row)
        return self._finding

    def _load(self) -> None:
        rows = keys_of(self.member_id)
        self._finds = next((row for row in rows if row.use == DataKey.Use.FIND), None)
        self._rows = {row.number: row for row in rows if row.use == DataKey.Use.SEAL}
        sealing = next(row for row in self._rows.values() if row.retired_at is None)
        number = sealing.number
        if number not in self._ciphers:
            self._ciphers[number] = AESGCM(unwrapped(sealing))
        self._newest: Cipher = (header_of(number), self._ciphers[number])
        self._loaded = time.monotonic()


def keys_of(member_id: uuid.UUID | None) -> list[DataKey]:
    """Return the owner's keys by number, made on first use. One query when they exist.

    A key that has become too old gets a successor. Raises KeyMissing.
    """
    rows = _rows(member_id) or _make_first(member_id)
    sealing = next((row for row in rows if row.use == DataKey.Use.SEAL and row.retired_at is None), None)
    if sealing is None:
        raise KeyMissing(str(member_id or HOUSE))
    if timezone.now() - sealing.created_at >= OLDEST:
        log.info("%s is %d days old: the next key begins", sealing, OLDEST.days)
        renew(sealing)
        rows = _rows(member_id)
    return rows


def renew(sealing: DataKey) -> bool:
    """Give the owner the next key and retire this one; False when that is somebody else's just now, or done.

    The member is locked first, as by whoever closes the account; the key is never waited for.
    """
    with transaction.atomic():
        if sealing.member_id is not None:
            members = get_user_model()._default_manager.select_for_update(no_key=True)
            if not members.filter(pk=sealing.member_id).exists():
                return False
        row = DataKey.objects.sealing().select_for_update(skip_locked=True).filter(pk=sealing.pk).first()
        if row is None:
            return False
        own = DataKey.objects.of(row.member_id)
        if not own.filter(use=DataKey.Use.FIND).exists():
            # The digests stay as they are: their key is what the first data key was.
            first = own.get(use=DataKey.Use.SEAL, number=1)
            _new(row.member_id, DataKey.Use.FIND, 1, unwrapped(first)).save(force_insert=True)
        DataKey.objects.filter(pk=row.pk).update(retired_at=timezone.now())
        successor = _new(row.member_id, DataKey.Use.SEAL, row.number + 1, secrets.token_bytes(KEY_BYTES))
        successor.save(force_insert=True)
    return True


def unwrapped(row: DataKey) -> bytes:
    """Return the key of a row. Raises UnknownKey, WrapperFailed or SealBroken, naming the row."""
    return wrapping.unwrap(
        bytes(row.wrapped), name=row.key_name, context=context_of(row), row=f"vault.datakey {row.pk}"
    )


def context_of(row: DataKey) -> bytes:
    """Return what a wrapped key is bound to: its row and owner."""
    return f"vault.datakey\x1f{row.member_id or HOUSE}\x1f{row.pk}".encode()


def _rows(member_id: uuid.UUID | None) -> list[DataKey]:
    return list(DataKey.objects.of(member_id).order_by("number"))


def _make_first(member_id: uuid.UUID | None) -> list[DataKey]:
    if has_sealed(member_id):
        # Another process may have made the keys since they were looked for, and sealed with them.
        if since := _rows(member_id):
            return since
        raise KeyMissing(str(member_id or HOUSE))
    keys = [
        _new(member_id, DataKey.Use.SEAL, 1, secrets.token_bytes(KEY_BYTES)),
        _new(member_id, DataKey.Use.FIND, 1, secrets.token_bytes(KEY_BYTES)),
    ]
    try:
        with transaction.atomic():
            DataKey.objects.bulk_create(keys)
    except IntegrityError:  # another request was first: its keys are the ones
        first = _rows(member_id)
        if not first:
            raise
        return first
    return keys


def _new(member_id: uuid.UUID | None, use: DataKey.Use, number: int, data_key: bytes) -> DataKey:
    row = DataKey(member_id=member_id, use=use, number=number)
    row.key_name, row.wrapped = wrapping.wrap(
        data_key, context=context_of(row), row=f"vault.datakey {row.pk}"
    )
    return row

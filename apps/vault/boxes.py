"""Boxes: everything of one owner is sealed and opened with that owner's data key."""

import base64
import binascii
import hashlib
import hmac
import secrets
import uuid
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from django.db import IntegrityError, models, transaction

from apps.vault.errors import SealBroken
from apps.vault.keys import KEY_BYTES, key_list
from apps.vault.models import DataKey
from apps.vault.sealing import open_sealed, seal

HOUSE: Final = "house"


class Box:
    """Seals and opens the columns of one owner's rows.

    The associated data is ``model, column, owner, primary key``, so a value moved to another column, row or
    member does not open. Rows of a member have a ``member`` foreign key; rows of the house have none, or an
    empty one.
    """

    def __init__(self, *, owner: str, data_key: bytes) -> None:
        self.owner = owner
        self._data_key = data_key
        self._cipher = AESGCM(data_key)

    def __repr__(self) -> str:
        return "Box()"

    def seal(self, row: models.Model, column: str, data: bytes) -> bytes:
        """Return *data* sealed for ``row.column``; the row's primary key must be set."""
        return seal(self._cipher, data, bound_to=self._binding(row, column))

    def open(self, row: models.Model, column: str) -> bytes:
        """Return what ``row.column`` holds; raise SealBroken, naming the row, when it does not open."""
        binding = self._binding(row, column)
        return open_sealed(
            self._cipher, getattr(row, column) or b"", bound_to=binding, row=name_of(row, column)
        )

    def seal_text(self, purpose: str, text: str) -> str:
        """Return *text* sealed for a purpose instead of a row, in base64: for columns others define."""
        sealed = seal(self._cipher, text.encode(), bound_to=self._purpose(purpose))
        return base64.b64encode(sealed).decode()

    def open_text(self, purpose: str, sealed: str) -> str:
        """Return what `seal_text` was given; raise SealBroken for anything else or another purpose."""
        try:
            data = base64.b64decode(sealed, validate=True)
        except (binascii.Error, ValueError):
            raise SealBroken(purpose, "not a sealed value") from None
        return open_sealed(self._cipher, data, bound_to=self._purpose(purpose), row=purpose).decode()

    def fingerprint(self, purpose: str, text: str) -> str:
        """Return a keyed digest of *text*: 64 hex digits that find a row and tell a reader nothing (D-12).

        HMAC-SHA-256 under a key of its own for each purpose, derived from the data key (HKDF, RFC 5869), so
        it stays the same when SECRET_KEY changes and when VAULT_KEYS rotates.
        """
        info = b"fingerprint\x1f" + purpose.encode()
        key = HKDFExpand(algorithm=SHA256(), length=32, info=info).derive(self._data_key)
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()

    def _purpose(self, purpose: str) -> bytes:
        return "\x1f".join(("text", purpose, self.owner)).encode()

    def _binding(self, row: models.Model, column: str) -> bytes:
        row._meta.get_field(column)  # a misspelt column is a programming error, not a new binding
        owner = str(getattr(row, "member_id", None) or HOUSE)
        if owner != self.owner:
            raise SealBroken(name_of(row, column), "belongs to another owner than this box")
        if row.pk is None:
            raise ValueError("a row needs its primary key before anything is sealed for it")
        return "\x1f".join((row._meta.label_lower, column, owner, str(row.pk))).encode()


def name_of(row: models.Model, column: str) -> str:
    """Return ``app.model.column of primary-key``: enough for an operator, nothing private."""
    return f"{row._meta.label_lower}.{column} of {row.pk}"


def box_for(member: Any) -> Box:
    """Return *member*'s box, making their data key on first use. One query when it exists."""
    return _box(member_id=member.pk)


def house_box() -> Box:
    """Return the box of the house, for operators' secrets."""
    return _box(member_id=None)


def _box(*, member_id: uuid.UUID | None) -> Box:
    owner = HOUSE if member_id is None else str(member_id)
    row = _row(member_id) or _make(member_id, owner)
    data_key = key_list().unwrap(
        bytes(row.wrapped), name=row.key_name, context=_context(row, owner), row=name_of(row, "wrapped")
    )
    return Box(owner=owner, data_key=data_key)


def _row(member_id: uuid.UUID | None) -> DataKey | None:
    lookup = {"member__isnull": True} if member_id is None else {"member_id": member_id}
    return DataKey.objects.filter(**lookup).first()


def _make(member_id: uuid.UUID | None, owner: str) -> DataKey:
    keys = key_list()
    row = DataKey(member_id=member_id, key_name=keys.current)
    row.wrapped = keys.wrap(secrets.token_bytes(KEY_BYTES), context=_context(row, owner))
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:  # another request was first: its key is the one
        first = _row(member_id)
        if first is None:
            raise
        return first
    return row


def _context(row: DataKey, owner: str) -> bytes:
    return f"vault.datakey\x1f{owner}\x1f{row.pk}".encode()

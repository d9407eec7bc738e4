"""Boxes: everything of one owner is sealed, opened, found and compared with that owner's data keys."""

import base64
import binascii
import hashlib
import hmac
from contextlib import suppress
from typing import Any, Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from django.db import models

from apps.vault.errors import SealBroken
from apps.vault.rings import HOUSE, Ring
from apps.vault.sealed_bytes import open_sealed, seal

APART: Final = "\x1f"


class Box:
    """Seals and opens the columns of one owner's rows.

    The associated data is ``model, column, owner, primary key``, so a value moved to another column, row or
    member does not open. A model may bind a column to what readable ones of the row say, too (``BOUND_BY``,
    their names by that of the column; a further one goes to the end). Rows of a member have a ``member``
    foreign key; rows of the house have none, or an empty one. Values are sealed under the owner's newest key;
    older ones open what was sealed before.
    """

    def __init__(self, ring: Ring) -> None:
        self.owner, self.member_id = ring.owner, ring.member_id
        self._ring = ring
        self._digest_keys: dict[str, bytes] = {}

    def __repr__(self) -> str:
        return "Box()"

    def seal(self, row: models.Model, column: str, plain: bytes) -> bytes:
        """Return *plain* sealed for ``row.column``; the row's primary key must be set."""
        header, cipher = self._ring.newest()
        return seal(cipher, plain, header=header, bound_to=self._bindings(row, column)[0])

    def open(self, row: models.Model, column: str) -> bytes:
        """Return what ``row.column`` holds; raise SealBroken, naming the row, when it does not open."""
        value, name = getattr(row, column) or b"", name_of(row, column)
        *newer, first = self._bindings(row, column)
        for binding in newer:
            with suppress(SealBroken):
                return open_sealed(self._ring.cipher, value, bound_to=binding, row=name)
        return open_sealed(self._ring.cipher, value, bound_to=first, row=name)

    def seal_text(self, purpose: str, text: str) -> str:
        """Return *text* sealed for a purpose instead of a row, in base64: for columns others define."""
        header, cipher = self._ring.newest()
        sealed = seal(cipher, text.encode(), header=header, bound_to=self._purpose(purpose))
        return base64.b64encode(sealed).decode()

    def open_text(self, purpose: str, sealed: str) -> str:
        """Return what `seal_text` was given; raise SealBroken for anything else or another purpose."""
        try:
            raw = base64.b64decode(sealed, validate=True)
        except (binascii.Error, ValueError):
            raise SealBroken(purpose, "not a sealed value") from None
        return open_sealed(self._ring.cipher, raw, bound_to=self._purpose(purpose), row=purpose).decode()

    def fingerprint(self, purpose: str, text: str) -> bytes:
        """Return a keyed digest of *text*: 32 bytes that find a row and tell a reader nothing (D-12).

        Its key is derived from the owner's key for finding, so it stays the same when SECRET_KEY changes and
        when wrapping or data keys rotate. HMAC-SHA-256 under a key derived for *purpose* (HKDF, RFC 5869):
        rows are found by what comes out, so it may never come out otherwise.
        """
        key = self._digest_keys.get(purpose)
        if key is None:
            info = b"fingerprint\x1f" + purpose.encode()
            key = HKDFExpand(algorithm=SHA256(), length=32, info=info).derive(self._ring.finding_key())
            self._digest_keys[purpose] = key
        return hmac.digest(key, text.encode(), "sha256")

    def _purpose(self, purpose: str) -> bytes:
        return APART.join(("text", purpose, self.owner)).encode()

    def _bindings(self, row: models.Model, column: str) -> list[bytes]:
        """What the column is bound to, then what it was before `BOUND_BY` had its last name, and so on, but
        never to no column at all: where its first name says, a value of before could be led anywhere (S-01).

        Whatever is sealed now has the first of them: older ones open until their row is sealed again.
        """
        row._meta.get_field(column)  # a misspelt column is a programming error, not a new binding
        owner = str(getattr(row, "member_id", None) or HOUSE)
        if owner != self.owner:
            raise SealBroken(name_of(row, column), "belongs to another owner than this box")
        if row.pk is None:
            raise ValueError("a row needs its primary key before anything is sealed for it")
        by = [str(getattr(row, name)) for name in bound_by(row).get(column, ())]
        if any(APART in text for text in by):  # it would run on into the next one
            raise SealBroken(name_of(row, column), "bound to what no column holds")
        parts = [row._meta.label_lower, column, owner, str(row.pk), *by]
        return [APART.join(parts[: len(parts) - fewer]).encode() for fewer in range(max(len(by), 1))]


def bound_by(model: models.Model | type[models.Model]) -> dict[str, tuple[str, ...]]:
    """Return which sealed columns of a model are bound to what which of its readable columns say."""
    return getattr(model, "BOUND_BY", {})


def name_of(row: models.Model, column: str) -> str:
    """Return ``app.model.column of primary-key``: enough for an operator, nothing private."""
    return f"{row._meta.label_lower}.{column} of {row.pk}"


def box_for(member: Any) -> Box:
    """Return *member*'s box, making their keys on first use. One query when they exist."""
    return Box(Ring(member.pk))


def house_box() -> Box:
    """Return the box of the house, for operators' secrets."""
    return Box(Ring(None))


SOURCE_KEY: Final = "source key"
DIGEST: Final = "digest"


def source_key(box: Box, identity: str) -> bytes:
    """Return what a record is found by: 32 bytes made of its ``Type/id``, or what stands for that (D-12).

    Directories of providers are public, and ids of people and claims are often numbers: a plain digest would
    tell a thief of the database whose records name a doctor.
    """
    return box.fingerprint(SOURCE_KEY, identity)


def digest(box: Box, *parts: bytes) -> bytes:
    """Return what tells a text that changed from one that did not: 32 bytes of its parts in a row."""
    plain = hashlib.sha256()
    for part in parts:
        plain.update(part)
    return box.fingerprint(DIGEST, plain.hexdigest())

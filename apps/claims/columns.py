"""A piece of the index by columns: thousands of claims are filtered and ordered without decoding one, pure.

A column is a packed array with one value per claim, newest first; texts stand in small tables.
"""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, DecimalException
from typing import Final
from uuid import UUID

import msgspec

from apps.claims import index
from apps.claims.index import Entry

UNIT: Final = 10_000
"""Shares are whole ten-thousandths of the currency, which every real amount is; `odd` holds the others."""
UNKNOWN: Final = -(2**63)
_MOST: Final = 2**62
CURRENT, COUNTED = 1, 2


class _Packed(msgspec.Struct, array_like=True):
    """As it is stored. Numbers are little-endian: i and I of 4 bytes, H of 2, q of 8."""

    ids: bytes
    days: bytes
    flags: bytes
    kinds: bytes
    groups: bytes
    people: bytes
    providers: bytes
    currencies: bytes
    shares: bytes
    by_share: bytes
    kind_names: list[str]
    group_names: list[str]
    people_keys: list[str]
    provider_keys: list[str]
    currency_codes: list[str]
    odd: dict[int, Decimal]


@dataclass(slots=True)
class Columns:
    """One connection and year, open. Positions count from 0, the newest claim."""

    ids: bytes
    days: Sequence[int]
    flags: bytes
    kinds: bytes
    groups: bytes
    people: Sequence[int]
    providers: Sequence[int]
    currencies: Sequence[int]
    shares: Sequence[int | Decimal]
    by_share: Sequence[int]
    """Positions by share: US dollars first, the highest first, unknown ones last."""
    kind_names: list[str]
    group_names: list[str]
    people_keys: list[str]
    provider_keys: list[str]
    currency_codes: list[str]

    def __len__(self) -> int:
        return len(self.days)

    def claim_id(self, position: int) -> UUID:
        """Return which claim stands at *position*."""
        return UUID(bytes=self.ids[16 * position : 16 * position + 16])

    def position_of(self, claim_id: UUID) -> int | None:
        """Return where a claim stands, None when it is not in this piece."""
        wanted, found = claim_id.bytes, self.ids.find(claim_id.bytes)
        while found >= 0 and found % 16:
            found = self.ids.find(wanted, found + 1)
        return None if found < 0 else found // 16

    def date_key(self, position: int) -> tuple[object, ...]:
        """Return what puts the newest first, as the database does: by day, then by id."""
        claim = self.ids[16 * position : 16 * position + 16]
        return -self.days[position], -int.from_bytes(claim)

    def share_key(self, position: int) -> tuple[object, ...]:
        """Return what puts the highest share first and unknown ones last."""
        share, code = self.shares[position], self.currency_codes[self.currencies[position]]
        rank = (True, False, "", 0) if share == UNKNOWN else (False, code != "USD", code, -share)
        return (*rank, *self.date_key(position))


_decoder = msgspec.msgpack.Decoder(_Packed)


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Return *entries* newest first, in the order of the database."""
    return sorted(entries, key=lambda one: (one.ordered_on, one.claim_id.bytes), reverse=True)


def packed(entries: Sequence[Entry]) -> bytes:
    """Encode *entries*, which are `in_order`, for sealing."""
    number = len(entries)
    kinds, groups, people, providers, currencies = (_Table() for _ in range(5))
    shares: list[int] = []
    odd: dict[int, Decimal] = {}
    for position, entry in enumerate(entries):
        whole = _units(entry.your_share)
        shares.append(whole if isinstance(whole, int) else 0)
        if isinstance(whole, Decimal):
            odd[position] = whole
    piece = _Packed(
        ids=b"".join(entry.claim_id.bytes for entry in entries),
        days=struct.pack(f"<{number}i", *(entry.ordered_on.toordinal() for entry in entries)),
        flags=bytes(CURRENT * entry.is_current + COUNTED * entry.is_counted for entry in entries),
        kinds=bytes(kinds.place(entry.kind) for entry in entries),
        groups=bytes(groups.place(entry.group) for entry in entries),
        people=struct.pack(f"<{number}I", *(people.place(entry.person_key) for entry in entries)),
        providers=struct.pack(f"<{number}I", *(providers.place(entry.provider_key) for entry in entries)),
        currencies=struct.pack(f"<{number}I", *(currencies.place(entry.currency) for entry in entries)),
        shares=struct.pack(f"<{number}q", *shares),
        by_share=b"",
        kind_names=list(kinds),
        group_names=list(groups),
        people_keys=list(people),
        provider_keys=list(providers),
        currency_codes=list(currencies),
        odd=odd,
    )
    by_share = sorted(range(number), key=_open(piece).share_key)
    piece.by_share = struct.pack(f"<{number}I", *by_share)
    return index.to_bytes(piece)


def columns_from(stored: bytes) -> Columns:
    """Open columns; raise `index.OtherLayout` when the bytes are not ours."""
    try:
        return _open(_decoder.decode(index.body_of(stored)))
    except (msgspec.DecodeError, struct.error) as error:
        raise index.OtherLayout("the columns do not decode") from error


def _open(piece: _Packed) -> Columns:
    number = len(piece.flags)
    shares: Sequence[int | Decimal] = struct.unpack(f"<{number}q", piece.shares)
    if piece.odd:
        shares = [piece.odd.get(position, share) for position, share in enumerate(shares)]
    return Columns(
        ids=piece.ids,
        days=struct.unpack(f"<{number}i", piece.days),
        flags=piece.flags,
        kinds=piece.kinds,
        groups=piece.groups,
        people=struct.unpack(f"<{number}I", piece.people),
        providers=struct.unpack(f"<{number}I", piece.providers),
        currencies=struct.unpack(f"<{number}I", piece.currencies),
        shares=shares,
        by_share=struct.unpack(f"<{number}I", piece.by_share) if piece.by_share else (),
        kind_names=piece.kind_names,
        group_names=piece.group_names,
        people_keys=piece.people_keys,
        provider_keys=piece.provider_keys,
        currency_codes=piece.currency_codes,
    )


def _units(amount: Decimal | None) -> int | Decimal:
    """Return an amount in units: a whole number, or the Decimal where it is none or too large."""
    if amount is None:
        return UNKNOWN
    try:
        scaled = amount * UNIT
        if abs(scaled) < _MOST and scaled == int(scaled):
            return int(scaled)
    except DecimalException:
        return UNKNOWN  # beyond all arithmetic: the claim's own page shows it as it was sent
    return scaled


class _Table(dict[str, int]):
    """Texts, each with its place."""

    def place(self, text: str) -> int:
        """Return where *text* stands, adding it when it is new."""
        return self.setdefault(text, len(self))

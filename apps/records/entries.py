"""Entries: the few values of a record that lists, sums, search and versions need; pure."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import structs

UNDATED = dt.date.min
"""`on` of an entry without any readable date: it sorts last and is shown as "date not shared"."""
NOTHING = msgspec.Raw(b"\xc0")
NOBODY = UUID(int=0)


class Facts(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What a record says of its versions. `own` names it, `older` and `newer` are names of others.

    `occasion` is its kind, day and patient; `step` orders versions of one moment: claim, its taking back, its
    correction.
    """

    own: tuple[str, ...] = ()
    older: tuple[str, ...] = ()
    newer: tuple[str, ...] = ()
    number: str = ""
    is_unique: bool = False
    """Whether the plan typed the number as the one of this record alone."""
    by: str = ""
    """Who made it, as far as known: "npi:" or "name:" and which."""
    occasion: str = ""
    created: str = ""
    step: int = 0
    paid_on: str = ""
    takes_back: bool = False
    is_mistake: bool = False
    shares_money: bool = True
    amounts: tuple[str, ...] = ()
    """Its amounts without their sign, "" for each not stated; empty where it states none, or some of each."""
    is_minus: bool = False
    """All its amounts are below nothing."""

    @property
    def bonds(self) -> tuple[str, ...]:
        """What it shares with others that replace the same record."""
        return tuple(f"replaces\x1f{name}\x1f{self.occasion}" for name in self.older)

    @property
    def names(self) -> frozenset[str]:
        """Everything by which it can find versions of itself, and what takes it back, and they it."""
        states = (f"states\x1f{self.amounts}\x1f{self.occasion}\x1f{self.by}",) if self.amounts else ()
        return frozenset((*self.own, *self.older, *self.newer, *self.bonds, *states))

    @property
    def age(self) -> tuple[object, ...]:
        """By what versions of one record are told apart in time: the newer one's is greater."""
        return self.created, self.step, self.paid_on, self.own


class Entry(msgspec.Struct, frozen=True, array_like=True, kw_only=True, gc=False):
    """One record in a book. Kinds add what their lists and sums need (`kinds.Kind.entry_type`)."""

    id: UUID = NOBODY
    """Of the mirrored record; set by who keeps the entry."""
    on: dt.date = UNDATED
    """The day it is listed under."""
    order: str = ""
    """Of one day, the greater text stands above: what the plan made later."""
    gone_at: dt.datetime | None = None
    """Since when the plan no longer sends it."""
    is_unreadable: bool = False
    """Nothing is known of it but that it is there."""
    is_from_before: bool = False
    """What the plan sent last cannot be read: this is what it sent before."""
    person: str | None = None
    """The name of whom it is about, as the record shares it."""
    person_key: str = ""
    """Empty for the person the connection is about."""
    words: str = ""
    """What it can be found by, folded."""
    categories: frozenset[str] = frozenset()
    """Of which sensitive care it is, or may be (`apps.records.sensitive`), which people may hide."""
    facts: Facts | None = None
    """By what it is known to be a version of others; None for kinds without versions."""
    twin_key: str = ""
    """What the same record that came through another connection has in common: see `apps.records.twins`."""
    refers: bytes = b""
    """Which names it was read with: see `apps.records.known_names`."""
    calls: msgspec.Raw = NOTHING
    """What it calls those it refers to, for others that do not (`known_names.Called`); nil: none."""
    called: msgspec.Raw = NOTHING
    """The names it has from others, by key, as its own page needs them (`known_names.Called`); nil: none."""
    brief: msgspec.Raw = NOTHING
    """What its row in a list says: the kind opens it (`Kind.open_brief`)."""

    # Decided by the entries around it, when the book is made.
    is_current: bool = True
    """Nothing newer replaces it."""
    chain: UUID | None = None
    """One name for all versions of it; None where it is the only one."""
    place: int = 0
    """Where it stands among its versions: 0 is the newest."""
    is_known_older: bool = True
    """Of one that is not current: the plan says, by names or dates, that the current one is newer."""

    @property
    def for_newer(self) -> str:
        """What a newer version of it has to know to be read, one word; "" for nothing."""
        return ""

    @property
    def is_gone(self) -> bool:
        """Whether the plan no longer sends it."""
        return self.gone_at is not None

    @property
    def joined(self) -> tuple[str, ...]:
        """References of itself and of the records it belongs with: what hides one of them hides all."""
        return ()

    @property
    def sort_key(self) -> tuple[Any, ...]:
        """What puts entries in order: the greatest is the first of a list."""
        return self.on, self.order, self.id.bytes

    def moved(self, **to: Any) -> "Entry":
        """Return the entry with these values; itself where it has them."""
        if all(getattr(self, name) == value for name, value in to.items()):
            return self
        return structs.replace(self, **to)


_encoder = msgspec.msgpack.Encoder(decimal_format="string", uuid_format="bytes")


class OtherLayout(Exception):
    """The stored bytes were not written by this version: the book is made again."""


def to_bytes(value: Any) -> bytes:
    """Encode entries, heads and briefs; amounts stay exact Decimals."""
    return _encoder.encode(value)


def raw(value: Any) -> msgspec.Raw:
    """Return *value* as it stands inside an entry, to be opened only when it is shown."""
    return msgspec.Raw(_encoder.encode(value))


class Codec[T]:
    """Decodes one type; anything else raises `OtherLayout`."""

    def __init__(self, type_: Any) -> None:
        self._decoder = msgspec.msgpack.Decoder(type_)

    def read(self, stored: bytes | msgspec.Raw) -> T:
        """Return what `to_bytes` was given."""
        try:
            value: T = self._decoder.decode(stored)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise OtherLayout("a book does not decode") from error
        return value


def in_order[E: Entry](entries: Sequence[E]) -> list[E]:
    """Return *entries* newest first."""
    return sorted(entries, key=lambda entry: entry.sort_key, reverse=True)

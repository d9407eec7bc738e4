"""A kind of record as one value: what it is asked for by, how it is read, and what its lists need."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from apps.connections.models import Connection
from apps.fhir.tolerant import Unreadable
from apps.records.entries import Codec, Entry
from apps.vault.boxes import Box
from config.fhir_types import CLAIMS, Consent, FhirType, by_kinds, fhir_types

type Make = Callable[[Any], Entry | None]
"""Makes the entry of a record that was read; None for one that no list shows. Its `id` and `gone_at` are set
by who keeps it."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record. Everything that goes over all kinds asks here and names none.

    A FHIR type may hold several kinds: they share `open`, and `holds` tells them apart. People and places
    have no `maker`: they are mirrored and named, and stand in no book.
    """

    name: str
    types: tuple[FhirType, ...]
    version: int = 1
    """Raised when an entry comes out otherwise: books are then made again."""
    words: tuple[str, str] = ("record", "records")
    """What one and several of them are called, untranslated."""
    older_words: tuple[str, str] = ("older version", "older versions")
    """What one and several are called that a newer version replaces, untranslated."""
    open: Callable[[bytes], Any] = bytes
    """Decode the JSON once for all who ask; raise `Unreadable` when it is none of this type."""
    holds: Callable[[Any], bool] = lambda _opened: True
    """Whether what was opened is of this kind."""
    references: Callable[[Any], frozenset[str]] = lambda _opened: frozenset()
    """Which records it gets names from (``Organization/123``)."""
    named_by: Callable[[Any], frozenset[str]] | None = None
    """What of the names its entry depends on, where that is more than `references`."""
    calls: Callable[[Any], Mapping[str, str]] | None = None
    """What it calls those it refers to, under keys by which others may refer to them (`values.keys_of`);
    None for kinds that never name them."""
    record: Callable[[Any, Mapping[str, str]], Any] = lambda opened, _names: opened
    """Read what was opened, with the names of people and places."""
    heading: Callable[[Any], str] | None = None
    """What a record is called where it has no name of its own; "" where nothing says."""
    maker: Callable[[Connection, Box], Make] | None = None
    entry_type: type[Entry] = Entry
    open_brief: Callable[[Any], Any] = bytes
    """Open `Entry.brief`."""
    summarise: Callable[[Iterable[Any]], Any] = lambda _entries: None
    """What lists say of the entries of a book without opening them: a msgspec value, pure."""
    summary_type: Any = None
    older: Callable[[Any], int] = lambda _summary: 0
    """Of a summary: how many of its entries a newer version replaces; they are told apart when counting."""
    folded: Callable[[Any], Any] = lambda _entry: None
    """An entry of sensitive care without what names that care; None where nothing of it may be shown."""
    waiting: Callable[[Any], Any] | None = None
    """An entry that is new, for members who want to be asked before they see it; None: nobody is asked."""
    is_set_aside: bool = False
    """It comes among records of another kind, and is told apart where those are counted."""
    is_news: bool = True
    """Whether members are told what became new, changed or gone."""
    oddities: Callable[[Any], frozenset[tuple[str, str]]] = lambda _record: frozenset()
    """Which elements and code systems of a record are not understood, for operators: never a value."""
    codec: Codec[list[Any]] = field(init=False, repr=False)
    summaries: Codec[Any] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "codec", Codec[list[Any]](list.__class_getitem__(self.entry_type)))
        object.__setattr__(self, "summaries", Codec[Any](self.summary_type))

    @property
    def fhir_types(self) -> tuple[str, ...]:
        """The names of its types."""
        return tuple(fhir_type.name for fhir_type in self.types)

    @property
    def is_clinical(self) -> bool:
        """Whether it comes under a consent to clinical records."""
        return any(fhir_type.consent == "clinical" for fhir_type in self.types)

    @property
    def is_shelved(self) -> bool:
        """Whether it stands in books."""
        return self.maker is not None

    @property
    def is_joined(self) -> bool:
        """Whether its records belong with others."""
        return self.entry_type.joined is not Entry.joined

    def read(self, body: bytes, names: Mapping[str, str]) -> Any:
        """Return what *body* says; raise `Unreadable`."""
        return self.record(self.open(body), names)

    def brief_of(self, entry: Entry) -> Any:
        """Return what an entry says in brief; None where its record could not be read."""
        return None if entry.is_unreadable else self.open_brief(entry.brief)

    def shelf(self, box: Box) -> bytes:
        """Return the keyed digest under which its books of one member stand."""
        return box.fingerprint("records.shelf", self.name)[:8]


@by_kinds
def kinds() -> tuple[Kind, ...]:
    """Return every kind, in the order of the setting RECORD_KINDS."""
    return tuple(import_string(path) for path in settings.RECORD_KINDS)


def named(name: str) -> Kind:
    """Return the kind of that name."""
    return next(kind for kind in kinds() if kind.name == name)


def of_type(fhir_type: str) -> tuple[Kind, ...]:
    """Return the kinds that a FHIR type may hold."""
    return _by_type().get(fhir_type, ())


@by_kinds
def kept_types(consents: frozenset[Consent] = CLAIMS) -> frozenset[str]:
    """Return the FHIR types that are mirrored; anything else a plan adds to its answers is not kept."""
    return frozenset(name for name, fhir_type in fhir_types(consents).items() if fhir_type.role != "file")


@by_kinds
def shelved_types() -> frozenset[str]:
    """Return the FHIR types of records that stand in books."""
    return frozenset(name for kind in kinds() if kind.is_shelved for name in kind.fhir_types)


@by_kinds
def told_types() -> frozenset[str]:
    """Return the FHIR types whose changes are news to a member."""
    return frozenset(
        fhir_type for kind in kinds() if kind.is_shelved and kind.is_news for fhir_type in kind.fhir_types
    )


@dataclass(frozen=True)
class Opened:
    """A decoded record, and which kind it is."""

    kind: Kind
    content: Any

    @cached_property
    def references(self) -> frozenset[str]:
        """Which records it gets names from."""
        return self.kind.references(self.content)


def opened(fhir_type: str, body: bytes) -> Opened:
    """Decode a record and tell its kind; raise `Unreadable`, also where no kind of the type holds it."""
    content = None
    for kind in of_type(fhir_type):
        if kind.is_shelved:
            content = content if content is not None else kind.open(body)
            if kind.holds(content):
                return Opened(kind, content)
    raise Unreadable("no kind of ours has this type" if content is None else "no kind of ours holds it")


def reading() -> str:
    """Return a digest of everything that decides what an entry says besides the record and its names."""
    return _reading(tuple(settings.RECORD_KINDS), settings.CODE_TEXTS, settings.RECORD_TEXTS)


@by_kinds
def _by_type() -> dict[str, tuple[Kind, ...]]:
    """Return the kinds by FHIR type: a run asks for them with every record."""
    by_type: dict[str, tuple[Kind, ...]] = {}
    for kind in kinds():
        for name in kind.fhir_types:
            by_type[name] = (*by_type.get(name, ()), kind)
    return by_type


@cache
def _reading(_paths: tuple[str, ...], _code_texts: str, texts_digest: str) -> str:
    parts = [f"{kind.name} {kind.version}" for kind in kinds()]
    parts.append(import_string(texts_digest)())
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]

"""The records of a member as the plan has them, opened for their pages, and as it had them before."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import batched
from typing import Final
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.utils import timezone

from apps.connections.models import Connection
from apps.fhir.bundles import local_reference
from apps.fhir.names import Named
from apps.fhir.tolerant import Unreadable
from apps.kinds.claim import reading
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording import contradictions, history
from apps.plain_language.language import _, said
from apps.records import kinds, known_names, mirror
from apps.records.models import EarlierVersion, Record
from apps.records.shelf import Library
from apps.sync import as_sent
from apps.vault import boxes
from apps.vault.boxes import Box
from config.fhir_types import fhir_types, naming_types, person_type

PER_PAGE: Final = 20
PER_QUERY: Final = 200
PAYS: Final = frozenset({"insurer", "insurance", "payor", "payee", "patient", "subject", "coverage"})
"""Elements that name whose record it is and who pays, which tells nothing of the care."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One record in words; `parts` is empty where it could not be opened or read."""

    name: str
    kind: str
    is_person: bool
    as_of: str
    parts: tuple[as_sent.Part, ...]


def of_claim(claim: Record, box: Box) -> Shown:
    """Return everything the plan sent for *claim*."""
    body = mirror.opened(box, claim)
    names = _names(claim.connection, box, as_sent.references(body) if body else ())
    return _shown("", said("Claim"), body, names)


def page_of(
    connection: Connection, box: Box, *, number: str, hidden: Collection[UUID] = ()
) -> tuple[Page[UUID], list[Shown]]:
    """Return one page of the people, places and coverages of *connection*, without those *hidden*."""
    order = shown_types()
    rows = (
        connection.records.filter(fhir_type__in=order).exclude(pk__in=hidden).values_list("id", "fhir_type")
    )
    ids = [row_id for row_id, _kind in sorted(rows, key=lambda row: (order.index(row[1]), row[0]))]
    page = Paginator(ids, PER_PAGE).get_page(number)
    rows_by_id = connection.records.in_bulk(list(page.object_list))
    opened = [(row, mirror.opened(box, row)) for pk in page.object_list if (row := rows_by_id.get(pk))]
    wanted = {reference for _row, body in opened if body for reference in as_sent.references(body)}
    names = _names(connection, box, wanted)
    shown = [
        _shown(
            _called(row.fhir_type, body, names) if body else "",
            fhir_types()[row.fhir_type].shown,
            body,
            names,
            is_person=row.fhir_type == person_type(),
        )
        for row, body in opened
    ]
    return page, shown


def days_of_names(claim: Record, box: Box, *, care_on: date | None) -> tuple[str, ...]:
    """Return of which day the records are that *claim* refers to (CARIN BB: meta.lastUpdated)."""
    body = mirror.opened(box, claim)
    if body is None:
        return ()
    referred_to = reading.references(body)
    names, resources = known_names.names_among(claim.connection, box, referred_to, types=shown_types())
    dated = [
        as_sent.Dated(
            names.get(resource.reference) or _(fhir_types()[resource.type].shown),
            as_sent.last_updated(resource.body),
        )
        for resource in resources
    ]
    in_order = sorted(dated, key=lambda record: (record.name, record.on or ""))
    return as_sent.sentences(in_order, care_on=care_on)


def shown_types() -> list[str]:
    """Return what is shown on the page of people, places and coverages, the person first."""
    shown = (name for name, fhir_type in fhir_types().items() if fhir_type.shown)
    return sorted(shown, key=person_type().__ne__)


def _shown(
    name: str, kind: str, body: bytes | None, names: Mapping[str, str], *, is_person: bool = False
) -> Shown:
    return Shown(
        name=name,
        kind=_(kind),
        is_person=is_person,
        as_of=as_sent.sentence(as_sent.last_updated(body)) if body else "",
        parts=as_sent.parts(body, names) if body else (),
    )


def _called(kind: str, body: bytes, names: Mapping[str, str]) -> str:
    """Return what a record is called; a coverage after its plan and period, "" where nothing says."""
    (of_type, *_others) = kinds.of_type(kind)
    if of_type.heading is None:
        return Named(body).name(names) or ""
    try:
        return of_type.heading(of_type.read(body, names))
    except Unreadable:
        return ""


def _names(connection: Connection, box: Box, references: Iterable[str]) -> dict[str, str]:
    return known_names.names_among(connection, box, references, types=shown_types())[0]


@dataclass(frozen=True, slots=True)
class Changed:
    """One change: when we noticed, what it changed, the figures before; empty where it does not open."""

    noticed_on: date
    sentences: Sequence[str]
    plan_paid: str
    share: str


def changes_of(claim: Record, box: Box) -> tuple[Changed, ...]:
    """Return what changed about *claim*, newest first; () where nothing did, which takes no query."""
    if claim.stored_at == claim.first_stored_at:
        return ()
    versions = EarlierVersion.objects.filter(record=claim.pk)
    rows = list(versions.order_by("-replaced_at", "-stored_at"))
    if not rows:
        return ()
    after, changes = _read_claim(claim, box), []
    for row in rows:
        before = _read_claim(row, box)
        changes.append(
            Changed(
                noticed_on=timezone.localtime(row.replaced_at).date(),
                sentences=history.differences(before, after) if before and after else (),
                plan_paid=contradictions.shown(before, "plan_paid") if before else "",
                share=contradictions.shown(before, "your_share") if before else "",
            )
        )
        after = before
    return tuple(changes)


def _read_claim(row: EarlierVersion | Record, box: Box) -> ClaimRecord | None:
    body = mirror.opened(box, row)
    try:
        # No sentence tells names of people and places.
        return reading.read(body, {}) if body is not None else None
    except reading.Unreadable:
        return None


def named_by_hidden(library: Library, connection: Connection) -> frozenset[UUID]:
    """Return the mirrored people and places that hidden records of a connection name, and what these name."""
    is_folded = any(library.has_folded(kind) for kind in kinds.kinds() if kind.is_shelved)
    if not (is_folded or library.household.names_closed(connection.pk)):
        return frozenset()
    new, hidden = _hidden(library, connection), frozenset[UUID]()
    named = connection.records.filter(fhir_type__in=naming_types())
    while new:
        keys = _referred_by(library, connection, new)
        rows = [
            pk
            for keys_at_once in batched(keys, PER_QUERY)
            for pk in named.filter(source_key__in=keys_at_once).values_list("pk", flat=True)
        ]
        new = frozenset(rows) - hidden
        hidden |= new
    return hidden


def _hidden(library: Library, connection: Connection) -> frozenset[UUID]:
    """Return what is folded, left out, withheld whole, or of people of whom nothing shows."""
    shelved = [kind for kind in kinds.kinds() if kind.is_shelved]
    every = Library(library.member, library.box, is_whole=True)
    plain = {
        held.id for kind in shelved for held in library.held(kind, plan=connection.pk) if not held.is_folded
    }
    return frozenset(
        held.id for kind in shelved for held in every.held(kind, plan=connection.pk) if held.id not in plain
    )


def _referred_by(library: Library, connection: Connection, ids: Iterable[UUID]) -> set[bytes]:
    base_url, keys = connection.plan.fhir_base_url, set[bytes]()
    for ids_at_once in batched(ids, PER_QUERY):
        for row in connection.records.filter(pk__in=ids_at_once):
            body = mirror.opened(library.box, row)
            for reference in as_sent.references(body, but=PAYS) if body else ():
                if local := local_reference(reference, base_url=base_url):
                    keys.add(boxes.source_key(library.box, local))
    return keys

"""Storing a page: what was read of its records, what became of them, the next link; all or nothing."""

import logging
from collections.abc import Collection
from functools import cache, partial
from typing import Final
from uuid import UUID

import msgspec
from django.db import transaction

from apps.connections import attempts
from apps.connections.models import Attempt
from apps.fhir.bundles import Page, Resource
from apps.fhir.conformance import departures
from apps.fhir.tolerant import Unreadable
from apps.records import kinds, known_names, mirror
from apps.records.books import head_of, shelves
from apps.records.mirror import Put
from apps.records.models import Book, Record
from apps.sync import marks, news
from apps.sync.models import SyncChange, SyncStep
from apps.sync.record_subject import Person, is_about_another, person_in
from apps.sync.references import Places
from apps.sync.work import Work
from apps.vault import boxes
from config.fhir_types import fhir_types, person_type

log = logging.getLogger("plainclaim.sync")
UNREADABLE: Final = "unreadable"
SET_ASIDE: Final = "set aside"
COUNTED = (
    *("new", "changed", "back", "total", "has_gaps"),
    "unreadable",
    "misdirected",
    "set_aside",
    "departures",
    "received",
    "pages",
    "farthest",
    "sealed_checkpoint",
    "link_mark",
)


class PersonAwaited(Exception):
    """A page names its patient by a number or another id, and the member's own record is not here yet."""


def keep(work: Work, step: SyncStep, page: Page, places: Places, *, may_wait: bool = False) -> None:
    """Store a page, what was read of it, the counters and the next link; raise what `Work.lock_for` does.

    Where it *may_wait* for the member's own record, PersonAwaited, before anything is stored.
    """
    page, refused = _only_theirs(work, page, may_wait=may_wait)
    with transaction.atomic():
        work.lock_for(step)
        put = _put(work, step, page)
        types = known_names.fhir_types_of_names()
        named = [resource for resource in put.current.values() if resource.type in types]
        links = known_names.learn(work.names, named, base_url=work.client.base_url)
        unreadable, set_aside, references = _read(work, put)
        places.note(links | references)
        step.unreadable += page.unreadable + unreadable
        step.set_aside += set_aside
        step.misdirected += refused
        _count(work, step, page, put)
        step.sealed_checkpoint = (
            work.box.seal(step, "sealed_checkpoint", page.next_url.encode()) if page.next_url else b""
        )
        step.save(update_fields=COUNTED)


def _put(work: Work, step: SyncStep, page: Page) -> Put:
    """Mirror the records of a page; doubt those that came in an older version than is here."""
    put = mirror.put(
        connection=work.connection,
        box=work.box,
        resources=page.resources,
        kept=kinds.kept_types(work.connection.consents),
        now=work.now_fn(),
    )
    if put.older:
        came = marks.brought(step)  # the newer one may have, on a page before
        alone = [key for key in put.older if marks.digest(key) not in came]
        mirror.doubt(work.connection, alone, stored_before=work.run.created_at)
    return put


def _count(work: Work, step: SyncStep, page: Page, put: Put) -> None:
    """Count a page and what became of it; after the last one, conclude the pass."""
    step.departures += sum(departures(resource.type, resource.body) for resource in page.resources)
    is_of_places = step.resource_type == SyncStep.PLACES
    step.pages += 1
    step.farthest = max(step.farthest, step.pages)
    step.total = max(step.total, page.total or 0)
    step.has_gaps = step.has_gaps or page.has_gaps or bool(step.misdirected)
    mine = {key for key, fhir_type in put.seen.items() if is_of_places or fhir_type == step.resource_type}
    step.received += len(mine)
    step.new += len(put.new & mine)
    step.changed += len(put.changed & mine)
    step.back += len(put.back & mine)
    now = work.now_fn()
    others = [(key, name) for key, name in put.seen.items() if name != step.resource_type]
    unasked = {key for key, name in others if fhir_types()[name].role == "unasked"}
    news.note(step, connection=work.connection, now=now, what=_became(put, unasked), is_unasked=True)
    if step.resource_type not in kinds.told_types():
        return
    marks.note(step, mine)
    news.note(step, connection=work.connection, now=now, what=_became(put, mine))
    if page.next_url is None:
        is_whole = step.resource_type not in work.narrowed and not work.is_of_permission_before(step)
        marks.conclude(step, run=work.run, is_whole=is_whole, now=now)


def _became(put: Put, keys: Collection[bytes]) -> dict[SyncChange.What, list[UUID]]:
    """Return the ids of the records under *keys* by what became of them on this page."""
    became = {
        SyncChange.What.NEW: put.new,
        SyncChange.What.CHANGED: put.changed - put.back,
        SyncChange.What.BACK: put.back,
    }
    return {
        happened: [put.ids[key] for key in came if key in keys and key in put.ids]
        for happened, came in became.items()
    }


def _only_theirs(work: Work, page: Page, *, may_wait: bool) -> tuple[Page, int]:
    """Return the page without what is about another patient, and how many resources that was (R-29)."""
    own = cache(partial(_own_person, work, may_wait=may_wait))
    theirs = tuple(
        resource
        for resource in page.resources
        if not is_about_another(resource, patient_id=work.patient_id, own=own)
    )
    refused = len(page.resources) - len(theirs)
    if refused:
        log.error("plan %s sent %d records of another patient", work.connection.plan.slug, refused)
    return msgspec.structs.replace(page, resources=theirs), refused


def _own_person(work: Work, *, may_wait: bool) -> Person:
    """Return what the member's own Patient record says; nothing where it never came."""
    key = boxes.source_key(work.box, f"{person_type()}/{work.patient_id}")
    body = next(iter(mirror.bodies_of(work.connection, work.box, [key])), None)
    if body is None and may_wait:
        raise PersonAwaited
    return Person() if body is None else person_in(body, base_url=work.client.base_url)


def _read(work: Work, put: Put) -> tuple[int, int, set[str]]:
    """Read what came for the books; return how many records could not be, how many are set aside, what they
    refer to.

    What was stored to the last byte is not read again: the books know what became of it.
    """
    references, came = set[str](), list[str]()
    if put.same and work.apart is None:
        work.apart = work.books.ask(partial(_known_apart, work), now=work.now_fn())
    apart = work.apart if work.apart is not None else {}
    shelved = kinds.shelved_types()
    for key, resource in put.current.items():
        if resource.type in shelved:
            pk = put.ids[key]
            if key not in put.same:
                why, named = _read_one(work, put.rows[key], resource)
                apart.pop(pk, None)
                if why:  # of most there is nothing to say: memory does not grow with these
                    apart[pk] = why
                references |= named
            came.append(apart.get(pk, ""))
    return came.count(UNREADABLE), came.count(SET_ASIDE), references


def _read_one(work: Work, row: Record, resource: Resource) -> tuple[str, frozenset[str]]:
    """Read a record for the books; return what it is apart from others, and what it refers to."""
    opened = None
    try:
        opened = kinds.opened(resource.type, resource.body)
        work.books.note(row, opened)
        references = opened.references
    except Exception as error:  # a reader that raises for one record costs that record
        if opened is not None or not isinstance(error, Unreadable):  # what opened is no fault of the text
            log.exception("%s could not be read", row)
        work.books.note(row, None)
        return UNREADABLE, frozenset()
    if opened.kind is kinds.kinds()[0]:
        attempts.advance(work.connection.attempt, Attempt.Stage.FIRST_CLAIM)
    return SET_ASIDE if opened.kind.is_set_aside else "", references


def _known_apart(work: Work) -> dict[UUID, str]:
    """Return, of what is in books or on its way there, what could not be read or is set aside."""
    apart: dict[UUID, str] = {}

    def has_unreadable(book: Book) -> bool:
        return head_of(book, work.box).unreadable > 0

    for shelf in shelves(work.connection, work.box).values():
        kind = shelf.kind
        for _book, entries in shelf.books(only=None if kind.is_set_aside else has_unreadable):
            for entry in entries:
                if entry.is_unreadable or entry.is_from_before:
                    apart[entry.id] = UNREADABLE
                elif kind.is_set_aside:
                    apart[entry.id] = SET_ASIDE
    for pk, (_revision, read) in work.books.ready.items():
        apart[pk] = UNREADABLE if read is None else SET_ASIDE if read.kind.is_set_aside else ""
    return {pk: why for pk, why in apart.items() if why}

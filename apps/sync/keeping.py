"""Keeping a page: its records, what was read from them, the counters and the next link, all or nothing."""

import logging
from collections.abc import Callable
from functools import cache, partial
from typing import Final
from uuid import UUID

import msgspec
from django.db import transaction

from apps.connections import attempts
from apps.fhir import names as fhir_names
from apps.fhir.bundles import Page
from apps.fhir.conformance import departures
from apps.fhir.tolerant import Unreadable
from apps.records import kinds, mirror
from apps.records import naming as records_naming
from apps.records.books import Shelf, head_of
from apps.records.mirror import Put
from apps.records.models import Book
from apps.sync import naming, noting, seen
from apps.sync.belonging import Number, is_about_another, numbers_of
from apps.sync.models import SyncStep
from apps.sync.work import Work
from apps.vault import finding

log = logging.getLogger("plainclaim.sync")
UNREADABLE: Final = "unreadable"
SET_ASIDE: Final = "set aside"
COUNTED = (
    *noting.TOLD_APART,
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


def keep(work: Work, step: SyncStep, page: Page, places: naming.Places) -> None:
    """Store one page, what was read from it, the counters and the next link; raise LeaseLost."""
    now = work.now_fn()
    page, refused = _only_theirs(work, page)
    mine = {each.identity for each in page.resources if step.resource_type in (each.type, SyncStep.PLACES)}
    with transaction.atomic():
        work.hold.lock()
        put = mirror.put(
            connection=work.connection,
            box=work.box,
            resources=page.resources,
            kept=kinds.kept_types(),
            now=now,
        )
        if put.older:
            came = seen.brought(step)  # the newer one may have, on a page before
            alone = [key for key in put.older if seen.digest(key) not in came]
            mirror.doubt(work.connection, alone, stored_before=work.run.created_at)
        records_naming.learn(work.names, put.current, base_url=work.client.base_url)
        unreadable, set_aside = _read(work, put, places)
        step.unreadable += page.unreadable + unreadable
        step.set_aside += set_aside
        step.misdirected += refused
        step.departures += sum(departures(each.type, each.body) for each in page.resources)
        step.received += len(mine)
        step.pages += 1
        step.farthest = max(step.farthest, step.pages)
        noting.page(step, page, put, run=work.run, now=now)
        step.sealed_checkpoint = (
            work.box.seal(step, "sealed_checkpoint", page.next_url.encode()) if page.next_url else b""
        )
        step.save(update_fields=COUNTED)


def _only_theirs(work: Work, page: Page) -> tuple[Page, int]:
    """Return the page without what is about another patient, and how many resources that was (R-29)."""
    numbers = cache(partial(_numbers, work))
    theirs = tuple(
        each
        for each in page.resources
        if not is_about_another(each, patient_id=work.patient_id, numbers=numbers)
    )
    refused = len(page.resources) - len(theirs)
    if refused:
        log.error("plan %s sent %d records of another patient", work.connection.plan.slug, refused)
    return msgspec.structs.replace(page, resources=theirs), refused


def _numbers(work: Work) -> frozenset[Number]:
    """Return the identifiers of the member's own Patient record, as far as it came already."""
    key = finding.source_key(work.box, f"Patient/{work.patient_id}")
    bodies = mirror.bodies_of(work.connection, work.box, [key])
    return frozenset(number for body in bodies for number in numbers_of(body))


def _read(work: Work, put: Put, places: naming.Places) -> tuple[int, int]:
    """Read what came for the books; return how many records could not be, and how many are set aside.

    What was stored to the last byte is not read again: the books know what became of it.
    """
    unreadable, set_aside = 0, 0
    references: set[str] = set()
    if put.same and work.apart is None:
        work.apart = work.books.ask(partial(_known_apart, work), now=work.now_fn())
    known = work.apart if work.apart is not None else {}
    for resource in put.current:
        if resource.type == "PractitionerRole":
            references |= fhir_names.links(resource.body)
        if resource.type not in kinds.shelved_types():
            continue
        key = finding.source_key(work.box, resource.identity)
        row = put.rows[key]
        if key in put.same:
            unreadable += known.get(row.pk) == UNREADABLE
            set_aside += known.get(row.pk) == SET_ASIDE
            continue
        try:
            opened = kinds.opened(resource.type, resource.body)
            work.books.note(row, opened)
        except Unreadable:
            work.books.note(row, None)
            known[row.pk] = UNREADABLE
            unreadable += 1
        except Exception:  # a reader that raises for one record costs that record
            log.exception("%s could not be read", row)
            work.books.note(row, None)
            known[row.pk] = UNREADABLE
            unreadable += 1
        else:
            references |= opened.references
            set_aside += opened.kind.is_set_aside
            known[row.pk] = SET_ASIDE if opened.kind.is_set_aside else ""
            if opened.kind.name == kinds.kinds()[0].name:
                attempts.first_claim(work.connection.attempt)
    places.note(references)
    return unreadable, set_aside


def _known_apart(work: Work) -> dict[UUID, str]:
    """Return, of what is in books or on its way there, what could not be read or is set aside."""
    found: dict[UUID, str] = {}
    for kind in kinds.kinds():
        if not kind.is_shelved:
            continue
        shelf = Shelf(kind, work.connection.pk, work.connection.member_id, work.box)
        for _book, entries in shelf.books(only=None if kind.is_set_aside else _has_unreadable(work)):
            for entry in entries:
                if entry.is_unreadable or entry.is_from_before:
                    found[entry.id] = UNREADABLE
                elif kind.is_set_aside:
                    found[entry.id] = SET_ASIDE
    for pk, (_revision, read) in work.books.ready.items():
        found[pk] = UNREADABLE if read is None else SET_ASIDE if read.kind.is_set_aside else ""
    return found


def _has_unreadable(work: Work) -> Callable[[Book], bool]:
    return lambda book: head_of(book, work.box).unreadable > 0

"""Keeping a page: its records, what was read from them, the counters and the next link, all or nothing."""

import logging
from collections.abc import Iterable
from datetime import datetime
from functools import cache, partial

import msgspec
from django.db import transaction

from apps.claims import actions as claims
from apps.connections import attempts
from apps.coverage import actions as coverage
from apps.fhir import names as fhir_names
from apps.fhir.bundles import Page, Resource
from apps.fhir.conformance import departures
from apps.sync import naming, noting, seen, shelves
from apps.sync.belonging import Number, is_about_another, numbers_of
from apps.sync.models import SyncStep
from apps.sync.shelves import Put
from apps.sync.work import Work
from apps.vault import finding

log = logging.getLogger("plainclaim.sync")
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
        put = shelves.put(connection=work.connection, box=work.box, resources=page.resources, now=now)
        if put.older:
            came = seen.brought(step)  # the newer one may have, on a page before
            alone = [key for key in put.older if seen.digest(key) not in came]
            shelves.doubt(work.connection, alone, stored_before=work.run.created_at)
        naming.learn(work, put.current)
        unreadable, set_aside = _read(work, put, places, now)
        step.unreadable += page.unreadable + unreadable
        step.set_aside += set_aside
        step.misdirected += refused
        step.departures += sum(departures(each.type, each.body) for each in page.resources)
        step.received += len(mine)
        step.pages += 1
        step.farthest = max(step.farthest, step.pages)
        noting.page(step, page, put, run=work.run, box=work.box, now=now)
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
    bodies = shelves.bodies_of(work.connection, work.box, [key])
    return frozenset(number for body in bodies for number in numbers_of(body))


def _read(work: Work, put: Put, places: naming.Places, now: datetime) -> tuple[int, int]:
    """Have claims and coverages read and listed; return how many could not be, and how many are no claims.

    Claims that were read from the very same bytes are not read again: other names are seen to at the end.
    """
    unreadable, set_aside = 0, 0
    eobs = _of(put.current, "ExplanationOfBenefit")
    before = claims.read_before(work.connection, put.same) if eobs and put.same else claims.Before()
    fresh = [each.body for each in eobs if finding.source_key(work.box, each.identity) not in before.keys]
    references: set[str] = set()
    for save, bodies in (
        (claims.save, fresh),
        (coverage.save, [each.body for each in _of(put.current, "Coverage")]),
    ):
        if bodies:
            saved = save(connection=work.connection, box=work.box, bodies=bodies, names=work.names, now=now)
            unreadable += len(saved.unreadable)
            set_aside += saved.set_aside
            references |= saved.references
            if save is claims.save and len(bodies) > len(saved.unreadable) + saved.set_aside:
                attempts.first_claim(work.connection.attempt)
    for role in _of(put.current, "PractitionerRole"):
        references |= fhir_names.links(role.body)
    places.note(references)
    return unreadable, set_aside + before.set_aside


def _of(resources: Iterable[Resource], kind: str) -> list[Resource]:
    return [each for each in resources if each.type == kind]

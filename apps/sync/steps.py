"""The steps of a run: ask the plan, shelve what comes, and have it read, page by page."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import msgspec
from django.db import transaction

from apps.claims import actions as claims
from apps.claims import indexing
from apps.claims import reading as claims_reading
from apps.connections import attempts, granted
from apps.connections.models import Connection
from apps.coverage import actions as coverage
from apps.coverage import reading as coverage_reading
from apps.fhir import names as fhir_names
from apps.fhir.bundles import Page, Resource, read_resource
from apps.fhir.client import Client, Transport
from apps.fhir.conformance import departures
from apps.fhir.errors import NotAllowed, NotOffered, Rejected
from apps.sync import marks, noting, shelves
from apps.sync.belonging import is_about_another
from apps.sync.leases import Hold
from apps.sync.models import RawResource, SyncRun, SyncStep
from apps.vault.boxes import Box

log = logging.getLogger("plainclaim.sync")
COUNTED = (
    *noting.TOLD_APART,
    "unreadable",
    "misdirected",
    "set_aside",
    "departures",
    "received",
    "pages",
    "sealed_checkpoint",
)


class Access(Transport, Protocol):
    """What a run needs of a connection: authorised calls, and whose records these are."""

    @property
    def patient_id(self) -> str:
        """The member's id at the plan."""
        ...


class NotGranted(NotAllowed):
    """The plan's answer to the sign-in leaves this kind out, so it is not asked for (O-27)."""

    code = "not_granted"


class Stopping(Exception):
    """The worker is asked to stop: give the run back."""


@dataclass
class Work:
    """Everything a step needs. `names` maps references to display names and grows while the run goes on."""

    run: SyncRun
    connection: Connection
    box: Box
    client: Client
    patient_id: str
    hold: Hold
    now_fn: Callable[[], datetime]
    stop_if_asked: Callable[[], None]
    names: dict[str, str] = field(default_factory=dict)

    def may_read(self, kind: str) -> bool:
        """Whether the permission covers this resource type, as far as the plan said."""
        row = self.connection
        return granted.may_read(granted.readable(row.scopes_granted, asked=row.scopes_asked), kind)

    def insist_on(self, kind: str) -> None:
        """Raise NotGranted where the permission does not cover this resource type."""
        if not self.may_read(kind):
            raise NotGranted


def bring_person(work: Work, step: SyncStep) -> None:
    """Read the member's own Patient by id: `Patient?patient=` is no search (R-12)."""
    work.insist_on("Patient")
    _keep_page(work, step, Page((work.client.read(f"Patient/{work.patient_id}"),)))
    learn_names(work)  # claims say whom they are about by reference


def bring_all(work: Work, step: SyncStep) -> None:
    """Search the step's type, from the checkpoint on when the step was interrupted (R-17)."""
    work.insist_on(step.resource_type)
    if step.pages and not step.sealed_checkpoint:
        return  # its last page was stored before the worker died
    checkpoint = work.box.open(step, "sealed_checkpoint").decode() if step.sealed_checkpoint else None
    if checkpoint is None:
        with transaction.atomic():
            work.hold.lock()
            marks.begin(step, run=work.run, now=work.now_fn())
    while True:
        try:
            _search(work, step, resume_at=checkpoint)
            break
        except (NotOffered, Rejected):
            # The link died while the run slept: servers forget them. Or the plan takes another question only.
            with transaction.atomic():
                work.hold.lock()
                was_resumed, now = checkpoint is not None, work.now_fn()
                if not marks.begin_again(step, run=work.run, was_resumed=was_resumed, now=now):
                    raise
            checkpoint = None


def bring_places(work: Work, step: SyncStep) -> None:
    """Read the people, places and organizations others refer to, then name them in what was read before."""
    asked: set[str] = set()
    for _ in range(2):  # the second round follows the PractitionerRoles of the first
        wanted = _references(work)
        to_ask = wanted - asked - _on_shelves(work, wanted)
        for kind in filter(work.may_read, fhir_names.NAMED):
            ids = [reference.partition("/")[2] for reference in to_ask if reference.startswith(f"{kind}/")]
            for page in work.client.read_many(kind, ids):
                _keep_page(work, step, page)
                work.stop_if_asked()
        asked |= to_ask
    step.received = len(_on_shelves(work, wanted))
    step.missing = len(wanted) - step.received
    learn_names(work)
    named = RawResource.objects.filter(connection=work.connection, kind__in=fhir_names.NAMED)
    if marks.is_read_otherwise(work.connection) or named.filter(stored_at__gte=work.run.created_at).exists():
        _read_again(work)
        marks.are_read(work.connection)
    write_index(work)


def write_index(work: Work) -> None:
    """Write the index of every year in which claims came: until then, pages do it when they need it."""
    for year in indexing.stale_years(work.connection.pk):
        with transaction.atomic():
            work.hold.lock()
            indexing.write_year(connection_id=work.connection.pk, year=year, box=work.box, now=work.now_fn())
        work.stop_if_asked()


def learn_names(work: Work) -> None:
    """Fill `work.names` from the shelves: ``Type/id`` and the absolute URL of each -> display name."""
    # Roles come last: they are called after practitioners and organizations.
    for kinds in (
        ("Patient", "Organization", "Practitioner", "Location", "RelatedPerson"),
        ("PractitionerRole",),
    ):
        for some in shelves.bodies(connection=work.connection, box=work.box, kinds=kinds):
            for body in some:
                resource, name = read_resource(body), fhir_names.name_in(body, work.names)
                reference = resource.reference
                if name and reference == resource.identity:
                    work.names[reference] = work.names[f"{work.client.base_url}/{reference}"] = name
                work.names.update(fhir_names.contacts_in(body, reference))


def _references(work: Work) -> set[str]:
    """Return the ``Type/id`` on this server from which claims, coverages and roles get their names."""
    found: set[str] = set()
    for kind, references in (
        ("ExplanationOfBenefit", claims_reading.references),
        ("Coverage", coverage_reading.references),
        ("PractitionerRole", fhir_names.links),
    ):
        for some in shelves.bodies(connection=work.connection, box=work.box, kinds=[kind]):
            for body in some:
                found.update(local for each in references(body) if (local := work.client.local(each)))
    return {reference for reference in found if reference.partition("/")[0] in fhir_names.NAMED}


def _on_shelves(work: Work, references: set[str]) -> set[str]:
    rows = RawResource.objects.filter(connection=work.connection, kind__in=fhir_names.NAMED)
    keys = set(rows.values_list("source_key", flat=True))
    return {reference for reference in references if RawResource.key_of(reference) in keys}


def _search(work: Work, step: SyncStep, *, resume_at: str | None) -> None:
    params = {"patient": work.patient_id, **marks.question(step)}
    for page in work.client.search(step.resource_type, params, resume_at=resume_at):
        _keep_page(work, step, page)
        work.stop_if_asked()


def _keep_page(work: Work, step: SyncStep, page: Page) -> None:
    """Store one page, what was read from it, the counters and the next link: all or nothing."""
    now = work.now_fn()
    page, refused = _only_theirs(work, page)
    mine = [each for each in page.resources if step.resource_type in (each.type, SyncStep.PLACES)]
    with transaction.atomic():
        work.hold.lock()
        put = shelves.put(connection=work.connection, box=work.box, resources=page.resources, now=now)
        unreadable, set_aside = _read(work, put.current, now)
        step.unreadable += page.unreadable + unreadable
        step.set_aside += set_aside
        step.misdirected += refused
        step.departures += sum(departures(each.type, each.body) for each in page.resources)
        step.received += len({each.identity for each in mine})
        step.pages += 1
        noting.page(step, page, put, run=work.run, box=work.box, now=now)
        step.sealed_checkpoint = (
            work.box.seal(step, "sealed_checkpoint", page.next_url.encode()) if page.next_url else b""
        )
        step.save(update_fields=COUNTED)


def _only_theirs(work: Work, page: Page) -> tuple[Page, int]:
    """Return the page without what is about another patient, and how many resources that was (R-29)."""
    theirs = tuple(each for each in page.resources if not is_about_another(each, patient_id=work.patient_id))
    refused = len(page.resources) - len(theirs)
    if refused:
        log.error("plan %s sent %d records of another patient", work.connection.plan.slug, refused)
    return msgspec.structs.replace(page, resources=theirs), refused


def _read(work: Work, resources: Sequence[Resource], now: datetime) -> tuple[int, int]:
    """Have claims and coverages read and listed; return how many could not be, and how many are no claims."""
    unreadable = set_aside = 0
    for kind, save in (("ExplanationOfBenefit", claims.save), ("Coverage", coverage.save)):
        some = [each.body for each in resources if each.type == kind]
        if some:
            saved = save(connection=work.connection, box=work.box, bodies=some, names=work.names, now=now)
            unreadable += len(saved.unreadable)
            set_aside += saved.set_aside
            if kind == "ExplanationOfBenefit" and len(some) > len(saved.unreadable) + saved.set_aside:
                attempts.first_claim(work.connection.attempt)
    return unreadable, set_aside


def _read_again(work: Work) -> None:
    """Read everything once more now that names are known; what they do not change is not written."""
    for kind, save in (("Coverage", coverage.save), ("ExplanationOfBenefit", claims.save)):
        for some in shelves.bodies(connection=work.connection, box=work.box, kinds=[kind]):
            with transaction.atomic():
                work.hold.lock()
                save(
                    connection=work.connection, box=work.box, bodies=some, names=work.names, now=work.now_fn()
                )
            work.stop_if_asked()

"""People and places that others refer to: asked for, learned, and named in what was read before."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import batched

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from apps.claims import actions as claims
from apps.claims import referring
from apps.coverage import actions as coverage
from apps.fhir import names as fhir_names
from apps.fhir.bundles import Page, Resource, read_resource
from apps.fhir.client import Client
from apps.sync import marks, shelves
from apps.sync.fetching import AtOnce, InTurn, Lane
from apps.sync.models import RawResource, SyncStep, WantedRecord
from apps.sync.work import Work

PER_SAVE = 100


class Places:
    """What others refer to: noted with the page that refers to it, so that a kill forgets none.

    The references asked for are held in memory; they are few, however many claims name them.
    """

    def __init__(self, work: Work, step: SyncStep) -> None:
        self._work, self._step = work, step
        self._to_ask: dict[str, set[str]] = defaultdict(set)
        self._asking: set[str] = set()
        self._fruitless: set[str] = set()
        rows = _wanted(work)
        self._known = set(rows.values_list("source_key", flat=True))
        for row in _missing(rows).only("id", "member_id", "sealed_reference"):
            self._add(work.box.open(row, "sealed_reference").decode())

    def note(self, references: Iterable[str]) -> None:
        """Remember what a page refers to, in the transaction that stores the page."""
        work = self._work
        found = {local for each in references if (local := work.client.local(each))}
        new = []
        for reference in sorted(found):
            key = RawResource.key_of(reference)
            if reference.partition("/")[0] in fhir_names.NAMED and key not in self._known:
                row = WantedRecord(member_id=work.run.member_id, connection=work.connection, source_key=key)
                row.sealed_reference = work.box.seal(row, "sealed_reference", reference.encode())
                new.append(row)
                self._known.add(key)
                self._add(reference)
        WantedRecord.objects.bulk_create(new, ignore_conflicts=True)

    def ask(self, desk: InTurn | AtOnce) -> None:
        """Ask for what is known to be wanted, a lane for each type, as far as there is room.

        A type of which a lane brought nothing is asked for once more at the end, not again for every page.
        """
        for kind in filter(self._work.may_read, fhir_names.NAMED):
            if not desk.has_room:
                return
            if (
                kind in self._asking
                or not self._to_ask[kind]
                or (kind in self._fruitless and not desk.is_idle)
            ):
                continue
            ids = self._left(kind)
            self._to_ask[kind] = set()
            if ids:
                self._asking.add(kind)
                self._fruitless.add(kind)
                desk.ask(Lane(self._step, kind, partial(_read_many, kind, ids)))

    def came(self, lane: Lane, page: Page | None) -> None:
        """Note what a lane of these brought; None: it ended."""
        if page is None:
            self._asking.discard(lane.kind)
        elif page.resources:
            self._fruitless.discard(lane.kind)

    def finish(self) -> None:
        """Count what came and what the plan did not give, and name it in what was read before."""
        rows = _wanted(self._work)
        self._step.missing = _missing(rows).count()
        self._step.received = rows.count() - self._step.missing
        learn_all(self._work, kinds=["PractitionerRole"])  # called after those who came later
        read_again(self._work, self)

    def _add(self, reference: str) -> None:
        kind, _, id_ = reference.partition("/")
        self._to_ask[kind].add(id_)

    def _left(self, kind: str) -> list[str]:
        """Return the ids to ask for, without those that came unasked."""
        keys = {RawResource.key_of(f"{kind}/{id_}"): id_ for id_ in self._to_ask[kind]}
        here = RawResource.objects.filter(connection=self._work.connection, source_key__in=keys)
        return sorted(keys[key] for key in keys.keys() - set(here.values_list("source_key", flat=True)))


def learn_all(work: Work, *, kinds: Iterable[str] = ("Patient", *fhir_names.NAMED)) -> None:
    """Fill `work.names` from the shelves: ``Type/id`` and the absolute URL of each -> display name."""
    # Roles come last: they are called after practitioners and organizations.
    for kind in sorted(kinds, key=lambda kind: kind == "PractitionerRole"):
        for some in shelves.bodies(connection=work.connection, box=work.box, kinds=[kind]):
            learn(work, map(read_resource, some))


def learn(work: Work, resources: Iterable[Resource]) -> None:
    """Add the names and contacts of *resources* to `work.names`."""
    for resource in resources:
        if resource.type in ("Patient", *fhir_names.NAMED):
            name, reference = fhir_names.name_in(resource.body, work.names), resource.reference
            if name and reference == resource.identity:
                work.names[reference] = work.names[f"{work.client.base_url}/{reference}"] = name
            work.names.update(fhir_names.contacts_in(resource.body, reference))


def read_again(work: Work, places: Places) -> None:
    """Read once more what refers to names that were not known, or were others, when it was read.

    Everything, where it was read by another version of our reading.
    """
    is_read_otherwise = marks.is_read_otherwise(work.connection)
    stored = RawResource.objects.filter(
        connection=work.connection,
        kind__in=("Patient", *fhir_names.NAMED),
        stored_at__gte=work.run.created_at,
    )
    if is_read_otherwise or stored.exists():
        for some in shelves.bodies(connection=work.connection, box=work.box, kinds=["Coverage"]):
            _save(work, places, coverage, some)
    if is_read_otherwise:
        for some in shelves.bodies(connection=work.connection, box=work.box, kinds=["ExplanationOfBenefit"]):
            _save(work, places, claims, some)
        marks.are_read(work.connection)
        return
    for keys in referring.behind(work.connection, work.box, work.names):
        for some_keys in batched(keys, PER_SAVE):
            _save(work, places, claims, shelves.bodies_of(work.connection, work.box, some_keys))


def _save(work: Work, places: Places, stage: object, bodies: list[bytes]) -> None:
    with transaction.atomic():
        work.hold.lock()
        saved = stage.save(  # type: ignore[attr-defined]
            connection=work.connection, box=work.box, bodies=bodies, names=work.names, now=work.now_fn()
        )
        places.note(saved.references)
    work.stop_if_asked()


def _read_many(kind: str, ids: list[str], client: Client) -> Iterator[Page]:
    return client.read_many(kind, ids)


def _wanted(work: Work) -> QuerySet[WantedRecord]:
    return WantedRecord.objects.filter(connection=work.connection)


def _missing(rows: QuerySet[WantedRecord]) -> QuerySet[WantedRecord]:
    here = RawResource.objects.filter(connection=OuterRef("connection"), source_key=OuterRef("source_key"))
    return rows.filter(~Exists(here))

"""People and places that others refer to: asked for as they are named, and learned."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

from django.db.models import QuerySet

from apps.fhir import names as fhir_names
from apps.fhir.bundles import Page, Resource, read_resource
from apps.fhir.client import Client
from apps.fhir.errors import FhirError
from apps.sync import asking, shelves
from apps.sync.fetching import AtOnce, InTurn, Lane
from apps.sync.models import RawResource, SyncStep, WantedRecord
from apps.sync.work import Work
from apps.vault import finding


@dataclass(eq=False, slots=True)
class _Asked:
    """What one lane asks for: what of it came, and what the plan was asked for alone and did not give."""

    ids: list[str]
    came: set[str] = field(default_factory=set)
    missed: dict[str, bool] = field(default_factory=dict)
    """By id: whether asking again soon is of no use. Filled in the thread that asks."""


class Places:
    """What others refer to: noted with the page that refers to it, so that a kill forgets none.

    The references asked for are held in memory; they are few, however many claims name them.
    """

    def __init__(self, work: Work, step: SyncStep) -> None:
        self._work, self._step = work, step
        self._to_ask: dict[str, dict[str, None]] = defaultdict(dict)
        self._asked: dict[str, _Asked] = {}
        self._again: set[str] = set()
        self._fruitless: set[str] = set()
        for reference in asking.missing(work):
            self._add(reference)
        for reference in asking.aged(work):
            self._again.add(reference)
            self._add(reference)
        self._known = set(_wanted(work).values_list("source_key", flat=True))

    def note(self, references: Iterable[str]) -> None:
        """Remember what a page refers to, in the transaction that stores the page."""
        work = self._work
        found = {local for each in references if (local := work.client.local(each))}
        new = []
        for reference in sorted(found):
            key = finding.source_key(work.box, reference)
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
                kind in self._asked
                or not self._to_ask[kind]
                or (kind in self._fruitless and not desk.is_idle)
            ):
                continue
            ids = self._left(kind)
            self._to_ask[kind] = {}
            if ids:
                asked = self._asked[kind] = _Asked(ids)
                self._fruitless.add(kind)
                desk.ask(Lane(self._step, kind, partial(_read_many, kind, asked, self._work.page_size)))

    def came(self, lane: Lane, page: Page) -> None:
        """Note a page of these that is stored."""
        ids = {each.id for each in page.resources if each.type == lane.kind and each.id}
        if page.resources:
            self._fruitless.discard(lane.kind)
            self._asked[lane.kind].came |= ids
        if asking.note_given(self._work, lane.kind, ids):
            self._work.note_progress()

    def ended(self, lane: Lane, *, has_failed: bool) -> None:
        """Note the end of a lane of these: what it was not given, and what it did not come to.

        So many in a row that are not given end a lane's reading one by one. While lanes bring something, the
        rest is asked for in this run; else in the next one, first of all.
        """
        asked = self._asked.pop(lane.kind)
        if asking.note_missed(self._work, lane.kind, asked.missed):
            self._work.note_progress()
        if not has_failed and lane.kind not in self._fruitless:
            left = (one for one in asked.ids if one not in asked.came and one not in asked.missed)
            self._to_ask[lane.kind] = dict.fromkeys(left) | self._to_ask[lane.kind]

    def finish(self) -> None:
        """Count what came and what the plan did not give, once it was asked for all."""
        rows = _wanted(self._work)
        self._step.missing = asking.not_here(rows).count()
        self._step.received = rows.count() - self._step.missing
        learn_all(self._work, kinds=["PractitionerRole"])  # called after those who came later

    def _add(self, reference: str) -> None:
        kind, _, id_ = reference.partition("/")
        self._to_ask[kind][id_] = None

    def _left(self, kind: str) -> list[str]:
        """Return the ids to ask for, without those that came unasked."""
        keys = {finding.source_key(self._work.box, f"{kind}/{id_}"): id_ for id_ in self._to_ask[kind]}
        rows = RawResource.objects.filter(connection=self._work.connection, source_key__in=keys)
        here = set(rows.values_list("source_key", flat=True))
        return [id_ for key, id_ in keys.items() if key not in here or f"{kind}/{id_}" in self._again]


def learn_all(work: Work, *, kinds: Collection[str] = ("Patient", *fhir_names.NAMED)) -> None:
    """Fill `work.names` from the shelves: ``Type/id`` and the absolute URL of each -> display name."""
    # Roles come last: they are called after practitioners and organizations.
    roles = {"PractitionerRole"}.intersection(kinds)
    for together in (set(kinds) - roles, roles):
        if together:
            for some in shelves.bodies(connection=work.connection, box=work.box, kinds=sorted(together)):
                learn(work, map(read_resource, some))


def learn(work: Work, resources: Iterable[Resource]) -> None:
    """Add the names and contacts of *resources* to `work.names`."""
    for resource in resources:
        if resource.type in ("Patient", *fhir_names.NAMED):
            name, reference = fhir_names.name_in(resource.body, work.names), resource.reference
            if name and reference == resource.identity:
                work.names[reference] = work.names[f"{work.client.base_url}/{reference}"] = name
            work.names.update(fhir_names.contacts_in(resource.body, reference))


def _read_many(kind: str, asked: _Asked, page_size: int, client: Client) -> Iterator[Page]:
    def missed(id_: str, error: FhirError) -> None:
        asked.missed[id_] = not error.retry

    return client.read_many(kind, asked.ids, page_size=page_size, missed=missed)


def _wanted(work: Work) -> QuerySet[WantedRecord]:
    return WantedRecord.objects.filter(connection=work.connection)

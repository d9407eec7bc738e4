"""Asks every listed search once through a connection; nothing that comes is stored, shown or logged."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Final

from apps.connections import granted
from apps.connections.access import Access
from apps.connections.models import Connection
from apps.fhir import tolerant
from apps.fhir.bundles import Page, Resource, local_reference
from apps.fhir.client import PAGE_SIZE, Client, Transport
from apps.fhir.errors import FhirError
from apps.outbound.door import Answer
from apps.records import kinds
from apps.sync import pace
from apps.sync.client_role import Listed, Record, listed, payees, values
from apps.sync.course import WHOLE_PLAN
from apps.sync.questions import Question
from apps.sync.record_subject import is_about_another
from apps.sync.searches import Searches
from config.fhir_types import fhir_types, person_type

MOST_PAGES: Final = 3
MOST_IDS: Final = 5


@dataclass(frozen=True)
class Tried:
    """How one search went. Holds no value of any record: `problem` and `note` are our own words."""

    search: Listed
    status: int | None = None
    entries: int = 0
    has_more: bool = False
    problem: str = ""
    note: str = ""

    @property
    def is_asked(self) -> bool:
        """Whether the plan was asked, and so has seen the search: it answered something."""
        return self.status is not None

    @property
    def has_found(self) -> bool:
        """Whether the answer holds what is there; a server that does not may still have been asked well."""
        return self.is_asked and not self.problem

    def __str__(self) -> str:
        """One line: parameter names, status, number of entries."""
        if not self.is_asked:
            return f"{self.search}: not asked, {self.note or self.problem}"
        count = f"{self.entries}{'+' if self.has_more else ''} {'entry' if self.entries == 1 else 'entries'}"
        line = ", ".join(part for part in (str(self.status), count, self.note) if part)
        return f"{self.search}: {line}" + (f" - NOT FOUND: {self.problem}" if self.problem else "")


@dataclass
class Door:
    """The connection's door, remembering the status of the last answer."""

    access: Transport
    status: int | None = None

    def ask(self, url: str, form: str | None = None) -> Answer:
        self.status = None
        answer = self.access.ask(url, form)
        self.status = answer.status
        return answer


@dataclass
class _Asking:
    """One pass: the client, whose records these are, and the records to ask by that came so far."""

    client: Client
    door: Door
    patient_id: str
    note: Callable[[Resource], object]
    records: dict[str, list[Record]] = field(default_factory=dict)

    def ask(self, search: Listed) -> Tried:
        """Ask once; raise what the connection raises, and FhirError when the whole plan is in trouble."""
        answer = self._asked_by(search)
        if answer is None:
            return Tried(search, note=f"no {search.kind} of this member has what it asks by")
        parameters, expected = answer
        self.door.status, pages = None, list[Page]()
        try:
            most_pages = MOST_PAGES * max(1, len(search.form))
            pages += islice(pages_of(self.client, search, parameters), most_pages)
        except FhirError as error:
            if isinstance(error, WHOLE_PLAN):
                raise
            return Tried(search, self.door.status or error.status, problem=error.code)
        return self._judged(search, pages, expected)

    def _judged(self, search: Listed, pages: list[Page], expected: frozenset[str]) -> Tried:
        resources = [resource for page in pages for resource in page.resources]
        theirs = [
            resource for resource in resources if not is_about_another(resource, patient_id=self.patient_id)
        ]
        self._learn(theirs)
        for resource in theirs:
            self.note(resource)
        has_more = pages[-1].next_url is not None
        came = {resource.id for resource in theirs if resource.type == search.kind}
        is_missing = bool(expected) and came.isdisjoint(expected) and not has_more
        others = len(resources) - len(theirs)
        return Tried(
            search,
            self.door.status,
            entries=len(resources) + sum(page.unreadable for page in pages),
            has_more=has_more,
            problem="the record it was asked by is not in the answer" if is_missing else "",
            note=f"{others} of them about another patient" if others else "",
        )

    def _asked_by(self, search: Listed) -> tuple[dict[str, str], frozenset[str]] | None:
        """Return the parameters, and the ids of the records of which one has to be in the answer."""
        records = self.records.get(search.kind, [])
        if search.is_of_all:
            return {"patient": self.patient_id}, frozenset()
        if search.parameters == ("_id",) and not search.include and records:
            # Several, because a reference may lead to nothing (facts, payers.md 5).
            ids = list(dict.fromkeys(record_known.id for record_known in records))[:MOST_IDS]
            return {"_id": ",".join(ids)}, frozenset(ids)
        for record in records:
            if parameters := values(search, record, patient_id=self.patient_id):
                return parameters, frozenset({record.id})
        return None

    def _learn(self, resources: list[Resource]) -> None:
        """Keep what later searches ask by: these records, and the ids of those they refer to."""
        for resource in resources:
            try:
                record = tolerant.decode(resource.body, Record)
            except tolerant.Hopeless:
                continue
            self.records.setdefault(resource.type, []).append(record)
            try:
                references = kinds.opened(resource.type, resource.body).references
            except tolerant.Unreadable:  # people and places are asked for by what others say of them
                references = frozenset()
            names = [*sorted(references), *payees(record)]
            base_url = self.client.base_url
            for local in filter(None, (local_reference(path, base_url=base_url) for path in names)):
                kind, _, id_ = local.partition("/")
                self.records.setdefault(kind, []).append(Record(id=id_))


def try_all(
    *,
    connection: Connection,
    clock: Callable[[], datetime],
    connect: Callable[..., Access] = Access,
    searches: Sequence[Listed] = (),
    note: Callable[[Resource], object] = lambda _resource: None,
) -> Iterator[Tried]:
    """Yield how each of the `listed` searches went. Raises AccessProblem; speaks to the network.

    Other *searches* are asked where they are given; *note* is told of each record that came. What the
    permission does not cover is not asked for (O-27); once the plan is busy or gone, nothing is.
    """
    access = connect(connection, clock=clock)
    client, door = client_of(connection, access, now=clock())
    granted_types = granted.readable(connection.scopes_granted, asked=connection.scopes_asked)
    person = {person_type(): [Record(id=access.patient_id)]}
    asking = _Asking(client, door, access.patient_id, note, person)
    is_over = False
    for search in searches or listed():
        if is_over:
            yield Tried(search, note="the plan does not answer")
        elif search.kind not in fhir_types(connection.consents):
            yield Tried(search, note=f"the member did not agree to {search.kind}")
        elif not granted.may_read(granted_types, search.kind):
            yield Tried(search, note=f"the permission does not cover {search.kind}")
        else:
            try:
                yield asking.ask(search)
            except WHOLE_PLAN as error:
                is_over = True
                yield Tried(search, error.status, problem=error.code)


def pages_of(
    client: Client, search: Listed, parameters: Mapping[str, str], page_size: int | None = None
) -> Iterator[Page]:
    """Yield the pages of a search; of a form that has several, those of each, as updates ask."""
    if not search.form:
        return client.search(search.kind, parameters, page_size=page_size)
    question = Question(search.kind, search.kind, page_size)
    return Searches(question, dict(parameters), (search.form,), 0).pages(None, client)


def client_of(connection: Connection, access: Transport, *, now: datetime) -> tuple[Client, Door]:
    """Return a client that asks through this access as the plan wants it, and what the last answer was."""
    door, quirks = Door(access), connection.plan.quirks
    page_size = pace.known(connection.plan).most_at_once(quirks.page_size or PAGE_SIZE, now=now)
    return Client(connection.plan.fhir_base_url, door, page_size, back_link=quirks.back_link), door


def summary(tried: Sequence[Tried]) -> str:
    """How many were asked, and how many of them found something: two things (C-11)."""
    asked, bringing = sum(search.is_asked for search in tried), sum(search.has_found for search in tried)
    return f"{asked} of {len(tried)} searches asked; {bringing} found what they asked by."


def is_enough(tried: Sequence[Tried]) -> bool:
    """Whether every search was asked that every member has records for, whatever the server made of it."""
    return all(search.is_asked or search.search.is_optional for search in tried)

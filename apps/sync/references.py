"""The people and places that records refer to: which of them a run asks for, and what came of that."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Least

from apps.connections.granted import NotGranted
from apps.fhir.bundles import Page, local_reference
from apps.fhir.client import Client
from apps.fhir.errors import FhirError
from apps.fhir.names import Named
from apps.records import books, known_names, mirror
from apps.records.models import Record
from apps.sync import marks
from apps.sync.lanes import AtOnce, InTurn
from apps.sync.models import SyncStep, WantedRecord
from apps.sync.work import Work
from apps.vault import boxes
from apps.vault.errors import SealBroken
from config.fhir_types import naming_types

log = logging.getLogger("plainclaim.sync")
FIRST_REST: Final = timedelta(hours=20)
"""What the plan does not have is asked for again by the next daily update; then half as often each time."""
LONGEST_REST: Final = marks.FULL_EVERY
MOST_COUNTED: Final = 10
MOST_AGED: Final = 400
"""So many that are here are asked for again in a run, those known for longest first: ten searches."""


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
        for reference in missing(work):
            self._add(reference)
        for reference in aged(work):
            self._again.add(reference)
            self._add(reference)
        self._known = {bytes(key) for key in _wanted(work).values_list("source_key", flat=True)}

    def note(self, references: Iterable[str]) -> None:
        """Remember what a page refers to, in the transaction that stores the page."""
        work, base_url = self._work, self._work.client.base_url
        local = {local_reference(reference, base_url=base_url) for reference in references}
        new = []
        for reference in sorted(filter(None, local)):
            key = boxes.source_key(work.box, reference)
            if (
                reference.partition("/")[0] in naming_types(work.connection.consents)
                and key not in self._known
            ):
                row = WantedRecord(member_id=work.run.member_id, connection=work.connection, source_key=key)
                row.sealed_reference = work.box.seal(row, "sealed_reference", reference.encode())
                new.append(row)
                self._known.add(key)
                self._add(reference)
        WantedRecord.objects.bulk_create(new, ignore_conflicts=True)

    def to_ask(self, desk: InTurn | AtOnce) -> Iterator[str]:
        """Yield the types of which more is wanted, each for a lane of its own, as far as the desk has room.

        A type of which a lane brought nothing is asked for once more at the end, not again for every page.
        """
        for fhir_type in filter(self._work.may_read, naming_types(self._work.connection.consents)):
            if not desk.has_room:
                return
            is_in_vain = fhir_type in self._fruitless and not desk.is_idle
            if fhir_type in self._asked or not self._to_ask[fhir_type] or is_in_vain:
                continue
            ids = self._left(fhir_type)
            self._to_ask[fhir_type] = {}
            if ids:
                self._asked[fhir_type] = _Asked(ids)
                self._fruitless.add(fhir_type)
                yield fhir_type

    def asking(self, fhir_type: str, *, page_size: int) -> Callable[[Client], Iterator[Page]]:
        """Return what asks for all that `to_ask` found of a type, called in the thread that asks."""
        return partial(_read_many, fhir_type, self._asked[fhir_type], page_size)

    def came(self, fhir_type: str, page: Page) -> None:
        """Note a page of these that is stored."""
        ids = {resource.id for resource in page.resources if resource.type == fhir_type and resource.id}
        if page.resources:
            self._fruitless.discard(fhir_type)
            self._asked[fhir_type].came |= ids
        if note_given(self._work, fhir_type, ids):
            self._work.note_progress()

    def ended(self, fhir_type: str, *, has_failed: bool) -> None:
        """Note the end of a lane of these: what it was not given, and what it did not come to.

        So many in a row that are not given end a lane's reading one by one. While lanes bring something, the
        rest is asked for in this run; else in the next one, first of all.
        """
        asked = self._asked.pop(fhir_type)
        if note_missed(self._work, fhir_type, asked.missed):
            self._work.note_progress()
        if not has_failed and fhir_type not in self._fruitless:
            left = (id_ for id_ in asked.ids if id_ not in asked.came and id_ not in asked.missed)
            self._to_ask[fhir_type] = dict.fromkeys(left) | self._to_ask[fhir_type]

    def finish(self) -> None:
        """Count what came and what the plan did not give, once it was asked for all."""
        rows = _wanted(self._work)
        self._step.missing = not_here(rows).count()
        self._step.received = rows.count() - self._step.missing

    def tell_why(self) -> None:
        """Note with the step that names are missing because nobody allowed them, where that is so (C-07)."""
        unasked = [
            kind
            for kind in naming_types(self._work.connection.consents)
            if self._to_ask[kind] and not self._work.may_read(kind)
        ]
        if unasked:
            self._step.problem = NotGranted.code
            self._step.save(update_fields=["problem"])

    def _add(self, reference: str) -> None:
        kind, _, id_ = reference.partition("/")
        self._to_ask[kind][id_] = None

    def _left(self, kind: str) -> list[str]:
        """Return the ids to ask for, without those that came unasked."""
        keys = {boxes.source_key(self._work.box, f"{kind}/{id_}"): id_ for id_ in self._to_ask[kind]}
        rows = Record.objects.filter(connection=self._work.connection, source_key__in=list(keys))
        here = {bytes(key) for key in rows.values_list("source_key", flat=True)}
        return [id_ for key, id_ in keys.items() if key not in here or f"{kind}/{id_}" in self._again]


def _read_many(kind: str, asked: _Asked, page_size: int, client: Client) -> Iterator[Page]:
    def missed(id_: str, error: FhirError) -> None:
        asked.missed[id_] = not error.retry

    return client.read_many(kind, asked.ids, page_size=page_size, missed=missed)


def missing(work: Work) -> list[str]:
    """Return the references to ask for that are not here: first those never asked for, then the longest ago.

    What the plan did not have rests, for longer each time, unless everything is asked for.
    """
    rows = not_here(_wanted(work)).order_by(F("asked_at").asc(nulls_first=True), "pk")
    rows = rows.only("id", "member_id", "sealed_reference", "asked_at", "fruitless")
    return [reference for row in rows if not _rests(row, work) and (reference := _reference(work, row))]


def aged(work: Work) -> list[str]:
    """Return the references that something here still makes and that the plan gave too long ago.

    A name that the plan corrected comes so; what it did not change is told by its digest and not read.
    """
    rows = _wanted(work).annotate(given_at=Coalesce("asked_at", Subquery(_raw().values("stored_at"))))
    if work.run.asks_everything:
        rows, most = rows.filter(given_at__lt=work.run.created_at), None
    else:
        rows, most = rows.filter(given_at__lte=work.now_fn() - marks.FULL_EVERY), MOST_AGED
    rows = rows.filter(Exists(_raw())).order_by("given_at", "pk").only("id", "member_id", "sealed_reference")
    if not rows.exists():
        return []
    is_referred_to = work.books.ask(partial(_still_referred_to, work), now=work.now_fn())
    return [reference for row in rows if (reference := _reference(work, row)) and is_referred_to(reference)][
        :most
    ]


def note_given(work: Work, kind: str, ids: Iterable[str]) -> int:
    """Note that the plan gave these; return how many of them this run had not asked for before."""
    return _not_asked_yet(work, kind, ids).update(asked_at=work.now_fn(), fruitless=0)


def note_missed(work: Work, kind: str, missed: Mapping[str, bool]) -> int:
    """Note that the plan did not give these, and by id whether it is known not to have them; return as above.

    Where it only failed to answer, the next run asks again, after those that were never asked for.
    """
    now = work.now_fn()
    final = [id_ for id_, is_final in missed.items() if is_final]
    number = _not_asked_yet(work, kind, final).update(
        asked_at=now, fruitless=Least(F("fruitless") + 1, MOST_COUNTED)
    )
    return number + _not_asked_yet(work, kind, missed.keys() - set(final)).update(asked_at=now)


def not_here(rows: QuerySet[WantedRecord]) -> QuerySet[WantedRecord]:
    """Return those of which the record did not come."""
    return rows.filter(~Exists(_raw()))


def _rests(row: WantedRecord, work: Work) -> bool:
    if row.asked_at is None or not row.fruitless:
        return False
    if work.run.asks_everything and row.asked_at < work.run.created_at:
        return False
    rest: timedelta = min(FIRST_REST * 2 ** (row.fruitless - 1), LONGEST_REST)
    return work.now_fn() < row.asked_at + rest


def _not_asked_yet(work: Work, kind: str, ids: Iterable[str]) -> QuerySet[WantedRecord]:
    keys = [boxes.source_key(work.box, f"{kind}/{id_}") for id_ in ids]
    is_new = Q(asked_at=None) | Q(asked_at__lt=work.run.created_at)
    return _wanted(work).filter(is_new, source_key__in=keys)


def _still_referred_to(work: Work) -> Callable[[str], bool]:
    """Return what tells whether anything in the books, or a role, refers to a record."""
    base, packing = work.client.base_url, known_names.Referring(work.box, {})
    referred_to = set[bytes]()
    for shelf in books.shelves(work.connection, work.box).values():
        for _book, entries in shelf.books():
            for entry in entries:
                if not entry.is_gone:
                    referred_to |= known_names.digests_in(entry.refers)
    named = set[str]()
    for bodies in mirror.bodies(connection=work.connection, box=work.box, fhir_types=naming_types()):
        named.update(link for body in bodies for link in Named(body).links)

    def is_referred_to(local: str) -> bool:
        spellings = (local, f"{base}/{local}")
        return any(
            spelling in named or packing.of(spelling)[: known_names.REFERENCE_BYTES] in referred_to
            for spelling in spellings
        )

    return is_referred_to


def _wanted(work: Work) -> QuerySet[WantedRecord]:
    return WantedRecord.objects.filter(connection=work.connection)


def _raw() -> QuerySet[Record]:
    return Record.objects.filter(connection=OuterRef("connection"), source_key=OuterRef("source_key"))


def _reference(work: Work, row: WantedRecord) -> str | None:
    """Return `Type/id`, None where it does not open: that is forgotten, and noted anew when it is named."""
    try:
        return work.box.open(row, "sealed_reference").decode()
    except SealBroken as error:
        log.error("%s", error)
        WantedRecord.objects.filter(pk=row.pk).delete()
        return None

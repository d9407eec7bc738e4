"""Which people and places are asked for in a run: what is missing, and what came too long ago."""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from functools import partial
from typing import Final

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Least

from apps.fhir import names as fhir_names
from apps.records import books, kinds, mirror, naming
from apps.records.models import Record
from apps.sync import marks
from apps.sync.models import WantedRecord
from apps.sync.work import Work
from apps.vault import finding
from apps.vault.errors import SealBroken

log = logging.getLogger("plainclaim.sync")
FIRST_REST: Final = timedelta(hours=20)
"""What the plan does not have is asked for again by the next daily update; then half as often each time."""
LONGEST_REST: Final = marks.FULL_EVERY
MOST_COUNTED: Final = 10
MOST_AGED: Final = 400
"""So many that are here are asked for again in a run, those known for longest first: ten searches."""


def missing(work: Work) -> list[str]:
    """Return the references to ask for that are not here: first those never asked for, then the longest ago.

    What the plan did not have rests, for longer each time, unless everything is asked for.
    """
    rows = not_here(_wanted(work)).order_by(F("asked_at").asc(nulls_first=True), "pk")
    rows = rows.only("id", "member_id", "sealed_reference", "asked_at", "fruitless")
    return [one for row in rows if not _rests(row, work) and (one := _reference(work, row))]


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
    return [one for row in rows if (one := _reference(work, row)) and is_referred_to(one)][:most]


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
    keys = [finding.source_key(work.box, f"{kind}/{id_}") for id_ in ids]
    is_new = Q(asked_at=None) | Q(asked_at__lt=work.run.created_at)
    return _wanted(work).filter(is_new, source_key__in=keys)


def _still_referred_to(work: Work) -> Callable[[str], bool]:
    """Return what tells whether anything in the books, or a role, refers to a record."""
    base, packing = work.client.base_url, naming.Referring(work.box, {})
    referred_to = set[bytes]()
    for kind in kinds.kinds():
        if kind.is_shelved:
            shelf = books.Shelf(kind, work.connection.pk, work.connection.member_id, work.box)
            for _book, entries in shelf.books():
                for entry in entries:
                    if not entry.is_gone:
                        referred_to |= naming.digests_in(entry.refers)
    named = set[str]()
    for some in mirror.bodies(connection=work.connection, box=work.box, fhir_types=["PractitionerRole"]):
        named.update(link for body in some for link in fhir_names.links(body))

    def is_referred_to(local: str) -> bool:
        spellings = (local, f"{base}/{local}")
        return any(
            one in named or packing.of(one)[: naming.REFERENCE_BYTES] in referred_to for one in spellings
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

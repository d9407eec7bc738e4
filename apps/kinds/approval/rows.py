"""Approvals and estimates in advance (facts claims 6): kept apart, never listed among claims or summed."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.conf import settings
from django.urls import reverse
from django.utils.module_loading import import_string
from msgspec import structs

from apps.kinds.approval import wording
from apps.kinds.approval.kind import APPROVAL
from apps.kinds.claim.entry import words_of
from apps.kinds.claim.people import ONE_PERSON, Whose, everybody
from apps.kinds.claim.query import Request, Term, corrected
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.shares import RECENT
from apps.plain_language.language import _
from apps.records.entries import Entry
from apps.records.shelf import Library
from apps.records.volumes import Held


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the list; `words` is None where the approval did not open.

    `meta` begins with whom it is about, where not all are about one.
    """

    url: str
    words: wording.Row | None
    meta: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Rows under the words for where they stand."""

    heading: str
    rows: list[Row]


def found(library: Library, terms: Iterable[Term], *, today: dt.date) -> list[Row]:
    """Return the rows of those that meet all *terms*, newest first."""
    opened = []
    for held in library.held(APPROVAL):
        record = None if held.twin_of else APPROVAL.brief_of(held.entry)
        if record is not None:
            states = wording.found_as(record, today=today, is_current=held.entry.is_current)
            entry = structs.replace(held.entry, words=words_of(record))
            opened.append((held, Request(entry, record.kind, states, _amounts(record))))
    meant = corrected(terms, [request.entry.words for _held, request in opened])
    fitting = [held for held, request in opened if all(term.fits_request(request) for term in meant)]
    whose = everybody(library) if fitting else ONE_PERSON
    return _rows(fitting, today=today, whose=whose)


def _amounts(record: ClaimRecord) -> tuple[Decimal | None, ...]:
    money = record.money
    return (money.your_share.amount, money.billed.amount, money.plan_paid.amount)


def groups(approvals: Iterable[Held[Entry]], *, today: dt.date, whose: Whose = ONE_PERSON) -> list[Group]:
    """Return the rows of *approvals* by where they stand, in order in each."""
    by_heading: dict[str, list[Row]] = {heading: [] for heading in (*wording.GROUPS, wording.CLOSED)}
    for row in _rows(approvals, today=today, whose=whose):
        by_heading[row.words.heading if row.words else wording.CLOSED].append(row)
    return [Group(_(heading), of_heading) for heading, of_heading in by_heading.items() if of_heading]


def is_of_late(record: ClaimRecord, today: dt.date) -> bool:
    """Whether it was, or may have been, decided in the last 180 days; not where no day is known."""
    decided = (wording.decided_on(record) or "")[:10]
    return bool(decided) and decided >= (today - RECENT).isoformat()[: len(decided)]


def is_old(library: Library, held: Held[Entry] | None, record: ClaimRecord, *, today: dt.date) -> bool:
    """Whether it was decided long ago, and no letter that the member noted leaves time to ask."""
    if held is None or wording.decided_on(record) is None or is_of_late(record, today):
        return False
    return not import_string(settings.CLAIMS_TIME)(library, held, today)


def _rows(approvals: Iterable[Held[Entry]], *, today: dt.date, whose: Whose) -> list[Row]:
    """Return the rows of *approvals* in order, without those entered in error."""
    base = reverse("approvals:list")
    pairs = [(held, APPROVAL.brief_of(held.entry)) for held in approvals]
    whose = whose.of((held.plan, record) for held, record in pairs if record is not None)
    labels = []
    for held, record in pairs:
        if record is None:
            labels.append(Row(f"{base}{held.id}/", None))
        elif record.status != "entered-in-error":
            person = whose.person(record, held.plan)
            words = wording.row(record, today=today, is_current=held.entry.is_current)
            labels.append(Row(f"{base}{held.id}/", words, " · ".join(filter(None, [person, words.meta]))))
    return labels

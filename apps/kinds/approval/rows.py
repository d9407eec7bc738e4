"""Approvals and estimates in advance (facts claims 6): kept apart, never listed among claims or summed."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse
from msgspec import structs

from apps.kinds.approval import wording
from apps.kinds.approval.kind import APPROVAL
from apps.kinds.claim.entry import words_of
from apps.kinds.claim.people import ONE_PERSON, Whose, everybody
from apps.kinds.claim.query import Term, corrected
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
            opened.append((held, structs.replace(held.entry, words=words_of(record)), states))
    meant = corrected(terms, [entry.words for _held, entry, _states in opened])
    fitting = [
        held for held, entry, states in opened if all(term.fits_request(entry, states) for term in meant)
    ]
    whose = everybody(library) if fitting else ONE_PERSON
    return _rows(fitting, today=today, whose=whose)


def groups(approvals: Iterable[Held[Entry]], *, today: dt.date, whose: Whose = ONE_PERSON) -> list[Group]:
    """Return the rows of *approvals* by where they stand, in order in each."""
    by_heading: dict[str, list[Row]] = {heading: [] for heading in (*wording.GROUPS, wording.CLOSED)}
    for row in _rows(approvals, today=today, whose=whose):
        by_heading[row.words.heading if row.words else wording.CLOSED].append(row)
    return [Group(_(heading), of_heading) for heading, of_heading in by_heading.items() if of_heading]


def _rows(approvals: Iterable[Held[Entry]], *, today: dt.date, whose: Whose) -> list[Row]:
    """Return the rows of *approvals* in order, without those entered in error."""
    base = reverse("approvals:list")
    pairs = [(held, APPROVAL.brief_of(held.entry)) for held in approvals]
    whose = whose.of((held.plan, record) for held, record in pairs if record is not None)
    told = []
    for held, record in pairs:
        if record is None:
            told.append(Row(f"{base}{held.id}/", None))
        elif record.status != "entered-in-error":
            person = whose.person(record, held.plan)
            words = wording.row(record, today=today, is_current=held.entry.is_current)
            told.append(Row(f"{base}{held.id}/", words, " · ".join(filter(None, [person, words.meta]))))
    return told

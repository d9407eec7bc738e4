"""Approvals and estimates in advance (facts claims 6): kept apart, never listed among claims or summed."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import reverse

from apps.kinds.approval import wording
from apps.kinds.approval.kind import APPROVAL
from apps.kinds.claim.people import ONE_PERSON, Whose
from apps.plain_language.language import _
from apps.records.entries import Entry
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

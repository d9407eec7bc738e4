"""Everything the page of one claim shows, read from the mirror when it is asked for."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.urls import reverse

from apps.accounts.models import Member
from apps.claims.entry import ClaimEntry, day_of
from apps.claims.kind import CLAIM
from apps.claims.records import ClaimRecord
from apps.claims.wording.history import History, Sent, history
from apps.records.entries import UNDATED
from apps.records.models import Record
from apps.records.original import original
from apps.records.shelf import Held, Library


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The same claim through another connection, and where lists show it: `here`, `there`, `replaced`, ""."""

    claim: Record
    shown: str


@dataclass(frozen=True, slots=True)
class Found:
    """One claim: its row of the mirror, what it says, and what is around it.

    `record` is None where it does not open or cannot be read.
    """

    row: Record
    record: ClaimRecord | None = field(repr=False)
    is_current: bool
    history: History
    elsewhere: list[Elsewhere]


def found(library: Library, row: Record) -> Found | None:
    """Return the claim that *row* is; None where it is of another kind."""
    record: ClaimRecord | None = original(row, library.box, CLAIM)
    held = _held(library, row, record)
    if held is None:
        return None
    history, others = _history(library, held), _elsewhere(library, held)
    readable = None if held.entry.is_unreadable else record
    return Found(row, readable, held.entry.is_current, history, others)


def _held(library: Library, row: Record, record: ClaimRecord | None) -> Held[ClaimEntry] | None:
    """Return the entry: from the books of its year, else from whatever book has it."""
    year = day_of(record).year if record is not None else UNDATED.year
    for several in (library.held(CLAIM, year=year, plan=row.connection_id), library.held(CLAIM)):
        for one in several:
            if one.id == row.pk:
                return one
    return None


def _history(library: Library, held: Held[ClaimEntry]) -> History:
    if held.entry.chain is None:
        return history(())
    base = reverse("claims:list")
    every = library.held(CLAIM, plan=held.plan)
    chain = sorted((one for one in every if one.entry.chain == held.entry.chain), key=_place)
    sent = [
        Sent(record, f"{base}{one.id}/", one.entry.is_current, one.id == held.id)
        for one in chain
        if (record := CLAIM.brief_of(one.entry)) is not None
    ]
    return history(sent)


def _place(one: Held[ClaimEntry]) -> int:
    return one.entry.place


def _elsewhere(library: Library, held: Held[ClaimEntry]) -> list[Elsewhere]:
    if len(library.connections) < 2:
        return []
    first = held.twin_of or held.id
    others = [one for one in library.held(CLAIM) if first in (one.id, one.twin_of) and one.id != held.id]
    rows = _rows(library.member, [one.id for one in others])
    return [Elsewhere(rows[other.id], _shown(held, other)) for other in others if other.id in rows]


def _rows(member: Member, ids: list[UUID]) -> dict[UUID, Any]:
    if not ids:
        return {}
    rows = member.records.filter(pk__in=ids).select_related("connection__plan").without_bodies()
    return {row.pk: row for row in rows}


def _shown(claim: Held[ClaimEntry], other: Held[ClaimEntry]) -> str:
    if not claim.entry.is_current:
        return ""  # its history says what replaced it
    if claim.twin_of is None:
        return "here"
    if claim.twin_of != other.id:
        return ""
    return "there" if other.entry.is_current else "replaced"

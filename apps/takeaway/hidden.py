"""What of a connection stands in no file: it shows nowhere, waits, or is kept back from a file for others."""

import uuid
from collections.abc import Collection, Iterator
from dataclasses import replace

from apps.kinds.care.kind import ANOTHER
from apps.records import kinds, remarks
from apps.records.entries import Entry
from apps.records.remarks import Said, Topic
from apps.records.shelf import Library


def records_of(library: Library, plan: uuid.UUID) -> frozenset[uuid.UUID]:
    """Return the ids of what stands in no file: of people who did not agree, not the member's, kept back."""
    return frozenset(entry.id for entry in _entries(library, plan))


def subjects_of(library: Library, plan: uuid.UUID) -> frozenset[str]:
    """Return what remarks call the same, and the people who did not agree."""
    entries = list(_entries(library, plan))
    names = {name for entry in entries for name in (str(entry.id), remarks.subject_of(entry))}
    return frozenset(names | {person.key for person in library.household.closed})


def without(said: Said, hidden: Collection[str]) -> Said | None:
    """Return a remark without what it says of *hidden* subjects; None where it says nothing else."""
    if any(name in hidden for name in said.subject.split()):
        return None
    if said.topic is not Topic.SETTLED:
        return said
    value = {claim: left for claim, left in said.value.items() if claim not in hidden}
    return replace(said, value=value) if value else None


def _entries(library: Library, plan: uuid.UUID) -> Iterator[Entry]:
    for one in library.held(ANOTHER, plan=plan):
        yield one.entry
    if not _hides(library):
        return
    whole = Library(library.member, library.box, is_whole=True)
    for kind in kinds.kinds():
        if kind.is_shelved and kind is not ANOTHER:
            shown = {one.id for one in library.held(kind, plan=plan)}
            yield from (one.entry for one in whole.held(kind, plan=plan) if one.id not in shown)


def _hides(library: Library) -> bool:
    """Whether anything is closed, waits or is kept back: else all books need not be opened once more."""
    household = library.household
    return bool(library.is_shared or household.closed or household.hiding.waiting)

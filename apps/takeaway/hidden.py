"""What of a connection stands in no file: it shows nowhere, or is kept back from a file for others."""

import uuid

from apps.kinds.care.kind import ANOTHER
from apps.kinds.claim.kind import CLAIM
from apps.records import kinds, remarks
from apps.records.shelf import Library


def records_of(library: Library, plan: uuid.UUID) -> frozenset[uuid.UUID]:
    """Return the ids of what stands in no file: of people who did not agree, not the member's, kept back."""
    hidden = {one.id for one in library.held(ANOTHER, plan=plan)}
    if not _hides(library):
        return frozenset(hidden)
    whole = Library(library.member, library.box, is_whole=True)
    for kind in kinds.kinds():
        if kind.is_shelved and kind is not ANOTHER:
            shown = {one.id for one in library.held(kind, plan=plan)}
            hidden |= {one.id for one in whole.held(kind, plan=plan)} - shown
    return frozenset(hidden)


def claims_of(library: Library, plan: uuid.UUID) -> frozenset[str]:
    """Return what remarks call the claims that show nowhere."""
    if not _hides(library):
        return frozenset()
    whole = Library(library.member, library.box, is_whole=True)
    shown = {one.id for one in library.held(CLAIM, plan=plan)}
    entries = (one.entry for one in whole.held(CLAIM, plan=plan) if one.id not in shown)
    return frozenset(remarks.subject_of(entry) for entry in entries)


def _hides(library: Library) -> bool:
    """Whether anybody is closed, or something kept back: else all books need not be opened once more."""
    return library.is_shared or any(person.is_closed for person in library.household.people.values())

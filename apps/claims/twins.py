"""One claim that came through several connections of a member: which one lists and sums show, pure.

Two connections to one plan bring each claim twice. It is shown as the connection has it that was made first;
the other is its twin: it keeps its page, and is in no list and no sum. Twins have the same number, day, kind,
state and amounts from the same payer, and nothing that both say about the person speaks against it. Where
one of the connections has a newer version of the claim already, that version alone is shown.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple
from uuid import UUID

from apps.claims.index import Entry, folded_name
from apps.claims.records import ClaimRecord
from apps.claims.standing import State

KEY_LENGTH = 16


def key_of(record: ClaimRecord, state: State) -> str:
    """Return what twins have in common; empty where the plan gave the claim no number or names no payer."""
    if not (record.claim_number and record.payer):
        return ""
    money = record.money
    amounts = [(name, getattr(money, name)) for name in money.__struct_fields__]
    known = [f"{name} {one.amount.normalize()} {one.unit}" for name, one in amounts if one.amount is not None]
    parts = [
        record.claim_number,
        record.service_start or "",
        record.kind,
        state,
        record.payer.casefold(),
        *known,
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:KEY_LENGTH]


class Candidate(NamedTuple):
    """What tells whether a claim is another one: small, since all of a year are compared at once."""

    claim_id: UUID
    twin_key: str
    person: str | None
    """The name of whom it is about."""
    is_current: bool
    is_gone: bool


def candidate(entry: Entry, owner: str = "") -> Candidate:
    """Return *entry* to be compared; one that names nobody is about the *owner* of its connection."""
    return Candidate(
        entry.claim_id, entry.twin_key, entry.person or owner or None, entry.is_current, entry.is_gone
    )


class Pairs(NamedTuple):
    """Which claims are one, each with the other it is.

    `same`: current in both connections. `outdated` are current here, and an old version there; `theirs` are
    current there, and an old version here. Of the last two, whoever asks sees to it that what replaced the
    old version is shown.
    """

    same: dict[UUID, UUID]
    outdated: dict[UUID, UUID]
    theirs: dict[UUID, UUID]


def found(entries: Iterable[Candidate], earlier: Iterable[Candidate]) -> Pairs:
    """Return which of *entries* are claims of *earlier* connections.

    A claim has one twin at most in each connection: two alike of one connection are two claims. One that is
    current and no longer sent stands for no other. *earlier* has no twins itself.
    """
    entries = [one for one in entries if one.twin_key]
    current, replaced = defaultdict[str, list[Candidate]](list), defaultdict[str, list[Candidate]](list)
    for one in earlier:
        if one.twin_key and not (one.is_current and one.is_gone):
            (current if one.is_current else replaced)[one.twin_key].append(one)
    same = _paired([one for one in entries if one.is_current], current)
    older = [one for one in entries if not one.is_current]
    both = _paired(older, replaced)  # one old version, here and there
    outdated = _paired([one for one in entries if one.is_current and one.claim_id not in same], replaced)
    alone = [one for one in older if one.claim_id not in both]
    theirs = {other: one for one, other in _paired(alone, current).items()}
    return Pairs(same, outdated, theirs)


def _paired(entries: Iterable[Candidate], others: Mapping[str, list[Candidate]]) -> dict[UUID, UUID]:
    """Pair each of *entries* with one of *others*, by their key, and take that one out of them."""
    pairs = {}
    for entry in entries:
        alike = others.get(entry.twin_key, [])
        other = next((one for one in alike if _may_be_one_person(one.person, entry.person)), None)
        if other is not None:
            alike.remove(other)
            pairs[entry.claim_id] = other.claim_id
    return pairs


def _may_be_one_person(one: str | None, other: str | None) -> bool:
    return not one or not other or folded_name(one) == folded_name(other)

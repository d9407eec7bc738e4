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


class Pairs(NamedTuple):
    """Which claims lists leave out, each with the one it is.

    `mine` are of the later connection. `theirs` are of earlier ones: the later one has a newer version of
    the claim they are, which *their* connection has not sent yet, or no longer will.
    """

    mine: dict[UUID, UUID]
    theirs: dict[UUID, UUID]


def found(entries: Iterable[Entry], earlier: Iterable[Entry]) -> Pairs:
    """Return which of *entries* are claims of *earlier* connections, and which of those are replaced here.

    A claim has one twin at most in each connection: two alike of one connection are two claims. A claim that
    is current here and replaced there is left out: what replaced it stands there. One that its plan no longer
    sends stands for no other. *earlier* has no twins itself.
    """
    entries = [one for one in entries if one.twin_key]
    current, replaced = defaultdict[str, list[Entry]](list), defaultdict[str, list[Entry]](list)
    for one in earlier:
        if one.twin_key and not one.is_gone:
            (current if one.is_current else replaced)[one.twin_key].append(one)
    mine = _paired([one for one in entries if one.is_current], current)
    rest = [one for one in entries if one.is_current and one.claim_id not in mine]
    mine |= _paired(rest, replaced)
    older = [one for one in entries if not one.is_current and not one.is_gone]
    _paired(older, replaced)  # replaced in both: the same old version
    theirs = {other: one for one, other in _paired(older, current).items()}
    return Pairs(mine, theirs)


def _paired(entries: Iterable[Entry], others: Mapping[str, list[Entry]]) -> dict[UUID, UUID]:
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

"""One claim that came through several connections of a member: which one lists and sums show, pure.

Two connections to one plan bring each claim twice. It is shown as the connection has it that was made first;
the other is its twin: it keeps its page, and is in no list and no sum. Twins have the same number, day, kind,
state and amounts from the same payer, and nothing that both say about the person speaks against it.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
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


def found(entries: Iterable[Entry], earlier: Iterable[Entry]) -> dict[UUID, UUID]:
    """Return which of *entries* are twins, and of which claim among those of *earlier* connections.

    A claim has one twin at most in each connection: two alike of one connection are two claims. One that its
    plan no longer sends stands for no other. *earlier* has no twins itself.
    """
    free: dict[str, list[Entry]] = defaultdict(list)
    for one in earlier:
        if one.twin_key and one.is_current and not one.is_gone:
            free[one.twin_key].append(one)
    twins = {}
    for entry in entries:
        alike = free.get(entry.twin_key, []) if entry.twin_key and entry.is_current else []
        other = next((one for one in alike if _may_be_one_person(one.person, entry.person)), None)
        if other is not None:
            alike.remove(other)
            twins[entry.claim_id] = other.claim_id
    return twins


def _may_be_one_person(one: str | None, other: str | None) -> bool:
    return not one or not other or folded_name(one) == folded_name(other)

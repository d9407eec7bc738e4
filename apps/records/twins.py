"""One record that came through several connections of a member: which one lists and sums show, pure.

Two connections to one plan bring each claim twice. It is shown as the connection has it that was made first;
the other is its twin: it keeps its page, and is in no list and no sum. Twins have one key (`Entry.twin_key`),
and nothing that both say about the person speaks against it. Where one of the connections has a newer version
of the record already, that version alone is shown.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from apps.plain_language.capitals import folded_name
from apps.records.entries import Entry


class Mark(NamedTuple):
    """Which record of another connection is shown instead; `is_outdated`: that one was replaced there."""

    twin_of: UUID
    is_outdated: bool


def marks(sources: Sequence[tuple[str, Sequence[Entry]]]) -> dict[UUID, Mark]:
    """Return the entries that lists and sums leave out.

    *sources* are the connections in the order they were made: the name of whom each is about, and all its
    entries, older versions too.
    """
    by_id = {entry.id: entry for _owner, entries in sources for entry in entries}
    current: dict[UUID | None, Entry] = {
        entry.chain: entry for entry in by_id.values() if entry.chain and entry.is_current
    }
    # One that names nobody is about whom its connection is.
    named = [
        [entry.moved(person=entry.person or owner or None) for entry in entries] for owner, entries in sources
    ]
    shown_as: dict[UUID, UUID] = {}
    for place, mine in enumerate(named):
        earlier = [entry for others in named[:place] for entry in others if entry.id not in shown_as]
        shown_as |= _shown_otherwise(paired(mine, earlier), by_id, current)
    return {pk: Mark(other, not by_id[other].is_current) for pk, other in shown_as.items()}


def _shown_otherwise(
    pairs: "Pairs", by_id: Mapping[UUID, Entry], current: Mapping[UUID | None, Entry]
) -> dict[UUID, UUID]:
    """Return which entries are left out, each with the one shown instead.

    One that is an old version elsewhere is left out only where what replaced that version is shown: plans
    correct a claim back to what it was, and connections may lack any of the versions.
    """

    def successor(pk: UUID) -> Entry | None:
        old = by_id[pk]
        holds = current.get(old.chain)
        return holds if holds is not None and not holds.is_gone and holds.place < old.place else None

    outdated = {pk: after for pk, old in pairs.outdated.items() if (after := successor(old)) is not None}
    there = {pk: after for pk, old in pairs.theirs.items() if (after := successor(old)) is not None}
    # Each an old version of the other: the plan corrected the claim back, and one connection is behind.
    for pk, after in list(outdated.items()):
        other = there.get(after.id)
        if other is not None and other.id == pk:
            del (outdated if _age(other) > _age(after) else there)[
                pk if _age(other) > _age(after) else after.id
            ]
    left = dict(pairs.same) | {pk: pairs.outdated[pk] for pk in outdated}
    theirs = {
        pk: pairs.theirs[pk]
        for pk, after in there.items()
        if after.id not in left or pairs.same.get(after.id) not in (None, pk)
    }
    return left | theirs


def _age(entry: Entry) -> tuple[object, ...]:
    return entry.facts.age if entry.facts else ()


class Pairs(NamedTuple):
    """Which claims are one, each with the other it is.

    `same`: current in both connections. `outdated` are current here, and an old version there; `theirs` are
    current there, and an old version here. Of the last two, whoever asks sees to it that what replaced the
    old version is shown.
    """

    same: dict[UUID, UUID]
    outdated: dict[UUID, UUID]
    theirs: dict[UUID, UUID]


def paired(entries: Iterable[Entry], earlier: Iterable[Entry]) -> Pairs:
    """Return which of *entries* are claims of *earlier* connections.

    A claim has one twin at most in each connection: two alike of one connection are two claims. One that is
    current and no longer sent stands for no other. *earlier* has no twins itself.
    """
    entries = [entry for entry in entries if entry.twin_key]
    current, replaced = defaultdict[str, list[Entry]](list), defaultdict[str, list[Entry]](list)
    for entry in earlier:
        if entry.twin_key and not (entry.is_current and entry.is_gone):
            (current if entry.is_current else replaced)[entry.twin_key].append(entry)
    same = _paired([entry for entry in entries if entry.is_current], current)
    older = [entry for entry in entries if not entry.is_current]
    both = _paired(older, replaced)  # one old version, here and there
    outdated = _paired([entry for entry in entries if entry.is_current and entry.id not in same], replaced)
    alone = [entry for entry in older if entry.id not in both]
    theirs = {other: entry for entry, other in _paired(alone, current).items()}
    return Pairs(same, outdated, theirs)


def _paired(entries: Iterable[Entry], others: Mapping[str, list[Entry]]) -> dict[UUID, UUID]:
    """Pair each of *entries* with one of *others*, by their key, and take that one out of them."""
    pairs = {}
    for entry in entries:
        alike = others.get(entry.twin_key, [])
        other = next((twin for twin in alike if _may_be_one_person(twin.person, entry.person)), None)
        if other is not None:
            alike.remove(other)
            pairs[entry.id] = other.id
    return pairs


def _may_be_one_person(name: str | None, other: str | None) -> bool:
    return not name or not other or folded_name(name) == folded_name(other)

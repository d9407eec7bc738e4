"""Which versions of a record take others back by their amounts; pure.

Plans undo a claim by sending it again with a minus before every amount (facts claims 5.2), and mark it as
nothing else. Such a version is money only beside the one that it undoes, so that it never counts itself.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from apps.records.entries import Facts


def undone(
    facts: Sequence[Facts],
    in_time: Sequence[int],
    *,
    gone: Collection[int],
    newer: Sequence[Collection[int]],
) -> Mapping[int, int]:
    """Return which of the versions *in_time* each that takes back undoes: one of the same amounts, never two.

    Of several alike it is one that it names, else one than which it is *newer*, else one of its own number,
    else the oldest, and none made after it. What the plan no longer sends (*gone*) undoes nothing that it
    still sends.
    """
    right = [at for at in in_time if facts[at].amounts and not facts[at].is_mistake]
    taking = [at for at in right if facts[at].is_minus]
    left = [at for at in right if not facts[at].is_minus]
    pairs: dict[int, int] = {}
    for position in taking:
        alike = [
            other
            for other in left
            if are_alike(facts[position].amounts, facts[other].amounts)
            and (position not in gone or other in gone)
        ]
        names, number = frozenset(facts[position].older), facts[position].number
        earlier = [other for other in alike if not _is_after(facts[other], facts[position])]
        ways = (
            [other for other in alike if not names.isdisjoint(facts[other].own)],
            [other for other in alike if position in newer[other]],
            [other for other in earlier if number in facts[other].own],
            earlier,
        )
        if way := next(filter(None, ways), None):
            pairs[position] = way[0]
            left.remove(way[0])
    return pairs


def of_same_care(facts: Sequence[Facts], taking: Iterable[int], in_time: Iterable[int]) -> Mapping[int, int]:
    """Return which record each of those *taking* back may undo, of which nobody says that they are one claim.

    They are of the same care and maker, and all amounts are the same; of several it is the oldest, each once.
    """
    left: dict[tuple[object, ...], list[int]] = {}
    for position in in_time:
        fact = facts[position]
        if fact.amounts and fact.by and not fact.is_minus and not fact.is_mistake:
            left.setdefault((fact.amounts, fact.occasion, fact.by), []).append(position)
    pairs = {}
    for position in taking:
        fact = facts[position]
        alike = left.get((fact.amounts, fact.occasion, fact.by), [])
        if alike and not _is_after(facts[alike[0]], fact):
            pairs[position] = alike.pop(0)
    return pairs


def _is_after(other: Facts, taking: Facts) -> bool:
    """Return whether it is known to have been made after what would take it back."""
    return bool(taking.created) and taking.created < other.created


def are_alike(amounts: Sequence[str], others: Sequence[str]) -> bool:
    """Return whether what both state is the same, and both state something: one may leave amounts out."""
    both = [(mine, theirs) for mine, theirs in zip(amounts, others, strict=False) if mine and theirs]
    return bool(both) and all(mine == theirs for mine, theirs in both)

"""Versions of a claim: which belong together, and which of them counts (facts claims 5.2): pure.

A plan corrects a claim by sending another one. The rules, in the order they are asked:

1. `prior` and `replacedby` link two claims in either direction, by reference or by number. A number that
   several different claims carry names only the one of the same kind and day; a claim never names itself.
2. Claims of one number, kind, day and patient are forms of one claim; so are claims of one kind, day and
   patient that replace the same claim, whether it is here or not.
3. A void, cancelled, deleted or taken-back form that names no other follows the forms sent before it.
4. Of what no newer version follows, the newest that takes nothing back is the current one; only where there
   is none, the newest that does. In a circle the newest is current. Entered in error: never current, and
   what it claims to replace stands.

5. What the plan no longer sends counts only where nothing of its claim is sent any more.

The answer depends on which claims are there, not on the order in which they came.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from apps.claims import standing
from apps.claims.index import folded_name
from apps.claims.records import ClaimRecord

_TAKES_BACK: frozenset[standing.State] = frozenset({"void", "cancelled", "deleted", "taken_back"})
_CORRECTIONS = frozenset({"replacement", "debit"})


class Chain(NamedTuple):
    """One claim: where its versions stand, newest first, and which is current; None when none is."""

    versions: tuple[int, ...]
    current: int | None


class Names(NamedTuple):
    """By what a claim is known, what it names as older and as newer, and what it shares with its forms."""

    own: frozenset[str]
    older: frozenset[str]
    newer: frozenset[str]
    bonds: frozenset[str]


def names_of(record: ClaimRecord) -> Names:
    """Return the names that can link *record* to others; claims without a common one are no versions."""
    own = {f"ExplanationOfBenefit/{record.resource_id}"} if record.resource_id else set[str]()
    own.update(record.numbers)
    older, newer = _named(record, "prior"), _named(record, "replacedby")
    bonds = {_bond("replaces", name, record) for name in older}
    if record.claim_number:
        bonds.add(_bond("is", record.claim_number, record))
    return Names(frozenset(own), older, newer, frozenset(bonds))


def chains(records: Iterable[ClaimRecord], *, gone: Collection[int] = frozenset()) -> tuple[Chain, ...]:
    """Return every claim with its versions; *records* are of one connection, those *gone* no longer sent."""
    found = _Links(list(records), gone)
    return tuple(found.chain(group) for group in found.groups())


def current(records: Iterable[ClaimRecord], *, gone: Collection[int] = frozenset()) -> frozenset[int]:
    """Return the positions of the records that lists show: one of each claim."""
    return frozenset(chain.current for chain in chains(records, gone=gone) if chain.current is not None)


def _named(record: ClaimRecord, relation: str) -> frozenset[str]:
    return frozenset(
        name
        for one in record.related
        if one.relation == relation
        for name in (one.reference, one.number)
        if name
    )


def _occasion(record: ClaimRecord) -> tuple[str, str, str]:
    return record.kind, record.service_start or "", _whom(record)


def _whom(record: ClaimRecord) -> str:
    """Return whom a claim is about as the plan says it: families share numbers, so a name tells too."""
    return record.patient_reference or record.patient_number or folded_name(record.patient or "")


def _bond(what: str, name: str, record: ClaimRecord) -> str:
    return "\x1f".join((what, name, *_occasion(record)))


def _step(record: ClaimRecord) -> int:
    """Return where a version comes among those of one day: claim, its taking back, its correction."""
    if record.adjustment in _CORRECTIONS:
        return 2
    return 1 if takes_back(record) else 0


def takes_back(record: ClaimRecord) -> bool:
    """Return whether this version only ends an earlier one."""
    return standing.state(record) in _TAKES_BACK


def age(record: ClaimRecord) -> tuple[object, ...]:
    """Return by what versions of one claim are told apart in time: the newer one's is greater."""
    return (
        record.created or "",
        _step(record),
        str(record.paid_on or ""),
        record.resource_id or "",
        record.numbers,
    )


class _Links:
    """What follows what among *records*."""

    def __init__(self, records: Sequence[ClaimRecord], gone: Collection[int] = frozenset()) -> None:
        self.records = records
        self.gone = gone
        self.is_mistake = [record.status == "entered-in-error" for record in records]
        self.newer: list[set[int]] = [set() for _ in records]
        self._group = list(range(len(records)))
        names = [names_of(record) for record in records]
        self._carriers: dict[str, list[int]] = {}
        for position, each in enumerate(names):
            for name in each.own:
                self._carriers.setdefault(name, []).append(position)
        for position, each in enumerate(names):
            for name in each.older:
                for other in self._meant(name, position):
                    # Under its own number a claim can only mean what was there before it.
                    if name not in each.own or not self._is_known_to_follow(position, other):
                        self._follow(older=other, newer=position)
            for name in each.newer:
                for other in self._meant(name, position):
                    if name not in each.own or not self._is_known_to_follow(other, position):
                        self._follow(older=position, newer=other)
        self._join_forms(names)

    def groups(self) -> list[list[int]]:
        """Return the positions that belong together, the first of each group in the order given."""
        found: dict[int, list[int]] = {}
        for position in range(len(self.records)):
            found.setdefault(self._root(position), []).append(position)
        return list(found.values())

    def chain(self, group: list[int]) -> Chain:
        """Return the versions of one claim in order."""
        if len(group) == 1:
            return Chain((group[0],), None if self.is_mistake[group[0]] else group[0])
        after = {position: self._after(position) for position in group}
        # In a circle nobody is newer than the others.
        after = {
            position: {other for other in others if position not in after[other]}
            for position, others in after.items()
        }
        # What the plan withdrew is passed over like a mistake, as long as anything else is left.
        holds = {position for position in group if not self.is_mistake[position]}
        holds = (holds - set(self.gone)) or holds
        last = [position for position in holds if not after[position] & holds]
        best = max(last, key=self._rank, default=None)
        return Chain(tuple(self._in_order(group, after)), best)

    def _rank(self, position: int) -> tuple[object, ...]:
        record = self.records[position]
        return not takes_back(record), record.shares_money, age(record), position

    def _in_order(self, group: list[int], after: dict[int, set[int]]) -> Iterable[int]:
        left = {position: len(others) for position, others in after.items()}
        older: dict[int, list[int]] = {position: [] for position in group}
        for position, others in after.items():
            for other in others:
                older[other].append(position)
        free = {position for position, number in left.items() if not number}
        while free:
            newest = max(free, key=lambda position: (age(self.records[position]), position))
            free.remove(newest)
            yield newest
            for position in older[newest]:
                left[position] -= 1
                if not left[position]:
                    free.add(position)

    def _after(self, start: int) -> set[int]:
        found: set[int] = set()
        waiting = list(self.newer[start])
        while waiting:
            position = waiting.pop()
            if position not in found:
                found.add(position)
                waiting += self.newer[position]
        return found

    def _meant(self, name: str, by: int) -> list[int]:
        others = [other for other in self._carriers.get(name, ()) if other != by]
        kinds = {(self.records[other].claim_number, _occasion(self.records[other])) for other in others}
        if len(kinds) < 2:
            return others
        # Published examples share one number between different claims.
        return [other for other in others if _occasion(self.records[other]) == _occasion(self.records[by])]

    def _follow(self, *, older: int, newer: int) -> None:
        self.newer[older].add(newer)
        self._join(older, newer)

    def _is_known_to_follow(self, older: int, newer: int) -> bool:
        before, after = self.records[older].created, self.records[newer].created
        return bool(before and after and before < after)

    def _join_forms(self, names: Sequence[Names]) -> None:
        forms: dict[str, list[int]] = {}
        for position, each in enumerate(names):
            for bond in each.bonds:
                forms.setdefault(bond, []).append(position)
        for some in forms.values():
            for position in some[1:]:
                self._join(some[0], position)
            # Who names what it takes back is taken at its word, in the loop above.
            for taking in (one for one in some if takes_back(self.records[one]) and not names[one].older):
                self._take_back(some, taking)

    def _take_back(self, forms: Sequence[int], taking: int) -> None:
        for taken in forms:
            one, other = self.records[taken], self.records[taking]
            if takes_back(one) or self.is_mistake[taken]:
                continue
            if one.created and other.created and one.created != other.created:
                is_earlier = one.created < other.created
            else:
                is_earlier = _step(one) < _step(other)
            if is_earlier:
                self.newer[taken].add(taking)

    def _root(self, position: int) -> int:
        while self._group[position] != position:
            self._group[position] = self._group[self._group[position]]
            position = self._group[position]
        return position

    def _join(self, one: int, other: int) -> None:
        self._group[self._root(other)] = self._root(one)

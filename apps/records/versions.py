"""Versions of a record: which belong together, and which of them counts (facts claims 5.2): pure.

A plan corrects a claim by sending another one. The rules, in the order they are asked:

1. `prior` and `replacedby` link two claims in either direction, by reference or by number. A number that
   several different claims carry names only the one of the same kind and day; a claim never names itself.
2. Claims of one number, kind, day and patient are forms of one claim; so are claims of one kind, day and
   patient that replace the same claim, whether it is here or not. A number that the plan did not type as
   the claim's own joins none where other care or another provider has it too; of several such numbers it is
   the one that another form has typed, else the first.
3. A void, cancelled, deleted or taken-back form that names no other follows the forms sent before it.
4. Of what no newer version follows, the newest that takes nothing back is the current one; only where there
   is none, the newest that does. In a circle the newest is current. Entered in error: never current, and
   what it claims to replace stands.

5. A version whose amounts are all below nothing takes others back, and never counts (`reversals`). It undoes
one of the same amounts, active or ended already, with all that this one replaced; alone and naming none, it
undoes one of the same care and maker. Where nothing is left, the newest that takes back stands for the claim.
6. What the plan no longer sends counts only where nothing of its claim is sent any more.

A name that more than `CROWD` records share tells of none of them. The answer depends on which records are
there, not on the order in which they came.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from apps.records.entries import Facts
from apps.records.reversals import of_same_care, undone

CROWD: Final = 100
CLOSED: Final = 500
"""Versions of one claim up to which all that follow each other, also through others, are told apart."""


class Chain(NamedTuple):
    """One record: where its versions stand, newest first, and which is current; None when none is."""

    versions: tuple[int, ...]
    current: int | None
    unordered: frozenset[int] = frozenset()
    """Versions of the moment of the current one, of which neither names the other, or of the same care alone:
    none is known as newer."""


def chains(facts: Iterable[Facts], *, gone: Collection[int] = frozenset()) -> tuple[Chain, ...]:
    """Return every record with its versions; *facts* are of one connection, those *gone* no longer sent."""
    links = _Links(list(facts), gone)
    groups: dict[int, list[int]] = {}
    for position in range(len(links.facts)):
        groups.setdefault(links.root(position), []).append(position)
    return tuple(links.chain(group) for group in groups.values())


class _Links:
    """What follows what among *records*."""

    def __init__(self, facts: Sequence[Facts], gone: Collection[int] = frozenset()) -> None:
        self.facts = facts
        self.gone = gone
        self.is_mistake = [fact.is_mistake for fact in facts]
        self.newer: list[set[int]] = [set() for _ in facts]
        self._group = list(range(len(facts)))
        self._carriers: dict[str, list[int]] = {}
        for position, fact in enumerate(facts):
            for name in fact.own:
                self._carriers.setdefault(name, []).append(position)
        for position, fact in enumerate(facts):
            for name in fact.older:
                for other in self._meant(name, position):
                    # Under its own number a claim can only mean what was there before it.
                    if name not in fact.own or not self._is_known_to_follow(position, other):
                        self._follow(older=other, newer=position)
            for name in fact.newer:
                for other in self._meant(name, position):
                    if name not in fact.own or not self._is_known_to_follow(other, position):
                        self._follow(older=position, newer=other)
        self._typed = {(fact.number, fact.occasion) for fact in facts if fact.is_unique}
        self._join_forms()
        has_reversals = any(fact.is_minus for fact in facts)
        self._alike = self._join_reversals() if has_reversals else frozenset[int]()

    def chain(self, group: list[int]) -> Chain:
        """Return the versions of one claim in order."""
        if len(group) == 1:
            return Chain((group[0],), None if self.is_mistake[group[0]] else group[0])
        is_crowd = len(group) > CLOSED  # what follows through others takes memory by the square
        after = {position: self.newer[position] if is_crowd else self._after(position) for position in group}
        # In a circle nobody is newer than the others.
        after = {
            position: {other for other in others if position not in after[other]}
            for position, others in after.items()
        }
        pairs = undone(self.facts, self._in_time(group), gone=self.gone, newer=self.newer)
        order = tuple(self._in_order(group, after, pairs))
        best = self._best(order, after, set(pairs.values()))
        unordered = frozenset(position for position in group if self._is_unordered(position, best, after))
        return Chain(order, best, unordered | (self._alike & set(group)))

    def _in_time(self, positions: Iterable[int]) -> list[int]:
        return sorted(positions, key=lambda position: (self.facts[position].age, position))

    def _best(self, order: Sequence[int], after: Mapping[int, set[int]], back: Collection[int]) -> int | None:
        """Return which version of those in *order* holds, where some were taken *back*."""
        right = [position for position in order if not self.is_mistake[position]]
        taking = [position for position in right if self.facts[position].is_minus]
        holds = {at for at in right if at not in taking and at not in back and after[at].isdisjoint(back)}
        if taking:  # what came in their place has amounts: a form without them says nothing of that
            holds = {position for position in holds if self.facts[position].shares_money}
        # What the plan withdrew is passed over like a mistake, as long as anything else is left.
        sent = holds - set(self.gone)
        ending = [position for position in taking if not holds or position not in self.gone]
        if ending and not sent:
            return min(ending, key=lambda position: position in self.gone)
        holds = sent or holds
        last = [position for position in holds if not after[position] & holds]
        return max(last or holds, key=self._rank, default=None)

    def _is_unordered(self, position: int, best: int | None, after: dict[int, set[int]]) -> bool:
        if best is None or position == best or best in after[position] or position in after[best]:
            return False
        fact, other = self.facts[position], self.facts[best]
        moments = ((fact.created, other.created), (fact.paid_on, other.paid_on))
        is_told = any(first and second and first != second for first, second in moments)
        return fact.step == other.step and not is_told

    def _rank(self, position: int) -> tuple[object, ...]:
        fact = self.facts[position]
        return not fact.takes_back, fact.shares_money, fact.age, position

    def _in_order(
        self, group: list[int], after: Mapping[int, set[int]], pairs: Mapping[int, int]
    ) -> Iterable[int]:
        """Yield *group*, newest first; what takes another back stands just before that one (*pairs*)."""

        def moment(position: int) -> tuple[object, ...]:
            return self.facts[pairs.get(position, position)].age, position in pairs, position

        left = {position: len(others) for position, others in after.items()}
        older: dict[int, list[int]] = {position: [] for position in group}
        for position, others in after.items():
            for other in others:
                older[other].append(position)
        free = {position for position, number in left.items() if not number}
        while free:
            newest = max(free, key=moment)
            free.remove(newest)
            yield newest
            for position in older[newest]:
                left[position] -= 1
                if not left[position]:
                    free.add(position)
        circling = (position for position, number in left.items() if number)
        yield from sorted(circling, key=moment, reverse=True)

    def _after(self, start: int) -> set[int]:
        newer: set[int] = set()
        waiting = list(self.newer[start])
        while waiting:
            position = waiting.pop()
            if position not in newer:
                newer.add(position)
                waiting += self.newer[position]
        return newer

    def _meant(self, name: str, by: int) -> list[int]:
        others = [other for other in self._carriers.get(name, ()) if other != by]
        if len(others) >= CROWD:
            return []
        kinds = {(self.facts[other].number, self.facts[other].occasion) for other in others}
        if len(kinds) < 2:
            return others
        # Published examples share one number between different claims.
        return [other for other in others if self.facts[other].occasion == self.facts[by].occasion]

    def _follow(self, *, older: int, newer: int) -> None:
        self.newer[older].add(newer)
        self._join(older, newer)

    def _is_known_to_follow(self, older: int, newer: int) -> bool:
        before, after = self.facts[older].created, self.facts[newer].created
        return bool(before and after and before < after)

    def _join_forms(self) -> None:
        forms: dict[str, list[int]] = {}
        shared = {name for name, positions in self._carriers.items() if self._is_of_several(positions)}
        for position, fact in enumerate(self.facts):
            number = self._number(fact)
            is_own = number and (fact.is_unique or number not in shared)
            for bond in (*fact.bonds, f"is\x1f{number}\x1f{fact.occasion}") if is_own else fact.bonds:
                forms.setdefault(bond, []).append(position)
        for positions in forms.values():
            if len(positions) > CROWD:
                continue
            for position in positions[1:]:
                self._join(positions[0], position)
            # Who names what it takes back is taken at its word, in the loop above.
            for taking in (
                position
                for position in positions
                if self.facts[position].takes_back
                and not self.facts[position].older
                and not self.facts[position].is_minus
            ):
                self._take_back(positions, taking)

    def _join_reversals(self) -> frozenset[int]:
        """Join what takes back by its amounts alone to what it may undo; return those it may undo."""
        roots = [self.root(position) for position in range(len(self.facts))]
        sizes = Counter(roots)
        settled = {root for root, fact in zip(roots, self.facts, strict=True) if fact.is_minus}
        taking = [
            position
            for position, fact in enumerate(self.facts)
            if fact.is_minus and not fact.older and not fact.is_mistake and sizes[roots[position]] == 1
        ]
        free = [position for position, root in enumerate(roots) if root not in settled]
        pairs = of_same_care(self.facts, self._in_time(taking), self._in_time(free))
        for position, other in pairs.items():
            self._join(other, position)
        return frozenset(pairs.values())

    def _number(self, fact: Facts) -> str:
        """Return the number of a record: one without a type is what another form types, else its first."""
        if fact.is_unique:
            return fact.number
        return next((name for name in fact.own if (name, fact.occasion) in self._typed), fact.number)

    def _is_of_several(self, carriers: Iterable[int]) -> bool:
        """Return whether what those with a number say of themselves cannot all be said of one record."""
        facts = [self.facts[position] for position in carriers if not self.is_mistake[position]]
        occasions = (fact.occasion.split("\x1f") for fact in facts)
        occasions_told = [set(parts) - {""} for parts in zip(*occasions, strict=False)]
        occasions_told.append({fact.by for fact in facts if fact.by.startswith("npi:")})
        names = {fact.by for fact in facts if fact.by.startswith("name:")}
        # "Riverside Clinic" and "Riverside Clinic, Inc." may be one, written in two ways.
        is_of_makers = not all(name.startswith(min(names, key=len)) for name in names)
        return is_of_makers or any(len(several) > 1 for several in occasions_told)

    def _take_back(self, forms: Sequence[int], taking: int) -> None:
        for form in forms:
            fact, other = self.facts[form], self.facts[taking]
            if fact.takes_back or self.is_mistake[form]:
                continue
            if fact.created and other.created and fact.created != other.created:
                is_earlier = fact.created < other.created
            else:
                is_earlier = fact.step < other.step
            if is_earlier:
                self.newer[form].add(taking)

    def root(self, position: int) -> int:
        """Return one of those that a position belongs together with, the same for each of them."""
        while self._group[position] != position:
            self._group[position] = self._group[self._group[position]]
            position = self._group[position]
        return position

    def _join(self, first: int, other: int) -> None:
        self._group[self.root(other)] = self.root(first)

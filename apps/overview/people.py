"""The claims of a time as sums count them, and whom each is about, by the same keys as in the claim list."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from apps.connections.models import Connection
from apps.kinds.claim.counted import Counted
from apps.kinds.claim.entry import ClaimEntry, provider_identity
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.people import Someone
from apps.overview.plan_years import Span
from apps.plain_language.capitals import calm_name
from apps.plain_language.language import _
from apps.records.household import Household
from apps.records.owners import Keys, Named, Owner
from apps.records.shelf import Library
from apps.records.switch import is_of_several
from apps.records.volumes import Held


class Opened(NamedTuple):
    """The current claims that can be read, oldest first, and how many older versions there are."""

    claims: tuple[Counted, ...]
    replaced: int


def opened(held: Iterable[Held[ClaimEntry]]) -> Opened:
    """Open the brief of each current claim of *held*."""
    records, replaced = [], 0
    for held_claim in held:
        entry = held_claim.entry
        if not entry.is_current:
            replaced += 1
        elif (record := CLAIM.brief_of(entry)) is not None:
            records.append(
                Counted(
                    record,
                    plan=held_claim.plan,
                    on=entry.on,
                    id=held_claim.id,
                    state=entry.state,
                    counts=entry.counts and not (entry.is_gone or entry.is_repeat),
                    disagrees=entry.disagrees,
                    uncovered=entry.uncovered,
                    on_top=entry.on_top or Decimal(0),
                    is_gone=entry.is_gone,
                    twin_of=held_claim.twin_of,
                    is_outdated=held_claim.is_outdated,
                    is_folded=held_claim.is_folded,
                    is_left_out=held_claim.is_left_out,
                )
            )
    return Opened(tuple(sorted(records, key=lambda record: (record.on, record.id.int))), replaced)


def within(
    library: Library, spans: Mapping[UUID, Sequence[Span]], *, plan: UUID | None = None
) -> Iterator[Held[ClaimEntry]]:
    """Yield the claims in the *spans* of each connection, or of one *plan*; no other books are opened."""
    several = [span for spans_there in spans.values() for span in spans_there]
    for year in sorted({year for span in several for year in (span.starts.year, span.ends.year)}):
        last: UUID | None = None
        of_plan: Sequence[Span] = ()
        for claim in library.held(CLAIM, year=year):
            if claim.plan is not last:  # most are of the plan of their neighbour
                last = claim.plan
                of_plan = spans.get(last, ()) if plan in (None, last) else ()
            if any(span.holds(claim.entry.on) for span in of_plan):
                yield claim


FOLDED: Final = "folded"
"""Stands for the providers of all folded claims."""


@dataclass(slots=True)
class People:
    """Names and keys of people and providers; each is worked out once."""

    owners: Mapping[UUID, Owner]
    plans: dict[UUID, str]
    keys: Keys = field(repr=False)
    household: Household = field(repr=False)
    is_of_several: bool = False
    """Whether what shows is everyone's, where there are several people."""
    _known: dict[tuple[int, str | None, str | None], Someone] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, library: Library) -> "People":
        """Return whom the connections are about."""
        owners = library.household.owners
        people = {pk: library.household.person(pk) for pk in owners}
        names = {pk: "" if person.is_closed else person.shown for pk, person in people.items()}
        plans = _told_apart(telling(library), names)
        return cls(owners, plans, Keys(library.box), library.household, is_of_several(library))

    def who(self, entry: Counted) -> Someone:
        """Return whom a claim is about: the person of its connection, or somebody it names."""
        identity = entry.plan.int, entry.record.patient, entry.record.patient_reference
        someone = self._known.get(identity)
        if someone is None:
            key = self.key(entry.plan, entry.record)
            someone = self._known[identity] = Someone(
                key,
                self.household.called(key)
                or self.named(entry)
                or _("Person at {plan}").format(plan=self.plans[entry.plan]),
            )
        return someone

    def in_order(self, entries: Iterable[Counted]) -> list[Counted]:
        """Return claims person by person, people in the order of every page, of each in the order given."""
        places = self.household.places
        return sorted(entries, key=lambda entry: places.get(self.who(entry).key, len(places)))

    def key(self, plan: UUID, record: Named) -> str:
        """Return the key of whom a record that came through a connection is about."""
        owner = self.owners[plan]
        return self.keys.of("person", owner.other_than(record) or owner.identity)

    def named(self, entry: Counted) -> str:
        """Return the name of whom a claim is about, as plans have it; "" where none is shared."""
        owner, named = self.owners[entry.plan], entry.record.patient or ""
        return calm_name(named if owner.other_than(entry.record) else owner.name or named)

    def provider(self, entry: Counted) -> str:
        """Return the key of who billed, "" where the plan named nobody, or the claim is folded."""
        return FOLDED if entry.is_folded else self.keys.of("provider", provider_identity(entry.record))


def telling(library: Library) -> list[Connection]:
    """Return the connections that may be named, the one made last first.

    Of one about somebody of whom nothing shows, only where a claim in it is about another person.
    """
    with_claims = {volume.plan for volume in library.volumes(CLAIM)}
    return [held for held in library.newest_first if held.pk in with_claims or not library.is_closed(held.pk)]


def _told_apart(connections: Sequence[Connection], people: Mapping[UUID, str]) -> dict[UUID, str]:
    """Name the plans, where one is connected twice with whom it is about, else with a number."""
    often = Counter(connection.plan.name for connection in connections)
    names: dict[UUID, str] = {}
    for connection in connections:
        plan, person = connection.plan.name, people[connection.pk]
        name = _("{plan}, {person}").format(plan=plan, person=person) if often[plan] > 1 and person else plan
        same = sum(
            name_of_another == name or name_of_another.startswith(f"{name} (")
            for name_of_another in names.values()
        )
        names[connection.pk] = f"{name} ({same + 1})" if same else name
    return names

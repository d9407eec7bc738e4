"""What a member can choose from above the claim list: only what their claims have, with counts."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any
from uuid import UUID

from apps.claims import tallies
from apps.claims.kind import APPROVAL, CLAIM
from apps.claims.people import Someone, Whose
from apps.claims.tallies import Named, Tally
from apps.claims.wording import listing as words
from apps.connections.models import Connection
from apps.plain_language.language import _
from apps.records.keys import key_of
from apps.records.owners import Owner, owner_of
from apps.records.shelf import Library, Volume
from apps.vault.boxes import Box


@dataclass(frozen=True)
class Choices:
    """Counts and sums of all claims of a member, from the summaries of the index."""

    plans: Sequence[tuple[UUID, str]]
    years: Sequence[int]
    kinds: Mapping[str, int]
    groups: Mapping[str, int]
    people: Mapping[str, Named]
    owners: Mapping[UUID, Someone]
    """Whom each connection is about; empty while all claims are about one person."""
    volumes: Sequence[Volume[Any]]
    is_behind: bool = False
    """Whether claims came in that are in none of these counts yet."""
    whose: Whose = field(default_factory=Whose, repr=False)
    """What rows say of people and plans."""
    member: str = field(default="", repr=False)
    """The name of whom all claims are about, as a plan has it; empty where several are, or none is shared."""
    has_approvals: bool = False
    """Whether there are approvals or estimates too, which have a list of their own."""

    @property
    def still_reading(self) -> str:
        """That claims came in which are in none of these counts yet; empty when all are."""
        return words.still_reading(is_behind=self.is_behind)

    def about(self, person: str) -> "Choices | None":
        """Return the counts of one person alone, "" for everybody; None where they are not known apart.

        Summaries count a person's claims together with those of others their connection tells of.
        """
        if not person:
            return self
        hers = []
        for volume in self.volumes:
            owner = self.owners.get(volume.plan)
            keys = {key or (owner.key if owner else "") for key in volume.summary.people}
            if keys == {person}:
                hers.append(volume)
            elif person in keys:
                return None
        kinds, groups = _counts(hers)
        return replace(self, kinds=kinds, groups=groups, volumes=hers)

    @cached_property
    def provider_names(self) -> Mapping[str, str]:
        """Every provider by key; the name as the newest claim writes it."""
        found: dict[str, str] = {}
        for volume in self.volumes:
            for key, one in volume.summary.providers.items():
                found[key] = found.get(key) or one.name
        return {key: name or _("Not named by your plan") for key, name in found.items()}

    @cached_property
    def provider_counts(self) -> Mapping[str, int]:
        """How many claims each provider has: the sums, which lists do not show, are in `providers`."""
        found: Counter[str] = Counter()
        for volume in self.volumes:
            for key, one in volume.summary.providers.items():
                found[key] += one.tally.claims
        return found

    @cached_property
    def providers(self) -> Mapping[str, Named]:
        """Every provider by key, with what its claims come to."""
        return tallies.merged(volume.summary.providers for volume in self.volumes)

    def has_twins(self, *, year: int | None, plan: UUID | None) -> bool:
        """Whether claims of a year and a plan are shown as another connection has them."""
        return any(
            volume.twins
            for volume in self.volumes
            if year in (None, volume.year) and plan in (None, volume.plan)
        )

    def tally(self, *, year: int | None, plan: UUID | None, kind: str) -> Tally:
        """Return what the claims of a year, a plan and a kind come to, opening nothing more."""
        return tallies.total(
            one
            for volume in self.volumes
            if year in (None, volume.year) and plan in (None, volume.plan)
            for name, one in volume.summary.kinds.items()
            if kind in ("", name)
        )


def choices(library: Library) -> Choices:
    """Return what there is to choose from."""
    connections, volumes, box = library.connections, library.volumes(CLAIM), library.box
    kinds, groups = _counts(volumes)
    about = _owners(connections, volumes, box)
    owners = {pk: Someone(key_of(box, "person", owner.identity), owner.name) for pk, owner in about.items()}
    everybody = _named(owners, connections, volumes)
    plans = {one.pk: one.plan.name for one in connections}
    return Choices(
        plans=_plans(connections, owners),
        years=sorted({volume.year for volume in volumes}, reverse=True),
        kinds=kinds,
        groups=groups,
        people=everybody,
        owners=owners,
        volumes=volumes,
        is_behind=library.is_behind,
        whose=Whose(about, plans, names_people=bool(everybody)),
        member="" if everybody else _member(about, connections, volumes, box),
        has_approvals=library.has(APPROVAL),
    )


def _counts(volumes: Sequence[Volume[Any]]) -> tuple[Counter[str], Counter[str]]:
    """Return how many claims there are of each kind, and how many stand where."""
    groups: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for volume in volumes:
        groups.update(volume.summary.groups)
        kinds.update({kind: tally.claims for kind, tally in volume.summary.kinds.items()})
    return +kinds, groups


def _member(
    about: Mapping[UUID, Owner],
    connections: Sequence[Connection],
    volumes: Sequence[Volume[Any]],
    box: Box,
) -> str:
    with_claims = {volume.plan for volume in volumes}
    owners = about.values() or [owner_of(one, box) for one in connections if one.pk in with_claims]
    return next((owner.name for owner in owners if owner.name), "")


def _owners(connections: Sequence[Connection], volumes: Sequence[Volume[Any]], box: Box) -> dict[UUID, Owner]:
    """Open whom connections are about only where claims can be about more than one person."""
    with_claims = {volume.plan for volume in volumes}
    if len(with_claims) < 2 and not any(key for volume in volumes for key in volume.summary.people):
        return {}
    return {one.pk: owner_of(one, box) for one in connections if one.pk in with_claims}


def _plans(connections: Sequence[Connection], owners: Mapping[UUID, Someone]) -> list[tuple[UUID, str]]:
    """Return the connections by their plan's name; with whom they are about where a plan is there twice."""
    names = Counter(connection.plan.name for connection in connections)
    found = []
    for connection in connections:
        name, owner = connection.plan.name, owners.get(connection.pk)
        if names[name] > 1 and owner and owner.name:
            name = _("{plan}, {person}").format(plan=name, person=owner.name)
        found.append((connection.pk, name))
    return found


def _named(
    owners: Mapping[UUID, Someone],
    connections: Sequence[Connection],
    volumes: Sequence[Volume[Any]],
) -> dict[str, Named]:
    """Return everybody by key, with a name to choose by; empty while there is one person."""
    if not owners:
        return {}
    found: dict[str, Named] = {}
    plans: dict[str, str] = {}
    plan_of = {connection.pk: connection.plan.name for connection in connections}
    for volume in volumes:
        owner = owners.get(volume.plan)
        for key, one in volume.summary.people.items():
            if owner is None:  # the connection went while this page was made
                continue
            who = owner if not key else Someone(key, one.name)
            known = found.setdefault(who.key, Named("", Tally()))
            known.name = known.name or who.name or one.name
            known.tally.merge(one.tally)
            plans.setdefault(who.key, plan_of.get(volume.plan, ""))
    return _told_apart(found, plans) if len(found) > 1 else {}


def _told_apart(found: dict[str, Named], plans: Mapping[str, str]) -> dict[str, Named]:
    """Add the plan's name to people without a name, and to different people of one name."""
    names = Counter(one.name for one in found.values())
    for key, one in found.items():
        if not one.name:
            one.name = _("Person at {plan}").format(plan=plans[key])
        elif names[one.name] > 1:
            one.name = _("{person} at {plan}").format(person=one.name, plan=plans[key])
    return dict(sorted(found.items(), key=lambda pair: pair[1].name))


def by_name(names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return (key, name) of each, by name."""
    return sorted(names.items(), key=lambda pair: pair[1].casefold())

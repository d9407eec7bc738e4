"""What a member can choose from above the claim list: only what their claims have, with counts.

Which claims fit a choice is told here too.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from apps.kinds.claim import tallies
from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.people import Whose, whose
from apps.kinds.claim.query import Term
from apps.kinds.claim.tallies import Named, Tally
from apps.kinds.claim.wording import list_words as words
from apps.plain_language.capitals import calm_name
from apps.plain_language.language import _
from apps.records.kinds import named
from apps.records.shelf import Library
from apps.records.switch import is_of_several
from apps.records.volumes import Held, Volume

Sort = Literal["newest", "oldest", "share"]
type Claims = Iterable[Held[ClaimEntry]]


@dataclass(frozen=True)
class Choices:
    """Counts and sums of all claims of a member, from the summaries of the index."""

    plans: Sequence[tuple[UUID, str]]
    years: Sequence[int]
    kinds: Mapping[str, int]
    groups: Mapping[str, int]
    people: Mapping[str, str]
    """Everybody by key; empty while there is one person."""
    volumes: Sequence[Volume[Any]]
    is_behind: bool = False
    """Whether claims came in that are in none of these counts yet."""
    arriving: frozenset[UUID] = frozenset()
    """The connections whose claims have never been complete: no sum stands before (CLAIMS_ARRIVING)."""
    whose: Whose = field(default_factory=Whose, repr=False)
    """What rows say of people and plans."""
    person: str = ""
    """The key of the person that the switch stands at; "" for everyone."""
    is_of_several: bool = False
    """Whether the claims of everyone are asked for, where there are several people."""
    has_folded: bool = False
    """Whether any of these claims are folded."""
    has_approvals: bool = False
    """Whether there are approvals or estimates too, which have a list of their own."""

    @property
    def still_reading(self) -> str:
        """That claims came in which are in none of these counts yet; empty when all are."""
        return words.still_reading(is_behind=self.is_behind)

    def arrives(self, plan: UUID | None = None) -> bool:
        """Whether claims of a plan, or of any, have never been complete."""
        return bool(self.arriving) if plan is None else plan in self.arriving

    @cached_property
    def provider_names(self) -> Mapping[str, str]:
        """Every provider by key; the name as the newest claim writes it, in ordinary letters."""
        names: dict[str, str] = {}
        for volume in self.volumes:
            for key, provider in volume.summary.providers.items():
                names[key] = names.get(key) or provider.name
        return {key: calm_name(name) or _("Not named by your plan") for key, name in names.items()}

    @cached_property
    def provider_counts(self) -> Mapping[str, int]:
        """How many claims each provider has: the sums, which lists do not show, are in `providers`."""
        claims: Counter[str] = Counter()
        for volume in self.volumes:
            for key, provider in volume.summary.providers.items():
                claims[key] += provider.tally.claims
        return claims

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
            of_kind
            for volume in self.volumes
            if year in (None, volume.year) and plan in (None, volume.plan)
            for name, of_kind in volume.summary.kinds.items()
            if kind in ("", name)
        )


def choices(library: Library) -> Choices:
    """Return what there is to choose from."""
    volumes = library.volumes(CLAIM)
    kinds, groups = _counts(volumes)
    people = whose(library, with_claims={volume.plan for volume in volumes})
    return Choices(
        plans=_plans(library),
        years=sorted({volume.year for volume in volumes}, reverse=True),
        kinds=kinds,
        groups=groups,
        people=library.people,
        volumes=volumes,
        is_behind=library.is_behind,
        arriving=import_string(settings.CLAIMS_ARRIVING)(library),
        whose=replace(people, names_people=bool(library.people)),
        person=library.sight.person,
        is_of_several=is_of_several(library),
        has_folded=library.has_folded(CLAIM),
        has_approvals=library.has(named("approval")),
    )


def _counts(volumes: Sequence[Volume[Any]]) -> tuple[Counter[str], Counter[str]]:
    """Return how many claims there are of each kind, and how many stand where."""
    groups: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for volume in volumes:
        groups.update(volume.summary.groups)
        kinds.update({kind: tally.claims for kind, tally in volume.summary.kinds.items()})
    return +kinds, groups


def _plans(library: Library) -> list[tuple[UUID, str]]:
    """Return the connections by their plan's name; where a plan is there twice, each says which it is."""
    names = Counter(connection.plan.name for connection in library.connections)
    plans = []
    for connection in library.connections:
        name, person = connection.plan.name, library.household.person(connection.pk)
        if names[name] > 1 and person.is_closed:
            name = _("{plan}: of somebody whose records are kept closed").format(plan=name)
        elif names[name] > 1 and not person.shown:
            name = _("{plan}: of somebody whose name it does not share").format(plan=name)
        elif names[name] > 1:
            name = _("{plan}, {person}").format(plan=name, person=person.shown)
        plans.append((connection.pk, name))
    return plans


def by_name(names: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return (key, name) of each, by name."""
    return sorted(names.items(), key=lambda pair: pair[1].casefold())


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was chosen; empty is all. Year, plan and person are chosen by which books are opened."""

    kind: str = ""
    group: str = ""
    provider: str = ""
    lowest: Decimal | None = None
    highest: Decimal | None = None
    terms: tuple[Term, ...] = ()
    """Every one of them has to be met."""
    with_replaced: bool = False

    @property
    def is_by_share(self) -> bool:
        """Whether a range of shares was chosen: an unknown share lies in none."""
        return self.lowest is not None or self.highest is not None

    @property
    def needs_entries(self) -> bool:
        """Whether sums by kind, which books keep, cannot tell what the list comes to."""
        return bool(self.group or self.provider or self.is_by_share or self.terms)

    def fits(self, held: Held[ClaimEntry]) -> bool:
        """Whether a claim is among those chosen."""
        entry = held.entry
        if (self.kind and entry.kind != self.kind) or (self.group and self.group not in entry.groups):
            return False
        if self.provider and entry.provider_key != self.provider:
            return False
        if self.is_by_share and not _is_between(entry.your_share, self.lowest, self.highest):
            return False
        return all(term.fits(entry) for term in self.terms)


def matches(claims: Claims, wanted: Wanted) -> Iterator[Held[ClaimEntry]]:
    """Yield the claims that match, older versions too, twins never."""
    return (claim for claim in claims if claim.twin_of is None and wanted.fits(claim))


def by_share(claims: Claims) -> list[Held[ClaimEntry]]:
    """Return *claims*, newest first, with the highest share first: US dollars, others, unknown ones."""
    return sorted(claims, key=_by_share)


def tally_of(claims: Claims) -> Tally:
    """Return what *claims* come to, older versions told apart."""
    tally = Tally()
    for claim in claims:
        tally.add(claim.entry)
    return tally


def current(claims: Claims, wanted: Wanted) -> Iterator[Held[ClaimEntry]]:
    """Yield what lists show of *claims*: older versions only where asked for, nothing that was left out."""
    return (
        claim
        for claim in claims
        if (wanted.with_replaced or claim.entry.is_current) and not claim.is_left_out
    )


def _is_between(share: Decimal | None, lowest: Decimal | None, highest: Decimal | None) -> bool:
    if share is None or (lowest is not None and share < lowest):
        return False
    return highest is None or share <= highest


def _by_share(held: Held[ClaimEntry]) -> tuple[Any, ...]:
    share, currency = held.entry.your_share, held.entry.currency
    return (True, False, "", 0) if share is None else (False, currency != "USD", currency, -share)

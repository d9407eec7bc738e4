"""One medicine: what was prescribed, handed over and said of it, and for each fill the claims for it; pure.

Records are of one medicine where one refers to the other, or where code or name are the same. A pharmacy's
claim without a record of the fill is a fill too: it is known from the claim alone.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from apps.kinds.care.entry import CareEntry
from apps.kinds.care.none_known import NONE
from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.standing import State
from apps.kinds.joined.rules import Join, drugs_of, is_named, joins, may_be_unnamed
from apps.records.volumes import Held

_NO_FILL: Final[frozenset[State]] = frozenset({"denied", "not_covered", "refused", "draft", "incomplete"})
"""States of a pharmacy's claim that do not say that anything was handed over."""
type Claims = Sequence[Held[ClaimEntry]]
type Either = Held[CareEntry] | Held[ClaimEntry]


@dataclass(frozen=True, slots=True)
class Group:
    """Everything of one medicine, unordered."""

    cares: list[Held[CareEntry]] = field(default_factory=list, repr=False)
    claims: list[Held[ClaimEntry]] = field(default_factory=list, repr=False)

    @property
    def held(self) -> list[Either]:
        """All of them."""
        return [*self.cares, *self.claims]


@dataclass(frozen=True, slots=True)
class Fill:
    """One time it was handed over: its own record with the claims for it, or one claim alone."""

    care: Held[CareEntry] | None = field(repr=False)
    joins: Sequence[Join] = field(default=(), repr=False)
    claim: Held[ClaimEntry] | None = field(default=None, repr=False)
    may_have_others: bool = False
    """A claim may be for it that is not shown by name."""

    @property
    def entry(self) -> CareEntry | ClaimEntry:
        """What it is listed by."""
        held = self.care or self.claim
        assert held is not None
        return held.entry


def groups(cares: Iterable[Held[CareEntry]], claims: Iterable[Held[ClaimEntry]]) -> list[Group]:
    """Return every medicine of each person of one plan once, in no order; what is folded is left out."""
    group_of: dict[str, Group] = {}
    made: dict[int, Group] = {}
    shown: list[Either] = [care for care in cares if not (care.is_folded or care.entry.standing == NONE)]
    shown += [claim for claim in claims if _is_fill(claim)]
    for held in shown:
        alike = {id(group): group for sign in _signs(held.entry) if (group := group_of.get(sign))}
        into, *others = sorted(alike.values(), key=lambda group: -len(group.held)) or [Group()]
        made[id(into)] = into
        for other in others:
            into.cares.extend(other.cares)
            into.claims.extend(other.claims)
            del made[id(other)]
            group_of.update({sign: into for moved in other.held for sign in _signs(moved.entry)})
        (into.cares if isinstance(held.entry, CareEntry) else into.claims).append(held)  # type: ignore[arg-type]
        group_of.update(dict.fromkeys(_signs(held.entry), into))
    return list(made.values())


def fills(group: Group, claims: Claims, apart: Collection[str] = ()) -> list[Fill]:
    """Return the fills of a medicine, newest first; *claims* are all that may be for one."""
    signs = _by_sign(claims)
    told = [_fill(care, _alike(care, signs), apart) for care in group.cares if care.entry.is_fill]
    billed = {join.claim.id for fill in told for join in fill.joins}
    told += [Fill(None, claim=claim) for claim in group.claims if claim.id not in billed]
    return sorted(told, key=lambda fill: fill.entry.sort_key, reverse=True)


def _fill(care: Held[CareEntry], alike: Claims, apart: Collection[str]) -> Fill:
    holding = [join for join in joins(care, {}, alike, apart) if not join.is_apart]
    return Fill(care, holding, may_have_others=any(may_be_unnamed(care, claim) for claim in alike))


def _by_sign(claims: Claims) -> dict[object, list[Held[ClaimEntry]]]:
    """Return claims by their day, their numbers and what they name: hundreds meet hundreds."""
    signs: dict[object, list[Held[ClaimEntry]]] = defaultdict(list)
    for claim in claims:
        entry = claim.entry
        own = entry.facts.own if entry.facts else ()
        for sign in {entry.on, *own, *entry.ties.numbers, *entry.ties.names}:
            signs[sign].append(claim)
    return signs


def _alike(care: Held[CareEntry], signs: Mapping[object, list[Held[ClaimEntry]]]) -> Claims:
    """Return the claims that may be for a fill."""
    mine = (care.entry.on, care.entry.own, *care.entry.ties.numbers)
    return list({claim.id: claim for sign in mine for claim in signs.get(sign, ())}.values())


def _is_fill(claim: Held[ClaimEntry]) -> bool:
    entry = claim.entry
    return entry.kind == "pharmacy" and entry.stands and entry.state not in _NO_FILL and is_named(claim)


def _signs(entry: CareEntry | ClaimEntry) -> list[str]:
    """Return by what a record is known to be of the same medicine of the same person as another."""
    references = [entry.own, *entry.ties.names] if isinstance(entry, CareEntry) else entry.ties.names
    orders = [name for name in references if name.startswith("Medication")]
    signs = [*orders, *sorted(drugs_of(entry))] or [str(entry.id)]
    return [f"{entry.person_key} {sign}" for sign in signs]

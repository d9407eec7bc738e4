"""One medicine: what was prescribed, handed over and said of it, and each fill with what its claim says.

Records are of one medicine where one refers to the other, or where code or name are the same. A pharmacy's
claim without a record of the fill is a fill too: it is known from the claim alone.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from django.urls import reverse

from apps.kinds.care import timeline
from apps.kinds.care.entry import CareEntry
from apps.kinds.care.frame import NONE
from apps.kinds.care.kind import MEDICINE
from apps.kinds.care.timeline import Row
from apps.kinds.care.wording import name_words, value_words
from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.standing import State
from apps.kinds.claim.wording.titles import title
from apps.kinds.joined import wording
from apps.kinds.joined.rules import Join, drugs_of, is_named, joins, may_be_unnamed, taken_apart
from apps.plain_language.dates import date_words
from apps.plain_language.language import _
from apps.plain_language.theirs import filled, joined
from apps.records.entries import UNDATED
from apps.records.shelf import Library
from apps.records.ties import drug
from apps.records.volumes import Held

AT_ONCE: Final = 8
"""Fills shown at once."""
MOST: Final = 200
"""Fills, other records, or medicines on one page."""
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
    group_by_id: dict[int, Group] = {}
    shown: list[Either] = [care for care in cares if not (care.is_folded or care.entry.standing == NONE)]
    shown += [claim for claim in claims if _is_fill(claim)]
    for held in shown:
        alike = {id(group): group for sign in _signs(held.entry) if (group := group_of.get(sign))}
        into, *others = sorted(alike.values(), key=lambda group: -len(group.held)) or [Group()]
        group_by_id[id(into)] = into
        for other in others:
            into.cares.extend(other.cares)
            into.claims.extend(other.claims)
            del group_by_id[id(other)]
            group_of.update({sign: into for moved in other.held for sign in _signs(moved.entry)})
        (into.cares if isinstance(held.entry, CareEntry) else into.claims).append(held)  # type: ignore[arg-type]
        group_of.update(dict.fromkeys(_signs(held.entry), into))
    return list(group_by_id.values())


def fills(group: Group, claims: Claims, apart: Collection[str] = ()) -> list[Fill]:
    """Return the fills of a medicine, newest first; *claims* are all that may be for one."""
    signs = _by_sign(claims)
    fills = [_fill(care, _alike(care, signs), apart) for care in group.cares if care.entry.is_fill]
    billed = {join.claim.id for fill in fills for join in fill.joins}
    fills += [Fill(None, claim=claim) for claim in group.claims if claim.id not in billed]
    return sorted(fills, key=lambda fill: fill.entry.sort_key, reverse=True)


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


@dataclass(frozen=True, slots=True)
class Cost:
    """What one claim for a fill says, and that claim's page."""

    words: str
    url: str


@dataclass(frozen=True, slots=True)
class FillRow:
    """One fill: its day with its page, the amount handed over, what each claim for it says."""

    on: str
    url: str
    amount: str
    costs: Sequence[Cost] = field(repr=False)
    no_cost: str
    """What stands where no claim is shown."""
    is_this: bool
    called: str = field(default="", repr=False)
    """What was handed over, where that is called otherwise than the medicine whose page it is."""


@dataclass(frozen=True, slots=True)
class MedicinePage:
    """One medicine."""

    fills: Sequence[FillRow] = field(repr=False)
    others: Sequence[Row] = field(repr=False)

    @property
    def newest(self) -> Sequence[FillRow]:
        """The fills shown at once."""
        return self.fills[:AT_ONCE]

    @property
    def older(self) -> Sequence[FillRow]:
        """The fills behind a fold."""
        return self.fills[AT_ONCE:]


def of_record(library: Library, plan: UUID, id_: UUID, *, named: Collection[str] = ()) -> MedicinePage | None:
    """Return the medicine that a record is of, without what it *named* itself; None where it is alone."""
    claims = library.held(CLAIM, plan=plan)
    every = groups(library.held(MEDICINE, plan=plan), claims)
    group = next((group for group in every if any(care.id == id_ for care in group.cares)), None)
    if group is None or len(group.held) == 1:
        return None
    apart = taken_apart(library)
    fills_told, mine = fills(group, claims, apart), next(care for care in group.cares if care.id == id_)
    whole = Group([care for group in every for care in group.cares])
    fills_of = Counter(join.claim.id for fill in fills(whole, claims, apart) for join in fill.joins)
    others = [
        care
        for care in group.cares
        if not care.entry.is_fill and care.id != id_ and care.entry.own not in named
    ]
    others.sort(key=lambda care: care.entry.sort_key, reverse=True)
    if not (fills_told or others):  # all of it stands among what the record itself names
        return None
    filled_on = [_fill_row(fill, mine, fills_of) for fill in fills_told[:MOST]]
    return MedicinePage(filled_on, timeline.rows(others[:MOST]))


def each_once(library: Library) -> list[Row]:
    """Return a row for every medicine, what happened with it last first (the setting CARE_MEDICINES)."""
    every = [
        group
        for plan in library.by_id
        for group in groups(library.held(MEDICINE, plan=plan), library.held(CLAIM, plan=plan))
    ]
    every.sort(key=lambda group: _last(group).entry.sort_key, reverse=True)
    return [row for group in every[:MOST] for row in _rows(library, group)]


def _fill_row(fill: Fill, mine: Held[CareEntry], fills_of: Mapping[UUID, int]) -> FillRow:
    care = fill.care
    brief = timeline.brief_of(care.entry) if care else None
    return FillRow(
        on=date_words(fill.entry.on) if fill.entry.on != UNDATED else _("Date not shared"),
        url=f"{reverse('care:list')}{care.id}/" if care else "",
        amount=value_words(brief) if brief else "",
        costs=list(_costs(fill, fills_of)),
        no_cost="–" if fill.may_have_others else _("no claim for it is known"),
        is_this=care is not None and care.id == mine.id,
        called=_called_otherwise(care, mine) if care else "",
    )


def _called_otherwise(care: Held[CareEntry], mine: Held[CareEntry]) -> str:
    """Return what a fill is called, "" where the record whose page it is has that name too."""
    brief, of_page = timeline.brief_of(care.entry), timeline.brief_of(mine.entry)
    if brief is None or brief.name is None or of_page is None:
        return ""
    name = name_words(brief)
    return "" if drug(name) == drug(name_words(of_page)) else name


def _costs(fill: Fill, fills_of: Mapping[UUID, int]) -> Iterator[Cost]:
    """Yield what each claim for a fill says: its share alone only where it is the one of this fill alone."""
    base, is_of_several = reverse("claims:list"), len(fill.joins) > 1
    if fill.claim:
        yield Cost(wording.share(fill.claim.entry), f"{base}{fill.claim.id}/")
    for join in fill.joins:
        is_for_several = fills_of[join.claim.id] > 1
        words = wording.of_fill(join, is_of_several=is_of_several, is_for_several=is_for_several)
        yield Cost(words, f"{base}{join.claim.id}/")


def _last(group: Group) -> Held[CareEntry] | Held[ClaimEntry]:
    return max(group.held, key=lambda held: held.entry.sort_key)


def _rows(library: Library, group: Group) -> Iterator[Row]:
    """Yield the row of a medicine: called as its newest record calls it, with its last fill or order."""
    last = _last(group)
    filled_on = max([*(care.entry.on for care in group.cares if care.entry.is_fill),
                     *(claim.entry.on for claim in group.claims)], default=UNDATED)  # fmt: skip
    last_filled = filled(_("Last filled {date}"), date=date_words(filled_on)) if filled_on != UNDATED else ""
    meta = joined(" · ", [text for text in (last_filled, timeline.person_words(library, last)) if text])
    if group.cares:
        (row,) = timeline.rows([max(group.cares, key=lambda care: care.entry.sort_key)], library)
        yield replace(row, meta=meta if last_filled else row.meta, value="")
        return
    record = CLAIM.brief_of(last.entry)
    if record is not None:
        yield Row(f"{reverse('claims:list')}{last.id}/", "pill", title(record), meta)

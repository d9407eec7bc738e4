"""What pages show of one medicine: each fill with what its claim says, and what else was said of it."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final
from uuid import UUID

from django.urls import reverse

from apps.kinds.care import listing
from apps.kinds.care.entry import CareEntry
from apps.kinds.care.kind import MEDICINE
from apps.kinds.care.listing import Row
from apps.kinds.care.wording import name_words, value_words
from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.wording.naming import title
from apps.kinds.joined import wording
from apps.kinds.joined.apart import taken_apart
from apps.kinds.joined.medicines import Fill, Group, fills, groups
from apps.plain_language.dates import date_words
from apps.plain_language.language import _
from apps.plain_language.theirs import filled, joined
from apps.records.entries import UNDATED
from apps.records.shelf import Library
from apps.records.ties import drug
from apps.records.volumes import Held

AT_ONCE: Final = 8
MOST: Final = 200


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
    told, mine = fills(group, claims, apart), next(care for care in group.cares if care.id == id_)
    whole = Group([care for group in every for care in group.cares])
    fills_of = Counter(join.claim.id for fill in fills(whole, claims, apart) for join in fill.joins)
    others = [
        care
        for care in group.cares
        if not care.entry.is_fill and care.id != id_ and care.entry.own not in named
    ]
    others.sort(key=lambda care: care.entry.sort_key, reverse=True)
    if not (told or others):  # all of it stands among what the record itself names
        return None
    filled_on = [_fill(fill, mine, fills_of) for fill in told[:MOST]]
    return MedicinePage(filled_on, listing.rows(others[:MOST]))


def each_once(library: Library) -> list[Row]:
    """Return a row for every medicine, what happened with it last first (the setting CARE_MEDICINES)."""
    every = [
        group
        for plan in library.by_id
        for group in groups(library.held(MEDICINE, plan=plan), library.held(CLAIM, plan=plan))
    ]
    every.sort(key=lambda group: _last(group).entry.sort_key, reverse=True)
    return [row for group in every[:MOST] for row in _rows(library, group)]


def _fill(fill: Fill, mine: Held[CareEntry], fills_of: Mapping[UUID, int]) -> FillRow:
    care = fill.care
    brief = listing.brief_of(care.entry) if care else None
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
    brief, of_page = listing.brief_of(care.entry), listing.brief_of(mine.entry)
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
    told = filled(_("Last filled {date}"), date=date_words(filled_on)) if filled_on != UNDATED else ""
    meta = joined(" · ", [text for text in (told, listing.person_words(library, last)) if text])
    if group.cares:
        (row,) = listing.rows([max(group.cares, key=lambda care: care.entry.sort_key)], library)
        yield replace(row, meta=meta if told else row.meta, value="")
        return
    record = CLAIM.brief_of(last.entry)
    if record is not None:
        yield Row(f"{reverse('claims:list')}{last.id}/", "pill", title(record), meta)

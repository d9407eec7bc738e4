"""What pages show of one medicine: each fill with what its claim says, and what else was said of it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
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
from apps.kinds.joined.medicines import Fill, Group, fills, groups, is_fill
from apps.plain_language.dates import date_words
from apps.plain_language.language import _
from apps.plain_language.theirs import filled, joined
from apps.records.entries import UNDATED
from apps.records.shelf import Held, Library

AT_ONCE: Final = 8
MOST: Final = 200


@dataclass(frozen=True, slots=True)
class FillRow:
    """One fill: its day with its page, the amount handed over, what its claim says, that claim's page."""

    on: str
    url: str
    amount: str
    cost: str
    claim_url: str
    is_this: bool


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
    billed = [claim for claim in claims if claim.entry.kind == "pharmacy"]
    told = fills(group, billed, taken_apart(library))[:MOST]
    others = [
        care for care in group.cares if not is_fill(care) and care.id != id_ and care.entry.own not in named
    ]
    others.sort(key=lambda care: care.entry.sort_key, reverse=True)
    return MedicinePage([_fill(fill, id_) for fill in told], listing.rows(others[:MOST]))


def each_once(library: Library) -> list[Row]:
    """Return a row for every medicine, what happened with it last first (the setting CARE_MEDICINES)."""
    every = [
        group
        for plan in library.by_id
        for group in groups(library.held(MEDICINE, plan=plan), library.held(CLAIM, plan=plan))
    ]
    every.sort(key=lambda group: _last(group).entry.sort_key, reverse=True)
    return [row for group in every[:MOST] for row in _rows(library, group)]


def _fill(fill: Fill, id_: UUID) -> FillRow:
    care, base = fill.care, reverse("claims:list")
    brief = listing.brief_of(care.entry) if care else None
    claim = fill.joins[0].claim if fill.joins else fill.claim
    return FillRow(
        on=date_words(fill.entry.on) if fill.entry.on != UNDATED else _("Date not shared"),
        url=f"{reverse('care:list')}{care.id}/" if care else "",
        amount=value_words(brief) if brief else "",
        cost=_cost(fill),
        claim_url=f"{base}{claim.id}/" if claim else "",
        is_this=care is not None and care.id == id_,
    )


def _cost(fill: Fill) -> str:
    """Return what the claims for a fill say; that none is known is no price of nothing."""
    if fill.claim:
        return wording.share(fill.claim.entry)
    told = []
    for join in fill.joins:
        share = wording.share(join.claim.entry)
        told.append(share if join.rule.is_sure else filled(wording.perhaps(), money=share))
    return " ".join(told) or _("no claim for it is known")


def _last(group: Group) -> Held[CareEntry] | Held[ClaimEntry]:
    return max(group.held, key=lambda held: held.entry.sort_key)


def _rows(library: Library, group: Group) -> Iterator[Row]:
    """Yield the row of a medicine: called as its newest record calls it, with its last fill or order."""
    last, base = _last(group), reverse("care:list")
    filled_on = max([*(care.entry.on for care in group.cares if is_fill(care)),
                     *(claim.entry.on for claim in group.claims)], default=UNDATED)  # fmt: skip
    told = filled(_("Last filled {date}"), date=date_words(filled_on)) if filled_on != UNDATED else ""
    meta = joined(" · ", [text for text in (told, listing.person_words(library, last)) if text])
    if group.cares:
        newest = max(group.cares, key=lambda care: care.entry.sort_key)
        brief = listing.brief_of(newest.entry)
        if brief is not None:
            yield Row(
                f"{base}{newest.id}/",
                "pill",
                name_words(brief),
                meta if told else listing.rows([newest], library)[0].meta,
            )
        return
    record = CLAIM.brief_of(last.entry)
    if record is not None:
        yield Row(f"{reverse('claims:list')}{last.id}/", "pill", title(record), meta)

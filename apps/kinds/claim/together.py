"""What a claim's page shows of claims that belong together with it, folded as lists fold them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.episodes import Episode, Part, episode_of, parts, same_day
from apps.kinds.claim.folded import folded
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.rows import Row, rows
from apps.kinds.claim.wording import listing as words
from apps.plain_language.dates import span_words
from apps.plain_language.language import _, plural
from apps.records import remarks
from apps.records.remarks import Topic
from apps.records.shelf import Held, Library
from apps.records.sight import Sight

NEAR_MONTHS = 2
"""So late in a year a stay may have begun in the year before."""
MOST_OF_A_DAY = 10


@dataclass(frozen=True, slots=True)
class Together:
    """The rows of an episode, each with the id to take it out; else what else was on that day."""

    heading: str = ""
    reasons: Sequence[str] = ()
    rows: Sequence[tuple[Row, UUID]] = field(default=(), repr=False)
    total: str = ""
    has_folded: bool = False
    day_rows: Sequence[Row] = field(default=(), repr=False)
    is_apart: bool = False
    """The member took this claim out."""


def together(library: Library, claim: Held[ClaimEntry] | None) -> Together:
    """Return what belongs together with *claim*. One query, and the book of the year before where needed."""
    record = CLAIM.brief_of(claim.entry) if claim and claim.entry.stands else None
    if claim is None or record is None or claim.twin_of is not None:
        return Together()
    apart = _apart(library)
    if remarks.subject_of(claim.entry) in apart:
        return Together(is_apart=True)
    others = parts(
        _near(library, claim),
        claim,
        apart=apart,
        subject_of=remarks.subject_of,
        brief_of=CLAIM.brief_of,
    )
    mine = Part(claim, record)
    episode = episode_of(mine, others)
    if episode is None:
        day = [part.held for part in same_day(mine, others)][:MOST_OF_A_DAY]
        return Together(day_rows=rows(_folded(library, claim, day)))
    held = _folded(library, claim, [part.held for part in episode.parts])
    return Together(
        heading=plural(
            "{n} claim we think belongs together", "{n} claims we think belong together", len(held)
        ).format(n=len(held)),
        reasons=list(_reasons(episode)),
        rows=[(row, one.id) for row, one in zip(rows(held), held, strict=True)],
        total=words.result(episode.tally),
        has_folded=any(one.is_folded for one in held),
    )


def take_apart(library: Library, claim: Held[ClaimEntry], *, is_apart: bool, now: datetime) -> None:
    """Keep that a claim belongs to no episode, or that it may again."""
    remarks.say(
        member=library.member,
        box=library.box,
        topic=Topic.APART,
        subject=remarks.subject_of(claim.entry),
        value=is_apart or None,
        now=now,
        connection_id=claim.plan,
    )


def _apart(library: Library) -> frozenset[str]:
    said = remarks.of(library.member, library.box, Topic.APART)
    return frozenset(subject for subject, about in said.items() if about.value is True)


def _near(library: Library, claim: Held[ClaimEntry]) -> list[Held[Any]]:
    """Return the claims of the plan in the years that a stay around *claim* may touch."""
    on = claim.entry.on
    years = {on.year} | ({on.year - 1} if on.month <= NEAR_MONTHS else set())
    years |= {on.year + 1} if claim.entry.kind == "inpatient" and on.month > 12 - NEAR_MONTHS else set()
    return [one for year in years for one in library.held(CLAIM, year=year, plan=claim.plan)]


def _folded(
    library: Library, claim: Held[ClaimEntry], held: Sequence[Held[ClaimEntry]]
) -> list[Held[ClaimEntry]]:
    """Return *held* as lists show them; the claim whose page it is has been opened."""
    sight = Sight(library.household)
    return [
        Held(folded(one.entry), one.plan, is_folded=True)
        if one.id != claim.id and sight.is_folded(one.plan, one.entry)
        else one
        for one in held
    ]


def _reasons(episode: Episode) -> Sequence[str]:
    """Return why, each reason of those alone for which it holds."""
    named = [_("Your plan's own records name them together.")] if episode.by_reference else []
    outside = len(episode.outside)
    if not episode.stay or (episode.others_are_named and outside == len(episode.parts) - 1):
        return named
    days = span_words(*(day.isoformat() for day in episode.stay))
    if not outside:
        within = _("They are of one person and plan, at a facility, within the stay of {days}.")
        return [within.format(days=days), *named]
    if episode.others_are_named:
        sentence = _("Some lie within the stay of {days}; your plan's own records name the others.")
    else:
        sentence = _("They are of one person and plan. Some lie within the stay of {days}.")
    return [sentence.format(days=days)]

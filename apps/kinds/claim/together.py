"""What a claim's page shows of claims that belong together with it, folded as lists fold them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from apps.fhir import values
from apps.kinds.claim.brief import folded
from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.episodes import Episode, episode_of, groups, is_same_care, same_day
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.rows import rows
from apps.kinds.claim.wording import Row, titles
from apps.kinds.claim.wording import list_words as words
from apps.plain_language.dates import span_words
from apps.plain_language.language import _, plural
from apps.records import remarks
from apps.records.remarks import Topic
from apps.records.shelf import Library
from apps.records.volumes import Held

NEAR_MONTHS = 2
"""So late in a year a stay may have begun in the year before."""
MOST_OF_A_DAY = 10


@dataclass(frozen=True, slots=True)
class Together:
    """The rows of an episode, each with the id to take it out, and what else was on that day."""

    heading: str = ""
    reasons: Sequence[str] = ()
    rows: Sequence[tuple[Row, UUID]] = field(default=(), repr=False)
    total: str = ""
    has_folded: bool = False
    day_rows: Sequence[Row] = field(default=(), repr=False)
    day_begins: bool = False
    """Some of that day went on after it: only the first day is the same."""
    is_apart: bool = False
    """The member took this claim out."""


def together(
    library: Library, claim: Held[ClaimEntry] | None, *, alike: Iterable[Held[ClaimEntry]]
) -> Together:
    """Return what belongs together with *claim*; *alike*, what `billed_alike` gives, is not named again.

    One query, and the book of the year before where needed.
    """
    if claim is None or not claim.entry.stands or claim.twin_of is not None:
        return Together()
    apart = _apart(library)
    if remarks.subject_of(claim.entry) in apart:
        return Together(is_apart=True)
    episode = _episode(library, claim, apart)
    named = {part.held.id for part in episode.parts} if episode else set[UUID]()
    named |= {other.id for other in alike}
    near = _held(library, claim.plan, {claim.entry.on.year}, apart)
    others = [held for held in near if _is_whose(held, claim) and held.id not in named]
    day = same_day(claim, others, brief_of=CLAIM.brief_of)[:MOST_OF_A_DAY]
    of_day = Together(
        day_rows=rows(_folded(library, claim, day)), day_begins=any(map(_goes_on, [claim, *day]))
    )
    return _with_episode(of_day, library, claim, episode) if episode else of_day


def _with_episode(of_day: Together, library: Library, claim: Held[ClaimEntry], episode: Episode) -> Together:
    held = _folded(library, claim, [part.held for part in episode.parts])
    return replace(
        of_day,
        heading=plural(
            "{n} claim we think belongs together", "{n} claims we think belong together", len(held)
        ).format(n=len(held)),
        reasons=list(_reasons(episode)),
        rows=[(row, held_claim.id) for row, held_claim in zip(rows(held), held, strict=True)],
        total=words.result(episode.tally),
        has_folded=any(claim.is_folded for claim in held),
    )


def marks(library: Library, claims: Iterable[Held[ClaimEntry]]) -> dict[UUID, str]:
    """Return what a list says of episodes, each once: at the first of *claims* that is in it, with its sum.

    Only years that the list shows are looked through, and one query is asked where any claim may join.
    """
    listed = [claim for claim in claims if claim.entry.stands and claim.twin_of is None]
    years = {(claim.plan, claim.entry.on.year) for claim in listed}
    held = [claim for plan, year in years for claim in library.held(CLAIM, year=year, plan=plan)]
    if not any(claim.entry.may_join for claim in held):
        return {}
    near = [claim for plan, year in years for claim in _held(library, plan, {year})]
    apart, marked, said = _apart(library), dict[UUID, str](), set[UUID]()
    joinable = {part.held.id for parts in groups(near, brief_of=CLAIM.brief_of) for part in parts}
    for claim in listed:
        if claim.id in said or claim.id not in joinable or remarks.subject_of(claim.entry) in apart:
            continue
        if episode := _episode(library, claim, apart):
            said |= {part.held.id for part in episode.parts}
            marked[claim.id] = _("{claims}: we think that they belong together").format(
                claims=words.result(episode.tally)
            )
    return marked


def numbered_alike(library: Library, claim: Held[ClaimEntry] | None, record: ClaimRecord) -> int:
    """Return how many claims, no older versions, have a number of *claim*, which *record* is.

    0 where it is alone, a claim of another connection has it too, or the member left one out of the screen.
    Other books are opened only where another claim of the years it names has it.
    """
    if claim is None:
        return 0
    numbers = titles.numbers_for_calls(record)
    starts = (values.day(start) for start, _end in record.dates_apart)
    years = {claim.entry.on.year} | {day.first.year for day in starts if day}
    near = (held for year in years for held in library.held(CLAIM, year=year, plan=claim.plan))
    if len(_numbered(near, numbers)) < 2:
        return 0
    claims = _numbered(library.held(CLAIM), numbers)
    is_told = all(
        held.plan == claim.plan and library.on_screen.screen_of(held.plan, CLAIM, held.entry) != "out"
        for held in claims
    )
    return len(claims) if is_told else 0


def billed_alike(
    library: Library, claim: Held[ClaimEntry] | None, record: ClaimRecord
) -> Sequence[Held[ClaimEntry]]:
    """Return the claims that may bill what *claim*, which *record* is, bills: they say the same of it."""
    if claim is None or not claim.entry.stands or claim.twin_of is not None or claim.entry.is_repeat:
        return ()
    near = _held(library, claim.plan, {claim.entry.on.year})
    alike = [
        other
        for other in _numbered(near, titles.numbers_for_calls(record))
        if other.id != claim.id and _is_whose(other, claim) and is_same_care(claim.entry, other.entry)
    ]
    return alike[:MOST_OF_A_DAY]


def alike_rows(
    library: Library, claim: Held[ClaimEntry] | None, alike: Sequence[Held[ClaimEntry]]
) -> Sequence[Row]:
    """Return the rows of what `billed_alike` gives, folded as the list is."""
    return rows(_folded(library, claim, alike)) if claim else ()


def _numbered(books: Iterable[Held[ClaimEntry]], numbers: Collection[str]) -> list[Held[ClaimEntry]]:
    """Return the claims, no older versions, that have one of *numbers*."""
    facts_of = ((held, held.entry.facts) for held in books if held.entry.is_current)
    return [held for held, facts in facts_of if facts and not set(numbers).isdisjoint(facts.own)]


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
    said = library.said(Topic.APART)[Topic.APART]
    return frozenset(subject for subject, about in said.items() if about.value is True)


def _episode(library: Library, claim: Held[ClaimEntry], apart: Collection[str]) -> Episode | None:
    """Return the episode of a claim, the same for each of its claims: years are added until it ends."""
    years, more = set[int](), _years(claim)
    episode = None
    while more - years:
        years |= more
        episode = _of(claim, _held(library, claim.plan, years, apart))
        more = {year for part in (episode.parts if episode else ()) for year in _years(part.held)}
    return episode


def _of(claim: Held[ClaimEntry], near: Iterable[Held[ClaimEntry]]) -> Episode | None:
    together = groups(near, brief_of=CLAIM.brief_of)
    mine = ((part, parts) for parts in together for part in parts if part.held.id == claim.id)
    return next((episode_of(part, parts) for part, parts in mine), None)


def _is_whose(held_claim: Held[ClaimEntry], claim: Held[ClaimEntry]) -> bool:
    """Whether it is of the same person and plan, and what lists show."""
    is_same = held_claim.plan == claim.plan and held_claim.entry.person_key == claim.entry.person_key
    return is_same and held_claim.entry.stands and held_claim.twin_of is None


def _goes_on(held: Held[ClaimEntry]) -> bool:
    """Whether care went on after its first day."""
    record = CLAIM.brief_of(held.entry)
    return bool(record and record.service_end)


def _years(claim: Held[ClaimEntry]) -> set[int]:
    """Return the years that a stay around *claim* may touch."""
    on = claim.entry.on
    years = {on.year} | ({on.year - 1} if on.month <= NEAR_MONTHS else set())
    return years | (
        {on.year + 1} if claim.entry.kind == "inpatient" and on.month > 12 - NEAR_MONTHS else set()
    )


def _held(
    library: Library, plan: UUID, years: Iterable[int], apart: Collection[str] = ()
) -> list[Held[ClaimEntry]]:
    """Return the claims of a plan in these years that the member did not take out.

    Nor is what they left out of the screen: its days and what it comes to would be told of the others.
    """
    return [
        claim
        for year in sorted(years)
        for claim in library.held(CLAIM, year=year, plan=plan)
        if (not apart or remarks.subject_of(claim.entry) not in apart)
        and library.on_screen.screen_of(plan, CLAIM, claim.entry) != "out"
    ]


def _folded(
    library: Library, claim: Held[ClaimEntry], held: Sequence[Held[ClaimEntry]]
) -> list[Held[ClaimEntry]]:
    """Return *held* as lists show them; the claim whose page it is has been opened."""
    return [
        Held(folded(other.entry), other.plan, is_folded=True)
        if other.id != claim.id and library.on_screen.screen_of(other.plan, CLAIM, other.entry) != "show"
        else other
        for other in held
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
    sentence = (
        _("Some lie within the stay of {days}; your plan's own records name the others.")
        if episode.others_are_named
        else _("They are of one person and plan. Some lie within the stay of {days}.")
    )
    return [sentence.format(days=days)]

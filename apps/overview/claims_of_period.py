"""The claims of a time, as sums count them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from apps.kinds.claim.counted import Counted
from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.kind import CLAIM
from apps.overview.plan_years import Span
from apps.records.shelf import Library
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

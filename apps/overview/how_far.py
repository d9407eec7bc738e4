"""How far the claims of the plan year that runs have come toward each limit that is known, for Today."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from apps.kinds.claim.year import counted_once
from apps.kinds.coverage.records import CoverageRecord, days_of
from apps.overview.asked import Asked
from apps.overview.ledger import with_twins
from apps.overview.ledger_words import CARES, Block
from apps.overview.opening import opened, within
from apps.overview.people import People
from apps.overview.plan_ledgers import PlanLedger, Plans, plan_ledgers, plans_of, said_once
from apps.overview.plan_years import Limits, calendar
from apps.records.shelf import Library


def how_far(library: Library, *, today: date) -> tuple[PlanLedger, ...]:
    """Return the ledgers as of *today* with the answers about known limits alone, and all said beside them.

    Books are opened only where a plan states a limit, or the member typed one.
    """
    asked = Asked(today.year, person=library.sight.person, by_plan_year=True)
    people = People.of(library)
    plans = _running(plans_of(library, people.plans, asked, today))
    if not _knows_limits(plans):
        return ()
    near = opened(within(library, plans.spans))
    counted = with_twins(counted_once(near.claims), near.claims)
    return said_once(list(_told(plan_ledgers(counted, plans, people, asked, most=1))))


def _running(plans: Plans) -> Plans:
    """Return *plans* with the year of each that holds today (the one it states, else the calendar's).

    Limits are those of coverage that holds today, through a permission that does.
    """
    year = [calendar(plans.today.year)]
    spans = {
        pk: [span for span in crossing or year if span.holds(plans.today)]
        for pk, crossing in plans.crossing.items()
    }
    coverages = {
        pk: [coverage for coverage in known if _holds(coverage, plans.today)]
        for pk, known in plans.coverages.items()
        if plans.connections[pk].is_active
    }
    return replace(plans, spans=spans, coverages=coverages)


def _holds(coverage: CoverageRecord, today: date) -> bool:
    ends = days_of(coverage.ends)
    return coverage.status in ("active", None) and not (ends and ends[-1] < today)


def _knows_limits(plans: Plans) -> bool:
    return any(plans.typed.values()) or any(
        plans.limits([pk], span, care, of_family=of_family) != Limits()
        for pk, spans in plans.spans.items()
        for span in spans
        for care in CARES
        for of_family in (False, True)
    )


def _told(ledgers: Iterator[PlanLedger]) -> Iterator[PlanLedger]:
    for ledger in ledgers:
        blocks = tuple(block for whole in ledger.blocks if (block := _known(whole)) is not None)
        if blocks:
            yield replace(ledger, blocks=blocks)


def _known(block: Block) -> Block | None:
    """Return *block* with what it says of known limits; None where that would tell of hidden claims alone.

    No bar stands beside a count of the plan's own: which of the two is right no picture decides.
    """
    answers = [answer for answer in block.answers if answer.left]
    if not answers or (block.brought and not block.rows):
        return None
    if block.plan_counts:
        answers = [replace(answer, percent=None) for answer in answers]
    return replace(block, answers=tuple(answers))

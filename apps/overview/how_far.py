"""How far the claims of the plan year that runs have come toward each limit that is known, for Today.

For the page of a claim: which limits it reached.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from django.utils import timezone

from apps.kinds.claim.counted import Counted
from apps.kinds.claim.entry import ClaimEntry, decided_on
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording.causes import Reached
from apps.kinds.claim.year import count, counted_once, grouped
from apps.kinds.coverage.records import CoverageRecord, days_of
from apps.overview.asked import Asked
from apps.overview.ledger import PARTS, Care, Concept, Ledger, care_of, ledgers, met_on, with_twins
from apps.overview.ledger_words import CARES, Block, drugs_that_may_count
from apps.overview.people import People, opened, within
from apps.overview.plan_ledgers import PlanLedger, Plans, plan_ledgers, plans_of
from apps.overview.plan_years import Limit, Limits, Span, calendar
from apps.overview.typed_limits import Place, filled
from apps.plain_language.language import plural
from apps.plain_language.theirs import listed
from apps.records.shelf import Library
from apps.records.volumes import Held

MOST_SHOWN: Final = 2
"""So many cards of one policy stand open on Today."""


@dataclass(frozen=True, slots=True)
class PlanLimits:
    """How far to the limits of one year of one policy: cards that are shown, and those of more people."""

    shown: tuple[PlanLedger, ...]
    folded: tuple[PlanLedger, ...] = ()
    more: str = ""
    """Who the people of the folded cards are."""
    notes: tuple[str, ...] = ()
    """What goes for all of its cards."""


def how_far(library: Library, *, today: date) -> tuple[PlanLimits, ...]:
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
    ledgers_told = _told(plan_ledgers(counted, plans, people, asked, most=1))
    by_policy = grouped(ledgers_told, lambda ledger: (ledger.contract, ledger.period))
    return tuple(_of_policy(ledgers) for ledgers in by_policy.values())


def _of_policy(ledgers: Sequence[PlanLedger]) -> PlanLimits:
    """Return the cards of one policy, two of them shown; a family's is, and its people come before it."""
    hows = tuple(dict.fromkeys(ledger.how_of_family for ledger in ledgers if ledger.how_of_family))
    doubt, ledgers_told = _doubt_once([replace(ledger, how_of_family="") for ledger in ledgers])
    people = [ledger for ledger in ledgers_told if ledger.plan]
    folded = people[max(MOST_SHOWN - (len(ledgers_told) - len(people)), 1) :]
    names = list(dict.fromkeys(ledger.heading for ledger in folded))
    more = plural("{n} more person: {names}", "{n} more people: {names}", len(names))
    return PlanLimits(
        tuple(ledger for ledger in ledgers_told if ledger not in folded),
        tuple(folded),
        more.format(n=len(names), names=listed(names)) if names else "",
        (doubt, *hows) if doubt else hows,
    )


def _doubt_once(ledgers: Sequence[PlanLedger]) -> tuple[str, list[PlanLedger]]:
    """Return the doubt that all answers share and the ledgers without it; "" where they do not share one."""
    answers = [answer for ledger in ledgers for block in ledger.blocks for answer in block.answers]
    doubted = [answer.doubt_of_all for answer in answers if answer.doubt]
    if len(doubted) < 2 or len(set(doubted)) > 1 or not doubted[0]:
        return "", list(ledgers)
    if any(answer.counts and not answer.doubt for answer in answers):
        return "", list(ledgers)
    return doubted[0], [replace(ledger, blocks=tuple(map(_undoubted, ledger.blocks))) for ledger in ledgers]


def _undoubted(block: Block) -> Block:
    return replace(block, answers=tuple(replace(answer, doubt="") for answer in block.answers))


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
        pk: [coverage for coverage in connection_coverages if _holds(coverage, plans.today)]
        for pk, connection_coverages in plans.coverages.items()
        if plans.connections[pk].is_active
    }
    return replace(plans, spans=spans, coverages=coverages)


def _holds(coverage: CoverageRecord, today: date) -> bool:
    ends = days_of(coverage.ends)
    return coverage.status in ("active", None) and not (ends and ends[-1] < today)


def _knows_limits(plans: Plans) -> bool:
    return any(plans.typed.values()) or any(
        plans.limits([pk], span, care, of_family=of_family).can_be_reached
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


def of_claim(library: Library, held: Held[ClaimEntry], record: ClaimRecord) -> tuple[Reached, ...]:
    """Return the limits that the count of the claim's benefit year reached with it; () in any doubt.

    The books of a year are opened only for a claim that adds something to a limit that is known.
    """
    is_told = held.entry.is_counted and not held.is_outdated and not library.is_behind
    if not is_told or not _adds(record):
        return ()
    people = People.of(library)
    asked = Asked(held.entry.on.year, held.plan, by_plan_year=True)
    plans = plans_of(library, people.plans, asked, timezone.localdate())
    span = _span(plans, held)
    if span is None:
        return ()
    (own,) = opened([held]).claims
    care, person = care_of(record), people.who(own).key
    limits = _limits(plans, held, span, person=person, name=people.named(own))
    if not limits[care].can_be_reached:
        return ()
    near = (held for year in {span.starts.year, span.ends.year} for held in library.held(CLAIM, year=year))
    every = opened(claim for claim in near if claim.plan == held.plan and span.holds(claim.entry.on)).claims
    mine = [claim for claim in every if people.who(claim).key == person]
    year = count(mine)
    counted = with_twins((*year.entries, *year.disagreeing), mine)
    ledgers_of_year = ledgers(counted)
    drugs = drugs_that_may_count(ledgers_of_year, limits.__getitem__)
    is_alone = care != "medical" or not any(drug.rows for drug in drugs)
    return reached_with(held.id, counted, ledgers_of_year, limits[care], is_alone=is_alone)


def _adds(record: ClaimRecord) -> bool:
    """Whether it states anything that brings a sum nearer to a limit."""
    figures = [getattr(record.money, name) for name in PARTS]
    if care_of(record) in ("dental", "vision"):
        figures.append(record.money.plan_paid)
    return any((figure.amount or Decimal(0)) > 0 for figure in figures)


def _span(plans: Plans, held: Held[ClaimEntry]) -> Span | None:
    """Return the benefit year of a claim; None where the plan states others, and none of them holds it."""
    crossing = plans.crossing[held.plan]
    spans = crossing or [calendar(held.entry.on.year)]
    return next((span for span in spans if span.holds(held.entry.on)), None)


def _limits(
    plans: Plans, held: Held[ClaimEntry], span: Span, *, person: str, name: str
) -> dict[Care, Limits]:
    """Return the limits of one person by kind of care: what the plan states, else what the member typed."""
    typed = plans.typed.get(Place(held.plan, span.starts, person).subject) or {}
    return {care: filled(plans.limits([held.plan], span, care, person=name), typed, care) for care in CARES}


def reached_with(
    id_: UUID, entries: Sequence[Counted], ledgers: Iterable[Ledger], limits: Limits, *, is_alone: bool
) -> tuple[Reached, ...]:
    """Return which limits the claim of that id reached, of the *entries* and *ledgers* of its benefit year.

    *is_alone*: no prescriptions may count toward the limits of medical care too.
    """
    own = next((entry for entry in entries if entry.id == id_), None)
    ledger = next(
        (other_ledger for other_ledger in ledgers if any(row.entry.id == id_ for row in other_ledger.rows)),
        None,
    )
    sums: tuple[tuple[Concept, Limit | None], ...] = (
        ("deductible", limits.deductible),
        ("out_of_pocket", limits.out_of_pocket),
    )
    reached = [
        Reached(concept, limit.amount, limit.currency, limit.is_typed)
        for concept, limit in sums
        if ledger is not None and is_alone and limit and _is_met_with(id_, ledger, concept, limit)
    ]
    if own is not None and (benefit := limits.benefit) and _is_used_up_with(own, entries, benefit):
        reached.append(Reached("benefit", benefit.amount, benefit.currency, benefit.is_typed))
    return tuple(reached)


def _is_met_with(id_: UUID, ledger: Ledger, concept: Concept, limit: Limit) -> bool:
    """Whether this claim alone brought the sum to exactly the limit, and nothing was added after it.

    A plan takes no more than is left to a limit, so a sum that passes it is not the plan's own.
    """
    if limit.currency != ledger.currency:
        return False
    steps = [row for row in ledger.rows if row.counts and row.stated(concept)]
    if not steps or steps[-1].entry.id != id_ or steps[-1].total(concept) != limit.amount:
        return False
    is_last_alone = sum(row.on == steps[-1].on for row in steps) == 1
    return is_last_alone and met_on(ledger, concept, limit.amount) == steps[-1].on


class _Payment(NamedTuple):
    on: date
    amount: Decimal
    id: UUID


def _is_used_up_with(own: Counted, entries: Iterable[Counted], limit: Limit) -> bool:
    """Whether what the plan paid for this kind of care came to exactly its yearly limit with this claim."""
    payments = []
    for entry in entries:
        if care_of(entry.record) != care_of(own.record) or entry.state == "denied":
            continue
        paid, on = entry.record.money.plan_paid, decided_on(entry.record, entry.on)
        is_sure = not (entry.disagrees or entry.record.may_change) and paid.unit == limit.currency
        if paid.amount is None or on is None or not is_sure:
            return False
        if paid.amount:
            payments.append(_Payment(on, paid.amount, entry.id))
    payments.sort()
    if (
        not payments
        or payments[-1].id != own.id
        or sum(payment.amount for payment in payments) != limit.amount
    ):
        return False
    return sum(payment.on == payments[-1].on for payment in payments) == 1

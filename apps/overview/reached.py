"""Which limits a claim reached, for the page of the claim (the setting CLAIMS_LIMITS)."""

from decimal import Decimal

from django.utils import timezone

from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording.causes import Reached
from apps.kinds.claim.year import count
from apps.overview.asked import Asked
from apps.overview.claims_of_period import opened
from apps.overview.ledger import PARTS, Care, care_of, ledgers, with_twins
from apps.overview.ledger_words import CARES, drugs_that_may_count
from apps.overview.met import reached_with
from apps.overview.people import People
from apps.overview.plan_ledgers import Plans, plans_of
from apps.overview.plan_years import Limits, Span, calendar
from apps.overview.typed_limits import Place, filled
from apps.records.shelf import Library
from apps.records.volumes import Held


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
    if limits[care] == Limits():
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

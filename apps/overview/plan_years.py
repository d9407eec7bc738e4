"""When a plan's year runs and which limits it has, from the coverages the plan shared: pure."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from apps.coverage.records import Cost, CoverageRecord, days_of
from apps.overview.ledger import Care

LONGEST: Final = timedelta(days=366)
WHOLE_DAY: Final = len("2025-07-01")
_CARES: Final[dict[str, Care]] = {
    "DENTAL": "dental",
    "DENTPRG": "dental",
    "VISPOL": "vision",
    "DRUGPOL": "pharmacy",
}
_NOT_MEANT: Final = ("family", "out-of-network", "out of network", "non-network", "household")
"""Words of costs that are not one person's limit in the network."""


class Span(NamedTuple):
    """A plan year or a calendar year, both days included."""

    starts: date
    ends: date

    @property
    def crosses_years(self) -> bool:
        """Whether it ends in another year than it starts in."""
        return self.starts.year != self.ends.year

    def holds(self, day: date) -> bool:
        """Whether *day* lies in it."""
        return self.starts <= day <= self.ends


class Limit(NamedTuple):
    """An amount the plan shared: what it is a limit of is said by where it stands."""

    amount: Decimal
    currency: str


class Limits(NamedTuple):
    """What a person pays at most for one kind of care, where the plan shared it."""

    deductible: Limit | None = None
    out_of_pocket: Limit | None = None


def calendar(year: int) -> Span:
    """Return January to December of *year*."""
    return Span(date(year, 1, 1), date(year, 12, 31))


def plan_years(coverages: Sequence[CoverageRecord]) -> tuple[Span, ...]:
    """Return the plan years that *coverages* of one connection state, oldest first.

    Only a period with two whole days, at most a year apart, says when a plan's year runs. Where medical
    coverage says it, that of teeth, eyes and drugs is not asked.
    """
    medical = [one for one in coverages if care_of(one) == "medical"]
    spans = {span for one in medical if (span := span_of(one))}
    spans = spans or {span for one in coverages if (span := span_of(one))}
    return tuple(sorted(spans))


def span_of(coverage: CoverageRecord) -> Span | None:
    """Return the plan year a coverage states, None where it states none."""
    if coverage.status == "entered-in-error" or coverage.is_self_pay:
        return None
    starts, ends = days_of(coverage.starts), days_of(coverage.ends)
    is_whole = all(len(text or "") == WHOLE_DAY for text in (coverage.starts, coverage.ends))
    if not starts or not ends or not is_whole or not timedelta(0) <= ends[0] - starts[0] < LONGEST:
        return None
    return Span(starts[0], ends[0])


def care_of(coverage: CoverageRecord) -> Care:
    """Return which kind of care a coverage is for; most are for medical care."""
    return _CARES.get(coverage.type_code or "", "medical")


def limits(coverages: Iterable[CoverageRecord], span: Span, care: Care, *, today: date) -> Limits:
    """Return the limits that the coverage of *span* states for *care*; none where two coverages differ.

    A coverage without an end states what holds now, so it counts for the span in which *today* lies.
    """
    costs = [
        cost
        for coverage in coverages
        if care_of(coverage) == care and _is_of(coverage, span, today)
        for cost in coverage.costs
        if not any(word in (cost.words or "").lower() for word in _NOT_MEANT)
    ]
    return Limits(_limit(costs, "deductible"), _limit(costs, "maxoutofpocket"))


def _is_of(coverage: CoverageRecord, span: Span, today: date) -> bool:
    own = span_of(coverage)
    if own is not None:
        return own.starts <= span.ends and span.starts <= own.ends
    starts = days_of(coverage.starts)
    is_open = bool(starts) and not coverage.ends and not coverage.unreadable_dates
    return (
        is_open
        and coverage.status in ("active", None)
        and bool(starts and starts[0] <= today)
        and (span.holds(today))
    )


def _limit(costs: Iterable[Cost], kind: str) -> Limit | None:
    found = {
        Limit(cost.amount, cost.currency or "USD")
        for cost in costs
        if cost.kind == kind and cost.amount is not None and cost.amount > 0 and not cost.exceptions
    }
    return found.pop() if len(found) == 1 else None

"""When a plan's year runs and which limits it has, from the coverages the plan shared: pure."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from apps.kinds.coverage.kinds import is_original_medicare, part_of
from apps.kinds.coverage.records import Cost, CoverageRecord, days_of
from apps.overview.ledger import Care
from apps.plain_language.capitals import folded_name

LONGEST: Final = timedelta(days=366)
WHOLE_DAY: Final = len("2025-07-01")
_CARES: Final[dict[str, Care]] = {
    "DENTAL": "dental",
    "DENTPRG": "dental",
    "VISPOL": "vision",
    "DRUGPOL": "pharmacy",
}
_FAMILY: Final = ("family", "household")
_ELSEWHERE: Final = (
    *("out-of-network", "out of network", "non-network", "lifetime"),
    *("per visit", "admission", "per day", "every", "months", "benefit period"),
    *("orthodon", "frame", "lens", "implant"),
)
"""Words of costs that are no limit of a year in the network."""
_YEAR: Final = r"\b(annual|yearly|calendar.year|plan.year)\b"
_BENEFIT: Final = re.compile(rf"^(?=.*{_YEAR})(?:.*({_YEAR}|\bbenefit\b).*\bmax|.*\bmax\w*\b.*\bbenefit)")
"""How plans call the most that they pay in a year; no code stands for it."""


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
    """An amount the plan shared, or the member typed: what it is a limit of is said by where it stands."""

    amount: Decimal
    currency: str
    is_typed: bool = False


class Limits(NamedTuple):
    """What a person, or a family together, pays at most for one kind of care, where the plan shared it."""

    deductible: Limit | None = None
    out_of_pocket: Limit | None = None
    benefit: Limit | None = None
    """The most that the plan pays in a year, as plans for teeth and eyes have it."""

    @property
    def can_be_reached(self) -> bool:
        """Whether one is above zero: a stated zero leaves nothing to count toward it."""
        return any(limit and limit.amount for limit in self)


def calendar(year: int) -> Span:
    """Return January to December of *year*."""
    return Span(date(year, 1, 1), date(year, 12, 31))


def plan_years(coverages: Sequence[CoverageRecord]) -> tuple[Span, ...]:
    """Return the plan years that *coverages* of one connection state, oldest first.

    Only a period with two whole days, at most a year apart, says when a plan's year runs. Where medical
    coverage says it, that of teeth, eyes and drugs is not asked.
    """
    medical = [coverage for coverage in coverages if care_of(coverage) == "medical"]
    spans = {span for coverage in medical if (span := span_of(coverage))}
    spans = spans or {span for coverage in coverages if (span := span_of(coverage))}
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


def limits(
    coverages: Iterable[CoverageRecord],
    span: Span,
    care: Care,
    *,
    today: date,
    person: str = "",
    of_family: bool = False,
) -> Limits:
    """Return the limits that the coverage of *span* states for *care*; none where two coverages differ.

    A coverage without an end states what holds now, so it counts for the span in which *today* lies. One that
    names somebody else than *person* is not theirs. What is said to be a family's is one person's in no case.
    """
    costs = [
        cost
        for coverage in coverages
        if care_of(coverage) == care and _is_of(coverage, span, today) and _is_whose(coverage, person)
        for cost in coverage.costs
        if _is_meant(cost, of_family=of_family)
    ]
    return Limits(
        _limit((cost for cost in costs if cost.kind == "deductible"), may_be_zero=True),
        _limit(cost for cost in costs if cost.kind == "maxoutofpocket"),
        _limit(cost for cost in costs if _is_benefit(cost)),
    )


def has_no_maximum(coverages: Iterable[CoverageRecord], span: Span, *, person: str = "") -> bool:
    """Return whether the coverage of *span* is Original Medicare, which has none (facts appeals 5).

    Part C, which another plan decides and which has one, comes without dates: it may be of any year.
    """
    own = [coverage for coverage in coverages if _is_whose(coverage, person)]
    in_force = [coverage for coverage in own if _goes_through(coverage, span)]
    parts = {part[1].casefold() for coverage in own if (part := part_of(coverage))}
    return is_original_medicare(in_force) and "part c" not in parts


def _goes_through(coverage: CoverageRecord, span: Span) -> bool:
    starts, ends = days_of(coverage.starts), days_of(coverage.ends)
    return not (starts and starts[0] > span.starts) and not (ends and ends[-1] < span.ends)


def said_how(coverages: Iterable[CoverageRecord], span: Span, *, today: date) -> str:
    """Return "embedded" or "aggregate" where the words of a family's limit say it, "" where none does."""
    words = " ".join(
        (cost.words or "").lower()
        for coverage in coverages
        if _is_of(coverage, span, today)
        for cost in coverage.costs
        if _is_meant(cost, of_family=True)
    )
    hows = [how for how in ("embedded", "aggregate") if how in words and f"non-{how}" not in words]
    return hows[0] if len(hows) == 1 else ""


def _is_meant(cost: Cost, *, of_family: bool) -> bool:
    words = (cost.words or "").lower()
    is_family = any(word in words for word in _FAMILY)
    return is_family == of_family and not any(word in words for word in _ELSEWHERE)


def _is_benefit(cost: Cost) -> bool:
    words = (cost.words or "").lower()
    return (
        cost.kind not in ("deductible", "maxoutofpocket")
        and "pocket" not in words
        and bool(_BENEFIT.search(words))
    )


def _is_whose(coverage: CoverageRecord, person: str) -> bool:
    return not (person and coverage.person) or folded_name(coverage.person) == folded_name(person)


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


def _limit(costs: Iterable[Cost], *, may_be_zero: bool = False) -> Limit | None:
    """Return the limit that is stated, None where several differ; a zero beside another one is none."""
    amounts = {
        Limit(cost.amount, cost.currency or "USD")
        for cost in costs
        if cost.amount is not None and cost.amount >= 0 and not cost.exceptions
    }
    above = {limit for limit in amounts if limit.amount}
    amounts = above if above or not may_be_zero else amounts
    return amounts.pop() if len(amounts) == 1 else None

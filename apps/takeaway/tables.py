"""Records as rows of spreadsheets: one column per figure, an empty cell where something is not known; pure.

Headers, code words (`kind`, `state`, `network`, `decision`) and words for codes are the same in every
language, so that a file made today and one made next year fit under each other. `docs/take-along.md`
describes each column.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from apps.claims import standing
from apps.claims.records import ApprovalFacts, ClaimRecord, Coded, Line, Money, Reason
from apps.coverage.costs import COSTS
from apps.coverage.kinds import TYPES, kind_of
from apps.coverage.records import Cost, CoverageRecord
from apps.takeaway.cells import Cell

FIGURES: Final = (
    "billed",
    "discount",
    "reduction",
    "not_covered",
    "allowed",
    "plan_paid",
    "other_payer",
    "your_share",
    "deductible",
    "copay",
    "coinsurance",
    "you_paid",
    "paid_to_provider",
    "paid_to_you",
    "drug_cost",
    "tax",
)
"""Fields of `Money`, in the order of the columns."""
_WHICH: Final = ("plan", "claim_number")
CLAIMS: Final = (
    *_WHICH,
    "record_id",
    "is_current",
    "counts_in_sums",
    "state",
    "kind",
    "service_start",
    "service_end",
    "received_on",
    "paid_on",
    "provider",
    "facility",
    "payer",
    "patient",
    "network",
    "drug",
    "diagnoses",
    "currency",
    *FIGURES,
    "reasons",
)
LINES: Final = (
    *_WHICH,
    "record_id",
    "is_current",
    "counts_in_sums",
    "line",
    "is_total_of_claim",
    "service",
    "service_code",
    "modifiers",
    "revenue_code",
    "service_start",
    "service_end",
    "quantity",
    "unit",
    "place",
    "teeth",
    "network",
    "decision",
    "currency",
    *FIGURES,
    "reasons",
)
APPROVALS: Final = (
    "plan",
    "approval_numbers",
    "record_id",
    "decision",
    "kind",
    "service",
    "provider",
    "facility",
    "asked_on",
    "decided_on",
    "valid_from",
    "valid_to",
    "quantity",
    "used",
    "unit",
    "urgency",
    "reasons",
)
COVERAGES: Final = (
    "plan",
    "coverage",
    "type",
    "type_code",
    "kind",
    "status",
    "member_number",
    "subscriber_number",
    "dependent",
    "relationship",
    "starts",
    "ends",
    "payers",
    "network",
    "classes",
    "costs",
)
UNREADABLE: Final = "could not be opened"


def claim_rows(
    record: ClaimRecord, *, plan: str, is_current: bool, is_gone: bool = False, is_twin: bool = False
) -> Iterator[tuple[Cell, ...]]:
    """Yield the row of a claim; one for each currency where its amounts are in several."""
    for currency, figures in _by_currency(record.money):
        yield (
            plan,
            record.claim_number,
            record.resource_id,
            is_current,
            is_current and not (is_gone or is_twin) and standing.counts(record),
            standing.state(record),
            record.kind,
            record.service_start,
            record.service_end,
            record.received_on and record.received_on.isoformat(),
            record.paid_on and record.paid_on.isoformat(),
            record.provider,
            record.facility,
            record.payer,
            record.patient,
            record.network,
            _coded(record.drug.what) if record.drug else None,
            _joined(_coded(one.what) for one in record.diagnoses),
            currency,
            *figures,
            _reasons(record.reasons),
        )


def line_rows(
    record: ClaimRecord, *, plan: str, is_current: bool, is_gone: bool = False, is_twin: bool = False
) -> Iterator[tuple[Cell, ...]]:
    """Yield the rows of a claim's lines, none where the plan sent none; gone ones are not current."""
    for line in record.lines:
        for currency, figures in _by_currency(line.money):
            yield (
                plan,
                record.claim_number,
                record.resource_id,
                is_current and not is_gone,
                is_current and not (is_gone or is_twin) and standing.counts(record),
                *_line(line),
                currency,
                *figures,
                _reasons(line.reasons),
            )


def approval_rows(record: ClaimRecord, *, plan: str) -> Iterator[tuple[Cell, ...]]:
    """Yield the row of an approval in advance."""
    facts = record.approval or ApprovalFacts()
    yield (
        plan,
        _joined(facts.numbers or [record.claim_number]),
        record.resource_id,
        facts.decision,
        record.kind,
        _joined(dict.fromkeys(_coded(line.what) for line in record.lines if not line.is_total)),
        record.provider,
        record.facility,
        facts.asked_on or record.created,
        facts.decided_on,
        facts.valid_from,
        facts.valid_to,
        facts.quantity,
        facts.used,
        facts.unit,
        facts.urgency,
        _reasons(facts.reasons or record.reasons),
    )


def coverage_rows(record: CoverageRecord, *, plan: str) -> Iterator[tuple[Cell, ...]]:
    """Yield the row of a coverage."""
    named = next((one for one in record.classes if one.kind == "plan"), None)
    yield (
        plan,
        (named.name or named.value) if named else None,
        _type_words(record),
        record.type_code,
        kind_of(record),
        record.status,
        record.member_number,
        record.subscriber_number,
        record.dependent,
        record.relationship,
        record.starts,
        record.ends,
        _joined(record.payers),
        record.network,
        _joined(
            f"{one.kind or 'class'}: {' '.join(filter(None, (one.name, one.value)))}"
            for one in record.classes
        ),
        _joined(_cost(cost) for cost in record.costs),
    )


def closed_row(columns: Sequence[str], *, plan: str) -> tuple[Cell, ...]:
    """Return the row of a record that does not open, so that nobody takes the file for complete."""
    return (plan, UNREADABLE, *[None] * (len(columns) - 2))


def _line(line: Line) -> tuple[Cell, ...]:
    return (
        line.number,
        line.is_total,
        line.what.words,
        line.what.code,
        _joined(one.code for one in line.modifiers),
        line.revenue.code if line.revenue else None,
        line.service_start,
        line.service_end,
        line.quantity,
        line.unit,
        _coded(line.place) if line.place else None,
        _joined(_coded(one) for one in line.teeth),
        line.network,
        line.decision,
    )


def _by_currency(money: Money) -> list[tuple[str | None, list[Cell]]]:
    """Amounts of different currencies never share a row, because a column is there to be added up."""
    figures = [getattr(money, name) for name in FIGURES]
    currencies = dict.fromkeys(figure.unit for figure in figures if figure.is_known)
    return [
        (currency, [figure.amount if figure.unit == currency else None for figure in figures])
        for currency in currencies
    ] or [(None, [None] * len(FIGURES))]


def _coded(what: Coded) -> str | None:
    if what.words and what.code:
        return f"{what.words} ({what.code})"
    return what.words or what.code


def _reasons(reasons: Sequence[Reason]) -> str | None:
    codes = (f"{one.group}-{one.code}" if one.group else one.code for one in reasons)
    return _joined(
        f"{code} {one.words}" if one.words else code for code, one in zip(codes, reasons, strict=True)
    )


def _type_words(record: CoverageRecord) -> str | None:
    """The plan's own words for the type, else ours in English, else the bare code."""
    code = record.type_code or ""
    return record.type_words or (TYPES[code][1] if code in TYPES else None) or record.type_code


def _cost(cost: Cost) -> str:
    name = cost.words or COSTS.get(cost.kind or "") or cost.kind or "cost"
    if cost.amount is not None:
        return f"{name}: {format(cost.amount, 'f')} {cost.currency or 'USD'}"
    if cost.share is not None:
        return f"{name}: {format((cost.share * 100).normalize(), 'f')}%"
    if cost.quantity is not None:
        return f"{name}: {format(cost.quantity, 'f')} {cost.unit or ''}".strip()
    return name


def _joined(texts: Iterable[str | None]) -> str | None:
    return " | ".join(text for text in texts if text) or None

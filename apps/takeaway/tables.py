"""Records as rows of spreadsheets: one column per figure, an empty cell where something is not known; pure.

Headers, code words (`kind`, `state`, `network`, `decision`) and words for codes are the same in every
language, so that a file made today and one made next year fit under each other. `docs/take-along.md`
describes each column.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from msgspec import structs

from apps.kinds.care.records import CareRecord
from apps.kinds.care.wording import as_written
from apps.kinds.claim import standing
from apps.kinds.claim.excess import is_summed
from apps.kinds.claim.reading.price import less_uncovered
from apps.kinds.claim.records import ApprovalFacts, ClaimRecord, Coded, Line, Reason
from apps.kinds.claim.whose import plan_paid_of
from apps.kinds.coverage.costs import COSTS
from apps.kinds.coverage.kinds import TYPES, kind_of
from apps.kinds.coverage.records import Cost, CoverageRecord
from apps.plain_language.free_words import free_words
from apps.takeaway.cells import FIGURES, Cell, by_currency, disagreement, left_over, of_some_lines

CARE: Final = (
    *("plan", "record_id", "type", "name", "state", "date", "value", "flag", "ranges", "parts"),
    *("details", "notes", "codes"),
)
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
    "left_over",
    "reasons",
    "disagreements",
    "of_some_lines",
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
    "disagreements",
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
    reduction = less_uncovered(record.money.reduction, record.money)
    money = structs.replace(record.money, plan_paid=plan_paid_of(record), reduction=reduction)
    per_currency = by_currency(money)
    for currency, figures in per_currency:
        rest = left_over(dict(zip(FIGURES, figures, strict=True))) if len(per_currency) == 1 else None
        yield (
            plan,
            record.claim_number,
            record.resource_id,
            is_current,
            is_current and not (is_gone or is_twin) and is_summed(record),
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
            _joined(_coded(diagnosis.what) for diagnosis in record.diagnoses),
            currency,
            *figures,
            rest,
            _reasons(record.reasons),
            _joined(disagreement(contradiction) for contradiction in record.disagreements),
            _joined(of_some_lines(money, currency)),
        )


def line_rows(
    record: ClaimRecord, *, plan: str, is_current: bool, is_gone: bool = False, is_twin: bool = False
) -> Iterator[tuple[Cell, ...]]:
    """Yield the rows of a claim's lines, none where the plan sent none; gone ones are not current."""
    for line in record.lines:
        for currency, figures in by_currency(line.money):
            yield (
                plan,
                record.claim_number,
                record.resource_id,
                is_current and not is_gone,
                is_current and not (is_gone or is_twin) and is_summed(record),
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
        _joined(dict.fromkeys(_coded(line.what) for line in record.real_lines)),
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
        f"decision: {facts.decision} or {facts.said_otherwise}" if facts.said_otherwise else None,
    )


def coverage_rows(record: CoverageRecord, *, plan: str) -> Iterator[tuple[Cell, ...]]:
    """Yield the row of a coverage."""
    named = next((class_sent for class_sent in record.classes if class_sent.kind == "plan"), None)
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
            f"{class_sent.kind or 'class'}: {' '.join(filter(None, (class_sent.name, class_sent.value)))}"
            for class_sent in record.classes
        ),
        _joined(_cost(cost) for cost in record.costs),
    )


def closed_rows(columns: Sequence[str], *, plan: str) -> list[tuple[Cell, ...]]:
    """Return the row of a record that does not open, so that nobody takes the file for complete."""
    return [(plan, UNREADABLE, *[None] * (len(columns) - 2))]


def _line(line: Line) -> tuple[Cell, ...]:
    return (
        line.number,
        line.is_total,
        _words(line.what),
        line.what.code,
        _joined(modifier.code for modifier in line.modifiers),
        line.revenue.code if line.revenue else None,
        line.service_start,
        line.service_end,
        line.quantity,
        line.unit,
        _coded(line.place) if line.place else None,
        _joined(_coded(tooth) for tooth in line.teeth),
        line.network,
        line.decision,
    )


def _words(what: Coded) -> str | None:
    """The plan's words, else those of a free list; never texts that this site holds a licence to show."""
    return what.words or free_words(what.system, what.code)


def _coded(what: Coded) -> str | None:
    words = _words(what)
    if words and what.code:
        return f"{words} ({what.code})"
    return words or what.code


def _reasons(reasons: Sequence[Reason]) -> str | None:
    codes = (f"{reason.group}-{reason.code}" if reason.group else reason.code for reason in reasons)
    return _joined(
        f"{code} {reason.words}" if reason.words else code
        for code, reason in zip(codes, reasons, strict=True)
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
    return f"{name}: {cost.unread}" if cost.unread else name


def _joined(texts: Iterable[str | None]) -> str | None:
    return " | ".join(text for text in texts if text) or None


def care_rows(record: CareRecord, *, plan: str) -> Iterator[list[Cell]]:
    """Yield the one row of a clinical record: several values in a cell are parted."""
    parts = (
        " ".join(filter(None, (as_written(part.name) + ":", as_written(part.value), as_written(part.flag))))
        for part in record.parts
    )
    yield [
        plan,
        record.own.partition("/")[2],
        record.type,
        as_written(record.name),
        record.standing,
        as_written(record.when.words) if record.when else "",
        as_written(record.value),
        as_written(record.flag),
        " | ".join(map(as_written, record.ranges)),
        " | ".join(parts),
        " | ".join(f"{fact.label}: {as_written(fact.words)}" for fact in record.facts),
        " | ".join(record.notes),
        " | ".join(f"{code.kind} {code.code}".strip() for code in record.codes),
    ]

"""What a plan approved in advance, from Da Vinci PDex and Blue Button shapes (facts claims 6).

Both mark it with `use`; PDex hides the decision in an extension of an adjudication, Blue Button in extensions
of the line. `outcome` is not the decision: PDex's published example is `queued` although it is approved.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from msgspec import structs

from apps.fhir import values
from apps.fhir.tolerant import printable
from apps.fhir.values import Day, Period, Quantity, number
from apps.kinds.approval.decided import (
    decided,
    decision_of,
    name_of,
    named,
    of_header,
    of_line,
    said_otherwise,
)
from apps.kinds.claim import reading
from apps.kinds.claim.reading import Opened, decisions
from apps.kinds.claim.reading.dates import unreadable
from apps.kinds.claim.reading.facts import plain, unit
from apps.kinds.claim.reading.shapes import Adjudication, Explanation, Said
from apps.kinds.claim.records import ApprovalFacts, ClaimRecord, Decision, Fact, Reason, Ruling
from apps.plain_language.language import said

_URGENCIES = {
    "u": said("urgent"),
    "e": said("planned"),
    "03": said("emergency"),
    "stat": said("immediate"),
    "normal": said("normal"),
    "deferred": said("deferred"),
}
_NUMBERS = ("number", "extension-authorizationnumber", "extension-itemauthorizationnumber")
_PERIODS = ("extension-itempreauthperiod", "extension-itemauthorizeddate")
_ASKED = ("pa-req-sub-dt", "pa-req-rec-dt")
_DECIDED = ("pa-decision-dt", "extension-itempreauthissuedate", "base-ext-when-adjudicated")
_EXPIRES = ("pa-decision-exp-dt", "expirationdate")
_PLANNED = "estimateddateofservice"
_UTILISATION = "priorauthorizationutilization"
OF_ESTIMATE = {
    "servicedescription": said("Care it is for"),
    "subjecttomedicalmgmt": said("Your plan may check it"),
    "innetworkprovideroptionslink": said("Providers in the network"),
    "disclaimer": said("Your plan adds"),
}
"""What Da Vinci PCT says of an estimate (advance EOB) in extensions."""
_FACTS = OF_ESTIMATE | {
    "pa-req-rec-dt": said("Request received"),
    "pa-dt-added": said("Recorded by your plan"),
    "pa-dt-updated": said("Changed by your plan"),
    "mr-count-st-dt": said("Review counted from"),
    "mr-count-end-dt": said("Review counted until"),
    "mr-count-ind": said("Review count"),
    "svc-render-st": said("State of the service"),
}
_OF_LINE: dict[Ruling, Decision] = {"denied": "denied", "approved": "paid"}
"""What was decided of a line -> the same of a claim."""


class _Amount(NamedTuple):
    value: Decimal
    unit: str | None


def record(opened: Opened, names: Mapping[str, str]) -> ClaimRecord:
    """Return what a decoded request says: what it has in common with claims, and the decision."""
    claim_record = reading.record(opened, names)
    decision_read = decided(opened.claim)
    of_added = {f"addItem[{index}]": codes for index, codes in enumerate(decision_read.added)}
    by_path = {f"item[{index}]": codes for index, codes in enumerate(decision_read.items)} | of_added
    pairs = [(line, by_path[line.path]) for line in claim_record.lines]
    # A line that the plan added may stand in place of one that was sent, which is none of the record's then,
    # but what was decided of it holds.
    beside = by_path.keys() - {line.path for line, _ in pairs}
    of_lines = [codes for line, codes in pairs if not line.is_total]
    of_lines += [codes for path in beside if (codes := by_path[path])]
    periods = _periods(opened.claim)
    unread = unreadable(text for period in periods for text in (period.start, period.end))
    more = {
        "unreadable_dates": (*claim_record.unreadable_dates, *unread),
        "approval": approval(opened.claim, claim_record.numbers, decision_read.header, of_lines),
        "lines": tuple(
            structs.replace(line, decision=decision) if (decision := _of_line(codes)) else line
            for line, codes in pairs
        ),
        "facts": (*claim_record.facts, *facts(opened.claim)),
    }
    if claim_record.service_start is None and (planned := sorted(_dates(_said(opened.claim), _PLANNED))):
        more |= {"service_start": planned[0].text, "service_end": planned[-1].text}
    return printable(structs.replace(claim_record, **more), opened.body)


def _of_line(codes: Collection[Ruling]) -> Decision | None:
    """Return the one decision of a line in the word that a claim has for it; None where there is none."""
    return _OF_LINE.get(next(iter(codes))) if len(codes) == 1 else None


def approval(
    claim: Explanation, numbers: Sequence[str], header: frozenset[Ruling], lines: Sequence[frozenset[Ruling]]
) -> ApprovalFacts:
    """Return what a preauthorization or predetermination says.

    *numbers* are those of the record itself, *header* and *lines* what was decided of all and of each line.
    """
    said, every = tuple(_said(claim)), header.union(*lines)
    decision = decision_of(claim, header, lines)
    periods = _periods(claim)
    starts = [day for period in periods if (day := values.day(period.start))]
    ends = [day for period in periods if (day := values.day(period.end))]
    quantity = _quantity(claim, said, decision)
    used = _used(claim, said)
    return ApprovalFacts(
        decision=decision,
        numbers=_numbers(claim, said) or tuple(numbers[:1]),
        valid_from=min(starts).text if starts else None,
        valid_to=max(ends).text if ends else _last(_dates(said, *_EXPIRES)),
        asked_on=next((day.text for name in _ASKED for day in sorted(_dates(said, name))), None),
        decided_on=next((decided for name in _DECIDED if (decided := _last(_dates(said, name)))), None),
        quantity=quantity.value if quantity else None,
        used=used.value if used else None,
        unit=(quantity.unit if quantity else None) or (used.unit if used else None),
        urgency=_urgency(claim, said),
        reasons=_reasons(claim, said),
        refuses_a_line="denied" in every,
        said_otherwise=said_otherwise(claim, every | ({decision} if decision else set())),
    )


def _periods(claim: Explanation) -> tuple[Period, ...]:
    """Return the times for which it holds, of the whole, else of its lines."""
    stated = (statement.value_period for statement in named(_said(claim), *_PERIODS))
    return claim.pre_auth_ref_period or tuple(filter(None, stated))


def facts(claim: Explanation) -> tuple[Fact, ...]:
    """Return what else Blue Button and Da Vinci PCT say about a request, each thing once."""
    facts = []
    for statement in _said(claim):
        category = name_of(statement)
        value = _value(statement)
        if category in _FACTS and value:
            facts.append(Fact(category, value, _FACTS[category], is_detail=True))
    return tuple(dict.fromkeys(facts))


def _adjudications(claim: Explanation) -> Iterator[Adjudication]:
    yield from claim.adjudication
    for line in (*claim.item, *claim.add_item):
        yield from line.adjudication


def _said(claim: Explanation) -> Iterator[Said]:
    """Return every extension that may speak of the request, and those inside it."""
    yield from of_header(claim)
    for line in (*claim.item, *claim.add_item):
        yield from of_line(line)


def _numbers(claim: Explanation, said: Sequence[Said]) -> tuple[str, ...]:
    numbers = [values.clean(text, 100) for text in claim.pre_auth_ref]
    for statement in named(said, *_NUMBERS):
        numbers.append(values.clean(statement.value_string, 100))
        numbers.append(
            values.clean(statement.value_identifier.value, 100) if statement.value_identifier else None
        )
    return tuple(dict.fromkeys(text for text in numbers if text))


def _dates(said: Iterable[Said], *names: str) -> list[Day]:
    days = (
        values.day(statement.value_date or statement.value_date_time) for statement in named(said, *names)
    )
    return [day for day in days if day]


def _last(days: Sequence[Day]) -> str | None:
    return max(days).text if days else None


def _quantity(claim: Explanation, said: Sequence[Said], decision: Ruling | None) -> _Amount | None:
    """Return how much was approved: allowed units, else Medicare's count of services, else what was asked.

    What was asked for (`item.quantity`) is what was approved where all of it was, and no line was added.
    """
    counts = [
        _Amount(value, None)
        for statement in named(said, "service-cnts")
        if (value := _number_of(statement)) is not None
    ]
    requested = [
        _Amount(value, _unit(line.quantity))
        for line in claim.item
        if line.quantity and (value := number(line.quantity.value)) is not None
    ]
    return (
        _sum(_units(claim, "allowedunits"))
        or _sum(counts)
        or _sum(requested if decision == "approved" and not claim.add_item else [])
    )


def _used(claim: Explanation, said: Sequence[Said]) -> _Amount | None:
    """Return how much of it is used; a count below nothing, which cannot be right, as it was sent."""
    stated = [
        _Amount(value, _unit(quantity))
        for statement in named(said, _UTILISATION)
        if (quantity := statement.value_quantity) and (value := number(quantity.value)) is not None
    ]
    counts = _units(claim, "consumedunits") or stated[:1]
    below = next((count for count in counts if count.value < 0), None)
    return below or _sum(counts) or _sum(stated[:1])


def _unit(quantity: Quantity) -> str | None:
    return unit(quantity) or None


def _units(claim: Explanation, category: str) -> list[_Amount]:
    return [
        _Amount(value, None)
        for adjudication in _adjudications(claim)
        if category in [code.lower() for code in values.codes(adjudication.category)]
        and (value := number(adjudication.value)) is not None
    ]


def _sum(amounts: Sequence[_Amount]) -> _Amount | None:
    """Return the sum of amounts of one unit; None where there is none, units differ or one is below zero."""
    if not amounts or len({amount.unit for amount in amounts}) > 1:
        return None
    if any(amount.value < 0 for amount in amounts):
        return None
    return _Amount(sum((amount.value for amount in amounts), Decimal(0)), amounts[0].unit)


def _number_of(statement: Said) -> Decimal | None:
    quantity = number(statement.value_quantity.value) if statement.value_quantity else None
    return number(statement.value_decimal) if quantity is None else quantity


def _urgency(claim: Explanation, said: Sequence[Said]) -> str | None:
    """Return the level of service asked for, else the priority; unknown codes by the plan's own words."""
    levels = [statement.value_codeable_concept for statement in named(said, "extension-levelofservicecode")]
    for concept in (*levels, claim.priority):
        urgencies = (_URGENCIES[code.lower()] for code in values.codes(concept) if code.lower() in _URGENCIES)
        urgency = next(urgencies, None) or values.words(concept)
        if urgency:
            return urgency
    return None


def _reasons(claim: Explanation, said: Sequence[Said]) -> tuple[Reason, ...]:
    """Return why not, or why not all: from the review, from header and lines."""
    # The review has a list of reasons of its own: its numbers are no claim adjustment reasons.
    reasons = [
        Reason(reason.code, "plan", None, reason.words, is_denial=True)
        for statement in named(said, "reasoncode")
        for reason in decisions.reasons_of(statement.value_codeable_concept)
    ]
    reasons += decisions.outcome_of_claim(claim.adjudication, claim.total, claim.extension).reasons
    for line in (*claim.item, *claim.add_item):
        reasons += decisions.outcome_of_line(line.adjudication, line.extension).reasons
    return tuple(dict.fromkeys(reasons))


def _value(statement: Said) -> str | None:
    day = values.day(statement.value_date or statement.value_date_time)
    if day:
        return day.text
    if statement.value_coding:
        return values.clean(statement.value_coding.display) or values.clean(statement.value_coding.code, 40)
    if concept := statement.value_codeable_concept:
        return values.words(concept) or next(iter(values.codes(concept)), None)
    text = values.clean(statement.value_string) or values.clean(statement.value_url)
    return text or plain(_number_of(statement))

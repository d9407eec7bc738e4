"""When care was given: the admission, then the billed period, then the lines, never the line of the total."""

import re
from datetime import date

from tests.oracle.amounts import is_total_line
from tests.oracle.answer import Answer, answer
from tests.oracle.tree import Node, codes, node, nodes, text

DATE = re.compile(r"^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T.*)?)?)?$")
# Kinds of care that begin with an admission yet are billed month by month: the first day of care is that of
# the bill or that of the admission.
SERIES = {"nursing facility", "home health", "hospice"}


def day(value: str) -> str:
    """Return the date part as written (YYYY, YYYY-MM or YYYY-MM-DD), or "" for what is no date."""
    match = DATE.match(value)
    if not match:
        return ""
    year, month, number = match.groups()
    if int(year) == 1:
        return ""  # where systems have no date they fill in the first day of their calendar
    try:
        date(int(year), int(month or 1), int(number or 1))
    except ValueError:
        return ""
    return "-".join(part for part in (year, month, number) if part)


def day_of_care(eob: Node, kind: Answer) -> Answer:
    """Return the first day of care as written, or nothing."""
    admitted, billed, line = _admitted(eob), day(text(node(eob, "billablePeriod"), "start")), _first_line(eob)
    if kind.permitted == ("inpatient",):
        # "Statement covers period" (UB-04, form locator 6): an interim bill is of a later part of the stay.
        is_later_part = bool(admitted and billed) and _days_between(admitted, billed) > 1
        return answer(admitted, billed) if is_later_part else answer(admitted or billed or line or None)
    permitted = [start for start in (billed, line) if start]
    if admitted and (not permitted or SERIES & set(kind.permitted) or "inpatient" in kind.permitted):
        permitted.append(admitted)
    if "pharmacy" in kind.permitted and not permitted:
        # No date of its own: the day of payment or of the statement may be shown for what it is.
        return answer(None, *filter(None, (_paid(eob), day(text(eob, "created")))))
    return answer(*permitted) if permitted else answer(None)


def _days_between(first: str, last: str) -> int:
    begins, ends = (date.fromisoformat(value + "-01-01"[: 10 - len(value)]) for value in (first, last))
    return (ends - begins).days


def last_day_of_care(eob: Node, kind: Answer, first: Answer) -> Answer:
    """Return the last day of care as written, else its first: what ends before it begins has no end."""
    admitted, billed, line = _discharged(eob), day(text(node(eob, "billablePeriod"), "end")), _last_line(eob)
    ends = [end for end in (billed, line) if end]
    if kind.permitted == ("inpatient",):
        ends = [admitted, *ends] if first.undecided else [admitted or billed or line]
    elif SERIES & set(kind.permitted) or "inpatient" in kind.permitted or not ends:
        ends.append(admitted)
    starts = [str(start) for start in first.permitted if start]
    permitted = [end for end in ends if end and (not starts or end >= min(starts))]
    return answer(*permitted) if len(permitted) == len(ends) > 0 else answer(*permitted, *first.permitted)


def paid_on(eob: Node) -> Answer:
    """Return the day of payment, of a month or a year its first; nothing where none is told."""
    return answer(first_day(_paid(eob)))


def first_day(written: str) -> date | None:
    """Return the first day that a date may mean: of 2024-05, May 1."""
    if not written:
        return None
    year, month, number = (*written.split("-"), "1", "1")[:3]
    return date(int(year), int(month), int(number))


def _admitted(eob: Node) -> str:
    for info in nodes(eob, "supportingInfo"):
        start = day(text(node(info, "timingPeriod"), "start")) or day(text(info, "timingDate"))
        if start and "admissionperiod" in codes(node(info, "category")):
            return start
    return ""


def _discharged(eob: Node) -> str:
    stays = [
        info for info in nodes(eob, "supportingInfo") if "admissionperiod" in codes(node(info, "category"))
    ]
    return next((end for stay in stays if (end := day(text(node(stay, "timingPeriod"), "end")))), "")


def _first_line(eob: Node) -> str:
    lines = [line for line in nodes(eob, "item") if not is_total_line(line)]
    days = [
        day(text(line, "servicedDate")) or day(text(node(line, "servicedPeriod"), "start")) for line in lines
    ]
    return min(filter(None, days), default="")


def _last_line(eob: Node) -> str:
    lines = [line for line in nodes(eob, "item") if not is_total_line(line)]
    days = [
        day(text(line, "servicedDate")) or day(text(node(line, "servicedPeriod"), "end")) for line in lines
    ]
    return max(filter(None, days), default="")


def _paid(eob: Node) -> str:
    return day(text(node(eob, "payment"), "date"))

"""Whose what is not covered is, by the groups of the reasons at it (X12: CO the provider's by its contract,
PR the member's), and what of a bill is taken off or above the price; pure."""

from collections.abc import Callable, Collection, Iterable, Mapping
from decimal import Decimal

from apps.kinds.claim import standing
from apps.kinds.claim.reading.figures import add, come_to
from apps.kinds.claim.reading.price import less_uncovered
from apps.kinds.claim.reading.reasons import (
    ABOVE_PRICE,
    contradicts_itself,
    is_known,
    may_not_be_collected,
    refuses,
)
from apps.kinds.claim.records import NOT_SHARED, ClaimRecord, Figure, Line, Reason

_ARRANGED = "24"
"""The number of what a plan pays by the head, and not by the bill: it refuses nothing."""


def group(record: ClaimRecord) -> str:
    """Return the group that the reasons give to all that is not covered; "" where they give several, or leave
    a part of it without any."""
    reasons = record.all_reasons
    if not reasons:
        return ""
    groups = {_group(reason) for reason in filter(_telling(record), reasons)}
    groups |= {"" for reason in reasons if _is_of_nobody(reason)}
    if len(groups) == 1 and _is_of_all(record):
        return groups.pop()
    sums = parts(record)
    return next(iter(sums)) if len(sums) == 1 else ""


def is_arranged(record: ClaimRecord) -> bool:
    """Return whether a fixed payment, or a managed care plan, covers all that is not covered (CO 24)."""
    if not record.money.not_covered.amount or group(record) != "CO":
        return False
    telling = [*filter(_telling(record), record.all_reasons)]
    return all(reason.code.lstrip("0") == _ARRANGED for reason in telling)


def arranged(record: ClaimRecord) -> Figure:
    """Return how much such an arrangement covers: all that is not covered, or what its reasons come to where
    nothing is said to be that."""
    if record.money.not_covered.amount:
        return record.money.not_covered if is_arranged(record) else NOT_SHARED
    total = add([reason.amount for reason in _numbered(record, _ARRANGED) if reason.group == "CO"], "")
    return total if (total.amount or 0) > 0 else NOT_SHARED


def parts(record: ClaimRecord) -> Mapping[str, Decimal]:
    """Return how much of what is not covered each group gets; empty unless that comes to all of it."""
    uncovered = record.money.not_covered
    if not record.all_reasons:
        return {}
    is_clear = not any(map(_is_of_nobody, record.all_reasons))
    if not uncovered.amount or not is_clear or standing.is_contradicted(record, "not_covered"):
        return {}
    for sums in (_by_lines(record), _by_amounts(record)):
        if sums and sum(sums.values()) == uncovered.amount and min(sums.values()) >= 0:
            return {whose: amount for whose, amount in sums.items() if amount}
    return {}


def uncovered_of(record: ClaimRecord) -> Mapping[str, Decimal]:
    """Return how much of what is not covered each group gets, of one that gets all of it too; empty where
    the reasons do not tell, or figures disagree on it."""
    uncovered = record.money.not_covered.amount
    if not (uncovered and record.all_reasons) or standing.is_contradicted(record, "not_covered"):
        return {}
    only = group(record)
    return {only: uncovered} if only else parts(record)


def lines_of(record: ClaimRecord, group: str) -> list[Line] | None:
    """Return the lines that their reasons give to a group; None where the claim's own reasons tell, or those
    of a line name several."""
    tells, lines = _telling(record), record.real_lines
    groups = [{_group(reason) for reason in filter(tells, line.reasons)} for line in lines]
    is_mixed = any(len(of_line) > 1 for of_line in groups) or any(map(_is_of_nobody, record.all_reasons))
    if is_mixed or any(map(tells, record.reasons)):
        return None
    return [line for line, of_line in zip(lines, groups, strict=True) if of_line == {group}]


def is_barred(record: ClaimRecord) -> bool:
    """Return whether each reason that says whose it is says that the provider may not collect it."""
    telling = [*filter(_telling(record), record.all_reasons)]
    return bool(telling) and all(map(may_not_be_collected, telling))


def barred(record: ClaimRecord) -> Decimal:
    """Return what the provider may not collect by reasons with amounts; 0 where one has none."""
    figures = [reason.amount for reason in record.all_reasons if may_not_be_collected(reason)]
    if any(figure.amount is None or figure.unit != record.money.your_share.unit for figure in figures):
        return Decimal(0)
    return come_to(figures)


def is_above_open(record: ClaimRecord) -> bool:
    """Return whether what is billed above the price may be asked for: it is not taken off then."""
    return record.is_unassigned or may_be_asked_above(record)


def may_be_asked_above(record: ClaimRecord) -> bool:
    """Return whether a reason gives what is above the price to the member, or no price binds the provider."""
    above = _numbered(record, ABOVE_PRICE)
    return is_above_yours(record) or (standing.may_ask_more(record) and not _is_above_barred(record, above))


def is_above_yours(record: ClaimRecord) -> bool:
    """Return whether a reason gives what is above the price to the member (PR 45)."""
    return any(reason.group == "PR" for reason in _numbered(record, ABOVE_PRICE))


def asked_above(record: ClaimRecord) -> Decimal:
    """Return how much above the price may be asked for, in the currency of the share."""
    above = above_price_of(record)
    figure = above if above.is_known else record.money.discount
    is_asked = may_be_asked_above(record) and figure.unit == record.money.your_share.unit
    return max(figure.amount or Decimal(0), Decimal(0)) if is_asked else Decimal(0)


def _numbered(record: ClaimRecord, number: str) -> list[Reason]:
    """Return the reasons of a number, as of what is above the price: the claim's, else its lines'."""

    def of(reasons: Iterable[Reason]) -> list[Reason]:
        return [
            reason for reason in reasons if reason.kind == "adjustment" and reason.code.lstrip("0") == number
        ]

    return (of(record.reasons) or of(record.all_reasons)) if record.all_reasons else []


def _is_above_barred(record: ClaimRecord, above: Collection[Reason]) -> bool:
    """Return whether reasons put all that is above the price on the provider: by their amounts, or without
    any, at the claim or at each of its lines."""
    billed, allowed = record.money.billed, record.money.allowed
    amounts = [reason.amount for reason in above if reason.group == "CO"]
    if len(amounts) != len(above) or billed.amount is None or allowed.amount is None:
        return False
    if amounts and not any(figure.is_known for figure in amounts):
        of_lines = [line.reasons for line in record.real_lines]
        return any(reason in record.reasons for reason in above) or all(
            any(reason in above for reason in reasons) for reasons in of_lines
        )
    if any(figure.unit != billed.unit for figure in (allowed, *amounts)):
        return False
    barred = come_to(amounts)
    return barred > 0 and barred == billed.amount - allowed.amount


def _is_of_nobody(reason: Reason) -> bool:
    """Return whether a reason refuses and has no place for a group."""
    return reason.kind != "adjustment" and refuses(reason)


def _group(reason: Reason) -> str:
    """Return whose a reason says that an amount is; "" where it does not, or its number says otherwise."""
    if may_not_be_collected(reason):
        return "" if reason.group == "PR" else "CO"
    return reason.group or ""


def _is_of_all(record: ClaimRecord) -> bool:
    """Return whether the reasons stand at all that is not covered: at the claim, at each line, or at those
    lines whose amounts come to it."""
    uncovered, lines, tells = record.money.not_covered, record.real_lines, _telling(record)
    if not _stand_at(uncovered, record.all_reasons, tells):
        return _stand_at(uncovered, record.reasons, tells) and any(map(tells, record.reasons))
    refused = [line for line in lines if any(map(tells, line.reasons))]
    if not uncovered.amount:
        is_refused = standing.state(record) in standing.REFUSED
        return any(map(tells if is_refused else refuses, record.all_reasons))
    if any(map(tells, record.reasons)) or len(refused) == len(lines):
        return True
    of_lines = [[line.money.not_covered for line in refused], [line.money.billed for line in refused]]
    return any(
        all(figure.unit == uncovered.unit and figure.amount is not None for figure in figures)
        and come_to(figures) == uncovered.amount
        for figures in of_lines
    )


def _stand_at(uncovered: Figure, reasons: Iterable[Reason], tells: Callable[[Reason], bool]) -> bool:
    """Return whether reasons can be of what is not covered: not where each has an amount, and those that
    tell whose it is, or those among them that refuse, come to another one."""
    telling = [*filter(tells, reasons)]
    if not (uncovered.amount and telling) or not all(reason.amount.is_known for reason in telling):
        return True
    of_all, refusing = (
        come_to(reason.amount for reason in chosen) for chosen in (telling, filter(refuses, telling))
    )
    return uncovered.amount in (of_all, refusing)


def is_explained(record: ClaimRecord) -> bool:
    """Return whether the reasons that refuse can be of all that is not covered."""
    return _stand_at(record.money.not_covered, record.all_reasons, refuses)


def _telling(record: ClaimRecord) -> Callable[[Reason], bool]:
    """Return what tells whether a reason says whose what is not covered is.

    One of the price speaks of the discount where that is stated or told by the price: only the member's then
    keeps a doubt whether all of that is taken off. Where none refuses, a contract (CO) says it of what was
    not paid.
    """
    is_taken_off = bool(record.money.discount.amount) or record.has_less_uncovered
    is_refused = any(map(refuses, record.all_reasons))
    of_contract = frozenset[Reason]() if is_refused else _of_contract(record)

    def tells(reason: Reason) -> bool:
        if reason.kind != "adjustment":
            return False
        if reason.code.lstrip("0") != ABOVE_PRICE:
            is_telling = may_not_be_collected(reason) or refuses(reason) or reason in of_contract
            return is_telling or not is_known(reason)  # what nobody knows keeps a doubt
        return not is_taken_off or (is_refused and reason.group not in (None, "CO"))

    return tells


def _of_contract(record: ClaimRecord) -> frozenset[Reason]:
    """Return the reasons of a contract for what was not paid: of lines, also where only the claim says so of
    all of them, and of a whole claim."""
    whole, lines = record.money.plan_paid, record.real_lines
    unpaid = [
        line.reasons
        for line in lines
        if (line.money.plan_paid if line.money.plan_paid.is_known else whole).amount == 0
    ]
    if whole.amount == 0:
        unpaid.append(record.reasons)
    of_all = (reason for reasons in unpaid for reason in reasons if reason.group == "CO")
    return frozenset(reason for reason in of_all if not contradicts_itself(reason))


def _by_lines(record: ClaimRecord) -> dict[str, Decimal] | None:
    """Return the parts where each line has one group, or its reasons have amounts."""
    sums: dict[str, Decimal] = {}
    tells = _telling(record)
    if any(map(tells, record.reasons)):
        return None
    for line in record.real_lines:
        of_line = [*filter(tells, line.reasons)]
        groups = {_group(reason) for reason in of_line}
        is_unpriced = not (line.money.plan_paid.amount or line.money.allowed.amount)
        is_charge = not line.money.not_covered.amount and is_unpriced and any(map(refuses, of_line))
        uncovered = line.money.billed if is_charge else line.money.not_covered
        is_of_it = uncovered.is_known and _stand_at(uncovered, of_line, tells)
        if len(groups) == 1 and is_of_it and uncovered.unit == record.money.not_covered.unit:
            key = groups.pop()
            sums[key] = sums.get(key, Decimal(0)) + (uncovered.amount or Decimal(0))
        elif not _add(sums, of_line, record):
            return None
    return sums


def _by_amounts(record: ClaimRecord) -> dict[str, Decimal] | None:
    """Return the parts by the amounts of all reasons that refuse: at the claim alone, or at its lines."""
    of_claim, of_lines = (
        [reason for reason in stated if reason.kind == "adjustment" and refuses(reason)]
        for stated in (record.reasons, record.all_reasons[len(record.reasons) :])
    )
    sums: dict[str, Decimal] = {}
    return sums if not (of_claim and of_lines) and _add(sums, [*of_claim, *of_lines], record) else None


def _add(sums: dict[str, Decimal], reasons: Iterable[Reason], record: ClaimRecord) -> bool:
    """Add the amounts of *reasons*; return whether each has one."""
    for reason in reasons:
        if reason.amount.amount is None or reason.amount.unit != record.money.not_covered.unit:
            return False
        sums[_group(reason)] = sums.get(_group(reason), Decimal(0)) + reason.amount.amount
    return True


def discount_of(record: ClaimRecord) -> Figure:
    """Return the plan's discount, else what of the bill is above the allowed price and not "not covered",
    where the provider may not ask for it.
    """
    is_stated = record.money.discount.is_known or is_above_open(record)
    return record.money.discount if is_stated else _above_price(record)


def plan_paid_of(record: ClaimRecord) -> Figure:
    """Return what the plan paid, else what some lines alone say of it, with their number."""
    paid = record.money.plan_paid
    return paid if paid.is_known else record.paid_by_lines


def above_price_of(record: ClaimRecord) -> Figure:
    """Return what of the bill is above the price that the provider may ask for."""
    is_taken = record.money.discount.is_known or not is_above_open(record)
    return NOT_SHARED if is_taken else _above_price(record)


def _above_price(record: ClaimRecord) -> Figure:
    """Return the bill less the price, less what of that is told apart as not covered."""
    return less_uncovered(record.money.reduction, record.money)

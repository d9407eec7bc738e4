"""What one reason says: that the plan refused, that it had this already, who is to pay, who has the money."""

from collections.abc import Iterable
from decimal import Decimal

from apps.kinds.claim.reading import refusal_words
from apps.kinds.claim.records import Disagreement, Line, Money, Reason

OTHERS_FIRST = "EFGHJKQTUVXY"
"""Medicare's reasons of a claim for not paying which say that another insurer pays first."""
WORKERS = "AW"
"""Those that say so of workers' compensation."""
_OTHERS = frozenset({"19", "20", "21", "22", "109", "120"})
"""Claim adjustment reasons that send the claim to another payer."""
DUPLICATES = ("18", "B13")
"""Claim adjustment reasons that send to another claim, which the plan decided or paid before."""
_NO_REFUSAL = frozenset(
    (
        *("1", "2", "3", "23", "24", "44", "45", "59", "66", "89", "90", "91", "94", "97", "100", "101"),
        *("102", "103", "104", "105", "121", "122", "131", "132", "137", "139", "142", "144", "178", "187"),
        *("192", "194", "209", "219", "223", "225", "229", "232", "234", "235", "237", "253", "275", "276"),
        *("A0", "B4", "P1", "P2", "P3", "P23", "P24", "P25"),
        *DUPLICATES,
    )
)
"""Numbers of adjustments that settle a price or a share: a discount, a deductible, an earlier payment; and of
those that send to the first claim."""
_MEDICARES_SECOND = "line M"
_SENT_TO_YOU = "100"
_ABOVE_PRICE = "45"
_BARRED = "209"
CORRECTS = "CR"
"""The group of what takes back or corrects an earlier decision, and is no new one."""
_NOT_COVERED = frozenset(
    (
        *("26", "27", "32", "33", "35", "49", "50", "51", "54", "55", "78", "96", "111", "119", "149"),
        *("167", "200", "204", "222", "242", "243", "B1"),
    )
)
"""Numbers of adjustments that say that something is not covered, or somebody on that day; the others only say
why the plan refused: too late, no answer, no approval."""


def refuses(reason: Reason) -> bool:
    """Return whether a reason says that the plan refused something; remarks only explain other reasons.

    A plan's own does so by the place where it stands, or by its words; none that tells of a price or a share.
    """
    if reason.kind == "adjustment":
        return reason.group != CORRECTS and (reason.code.lstrip("0") or reason.code) not in _NO_REFUSAL
    if reason.kind == "plan":
        return refusal_words.refuse(reason.words or "", is_denial=reason.is_denial)
    return reason.kind == "cms" and reason.code[-2:].strip() not in ("O", "R", "S")


def says_not_covered(reason: Reason) -> bool:
    """Return whether a reason that refuses says that something is not covered."""
    if not refuses(reason):
        return False
    if reason.kind == "adjustment":
        return reason.code.lstrip("0") in _NOT_COVERED
    return refusal_words.say_not_covered(reason.words or "")


def is_second(reason: Reason) -> bool:
    """Return whether a reason says that the plan had this already."""
    if reason.kind == "cms":
        return reason.code == _MEDICARES_SECOND
    return any(_is_numbered(reason, number) for number in DUPLICATES)


def is_repeat(reasons: Iterable[Reason], lines: Iterable[Line], money: Money) -> bool:
    """Return whether all of a claim came a second time: nothing was paid of it, nothing is the member's."""
    of_lines = [any(map(is_second, line.reasons)) for line in lines if not line.is_total]
    is_all = any(map(is_second, reasons)) or (bool(of_lines) and all(of_lines))
    return is_all and not any((figure.amount or 0) > 0 for figure in (money.plan_paid, money.your_share))


def sends_to_you(reason: Reason) -> bool:
    """Return whether a reason says that the payment went to the member, or to who answers for the bill."""
    return _is_numbered(reason, _SENT_TO_YOU)


def may_not_be_collected(reason: Reason) -> bool:
    """Return whether a reason says that the provider may not collect an amount from the member."""
    return _is_numbered(reason, _BARRED)


def filling(stated: Iterable[Reason], gap: Decimal, unit: str) -> Reason | None:
    """Return the one reason whose amounts come to what figures of a claim are apart, to the cent.

    Not one of what is above the price, which its discount tells, nor one of the member's part.
    """
    sums: dict[tuple[str | None, str], Decimal] = {}
    named: dict[tuple[str | None, str], Reason] = {}
    for reason in stated:
        if reason.kind != "adjustment" or reason.group == "PR" or _is_numbered(reason, _ABOVE_PRICE):
            continue
        if reason.amount.amount is not None and reason.amount.unit == unit:
            key = reason.group, reason.code
            sums[key] = sums.get(key, Decimal(0)) + reason.amount.amount
            named[key] = reason
    filling_it = [named[key] for key, amount in sums.items() if amount == gap != 0]
    return filling_it[0] if len(filling_it) == 1 else None


def unfilled(disagreements: Iterable[Disagreement], stated: Iterable[Reason]) -> tuple[Disagreement, ...]:
    """Return *disagreements* without that of a share with its parts, where a reason is of the difference."""
    reasons = tuple(stated)

    def is_filled(disagreement: Disagreement) -> bool:
        share, parts = disagreement.chosen, disagreement.others[:1]
        if disagreement.about != "stated" or len(disagreement.others) != 1 or parts[0].unit != share.unit:
            return False
        gap = (parts[0].amount or Decimal(0)) - (share.amount or Decimal(0))
        return filling(reasons, gap, share.unit) is not None

    return tuple(disagreement for disagreement in disagreements if not is_filled(disagreement))


def _is_numbered(reason: Reason, number: str) -> bool:
    return reason.kind == "adjustment" and reason.code.lstrip("0") == number and reason.group != CORRECTS


def waits_for_others(reason: Reason) -> bool:
    """Return whether a reason sends the claim to another payer."""
    if reason.kind == "cms":
        return reason.code.startswith("non-payment ") and reason.code[-1] in OTHERS_FIRST + WORKERS
    return reason.kind == "adjustment" and reason.code.lstrip("0") in _OTHERS


def is_refused(line: Line) -> bool:
    """Return whether nothing was paid for a line, for a reason that refuses, and no decision says paid."""
    is_unpaid = line.money.plan_paid.amount == 0 and line.decision != "paid" and not line.is_total
    return is_unpaid and any(map(refuses, line.reasons))

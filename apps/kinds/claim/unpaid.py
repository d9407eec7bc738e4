"""What of a claim's share the plan does not say was paid, and why a share is no question; pure.

A share counts where it is final, uncontradicted and whole.
"""

from decimal import Decimal
from typing import Final, Literal

from apps.kinds.claim import standing
from apps.kinds.claim.reading.contradictions import PARTS
from apps.kinds.claim.reading.decisions import refuses, waits_for_others
from apps.kinds.claim.records import NOT_SHARED, ClaimRecord, Figure, Line, Reason

Apart = Literal["", "counter", "provider", "other_payer", "protected", "open", "disagrees"]
"""Why a share is in no sum of what is not noted as paid: taken at a counter, the provider's by its contract,
waiting for another payer, of a member whom the law protects, not final, contradicted."""
_PROTECTS: Final = frozenset({"N781", "N782", "N783"})
"""Remarks by which Medicare tells a Qualified Medicare Beneficiary, who may not be charged the share."""
_ABOVE_PRICE: Final = "45"
"""The adjustment reason of a charge above the plan's price: it refuses nothing, and says whose that is."""
_TO_BE_PAID: Final = frozenset({"rev_cntr_ptnt_rspnsblty_pmt", "patientpay"})
"""Names of payments by the patient under which plans state what is to be paid, outside of pharmacies:
Medicare's is worked out by its pricer."""


def apart(record: ClaimRecord) -> Apart:
    """Return why the share of a claim is in no sum of what is not noted as paid; "" where it is."""
    if record.disagreements:
        return "disagrees"
    if not _is_final(record):
        return "open"
    if is_protected(record):
        return "protected"
    if any(map(waits_for_others, _reasons(record))):
        return "other_payer"
    if refusals_are_providers(record) and share_to_pay(record) <= 0:
        return "provider"
    return _known(record)


def _known(record: ClaimRecord) -> Apart:
    share = record.money.your_share
    if share.amount is None or (share.source and share.source.partial) or on_top(record).is_known:
        return "open"
    return "counter" if record.kind == "pharmacy" else ""


def is_protected(record: ClaimRecord) -> bool:
    """Return whether Medicare marks the member as one who may not be charged deductible or coinsurance."""
    return any(reason.kind == "remark" and reason.code in _PROTECTS for reason in _reasons(record))


def share_to_pay(record: ClaimRecord) -> Decimal:
    """Return the share without what the plan puts on the provider, 0 where it states none."""
    share, refused = (
        record.money.your_share.amount or Decimal(0),
        record.money.not_covered.amount or Decimal(0),
    )
    is_less = refused > 0 and refusals_are_providers(record) and _holds_uncovered(record)
    return share - refused if is_less else share


def on_top(record: ClaimRecord) -> Figure:
    """Return what is not covered and by the plan the member's, where the share it states does not hold it."""
    uncovered = record.money.not_covered
    is_some = (uncovered.amount or Decimal(0)) > 0 and record.money.your_share.is_known
    is_yours = is_some and whose_is_uncovered(record) == "PR"
    return uncovered if is_yours and not _holds_uncovered(record) else NOT_SHARED


def _holds_uncovered(record: ClaimRecord) -> bool:
    """Return whether the share is so much above its parts that what is not covered is in it.

    Not where that stands beside the price: the price is what was paid and the share, and the bill is both.
    """
    money = record.money
    share, refused = money.your_share, money.not_covered
    parts = sum((getattr(money, name).amount or Decimal(0) for name in PARTS), Decimal(0))
    if share.unit != refused.unit or (share.amount or Decimal(0)) - parts < (refused.amount or Decimal(0)):
        return False
    is_price = _is_sum(money.allowed, [money.plan_paid, money.other_payer, share])
    return not (is_price and _is_sum(money.billed, [money.allowed, refused]))


def _is_sum(whole: Figure, parts: list[Figure]) -> bool:
    known = [part for part in parts if part.is_known]
    is_one = all(part.unit == whole.unit for part in known)
    return is_one and whole.amount == sum((part.amount or Decimal(0) for part in known), Decimal(0))


def refusals_are_providers(record: ClaimRecord) -> bool:
    """Return whether all that was refused is the provider's by its contract with the plan."""
    return whose_is_uncovered(record) == "CO"


def whose_is_uncovered(record: ClaimRecord) -> str:
    """Return the group (X12: CO the provider's by its contract, PR the member's) that the reasons give to all
    that is not covered; "" where they give several, or leave a part of it without any."""
    reasons = _reasons(record)
    groups = {reason.group or "" for reason in reasons if _tells_whose(reason)}
    groups |= {"" for reason in reasons if reason.kind != "adjustment" and refuses(reason)}
    is_price = not any(map(refuses, reasons)) and bool(record.money.discount.amount)
    return groups.pop() if len(groups) == 1 and not is_price and _is_of_all(record) else ""


def _is_of_all(record: ClaimRecord) -> bool:
    """Return whether the reasons stand at all that is not covered: at the claim, at each line, or at those
    lines whose amounts come to it."""
    uncovered, lines = record.money.not_covered, _lines(record)
    refused = [line for line in lines if any(map(_tells_whose, line.reasons))]
    if not uncovered.amount:
        return any(map(refuses, _reasons(record)))
    if any(map(_tells_whose, record.reasons)) or len(refused) == len(lines):
        return True
    of_lines = [[line.money.not_covered for line in refused], [line.money.billed for line in refused]]
    return any(
        all(figure.unit == uncovered.unit and figure.amount is not None for figure in figures)
        and sum((figure.amount or Decimal(0) for figure in figures), Decimal(0)) == uncovered.amount
        for figures in of_lines
    )


def _tells_whose(reason: Reason) -> bool:
    is_price = reason.code.lstrip("0") == _ABOVE_PRICE
    return reason.kind == "adjustment" and (is_price or refuses(reason))


def paid_by_you(record: ClaimRecord) -> Figure:
    """Return what the member paid by the plan's data; `NOT_SHARED` where that may be what is to be paid."""
    paid = record.money.you_paid
    is_sure = (
        not paid.amount or record.kind == "pharmacy" or not (paid.source and paid.source.code in _TO_BE_PAID)
    )
    return paid if is_sure else NOT_SHARED


def left(record: ClaimRecord) -> Decimal | None:
    """Return what of the share the plan does not say was paid; None where it is in no sum (`apart`)."""
    if apart(record):
        return None
    share, paid = record.money.your_share, paid_by_you(record)
    if paid.is_known and paid.unit != share.unit:
        return None
    return max(share_to_pay(record) - max(paid.amount or Decimal(0), Decimal(0)), Decimal(0))


def _is_final(record: ClaimRecord) -> bool:
    state = standing.state(record)
    is_closed = state in ("draft", "incomplete") or record.status == "draft" or record.may_change
    is_done = record.outcome in (None, "complete")
    return standing.counts(record) and is_done and not is_closed and not standing.is_replaced(record)


def _reasons(record: ClaimRecord) -> list[Reason]:
    return [*record.reasons, *(reason for line in _lines(record) for reason in line.reasons)]


def _lines(record: ClaimRecord) -> list[Line]:
    return [line for line in record.lines if not line.is_total]

"""What of a claim's share the plan does not say was paid, and why a share is no question; pure.

A share counts where it is final, uncontradicted and whole.
"""

from decimal import Decimal
from typing import Final, Literal

from apps.kinds.claim import standing
from apps.kinds.claim.reading.contradictions import PARTS
from apps.kinds.claim.reading.decisions import refuses, waits_for_others
from apps.kinds.claim.records import ClaimRecord, Reason

Apart = Literal["", "counter", "provider", "other_payer", "protected", "open", "disagrees"]
"""Why a share is in no sum of what is not noted as paid: taken at a counter, the provider's by its contract,
waiting for another payer, of a member whom the law protects, not final, contradicted."""
_PROTECTS: Final = frozenset({"N781", "N782", "N783"})
"""Remarks by which Medicare tells a Qualified Medicare Beneficiary, who may not be charged the share."""


def apart(record: ClaimRecord) -> Apart:
    """Return why the share of a claim is in no sum of what is not noted as paid; "" where it is."""
    if record.disagreements:
        return "disagrees"
    if not _is_final(record):
        return "open"
    reasons = _reasons(record)
    if any(one.kind == "remark" and one.code in _PROTECTS for one in reasons):
        return "protected"
    if any(map(waits_for_others, reasons)):
        return "other_payer"
    if refusals_are_providers(record) and share_to_pay(record) <= 0:
        return "provider"
    return _known(record)


def _known(record: ClaimRecord) -> Apart:
    share = record.money.your_share
    if share.amount is None or (share.source and share.source.partial):
        return "open"
    return "counter" if record.kind == "pharmacy" else ""


def share_to_pay(record: ClaimRecord) -> Decimal:
    """Return the share without what the plan puts on the provider, 0 where it states none."""
    share, refused = record.money.your_share.amount or Decimal(0), record.money.not_covered.amount
    if not refused or not refusals_are_providers(record):
        return share
    parts = sum((getattr(record.money, name).amount or Decimal(0) for name in PARTS), Decimal(0))
    return share - refused if share - parts >= refused else share


def refusals_are_providers(record: ClaimRecord) -> bool:
    """Return whether every refusal is the provider's by its contract with the plan (X12 group CO)."""
    refusals = [one for one in _reasons(record) if one.kind == "adjustment" and refuses(one)]
    return bool(refusals) and {one.group for one in refusals} == {"CO"}


def left(record: ClaimRecord) -> Decimal | None:
    """Return what of the share the plan does not say was paid; None where it is in no sum (`apart`)."""
    if apart(record):
        return None
    share, paid = record.money.your_share, record.money.you_paid
    if paid.is_known and paid.unit != share.unit:
        return None
    return max(share_to_pay(record) - max(paid.amount or Decimal(0), Decimal(0)), Decimal(0))


def _is_final(record: ClaimRecord) -> bool:
    state = standing.state(record)
    is_closed = state in ("draft", "incomplete") or record.status == "draft" or record.may_change
    is_done = record.outcome in (None, "complete")
    return standing.counts(record) and is_done and not is_closed and not standing.is_replaced(record)


def _reasons(record: ClaimRecord) -> list[Reason]:
    lines = (line for line in record.lines if not line.is_total)
    return [*record.reasons, *(reason for line in lines for reason in line.reasons)]

"""What of a claim's share the plan does not say was paid, and why a share is no question; pure.

A share counts where it is final, uncontradicted and whole.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

from msgspec import structs

from apps.kinds.claim import standing, whose
from apps.kinds.claim.reading.concepts import TO_BE_PAID
from apps.kinds.claim.reading.contradictions import PARTS, Rule
from apps.kinds.claim.reading.figures import add, come_to, is_of_some_lines
from apps.kinds.claim.reading.reasons import is_refused, protects, refuses, waits_for_others
from apps.kinds.claim.records import NOT_SHARED, ClaimRecord, Figure, Money, Reason

Apart = Literal[
    "", "counter", "provider", "other_payer", "protected", "open", "disagrees", "above", "mistake"
]
"""Why a share is in no sum of what is not noted as paid: taken at a counter, the provider's by its contract,
waiting for another payer, of a member whom the law protects, not final, contradicted, to be asked about as
payments and share are more than the care may cost (which `left_to_pay.to_ask` tells), entered by mistake
(which `shares` tells, as it depends on other forms)."""


def apart(record: ClaimRecord) -> Apart:
    """Return why the share of a claim is in no sum of what is not noted as paid; "" where it is."""
    if record.disagreements:
        return "disagrees"
    if not is_final(record):
        return "open"
    return (_told_by_reasons(record) if record.all_reasons else "") or _known(record)


def _told_by_reasons(record: ClaimRecord) -> Apart:
    if is_protected(record):
        return "protected"
    if any(map(waits_for_others, record.all_reasons)):
        return "other_payer"
    return "provider" if refusals_are_providers(record) and share_to_pay(record) <= 0 else ""


def _known(record: ClaimRecord) -> Apart:
    share = record.money.your_share
    if share.amount is None or is_of_some_lines(share) or on_top(record).is_known:
        return "open"
    if record.is_repeat and is_of_second(record):
        return "open"
    return "counter" if record.kind == "pharmacy" else ""


def is_of_second(record: ClaimRecord) -> bool:
    """Return whether a share is stated of a claim that the plan had already, which is in doubt."""
    return record.is_repeat and share_to_pay(record) > 0


def is_protected(record: ClaimRecord) -> bool:
    """Return whether Medicare marks the member as one who may not be charged deductible or coinsurance."""
    return any(map(protects, record.all_reasons))


def share_to_pay(record: ClaimRecord) -> Decimal:
    """Return the share without what the plan or the law puts on the provider, or others paid of it; 0 for no
    share."""
    share = record.money.your_share.amount or Decimal(0)
    if share > 0 and is_protected(record):
        return share - _protected(record.money)
    if share > 0 and record.all_reasons and whose.barred(record) == share:
        return Decimal(0)
    return share - (_refused_in_share(record) or paid_of_share(record))


def _protected(money: Money) -> Decimal:
    """Return how much of a share may not be charged to a member whom the law protects: its parts, else all
    that is covered."""
    share, parts = money.your_share.amount or Decimal(0), come_to(getattr(money, name) for name in PARTS)
    return min(share, parts) if parts > 0 else max(share - come_to([money.not_covered]), Decimal(0))


def _refused_in_share(record: ClaimRecord) -> Decimal:
    """Return how much of the share the plan refused and puts on the provider (CO).

    Its lines tell where their shares are the claim's; else all of it that is not covered, or was refused.
    """
    money, rule = record.money, Rule.of(len(record.real_lines))
    if not record.all_reasons or not (money.your_share.amount or 0) > 0:
        return Decimal(0)
    lines = whose.lines_of(record, "CO")
    if lines is not None and _is_told_by_lines(record, rule):
        refused_lines = [line for line in lines if line.money.not_covered.amount or is_refused(line)]
        return sum((_refused_at(line.money, line.reasons, rule) for line in refused_lines), Decimal(0))
    if (refused := whose.uncovered_of(record).get("CO", Decimal(0))) > 0:
        is_held = _holds(money, money.not_covered.amount or refused, refused, rule)
        return refused if is_held else Decimal(0)
    is_whole = not money.not_covered.amount and money.plan_paid.amount == 0 and _refuse_all(record)
    is_providers = is_whole and whose.group(record) == "CO"
    return _refused_at(money, record.all_reasons, rule) if is_providers else Decimal(0)


def _is_told_by_lines(record: ClaimRecord, rule: Rule) -> bool:
    """Return whether the lines' shares are the claim's, and so is what they state as not covered."""
    whole, lines = record.money, [line.money for line in record.real_lines]
    is_refused_told = not whole.not_covered.amount or record.has_less_uncovered
    is_refused_told = is_refused_told or rule.is_sum(
        whole.not_covered, [money.not_covered for money in lines]
    )
    return is_refused_told and rule.is_sum(whole.your_share, [money.your_share for money in lines])


def _refuse_all(record: ClaimRecord) -> bool:
    """Return whether a reason refuses the claim, or each of its lines has one that does."""
    lines = [line.reasons for line in record.real_lines]
    return any(map(refuses, record.reasons)) or all(any(map(refuses, stated)) for stated in lines)


def _refused_at(money: Money, reasons: Iterable[Reason], rule: Rule) -> Decimal:
    """Return how much of a share was refused where all of *reasons* that refuse say so of one place.

    Without an amount of what was, it is all that is not deductible, copay or coinsurance.
    """
    figures = [reason.amount for reason in reasons if refuses(reason)]
    stated = money.not_covered if money.not_covered.amount else add(figures, "")
    refused = stated.amount or Decimal(0)
    if not refused:
        return max(_beyond_parts(money), Decimal(0))
    return refused if refused > 0 and _holds(money, refused, refused, rule) else Decimal(0)


def paid_of_share(record: ClaimRecord) -> Decimal:
    """Return what others paid of the share: it is that and what the member paid, and the price (else the
    bill) is closed by these two and the plan's payment; 0 elsewhere."""
    money, paid = record.money, paid_by_you(record)
    prices = (money.allowed, money.drug_cost, money.billed)
    price = next((figure for figure in prices if figure.is_known), NOT_SHARED)
    by_both, rule = [money.other_payer, paid], Rule.of(1)
    if not all((figure.amount or 0) > 0 for figure in by_both) or record.disagreements:
        return Decimal(0)
    is_closed = rule.is_sum(money.your_share, by_both) and rule.is_sum(price, [money.plan_paid, *by_both])
    return (money.other_payer.amount or Decimal(0)) if is_closed else Decimal(0)


def on_top(record: ClaimRecord) -> Figure:
    """Return what is not covered and by the plan the member's, where the share it states does not hold it."""
    yours = whose.uncovered_of(record).get("PR", Decimal(0))
    money, rule = record.money, Rule.of(len(record.real_lines))
    if yours <= 0 or not money.your_share.is_known:
        return NOT_SHARED
    if _holds(money, yours, money.not_covered.amount or yours, rule):
        return NOT_SHARED
    return structs.replace(money.not_covered, amount=yours)


def _holds(money: Money, least: Decimal, apart: Decimal, rule: Rule) -> bool:
    """Return whether the share is so much above its parts that *least*, which is not covered, is in it.

    Not where price or bill add up with what stands *apart* from the share. The price tells nothing where the
    rest of the share beside its parts is that to the cent, or discount and price leave no room for it.
    """
    share, uncovered, beyond = money.your_share, money.not_covered, _beyond_parts(money)
    if (uncovered.is_known and share.unit != uncovered.unit) or beyond < least:
        return False
    other = Figure(apart, share.currency)
    is_rest = beyond == least and beyond != share.amount
    is_full = rule.exceeds(add([money.discount, money.allowed, other], ""), money.bill)
    price = NOT_SHARED if is_rest or is_full else money.allowed
    return not rule.closes(share, structs.replace(money, not_covered=other, allowed=price))


def _beyond_parts(money: Money) -> Decimal:
    """Return how much of the share is neither deductible, copay nor coinsurance."""
    parts = come_to(getattr(money, name) for name in PARTS)
    return (money.your_share.amount or Decimal(0)) - parts


def refusals_are_providers(record: ClaimRecord) -> bool:
    """Return whether all that was refused is the provider's by its contract with the plan."""
    return bool(record.all_reasons) and whose.group(record) == "CO"


def paid_by_you(record: ClaimRecord) -> Figure:
    """Return what the member paid by the plan's data; `NOT_SHARED` where that may be what is to be paid, or
    other figures contradict it."""
    is_sure = not is_to_be_paid(record) and not standing.is_contradicted(record, "you_paid")
    return record.money.you_paid if is_sure else NOT_SHARED


def is_all_paid(record: ClaimRecord) -> bool:
    """Return whether the member paid all that is theirs of the share: nothing is to be asked "before you
    pay" then."""
    paid = paid_by_you(record)
    is_one = paid.unit == record.money.your_share.unit
    return is_one and (paid.amount or Decimal(0)) >= share_to_pay(record) and (paid.amount or 0) > 0


def is_to_be_paid(record: ClaimRecord) -> bool:
    """Return whether what the plan calls a payment of the patient's may be what is still to be paid."""
    return record.kind != "pharmacy" and record.money.you_paid.origin.code in TO_BE_PAID


def may_ask_above_price(record: ClaimRecord) -> bool:
    """Return whether the provider did not accept Medicare's price and may ask for more.

    Not where that price is zero, or what was billed is known to be no more.
    """
    billed, allowed = record.money.billed, record.money.allowed
    is_known = billed.amount is not None and allowed.amount is not None and billed.unit == allowed.unit
    if not record.is_unassigned or not is_known or standing.is_contradicted(record, "billed", "allowed"):
        return record.is_unassigned
    return (billed.amount or Decimal(0)) > (allowed.amount or Decimal(0)) > 0


def left(record: ClaimRecord) -> Decimal | None:
    """Return what of the share the plan does not say was paid; None where it is in no sum (`apart`)."""
    if apart(record):
        return None
    share, paid = record.money.your_share, paid_by_you(record)
    if paid.is_known and paid.unit != share.unit:
        return None
    return max(share_to_pay(record) - max(paid.amount or Decimal(0), Decimal(0)), Decimal(0))


def is_final(record: ClaimRecord) -> bool:
    """Return whether the plan is done with a claim: no draft, nothing to decide, nothing to replace it."""
    if record.outcome not in (None, "complete") or record.status == "draft" or record.may_change:
        return False
    return standing.counts(record) and not (record.related and standing.is_replaced(record))

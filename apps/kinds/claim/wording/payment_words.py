"""The payment of a claim in words: how the plan changed it, and whether it is all of the claim's: pure."""

from decimal import Decimal
from typing import Final

from apps.kinds.claim.reading.figures import is_after_change
from apps.kinds.claim.records import ClaimRecord, Figure, Payment
from apps.kinds.claim.wording.to_pay import sent_to_you
from apps.plain_language.language import _, said
from apps.plain_language.money import money, priced
from apps.plain_language.theirs import filled, joined, translated

_APART = {
    "several": said("Your plan sent {amount} for several claims in one payment."),
    "may_be_change": said(
        "It sent {amount}, which may be only what this correction changed. Ask it what it paid in all."
    ),
    "may_be_several": said(
        "It sent {amount}, which may be for other claims too. Ask it what it paid for this one."
    ),
    "may_be_part": said("By its payment it sent {amount}, which it calls a part. Ask whether the rest came."),
}
_LABELS: Final[dict[str, str]] = {
    "": said("Amount"),
    "several": said("Amount, for several claims"),
    "may_be_several": said("Amount, perhaps for several claims"),
    "change": said("Amount, for what changed"),
    "may_be_change": said("Amount, perhaps for a change"),
    "may_be_part": said("Amount, a part"),
}
"""What the amount of a payment is called."""


def changed(record: ClaimRecord) -> str:
    """Return by how much the plan changed the payment, why, and what it came to; "" where it did not."""
    paid = record.payment or Payment()
    if _why_apart(paid):
        return _apart(paid)
    if not paid.change.amount:
        return ""
    is_added = is_after_change(record.money.plan_paid, paid.amount, paid.change)
    text = (
        _("Your plan lowered its payment by {change}")
        if paid.change.amount < 0
        else _("Your plan added {change} to its payment")
        if is_added
        else _("Your plan states a change of {change} in its payment")
    )
    sentence = text.format(change=money(abs(paid.change.amount), paid.change.unit))
    if paid.changed_for:
        sentence = filled("{told} ({why})", told=sentence, why=translated(paid.changed_for))
    if paid.amount.is_known:
        parts = [filled(_("{told}: it sent {amount}."), told=sentence, amount=priced(paid.amount))]
    else:
        parts = [joined("", [sentence, "."])]
    if paid.is_change_of_another:
        parts.append(_("It is for another claim, and takes back nothing that was paid for this one."))
    elif paid.change.amount < 0 and not (record.is_paid_back or paid.changed_for):
        parts.append(_("It did not say why, nor that this is yours to pay."))
    if paid.change.amount > 0 and (sent := sent_to_you(record)).amount:
        parts.append(_("Of that, {amount} is for this care.").format(amount=priced(sent)))
    if not _fits(record.money.plan_paid, paid):
        parts.append(_("These amounts do not fit: ask your plan what it sent."))
    return joined(" ", parts)


def _apart(paid: Payment) -> str:
    """Return what a payment is that is not all of what was paid for the claim."""
    if (why := _why_apart(paid)) in _APART:
        return _(_APART[why]).format(amount=priced(paid.amount))
    text = (
        _("It had paid {before} before this correction, and added {amount}.")
        if (paid.amount.amount or 0) > 0
        else _("It had paid {before} before this correction, and took {amount} back.")
    )
    size = money(abs(paid.amount.amount or Decimal(0)), paid.amount.unit)
    return text.format(before=priced(paid.before), amount=size)


def _why_apart(paid: Payment) -> str:
    """Return why a payment is not all that was paid for the claim; "" where it is."""
    cause = "several" if paid.is_of_several else "change" if paid.before.is_known else ""
    return cause or (f"may_be_{paid.may_be}" if paid.may_be else "")


def payment_label(paid: Payment) -> str:
    """Return what the amount of a payment is called: it may be for several claims, or for a change alone."""
    return _(_LABELS[_why_apart(paid)])


def _fits(benefit: Figure, paid: Payment) -> bool:
    """Return whether the benefit with its change is what was sent (FHIR R4), or nothing else tells of it."""
    is_alone = benefit.origin.path.startswith("payment") or not (benefit.is_known and paid.amount.is_known)
    return is_alone or is_after_change(benefit, paid.amount, paid.change)

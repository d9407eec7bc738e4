"""What a bill may ask for: the share and what the plan sent to the member, less what was paid; and the plan's
payment in words: how it was changed, and whether it is all of the claim's; pure."""

from decimal import Decimal
from typing import Final, Literal, NamedTuple

import msgspec

from apps.kinds.claim import standing, unpaid, whose
from apps.kinds.claim.excess import Excess, excess, excess_paid, is_surely_over, share_above
from apps.kinds.claim.reading.concepts import HEALTH_ACCOUNT
from apps.kinds.claim.reading.figures import come_to, is_after_change, is_of_some_lines, same
from apps.kinds.claim.records import NOT_SHARED, ClaimRecord, Figure, Payment
from apps.kinds.claim.wording import titles
from apps.plain_language.capitals import calm_name
from apps.plain_language.language import _, said
from apps.plain_language.money import in_cents, money, priced
from apps.plain_language.theirs import filled, joined, translated

WHO_WAS_PAID = ("plan_paid", "paid_to_you", "paid_to_provider")
"""What tells how much the plan sent to the member: none of it holds where figures on one disagree."""

_APART = {
    "several": said("Your plan sent {amount} for several claims in one payment."),
    "may_be_change": said(
        "It sent {amount}, which may be only what this correction changed. Ask it what it paid in all."
    ),
    "may_be_several": said("It sent {amount}, which may be for other claims too."),
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


class Back(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the member asks back: `paid` by them it was more than each of `than`, of one currency."""

    amount: Decimal
    paid: Decimal
    than: tuple[Decimal, ...]
    of: Literal["share", "yours", "sent", "price", "bill"]
    """Of what more was paid: of the share, of what of it was theirs to pay, of that and what the plan sent to
    them, or, with what others paid, of the price that the plan allows or of the bill."""


class Amounts(NamedTuple):
    """Known amounts of one currency: the share, what the member paid, what the plan sent to the member."""

    share: Decimal
    """Without what the plan puts on the provider."""
    refused: Decimal
    """What it puts on the provider, though its share holds it."""
    on_top: Decimal
    """What is not covered and may come on top of the share."""
    paid: Decimal
    sent: Decimal
    unit: str
    is_above_price: bool
    """The share, alone or with what was paid, is more than the care may cost: the figures do not fit."""
    is_share_above: bool
    """It alone is."""
    is_of_account: bool
    """What was paid came from a health account (HSA, HRA), which may be an employer's money."""
    is_part: bool
    """What was sent is a part of what the plan pays, by its own word: the rest may come."""
    withheld: Decimal
    """What the plan kept of a payment to the member: the provider did not get it."""
    to_name: str
    """To whom it was sent, where the plan names another person than the patient."""
    is_more_asked: bool
    """The provider may ask for what of the bill is above the price: outside the network, by a reason, or as
    it did not accept Medicare's price."""
    by_others: Decimal
    """What others paid of the share."""
    above: Decimal
    """What of the bill is above the price and may come on top of the share."""

    def words(self, amount: Decimal) -> str:
        return money(amount, self.unit)

    @property
    def due(self) -> Decimal:
        """What the provider may ask for: the share, and what the plan sent to the member instead."""
        return self.share + self.sent - self.paid

    @property
    def may_be_more(self) -> bool:
        """Whether figures that do not fit, or a rest, or a price that binds nobody leave more to ask for."""
        return self.is_above_price or self.is_part or self.is_more_asked or self.withheld > 0

    @property
    def is_top_paid(self) -> bool:
        """Whether what may come on top of the share was paid with it."""
        return -self.due - self.withheld >= self.on_top + self.above > 0

    @property
    def is_too_much(self) -> bool:
        """Whether some is to pay, and the figures do not fit the price."""
        return self.due > 0 and self.is_above_price


def amounts_of(record: ClaimRecord) -> Amounts | None:
    """Return the amounts by which a bill is measured; None where the plan's figures do not tell."""
    share, paid, sent = record.money.your_share, unpaid.paid_by_you(record), sent_to_you(record)
    # Of whom the law protects the parts that contradict a share of nothing are not to be paid either.
    is_sure = not standing.is_contradicted(record, "your_share") or (
        share.amount == 0 and unpaid.is_protected(record)
    )
    is_sure = is_sure and not is_of_some_lines(share)
    if share.amount is None or share.amount < 0 or not is_sure or are_in_several(record):
        return None
    to_pay, over = unpaid.share_to_pay(record), excess(record)
    is_share_above = share_above(record) is not None
    paid_amount, sent_amount = max(paid.amount or Decimal(0), Decimal(0)), sent.amount or Decimal(0)
    return Amounts(
        to_pay,
        share.amount - to_pay - (by_others := unpaid.paid_of_share(record)),
        unpaid.on_top(record).amount or Decimal(0),
        paid_amount,
        sent_amount,
        share.unit,
        is_share_above or (over is not None and (bool(sent.amount) or not over.may_be_right)),
        is_share_above,
        paid.origin.code == HEALTH_ACCOUNT,
        bool(sent.amount) and _is_part(record),
        come_to([withheld(record)]) if sent.amount else Decimal(0),
        sent_to(record),
        whose.is_above_open(record) and not _is_all_asked(record, max(to_pay, paid_amount - sent_amount)),
        by_others,
        whose.asked_above(record),
    )


def are_in_several(record: ClaimRecord) -> bool:
    """Return whether the share, and what was paid or sent of it, are in different currencies."""
    stated = (record.money.your_share, unpaid.paid_by_you(record), sent_to_you(record))
    return len({figure.unit for figure in stated if figure.is_known}) > 1


def _is_all_asked(record: ClaimRecord, yours: Decimal) -> bool:
    """Whether *yours*, what may come on top, what others paid and what is the provider's are all of the bill:
    more there is not."""
    billed, paid = record.money.billed, record.money.plan_paid
    is_sure = not standing.is_contradicted(record, "billed", "plan_paid")
    if billed.amount is None or paid.amount is None or billed.unit != paid.unit or not is_sure:
        return False
    others = record.money.other_payer
    is_counted = others.unit == billed.unit and not standing.is_contradicted(record, "other_payer")
    by_others = come_to([others]) if is_counted else Decimal(0)
    apart = (unpaid.on_top(record).amount or Decimal(0)) + whose.uncovered_of(record).get("CO", Decimal(0))
    return in_cents(yours + apart + paid.amount + by_others) >= in_cents(billed.amount)


def barred(record: ClaimRecord) -> Figure:
    """Return what the plan puts on the provider: of what is not covered, else of the share that holds it."""
    if (uncovered := whose.uncovered_of(record).get("CO", Decimal(0))) > 0:
        return Figure(uncovered, record.money.not_covered.currency)
    amounts = amounts_of(record)
    if amounts is None or amounts.refused <= 0:
        return NOT_SHARED
    return Figure(amounts.refused, record.money.your_share.currency)


def due(record: ClaimRecord) -> Decimal | None:
    """Return what a bill for this claim may ask for by the plan's figures; None where they do not tell, as by
    zeros alone, or the share is of a member whom the law protects."""
    amounts = None if standing.sends_only_zeros(record) else amounts_of(record)
    if amounts is None or amounts.is_too_much or (amounts.refused > 0 and unpaid.is_protected(record)):
        return None
    return max(amounts.due, Decimal(0))


def back(record: ClaimRecord) -> Back | None:
    """Return what was paid above the share, else above the price; None where nothing is asked back."""
    amounts = amounts_of(record)
    over = paid_above_price(record, amounts)
    if amounts and amounts.due < 0:
        # What may come on top is not asked back.
        more = -amounts.due - amounts.on_top - amounts.above - amounts.withheld
        is_all = amounts.share == record.money.your_share.amount
        of: Literal["share", "yours", "sent"] = "sent" if amounts.sent else "share" if is_all else "yours"
        # Of what the plan sends in parts the rest may be for what was paid.
        is_back = more > 0 and not amounts.is_part
        return Back(more, amounts.paid, (amounts.share + amounts.sent,), of) if is_back else None
    paid = record.money.you_paid.amount
    if over is None or paid is None:
        return None
    prices = tuple(price.amount for price in over.prices if price.amount is not None)
    return Back(min(over.over, paid), paid, prices, "bill" if over.is_of_bill else "price")


def paid_above_price(record: ClaimRecord, amounts: Amounts | None) -> Excess | None:
    """Return by how much payments exceed the price, without what the plan sent to the member; None where more
    than the share is told, by *amounts*, or the price has room for what they paid: what others gave may
    overlap."""
    paid, sent = record.money.you_paid, sent_to_you(record)
    is_told = amounts is not None and (bool(sent.amount) or amounts.due < 0)
    if is_told or paid.amount is None:
        return None
    own = sent.amount or Decimal(0)
    if own and (_is_less_sent(record) or sent.unit != paid.unit):
        return None
    over = excess_paid(record, own)
    return over if over is not None and is_surely_over(record, over, paid.amount - own) else None


def sent_to_you(record: ClaimRecord) -> Figure:
    """Return what the plan paid to the member and not to the provider; `NOT_SHARED` where it did not."""
    to_you, payment = record.money.paid_to_you, record.payment or Payment()
    is_less, by_plan = _is_less_sent(record), record.money.plan_paid
    paid = payment.amount if is_less else by_plan if by_plan.is_known else record.paid_by_lines
    if standing.is_contradicted(record, *WHO_WAS_PAID) or not (paid.amount or 0) > 0:
        return NOT_SHARED
    is_fit = not payment.change.amount or is_after_change(by_plan, payment.amount, payment.change)
    if titles.is_told_otherwise(record) or not is_fit:
        return NOT_SHARED  # the answer says which other one was paid, or that amounts do not fit
    is_rest_yours = is_of_some_lines(to_you) and payment.to == "you"
    if (to_you.amount or 0) > 0 and not (is_less or is_rest_yours):  # of a part no total says whose it is
        return to_you
    return paid if payment.to == "you" else NOT_SHARED


def paid_to_provider(record: ClaimRecord) -> Figure:
    """Return what of the plan's payment did not go to the member."""
    paid, sent = record.money.plan_paid, sent_to_you(record)
    if not (paid.amount and sent.amount):
        return paid
    is_told = paid.unit == sent.unit and not _is_less_sent(record)
    return Figure(paid.amount - sent.amount, paid.currency) if is_told else NOT_SHARED


def _is_less_sent(record: ClaimRecord) -> bool:
    """Return whether less than what the plan pays was sent: a part of it, or what it left to the member."""
    return _is_part(record) or withheld(record).is_known


def _is_part(record: ClaimRecord) -> bool:
    """Return whether a payment is a part of what the plan pays, by its own word."""
    return (record.payment or Payment()).may_be == "part"


def withheld(record: ClaimRecord) -> Figure:
    """Return what the plan kept of its payment before it came to the member; `NOT_SHARED` elsewhere."""
    payment = record.payment or Payment()
    is_fit = is_after_change(record.money.plan_paid, payment.amount, payment.change)
    lowered = -come_to([payment.change])
    is_kept = payment.to == "you" and is_fit and lowered > 0
    return Figure(lowered, payment.change.currency) if is_kept else NOT_SHARED


def kept_of_stated(record: ClaimRecord) -> Figure:
    """Return what the plan kept of what it states as paid to the member; `NOT_SHARED` where that may be what
    came."""
    is_all = same(record.money.paid_to_you, record.money.plan_paid)
    is_told = is_all and not standing.is_contradicted(record, "paid_to_you")
    return withheld(record) if is_told else NOT_SHARED


def rest(record: ClaimRecord) -> Figure:
    """Return what the plan has still to send where it sent a part; `NOT_SHARED` elsewhere."""
    sent, paid = (record.payment or Payment()).amount, record.money.plan_paid
    if not (sent.amount and paid.amount and _is_part(record)) or sent.unit != paid.unit:
        return NOT_SHARED
    return Figure(paid.amount - sent.amount, paid.currency)


def to_pass_on(record: ClaimRecord) -> Figure:
    """Return what the plan sent to the member for the provider; `NOT_SHARED` where that was paid already."""
    sent = sent_to_you(record)
    amounts = amounts_of(record) if sent.amount else None
    return NOT_SHARED if amounts is not None and amounts.due <= 0 else sent


def sent_to(record: ClaimRecord) -> str:
    """Return to whom the plan sent it, where it names a person who is not the patient; "" elsewhere."""
    return calm_name(record.payment.to_name) if record.payment else ""


def label_of_sent(record: ClaimRecord) -> str:
    """Return what an amount sent to the member is called where another person got it; "" elsewhere."""
    name = sent_to(record)
    return _("Paid to {name}").format(name=name) if name else ""


def payment_changed(record: ClaimRecord) -> str:
    """Return by how much the plan changed the payment, why, and what it came to; "" where it did not."""
    paid = record.payment or Payment()
    if _why_apart(paid):
        return _apart(paid, record.money.plan_paid)
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


def _apart(paid: Payment, benefit: Figure) -> str:
    """Return what a payment is that is not all of what was paid for the claim, its *benefit*."""
    if (why := _why_apart(paid)) in _APART:
        text = _(_APART[why]).format(amount=priced(paid.amount))
        is_asked = why == "may_be_several" and not benefit.is_known
        return joined(" ", [text, _("Ask it what it paid for this one.")]) if is_asked else text
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

"""What of the share is still to pay: what was paid at the time, and what the plan sent to the member."""

from decimal import Decimal
from typing import NamedTuple

from apps.kinds.claim import standing
from apps.kinds.claim.reading.concepts import HEALTH_ACCOUNT
from apps.kinds.claim.records import NOT_SHARED, ClaimRecord, Figure
from apps.plain_language.language import _
from apps.plain_language.money import in_cents, money, priced


class _Amounts(NamedTuple):
    """Known amounts of one currency: the share, what the member paid, what the plan sent to the member.

    `price` is what the care may cost at most; None where that is not known.
    """

    share: Decimal
    paid: Decimal
    sent: Decimal
    unit: str
    price: Decimal | None
    is_of_account: bool
    """What was paid came from a health account (HSA, HRA), which may be an employer's money."""

    def words(self, amount: Decimal) -> str:
        return money(amount, self.unit)

    @property
    def due(self) -> Decimal:
        """What the provider may ask for: the share, and what the plan sent to the member instead."""
        return self.share + self.sent - self.paid

    @property
    def is_above_price(self) -> bool:
        """Whether share and what was sent come to more than the care may cost: the figures do not fit."""
        return self.price is not None and in_cents(self.share + self.sent) > in_cents(self.price)


def sentences(record: ClaimRecord) -> list[str]:
    """Return what the member does with money from the plan, and what is left of the share; [] for nothing."""
    sent, amounts = sent_to_you(record), _amounts(record)
    if amounts is None:
        return (
            [_("Your plan sent {sent} to you. Pass it on.").format(sent=priced(sent))] if sent.amount else []
        )
    if sent.amount and amounts.paid < amounts.share + amounts.sent:
        return [*_pass_it_on(amounts)]
    return [_kept(amounts)] if sent.amount else _paid(amounts)


def asked(record: ClaimRecord) -> str:
    """Return what a bill for this claim may ask for, "" where it is the share and nothing else is known."""
    amounts = _amounts(record)
    if amounts is None or not (amounts.paid or amounts.sent):
        return ""
    if amounts.due <= 0:
        return _("Nothing. You paid your share already.")
    if _is_too_much(amounts):
        return " ".join(_pass_it_on(amounts))
    if not amounts.sent:
        told = (
            _("{left}. {paid} of your share was paid from your health account.")
            if amounts.is_of_account
            else _("{left}. You paid {paid} of your share already.")
        )
        return told.format(left=amounts.words(amounts.due), paid=amounts.words(amounts.paid))
    return _("{due}: your share, and the {sent} that your plan sent to you.").format(
        due=amounts.words(amounts.due), sent=amounts.words(amounts.sent)
    )


def due(record: ClaimRecord) -> Decimal | None:
    """Return what a bill for this claim may ask for by the plan's figures; None where they do not tell."""
    amounts = _amounts(record)
    if amounts is None or _is_too_much(amounts):
        return None
    return max(amounts.due, Decimal(0))


def is_too_much(record: ClaimRecord) -> bool:
    """Whether share and what the plan sent to the member come to more than the care may cost."""
    amounts = _amounts(record)
    return amounts is not None and _is_too_much(amounts)


def sent_to_you(record: ClaimRecord) -> Figure:
    """Return what the plan paid to the member and not to the provider; `NOT_SHARED` where it did not."""
    paid, to_you = record.money.plan_paid, record.money.paid_to_you
    if standing.is_contradicted(record, "plan_paid") or not (paid.amount or 0) > 0:
        return NOT_SHARED
    if (to_you.amount or 0) > 0:
        return to_you
    return paid if record.payment and record.payment.to == "you" else NOT_SHARED


def _amounts(record: ClaimRecord) -> _Amounts | None:
    share, paid, sent = record.money.your_share, record.money.you_paid, sent_to_you(record)
    is_sure = not standing.is_contradicted(record, "your_share") and not (
        share.source and share.source.partial
    )
    known = [figure for figure in (share, paid, sent) if figure.is_known]
    if (
        share.amount is None
        or share.amount < 0
        or not is_sure
        or any(one.unit != share.unit for one in known)
    ):
        return None
    price = _price(record)
    return _Amounts(
        share.amount,
        max(paid.amount or Decimal(0), Decimal(0)),
        sent.amount or Decimal(0),
        share.unit,
        price.amount if price.unit == share.unit else None,
        paid.source is not None and paid.source.code == HEALTH_ACCOUNT,
    )


def _is_too_much(amounts: _Amounts) -> bool:
    return bool(amounts.sent) and amounts.due > 0 and amounts.is_above_price


def _price(record: ClaimRecord) -> Figure:
    """Return what the care may cost: what the plan allows, else what was billed.

    Outside the network nobody is held to what the plan allows, and what is not covered comes on top of it.
    """
    money_of = record.money
    is_held_to = record.network != "out" and not money_of.not_covered.amount
    return money_of.allowed if is_held_to and money_of.allowed.amount else money_of.billed


def _pass_it_on(amounts: _Amounts) -> list[str]:
    whole = {"sent": amounts.words(amounts.sent), "share": amounts.words(amounts.share)}
    told = [
        _("Your plan sent {sent} to you. Pass it on; {share} is yours.").format(**whole)
        if amounts.share
        else _("Your plan sent {sent} to you. Pass it on; nothing more is yours.").format(**whole)
    ]
    if amounts.paid:
        told.append(_("You paid {paid} already.").format(paid=amounts.words(amounts.paid)))
    if amounts.is_above_price:
        return [*told, _above_price(amounts)]
    return [*told, _("The provider may ask for {due} in all.").format(due=amounts.words(amounts.due))]


def _above_price(amounts: _Amounts) -> str:
    return _("Together that is more than the {price} that the care may cost: ask your plan.").format(
        price=amounts.words(amounts.price or Decimal(0))
    )


def _kept(amounts: _Amounts) -> str:
    return _("Your plan sent {sent} to you. You had paid {paid} already, so it is yours to keep.").format(
        sent=amounts.words(amounts.sent), paid=amounts.words(amounts.paid)
    )


def _paid(amounts: _Amounts) -> list[str]:
    if not amounts.paid:
        return []
    if amounts.due > 0:
        told = (
            _("{paid} of it was paid from your health account. {left} is left.")
            if amounts.is_of_account
            else _("You paid {paid} of it already. {left} is left.")
        )
        return [told.format(paid=amounts.words(amounts.paid), left=amounts.words(amounts.due))]
    if amounts.due < 0:
        return [
            _(
                "You paid {paid} already, which is {more} more than your share. Ask the provider about it."
            ).format(paid=amounts.words(amounts.paid), more=amounts.words(-amounts.due))
        ]
    return [_("Already paid. Nothing left.")]

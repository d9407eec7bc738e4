"""That what was paid and the member's share come to more than the care may cost, and whom to ask about it."""

from decimal import Decimal

from apps.kinds.claim import unpaid
from apps.kinds.claim.excess import Excess, ShareAbove
from apps.kinds.claim.records import ClaimRecord, Figure, Kind
from apps.kinds.claim.wording.contradictions import of, one_of
from apps.kinds.claim.wording.to_pay import Back
from apps.kinds.claim.wording.to_pay import back as paid_back
from apps.kinds.claim.wording.vocabulary import called
from apps.plain_language.language import _, plural, said
from apps.plain_language.money import money, priced
from apps.plain_language.theirs import listed

_PRICES = {
    "billed": said("was billed"),
    "drug_cost": said("the drug cost"),
    "allowed": said("the price your plan allows"),
}
"""What a share is more than."""


def above_the_price(record: ClaimRecord, over: ShareAbove) -> str:
    """Return that the share, or one that is stated beside it, is more than every figure for the bill or a
    drug's cost, else for the price that the plan allows."""
    return above_and_paid(record, over) or _above(over, is_sure=not of(record, "your_share"))


def _above(over: ShareAbove, *, is_sure: bool) -> str:
    """Return it of the shares above; of several figures, or where none *is_sure*, it says which."""
    price = _(_PRICES[over.concept])
    if is_sure:
        return _("That is more than {price}: ask your plan why before you pay.").format(price=price)
    amounts = list(dict.fromkeys(map(priced, over.shares)))
    text = plural(
        "{amounts} is more than {price}: ask your plan why before you pay.",
        "{amounts} are more than {price}: ask your plan why before you pay.",
        len(amounts),
    )
    return text.format(amounts=listed(amounts), price=price)


def above_and_paid(record: ClaimRecord, over: ShareAbove | None) -> str:
    """Return it of a share that was paid already, and what to ask back; "" where it was not."""
    if over is None or of(record, "your_share"):
        return ""
    share, paid = record.money.your_share, unpaid.paid_by_you(record)
    if share.amount is None or len(over.prices) != 1 or paid.unit != share.unit:
        return ""
    if (paid.amount or Decimal(0)) < share.amount:
        return ""
    more = money(share.amount - (over.prices[0].amount or Decimal(0)), share.unit)
    text = (
        _("That is more than {price}, and you paid it already.")
        if paid_back(record)  # of which the page asks apart
        else _(
            "That is more than {price}. You paid it already: ask your plan whether {more} comes back to you."
        )
    )
    return text.format(price=_(_PRICES[over.concept]), more=more)


def before_paying(over: Excess, due: str, *, is_sent: bool) -> str:
    """Return why to ask before *due* is paid; *is_sent*: what the plan sent to the member is in it."""
    if over.alone == "others" and not is_sent:
        text = (
            _("Another payer paid the whole bill. Ask your plan before you pay {due}.")
            if over.is_of_bill
            else _("Another payer paid the whole price. Ask your plan before you pay {due}.")
        )
        return text.format(due=due)
    if over.may_be_right and not is_sent:
        return _(
            "What was paid and your share come to more than was billed. That can be right where a plan pays "
            "a fixed price, as at some clinics: ask your plan before you pay."
        )
    text = _(
        "What was paid and your share come to more than the price, {price}: ask your plan before you pay."
    )
    return text.format(price=one_of(over.prices))


def when_paid(record: ClaimRecord, over: Excess) -> str:
    """Return what was paid where *over* is to be asked back."""
    back = paid_back(record)
    if over.alone == "plan" or back is None:
        sentence = (
            _("Your plan paid the whole bill, and you are listed as having paid {paid} too.")
            if over.is_of_bill
            else _("Your plan paid the whole price, and you are listed as having paid {paid} too.")
        ).format(paid=priced(record.money.you_paid))
    else:
        sentence = back_words(back, record.money.you_paid.unit)
    if over.may_be_right and not record.money.allowed.amount:
        sentence = f"{sentence} {_('That can be right where a plan pays a fixed price, as at some clinics.')}"
    return sentence


def back_words(back: Back, unit: str) -> str:
    """Return of what more was paid, with both figures."""
    paid, than = money(back.paid, unit), one_of(Figure(amount, unit) for amount in back.than)
    texts = {
        "share": said("You are listed as having paid {paid}, more than your share, {than}."),
        "yours": said("You are listed as having paid {paid}, more than the {than} that was yours to pay."),
        "sent": said(
            "You are listed as having paid {paid}, more than the {than} that was yours to pay and to pass on."
        ),
        "price": said("More was paid in all than the price, {than}; {paid} of it is listed as paid by you."),
        "bill": said("More was paid in all than the {than} billed; {paid} of it is listed as paid by you."),
    }[back.of]
    return _(texts).format(paid=paid, than=than)


def ask_for(kind: Kind, amount: str) -> str:
    """Return whom the member asks for an amount."""
    return called(kind, _("Ask the provider whether {amount} comes back to you.")).format(amount=amount)

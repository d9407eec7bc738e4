"""That what was paid and the member's share come to more than the care may cost, and whom to ask about it."""

from apps.kinds.claim.excess import Excess
from apps.kinds.claim.records import ClaimRecord, Figure, Kind
from apps.kinds.claim.wording.contradictions import one_of
from apps.kinds.claim.wording.to_pay import Back
from apps.kinds.claim.wording.to_pay import back as paid_back
from apps.plain_language.language import _, said
from apps.plain_language.money import money, priced


def before_paying(over: Excess, due: str, *, is_sent: bool) -> str:
    """Return why to ask before *due* is paid; *is_sent*: what the plan sent to the member is in it."""
    if over.alone == "others" and not is_sent:
        text = (
            _("Another payer paid the whole bill. Ask before you pay {due}.")
            if over.is_of_bill
            else _("Another payer paid the whole price. Ask before you pay {due}.")
        )
        return text.format(due=due)
    if over.may_be_right and not is_sent:
        return _(
            "What was paid and your share come to more than was billed. That can be right where a plan pays "
            "a fixed price, as at some clinics: ask before you pay."
        )
    return _("What was paid and your share come to more than the price, {price}: ask before you pay.").format(
        price=one_of(over.prices)
    )


def when_paid(record: ClaimRecord, over: Excess) -> str:
    """Return what was paid where *over* is to be asked back."""
    back = paid_back(record)
    if over.alone == "plan" or back is None:
        told = (
            _("Your plan paid the whole bill, and you are listed as having paid {paid} too.")
            if over.is_of_bill
            else _("Your plan paid the whole price, and you are listed as having paid {paid} too.")
        ).format(paid=priced(record.money.you_paid))
    else:
        told = back_words(back, record.money.you_paid.unit)
    if over.may_be_right and not record.money.allowed.amount:
        told = f"{told} {_('That can be right where a plan pays a fixed price, as at some clinics.')}"
    return told


def back_words(back: Back, unit: str) -> str:
    """Return of what more was paid, with both figures."""
    paid, than = money(back.paid, unit), one_of(Figure(amount, unit) for amount in back.than)
    told = {
        "share": said("You are listed as having paid {paid}, more than your share, {than}."),
        "yours": said("You are listed as having paid {paid}, more than the {than} that was yours to pay."),
        "sent": said(
            "You are listed as having paid {paid}, more than the {than} that was yours to pay and to pass on."
        ),
        "price": said("More was paid in all than the price, {than}; {paid} of it is listed as paid by you."),
        "bill": said("More was paid in all than the {than} billed; {paid} of it is listed as paid by you."),
    }[back.of]
    return _(told).format(paid=paid, than=than)


def ask_for(kind: Kind, amount: str) -> str:
    """Return whom the member asks for an amount."""
    ask = (
        _("Ask the pharmacy whether {amount} comes back to you.")
        if kind == "pharmacy"
        else _("Ask the provider whether {amount} comes back to you.")
    )
    return ask.format(amount=amount)

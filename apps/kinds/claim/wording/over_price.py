"""That what was paid and the member's share come to more than the care may cost, and whom to ask about it."""

from apps.kinds.claim.excess import Excess
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording.contradictions import one_of
from apps.plain_language.language import _
from apps.plain_language.money import in_cents, money


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
    """Return what to ask where *over* holds what the member is listed as having paid.

    Nothing where the price has room for that beside what the plan paid: what others gave may overlap.
    """
    paid, price = record.money.you_paid, over.price
    assert paid.amount is not None and price.amount is not None
    has_room = paid.amount + (record.money.plan_paid.amount or 0) <= price.amount
    if has_room and over.alone != "others":
        return ""
    if over.alone == "plan" and in_cents(paid.amount) == in_cents(price.amount):
        told = (
            _("Your plan paid the whole bill, and you are listed as having paid it too.")
            if over.is_of_bill
            else _("Your plan paid the whole price, and you are listed as having paid it too.")
        )
    else:
        told = (
            _("With what you are listed as having paid, more was paid than the {price} billed.")
            if over.is_of_bill
            else _("With what you are listed as having paid, more was paid than the price, {price}.")
        ).format(price=one_of(over.prices))
    if over.may_be_right and not record.money.allowed.amount:
        told = f"{told} {_('That can be right where a plan pays a fixed price, as at some clinics.')}"
    ask = (
        _("Ask the pharmacy whether {amount} comes back to you.")
        if record.kind == "pharmacy"
        else _("Ask the provider whether {amount} comes back to you.")
    )
    return f"{told} {ask.format(amount=money(min(over.over, paid.amount), paid.unit))}"

"""The answer of a claim: who billed what, what the plan did with it, and what is the member's."""

from decimal import Decimal

from apps.claims import standing
from apps.claims.records import ClaimRecord, Figure
from apps.claims.wording.balance import PARTS, Balance
from apps.claims.wording.sources import finer_label
from apps.plain_language.language import _, said
from apps.plain_language.lists import listed
from apps.plain_language.money import money, priced, share_of

_CLOSED = {
    "mistake": said("Your plan says this claim was entered by mistake. Nothing of it counts."),
    "deleted": said("Your plan deleted this claim. Nothing of it counts."),
    "cancelled": said("This claim was cancelled. Nothing of it counts."),
    "void": said("Your plan took this claim back. Nothing of it counts."),
    "taken_back": said("With this your plan takes an earlier claim back. Its amounts do not count."),
}
_OPEN = {
    "error": said("Your plan could not finish this claim. Nothing is decided yet."),
    "undecided": said("Your plan has not decided this claim yet. The amounts may still change."),
}
_REPLACED = said("This is an earlier version of the claim. Nothing of it counts.")
_NEWER_TO_COME = said(
    "Your plan says that a newer version replaces this claim, but has not sent it yet. Until it comes, these "
    "amounts count."
)
_OLD_FIGURES = said("Its old figures are below, crossed out.")

_PART_ALONE = {
    "deductible": said("Your share is {share}: your deductible."),
    "copay": said("Your share is {share}: your copay."),
    "coinsurance": said("Your share is {share}: coinsurance."),
}
_PART_AMONG = {
    "deductible": said("{amount} deductible"),
    "copay": said("{amount} copay"),
    "coinsurance": said("{amount} coinsurance"),
}


def is_closed(record: ClaimRecord, *, is_current: bool = True) -> bool:
    """Return whether the figures of a claim count no longer, so that they are shown crossed out.

    *is_current* is False where the version that replaces it is here; until then a replaced claim counts.
    """
    return standing.state(record) in _CLOSED or not is_current


def is_open(record: ClaimRecord) -> bool:
    """Return whether the plan has still to decide."""
    return standing.state(record) in _OPEN


def answer(record: ClaimRecord, found: Balance, *, is_current: bool = True) -> str:
    """Return the first lines of the page, the figures in them; a closed claim tells none."""
    if is_closed(record, is_current=is_current):
        closed = _CLOSED.get(standing.state(record), _REPLACED)
        without = "" if record.shares_money else _("Your plan did not share amounts.")
        return " ".join(
            part for part in (_(closed), _(_OLD_FIGURES) if record.money.is_shared else without) if part
        )
    parts = [_(_OPEN[standing.state(record)])] if is_open(record) else []
    if standing.is_replaced(record):
        parts.append(_(_NEWER_TO_COME))
    if not record.shares_money:
        parts.append(_("Your plan did not share amounts."))
    elif not record.money.is_shared:
        parts.append(_("Your plan shared amounts for single lines only. They are listed below."))
    elif is_open(record):
        parts.append(_billed(record))
    elif is_credit(record):
        parts += _taken_back(record)
    else:
        parts += [_billed(record), *_plan(record, found), _share(record, found)]
    return " ".join(part for part in parts if part)


def is_credit(record: ClaimRecord) -> bool:
    """Return whether this claim takes back an earlier one: what was billed is less than nothing."""
    return (record.money.billed.amount or Decimal(0)) < 0


def _taken_back(record: ClaimRecord) -> list[str]:
    """Return what a credit note does; its amounts keep their minus."""
    paid, share = record.money.plan_paid, record.money.your_share
    return [
        _("This takes back an earlier bill: {amount}.").format(amount=priced(record.money.billed)),
        _("What your plan paid changes by {amount}.").format(amount=priced(paid))
        if paid.is_known
        else _("What your plan paid was not shared."),
        _("Your share changes by {amount}.").format(amount=priced(share))
        if share.is_known
        else _("Your plan did not say what your share is."),
    ]


def _billed(record: ClaimRecord) -> str:
    money_of = record.money
    if not money_of.billed.is_known:
        if money_of.drug_cost.is_known:
            return _("The drug cost {amount}.").format(amount=priced(money_of.drug_cost))
        return _("Your plan did not share what was billed.")
    amount = priced(money_of.billed)
    name = record.provider or record.facility
    if name and not name.startswith("NPI "):
        return _("{name} billed {amount}.").format(name=name, amount=amount)
    if record.kind == "pharmacy":
        return _("The pharmacy billed {amount}.").format(amount=amount)
    return _("The provider billed {amount}.").format(amount=amount)


def _plan(record: ClaimRecord, found: Balance) -> list[str]:
    money_of = record.money
    sentences = _took_off_and_paid(record, found)
    if money_of.other_payer.amount:
        sentences.append(_("Others paid {amount}.").format(amount=priced(money_of.other_payer)))
    if money_of.not_covered.amount:
        sentences.append(_("{amount} is not covered.").format(amount=priced(money_of.not_covered)))
    return sentences


def _took_off_and_paid(record: ClaimRecord, found: Balance) -> list[str]:
    money_of, paid = record.money, record.money.plan_paid
    finer = finer_label(money_of.discount)
    if money_of.discount.amount and finer:  # Extra Help, a manufacturer: not the plan's own
        taken = _("{name}: {amount}.").format(name=finer, amount=priced(money_of.discount))
        return [taken, _paid(record)]
    if money_of.discount.amount:
        if paid.amount:
            return [
                _("Your plan's discount took off {discount} and it paid {paid}.").format(
                    discount=priced(money_of.discount), paid=priced(paid)
                )
            ]
        taken = _("Your plan's discount took off {amount}.").format(amount=priced(money_of.discount))
        return [taken, _paid(record)]
    if found.taken_off.amount:
        if paid.amount:
            return [
                _("Your plan's price is {reduction} lower, and it paid {paid}.").format(
                    reduction=priced(found.taken_off), paid=priced(paid)
                )
            ]
        lower = _("Your plan's price is {amount} lower.").format(amount=priced(found.taken_off))
        return [lower, _paid(record)]
    return [_paid(record)]


def _paid(record: ClaimRecord) -> str:
    paid = record.money.plan_paid
    if paid.amount:
        return _("Your plan paid {amount}.").format(amount=priced(paid))
    if standing.state(record) == "denied":
        return (
            _("Your plan denied it and paid nothing.") if paid.is_known else _("Your plan denied this claim.")
        )
    return _("Your plan paid nothing.") if paid.is_known else _("What your plan paid was not shared.")


def _share(record: ClaimRecord, found: Balance) -> str:
    share = record.money.your_share
    if not share.is_known:
        return _("Your plan did not say what your share is.")
    contradicted = next((one for one in record.disagreements if one.concept == "your_share"), None)
    if contradicted and contradicted.about == "parts":
        return _(
            "Your plan lists {share} as yours, but it also states a share of {stated}. "
            "Ask your plan which one is right."
        ).format(share=priced(share), stated=listed([priced(other) for other in contradicted.others]))
    if share.amount == 0 and record.money.not_covered.amount and contradicted:
        return _(
            "Your plan states a share of {share}. But the {amount} that is not covered may still be billed "
            "to you."
        ).format(share=priced(share), amount=priced(record.money.not_covered))
    parts = _parts(record, found)
    if not parts:
        return _("Your share is {share}.").format(share=priced(share))
    if len(parts) == 1:
        return _alone(record, parts[0])
    return _("Your share is {share}: {parts}.").format(
        share=priced(share), parts=listed([_among(record, name, figure) for name, figure in parts])
    )


def _parts(record: ClaimRecord, found: Balance) -> list[tuple[str, Figure]]:
    """Return what the share is made of, only where the parts add up to it."""
    figures: list[tuple[str, Figure]] = [(name, getattr(record.money, name)) for name in PARTS]
    if any(check.inside == "your_share" for check in found.checks):
        figures.append(("not_covered", record.money.not_covered))
    known = [(name, figure) for name, figure in figures if figure.amount]
    total = sum((figure.amount or Decimal(0) for _name, figure in known), Decimal(0))
    return known if known and total == record.money.your_share.amount else []


def _alone(record: ClaimRecord, part: tuple[str, Figure]) -> str:
    name, share = part[0], priced(record.money.your_share)
    percent = _percent(record) if name == "coinsurance" else None
    if percent:
        return _("Your share is {share}: {percent}% coinsurance.").format(share=share, percent=percent)
    if name == "not_covered":
        return _("Your share is {share}: what is not covered.").format(share=share)
    return _(_PART_ALONE[name]).format(share=share)


def _among(record: ClaimRecord, name: str, figure: Figure) -> str:
    amount = money(figure.amount or Decimal(0), figure.unit)
    percent = _percent(record) if name == "coinsurance" else None
    if percent:
        return _("{amount} coinsurance ({percent}%)").format(amount=amount, percent=percent)
    if name == "not_covered":
        return _("{amount} not covered").format(amount=amount)
    return _(_PART_AMONG[name]).format(amount=amount)


def _percent(record: ClaimRecord) -> int | None:
    """Return the whole per cent that the coinsurance is of what is left of the allowed price."""
    allowed, part = record.money.allowed, record.money.coinsurance
    if allowed.amount is None or part.amount is None or allowed.unit != part.unit:
        return None
    base = allowed.amount - (record.money.deductible.amount or 0) - (record.money.copay.amount or 0)
    return share_of(part.amount, base)

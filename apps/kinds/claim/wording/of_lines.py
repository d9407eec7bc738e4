"""What lines alone tell of a claim's money, where the claim itself does not say it."""

from apps.kinds.claim.reading.also_sent import is_of_part
from apps.kinds.claim.records import ClaimRecord, Money
from apps.kinds.claim.wording.also_sent import amounts, no_amount
from apps.kinds.claim.wording.balance import by_some_lines
from apps.plain_language.language import _, plural
from apps.plain_language.money import priced
from apps.plain_language.theirs import filled, joined


def alone(record: ClaimRecord) -> str:
    """Return what was shared where the claim itself has no amount; totals of lines do not say who pays."""
    lines = record.real_lines
    if any(line.money.is_shared for line in lines):
        return _("Your plan shared amounts for single lines only. They are listed below.")
    if no_amounts := [told for concept in Money.__struct_fields__ if (told := no_amount(record, concept))]:
        return joined(" ", no_amounts)
    totals = [detail.figure for line in lines for detail in line.details]
    sent = [element for element in record.also_sent if element.figure]
    if sent and not totals and all(map(is_of_part, sent)):
        return _("Your plan shared amounts for parts of lines only. They are listed below.")
    if not totals:
        return _(
            "Your plan sent amounts under names of its own, which we do not know. They are listed below."
        )
    if len(totals) == 1:
        return _(
            "Your plan shared one amount only: {amount}, the total of one line. "
            "It did not say who pays how much of it."
        ).format(amount=priced(totals[0]))
    return _("Your plan shared only totals of single lines. It did not say who pays how much of them.")


def paid_by(record: ClaimRecord) -> str:
    """Return what the plan paid by some lines, where the claim does not say it."""
    paid = by_some_lines(record, "plan_paid")
    if paid.source is None:
        return no_amount(record, "plan_paid") or _under_names(record)
    text = plural(
        "Your plan paid, from {n} line: {amount}. Of the others it did not say.",
        "Your plan paid, from {n} lines: {amount}. Of the others it did not say.",
        paid.source.partial,
    )
    return text.format(n=paid.source.partial, amount=priced(paid))


def _under_names(record: ClaimRecord) -> str:
    """Return that what the plan paid was not shared, beside amounts whose names we do not know."""
    sent = amounts(record)
    if not sent:
        return _("What your plan paid was not shared.")
    told = _("What your plan paid was not shared under a name we know.")
    is_told = not record.money.your_share.is_known  # of the share it is said then
    return told if is_told else joined(" ", [told, filled(_("It also sent: {amounts}."), amounts=sent)])

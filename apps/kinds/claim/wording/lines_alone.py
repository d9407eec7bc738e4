"""Where the figures of a claim's lines add up by themselves and those of its totals do not; pure."""

from apps.kinds.claim.reading.money import CONCEPTS, add
from apps.kinds.claim.records import NOT_SHARED, ClaimRecord, Figure, Money
from apps.kinds.claim.wording import contradictions
from apps.kinds.claim.wording.balance import balance
from apps.plain_language.language import _, said
from apps.plain_language.money import priced
from apps.plain_language.theirs import listed

_NAMED = {
    "billed": said("{amount} billed"),
    "discount": said("{amount} taken off"),
    "not_covered": said("{amount} not covered"),
    "plan_paid": said("{amount} paid by your plan"),
    "other_payer": said("{amount} paid by others"),
    "your_share": said("{amount} your share"),
}


def sentence(record: ClaimRecord) -> str:
    """Return the figures of the lines where only they add up, to the cent; "" elsewhere."""
    if not any(map(contradictions.is_of_lines, record.disagreements)) or balance(record.money).adds_up:
        return ""
    every = [line.money for line in record.lines if not line.is_total]
    sums = {name: _sum([getattr(money, name) for money in every]) for name in (*CONCEPTS, "your_share")}
    if not (sums["billed"].amount and sums["your_share"].is_known):
        return ""
    if any(check.outcome != "holds" for check in balance(Money(**sums)).checks):
        return ""
    named = [
        _(words).format(amount=priced(sums[name])) for name, words in _NAMED.items() if sums[name].amount
    ]
    return _("Only the figures of its lines add up: {amounts}.").format(amounts=listed(named))


def _sum(stated: list[Figure]) -> Figure:
    return add(stated, "") if all(figure.is_known for figure in stated) else NOT_SHARED

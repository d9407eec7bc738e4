"""That only the figures of a claim's lines add up, where those of the claim itself do not."""

from msgspec import structs

from apps.kinds.claim.reading.figures import add, stands_on_lines
from apps.kinds.claim.reading.money import CONCEPTS
from apps.kinds.claim.records import ClaimRecord, Money
from apps.kinds.claim.wording.balance import balance
from apps.kinds.claim.wording.contradictions import is_of_lines
from apps.plain_language.language import _, said
from apps.plain_language.money import priced
from apps.plain_language.theirs import listed

_OF_LINES = {
    "billed": said("{amount} billed"),
    "discount": said("{amount} taken off"),
    "not_covered": said("{amount} not covered"),
    "plan_paid": said("{amount} paid by your plan"),
    "other_payer": said("{amount} paid by others"),
    "your_share": said("{amount} your share"),
}


def fit_of_lines(record: ClaimRecord) -> str:
    """Return the figures of the lines where only they add up, to the cent; "" elsewhere."""
    if not any(map(is_of_lines, record.disagreements)) or balance(_of_head(record)).adds_up:
        return ""
    every = [line.money for line in record.real_lines]
    sums = {name: add([getattr(money, name) for money in every], "") for name in (*CONCEPTS, "your_share")}
    if not (sums["billed"].amount and sums["your_share"].is_known):
        return ""
    if not balance(Money(**sums)).adds_up:
        return ""
    named = [
        _(words).format(amount=priced(sums[name])) for name, words in _OF_LINES.items() if sums[name].amount
    ]
    return _("Only the figures of its lines add up: {amounts}.").format(amounts=listed(named))


def _of_head(record: ClaimRecord) -> Money:
    """Return the figures of the claim itself, where those of its lines are shown first."""
    figures = {
        disagreement.concept: next(
            (other for other in disagreement.others if not stands_on_lines(other)), disagreement.chosen
        )
        for disagreement in record.disagreements
        if stands_on_lines(disagreement.chosen) and disagreement.about == "lines"
    }
    return structs.replace(record.money, **figures)

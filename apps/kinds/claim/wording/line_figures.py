"""What a line states more than once: each of its figures is named, as those of the claim are."""

from collections.abc import Iterator

from apps.kinds.claim.reading.concepts import TO_BE_PAID, cms_names
from apps.kinds.claim.reading.contradictions import PARTS, Rule
from apps.kinds.claim.reading.lines import parts_of_share
from apps.kinds.claim.reading.money import paid_out
from apps.kinds.claim.records import Figure, Line, Money

_RULE = Rule.of(1)
_IN_NO_COLUMN = ("paid_to_provider", "paid_to_you", "you_paid", "tax")


def in_no_column(line: Line) -> Iterator[Figure]:
    """Yield the amounts of a line that stand in none of its columns, but for those that a column says."""
    shown = {line.money.plan_paid.amount, line.money.your_share.amount}
    for concept in _IN_NO_COLUMN:
        figure: Figure = getattr(line.money, concept)
        if figure.amount and (concept in ("paid_to_you", "tax") or figure.amount not in shown):
            yield figure


def others(line: Line, concept: str, *, is_drug: bool) -> tuple[Figure, ...]:
    """Return what a line states for a field of its money beside the figure shown, each amount once.

    *is_drug* where a pharmacy sent it: what was paid at the counter is then the share.
    """
    shown: Figure = getattr(line.money, concept)
    if concept == "your_share":
        stated = [] if is_drug else list(_shares(line))
    elif concept == "plan_paid":
        stated = [*_named_alike(line, concept), *_payments(line.money)]
    else:
        stated = list(_named_alike(line, concept))
    apart = [figure for figure in stated if figure.amount and _RULE.differ(figure, shown)]
    return tuple({(figure.amount, figure.unit): figure for figure in apart}.values())


def _named_alike(line: Line, concept: str) -> Iterator[Figure]:
    """Yield further amounts under the same name, or under another of Medicare's for the same thing."""
    source = getattr(line.money, concept).source
    for detail in line.details:
        code = detail.figure.source.code if detail.figure.source else None
        name = cms_names().get(code or "")
        is_same_thing = name is not None and name.concept == concept and not name.adds
        if source and code and (code == source.code or is_same_thing):
            yield detail.figure


def _payments(money: Money) -> Iterator[Figure]:
    """Yield what went to provider and member together; one of them alone says only that it was no less."""
    both = (money.paid_to_provider, money.paid_to_you)
    paid = paid_out(*both)
    if all(figure.is_known for figure in both) or _RULE.exceeds(paid, money.plan_paid):
        yield paid


def _shares(line: Line) -> Iterator[Figure]:
    """Yield the shares that the line's own parts make, or state, beside the one shown."""
    figures: dict[str, Figure] = {name: getattr(line.money, name) for name in Money.__struct_fields__}
    share, parts = line.money.your_share, parts_of_share(figures)
    shares = []
    if share.source and parts.source and share.source.path == parts.source.path:
        for name in PARTS:
            shares += [parts_of_share(figures | {name: other}) for other in _named_alike(line, name)]
    else:
        judged = _RULE.share_stated(share, parts, figures)
        against = [other for other in judged.disagreements if other.about != "uncovered"]
        shares = [figure for other in against for figure in (other.chosen, *other.others)]
    yield from shares
    to_pay = line.money.you_paid
    if any(figure.amount for figure in shares) and to_pay.source and to_pay.source.code in TO_BE_PAID:
        yield to_pay

"""Whether the plan's figures add up, or those of its lines alone: both sides where they do not."""

from collections.abc import Iterable
from decimal import Decimal

from msgspec import structs

from apps.kinds.claim import whose
from apps.kinds.claim.excess import exceeding
from apps.kinds.claim.reading.concepts import LABELS
from apps.kinds.claim.reading.contradictions import Rule
from apps.kinds.claim.reading.figures import add, come_to, stands_on_lines
from apps.kinds.claim.reading.money import CONCEPTS
from apps.kinds.claim.reading.price import has_price_apart
from apps.kinds.claim.reading.reasons import filling, is_of_others
from apps.kinds.claim.records import NOT_SHARED, ClaimRecord, Figure, Line, Money, Reason
from apps.kinds.claim.standing import is_contradicted, sends_only_zeros, writes_off_with_minus
from apps.kinds.claim.unpaid import paid_of_share
from apps.kinds.claim.wording import also_sent
from apps.kinds.claim.wording.balance import Balance, Check, balance, by_some_lines
from apps.kinds.claim.wording.contradictions import is_of_lines
from apps.kinds.claim.wording.denials import reason_words
from apps.kinds.claim.wording.lines import name
from apps.kinds.claim.wording.titles import short
from apps.kinds.claim.wording.vocabulary import called
from apps.plain_language.language import _, plural, said
from apps.plain_language.money import in_cents, money, priced
from apps.plain_language.theirs import filled, joined, listed

_OF_LINES = {
    "billed": said("{amount} billed"),
    "discount": said("{amount} taken off"),
    "not_covered": said("{amount} not covered"),
    "plan_paid": said("{amount} paid by your plan"),
    "other_payer": said("{amount} paid by others"),
    "your_share": said("{amount} your share"),
}
_NAMES = {
    "billed": said("what was billed"),
    "drug_cost": said("what the drug cost"),
    "allowed": said("the price it allows"),
    "discount": said("its discount"),
    "not_covered": said("what it does not cover"),
    "plan_paid": said("what it paid"),
    "other_payer": said("what others paid"),
    "your_share": said("what your share is"),
}
"""How a figure is called as the object of "your plan did not share ..."."""

_BY_ALL_LINES = {
    "allowed": said("the price it allows for each line"),
    "plan_paid": said("what it paid for each line"),
}
"""The same of what some lines state."""

_LEFT = {
    "billed": said("{amount} of the bill is in none of these figures."),
    "drug_cost": said("{amount} of what the drug cost is in none of these figures."),
    "allowed": said("{amount} of the price your plan allows is in none of these figures."),
}
"""Left side of the equation -> that something of it is left over."""
_OFF = {
    "billed": (
        said("{total} was billed. The other figures come to {parts}, which is {gap} less."),
        said("{total} was billed. The other figures come to {parts}, which is {gap} more."),
    ),
    "drug_cost": (
        said("The drug cost {total}. The other figures come to {parts}, which is {gap} less."),
        said("The drug cost {total}. The other figures come to {parts}, which is {gap} more."),
    ),
    "allowed": (
        said("Your plan allows {total}. What was paid and your share come to {parts}, which is {gap} less."),
        said("Your plan allows {total}. What was paid and your share come to {parts}, which is {gap} more."),
    ),
}
"""Left side of the equation -> the sentence where its parts come to less, and to more."""


_ON_NO_LINE = said(
    "{amount} of the bill is on no line with amounts. {names} came without any: "
    "ask the provider whether it is for that."
)
_ON_NO_LINES = said(
    "{amount} of the bill is on no line with amounts. {names} came without any: "
    "ask the provider whether it is for one of them."
)
_MOST_NAMED = 3


def sentences(record: ClaimRecord, balance: Balance) -> tuple[str, ...]:
    """Return what is to be said about the sums of a claim, first whether they add up.

    Nothing of sums without amounts, nor where figures contradict each other: one may add up, another not.
    """
    of_sums = () if record.disagreements else _of_sums(record, balance)
    return (*_paid_over_nothing(record), *of_sums)


def _paid_over_nothing(record: ClaimRecord) -> Iterable[str]:
    """Yield that the plan allows nothing and paid all the same, or allows less than others had paid."""
    if not has_price_apart(record.money):
        return
    if record.money.allowed.amount:
        above = _(
            "Others paid more than the price your plan allows, {price}. So that price is in no sum here."
        )
        yield above.format(price=priced(record.money.allowed))
        return
    text = _(
        "Your plan states {price} as the price it allows, and paid {paid} all the same. "
        "So that price is in no sum here."
    )
    if is_contradicted(record, "plan_paid"):  # which of its payments holds, nobody knows
        text = _(
            "Your plan states {price} as the price it allows, and a payment all the same. "
            "So that price is in no sum here."
        )
    yield text.format(price=priced(record.money.allowed), paid=priced(record.money.plan_paid))


def _of_sums(record: ClaimRecord, balance: Balance) -> tuple[str, ...]:
    if _shows_too_little(record.money) or sends_only_zeros(record):
        return ()
    if balance.adds_up:
        return (_verdict(record, balance), *_notes(record, balance))
    if writes_off_with_minus(record):
        text = _(
            "Your plan writes a minus at what comes off the bill here. The figures add up without that sign, "
            "and not as they stand above."
        )
        return (text,)
    if balance.sharing.is_fine and balance.billing.missing == (balance.base,):
        below = _(
            "From the price your plan allows down to your share, the figures add up to the cent. "
            "Your plan did not share what was billed."
        )
        return (below, *_notes(record, balance))
    said_of = [_of_check(check, record, balance) for check in balance.checks if not check.is_fine]
    return (
        *dict.fromkeys(said for said in said_of if said),
        *_also(record, balance),
        *_notes(record, balance),
    )


def _also(record: ClaimRecord, balance: Balance) -> Iterable[str]:
    """Return what else was sent, where something is left over that it may explain."""
    is_open = any(
        check.outcome == "open" and not (_reason(check, record) or _by_rounding(check, record))
        for check in balance.checks
    )
    if is_open and (sent := also_sent.amounts(record, are_all=True)):
        yield filled(_("It also sent: {amounts}."), amounts=sent)


def _shows_too_little(money_of: Money) -> bool:
    """Whether there is nothing to add: a single figure is neither right nor wrong."""
    names = ("billed", "drug_cost", "allowed", "discount", "not_covered", "plan_paid", "your_share")
    stated_names = [name for name in names if getattr(money_of, name).is_known]
    return len(stated_names) < 2


def _verdict(record: ClaimRecord, balance: Balance) -> str:
    is_shared = balance.is_discount_below
    if (
        balance.taken_off.amount
        and not is_shared
        and any(check.outcome == "worked_out" for check in balance.checks)
    ):
        if _discount_not_taken(record).is_known:
            return _("From the price your plan allows down to your share, the figures add up to the cent.")
        return _(
            "From the price your plan allows down to your share, the figures add up to the cent. "
            "Your plan states no discount, so we worked out how far the bill is above that price."
        )
    return _("The figures add up to the cent.")


def _discount_not_taken(record: ClaimRecord) -> Figure:
    """Return a stated discount of zero to which the plan's reasons do not agree (`uncovered.by_reasons`)."""
    stated = (detail.figure for detail in record.details if detail.label == LABELS["discount"])
    return next((figure for figure in stated if figure.amount == 0), NOT_SHARED)


def _notes(record: ClaimRecord, balance: Balance) -> Iterable[str]:
    money_of, amount = record.money, priced(record.money.not_covered)
    if (stated := _discount_not_taken(record)).is_known and balance.taken_off.amount:
        yield _(
            "Your plan also states a discount of {stated}. By its own reasons, {amount} is above its price: "
            "these do not agree."
        ).format(stated=priced(stated), amount=priced(balance.taken_off))
    for check in balance.checks:
        is_inside = check.inside == "allowed" and check.whole != "allowed"
        if is_inside and not whose.is_arranged(record) and (inside := _inside_price(record)) > 0:
            yield _("The {amount} that is not covered is already in the price your plan allows.").format(
                amount=money(inside, money_of.not_covered.unit)
            )
        if check.inside == "your_share":
            yield _("The {amount} that is not covered is already in your share.").format(amount=amount)
        if check.inside == "in_part":
            yours = money(whose.parts(record)["PR"], money_of.not_covered.unit)
            yield _("The {amount} that is not covered and counted as yours is in your share.").format(
                amount=yours
            )
    if any(_is_finer_than_a_cent(money_of, name) for name in money_of.__struct_fields__):
        yield _("Your plan sent parts of a cent. They are rounded here.")


def _inside_price(record: ClaimRecord) -> Decimal:
    """Return what is not covered, without what lines have above their price."""
    above = [line.money.not_covered for line in record.real_lines if _is_above_price(line)]
    return come_to([record.money.not_covered]) - come_to(above)


def _is_above_price(line: Line) -> bool:
    """Return whether what a line does not cover is all that it has above the price."""
    billed, price, uncovered = line.money.billed, line.money.allowed, line.money.not_covered
    is_told = billed.amount is not None and price.amount is not None and bool(uncovered.amount)
    return is_told and come_to([price, uncovered]) == billed.amount


def _is_finer_than_a_cent(money_of: Money, name: str) -> bool:
    figure: Figure = getattr(money_of, name)
    return figure.amount is not None and figure.amount != figure.amount.quantize(Decimal("0.01"))


def _of_check(check: Check, record: ClaimRecord, balance: Balance) -> str:
    if check.outcome == "currencies":
        return _("The amounts are in different currencies, so they cannot be added up.")
    if check.outcome == "unknown":
        missing = _unshared(check, record)
        text = _("Nobody can check these figures in full, because your plan did not share {figures}.")
        sentence = text.format(figures=listed(missing)) if missing else ""
        return (
            joined(" ", [sentence, left])
            if (left := _left_without_share(check, record, balance))
            else sentence
        )
    if (record.money.plan_paid.amount or 0) < 0:
        return _("Your plan took a payment back here, so its figures need not come to the bill.")
    if on_no_line := _on_no_line(check, record):
        return on_no_line
    if check.outcome == "open":
        by_known = _filled(check, record) or _by_rounding(check, record) or _by_others(check, record)
        return by_known or _open(check, _unshared(check, record))
    return _by_rounding(check, record) or _off(check, record)


def _by_rounding(check: Check, record: ClaimRecord) -> str:
    """Return by how little figures are apart, a cent at most a line that states the whole; "" for more."""
    stated_on = sum(getattr(line.money, check.whole).is_known for line in record.real_lines)
    is_little = abs(come_to([check.gap])) <= Rule.of(stated_on).slack
    text = _("These figures are {amount} apart, as rounding can leave them.")
    return text.format(amount=_size(check.gap)) if is_little else ""


def _left_without_share(check: Check, record: ClaimRecord, balance: Balance) -> str:
    """Return what of the bill or price none of the figures tells, where the share alone is not shared, which
    it may be; "" where nothing is left."""
    is_price = check.whole == "allowed"
    names = ("plan_paid", "other_payer", *(() if is_price else ("discount", "not_covered")))
    if is_price and balance.billing.inside == "allowed":
        names = (*names, "not_covered")
    figures: list[Figure] = [getattr(record.money, name) for name in names]
    is_of_one = all(figure.unit == check.total.unit for figure in figures if figure.is_known)
    left = (check.total.amount or Decimal(0)) - come_to(figures)
    is_told_by_lines = any(line.money.your_share.is_known for line in record.real_lines)
    is_taken_back = (record.money.plan_paid.amount or 0) < 0
    is_open = check.missing == ("your_share",) and is_of_one and not (is_told_by_lines or is_taken_back)
    if not is_open or in_cents(left) <= 0:
        return ""
    return _(_LEFT[check.whole]).format(amount=money(left, check.total.unit))


def _unshared(check: Check, record: ClaimRecord) -> list[str]:
    """Return what was not sent at all, in words: of what cannot be read the page tells that."""
    return [_(_name(name, record)) for name in check.missing if not also_sent.no_amount(record, name)]


def _name(concept: str, record: ClaimRecord) -> str:
    is_of_some = concept in _BY_ALL_LINES and by_some_lines(record, concept).is_known
    return (_BY_ALL_LINES if is_of_some else _NAMES)[concept]


def _on_no_line(check: Check, record: ClaimRecord) -> str:
    """Return that what is left over is on no line, and which lines came without amounts; "" else."""
    lines = record.real_lines
    stated = [line.money.billed for line in lines if line.money.billed.unit == check.total.unit]
    on_lines = come_to(stated)
    if check.whole != "billed" or not on_lines or not check.gap.amount or check.gap.amount <= 0:
        return ""
    if in_cents(check.total.amount or Decimal(0)) - in_cents(on_lines) != in_cents(check.gap.amount):
        return ""
    bare = [line.what for line in lines if not (line.is_diagnosis or line.money.is_shared or line.details)]
    names = list(dict.fromkeys(short(name(what)) for what in bare))
    if not names or len(names) > _MOST_NAMED:
        return ""
    text = plural(_ON_NO_LINE, _ON_NO_LINES, len(names))
    named = listed([filled(_("“{words}”"), words=words) for words in names])
    return filled(called(record.kind, text), amount=_size(check.gap), names=named)


def _reason(check: Check, record: ClaimRecord) -> Reason | None:
    """Return the reason that is of all that is left over, or of what the share is more than is left."""
    gap = come_to([check.gap])
    return filling(record.all_reasons, abs(gap), check.gap.unit, is_yours=gap < 0)


def _filled(check: Check, record: ClaimRecord) -> str:
    """Return what is left over with the reason that is of it; "" where none is."""
    reason = _reason(check, record)
    if reason is None:
        return ""
    return _because(reason, _(_LEFT[check.whole]).format(amount=_size(check.gap)), record)


def _because(reason: Reason, left_over: str, record: ClaimRecord) -> str:
    because = _("A reason of your plan stands at that amount:")
    return joined(" ", [left_over, because, reason_words(reason, record.network, record.kind)])


def _by_others(check: Check, record: ClaimRecord) -> str:
    """Return that a payer before had paid or adjusted some of what is left over of a bill without a price,
    where a reason says so and nothing how much: no figure of the plan's is missing for that."""
    is_told = record.money.allowed.is_known or record.money.other_payer.is_known
    if is_told or not any(map(is_of_others, record.all_reasons)):
        return ""
    left = _(_LEFT[check.whole]).format(amount=_size(check.gap))
    return f"{left} {_('By a reason of your plan, another payer had already paid or adjusted some of it.')}"


def _open(check: Check, missing: list[str]) -> str:
    left = _(_LEFT[check.whole]).format(amount=_size(check.gap))
    untold = _("Your plan did not share {figures}.").format(figures=listed(missing))
    return f"{left} {untold}" if missing else left


def _off(check: Check, record: ClaimRecord) -> str:
    less, more = _OFF[check.whole]
    text = less if come_to([check.gap]) > 0 else more
    sentence = _(text).format(total=priced(check.total), parts=priced(check.added), gap=_size(check.gap))
    if in_cents(paid_of_share(record)) == -in_cents(come_to([check.gap])) != 0:
        others = priced(record.money.other_payer)
        return f"{sentence} {_('Others paid {others} of your share.').format(others=others)}"
    if text == more and (reason := _reason(check, record)):
        return _because(reason, sentence, record)
    if text == more and exceeding(record) is not None:
        return f"{sentence} {_('Ask your plan why.')}"
    return f"{sentence} {_('Plans do not all count in the same way, so this need not be a mistake.')}"


def _size(figure: Figure) -> str:
    """Return how much a difference is, without its direction."""
    return money(abs(come_to([figure])), figure.unit)


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

"""The receipt of a claim: rows that visibly add up, every figure with its source, never zero for absent."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from msgspec import structs

from apps.kinds.claim import standing, unpaid, whose
from apps.kinds.claim.reading.concepts import HEALTH_ACCOUNT
from apps.kinds.claim.reading.contradictions import PARTS, Rule
from apps.kinds.claim.reading.figures import same
from apps.kinds.claim.reading.other_shares import is_for_blood
from apps.kinds.claim.reading.price import has_price_apart
from apps.kinds.claim.reading.reasons import filling
from apps.kinds.claim.records import NOT_SHARED, ClaimRecord, Figure
from apps.kinds.claim.wording import contradictions
from apps.kinds.claim.wording.balance import Balance, balance_of, by_some_lines, is_rest_uncovered
from apps.kinds.claim.wording.denials import reason_words, whose_words
from apps.kinds.claim.wording.sources import finer_label, source_words
from apps.kinds.claim.wording.story import ALWAYS_SHOWN, EQUALS, PLUS, Row
from apps.kinds.claim.wording.to_pay import kept_of_stated, label_of_sent
from apps.kinds.claim.wording.vocabulary import called
from apps.kinds.claim.wording.waterfall import as_parts, with_gaps, without_crossed
from apps.plain_language.language import _, plural, said
from apps.plain_language.money import MINUS, priced


@dataclass(frozen=True, slots=True)
class _Kind:
    label: str
    help: str = ""
    term: str = ""
    testid: str = ""


_KINDS = {
    "billed": _Kind(said("Billed"), said("What the provider asked for."), "billed-amount"),
    "drug_cost": _Kind(
        said("Cost of the drug"), said("Ingredients, dispensing and tax together."), testid="drug-cost"
    ),
    "discount": _Kind(said("Plan discount"), said("Taken off the bill by your plan."), "discount"),
    "reduction": _Kind(
        said("Taken off the bill"),
        said("The bill minus the price your plan allows. We worked it out; your plan did not send it."),
        "discount",
    ),
    "not_covered": _Kind(
        said("Not covered"),
        said(
            "Your plan pays nothing toward this. The reasons say whether it is yours, where your plan gave "
            "them."
        ),
        "not-covered",
        "not-covered",
    ),
    "uncovered_providers": _Kind(said("Normally the provider's"), testid="not-covered-providers"),
    "uncovered_not_yours": _Kind(said("Not counted as yours"), testid="not-covered-not-yours"),
    "uncovered_yours": _Kind(said("Counted as yours"), testid="not-covered-yours"),
    "not_said_whose": _Kind(said("Not said whose it is"), testid="not-covered-not-said"),
    "allowed": _Kind(
        said("Your plan allows"), said("The price that counts for your plan."), "allowed-amount"
    ),
    "plan_paid": _Kind(said("Your plan paid"), "", "", "plan-paid"),
    "paid_to_provider": _Kind(said("Paid to the provider"), testid="paid-to-provider"),
    "paid_to_you": _Kind(said("Paid to you"), testid="paid-to-you"),
    "other_payer": _Kind(
        said("Others paid"), said("Another plan or payer, or help you get."), "other-insurance", "other-payer"
    ),
    "your_share": _Kind(
        said("Your share"),
        said("What your plan counts as yours. It is not a bill."),
        "your-share",
        "your-share",
    ),
    "deductible": _Kind(
        said("Deductible"), said("What you pay before your plan starts to pay."), "deductible"
    ),
    "copay": _Kind(said("Copay"), said("A fixed amount for a visit or a prescription."), "copay"),
    "coinsurance": _Kind(said("Coinsurance"), said("Your part of the price, as a share."), "coinsurance"),
    "rest_of_share": _Kind(
        said("Other"),
        said("The rest of your share. Your plan did not say what it is for. We worked it out."),
        testid="rest-of-share",
    ),
    "gap": _Kind(
        said("In none of these figures"),
        said(
            "What is left between the figures above and below. We worked it out; your plan did not send it."
        ),
        testid="gap",
    ),
    "surplus": _Kind(
        said("More than these figures allow"),
        said(
            "The figures above come to less than the one below. We worked it out; your plan did not send it."
        ),
        testid="gap",
    ),
    "over": _Kind(
        said("More than these figures allow"),
        said("What is taken off above is more than there was. We worked it out; your plan did not send it."),
        testid="gap",
    ),
    "not_met": _Kind(
        said("Where the figures do not meet"),
        said(
            "By this much it depends on which of the figures in doubt are right. We worked it out; your plan "
            "did not send it."
        ),
        testid="gap",
    ),
    "rounding": _Kind(
        said("Rounding"), said("Your plan sent parts of a cent. They are rounded here."), testid="rounding"
    ),
    "you_paid": _Kind(said("You paid"), said("What your plan knows that you paid already."), "", "you-paid"),
    "tax": _Kind(said("Tax")),
}
_WHOSE: Final = {"CO": "uncovered_providers", "PR": "uncovered_yours", "PI": "uncovered_not_yours"}
"""Group of X12's -> row of what of the amount that is not covered is that party's."""
_ARRANGED = said(
    "By a fixed payment for your care, or a managed care plan: your plan's code (24) says no more."
)
_YOURS_TO_PAY = _Kind(
    said("Listed as your payment"),
    said(
        "What you paid, or have still to pay: your plan does not say which. It is in no sum here. Look for "
        "your receipts."
    ),
    testid="yours-to-pay",
)
"""Instead of "You paid", where the plan's name of the amount may mean what is still to be paid."""
_DISCOUNTS: Final[dict[str | None, str]] = {
    "in": said("Taken off the bill. Nobody pays it."),
    "out": said("Taken off by your plan. A provider outside its network may still ask you for it."),
}
"""What a discount means depends on whether the provider agreed to it."""


def rows(record: ClaimRecord, balance: Balance | None = None) -> tuple[Row, ...]:
    """Return the receipt from billed to the member's share; it adds up as it is printed.

    Extras are there only where the plan shared them, and a row of our own where its figures leave a gap. What
    is in no sum stands last: between the others it would look like a part of one.
    """
    if standing.is_uninsured(record):
        return _without_plan(record)
    if not record.money.is_shared:
        return tuple(_row(record, name) for name in ("billed", "plan_paid", "your_share"))
    balance = balance or balance_of(record)
    sent = (*_price(record, balance), *_payment(record, balance), *_share(record, balance))
    rule = Rule.of(len(record.real_lines))
    summed = without_crossed(_without_gaps(record, sent))
    every = (*as_parts(summed, rule), *_asides(record, balance))
    return tuple(sorted(every, key=lambda row: row.style == "aside"))


def _without_plan(record: ClaimRecord) -> tuple[Row, ...]:
    """Return what a record states that names no insurance: nothing is missing of a plan that there is not."""
    money = record.money
    base = "drug_cost" if money.drug_cost.is_known and not money.billed.is_known else "billed"
    named = (base, "discount", "not_covered", "allowed", "plan_paid", "other_payer", "your_share", "you_paid")
    # Zeros of a plan that there is not tell nothing; the bill and what was paid stand as sent.
    sent = [name for name in named if getattr(money, name).is_known]
    names = [name for name in sent if getattr(money, name).amount or name in (base, "you_paid")]
    return tuple(_row(record, name, style="plain" if name == base else "aside") for name in names)


def _without_gaps(record: ClaimRecord, rows: Iterable[Row]) -> Iterator[Row]:
    """Yield *rows*, and before a row that those above do not make, what is left between them."""
    for row, left in with_gaps(rows):
        for gap in left:
            figure = Figure(abs(gap.amount), row.figure.currency)
            unnamed = _row(record, gap.concept, MINUS if gap.amount > 0 else PLUS, figure=figure)
            yield _named(record, unnamed) if gap.concept in ("gap", "surplus") else unnamed
        yield row


def _named(record: ClaimRecord, gap: Row) -> Row:
    """Return what is left between figures, or is more in the share, with the reason that stands at it, where
    one does."""
    stated, is_more, left = record.all_reasons, gap.sign == PLUS, gap.figure.amount or Decimal(0)
    reason = filling(stated, left, gap.figure.unit, is_yours=is_more) if stated else None
    if reason is None:
        return gap
    if not is_more and left == whose.arranged(record).amount:
        return replace(gap, label=_("Covered by another arrangement"), help=_(_ARRANGED))
    label = _("By code {code}").format(code=f"{reason.group or ''} {reason.code}".strip())
    return replace(gap, label=label, help=reason_words(reason, record.network, record.kind))


def _price(record: ClaimRecord, balance: Balance) -> list[Row]:
    """From what was billed to the price the plan allows."""
    money = record.money
    is_drug = balance.base == "drug_cost"
    rows = [_row(record, balance.base)]
    if balance.taken_off.is_known and not _is_in_doubt(record, balance.base, "allowed", "not_covered"):
        if balance.taken_off.amount:
            rows.append(_reduction(record, balance.taken_off))
    else:
        rows.append(_row(record, "discount", MINUS))
    if not (balance.billing.inside or _is_in_whole(balance) or _is_in_share(balance)):
        rows += _not_covered(record, MINUS)
    if _is_in_share(balance):
        return rows
    if not has_price_apart(money) and (money.allowed.is_known or not is_drug):
        sign = EQUALS if money.allowed.is_known else ""
        rows.append(_row(record, "allowed", sign, style="subtotal" if sign else "plain"))
    if balance.billing.inside and not is_rest_uncovered(record, balance):
        is_left = balance.sharing.inside or same(balance.sharing.gap, money.not_covered)
        rows += _not_covered(record, MINUS if is_left else "")
    return rows


def _not_covered(record: ClaimRecord, sign: str = "") -> list[Row]:
    """Return what is not covered, and under it whose each part is, where it is of several; nothing where the
    price tells all of it."""
    if record.has_less_uncovered and not record.money.not_covered.is_known:
        return []
    parts = whose.parts(record) if record.all_reasons else {}
    row = _row(record, "not_covered", sign, style="plain" if sign else "part")
    if whose.is_arranged(record):
        return [replace(row, label=_("Covered by another arrangement"), help=_(_ARRANGED), term="")]
    if len(parts) < 2:
        return [row]
    amounts: dict[str, Decimal] = {}
    for group, amount in parts.items():
        concept = _WHOSE.get(group, "not_said_whose")
        amounts[concept] = amounts.get(concept, Decimal(0)) + amount
    return [row, *(_of_uncovered(record, concept, amount) for concept, amount in amounts.items())]


def _of_uncovered(record: ClaimRecord, concept: str, amount: Decimal, sign: str = "") -> Row:
    """Return a row of one party's part of what is not covered."""
    figure = Figure(amount, record.money.not_covered.currency)
    row = _row(record, concept, sign, style="plain" if sign else "part", figure=figure)
    group = next((group for group, name in _WHOSE.items() if name == concept), "")
    return replace(row, help=whose_words(group, record.network, record.kind), is_worked_out=False)


def _yours(record: ClaimRecord, sign: str = "") -> Row:
    """Return what of the amount that is not covered is the member's, and in the share."""
    return _of_uncovered(record, "uncovered_yours", whose.parts(record)["PR"], sign)


def _reduction(record: ClaimRecord, taken_off: Figure) -> Row:
    """Return what of the bill is above the price: taken off it where the provider accepts the price."""
    if not whose.is_above_open(record) or taken_off.source is None:
        return _row(record, "reduction", MINUS, figure=taken_off)
    source = structs.replace(taken_off.source, label="Above your plan's price")
    row = _row(record, "reduction", MINUS, figure=structs.replace(taken_off, source=source))
    return replace(row, label=_("Above your plan's price"))


def _payment(record: ClaimRecord, balance: Balance) -> list[Row]:
    """From the price to the member's share: what plan and others paid."""
    money = record.money
    rows = [_row(record, "tax", PLUS)] if balance.is_taxed else []
    if balance.is_discount_below:
        rows.append(_row(record, "discount", MINUS))
    rows.append(_row(record, "plan_paid", MINUS))
    if money.paid_to_you.amount:
        # Worth a line only beside what went to the member.
        parts = ("paid_to_provider", "paid_to_you")
        rows += [_row(record, name, style="part") for name in parts if getattr(money, name).is_known]
    if money.other_payer.is_known:
        rows.append(_row(record, "other_payer", MINUS))
    if balance.sharing.inside == "your_share" and not _is_in_share(balance):
        back = _row(record, "not_covered", PLUS)
        rows.append(replace(back, testid="not-covered-added", others=()))
    if balance.is_held_in_part:
        rows.append(replace(_yours(record, PLUS), testid="not-covered-added"))
    return rows


def _share(record: ClaimRecord, balance: Balance) -> list[Row]:
    """The member's share and what it is made of."""
    share = _row(record, "your_share", EQUALS, style="total")
    rows = [share, *(_row(record, name, style="part") for name in ("deductible", "copay", "coinsurance"))]
    if _is_in_whole(balance) or _is_in_share(balance) or is_rest_uncovered(record, balance):
        rows += _not_covered(record)
    elif balance.is_held_in_part:
        rows.append(_yours(record))
    elif (
        balance.rest_of_share.is_known
        and balance.sharing.inside != "your_share"
        and not _is_in_doubt(record, "your_share", *PARTS)
    ):
        rows.append(_row(record, "rest_of_share", style="part", figure=balance.rest_of_share))
    return rows


def _asides(record: ClaimRecord, balance: Balance) -> list[Row]:
    """What the plan sent besides, in no sum."""
    money = record.money
    names = [name for name in ("drug_cost", "you_paid") if getattr(money, name).is_known]
    names += ["tax"] if money.tax.amount and not balance.is_taxed else []
    names += ["allowed"] if _is_in_share(balance) or has_price_apart(money) else []
    rows = [_row(record, name, style="aside") for name in names if name != balance.base]
    if not unpaid.is_to_be_paid(record):
        return rows
    # A zero that may be to be paid says nothing: Medicare fills lines with it.
    return [_to_pay(row) for row in rows if row.testid != "you-paid" or row.figure.amount]


def _to_pay(row: Row) -> Row:
    if row.testid != "you-paid":
        return row
    return replace(row, testid=_YOURS_TO_PAY.testid, help=_(_YOURS_TO_PAY.help))


def _is_in_doubt(record: ClaimRecord, *concepts: str) -> bool:
    """Whether other figures contradict any of these."""
    return any(contradictions.of(record, concept) for concept in concepts)


def _is_in_whole(balance: Balance) -> bool:
    """Whether a bill without a price adds up with a share that holds what is not covered."""
    return balance.whole is not None and balance.whole.inside == "your_share"


def _is_in_share(balance: Balance) -> bool:
    """Whether the share holds what is not covered, and the bill adds up: then it stands in the share alone.

    The bill less what is taken off and paid is such a share: added again, that amount would only puzzle.
    """
    return balance.sharing.inside == "your_share" and balance.billing.outcome in ("holds", "worked_out")


def _row(
    record: ClaimRecord, concept: str, sign: str = "", *, style: str = "plain", figure: Figure = NOT_SHARED
) -> Row:
    kind, is_ours = _KINDS[concept], figure.is_known
    shown: Figure = figure if is_ours else getattr(record.money, concept)
    beside = NOT_SHARED if shown.is_known else by_some_lines(record, concept)
    in_sum = beside if concept == "plan_paid" and beside.is_known else shown
    is_undecided = _is_undecided(record, concept, in_sum)
    amount = _amount(beside if beside.is_known else shown)
    if not (shown.is_known or beside.is_known):
        amount = contradictions.unreadable(record, concept) or amount
    contradicted = contradictions.of(record, concept)
    against = contradictions.alternatives(contradicted) if contradicted else ()
    meaning = _meaning(record, concept)
    is_finer = concept in ("discount", "other_payer") or (concept == "deductible" and is_for_blood(shown))
    finer = finer_label(shown) if is_finer else ""
    if concept == "you_paid" and shown.origin.code == HEALTH_ACCOUNT:
        finer = _("Paid from your health account")
    if concept == "you_paid" and unpaid.is_to_be_paid(record):
        finer = _(_YOURS_TO_PAY.label)
    if concept == "paid_to_you":
        finer = label_of_sent(record)
    return Row(
        kind.testid or concept,
        finer or called(record.kind, _(kind.label)),
        _("{amount}, not decided yet").format(amount=amount) if is_undecided else amount,
        (shown.is_known or beside.is_known) and not is_undecided,
        sign,
        "total" if concept == "your_share" else style,
        kind.term,
        # What is said of a plan's own discount is not true of a finer one.
        called(record.kind, _(meaning)) if meaning and shown.is_known and not finer else "",
        source_words(shown.source, record, finer, shown.unit) if shown.source else "",
        contradictions.also(against),
        is_worked_out=is_ours or shown.origin.summed > 1,
        # What is left of a bill that nobody decided yet is no figure.
        figure=NOT_SHARED if is_undecided else in_sum,
        is_in_doubt=contradicted is not None,
        against=against,
    )


def _amount(figure: Figure) -> str:
    """Return an amount, with of how many lines it is where others say nothing of it."""
    if not (lines := figure.origin.partial):
        return priced(figure)
    of_lines = plural("{amount}, from {n} line", "{amount}, from {n} lines", lines)
    return of_lines.format(amount=priced(figure), n=lines)


def _is_undecided(record: ClaimRecord, concept: str, figure: Figure) -> bool:
    """Return whether it is a share, or a payment of nothing, of a claim that nobody decided yet."""
    is_told = concept == "your_share" or (concept == "plan_paid" and not figure.amount)
    return is_told and figure.is_known and standing.is_open(record)


def _meaning(record: ClaimRecord, concept: str) -> str:
    kind, shown = _KINDS[concept], getattr(record.money, concept, NOT_SHARED)
    if shown.amount == 0 and (kind.testid or concept) not in ALWAYS_SHOWN:
        return ""  # "a provider may still ask you for it", of nothing
    if concept == "paid_to_you" and (kept := kept_of_stated(record)).is_known:
        return _("Your plan kept {amount} of it.").format(amount=priced(kept))
    if concept == "discount":
        is_outside, is_asked = standing.may_ask_more(record), whose.may_be_asked_above(record)
        network = "out" if is_outside else record.network
        return _DISCOUNTS.get(network if is_outside == is_asked else None, kind.help)
    # A price of zero that was paid over counts for nothing.
    return "" if concept == "allowed" and has_price_apart(record.money) else kind.help

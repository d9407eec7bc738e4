"""What reasons explain by their amounts: what "not covered" consists of, and figures that differ by them.

X12 takes a bill apart by reasons: 45 is above the plan's price, 23 what a payer before had paid or adjusted.
Plans put both under "not covered" too. They are told by the price and by what others paid: only the rest is
not covered, for pages, lists, sums and files. The plan's own amount stands behind "More details".
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from msgspec import structs

from apps.kinds.claim.reading.concepts import BY_REASON, HEALTH_ACCOUNT, LABELS
from apps.kinds.claim.reading.contradictions import Rule
from apps.kinds.claim.reading.figures import add, come_to
from apps.kinds.claim.reading.precedence import Story
from apps.kinds.claim.reading.price import reduction
from apps.kinds.claim.reading.reasons import (
    ABOVE_PRICE,
    CORRECTS,
    filling,
    is_interest,
    is_of_account,
    is_of_others,
    is_off_payment,
    is_refused,
    is_settled_elsewhere,
    lowers_payment,
    refuses,
    that_stand,
    waits_for_decision,
)
from apps.kinds.claim.records import (
    NOT_SHARED,
    AlsoSent,
    ClaimRecord,
    Detail,
    Disagreement,
    Figure,
    Line,
    Money,
    Reason,
    Source,
)

_FIGURES = frozenset({"billed", "allowed", "discount", "not_covered", "other_payer", "plan_paid"})
"""What it is found by: where one of them is in doubt, nothing is."""


class _Parts(NamedTuple):
    """The amounts of reasons: what is above the price, what is of others or off the payment, and the rest."""

    above: tuple[Figure, ...] = ()
    others: tuple[Figure, ...] = ()
    rest: tuple[Figure, ...] = ()
    refusing: tuple[Figure, ...] = ()
    """Those of the rest that refuse."""

    def and_those(self, other: "_Parts") -> "_Parts":
        return _Parts(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))


def by_reasons(record: ClaimRecord) -> ClaimRecord:
    """Return a claim whose amount that is not covered is the rest alone, with what the member's spending
    account paid; its lines stay as sent.

    A bill that its reasons close where the price does not has what they say is above the price as discount.
    """
    record = _with_account(record)
    if _FIGURES & {apart.concept for apart in record.disagreements if apart.about != "whole"}:
        return record
    every = _parts(record.reasons, record.money, _sent(record, ""))
    for line in record.real_lines:
        of_line = _parts(line.reasons, line.money, _sent(record, line.path))
        every = every.and_those(of_line) if every and of_line else None
    if every is None:
        return structs.replace(record, disagreements=_left(record, record.money))
    without_told = _without_told(record.money, every)
    money = without_told or _closed(record.money, every)
    sent = [
        Detail(LABELS[concept], getattr(record.money, concept))
        for concept in ("not_covered", "discount")
        if getattr(record.money, concept).is_known
        and getattr(record.money, concept) != getattr(money, concept)
    ]
    return structs.replace(
        record,
        money=money,
        has_less_uncovered=without_told is not None,
        details=(*record.details, *sent),
        disagreements=_left(record, money),
    )


def _with_account(record: ClaimRecord) -> ClaimRecord:
    """Return a claim with what an account paid of the share by its reason: the figures close without it."""
    places = [("", record.reasons), *((line.path, line.reasons) for line in record.real_lines)]
    paid = [
        _figure(reason, _sent(record, place), LABELS["you_paid"])
        for place, reasons in places
        for reason in filter(is_of_account, reasons)
    ]
    whole, money, rule = add(paid, LABELS["you_paid"]), record.money, Rule.of(1)
    is_of_share = rule.adds_up(money) and not rule.exceeds(whole, money.your_share)
    # The claim and its lines may tell of one payment twice.
    is_told_twice = 0 < len([*filter(is_of_account, record.reasons)]) < len(paid)
    is_paid = (whole.amount or 0) > 0 and not is_told_twice
    if whole.source is None or money.you_paid.is_known or not (is_paid and is_of_share):
        return record
    whole = structs.replace(whole, source=structs.replace(whole.source, code=HEALTH_ACCOUNT))
    return structs.replace(record, money=structs.replace(money, you_paid=whole))


def _sent(record: ClaimRecord, place: str) -> list[AlsoSent]:
    """Return amounts that stand beside a reason alone, of a line or of the claim itself."""
    start = f"{place}.adjudication[" if place else ("adjudication[", "total[")
    return [sent for sent in record.also_sent if sent.figure and sent.path.startswith(start)]


def _parts(reasons: Iterable[Reason], money: Money, sent: list[AlsoSent]) -> _Parts | None:
    """Return the amounts of the reasons of one place; None where a reason that may tell has none."""
    telling = [reason for reason in reasons if _tells(reason)]
    figures_of: dict[str, list[Figure]] = {name: [] for name in _Parts._fields}
    for reason in telling:
        # As the member's (PR) it is told by no price, and without one, or by one of nothing, only a contract
        # takes it off.
        is_taken_off = reason.group == "CO" or (reason.group is None and bool(money.allowed.amount))
        is_above = reason.code.lstrip("0") == ABOVE_PRICE and is_taken_off
        figure = _figure(reason, sent, LABELS["discount" if is_above else "not_covered"])
        if not figure.is_known and len(telling) == 1:
            figure = money.not_covered  # the only reason is of all of it
        if not figure.is_known and is_above:
            continue  # of a discount
        if not figure.is_known:
            return None
        is_other = is_of_others(reason) or lowers_payment(reason)
        part = "above" if is_above else "others" if is_other else "rest"
        figures_of[part].append(figure)
        if part == "rest" and refuses(reason):
            figures_of["refusing"].append(figure)
    return _Parts(*map(tuple, figures_of.values()))


def _tells(reason: Reason) -> bool:
    """Return whether a reason takes something off a bill: no remark, no part of the share, no correction."""
    if reason.kind != "adjustment":
        return refuses(reason)
    is_of_share = reason.group == "PR" and reason.code.lstrip("0") in BY_REASON
    return not is_of_share and reason.group != CORRECTS


def _figure(reason: Reason, sent: list[AlsoSent], label: str) -> Figure:
    """Return the amount of a reason with the place where the plan sent it."""
    code = f"{reason.group or ''} {reason.code}".strip()
    for element in sent:
        if (
            element.figure
            and element.figure.amount == reason.amount.amount
            and element.label in (reason.words, code)
        ):
            return structs.replace(element.figure, source=Source(label, element.path, code))
    return reason.amount


def _without_told(money: Money, parts: _Parts) -> Money | None:
    """Return figures without what of "not covered" the price, or what others paid, tells; None for none."""
    uncovered = money.not_covered
    every = (*parts.above, *parts.others, *parts.rest)
    if not (uncovered.amount or 0) > 0 or any(figure.unit != uncovered.unit for figure in every):
        return None
    # Sums that hold with "not covered" apart from a discount, or from what others paid, are left alone: then
    # only what a payer before decided, of which nothing else is told, is taken for what it is.
    if (money.discount.amount or money.other_payer.amount) and Rule.of(1).adds_up(money):
        if money.other_payer.amount:
            return None
        parts = parts._replace(above=())
    above, others = _above(money, parts), _others(money, parts)
    for rest in dict.fromkeys((parts.rest, parts.refusing)):
        left = add(rest, LABELS["not_covered"]) if rest else NOT_SHARED
        is_told = (uncovered.amount or 0) - come_to(rest) in {above, others, above + others} - {0}
        if is_told and (not rest or left.source):
            has_price = money.allowed.is_known or money.discount.amount or not above
            discount = money.discount if has_price else add(parts.above, LABELS["discount"])
            money_left = structs.replace(money, not_covered=left, discount=discount)
            return money_left if not above or discount.amount else _by_price(money_left)
    return None


def _by_price(money: Money) -> Money:
    """Return figures with how far the bill is above the price in place of a stated discount of zero, beside
    which reasons put something above that price."""
    priced = structs.replace(money, discount=NOT_SHARED)
    return structs.replace(priced, reduction=reduction(priced))


def _above(money: Money, parts: _Parts) -> Decimal:
    """Return what reasons say is above the price, where discount or price tell it, or neither does."""
    above, stated = come_to(parts.above), money.discount
    if stated.amount:
        return above if stated.amount == above else Decimal(0)
    if money.allowed.amount is None or money.bill.amount is None:
        return above if all(figure.source for figure in parts.above) else Decimal(0)
    return above if above <= money.bill.amount - money.allowed.amount else Decimal(0)


def _others(money: Money, parts: _Parts) -> Decimal:
    """Return what reasons say of other payers, where these paid as much, or nothing says what they paid: the
    rest they only adjusted."""
    others, paid = come_to(parts.others), money.other_payer
    return others if not paid.is_known or others <= (paid.amount or 0) else Decimal(0)


def _closed(money: Money, parts: _Parts) -> Money:
    """Return a bill with what its reasons say is above the price as discount, where it closes with that, and
    no price is stated, or others paid more than that; beside a price a discount of zero gives way to it."""
    others = money.other_payer.amount or Decimal(0)
    is_priced = money.allowed.is_known and not others > (money.allowed.amount or 0) > 0
    above = add(parts.above, LABELS["discount"]) if parts.above else NOT_SHARED
    if money.discount.amount or not (above.amount or 0) > 0 or above.source is None:
        return money
    if is_priced:
        priced = _by_price(money)
        is_told = money.discount.is_known and priced.reduction.amount == above.amount
        return priced if is_told else money
    closed = structs.replace(money, discount=above, reduction=NOT_SHARED)
    return closed if Rule.of(1).closes_without_price(closed) else money


def _left(record: ClaimRecord, money: Money) -> tuple[Disagreement, ...]:
    """Return the disagreements without those of "not covered" that are none with the rest of it, or where
    that is the provider's and in the price: a share of zero is right then."""
    rule = Rule.of(len(record.real_lines))

    def is_left(disagreement: Disagreement) -> bool:
        if disagreement.about == "uncovered":
            share = money.your_share
            is_told = _is_providers(record) or is_to_decide(record)
            is_told = is_told and rule.closes_in_price(share, money)
            return bool(money.not_covered.amount) and not (is_told or rule.closes(share, money))
        return disagreement.about != "whole" or bool(rule.above_bill(money))

    return tuple(filter(is_left, record.disagreements))


def is_to_decide(record: ClaimRecord) -> bool:
    """Return whether reasons say, of all that is not covered, that the plan has still to decide it."""
    refused = [line for line in record.real_lines if line.money.not_covered.amount]
    at_lines = bool(refused) and all(any(map(waits_for_decision, line.reasons)) for line in refused)
    telling = [
        reason for reason in filter(_tells, record.all_reasons) if reason.code.lstrip("0") != ABOVE_PRICE
    ]
    is_told = at_lines or any(map(waits_for_decision, record.reasons))
    return is_told and all(map(waits_for_decision, telling))


def _is_providers(record: ClaimRecord) -> bool:
    """Return whether reasons put all that is not covered on the provider (CO): at the claim, or at each line
    that does not say that it has none of it."""
    refused = [line for line in record.real_lines if line.money.not_covered.amount != 0]
    at_lines = bool(refused) and all(any(map(_tells, line.reasons)) for line in refused)
    telling = [*filter(_tells, record.all_reasons)]
    is_told = at_lines or any(map(_tells, record.reasons))
    return is_told and all(reason.group == "CO" for reason in telling)


def explained(story: Story, stated: Sequence[Reason]) -> Story:
    """Return *story* without what disagrees by the amount of a reason: a share and its parts, and what the
    plan paid with and without its interest, or what it holds back: shown is what it paid in the end."""
    shown, left = story.money, list[Disagreement]()
    for disagreement in story.disagreements:
        in_the_end = _in_the_end(shown, disagreement, stated)
        shown = in_the_end or shown
        if not (in_the_end or _is_filled(disagreement, stated)):
            left.append(disagreement)
    return story._replace(money=shown, disagreements=tuple(left))


def _is_filled(disagreement: Disagreement, stated: Sequence[Reason]) -> bool:
    """Return whether a reason is of what a share and its parts are apart."""
    share, parts = disagreement.chosen, disagreement.others[:1]
    if disagreement.about != "stated" or len(disagreement.others) != 1 or parts[0].unit != share.unit:
        return False
    gap = (parts[0].amount or Decimal(0)) - (share.amount or Decimal(0))
    return filling(stated, gap, share.unit) is not None


def _in_the_end(shown: Money, disagreement: Disagreement, stated: Sequence[Reason]) -> Money | None:
    """Return the figures with what the plan paid with its interest, or less what it holds back; None where
    they differ by something else, or may by both."""
    if disagreement.concept != "plan_paid" or len(disagreement.others) != 1:
        return None
    less, more = sorted(
        (disagreement.chosen, *disagreement.others), key=lambda figure: figure.amount or Decimal(0)
    )
    gap = (more.amount or Decimal(0)) - (less.amount or Decimal(0))
    has_interest, is_lowered = is_interest(stated, gap, more.unit), is_off_payment(stated, gap, more.unit)
    if more.unit != less.unit or has_interest is is_lowered:
        return None
    return structs.replace(shown, plan_paid=more if has_interest else less)


def are_open(outcome: str | None, lines: Sequence[Line], uncovered: Figure) -> bool:
    """Return whether a line has no price: its claim is not finished, or it was refused, and what is
    *uncovered* of the claim does not tell of it. What is above the price is then not taken off."""
    standing = that_stand(lines)
    refused = [_refused_charge(line) for line in standing]
    priced = [line for line, charge in zip(standing, refused, strict=True) if not charge.is_known]
    of_priced = come_to([line.money.not_covered for line in priced])
    of_unpriced = max(abs(come_to([uncovered])) - abs(of_priced), Decimal(0))
    return abs(come_to(refused)) > of_unpriced + Rule.of(len(lines)).slack or (
        outcome == "partial"
        and any(
            not (line.money.allowed.is_known or line.money.plan_paid.is_known)
            for line in lines
            if line.money.billed.amount
        )
    )


def _refused_charge(line: Line) -> Figure:
    """Return what the plan did not cover of a line of which no amount says where it went, else the bill for
    one that it refused; `NOT_SHARED` for another line."""
    money = line.money
    is_placed = any(figure.amount for figure in (money.allowed, money.discount, money.plan_paid))
    if is_placed or is_settled_elsewhere(line):
        return NOT_SHARED
    is_denied = line.decision == "denied" or is_refused(line)
    return money.billed if is_denied and not money.not_covered.amount else money.not_covered


def as_sent(record: ClaimRecord) -> Figure:
    """Return what is not covered as the plan states it, also where `by_reasons` told a part by its reason."""
    sent = [detail.figure for detail in record.details if detail.label == LABELS["not_covered"]]
    return sent[-1] if sent and record.has_less_uncovered else record.money.not_covered

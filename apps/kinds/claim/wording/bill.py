"""The bill in hand beside a claim: the same as the plan's share or not, by how much, and what to ask; pure.

Causes are offered where a figure of the plan equals the difference, never asserted; "the same" is not yet
"right". What only its lines show (twice the same, a share of zero) is asked about: two alike may be true.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Literal

from apps.kinds.claim import standing, unpaid, whose
from apps.kinds.claim.reading.reasons import is_second, refuses
from apps.kinds.claim.records import ClaimRecord, Figure
from apps.kinds.claim.wording import bill_checklist, left_to_pay, titles, to_pay
from apps.kinds.claim.wording import lines as claim_lines
from apps.kinds.claim.wording import share as share_words
from apps.kinds.claim.wording.amounts import BillLine, NotAnAmount, read_amount, read_lines
from apps.kinds.claim.wording.balance import balance
from apps.kinds.claim.wording.vocabulary import called
from apps.plain_language.capitals import calm_name, folded_name
from apps.plain_language.language import _, said
from apps.plain_language.money import in_cents, money
from apps.plain_language.theirs import filled

Outcome = Literal["same", "higher", "lower", "cannot", "unread"]


@dataclass(frozen=True, slots=True)
class Check:
    """How a bill compares: the answer, what may be the cause, then what to ask, whom, with which numbers."""

    outcome: Outcome
    answer: str
    causes: tuple[str, ...] = ()
    asks: tuple[str, ...] = ()


def compared(
    record: ClaimRecord, typed: str, flags: Collection[str], lines: str = "", noted: Decimal = Decimal(0)
) -> Check:
    """Return how the bill of the amount *typed* compares, or of its *lines*, an amount last on each.

    *noted* is what the member noted as paid, in the currency of the share. What cannot be read is said in the
    answer. What lines alone show is asked about beside it.
    """
    currency = record.money.your_share.unit
    try:
        read = read_lines(lines, currency=currency)
        whole = sum((line.amount for line in read), Decimal(0))
        asked = whole if read and not typed.strip() else read_amount(typed, currency=currency)
    except NotAnAmount as problem:
        return Check("unread", str(problem))
    questions = tuple(_questions(record, read))
    if read and asked != whole:
        is_charges = record.money.billed.amount == whole
        text = (
            _("The lines come to what was billed, {lines}, the bill asks for {bill}. Leave the lines out.")
            if is_charges
            else _("This cannot be compared: the lines come to {lines}, the bill asks for {bill}.")
        )
        answer = text.format(lines=money(whole, currency), bill=money(asked, currency))
        return Check("cannot", answer, questions, _of_which_part(record, asked))
    result = check(record, asked, flags=flags, noted=noted)
    return replace(result, causes=(*result.causes, *questions))


_NOT_COMPARABLE = {
    "several": said("This cannot be compared: the bill is for several dates or claims, this is one claim."),
    "earlier": said(
        "This cannot be compared: the bill holds an earlier balance. Ask for the part of this claim."
    ),
    "disagrees": said(
        "This cannot be compared: the figures of your plan disagree. Ask your plan which is right."
    ),
    "protected": said(
        "Pay nothing before you asked: your plan marks you as a Qualified Medicare Beneficiary (QMB), whom "
        "the provider may not charge deductible or coinsurance."
    ),
    "repeat": said(
        "This cannot be compared: your plan had this claim already. Hold the bill against the first one."
    ),
    "other_payer": said("This cannot be compared yet: your plan says that another payer comes first."),
    "currencies": said(
        "This cannot be compared: your share and what was paid of it are in different currencies. Ask your "
        "plan what is left."
    ),
    "too_much": said(
        "This cannot be compared: what was paid and your share come to more than the price in this claim. "
        "Ask your plan."
    ),
    "above": said(
        "This cannot be compared: your plan's share is more than the price in this claim. Ask your plan."
    ),
    "open": said("This cannot be compared: your plan's share is not final, or not known in full."),
}
"""Why a bill and a share cannot be compared."""


_SHARE: Final[dict[Outcome | Literal["ask"], str]] = {
    "same": said("The bill asks for the same as your plan's share: {due}."),
    "higher": said("The bill is higher by {apart}: it asks for {bill}, your plan's share is {due}."),
    "lower": said("The bill is lower by {apart}: it asks for {bill}, your plan's share is {due}."),
    "ask": said(
        "Ask {provider}: “My plan's share for {day} is {due}, your bill asks for {bill}. What is the rest "
        "for?”"
    ),
}
"""How a bill is said to compare with the share, and what the provider is asked."""
_DUE: Final[dict[Outcome | Literal["ask"], str]] = {
    "same": said("The bill asks for what is to pay by your plan's figures: {due}."),
    "higher": said(
        "The bill is higher by {apart}: it asks for {bill}, by your plan's figures {due} is to pay."
    ),
    "lower": said(
        "The bill is lower by {apart}: it asks for {bill}, by your plan's figures {due} is to pay."
    ),
    "ask": said(
        "Ask {provider}: “By my plan's figures, {due} is to pay for {day}, your bill asks for {bill}. What "
        "is the rest for?”"
    ),
}
"""The same where something was paid already, sent to a member or put on the provider: the share is another
amount."""
_FIRST: Final[dict[Outcome, str]] = {
    "same": said(
        "A match does not prove the bill right: check the date and the services too before you pay."
    ),
    "lower": said("Pay no more than the bill asks for. Keep it: a second bill may follow."),
}
"""What comes before the questions about a bill of no more than what is to pay."""


def check(
    record: ClaimRecord, asked: Decimal, *, flags: Collection[str] = (), noted: Decimal = Decimal(0)
) -> Check:
    """Return how a bill of *asked*, in the currency of the share, compares with the plan's share."""
    share = record.money.your_share
    due = to_pay.due(record)
    if reason := _not_comparable(record, due, flags):
        return Check("cannot", reason, asks=_of_which_part(record, asked))
    assert due is not None
    assert share.amount is not None
    words = _SHARE if in_cents(due) == in_cents(share.amount) else _DUE
    difference = in_cents(asked) - in_cents(due)
    answers = {
        "due": money(due, share.unit),
        "bill": money(asked, share.unit),
        "apart": money(abs(difference), share.unit),
    }
    stated = [*_causes(record, asked, difference, noted)]
    figures = (called(record.kind, _(cause)).format(amount=answers["apart"]) for cause in stated)
    on_top = () if stated else _on_top(record)
    causes = (*figures, *on_top, *_barred(record, difference), *_noted(record, noted, asked, difference))
    outcome: Outcome = "higher" if difference > 0 else "lower" if difference < 0 else "same"
    answer, ask = _(words[outcome]).format(**answers), words["ask"]
    if outcome == "higher":
        asked_why = _(ask).format(provider=_provider(record), day=_of_when(record), **answers)
        return Check(outcome, answer, causes, (asked_why, _ask_plan(record)))
    causes = (*causes, *_doubts(record, due))  # of more it asks anyway
    asks = _of_which_part(record, asked) if asked else ()  # of nothing no part is asked for
    is_for_plan = causes or outcome == "lower"
    return Check(outcome, answer, causes, (_(_FIRST[outcome]), *(asks if is_for_plan else asks[:1])))


def _on_top(record: ClaimRecord) -> Iterator[str]:
    """Yield what the provider may ask for on top of what is due."""
    amounts = to_pay.amounts_of(record)
    texts = left_to_pay.besides(record, amounts) if amounts else ()
    return (called(record.kind, text) for text in texts)


def _doubts(record: ClaimRecord, due: Decimal) -> Iterator[str]:
    """Yield why to ask before a bill of no more than is *due* is paid."""
    if due and (before := left_to_pay.to_ask(record, to_pay.amounts_of(record))):
        yield before
    if listed_payment := share_words.payment_above(record):
        yield listed_payment
    yield from bill_checklist.doubts(record)


def _not_comparable(record: ClaimRecord, due: Decimal | None, flags: Collection[str]) -> str:
    """Return why the bill and the share cannot be compared; "" where they can."""
    if standing.is_uninsured(record):
        return share_words.uninsured(record)
    why = next((flag for flag in ("several", "earlier") if flag in flags), "")
    why = why or ("repeat" if record.is_repeat else str(unpaid.apart(record)))
    if why not in _NOT_COMPARABLE and due is None:
        amounts = to_pay.amounts_of(record)
        why = "currencies" if to_pay.are_in_several(record) and why != "open" else "open"
        if amounts and amounts.is_too_much:
            why = "above" if amounts.is_share_above else "too_much"
    return called(record.kind, _(_NOT_COMPARABLE[why])) if why in _NOT_COMPARABLE else ""


def _causes(record: ClaimRecord, asked: Decimal, difference: Decimal, noted: Decimal) -> Iterator[str]:
    """Yield what may be the cause: each is a figure of the plan that equals the difference, unless that is
    what the member *noted*."""
    figures, size = record.money, abs(in_cents(difference))

    def is_it(figure: Figure) -> bool:
        return figure.amount is not None and figure.amount > 0 and in_cents(figure.amount) == size

    if is_it(unpaid.paid_by_you(record)) and in_cents(noted) != -difference:
        yield said("The difference equals the {amount} that your plan says you paid already: ask about it.")
    if difference <= 0:
        return
    if figures.billed.amount and in_cents(asked) == in_cents(figures.billed.amount):
        yield said("The bill asks for all that was billed, as if your plan had done nothing: ask why.")
    yield from _of_payment(record, is_it)
    if is_it(figures.other_payer):
        yield said("The difference equals what others paid, {amount}: ask whether that has come.")
    if is_it(to_pay.barred(record)):
        yield said(
            "The difference equals the part your plan puts on the provider, {amount}: ask why you pay it."
        )
    elif is_it(figures.not_covered) and _is_had_already(record):
        yield said(
            "The difference equals what your plan had already in another claim, {amount}: ask whether it is "
            "billed twice."
        )
    elif is_it(figures.not_covered):
        yield said("The difference equals the part that is not covered, {amount}: ask whether it is yours.")
    if is_it(figures.discount) or is_it(balance(figures).taken_off):
        yield (
            said(
                "The difference equals what was billed above Medicare's price, {amount}. This provider did "
                "not accept that price: ask Medicare how much more it may ask for."
            )
            if record.is_unassigned
            else said(
                "The difference equals what was billed above your plan's price, {amount}, which may be "
                "yours: ask your plan."
            )
            if whose.is_above_open(record)
            else said(
                "The difference equals what your plan's price takes off the bill, {amount}: ask why you pay "
                "it."
            )
        )


def _of_payment(record: ClaimRecord, is_it: Callable[[Figure], bool]) -> Iterator[str]:
    """Yield which part of the plan's payment it may be: what the provider got, or what has still to come."""
    if is_it(record.money.plan_paid) and titles.is_payee_in_doubt(record):
        yield said("The difference equals what your plan paid, {amount}: ask it who was paid.")
    elif is_it(to_pay.paid_to_provider(record)):
        yield (
            said(
                "The difference equals what your plan paid to the provider, {amount}: the bill may be older."
            )
            if to_pay.sent_to_you(record).amount
            else said(
                "The difference equals what your plan paid, {amount}: the bill may be older than the payment."
            )
        )
    if is_it(to_pay.rest(record)):
        yield said(
            "The difference equals the rest of your plan's payment, {amount}: ask your plan whether it came."
        )
    if is_it(to_pay.withheld(record)):
        yield said("The difference equals what your plan kept of its payment, {amount}: ask your plan why.")


def _is_had_already(record: ClaimRecord) -> bool:
    """Return whether all that the plan did not cover came to it a second time."""
    telling = [reason for reason in record.all_reasons if refuses(reason) or is_second(reason)]
    return bool(telling) and all(map(is_second, telling))


def _barred(record: ClaimRecord, difference: Decimal) -> Iterator[str]:
    """Yield what the provider may not charge, whatever the bill asks for; a cause said it where that is what
    the bill is more."""
    barred = to_pay.barred(record)
    if barred.amount and in_cents(barred.amount) != difference:
        text = _(
            "By your plan's figures, the provider normally may not charge you {amount} of what was billed."
        )
        yield called(record.kind, text).format(amount=money(barred.amount, barred.unit))


def _noted(record: ClaimRecord, noted: Decimal, asked: Decimal, difference: Decimal) -> Iterator[str]:
    """Yield what the member's own note has to do with the bill: they must not pay the same twice."""
    is_cause, listed = in_cents(noted) == -difference, unpaid.paid_by_you(record).amount
    is_told = listed == noted and in_cents(noted) == difference  # as what the plan says was paid
    if not noted or is_told or in_cents(noted) < -difference or not (asked or is_cause):
        return
    text = (
        _("The difference equals the {amount} that you noted as paid.")
        if is_cause
        else _("You noted {amount} as paid: before you pay, ask whether the bill counts it.")
    )
    yield text.format(amount=money(noted, record.money.your_share.unit))


def _of_which_part(record: ClaimRecord, asked: Decimal) -> tuple[str, ...]:
    """Return what the provider is asked of a bill that may be for more than this claim; then the plan."""
    bill = money(asked, record.money.your_share.unit)
    text = _("Ask {provider}: “Which part of the {bill} is for {day}, and for which services?”")
    ask = text.format(provider=_provider(record), day=_of_when(record), bill=bill)
    return (ask,) if standing.is_uninsured(record) else (ask, _ask_plan(record))


def _provider(record: ClaimRecord) -> str:
    return calm_name(titles.biller(record)) or called(record.kind, _("the provider"))


def _of_when(record: ClaimRecord) -> str:
    """Return the days of care, by which a provider finds it; else what else names the claim."""
    is_of_care = record.service_start and not record.day_is
    return titles.every_day(record) if is_of_care else titles.for_calls(record) or _("this claim")


def _ask_plan(record: ClaimRecord) -> str:
    number = titles.for_calls(record)
    if not number:
        return _("Then ask your plan, at the number on your card.")
    return _("Then ask your plan, at the number on your card: {number}.").format(number=number)


def _questions(record: ClaimRecord, lines: Sequence[BillLine]) -> Iterator[str]:
    """Yield what to ask about *lines* beside what the plan says of the same services."""
    currency = record.money.your_share.unit
    for (what, amount), number in Counter(line.key for line in lines).items():
        if number > 1 and what and amount:
            words = next(line.what for line in lines if line.key == (what, amount))
            yield filled(
                _("“{what}” stands on the bill {n} times with {amount}: ask whether it was done so often."),
                what=words,
                n=str(number),
                amount=money(amount, currency),
            )
    free = _free(record)
    for line in dict.fromkeys(lines):
        if line.amount and folded_name(line.what) in free:
            yield filled(
                _(
                    "“{what}” is {amount} on the bill; your plan says that your share of it is {nothing}: "
                    "ask why."
                ),
                what=line.what,
                amount=money(line.amount, currency),
                nothing=money(Decimal(0), currency),
            )


def _free(record: ClaimRecord) -> frozenset[str]:
    """Return the names and codes of services of which the plan says everywhere that the share is zero."""
    is_sure = not (record.may_change or standing.is_contradicted(record, "your_share"))
    if not is_sure or claim_lines.zeros_note(record):  # zeros there stand for what was not filled in
        return frozenset()
    free, asked = set[str](), set[str]()
    for line in claim_lines.real(record):
        names = {folded_name(name) for name in (claim_lines.name(line.what), line.what.code or "") if name}
        (free if line.money.your_share.amount == 0 else asked).update(names)
    return frozenset(free - asked)

"""What the year's page says about a year: pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from apps.kinds.claim.reading.figures import is_of_some_lines
from apps.kinds.claim.wording.list_words import apart, at_least, with_numbers
from apps.kinds.claim.year import Total, Year, YearSum
from apps.overview.plan_years import Span
from apps.plain_language import theirs
from apps.plain_language.dates import span_words
from apps.plain_language.language import _, plural
from apps.plain_language.money import MINUS, in_cents, money, priced


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the year's receipt; `note` says how many claims did not share it.

    `sign` is how it counts: − or + on the way from what was billed to the member's share, "" for these two.
    """

    testid: str
    label: str
    text: str
    is_known: bool
    note: str = ""
    is_total: bool = False
    sign: str = ""


def amounts(sums: Iterable[YearSum], concept: str) -> str:
    """Return the known sums of one concept: "$12.00", "$12.00 and CAD 5.00"."""
    totals: list[Total] = [getattr(amount, concept) for amount in sums]
    words = [money(total.amount, total.currency) for total in totals if total.amount is not None]
    return theirs.listed(words)


def answer(year: Year, *, period: str, plans: int, is_of_several: bool = False) -> str:
    """Return the first sentence of the year's page; *period* is "In 2025" or a plan year in words.

    *is_of_several*: the claims are about more than one person, so that their shares are nobody's own.
    """
    if not year.claims and year.disagreeing:
        return plural(
            "{period} nothing can be added up: the figures of {n} claim disagree.",
            "{period} nothing can be added up: the figures of {n} claims disagree.",
            len(year.disagreeing),
        ).format(period=period, n=len(year.disagreeing))
    if not year.claims:
        return _("{period} no claims count.").format(period=period)
    billed, paid, share = (_known(year, name) for name in ("billed", "plan_paid", "your_share"))
    whose = _("the share of everyone here") if is_of_several else _("your share")
    words = {"period": period, "billed": billed, "paid": paid, "share": share, "whose": whose}
    stated = sum(entry.figures["your_share"].amount is not None for entry in year.entries)
    if share and stated < year.claims:
        sentence = plural(
            "{period} {whose} is {share}, by the one of {all} claims that tells it.",
            "{period} {whose} is {share}, by the {n} of {all} claims that tell it.",
            stated,
        )
    elif share:
        sentence = _("{period} {whose} is {share}.")
    elif paid:
        sentence = plural(
            "{period} your plan paid {paid}. It did not share what your share is.",
            "{period} your plans paid {paid}. They did not share what your share is.",
            plans,
        )
    elif billed:
        sentence = plural(
            "{period} your plan was billed {billed}. It did not share what your share is.",
            "{period} your plans were billed {billed}. They did not share what your share is.",
            plans,
        )
    else:
        sentence = _("{period} your claims came without amounts, so there is nothing to add up.")
    words |= {"n": f"{stated:,}", "all": f"{year.claims:,}"}
    return f"{sentence.format(**words)} {apart(len(year.disagreeing))}".rstrip()


def _known(year: Year, concept: str) -> str:
    """Return the sums of a concept, "at least" where some lines alone state it, and then no payment of 0."""
    shown = amounts(year.shown, concept)
    if not shown or not any(is_of_some_lines(entry.figures[concept]) for entry in year.entries):
        return shown
    is_telling = concept != "plan_paid" or any(total.plan_paid.amount for total in year.shown)
    return at_least(shown) if is_telling else ""


def period_words(number: int, *, is_current: bool, by_plan_year: bool) -> str:
    """Return how a sentence about the year starts."""
    if by_plan_year:
        return _("In the plan year that starts in {year}").format(year=number)
    if is_current:
        return _("In {year} so far").format(year=number)
    return _("In {year}").format(year=number)


def span_in_words(span: Span) -> str:
    """Return "July 1, 2025 to June 30, 2026"."""
    return span_words(span.starts.isoformat(), span.ends.isoformat())


def receipt(total: YearSum, *, is_of_several: bool = False) -> tuple[Line, ...]:
    """Return the lines of the year's receipt, from billed to the member's share; it adds up as printed.

    Lines of others are there only where known, and one of our own where the claims' figures leave a gap.
    """
    uncovered, uncovered_label, has_row = total.not_covered, _("Not covered"), True
    if uncovered.amount is not None and total.in_both:  # what is in the share is not taken off before it
        uncovered = uncovered._replace(amount=uncovered.amount - total.in_both)
        uncovered_label = _("Not covered, and not in your share")
        has_row = bool(uncovered.amount or uncovered.unknown)  # a zero would deny what the share says below
    parts = (
        ("year-discount", _("Taken off the bill"), total.discount, True),
        ("year-above-price", _("Above your plan's price"), total.above_price, bool(total.above_price.amount)),
        (
            "year-other-discount",
            total.discount_names[0] if len(total.discount_names) == 1 else _("Other discounts and help"),
            total.other_discount,
            bool(total.other_discount.amount),
        ),
        ("year-not-covered", uncovered_label, uncovered, has_row),
        ("year-plan-paid", _("Your plan paid"), total.plan_paid, True),
        ("year-others-paid", _("Others paid"), total.other_payer, bool(total.other_payer.amount)),
    )
    whose = _("The share of everyone here") if is_of_several else _("Your share")
    shown = [(testid, label, part) for testid, label, part, is_shown in parts if is_shown]
    tax = total.tax if total.tax.amount else None  # most claims have none: that they do not say is nothing
    return (
        _line("year-billed", _("Billed"), total.billed, _not_in_it(total.billed)),
        *(
            _line(testid, label, part, _note(total, part, is_uncovered=part is uncovered), sign=MINUS)
            for testid, label, part in shown
        ),
        *([_line("year-tax", _("Tax"), tax, "", sign="+")] if tax else []),
        *_gap(total, [part for _testid, _label, part in shown]),
        replace(_line("year-your-share", whose, total.your_share, _of_your_share(total)), is_total=True),
    )


def _line(testid: str, label: str, part: Total, note: str, sign: str = "") -> Line:
    return Line(testid, label, priced(part), part.amount is not None, note, sign=sign)


def _gap(total: YearSum, parts: Iterable[Total]) -> tuple[Line, ...]:
    """Return the lines that make the printed ones add up, none where they do or where an end is not known.

    What nothing explains and what exceeds a bill are of different claims: each has a line, as printed.
    """
    if total.billed.amount is None or total.your_share.amount is None:
        return ()
    rest = in_cents(total.billed.amount) - in_cents(total.your_share.amount)
    rest += in_cents(total.tax.amount or Decimal(0))
    rest -= sum((in_cents(part.amount) for part in parts if part.amount is not None), Decimal(0))
    excess = max(in_cents(total.excess), -rest)
    gap = rest + excess
    lines = (
        (
            "year-gap",
            _("In none of these figures"),
            gap,
            _("Not every claim says where all of its bill went."),
        ),
        ("year-excess", _("More than these figures allow"), excess, _exceeding(total)),
    )
    return tuple(
        Line(testid, label, money(amount, total.currency), True, note, sign=sign)
        for (testid, label, amount, note), sign in zip(lines, (MINUS, "+"), strict=True)
        if amount
    )


def _exceeding(total: YearSum) -> str:
    """Return which claims come to more than was billed."""
    sentences = (
        (
            total.exceeding,
            plural(
                "The figures of {n} claim come to more than its bill or price. Plans do not all count in the "
                "same way, so this need not be a mistake.",
                "The figures of {n} claims come to more than their bill or price. Plans do not all count in "
                "the same way, so this need not be a mistake.",
                total.exceeding,
            ),
        ),
        (
            total.unbilled,
            plural(
                "{n} claim does not say what was billed.",
                "{n} claims do not say what was billed.",
                total.unbilled,
            ),
        ),
    )
    return " ".join(with_numbers(*sentences))


def _note(total: YearSum, part: Total, *, is_uncovered: bool) -> str:
    if part is total.above_price:
        return _("The provider may ask for it.")
    if part is total.other_discount:  # most claims have none: that they do not say is nothing to tell
        return theirs.listed(list(total.discount_names)) if len(total.discount_names) > 1 else ""
    notes = [_not_in_it(part), *(_whose(total) if is_uncovered else ())]
    return " · ".join(filter(None, notes))


def _whose(total: YearSum) -> Iterator[str]:
    """Yield whose parts of what is not covered are, by the reasons of the claims."""
    yield from _providers(total.providers, total.currency)
    if total.on_top:
        text = _("{amount} of it is counted as yours, and may come on top of the share")
        yield text.format(amount=money(total.on_top, total.currency))


def _providers(amount: Decimal, currency: str) -> Iterator[str]:
    if amount:
        text = _("Providers normally may not charge {amount} of it to you")
        yield text.format(amount=money(amount, currency))


def _of_your_share(total: YearSum) -> str:
    notes = [_not_in_it(total.your_share)]
    if total.in_both:
        notes.append(_("{amount} of it is not covered").format(amount=money(total.in_both, total.currency)))
        notes += _providers(total.providers_in_both, total.currency)
    return " · ".join(sentence for sentence in notes if sentence)


def _not_in_it(total: Total) -> str:
    if total.amount is None or not total.unknown:
        return ""
    return plural(
        "{n} claim does not say, and is not in it", "{n} claims do not say, and are not in it", total.unknown
    ).format(n=f"{total.unknown:,}")


def how_many(claims: int, without_share: int) -> str:
    """Return "14 claims", with how many of them do not state the member's share."""
    words = plural("{n} claim", "{n} claims", claims).format(n=f"{claims:,}")
    if not without_share:
        return words
    return plural(
        "{claims}, {n} without your share", "{claims}, {n} without your share", without_share
    ).format(claims=words, n=without_share)


def undated(count: int) -> str:
    """Return that *count* claims stand in no year, "" for none."""
    words = plural(
        "{n} claim is in no year: its date is not known.",
        "{n} claims are in no year: their dates are not known.",
        count,
    )
    return "".join(with_numbers((count, words)))


def closed(count: int) -> str:
    """Return that *count* claims could not be opened, "" for none."""
    words = plural(
        "{n} of your claims could not be opened and is not counted.",
        "{n} of your claims could not be opened and are not counted.",
        count,
    )
    return "".join(with_numbers((count, words)))

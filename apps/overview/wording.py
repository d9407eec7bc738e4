"""What home and the year's page say about a year: pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from apps.claims.year import Total, Year, YearSum
from apps.overview.plan_years import Span
from apps.plain_language import lists
from apps.plain_language.dates import span_words
from apps.plain_language.language import _, plural
from apps.plain_language.money import money, priced


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the year's receipt; `note` says how many claims did not share it."""

    testid: str
    label: str
    text: str
    is_known: bool
    note: str = ""
    is_total: bool = False


def lede(*, plans: Sequence[tuple[str, int]], year: Year, number: int, is_connected: bool = True) -> str:
    """Return home's answer: which plans shared how many claims, and the member's share of the year *number*.

    *plans* holds the plan's name and its number of claims, for each connection;
    `is_connected` says whether some permission still holds.
    """
    claims = sum(count for _name, count in plans)
    named = list(dict.fromkeys(name for name, count in plans if count or not claims))
    if not claims and not is_connected:
        return _("No plan is connected any more, and no claims are here.")
    if not claims:
        return plural(
            "{plans} is connected. No claims have arrived yet.",
            "{plans} are connected. No claims have arrived yet.",
            len(named),
        ).format(plans=listed(named))
    shared = plural("{plans} shared {n} claim.", "{plans} shared {n} claims.", claims)
    return f"{shared.format(plans=listed(named), n=f'{claims:,}')} {_so_far(year, number)}"


def listed(plans: Sequence[str]) -> str:
    """Return "Harborlight Health", "Harborlight Health and Seaside Dental" or "Your 3 plans"."""
    return _("Your {n} plans").format(n=f"{len(plans):,}") if len(plans) > 2 else lists.listed(plans)


def _so_far(year: Year, number: int) -> str:
    if not year.claims:
        return _("None of them counts for {year}.").format(year=number)
    known = [total for total in year.shown if total.your_share.amount is not None]
    if not known:
        return _("Your share of {year} is not shared by your plan.").format(year=number)
    shares = amounts(known, "your_share")
    unknown = sum(total.your_share.unknown for total in year.sums) + year.without_amounts
    if not unknown:
        return _("In {year} so far your share is {share}.").format(year=number, share=shares)
    return plural(
        "In {year} so far your share is {share}, without {n} claim whose share is not known.",
        "In {year} so far your share is {share}, without {n} claims whose share is not known.",
        unknown,
    ).format(year=number, share=shares, n=unknown)


def amounts(sums: Iterable[YearSum], concept: str) -> str:
    """Return the known sums of one concept: "$12.00", "$12.00 and CAD 5.00"."""
    totals: list[Total] = [getattr(one, concept) for one in sums]
    words = [money(total.amount, total.currency) for total in totals if total.amount is not None]
    return lists.listed(words)


def answer(year: Year, *, period: str, plans: int) -> str:
    """Return the first sentence of the year's page; *period* is "In 2025" or a plan year in words."""
    if not year.claims:
        return _("{period} no claims count.").format(period=period)
    billed, paid, share = (amounts(year.shown, name) for name in ("billed", "plan_paid", "your_share"))
    off = amounts([one for one in year.shown if (one.discount.amount or 0) > 0], "discount")
    words = {"period": period, "billed": billed, "off": off, "paid": paid, "share": share}
    if billed and paid and share and off:
        sentence = plural(
            "{period} your plan was billed {billed}, took off {off} as its discount and paid {paid}. "
            "Your share is {share}.",
            "{period} your plans were billed {billed}, took off {off} as their discount and paid {paid}. "
            "Your share is {share}.",
            plans,
        )
    elif billed and paid and share:
        sentence = plural(
            "{period} your plan was billed {billed} and paid {paid}. Your share is {share}.",
            "{period} your plans were billed {billed} and paid {paid}. Your share is {share}.",
            plans,
        )
    elif share:
        sentence = _("{period} your share is {share}.")
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
    return sentence.format(**words)


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


def receipt(total: YearSum) -> tuple[Line, ...]:
    """Return the lines of the year's receipt, from billed to the member's share; others only where known."""
    rows = (
        ("year-billed", _("Billed"), total.billed, True),
        ("year-discount", _("Plan discount"), total.discount, True),
        (
            "year-other-discount",
            total.discount_names[0] if len(total.discount_names) == 1 else _("Other discounts and help"),
            total.other_discount,
            bool(total.other_discount.amount),
        ),
        ("year-not-covered", _("Not covered"), total.not_covered, True),
        ("year-plan-paid", _("Your plan paid"), total.plan_paid, True),
        ("year-others-paid", _("Others paid"), total.other_payer, bool(total.other_payer.amount)),
        ("year-your-share", _("Your share"), total.your_share, True),
    )
    return tuple(
        Line(
            testid,
            label,
            priced(part),
            part.amount is not None,
            _note(total, part),
            testid == "year-your-share",
        )
        for testid, label, part, is_shown in rows
        if is_shown
    )


def _note(total: YearSum, part: Total) -> str:
    if part is total.other_discount:  # most claims have none: that they do not say is nothing to tell
        return lists.listed(list(total.discount_names)) if len(total.discount_names) > 1 else ""
    return _in_your_share(total) if part is total.not_covered and total.in_both else _not_in_it(part)


def _in_your_share(total: YearSum) -> str:
    return _("{amount} of it is in your share too").format(amount=money(total.in_both, total.currency))


def _not_in_it(total: Total) -> str:
    if total.amount is None or not total.unknown:
        return ""
    return plural(
        "{n} claim does not say, and is not in it", "{n} claims do not say, and are not in it", total.unknown
    ).format(n=f"{total.unknown:,}")


def remainder(total: YearSum) -> str:
    """Return why the lines do not add up to what was billed, "" where they do."""
    rest = total.unexplained
    if not rest or all(
        part.amount is None
        for part in (
            total.discount,
            total.other_discount,
            total.not_covered,
            total.plan_paid,
            total.your_share,
        )
    ):
        return ""
    amount = money(abs(rest), total.currency)
    if rest > 0:
        return _(
            "The lines come to {amount} less than was billed: not every claim says where all of its bill "
            "went."
        ).format(amount=amount)
    return _(
        "The lines come to {amount} more than was billed: some claims do not say what was billed, or count "
        "the same money in two lines."
    ).format(amount=amount)


def how_many(claims: int, without_share: int) -> str:
    """Return "14 claims", with how many of them do not state the member's share."""
    words = plural("{n} claim", "{n} claims", claims).format(n=f"{claims:,}")
    if not without_share:
        return words
    return plural(
        "{claims}, {n} without your share", "{claims}, {n} without your share", without_share
    ).format(claims=words, n=without_share)


def closed(count: int) -> str:
    """Return that *count* claims could not be opened, "" for none."""
    if not count:
        return ""
    return plural(
        "{n} of your claims could not be opened and is not counted.",
        "{n} of your claims could not be opened and are not counted.",
        count,
    ).format(n=f"{count:,}")

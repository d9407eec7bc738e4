"""How far a count has come toward a limit, in sentences and pictures: pure.

"Left" is said only against a limit that the plan stated; a day only where every step has one and no doubt.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property, partial
from typing import Final

from apps.overview.ledger import Concept, Doubt, Ledger, met_on
from apps.overview.plan_years import Limit, Limits, Span
from apps.overview.plots import Plot, Step, progress, steps
from apps.overview.tables import months_of, short_month
from apps.plain_language.dates import date_words
from apps.plain_language.language import _, said
from apps.plain_language.money import money
from apps.plain_language.theirs import listed

_NOT_STATED: Final = said("Deductible: your plan's claims do not state it.")
_DEDUCTIBLE_APART: Final = said("Deductible: only claims that are not in the totals state it.")
_TITLES: Final[dict[Concept, str]] = {
    "deductible": said("Counted toward the deductible, in the order in which your plan decided"),
    "out_of_pocket": said("Counted out of pocket, in the order in which your plan decided"),
}

_LEFT: Final = {
    "either": (
        said("By the claims here, {most} left, or {least} if prescriptions count too; ask your plan."),
        said(
            "By the claims here, {most} was left at the end, or {least} if prescriptions count too; ask your "
            "plan."
        ),
    ),
    "one": (
        said("By the claims here, {most} left; your plan's own count decides."),
        said("By the claims here, {most} was left at the end; your plan's own count decides."),
    ),
    "range": (
        said("By the claims here, {least} to {most} left; your plan's own count decides."),
        said("By the claims here, {least} to {most} was left at the end; your plan's own count decides."),
    ),
}
"""What is known of what is left -> how that is said while the year runs, and when it is over."""


@dataclass(frozen=True)
class Answer:
    """What is counted toward one limit, in words; what is left and a picture where the limit is known.

    `left` is "" where the plan stated no limit, or zero: nothing is left of what nobody knows, or is none.
    """

    counted: str
    left: str = ""
    percent: int | None = None
    """How much of the limit is counted for certain, at most 100; None where no limit is known, or of what
    counts nothing is certain."""
    draw: Callable[[], Plot | None] = lambda: None
    """Draws its picture, for pages that have one."""
    doubt: str = ""
    """How much of it may not count, and why."""
    doubt_of_all: str = ""
    """The same, as it is said of several at once; "" where some of it counts for certain."""
    counts: bool = False
    """Whether anything is counted toward it."""

    @property
    def words(self) -> str:
        """What is counted and how much of it may not."""
        return f"{self.counted} {self.doubt}" if self.doubt else self.counted

    @cached_property
    def plot(self) -> Plot | None:
        """The sum as it grew, else how much of the limit is counted; None without a known limit."""
        return self.draw()


@dataclass(frozen=True, slots=True)
class Period:
    """The benefit year counted, the day it is looked at, and whether its coverage has no maximum."""

    span: Span
    today: date
    has_no_maximum: bool = False

    @property
    def is_over(self) -> bool:
        """Whether nothing more can happen in it."""
        return self.span.ends < self.today


_WHY: Final[dict[Doubt, str]] = {
    "not_covered": said("your plan covered nothing of some care"),
    "network": said("your plan did not say whether the care is in its network"),
    "may_change": said("claims may still change"),
    "missing": said("claims do not state every part of your share"),
    "disagrees": said("parts do not add up to the share your plan states"),
}
"""Why what is counted may not count; the rows say of which claim."""


@dataclass(frozen=True, slots=True)
class _Counted:
    """What counts toward a limit, how much of it may not, and the limit where it is known."""

    amount: Decimal
    uncertain: Decimal
    limit: Limit | None
    unit: str
    met_on: date | None = None
    why: tuple[Doubt, ...] = ()
    """Why some of it may not."""
    drugs: Decimal = Decimal(0)
    """What prescriptions would add, where nobody knows whether they count."""


def answers(
    ledger: Ledger, limits: Limits, name: str, *, period: Period | None, drugs: Ledger | None
) -> tuple[Answer, ...]:
    """Return what counted toward the deductible, the maximum and what the plan pays at most in a year.

    *drugs* are prescriptions that may count toward the same limits: then no day is told. *name* is unique on
    the page.
    """
    if not ledger.can_tell:
        return tuple(_benefit(ledger, limits, name, period))
    deductible = Answer(_(_DEDUCTIBLE_APART if ledger.states_deductible_apart else _NOT_STATED))
    out_of_pocket = Answer(_("Out of pocket: only claims that are not in the totals state it."))
    toward = partial(_toward, ledger=ledger, name=name, period=period, drugs=drugs)
    if ledger.states_deductible:
        deductible = toward("deductible", limit=limits.deductible)
    if ledger.states_out_of_pocket:
        out_of_pocket = toward("out_of_pocket", limit=limits.out_of_pocket)
    return deductible, out_of_pocket, *_benefit(ledger, limits, name, period)


def _toward(
    concept: Concept,
    limit: Limit | None,
    *,
    ledger: Ledger,
    name: str,
    period: Period | None,
    drugs: Ledger | None,
) -> Answer:
    limit = limit if limit and limit.currency == ledger.currency else None
    is_alone = drugs is None or not drugs.rows
    counted = _Counted(
        ledger.counted(concept),
        ledger.uncertain_deductible if concept == "deductible" else ledger.uncertain_out_of_pocket,
        limit,
        ledger.currency,
        met_on(ledger, concept, limit.amount) if limit and is_alone else None,
        ledger.why_uncertain(concept),
        drugs.counted(concept) if drugs else Decimal(0),
    )
    sentence = {
        ("deductible", True): _("Deductible: {amount} of {limit} is counted from these claims."),
        ("deductible", False): _(
            "Deductible: {amount} is counted from these claims. Your plan did not share how high it is."
        ),
        ("out_of_pocket", True): _(
            "Out of pocket: {amount} of at most {limit} is counted from these claims."
        ),
        ("out_of_pocket", False): _(
            "Out of pocket: {amount} is counted from these claims. Your plan did not share the most you can "
            "have to pay."
        ),
    }[concept, limit is not None]
    if concept == "deductible" and limit and not limit.amount:
        sentence = _("Deductible: your coverage states {limit}; {amount} is counted from these claims.")
    if (
        concept == "out_of_pocket"
        and limit is None
        and period
        and period.has_no_maximum
        and ledger.care == "medical"
    ):
        sentence = _(
            "Out of pocket: {amount} is counted from these claims. Original Medicare (Parts A and B) has no "
            "yearly limit on what you pay."
        )
    place = f"{name}-{concept.replace('_', '-')}"
    return _answer(sentence, counted, place, period, lambda: _grown(concept, ledger, limit, place, period))


def _benefit(ledger: Ledger, limits: Limits, name: str, period: Period | None) -> Iterable[Answer]:
    """Yield what the plan paid toward the most it pays in a year, as plans for teeth and eyes have it."""
    paid, limit = ledger.plan_paid, limits.benefit
    limit = limit if limit and limit.currency == ledger.currency else None
    if paid is None or (limit is None and ledger.care not in ("dental", "vision")):
        return
    sentence = (
        _("Yearly limit: your plan paid {amount} of at most {limit}, by these claims.")
        if limit
        else _(
            "Yearly limit: your plan paid {amount}, by these claims. Many plans pay such care up to a yearly "
            "limit; yours did not share one."
        )
    )
    counted = _Counted(paid, ledger.uncertain_plan_paid, limit, ledger.currency, why=("may_change",))
    yield _answer(sentence, counted, f"{name}-benefit", period)


def _answer(
    sentence: str,
    counted: _Counted,
    name: str,
    period: Period | None,
    grown: Callable[[], Plot | None] = lambda: None,
) -> Answer:
    limit = counted.limit
    words = {
        "amount": money(counted.amount, counted.unit),
        "limit": money(limit.amount, limit.currency) if limit else "",
    }
    doubt, doubt_of_all = _doubts(counted)
    answer = Answer(
        sentence.format(**words), doubt=doubt, doubt_of_all=doubt_of_all, counts=bool(counted.amount)
    )
    if limit is None or not limit.amount:
        return answer

    def draw() -> Plot | None:
        title = _("{amount} of {limit}").format(**words)
        return grown() or _bar(name, title, answer.words, counted, limit)

    left = _left(counted, limit, is_over=bool(period and period.is_over))
    return replace(answer, left=left, percent=_percent(counted, limit), draw=draw)


def _doubts(counted: _Counted) -> tuple[str, str]:
    """Return how much may not count, and that of several limits at once where no cent counts for certain."""
    if not counted.uncertain:
        return "", ""
    why = listed([_(_WHY[doubt]) for doubt in counted.why])
    if counted.uncertain != counted.amount:
        amount = money(counted.uncertain, counted.unit)
        return _("Of it, {amount} may not count: {why}.").format(amount=amount, why=why), ""
    return (
        _("Whether it counts is not certain: {why}.").format(why=why),
        _("Whether these amounts count is not certain: {why}.").format(why=why),
    )


def _bar(name: str, title: str, description: str, counted: _Counted, limit: Limit) -> Plot | None:
    """Return how much of *limit* is counted; None where there is nothing to draw."""
    bar = progress(
        name,
        title=title,
        description=description,
        counted=counted.amount,
        uncertain=counted.uncertain,
        limit=limit.amount,
    )
    return bar if bar.bars else None


def _percent(counted: _Counted, limit: Limit) -> int | None:
    certain = counted.amount - counted.uncertain
    if limit.amount <= 0 or (not certain and (counted.uncertain or counted.drugs)):
        return None
    return min(max(int(100 * certain / limit.amount), 0), 100)


def _left(counted: _Counted, limit: Limit, *, is_over: bool) -> str:
    """Return how much is left by the claims here, or that nothing is; the plan's own count decides."""
    least = max(limit.amount - counted.amount - counted.drugs, Decimal(0))
    most = max(limit.amount - counted.amount + counted.uncertain, Decimal(0))
    is_either = counted.drugs and not counted.uncertain
    if counted.met_on:
        sentence = _("By the claims here it was met on {day}; your plan's own count decides.")
    elif not most:
        sentence = _("By the claims here it is met; your plan's own count decides.")
    else:
        what = "either" if is_either else "one" if least == most else "range"
        sentence = _(_LEFT[what][is_over])
    if limit.is_typed:
        sentence = f"{sentence} {_('You typed this limit.')}"
    return sentence.format(
        least=money(least, counted.unit) if least or not is_either else _("nothing"),
        most=money(most, counted.unit),
        day=date_words(counted.met_on),
    )


def _grown(
    concept: Concept, ledger: Ledger, limit: Limit | None, name: str, period: Period | None
) -> Plot | None:
    """Return the sum as it grew; None while nothing counted, or where nothing says how far it may go."""
    if limit is None or period is None:
        return None
    grown, certain = [], Decimal(0)
    for row in ledger.rows:
        counted = row.stated(concept)
        if row.counts and counted is not None:
            certain += counted if row.is_certain else 0
            grown.append(Step(row.on, row.total(concept), certain))
    if not grown or grown[-1].total <= 0:
        return None
    return steps(
        f"{name}-steps",
        title=_(_TITLES[concept]),
        description=told_by_days(grown, ledger.currency),
        grown=grown,
        span=(period.span.starts, period.span.ends),
        until=min(period.today, period.span.ends),
        limit=limit.amount,
        limit_words=_("Limit: {limit}").format(limit=money(limit.amount, limit.currency)),
        months=[short_month(month) for _year, month in months_of(period.span)],
    )


def told_by_days(grown_steps: list[Step], unit: str) -> str:
    """Return the same as the picture in words: each day on which the sum changed, once."""
    by_day = {step.on: step.total for step in grown_steps}
    before = [Decimal(0), *by_day.values()]
    days = (
        _("{label}: {amount}").format(label=date_words(day), amount=money(total, unit))
        for (day, total), last in zip(by_day.items(), before, strict=False)
        if total != last
    )
    return f"{'; '.join(days)}."

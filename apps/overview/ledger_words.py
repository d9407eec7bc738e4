"""The ledger of deductible and out-of-pocket amounts in sentences, charts and rows: pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from apps.kinds.claim import wording
from apps.kinds.claim.wording.list_words import with_numbers
from apps.overview.ledger import Care, Doubt, Ledger, Row, running
from apps.overview.limit_words import Answer, Period, answers
from apps.overview.plan_years import Limits
from apps.plain_language.dates import date_words, span_words
from apps.plain_language.language import _, plural, said
from apps.plain_language.money import NOT_SHARED, money
from apps.plain_language.theirs import listed

FIRST_SHOWN: Final = 12
"""Rows of one ledger on the page; older ones are brought forward in one line, until they are asked for."""
MOST_SHOWN: Final = 300
"""Rows of one ledger where all are asked for."""
CARES: Final[dict[Care, str]] = {
    "medical": said("Medical care"),
    "pharmacy": said("Prescriptions"),
    "dental": said("Dental care"),
    "vision": said("Vision care"),
}
DOUBTS: Final[dict[Doubt, str]] = {
    "outside": said("Outside your plan's network: it usually counts apart, so it is not in the totals here."),
    "denied": said("Your plan denied it: it usually counts toward neither, so it is not in the totals here."),
    "contradicted": said("Its figures do not agree, so it is not in the totals here."),
    "not_covered": said("Your plan covered nothing of it: it may not count."),
    "network": said("Your plan did not say whether this is in its network: it may not count."),
    "may_change": said("Your plan says this claim may still change."),
    "missing": said("Your plan did not state every part of your share: more or less may count."),
    "disagrees": said("The parts do not add up to the share your plan states."),
    "lines": said("Added up by us from the lines of the claim."),
}


@dataclass(frozen=True, slots=True)
class RowWords:
    """One row: what the claim is, when and how certain, what it counted and the running totals."""

    id: str
    title: str
    when: str
    doubts: tuple[str, ...]
    counts: bool
    deductible: str
    deductible_total: str
    out_of_pocket: str
    out_of_pocket_total: str

    @property
    def said(self) -> str:
        """When, and how certain."""
        return " ".join((self.when, *self.doubts))


@dataclass(frozen=True, slots=True)
class Brought:
    """Claims in one line above the rows that have their own, and what counted with them."""

    words: str
    deductible: str
    out_of_pocket: str


@dataclass(frozen=True, slots=True)
class Block:
    """The ledger of one kind of care: answers first, then how far it is, then the rows."""

    answers: tuple[Answer, ...]
    name: str = ""
    """Unique on the page."""
    heading: str = ""
    rows: tuple[RowWords, ...] = ()
    alike: str = ""
    """How certain all rows are, where they say the same: it stands above them, once."""
    brought: tuple[Brought, ...] = ()
    """What is hidden, and what is too old to be told row by row."""
    has_more: bool = False
    """Whether rows that stand in one line may be asked for."""
    plan_counts: tuple[str, ...] = ()
    """What the plan itself counted, where it says so: beside what is worked out here."""
    notes: tuple[str, ...] = ()
    fold: str = ""

    @property
    def tells_left(self) -> bool:
        """Whether it says what is left of any limit."""
        return any(answer.left for answer in self.answers)


def blocks(
    every: Sequence[Ledger],
    limits: Callable[[Care], Limits],
    *,
    name: str,
    period: Period | None = None,
    sentences_of: Callable[[Ledger], tuple[str, ...]] = lambda _ledger: (),
    most: int = FIRST_SHOWN,
) -> tuple[Block, ...]:
    """Return the words of every ledger; one sentence where none of them can tell anything.

    *name* is unique on the page; pictures of steps are drawn where the *period* is given. *sentences_of*
    returns what the plan itself counted. Of each ledger the newest rows stand one by one, *most* of them.
    """
    if every and not any(ledger.can_tell or ledger.tells_benefit for ledger in every):
        by_plan = tuple(sentence for ledger in every for sentence in sentences_of(ledger))
        return (Block(answers=(Answer(_silent(*every)),), plan_counts=by_plan),)
    drugs = {ledger.currency: ledger for ledger in drugs_that_may_count(every, limits)}
    shown_blocks = (
        block(
            ledger,
            limits(ledger.care),
            name=f"{name}-{ledger.care}-{ledger.currency.lower()}",
            drugs=drugs.get(ledger.currency) if ledger.care == "medical" else None,
            period=period,
            most=most,
        )
        for ledger in every
    )
    return tuple(
        replace(words, plan_counts=sentences_of(ledger))
        for ledger, words in zip(every, shown_blocks, strict=True)
        if words is not None
    )


def drugs_that_may_count(every: Sequence[Ledger], limits: Callable[[Care], Limits]) -> list[Ledger]:
    """Return the prescriptions that may count toward the limits of medical care: those without their own."""
    return [ledger for ledger in every if ledger.care == "pharmacy" and not limits("pharmacy").can_be_reached]


def block(
    ledger: Ledger,
    limits: Limits,
    *,
    name: str,
    drugs: Ledger | None = None,
    period: Period | None = None,
    most: int = FIRST_SHOWN,
) -> Block | None:
    """Return the words of *ledger*, None where there is nothing to say; *name* is unique on the page.

    *drugs* are prescriptions for which the plan shared no limits of their own: they may count toward these.
    """
    if not ledger.can_tell and not ledger.silent:
        return None
    brought, shown = _in_one_line(ledger, most)
    alike, rows = _said_once(tuple(_row(row, ledger.currency) for row in shown))
    heading = _(CARES[ledger.care])
    if ledger.currency != "USD":
        heading = f"{heading} ({ledger.currency})"
    return Block(
        name=name,
        heading=heading,
        answers=(
            *(() if ledger.can_tell else (Answer(_silent(ledger)),)),
            *answers(ledger, limits, name, period=period, drugs=drugs),
        ),
        rows=rows,
        alike=alike,
        brought=brought,
        has_more=most < MOST_SHOWN and sum(not row.entry.is_left_out for row in ledger.rows) > most,
        notes=(*_together(drugs, limits), *_notes(ledger, limits)) if ledger.can_tell else (),
        fold=_fold(ledger),
    )


def _fold(ledger: Ledger) -> str:
    """Return how many rows count, and how many stand beside them that do not."""
    counting = sum(row.counts for row in ledger.rows)
    others = len(ledger.rows) - counting
    words = plural("Which claim counted how much ({n})", "Which claims counted how much ({n})", counting)
    sentence = words.format(n=f"{counting:,}")
    if not others:
        return sentence
    beside = plural("{told}, and {n} that did not count", "{told}, and {n} that did not count", others)
    return beside.format(told=sentence, n=f"{others:,}")


def _said_once(rows: tuple[RowWords, ...]) -> tuple[str, tuple[RowWords, ...]]:
    """Return how certain *rows* are where all say the same, and the rows, which then do not repeat it."""
    doubts = {row.doubts for row in rows}
    if len(rows) < 2 or len(doubts) > 1:
        return "", rows
    words = _("Of each claim listed here: {words}").format(words=" ".join(doubts.pop()))
    return words, tuple(replace(row, doubts=()) for row in rows)


def _in_one_line(ledger: Ledger, most: int) -> tuple[tuple[Brought, ...], tuple[Row, ...]]:
    """Return what stands in one line, first what lists leave out, and the rows that are shown."""
    in_order, hidden_number = ledger.rows, sum(row.entry.is_left_out for row in ledger.rows)
    if hidden_number:
        in_order = tuple(running(sorted(ledger.rows, key=lambda row: not row.entry.is_left_out)))
    hidden, shown = in_order[:hidden_number], in_order[hidden_number:]
    older = shown[:-most]
    lines = (
        (hidden, plural("From {n} hidden claim", "From {n} hidden claims", len(hidden))),
        (
            older,
            plural(
                "Brought forward from {n} earlier claim",
                "Brought forward from {n} earlier claims",
                len(older),
            ),
        ),
    )
    brought = tuple(
        Brought(
            words.format(n=f"{len(rows):,}"),
            money(rows[-1].deductible_total, ledger.currency),
            money(rows[-1].out_of_pocket_total, ledger.currency),
        )
        for rows, words in lines
        if rows
    )
    return brought, shown[-most:]


def in_two(number: int) -> tuple[str, ...]:
    """Return that *number* claims stand in the ledger of another connection too, nothing for none."""
    words = plural(
        "{n} of these claims also came through another connection and is counted there too. Do not add the "
        "two counts up.",
        "{n} of these claims also came through another connection and are counted there too. Do not add the "
        "two counts up.",
        number,
    )
    return with_numbers((number, words))


def family_heading(plan: str) -> str:
    """Return what the sums of a family are called."""
    return _("{plan}, the family together").format(plan=plan)


def whose_of_family(names: Sequence[str]) -> str:
    """Return whose claims are in a family's sums."""
    return plural(
        "The claims of {n} person here are in these sums: {names}. Claims of others in the family count too.",
        "The claims of {n} people here are in these sums: {names}. Claims of others in the family count too.",
        len(names),
    ).format(n=len(names), names=listed(names))


def how_of_family(how: str) -> str:
    """Return whether one person's limit ends before the family's.

    *how* is "embedded" or "aggregate" where the plan's words say it, else "": it is never worked out.
    """
    if how == "embedded":
        return _("Your plan's words call it embedded: each person has a limit inside the family's.")
    if how == "aggregate":
        return _("Your plan's words call it aggregate: only the family's limit counts, for all together.")
    return _(
        "Your plan's data does not say whether each person has a limit inside the family's (embedded) or "
        "only the family's counts (aggregate). Ask your plan which."
    )


def _silent(*every: Ledger) -> str:
    silent = sum(ledger.silent for ledger in every)
    why = _("it is not said which part of your share is deductible, copay or coinsurance")
    if silent == sum(ledger.unpriced for ledger in every):
        why = _("your plan shared no amounts")
    elif silent == sum(ledger.disputed for ledger in every):
        why = _("the figures do not agree")
    text = plural(
        "Nothing can be counted from the only claim here: {why}.",
        "Nothing can be counted from these {n} claims: {why}.",
        silent,
    )
    return text.format(n=f"{silent:,}", why=why)


def _row(row: Row, unit: str) -> RowWords:
    return RowWords(
        id=str(row.entry.id),
        title=wording.title(row.entry.record),
        when=_when(row),
        doubts=tuple(_(DOUBTS[doubt]) for doubt in row.doubts) or (_("Stated by your plan."),),
        counts=row.counts,
        deductible=_amount(row.deductible, unit),
        deductible_total=money(row.deductible_total, unit),
        out_of_pocket=_amount(row.out_of_pocket, unit),
        out_of_pocket_total=money(row.out_of_pocket_total, unit),
    )


def _when(row: Row) -> str:
    """Return when the care was, from its first day to its last where it took several, and was processed."""
    start, end = row.entry.record.service_start, row.entry.record.service_end
    if start and end and start != end:
        when = _("Care from {care}, processed {date}.") if row.is_processed else _("Care from {care}.")
        return when.format(date=date_words(row.on), care=span_words(start, end))
    when = _("Care on {care}, processed {date}.") if row.is_processed else _("Care on {date}.")
    if row.is_processed and row.on == row.entry.on:
        when = _("Care on {date}, processed the same day.")
    return when.format(date=date_words(row.on), care=date_words(row.entry.on))


def _amount(amount: Decimal | None, unit: str) -> str:
    return _(NOT_SHARED) if amount is None else money(amount, unit)


def _together(drugs: Ledger | None, limits: Limits) -> list[str]:
    """Say what prescriptions would add to the limits of medical care, where nobody knows whether they do."""
    if drugs is None or not drugs.out_of_pocket or not limits.can_be_reached:
        return []
    words = (
        _(
            "Many plans count prescriptions toward these limits too. Your plan's data does not say whether "
            "yours does. If it does, prescriptions add {deductible} to the deductible and {out_of_pocket} to "
            "what is counted out of pocket."
        )
        if drugs.states_deductible
        else _(
            "Many plans count prescriptions toward these limits too. Your plan's data does not say whether "
            "yours does. If it does, prescriptions add {out_of_pocket} to what is counted out of pocket. How "
            "much they add to the deductible is not known."
        )
    )
    return [
        words.format(
            deductible=money(drugs.deductible, drugs.currency),
            out_of_pocket=money(drugs.out_of_pocket, drugs.currency),
        )
    ]


def _notes(ledger: Ledger, limits: Limits) -> tuple[str, ...]:
    unsplit = ledger.silent - ledger.unshared - ledger.disputed
    nothing = ledger.nothing if ledger.rows or ledger.silent else 0
    drugs_apart = _(
        "Many plans count prescriptions toward the limits of medical care. Your plan's data does not say "
        "whether yours does."
    )
    sentences = with_numbers(
        (
            ledger.unshared,
            plural(
                "{n} more claim does not say what your share is, and is not counted here.",
                "{n} more claims do not say what your share is, and are not counted here.",
                ledger.unshared,
            ),
        ),
        (
            ledger.disputed,
            plural(
                "The figures of {n} more claim disagree, so it is not counted here.",
                "The figures of {n} more claims disagree, so they are not counted here.",
                ledger.disputed,
            ),
        ),
        (
            unsplit,
            plural(
                "{n} more claim does not say which part of your share is deductible, copay or coinsurance, "
                "and is not counted here.",
                "{n} more claims do not say which part of your share is deductible, copay or coinsurance, "
                "and are not counted here.",
                unsplit,
            ),
        ),
        (
            nothing,
            plural(
                "{n} more claim states nothing that counts toward either.",
                "{n} more claims state nothing that counts toward either.",
                nothing,
            ),
        ),
    )
    return (drugs_apart, *sentences) if ledger.care == "pharmacy" and not limits.can_be_reached else sentences

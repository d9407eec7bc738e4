"""The ledger of deductible and out-of-pocket amounts in sentences, charts and rows: pure."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from apps.claims import wording
from apps.overview.charts import Progress, progress
from apps.overview.ledger import Care, Doubt, Ledger, Row
from apps.overview.plan_years import Limit, Limits
from apps.plain_language.dates import date_words
from apps.plain_language.language import _, plural, said
from apps.plain_language.money import NOT_SHARED, money

SHOWN: Final = 300
"""Rows of one ledger on the page; older ones are brought forward in one line."""
CARES: Final[dict[Care, str]] = {
    "medical": said("Medical care"),
    "pharmacy": said("Prescriptions"),
    "dental": said("Dental care"),
    "vision": said("Vision care"),
}
DOUBTS: Final[dict[Doubt, str]] = {
    "outside": said("Outside your plan's network: it usually counts apart, so it is not in the totals here."),
    "network": said("Your plan did not say whether this is in its network: it may not count."),
    "may_change": said("Your plan says this claim may still change."),
    "missing": said("Your plan did not state every part of your share: more or less may count."),
    "disagrees": said("The parts do not add up to the share your plan states."),
    "lines": said("Added up by us from the lines of the claim."),
}
STATED: Final = said("Your plan stated these amounts.")


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


@dataclass(frozen=True, slots=True)
class Block:
    """The ledger of one kind of care: answers first, then how far it is, then the rows."""

    heading: str
    sentences: tuple[str, ...]
    progress: tuple[Progress, ...]
    rows: tuple[RowWords, ...]
    brought_forward: str
    brought_deductible: str
    brought_out_of_pocket: str
    notes: tuple[str, ...]
    fold: str


def block(ledger: Ledger, limits: Limits, *, name: str) -> Block | None:
    """Return the words of *ledger*, None where there is nothing to say; *name* is unique on the page."""
    if not ledger.can_tell and not ledger.silent:
        return None
    older = ledger.rows[:-SHOWN] if len(ledger.rows) > SHOWN else ()
    shown = ledger.rows[-SHOWN:]
    heading = _(CARES[ledger.care])
    if ledger.currency != "USD":
        heading = f"{heading} ({ledger.currency})"
    return Block(
        heading=heading,
        sentences=_sentences(ledger, limits) if ledger.can_tell else (_silent(ledger),),
        progress=_progress(ledger, limits, name) if ledger.can_tell else (),
        rows=tuple(_row(row, ledger.currency) for row in shown),
        brought_forward=plural(
            "Brought forward from {n} earlier claim", "Brought forward from {n} earlier claims", len(older)
        ).format(n=len(older))
        if older
        else "",
        brought_deductible=money(older[-1].deductible_total, ledger.currency) if older else "",
        brought_out_of_pocket=money(older[-1].out_of_pocket_total, ledger.currency) if older else "",
        notes=tuple(_notes(ledger)) if ledger.can_tell else (),
        fold=plural(
            "Which claim counted how much ({n})", "Which claims counted how much ({n})", len(ledger.rows)
        ).format(n=len(ledger.rows)),
    )


def _silent(ledger: Ledger) -> str:
    return plural(
        "Your plan's data cannot carry this: the {n} claim does not say which part of your share is "
        "deductible, copay or coinsurance.",
        "Your plan's data cannot carry this: none of the {n} claims says which part of your share is "
        "deductible, copay or coinsurance.",
        ledger.silent,
    ).format(n=ledger.silent)


def _sentences(ledger: Ledger, limits: Limits) -> tuple[str, ...]:
    unit = ledger.currency
    found = []
    if ledger.states_deductible or not ledger.rows:
        limit = _fitting(limits.deductible, unit)
        words = {"amount": money(ledger.deductible, unit), "limit": _limit_words(limit)}
        if limit:
            sentence = _("Deductible: {amount} of {limit} is counted from these claims.")
        else:
            sentence = _(
                "Deductible: {amount} is counted from these claims. Your plan did not share how high it is."
            )
        found.append(sentence.format(**words))
        found += _may_not_count(ledger.uncertain_deductible, unit)
    else:
        found.append(_("Deductible: your plan's claims do not state it."))
    limit = _fitting(limits.out_of_pocket, unit)
    words = {"amount": money(ledger.out_of_pocket, unit), "limit": _limit_words(limit)}
    if limit:
        sentence = _("Out of pocket: {amount} of at most {limit} is counted from these claims.")
    else:
        sentence = _(
            "Out of pocket: {amount} is counted from these claims. Your plan did not share the most you can "
            "have to pay."
        )
    found.append(sentence.format(**words))
    found += _may_not_count(ledger.uncertain_out_of_pocket, unit)
    return tuple(found)


def _may_not_count(amount: Decimal, unit: str) -> list[str]:
    return [_("Of it, {amount} may not count.").format(amount=money(amount, unit))] if amount else []


def _progress(ledger: Ledger, limits: Limits, name: str) -> tuple[Progress, ...]:
    unit = ledger.currency
    found = []
    for part, title, limit, counted, uncertain in (
        (
            "deductible",
            _("Deductible"),
            limits.deductible,
            ledger.deductible,
            ledger.uncertain_deductible,
        ),
        (
            "out-of-pocket",
            _("Out of pocket"),
            limits.out_of_pocket,
            ledger.out_of_pocket,
            ledger.uncertain_out_of_pocket,
        ),
    ):
        own = _fitting(limit, unit)
        if own is None or (part == "deductible" and ledger.rows and not ledger.states_deductible):
            continue
        words = {"amount": money(counted, unit), "limit": money(own.amount, unit)}
        description = (
            _("{amount} of {limit} is counted, of which {maybe} may not count.")
            if uncertain
            else _("{amount} of {limit} is counted.")
        ).format(**words, maybe=money(uncertain, unit))
        found.append(
            progress(
                f"{name}-{part}",
                title=_("{what}: {amount} of {limit}").format(what=title, **words),
                description=description,
                counted=counted,
                uncertain=uncertain,
                limit=own.amount,
            )
        )
    return tuple(found)


def _fitting(limit: Limit | None, unit: str) -> Limit | None:
    return limit if limit and limit.currency == unit else None


def _limit_words(limit: Limit | None) -> str:
    return money(limit.amount, limit.currency) if limit else ""


def _row(row: Row, unit: str) -> RowWords:
    when = _("Processed {date}") if row.is_processed else _("Care on {date}")
    return RowWords(
        id=str(row.entry.id),
        title=wording.title(row.entry.record),
        when=when.format(date=date_words(row.on)),
        doubts=tuple(_(DOUBTS[doubt]) for doubt in row.doubts) or (_(STATED),),
        counts=row.counts,
        deductible=_amount(row.deductible, unit),
        deductible_total=money(row.deductible_total, unit),
        out_of_pocket=_amount(row.out_of_pocket, unit),
        out_of_pocket_total=money(row.out_of_pocket_total, unit),
    )


def _amount(amount: Decimal | None, unit: str) -> str:
    return _(NOT_SHARED) if amount is None else money(amount, unit)


def _notes(ledger: Ledger) -> list[str]:
    found = []
    if ledger.silent:
        found.append(
            plural(
                "{n} more claim does not say which part of your share is deductible, copay or coinsurance, "
                "and is not in this list.",
                "{n} more claims do not say which part of your share is deductible, copay or coinsurance, "
                "and are not in this list.",
                ledger.silent,
            ).format(n=ledger.silent)
        )
    if ledger.nothing:
        found.append(
            plural(
                "{n} more claim counted nothing toward either.",
                "{n} more claims counted nothing toward either.",
                ledger.nothing,
            ).format(n=ledger.nothing)
        )
    return found

"""Figures added up and set beside each other, so that no place that the plan sent one at is lost; pure."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

from msgspec import structs

from apps.kinds.claim.reading.concepts import LABELS
from apps.kinds.claim.records import NOT_SHARED, Figure, Source
from apps.plain_language.language import said

LINE_TOTAL: Final = said("Line total")
"""What R4's `item.net` is called: quantity by unit price."""
SUM_OF_LINES = "item.adjudication"
"""Where a figure stands that was added up over all lines."""
SUM_WITH_ADDED = "addItem.adjudication"
"""The same, with lines that the plan added in place of others."""
_PLUS = " + "
"""Between the codes of amounts that were added up."""
_NOTHING = Decimal(0)


def same(figure: Figure, other: Figure) -> bool:
    """Return whether two figures are one amount of one currency."""
    return figure.amount == other.amount and figure.unit == other.unit


def agreeing(figure: Figure, others: Iterable[Figure]) -> Figure:
    """Return *figure* with the places where the plan says the same, so that none of its amounts is lost."""
    paths = [other.source.path for other in others if other.source]
    if figure.source is None or not paths:
        return figure
    source = structs.replace(figure.source, same_at=tuple(dict.fromkeys((*figure.source.same_at, *paths))))
    return structs.replace(figure, source=source)


def paths(figures: Iterable[Figure]) -> set[str]:
    """Return every place of the plan's data that figures speak of."""
    sources = [source for figure in figures if (source := figure.source) is not None]
    wheres = {source.path for source in sources}
    for source in sources:
        wheres.update((*source.same_at, *source.zeros_at))
    for where in [where for where in wheres if " " in where]:  # "a + b" or "a - b"
        wheres.remove(where)
        wheres.update(where.split(" ")[::2])
    return wheres


def add(figures: Sequence[Figure], label: str, path: str | None = None) -> Figure:
    """Return the sum of figures of one currency; `NOT_SHARED` when one is absent or currencies differ.

    One figure and zeros beside it are that figure, as the plan stated it.
    """
    if len(figures) == 1 and path is None:
        return figures[0]
    amounts = [figure.amount for figure in figures if figure.amount is not None]
    if not amounts or len(amounts) < len(figures):
        return NOT_SHARED
    units = [figure.currency for figure in figures]
    of_all = units[0]
    if units.count(of_all) < len(units):  # hardly ever: dollars, and what has no currency
        if len({unit or "USD" for unit in units}) > 1:
            return NOT_SHARED
        of_all = next((unit for unit in units if unit), None)
    counted = [figure for figure in figures if figure.amount]
    if len(counted) == 1 and path is None:
        return _beside_zeros(counted[0], paths(figures), of_all)
    where = path or _PLUS.join([figure.source.path for figure in figures if figure.source])
    if len(counted) < 2:
        entries = max((figure.source.summed for figure in counted if figure.source), default=0)
    else:
        entries = sum([(figure.source.summed if figure.source else 1) or 1 for figure in figures])
    # What comes to nothing gives the sum no name, unless all of it does.
    code, added = _named(counted or figures)
    return Figure(sum(amounts, _NOTHING), of_all, Source(label, where, code, entries, added))


def _named(figures: Sequence[Figure]) -> tuple[str | None, tuple[Decimal, ...]]:
    """Return the codes of what is added up, joined, and what those of each come to where all have one."""
    every = {figure.source.code for figure in figures if figure.source}
    if len(every) == 1 and _PLUS not in (only := next(iter(every)) or ""):
        return only or None, ()  # nearly always
    names: dict[str, Decimal] = {}
    for figure in figures:
        if (source := figure.source) is None:
            continue
        codes = (source.code or "").split(_PLUS) if source.added else [source.code or ""]
        for code, amount in zip(codes, source.added or [figure.amount or Decimal(0)], strict=True):
            names[code] = names.get(code, _NOTHING) + amount
    is_told_apart = len(names) > 1 and all(name and _PLUS not in name for name in names)
    return _PLUS.join(filter(None, names)) or None, tuple(names.values()) if is_told_apart else ()


def _beside_zeros(figure: Figure, places: set[str], currency: str | None) -> Figure:
    """Return the one figure of a sum that is no zero, noting the *places* of all."""
    source = figure.source
    if source:
        source = structs.replace(source, zeros_at=tuple(sorted(places - paths([figure]))))
    return Figure(figure.amount, currency, source)


def is_after_change(benefit: Figure, payment: Figure, change: Figure) -> bool:
    """Return whether a payment is the benefit with the change that the plan states of it, above or below
    nothing (FHIR R4, `ExplanationOfBenefit.payment.adjustment`); without a change, the benefit itself."""
    stated = [figure for figure in (benefit, payment, change) if figure.amount is not None]
    is_one = len({figure.unit for figure in stated}) == 1
    return is_one and benefit.is_known and payment.is_known and come_to([benefit, change]) == payment.amount


def paid_out(to_provider: Figure, to_you: Figure) -> Figure:
    """Return what the plan paid to provider and member together; one of them alone stands for itself, and
    what some lines alone state is not all of it.
    """
    payments = [figure for figure in (to_provider, to_you) if figure.is_known]
    if not payments or any(map(is_of_some_lines, payments)):
        return NOT_SHARED
    return add(
        payments, said("Paid to the provider and to you") if len(payments) > 1 else LABELS["plan_paid"]
    )


def tells_payee(benefit: Figure, payee: Figure) -> bool:
    """Return whether a line says whom it paid all of its benefit, or that it paid nothing."""
    if payee.amount is None:
        return benefit.amount == 0
    return benefit.amount is None or payee.amount >= benefit.amount


def is_line_totals(figure: Figure) -> bool:
    """Return whether it is what the totals of all lines come to."""
    return bool(figure.source and (figure.source.label, figure.source.path) == (LINE_TOTAL, SUM_OF_LINES))


def by_lines(figures: Sequence[Figure], label: str, where: str = SUM_OF_LINES) -> Figure:
    """Return what those of lines' *figures* come to that are known, with their number where not all are."""
    amounts = [figure for figure in figures if figure.amount is not None]
    total = add(amounts, label, where)
    if total.source is None or len(amounts) == len(figures):
        return total
    return structs.replace(total, source=structs.replace(total.source, partial=len(amounts)))


def come_to(figures: Iterable[Figure]) -> Decimal:
    """Return what amounts of one currency come to; one that is not known adds nothing."""
    return sum([figure.amount for figure in figures if figure.amount], _NOTHING)


def worked_out(label: str, amount: Decimal, figures: Sequence[Figure]) -> Figure:
    """Return an *amount* of ours, what is left of the first of *figures* without the others."""
    sources = [figure.source for figure in figures if figure.source]
    path, entries = " - ".join(source.path for source in sources), sum(source.entries for source in sources)
    currency = next((figure.currency for figure in figures if figure.currency), None)
    return Figure(amount, currency, Source(label, path, summed=entries))


def is_of_some_lines(figure: Figure) -> bool:
    """Return whether a figure is of some lines alone, of which it has the number."""
    return bool(figure.source and figure.source.partial)


def stands_on_lines(figure: Figure) -> bool:
    """Return whether a figure is of lines that the provider billed."""
    return bool(figure.source and figure.source.path.startswith("item"))


def is_of_added(figure: Figure) -> bool:
    """Return whether a figure is of lines that the plan added."""
    return bool(figure.source and figure.source.path.startswith("addItem"))

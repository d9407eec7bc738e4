"""The tables and pictures of a year: the same sums by month, kind, provider, person and plan."""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NamedTuple
from uuid import UUID

from apps.kinds.claim.counted import Counted
from apps.kinds.claim.people import Someone
from apps.kinds.claim.wording.list_words import KINDS
from apps.kinds.claim.year import Total, grouped, total_of
from apps.overview.plan_years import Span
from apps.overview.plots import Item, Plot, bars, described, strip
from apps.overview.wording import how_many
from apps.plain_language.capitals import calm_name
from apps.plain_language.dates import MONTHS, at_the_start, month_words
from apps.plain_language.language import _
from apps.plain_language.money import priced

TOP: Final = 8
FOLDED: Final = 200
SUMMED: Final = ("billed", "plan_paid", "your_share")
"""The columns, by the names of figures."""


class Sum(NamedTuple):
    """What some claims come to in one currency; the fields after the first are `SUMMED`."""

    claims: int
    billed: Total
    plan_paid: Total
    your_share: Total


@dataclass(frozen=True, slots=True)
class Cell:
    """An amount in words."""

    text: str
    is_known: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table; `url` "" where there is nothing to open."""

    label: str
    url: str
    claims: str
    billed: Cell
    plan_paid: Cell
    your_share: Cell


@dataclass(frozen=True, slots=True)
class Table:
    """A table with the picture of the same numbers; `folded` rows are shown on request."""

    name: str
    heading: str
    first: str
    rows: tuple[Row, ...]
    folded: tuple[Row, ...] = ()
    plot: Plot | None = None


def by_month(entries: Sequence[Counted], currency: str, span: Span) -> Table:
    """Return the months of *span* that have claims, and a strip of all its months."""
    groups = grouped(entries, lambda entry: (entry.on.year, entry.on.month))
    rows, items = [], []
    for year, month in months_of(span):
        of_month = groups.get((year, month), [])
        if not of_month or (total := _of(of_month, currency)) is None:
            items.append(Item(short_month(month), None))
            continue
        name = month_words(year, month) if span.crosses_years else _(MONTHS[month - 1])
        rows.append(_row(at_the_start(name), "", total))
        items.append(_item(short_month(month), total))
    plot = strip(
        f"month-{currency.lower()}",
        title=_("Share by month"),
        description=described(items, currency),
        items=items,
        currency=currency,
    )
    return Table("month", _("By month"), _("Month"), tuple(rows), plot=plot if plot.bars else None)


def by_kind(entries: Sequence[Counted], currency: str, url: Callable[[str], str]) -> Table:
    """Return the kinds of care, the largest share first, each with its claims one tap away."""
    pairs = _sorted(grouped(entries, lambda entry: entry.record.kind), currency)
    rows = tuple(_row(_(KINDS[kind]), url(kind), total) for kind, total in pairs)
    items = [_item(_(KINDS[kind]), total) for kind, total in pairs]
    plot = bars(
        f"kind-{currency.lower()}",
        title=_("Share by kind of care"),
        description=described(items, currency),
        items=items,
        currency=currency,
    )
    return Table("kind", _("By kind of care"), _("Kind"), rows, plot=plot if rows else None)


def by_provider(
    entries: Sequence[Counted], currency: str, key: Callable[[Counted], str], url: Callable[[str], str]
) -> Table:
    """Return the providers with the largest share; the rest is folded, and what is too much summed up."""
    named = grouped(entries, key)
    pairs = _sorted(named, currency)
    rows = [
        _row(
            provider_of(named[provider][0]) or _("Provider not shared"),
            url(provider) if provider and not named[provider][0].is_folded else "",
            total,
        )
        for provider, total in pairs
    ]
    rest = [entry for provider, _total in pairs[FOLDED:] for entry in named[provider]]
    folded = rows[TOP:FOLDED]
    if rest and (total := _of(rest, currency)) is not None:
        folded.append(_row(_("All other providers"), "", total))
    return Table("provider", _("By provider"), _("Provider"), tuple(rows[:TOP]), tuple(folded))


def by_person(
    entries: Sequence[Counted], currency: str, who: Callable[[Counted], Someone], url: Callable[[str], str]
) -> Table:
    """Return the persons treated, in the order in which they first come; empty where there is one."""
    groups = grouped(entries, lambda entry: who(entry).key)
    rows = [
        _row(who(groups[person][0]).name, url(person), total) for person, total in _summed(groups, currency)
    ]
    return Table("person", _("By person"), _("Person"), tuple(rows) if len(rows) > 1 else ())


def by_plan(
    entries: Sequence[Counted], currency: str, names: Mapping[UUID, str], url: Callable[[UUID], str]
) -> Table:
    """Return the plans, empty where there is one."""
    groups = grouped(entries, lambda entry: entry.plan)
    rows = [_row(names.get(plan, ""), url(plan), total) for plan, total in _sorted(groups, currency)]
    return Table("plan", _("By plan"), _("Plan"), tuple(rows) if len(rows) > 1 else ())


def provider_of(entry: Counted) -> str:
    """Return who billed: the provider, else the place; nobody by name where claims are folded."""
    if entry.is_folded:
        return _("Folded claims")
    return calm_name(entry.record.provider or entry.record.facility or "")


def _sorted[Key: Hashable](groups: dict[Key, list[Counted]], currency: str) -> list[tuple[Key, Sum]]:
    return sorted(
        _summed(groups, currency),
        key=lambda group: (_size(group[1].your_share), _size(group[1].billed), group[1].claims),
        reverse=True,
    )


def _summed[Key: Hashable](groups: dict[Key, list[Counted]], currency: str) -> list[tuple[Key, Sum]]:
    return [(key, total) for key, entries in groups.items() if (total := _of(entries, currency)) is not None]


def _size(total: Total) -> Decimal:
    return Decimal(-1) if total.amount is None else total.amount


def _of(entries: Sequence[Counted], currency: str) -> Sum | None:
    """Return the sums in *currency*, with claims that came without any amount counted as unknown."""
    figures_shown = [entry.figures for entry in entries if currency in entry.units or not entry.units]
    if not figures_shown:
        return None
    return Sum(
        len(figures_shown),
        *(total_of(currency, [figures[name] for figures in figures_shown]) for name in SUMMED),
    )


def _row(label: str, url: str, total: Sum) -> Row:
    return Row(
        label,
        url,
        how_many(total.claims, total.your_share.unknown if total.your_share.amount is not None else 0),
        *(Cell(priced(part), part.amount is not None) for part in total[1:]),
    )


def _item(label: str, total: Sum) -> Item:
    return Item(label, total.your_share.amount, total.claims, total.your_share.unknown)


def months_of(span: Span) -> Iterator[tuple[int, int]]:
    """Yield year and month of each month that *span* touches, in order."""
    year, month = span.starts.year, span.starts.month
    while (year, month) <= (span.ends.year, span.ends.month):
        yield year, month
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)


def short_month(month: int) -> str:
    """Return "Mar" for 3, in the reader's language."""
    return at_the_start(_(MONTHS[month - 1])[:3])

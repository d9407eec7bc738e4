"""The year so far of a member, from their claims of that year alone."""

from dataclasses import dataclass

from apps.claims.kind import CLAIM
from apps.claims.year import Year, count
from apps.overview import wording
from apps.overview.opening import opened
from apps.records.shelf import Library


@dataclass(frozen=True, slots=True)
class YearShown:
    """The sums of one year: lines per currency, and what the sums do not say."""

    number: int
    year: Year
    receipts: tuple[tuple[str, tuple[wording.Line, ...]], ...]
    """The currency, "" for US dollars, and its lines."""
    notes: tuple[str, ...]


def year_of(library: Library, *, number: int) -> YearShown:
    """Sum the current claims of the year *number*."""
    found = opened(library.held(CLAIM, year=number))
    year = count(found.claims, replaced=found.replaced)
    closed = wording.closed(library.unreadable(CLAIM))
    receipts = tuple(
        ("" if total.currency == "USD" else total.currency, wording.receipt(total)) for total in year.shown
    )
    return YearShown(number, year, receipts, (*year.notes, *((closed,) if closed else ())))

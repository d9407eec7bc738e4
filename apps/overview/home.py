"""The year so far of a member, from their claims of that year alone."""

from dataclasses import dataclass

from apps.claims.models import ClaimQuerySet
from apps.claims.year import Year, count
from apps.overview import wording
from apps.overview.opening import entries_of
from apps.vault.boxes import Box


@dataclass(frozen=True, slots=True)
class YearShown:
    """The sums of one year: lines per currency, and what the sums do not say."""

    number: int
    year: Year
    receipts: tuple[tuple[str, tuple[wording.Line, ...]], ...]
    """The currency, "" for US dollars, and its lines."""
    notes: tuple[str, ...]


def year_of(claims: ClaimQuerySet, box: Box, *, number: int) -> YearShown:
    """Open the current claims of the year *number* and sum them."""
    of_year = claims.of_year(number)
    opened = entries_of(of_year.current().in_brief(), box)
    year = count(opened.entries, replaced=of_year.replaced().count())
    closed = wording.closed(opened.closed)
    receipts = tuple(
        ("" if total.currency == "USD" else total.currency, wording.receipt(total)) for total in year.shown
    )
    return YearShown(number, year, receipts, (*year.notes, *((closed,) if closed else ())))

"""The year so far of a member, from their claims of that year alone."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from apps.claims import year as years
from apps.claims.models import Claim
from apps.claims.records import ClaimRecord
from apps.claims.rows import opened
from apps.claims.year import Year
from apps.plain_language.money import priced
from apps.vault.boxes import Box


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the year's receipt."""

    testid: str
    label: str
    text: str
    is_known: bool
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class YearShown:
    """The sums of one year: lines per currency, and what the sums do not say."""

    year: Year
    lines: tuple[Line, ...]
    notes: tuple[str, ...]


def year_of(claims: Iterable[Claim], box: Box, *, year: int) -> YearShown:
    """Open *claims* (of one year) and sum them; versions of a claim are linked within one connection."""
    by_connection: dict[UUID, list[ClaimRecord]] = defaultdict(list)
    closed = 0
    for claim in claims:
        record = opened(claim, box, column="sealed_brief")
        if record is None:
            closed += 1
        else:
            by_connection[claim.connection_id].append(record)
    found = years.so_far(by_connection.values(), year)
    notes = (f"{closed} of your claims could not be opened and are not counted.",) if closed else ()
    return YearShown(found, tuple(_lines(found)), (*found.notes, *notes))


def _lines(year: Year) -> Iterable[Line]:
    for total in year.sums:
        suffix = "" if total.currency == "USD" else f" ({total.currency})"
        for testid, label, figure in (
            ("year-billed", "Billed", total.billed),
            ("year-plan-paid", "Your plan paid", total.plan_paid),
            ("year-your-share", "Your share", total.your_share),
        ):
            is_total = testid == "year-your-share"
            yield Line(testid, label + suffix, priced(figure), figure.amount is not None, is_total)

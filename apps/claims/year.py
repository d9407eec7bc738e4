"""The year so far: what counts, summed per currency, and what could not be summed (facts claims 3.10)."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from apps.claims import standing, versions
from apps.claims.records import ClaimRecord, Figure

SUMMED = ("billed", "plan_paid", "your_share", "deductible")


class Total(NamedTuple):
    """One sum: over `known` claims, `unknown` claims did not share this amount. None: none did."""

    amount: Decimal | None
    currency: str
    known: int
    unknown: int

    @property
    def unit(self) -> str:
        """The currency, as figures have it."""
        return self.currency


class YearSum(NamedTuple):
    """The sums of one currency."""

    currency: str
    claims: int
    billed: Total
    plan_paid: Total
    your_share: Total
    deductible: Total


class Year(NamedTuple):
    """One year: claims counted, left out (cancelled, replaced, undecided), and counted without amounts."""

    year: int
    claims: int
    left_out: int
    without_amounts: int
    sums: tuple[YearSum, ...]

    @property
    def notes(self) -> tuple[str, ...]:
        """What the sums do not say, in sentences; empty when they say everything."""
        found = []
        if self.without_amounts:
            found.append(f"{_claims(self.without_amounts)} came without amounts.")
        for total in self.sums:
            # What came without any amount was said already.
            for part, words in (
                (total.billed, "what was billed"),
                (total.plan_paid, "what your plan paid"),
                (total.your_share, "your share"),
            ):
                # A part nobody shared is said to be so where it stands.
                if part.unknown and (part.amount is not None or part is total.your_share):
                    found.append(f"{_claims(part.unknown)} came without {words}.")
        if self.left_out:
            are = "is" if self.left_out == 1 else "are"
            found.append(
                f"{_claims(self.left_out)} {are} not counted: cancelled, replaced or not decided yet."
            )
        if len(self.sums) > 1:
            found.append("Amounts in different currencies are never added up.")
        return tuple(found)


def so_far(plans: Iterable[Sequence[ClaimRecord]], year: int) -> Year:
    """Sum the claims whose service (else creation) lies in *year*.

    *plans* holds the records of each connection apart, because versions are linked within one plan only.
    """
    counted: list[ClaimRecord] = []
    left_out = 0
    for records in plans:
        old = versions.superseded(records)
        for position, record in enumerate(records):
            if _year_of(record) != year or record.use != "claim" or record.status == "entered-in-error":
                continue
            if position in old or not standing.counts(record):
                left_out += 1
            else:
                counted.append(record)
    with_money = [record for record in counted if record.shares_money and record.money.is_shared]
    currencies = sorted(
        {unit for record in with_money for unit in _units(record)}, key=lambda one: (one != "USD", one)
    )
    return Year(
        year,
        len(counted),
        left_out,
        len(counted) - len(with_money),
        tuple(_sum(currency, with_money) for currency in currencies),
    )


def _year_of(record: ClaimRecord) -> int | None:
    day = record.service_on or record.created_on
    return day.year if day else None


def _units(record: ClaimRecord) -> set[str]:
    figures: list[Figure] = [getattr(record.money, name) for name in SUMMED]
    return {figure.unit for figure in figures if figure.is_known}


def _sum(currency: str, records: Sequence[ClaimRecord]) -> YearSum:
    of_currency = [record for record in records if currency in _units(record)]
    totals = [_total(currency, [getattr(record.money, name) for record in of_currency]) for name in SUMMED]
    return YearSum(currency, len(of_currency), *totals)


def _total(currency: str, figures: Sequence[Figure]) -> Total:
    known = [figure.amount for figure in figures if figure.amount is not None and figure.unit == currency]
    amount = sum(known, Decimal(0)) if known else None
    return Total(amount, currency, len(known), len(figures) - len(known))


def _claims(number: int) -> str:
    return "1 claim" if number == 1 else f"{number} claims"

"""Cells of a CSV file that a spreadsheet shows and never runs, and the amounts of a record in them; pure."""

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from apps.kinds.claim.records import Disagreement, Figure, Money

type Cell = str | Decimal | int | bool | date | None

BOM: Final = "\N{BYTE ORDER MARK}".encode()
"""Without it Excel reads UTF-8 as another encoding."""
# What starts a formula in Excel, LibreOffice, Numbers or Google Sheets, their full-width forms included. A
# spreadsheet that splits at semicolons starts a new cell behind each; quotes, blanks and what nobody sees may
# stand before: some programs leave it out.
_AT: Final = "(?:^|(?<=[;\t\r\n]))"
_UNSEEN: Final = "\x00-\x1f\x7f-\x9f\xad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff"
_DANGER: Final = f"(?=[\\s{_UNSEEN}\"']*[=+\\-@＝＋－＠]|'*[\t\r])"
_FORMULA: Final = re.compile(_AT + _DANGER)


FIGURES: Final = (
    "billed",
    "discount",
    "reduction",
    "not_covered",
    "allowed",
    "plan_paid",
    "other_payer",
    "your_share",
    "deductible",
    "copay",
    "coinsurance",
    "you_paid",
    "paid_to_provider",
    "paid_to_you",
    "drug_cost",
    "tax",
)
"""Fields of `Money`, in the order of the columns."""
_PARTS_OF_BILL: Final = ("discount", "reduction", "not_covered", "plan_paid", "other_payer", "your_share")


def safe(text: str) -> str:
    """Return *text* with an apostrophe before what would make a spreadsheet compute it."""
    return _FORMULA.sub("'", text)


def lines(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return *rows* as CSV (RFC 4180, CRLF, UTF-8).

    Amounts are plain numbers with all their decimals, dates are ISO, None is an empty cell: not known.
    """
    out = io.StringIO(newline="")
    csv.writer(out, lineterminator="\r\n").writerows([[_cell(cell) for cell in row] for row in rows])
    return out.getvalue().encode("utf-8", "replace")


def _cell(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, Decimal):
        return format(cell, "f")  # never 1E+3; a minus sign stays a number
    return safe(cell) if isinstance(cell, str) else str(cell)


def by_currency(money: Money) -> list[tuple[str | None, list[Decimal | None]]]:
    """Amounts of different currencies never share a row, because a column is there to be added up."""
    figures = [getattr(money, name) for name in FIGURES]
    currencies = dict.fromkeys(figure.unit for figure in figures if figure.is_known)
    return [
        (currency, [figure.amount if figure.unit == currency else None for figure in figures])
        for currency in currencies
    ] or [(None, [None] * len(FIGURES))]


def left_over(figures: Mapping[str, Decimal | None]) -> Decimal | None:
    """What the columns of a row leave of the bill (or of the cost of the drug): with it they add up."""
    whole = figures["drug_cost"] if figures["billed"] is None else figures["billed"]
    if whole is None or figures["your_share"] is None:
        return None
    return whole - sum((figures[name] or Decimal(0) for name in _PARTS_OF_BILL), Decimal(0))


def of_some_lines(money: Money, currency: str | None) -> Iterable[str]:
    """Yield the columns of a currency that only some lines state, each with their number: `plan_paid: 1`."""
    for name in FIGURES:
        figure: Figure = getattr(money, name)
        if figure.unit == currency and figure.source and figure.source.partial:
            yield f"{name}: {figure.source.partial}"


def disagreement(disagreement: Disagreement) -> str:
    """The figures that contradict each other, the one in the column first: `plan_paid: 2855.94 or 0`.

    Those of a line, not of the claim, say so: `plan_paid (a line): 80 or 100`. Where parts of a bill
    exceed it, they are named: `not_covered 30 and plan_paid 80 of billed 100`; so is what is not covered
    beside a share of zero: `your_share 0 and not_covered 380`.
    """
    if disagreement.about == "whole":
        uncovered, paid, bill = [
            format(figure.amount or 0, "f") for figure in (disagreement.chosen, *disagreement.others)
        ]
        return f"not_covered {uncovered} and plan_paid {paid} of billed {bill}"
    amounts = [
        format(figure.amount, "f")
        for figure in (disagreement.chosen, *disagreement.others)
        if figure.amount is not None
    ]
    if disagreement.about == "uncovered":
        return " and not_covered ".join((f"your_share {amounts[0]}", *amounts[1:]))
    of_line = " (a line)" if disagreement.about == "added" else ""
    return f"{disagreement.concept}{of_line}: {' or '.join(dict.fromkeys(amounts))}"

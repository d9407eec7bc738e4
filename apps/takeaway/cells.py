"""Cells of a CSV file that a spreadsheet shows and never runs; pure."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

type Cell = str | Decimal | int | bool | date | None

BOM: Final = "\N{BYTE ORDER MARK}".encode()
"""Without it Excel reads UTF-8 as another encoding."""
# What starts a formula in Excel, LibreOffice, Numbers or Google Sheets, their full-width forms included. A
# spreadsheet that splits at semicolons starts a new cell behind each; quotes and blanks may stand before.
_AT: Final = "(?:^|(?<=[;\t\r\n]))"
_DANGER: Final = "(?=[\\s\"']*[=+\\-@＝＋－＠]|'*[\t\r])"
_FORMULA: Final = re.compile(_AT + _DANGER)
_MADE_SAFE: Final = re.compile(f"{_AT}'{_DANGER}")


def safe(text: str) -> str:
    """Return *text* with an apostrophe before what would make a spreadsheet compute it."""
    return _FORMULA.sub("'", text)


def original(text: str) -> str:
    """Return what `safe` was given."""
    return _MADE_SAFE.sub("", text)


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

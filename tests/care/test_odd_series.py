"""Oddities of what may stand in a line over time (facts clinical 3), by number."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from apps.kinds.care import loinc
from apps.kinds.care.chart import HEAD, PLOT, Dated, chart, sharing
from apps.kinds.care.records import Point
from tests.care.given import LOINC, concept, lab, read
from tests.care.test_oddities import AMOUNT


def test_a_code_without_its_check_digit_is_the_same_code() -> None:
    """Oddity 19; the digits are those LOINC publishes."""
    assert [loinc.with_check_digit(code) for code in ("8480", "4548", "2345-7", "12345")] == [
        "8480-6",
        "4548-4",
        "2345-7",
        "12345-5",
    ]


def test_only_what_is_final_of_a_known_code_may_stand_in_a_line() -> None:
    """Oddities 42, 46 and 22: cancelled, without unit, "np"."""
    code = concept("", (LOINC, "2345", "Glucose"))
    tries = (
        lab(code=code, valueQuantity=AMOUNT),
        lab(code=code, valueString="12"),
        lab(code=code, valueString="np"),
        lab(code=code, valueQuantity=AMOUNT, status="preliminary"),
        lab(code=concept("Glucose"), valueQuantity=AMOUNT),
    )
    assert [len(read(tree)[1].points) for tree in tries] == [1, 1, 0, 0, 0]
    assert read(tries[0])[1].points[0].point.key == "|2345-7|"


def test_a_unit_that_means_another_by_the_book_shares_no_line() -> None:
    """Oddity 53."""
    code = concept("", (LOINC, "2345-7", "Glucose"))
    units = ("K/uL", "10*3/uL")
    mine = [
        read(lab(code=code, valueQuantity={"value": 5, "unit": unit}))[1].points[0].point for unit in units
    ]
    dated = [Dated(uuid4(), date(2026, 1, 1), point) for point in mine]
    assert [len(sharing(dated, point)) for point in mine] == [1, 1]


def test_results_that_are_all_the_same_lie_in_the_middle_of_the_picture() -> None:
    """At its foot they looked as if they were low."""
    same = Point("|2345-7|", Decimal(5), "mg/dL")
    drawn = chart([Dated(uuid4(), date(2026, month, 1), same) for month in (1, 3)], name="Glucose")
    assert drawn and {mark.y for mark in drawn.marks} == {HEAD + PLOT // 2}


@pytest.mark.parametrize(
    ("earlier", "newest", "band"),
    [((1, 2), (4, 6), (HEAD, PLOT)), ((4, 6), (1, None), None), ((4, 6), (None, 6), None)],
)
def test_the_band_lies_between_both_ends_of_the_range_that_came_with_the_newest(
    earlier: tuple[int, int], newest: tuple[int | None, int | None], band: tuple[int, int] | None
) -> None:
    points = [
        Dated(uuid4(), date(2026, month, 1), Point("|2345-7|", Decimal(5), "mg/dL", "", *map(_end, ends)))
        for month, ends in ((1, earlier), (3, newest))
    ]
    drawn = chart(points, name="Glucose")
    assert drawn and (drawn.band and (drawn.band.y, drawn.band.height)) == band
    assert ("shaded band" in drawn.caption) == bool(band)


def _end(number: int | None) -> Decimal | None:
    return None if number is None else Decimal(number)

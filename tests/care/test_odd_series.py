"""Oddities of what may stand in a line over time (facts clinical 3), by number."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from apps.kinds.care import loinc
from apps.kinds.care.chart import Dated, chart, sharing
from apps.kinds.care.entry import entry_of, folded
from apps.kinds.care.records import Point
from apps.kinds.care.scales import HEAD, PLOT
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
    ("ranges", "bands", "words"),
    [
        ([(4, 6), (4, 6), (4, 6)], [("0.00%", "100.00%")], "came with these results."),
        ([(1, 2), (4, 6), (4, 6)], [("0.00%", "27.00%"), ("27.00%", "73.00%")], "with another one."),
        ([(4, 6), (1, None), (None, 6)], [("0.00%", "27.00%")], "came with both its ends."),
        ([(4, 6), (6, 4), (4, 6)], [("0.00%", "27.00%"), ("73.00%", "27.00%")], "came with both its ends."),
        ([(None, None)] * 3, [], ""),
    ],
)
def test_each_range_is_shaded_where_results_came_with_it(
    ranges: list[tuple[int | None, int | None]], bands: list[tuple[str, str]], words: str
) -> None:
    """It goes from halfway to the result before that has another one to halfway to the next."""
    points = [
        Dated(uuid4(), date(2026, 1, day), Point("|2345-7|", Decimal(5), "mg/dL", "", *map(_end, ends)))
        for day, ends in zip((1, 11, 21), ranges, strict=True)
    ]
    drawn = chart(points, name="Glucose")
    assert drawn and [(band.x, band.width) for band in drawn.bands] == bands
    assert drawn.caption.endswith(words) if words else drawn.caption == ""
    assert all(HEAD <= band.y <= band.y + band.height <= HEAD + PLOT for band in drawn.bands)


@pytest.mark.parametrize(
    ("tree", "gaps"),
    [
        ({"valueQuantity": AMOUNT}, []),
        ({"valueString": "np"}, []),
        ({"dataAbsentReason": concept("Not performed")}, ["|2345-7|"]),
        ({"valueQuantity": {"unit": "mg/dL"}}, ["|2345-7|"]),
        ({"valueQuantity": AMOUNT, "status": "cancelled"}, ["|2345-7|"]),
        ({"status": "preliminary"}, []),
        ({"valueQuantity": AMOUNT, "status": "entered-in-error"}, []),
        ({"hasMember": [{"reference": "Observation/1"}]}, []),
        ({"component": [{"code": concept("", (LOINC, "8462-4", "Diastolic"))}]}, ["2345-7|8462-4|"]),
    ],
)
def test_what_is_absent_or_cancelled_is_a_gap(tree: dict[str, Any], gaps: list[str]) -> None:
    record = read(lab(code=concept("", (LOINC, "2345-7", "Glucose")), **tree))[1]
    assert [*record.gaps] == [*entry_of(record).gaps] == gaps
    assert not folded(entry_of(record)).gaps


def test_no_line_goes_on_over_a_day_whose_number_is_absent_or_cancelled() -> None:
    point = Point("|2345-7|", Decimal(5), "mg/dL")
    points = [Dated(uuid4(), date(2026, 1, day), point) for day in (1, 11, 11, 21)]
    for gap, left, is_told in ((5, 2, True), (11, 3, False), (21, 3, False), (30, 3, False)):
        drawn = chart(points, name="Glucose", gaps=[date(2026, 1, gap)])
        assert drawn and (len(drawn.segments), "line is broken" in drawn.caption) == (left, is_told), gap


def _end(number: int | None) -> Decimal | None:
    return None if number is None else Decimal(number)

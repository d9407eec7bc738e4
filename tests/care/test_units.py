"""Which units may share a line of results (facts clinical 2b), and how what was converted is told."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.kinds.care.chart import Dated, refusal, sharing
from apps.kinds.care.records import Point
from tests.care.given import LOINC, concept
from tests.care.test_pages import MARK, a_result, keep, path_of
from tests.claims.given import a_connection


def dated(number: str, unit: str, ends: str = "") -> Dated:
    """Return a number of a day, with a range that begins and ends at *ends*."""
    end = Decimal(ends) if ends else None
    return Dated(uuid4(), date(2026, 1, 1), Point("|29463-7|", Decimal(number), unit, low=end, high=end))


@pytest.mark.parametrize(
    ("number", "unit", "into", "becomes"),
    [
        ("150", "[lb_av]", "kg", "68.04"),
        ("150", "lbs", "kg", "68.04"),
        ("3200", "g", "kg", "3.2"),
        ("70", "in", "cm", "177.8"),
        ("98.6", "[degF]", "Cel", "37"),
        ("37", "Cel", "degF", "98.6"),
        ("14.1", "g/dL", "g/L", "141"),
        ("2.5", "mIU/L", "u[IU]/mL", "2.5"),
        ("5.1", "10*3/uL", "10*9/L", "5.1"),
        ("5.1", "x10*9/L", "10^3/uL", "5.1"),
        ("14.1", "g/dl", "g/dL", "14.1"),
        ("5.4", "mmol/l", "mmol/L", "5.4"),
        ("4.5", "10*6/uL", "10*12/L", "4.5"),
        ("72", "beats/min", "/min", "72"),
    ],
)
def test_units_that_need_no_substance_share_a_line(number: str, unit: str, into: str, becomes: str) -> None:
    like, other = dated("1", into).point, dated(number, unit, number)
    (shared,) = sharing([other], like)
    told = shared.point.number, shared.point.low or 0, shared.point.high or 0
    assert [f"{end:f}" for end in told] == [becomes] * 3
    assert refusal([other, dated("1", into)], like) == ""


@pytest.mark.parametrize(
    ("unit", "into"),
    [
        ("mg/dL", "mmol/L"),
        ("meq/L", "mmol/L"),
        ("%", "mmol/mol"),
        ("%O2", "%"),
        ("K/uL", "10*3/uL"),
        ("kg", "cm"),
        ("", "kg"),
    ],
)
def test_units_that_need_a_substance_or_are_not_known_share_none(unit: str, into: str) -> None:
    like = dated("1", into)
    assert sharing([dated("1", unit)], like.point) == []
    assert "not put on one line" in refusal([dated("1", unit), like], like.point)


def test_a_table_has_what_was_sent_and_what_is_drawn_of_it(alice: Member, alice_client: Client) -> None:
    connection = a_connection(alice)
    weight = {"code": concept("Weight", (LOINC, "29463-7", "")), "referenceRange": []}
    keep(
        connection,
        a_result(1, valueQuantity={"value": 150, "unit": "lb"}, **weight),
        a_result(3, valueQuantity={"value": 66, "unit": "kg"}, interpretation=[{"text": "Low"}], **weight),
    )
    html = alice_client.get(path_of(connection, "Observation/o3")).content.decode()
    assert html.count(MARK) == 2
    assert "<td>150 lb (68.04 kg)</td>" in html and "<td>66 kg · Low</td>" in html
    assert "Numbers that came in another unit are converted: the table has both." in html


@pytest.mark.parametrize(
    "change", [{"status": "cancelled"}, {"dataAbsentReason": concept("Not performed"), "valueQuantity": None}]
)
def test_the_page_draws_no_line_over_a_day_without_a_number(
    change: dict[str, Any], alice: Member, alice_client: Client
) -> None:
    """And none of a number that was cancelled."""
    connection = a_connection(alice)
    between = {name: value for name, value in (a_result(3, 9.9) | change).items() if value}
    keep(connection, *(a_result(month) for month in (1, 2, 4)), between)
    html = alice_client.get(path_of(connection, "Observation/o4")).content.decode()
    assert (html.count(MARK), html.count('class="care__line"'), html.count("9.9")) == (3, 1, 0)
    assert "The line is broken where a result came without a number, or was cancelled." in html

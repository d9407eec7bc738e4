"""One result beside its range: a picture and the same in words, or a sentence why there is none."""

import re
from typing import Any

import pytest
from django.test import Client

from apps.connections.models import Connection
from tests.care.given import LOINC, concept
from tests.care.test_pages import MARK, a_result, keep, path_of


def drawn(html: str) -> dict[str, str]:
    """Return where the only mark and the band stand in the picture of a page, in per cent."""
    mark = re.search(rf'{MARK}[^"]*" cx="([\d.]+)%"', html)
    band = re.search(r'care__band" x="([\d.]+)%" y="\d+" width="([\d.]+)%"', html)
    assert mark and band, html
    return {"mark": float(mark[1]), "low": float(band[1]), "high": float(band[1]) + float(band[2])}


@pytest.mark.parametrize(("value", "side"), [(3, "below"), (4.8, "within"), (9, "above"), (4000, "above")])
def test_one_result_stands_on_a_line_beside_its_range_with_the_same_in_words(
    alice_client: Client, connection: Connection, value: float, side: str
) -> None:
    keep(connection, a_result(1, value))
    html = alice_client.get(path_of(connection, "Observation/o1")).content.decode()
    assert "Hemoglobin A1c beside its range" in html
    told = f"{value}. The range that came with it, 4 to 5.6, is shaded."
    assert (html.count(told), html.count(MARK)) == (1, 1), "the caption is seen and heard"
    place = drawn(html)
    is_below, is_above = place["mark"] < place["low"], place["mark"] > place["high"]
    assert (is_below, is_above) == (side == "below", side == "above")
    assert all(0 < each < 100 for each in place.values())
    # Its words say nothing of what that means.
    assert not re.search("(?i)normal|too high|too low|outside", html[html.index("<article") :])


TWO_ENDS = {"low": {"value": 4, "unit": "%"}, "high": {"value": 5.6, "unit": "%"}}


@pytest.mark.parametrize(
    "ranges",
    [
        [{"text": "below 5.7"}],
        [{"high": {"value": 5.6, "unit": "%"}}],
        [{"low": {"value": 20, "unit": "mmol/mol"}, "high": {"value": 38, "unit": "mmol/mol"}}],
        [TWO_ENDS, {"low": {"value": 3, "unit": "%"}, "high": {"value": 7, "unit": "%"}}],
        [{"low": TWO_ENDS["high"], "high": TWO_ENDS["low"]}],
        [{"low": TWO_ENDS["high"], "high": TWO_ENDS["high"]}],
        [TWO_ENDS | {"type": {"coding": [{"code": "critical"}]}}],
    ],
)
def test_where_no_range_can_be_drawn_a_sentence_says_so(
    alice_client: Client, connection: Connection, ranges: list[dict[str, Any]]
) -> None:
    keep(connection, a_result(1, referenceRange=ranges))
    html = alice_client.get(path_of(connection, "Observation/o1")).content.decode()
    assert "No picture is drawn of this result" in html and MARK not in html


def test_a_result_without_a_range_has_neither_a_picture_nor_a_sentence_about_one(
    alice_client: Client, connection: Connection
) -> None:
    keep(connection, a_result(1, referenceRange=[]))
    html = alice_client.get(path_of(connection, "Observation/o1")).content.decode()
    assert "No picture" not in html and MARK not in html


def test_a_part_without_a_range_has_no_sentence_about_the_range_of_the_whole(
    alice_client: Client, connection: Connection
) -> None:
    """Oxygen in the blood has a range, the flow of oxygen that was inhaled has none."""
    code = concept("", (LOINC, "3151-8", "Inhaled oxygen flow rate"))
    flow = {"code": code, "valueQuantity": {"value": 6, "unit": "L/min"}}
    keep(connection, a_result(1, 95, component=[flow]))
    html = alice_client.get(path_of(connection, "Observation/o1")).content.decode()
    assert "beside its range" in html and "No picture" not in html

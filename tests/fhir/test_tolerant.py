"""One bad field costs that field, never the record."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from apps.fhir.tolerant import Hopeless, convert, decode, sifted, tree
from apps.fhir.values import Reference


class Part(msgspec.Struct, frozen=True):
    """A part of the whole."""

    ALONE = "amount"
    name: str | None = None
    amount: Any = None


class Whole(msgspec.Struct, frozen=True):
    """What the tests decode into."""

    title: str | None = None
    part: Part = Part()
    parts: tuple[Part, ...] = ()
    tags: tuple[str, ...] = ()


def test_well_typed_json_is_decoded_and_the_rest_ignored() -> None:
    body = b'{"title": "T", "part": {"name": "P", "amount": 1.10}, "parts": [{}], "unknown": {"x": [1]}}'
    whole = decode(body, Whole)
    assert whole == Whole("T", Part("P", Decimal("1.10")), (Part(),))
    assert str(whole.part.amount) == "1.10"


class Written(msgspec.Struct, frozen=True):
    """Something that says who wrote it."""

    by: Reference | None = None


def test_a_bare_path_is_a_reference_and_no_name() -> None:
    """Read as a name, a member's own "Patient/123" was somebody else."""
    assert decode(b'{"by": "Patient/123"}', Written).by == Reference("Patient/123")
    assert decode(b'{"by": "Riverside Clinic"}', Written).by == Reference(display="Riverside Clinic")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"title": 5, "tags": ["a"]}', Whole(tags=("a",))),
        (b'{"title": null, "parts": null, "tags": null, "part": null}', Whole()),
        (
            b'{"title": "T", "parts": [null, 5, {"name": "P"}, {"name": 7, "amount": 2}]}',
            Whole("T", parts=(Part(None, 5), Part("P"), Part(None, 2))),
        ),
        (b'{"title": "T", "part": 7.50}', Whole("T", Part(None, Decimal("7.50")))),
        (b'{"title": "T", "part": true}', Whole("T")),
        (b'{"title": "T", "parts": {"name": "alone"}}', Whole("T", parts=(Part("alone"),))),
        (b'{"title": "T", "tags": "alone"}', Whole("T", tags=("alone",))),
        (b'{"title": "T", "tags": ["a", 5, "b"]}', Whole("T", tags=("a", "b"))),
        (b'{"title": "T", "part": [1]}', Whole("T", Part(None, 1))),
        (b'{"title": ["T"], "tags": [["a"]]}', Whole("T", tags=("a",))),
        (b'{"part": [{"name": "P"}], "parts": [[{"name": "Q"}]]}', Whole(None, Part("P"), (Part("Q"),))),
        (b'{"title": "T", "part": [{"name": "P"}, {"name": "Q"}], "parts": [[]]}', Whole("T")),
        (b'{"title": "T", "part": {"name": [], "amount": NaN}}', Whole("T")),
        (b'{"title": "T", "part": {"amount": 1e999999999999999999999}}', Whole("T")),
        (b'\xef\xbb\xbf{"title": "T"}', Whole("T")),
    ],
)
def test_a_field_of_a_wrong_type_is_dropped_alone(body: bytes, expected: Whole) -> None:
    assert decode(body, Whole) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"title": "T", "part": {"amount": 1.5}, "tags": ["a"]}', ()),
        (b'{"title": 5, "tags": ["a", 7, {"x": 1}]}', (("title", 5), ("tags", 7), ("tags", {"x": 1}))),
        (b'{"title": null, "tags": "a", "part": [[]]}', (("part", [[]]),)),
        (b'{"title": {"x": 1}, "part": [{"name": 3}]}', (("title", {"x": 1}), ("part.name", 3))),
        (b'{"part": {"name": 3}, "unknown": 1}', (("part.name", 3),)),
    ],
)
def test_what_was_dropped_can_be_asked_for(body: bytes, expected: tuple[object, ...]) -> None:
    assert sifted(body, Whole) == (decode(body, Whole), expected)


def test_a_whole_tree_has_exact_numbers_and_a_part_of_it_becomes_a_struct() -> None:
    whole = tree(b'{"part": {"amount": 1.50, "name": 3}}')
    assert str(whole["part"]["amount"]) == "1.50"
    assert convert(whole["part"], Part).amount == Decimal("1.50")
    with pytest.raises(Hopeless):
        tree(b"[1]")


def test_a_lone_surrogate_cannot_travel_further() -> None:
    whole = decode(b'{"title": "\\ud800x", "tags": 5}', Whole)
    assert whole.title is not None
    whole.title.encode()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "it is not JSON"),
        (b"nonsense", "it is not JSON"),
        (b"[1]", "it is not a JSON object"),
        (b"null", "it is not a JSON object"),
        (b'{"title": "\xff"}', "it is not UTF-8 text"),
        (b'{"a":' * 200_000, "it is nested too deeply"),
    ],
)
def test_what_is_no_object_is_hopeless_and_nothing_is_quoted(body: bytes, reason: str) -> None:
    with pytest.raises(Hopeless) as refused:
        decode(body, Whole)
    assert str(refused.value) == reason

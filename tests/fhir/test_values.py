"""Values as R4 writes them: dates, amounts, codings, references, names."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from fhirclient.models.humanname import HumanName

from apps.fhir import values
from apps.fhir.values import Amount, Coding, Concept, Identifier, Reference


@pytest.mark.parametrize(
    ("text", "first", "kept"),
    [
        ("2026-03-05", date(2026, 3, 5), "2026-03-05"),
        ("2026-03", date(2026, 3, 1), "2026-03"),
        ("2026", date(2026, 1, 1), "2026"),
        ("2026-03-05T00:00:00Z", date(2026, 3, 5), "2026-03-05"),
        ("2022-07-20T21:40:40-04:00", date(2022, 7, 20), "2022-07-20"),
        ("2026-03-05T10:00:00.176000+00:00", date(2026, 3, 5), "2026-03-05"),
        ("1922-01-01", date(1922, 1, 1), "1922-01-01"),
    ],
)
def test_a_day_is_taken_as_written(text: str, first: date, kept: str) -> None:
    span = values.day(text)
    assert span is not None
    assert (span.first, span.text) == (first, kept)


@pytest.mark.parametrize(
    "text",
    [
        "",
        None,
        "IGNORED_FIELD",
        "2026-02-30",
        "2026-13",
        "0000",
        "03/05/2026",
        "2026-3-5",
        "٢٠٢٦",
        "2026-03-05X",
        "9" * 5000,
    ],
)
def test_what_is_no_date_is_none(text: str | None) -> None:
    assert values.day(text) is None


def test_the_earlier_of_two_days_is_the_smaller() -> None:
    days = [values.day("2026-03-02"), values.day("2026-03")]
    assert min(day for day in days if day).text == "2026-03"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5, "5"),
        (Decimal("12.50"), "12.50"),
        (Decimal("1E+2"), "100"),
        ("12.50", "12.50"),
        ("-3", "-3"),
        (0, "0"),
        (True, None),
        (None, None),
        ("", None),
        ("12,50", None),
        ("1e5", None),
        ("٣", None),
        (Decimal("NaN"), None),
        (Decimal("Infinity"), None),
        (Decimal("1E+999"), None),
        (Decimal("1E-999"), None),
        (10**13, None),
        ([], None),
        (1.5, None),
    ],
)
def test_a_number_is_exact_or_unknown(value: Any, expected: str | None) -> None:
    number = values.number(value)
    assert (None if number is None else str(number)) == expected


def test_an_amount_keeps_a_real_currency_only() -> None:
    assert values.amount(Amount(5, " usd ")) == (Decimal(5), "USD")
    assert values.amount(Amount(5, "US dollars")) == (Decimal(5), None)
    assert values.amount(Amount(5)) == (Decimal(5), None)
    assert values.amount(Amount(None, "USD")) is None
    assert values.amount(None) is None


def test_words_are_a_display_else_the_text() -> None:
    assert values.words(Concept((Coding(code="1"), Coding(code="2", display=" Two ")), "Text")) == "Two"
    assert values.words(Concept((Coding(code="1"),), "Text")) == "Text"
    assert values.words(Concept((Coding(code="1"),))) is None


def test_codes_can_be_asked_of_one_system() -> None:
    concept = Concept((Coding("http://a", "1"), Coding("http://b", " 2 "), Coding("http://b")))
    assert values.codes(concept) == ("1", "2")
    assert values.codes(concept, "//b") == ("2",)


def test_text_is_one_clean_line_of_bounded_length() -> None:
    assert values.clean(" a\n\tb\x00\u202e c ") == "a b c"
    assert values.clean("\n") is None
    assert values.clean("word " * 200, 20) == "word word word word…"
    assert len(values.clean("x" * 10_000_000, 400) or "") == 400


@pytest.mark.parametrize(
    ("reference", "target", "relative"),
    [
        ("Organization/1", "Organization/1", "Organization/1"),
        ("Organization/1/_history/2", "Organization/1", "Organization/1"),
        ("https://x.example/fhir/Organization/1", "https://x.example/fhir/Organization/1", "Organization/1"),
        (
            "https://x.example/fhir/Organization/1/_history/2",
            "https://x.example/fhir/Organization/1",
            "Organization/1",
        ),
        ("#inside", "#inside", None),
        ("urn:uuid:1-2", "urn:uuid:1-2", None),
        ("#", None, None),
        ("Medicare", None, None),
        ("Organization/", None, None),
        ("../Organization/1", None, None),
        ("Organization/1?x=y", None, None),
        ("javascript:alert(1)", None, None),
        ("", None, None),
        (None, None, None),
    ],
)
def test_a_reference_names_a_record_or_nothing(
    reference: str | None, target: str | None, relative: str | None
) -> None:
    assert (values.target(reference), values.relative(reference)) == (target, relative)
    assert values.resource_type(reference) == (relative.split("/")[0] if relative else None)


def test_a_name_is_looked_up_under_path_and_address() -> None:
    names = {"Organization/1": "By path", "https://x.example/fhir/Organization/2": "By address"}
    assert values.known_name(Reference("https://x.example/fhir/Organization/1"), names) == "By path"
    assert (
        values.known_name(Reference("https://x.example/fhir/Organization/2/_history/1"), names)
        == "By address"
    )
    assert values.known_name(Reference(display="Shown"), names) == "Shown"
    assert (
        values.known_name(
            Reference(identifier=Identifier("http://hl7.org/fhir/sid/us-npi", "1407891336")), names
        )
        == "NPI 1407891336"
    )
    assert (
        values.known_name(Reference(identifier=Identifier(value="Centers for Medicare")), names)
        == "Centers for Medicare"
    )
    assert values.known_name(Reference(display="Not Found-1"), names) is None
    assert values.known_name(None, names) is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ({"text": "Ana Lopez"}, "Ana Lopez"),
        (
            {"prefix": ["Dr."], "given": ["Ana", "M."], "family": "Lopez", "suffix": ["MD"]},
            "Dr. Ana M. Lopez MD",
        ),
        (
            [
                {"use": "old", "text": "Old"},
                {"use": "nickname", "text": "Nick"},
                {"use": "official", "text": "Real"},
            ],
            "Real",
        ),
        ("Riverside Clinic", "Riverside Clinic"),
        ({"given": "Ana", "family": 5}, "Ana"),
        ([{"use": "old", "text": "Old"}], None),
        ([None, 5], None),
        ({}, None),
        (None, None),
        (5, None),
    ],
)
def test_a_human_name_is_one_line(name: Any, expected: str | None) -> None:
    assert values.human_name(name) == expected


def test_our_names_have_the_parts_that_fhirclient_reads() -> None:
    name = {"prefix": ["Dr."], "given": ["Ana"], "family": "Lopez"}
    model = HumanName(name)
    assert values.human_name(name) == " ".join([*model.prefix, *model.given, model.family])

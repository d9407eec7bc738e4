"""What operators read of a server's own words: what is wrong, and nothing that could be private (C-05)."""

import json
from typing import Any

import pytest

from apps.fhir.errors import LONGEST, complaint, masked


def outcome(*texts: str, **more: Any) -> dict[str, Any]:
    """Return an OperationOutcome with an issue for each text."""
    issues = [{"severity": "error", "code": "invalid", "diagnostics": text} for text in texts]
    return {"resourceType": "OperationOutcome", "issue": issues, **more}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"detail": "value must be at most 50"}, "value must be at most #"),
        (outcome("Unknown search parameter '_lastUpdated'"), "Unknown search parameter _lastUpdated"),
        (
            outcome("Parameter _count: value must be less than 51.", "Use POST."),
            "Parameter _count: value must be less than #.; Use *",
        ),
        (
            {"resourceType": "OperationOutcome", "issue": [{"details": {"text": "bad request"}}]},
            "bad request",
        ),
        (
            {"_count": ["Ensure this value is less than or equal to 50."]},
            "_count: Ensure this value is less than or equal to #.",
        ),
        ({"error": "invalid_scope", "error_description": "scope is not allowed"}, "scope is not allowed"),
    ],
)
def test_c_05_what_is_wrong_stays_readable(body: dict[str, Any], said: str) -> None:
    """C-05: names of parameters and types, words about requests; numbers are only said to be some."""
    assert complaint(json.dumps(body).encode()) == said


@pytest.mark.parametrize(
    "text",
    [
        "Patient Rosa Quill not found",
        "member W123456789 born 1961-03-09 has no claims",
        "Claim for Metformin 500 denied",
        "rosa.quill@example.com is unknown; call 555-0100",
        "Patient/a1b2c3 does not exist",
        "no record of rosa quill, diabetes",
        "token eyJabc.def.ghi rejected",
        "Rosa_Quill: Quill-Adams",
    ],
)
def test_c_05_names_numbers_and_ids_do_not(text: str) -> None:
    """C-05: whatever is not on the list could be a person, a number of theirs, a drug or a diagnosis."""
    private = ("rosa", "quill", "w1234", "1961", "metformin", "500", "0100", "a1b2c3", "diabetes", "eyj")
    for body in (outcome(text), {"detail": text}, {text: [text]}):
        said = complaint(json.dumps(body).encode())
        assert said
        assert not [word for word in private if word in said.lower()]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"<html>Not here</html>", b"[1]", b"{", b"null", b"\xff\xfe", b"[" * 100_000,
        b'{"resourceType": "OperationOutcome", "issue": {"diagnostics": "x"}}',
        b'{"resourceType": "OperationOutcome", "issue": [1, null, {"diagnostics": 5, "details": []}]}',
        b'{"detail": {"a": 1}, "error": 7, "_count": [3]}',
    ],
)  # fmt: skip
def test_c_05_what_says_nothing_readable_is_no_complaint(body: bytes) -> None:
    """C-05: payers send web pages, nothing, or JSON of another shape."""
    assert complaint(body) == ""


def test_c_05_it_is_short_however_much_is_sent() -> None:
    """C-05: a stack trace is no help in a list of steps."""
    text = "invalid value " * 50_000
    assert len(masked(text)) <= LONGEST
    assert len(complaint(json.dumps(outcome(text, text)).encode())) <= LONGEST

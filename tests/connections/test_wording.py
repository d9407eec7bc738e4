"""Scopes in a member's words."""

import pytest
from django.utils import translation

from apps.connections.wording import EVERYTHING, LASTING, OTHER, granted, overview, withheld

CLAIMS = "Claims: what was billed, what your plan paid, your share"
COVERAGE = "What your plan covers"
PERSON = "Name, address and date of birth"


@pytest.mark.parametrize(
    ("scopes", "lines"),
    [
        ("openid patient/*.read offline_access", [EVERYTHING, LASTING]),
        ("patient/*.rs", [EVERYTHING]),
        ("user/*.read", [EVERYTHING]),
        ("patient/*.*", [EVERYTHING]),
        ("patient/Coverage.rs?x=y", [COVERAGE]),
        (
            "patient/Patient.read patient/ExplanationOfBenefit.read",
            [CLAIMS, PERSON],
        ),
        ("patient/Condition.read", ["Health problems and diagnoses"]),
        ("patient/MedicationRequest.read patient/MedicationDispense.read", ["Medicines"]),
        ("patient/Slot.read", [OTHER]),
        ("patient/Organization.read", []),
        ("patient/Coverage.write patient/Coverage.cud", []),
        ("openid fhirUser launch/patient nonsense patient/", []),
        ("", []),
    ],
)
def test_scopes_are_said_in_words(scopes: str, lines: list[str]) -> None:
    """Both spellings of SMART; what is not known is left out."""
    assert granted(scopes) == lines


def test_what_was_not_granted_is_named() -> None:
    """O-27."""
    asked = ["openid", "patient/ExplanationOfBenefit.read", "patient/Coverage.read", "offline_access"]
    assert withheld("patient/Coverage.rs", asked=asked) == [CLAIMS]
    assert withheld("patient/*.read", asked=asked) == []
    assert withheld("", asked=asked) == []
    assert withheld("patient/Coverage.rs", asked=["patient/*.read"]) == [
        CLAIMS,
        PERSON,
    ]
    assert withheld("openid launch/patient", asked=["patient/*.read"]) == [EVERYTHING]


@pytest.mark.parametrize(
    ("connected", "waiting", "sentence"),
    [
        (["A"], [], "A shares records with you here."),
        (["A", "A"], [], "A shares records with you here."),
        (["A", "B"], [], "A and B share records with you here."),
        (["A", "B", "C"], [], "A, B and C share records with you here."),
        (["A", "B", "C", "D"], [], "4 plans share records with you here."),
        (["A"], ["B"], "B waits for you to sign in again."),
        ([], [], "Nothing is shared with you here at the moment."),
    ],
)
def test_the_list_says_its_answer_first(connected: list[str], waiting: list[str], sentence: str) -> None:
    """What needs the member comes before what is fine."""
    assert overview(connected=connected, waiting=waiting) == sentence


def test_the_answer_is_said_in_spanish_with_its_plural() -> None:
    with translation.override("es"):
        assert overview(connected=["A"], waiting=[]) == "A comparte registros con usted aquí."
        assert "esperan que usted vuelva a entrar." in overview(connected=[], waiting=["A", "B"])

"""LOINC's official names, made short by a rule: what was measured and in what; the official one stays."""

import pytest
from django.test import Client
from django.utils import translation

from apps.accounts.models import Member
from apps.kinds.care import wording
from apps.kinds.care.entry import entry_of
from tests.care.given import LOINC, concept, lab, read
from tests.care.test_pages import keep, path_of
from tests.claims.given import a_connection

SHORT = {
    "Glucose [Mass/volume] in Serum or Plasma": "Glucose (blood serum or plasma)",
    "Cholesterol in LDL [Mass/volume] in Serum or Plasma by calculation": (
        "Cholesterol in LDL (blood serum or plasma)"
    ),
    "Cholesterol [Moles/\u200bvolume] in Serum or Plasma": "Cholesterol (blood serum or plasma)",
    "Hematocrit [Volume Fraction] of Blood by Automated count": "Hematocrit (blood)",
    "Protein [Presence] in Urine by Test strip": "Protein (urine)",
    "Bilirubin.direct [Moles/volume] in Serum or Plasma": "Bilirubin, direct (blood serum or plasma)",
    "MCV [Entitic volume] by Automated count": "MCV",
    "Body mass index (BMI) [Ratio]": "Body mass index (BMI)",
    "Lead [Mass/volume] in Dust": "Lead (Dust)",
    "Bacteria DNA [Presence] in Unspecified specimen by Probe": "Bacteria DNA",
    "Glucose [Mass/volume] in Serum or Plasma --2 hours post meal": (
        "Glucose, 2 hours post meal (blood serum or plasma)"
    ),
    "Glucose [Presence] in Urine by Test strip --1 hour post dose glucose": (
        "Glucose, 1 hour post dose glucose (urine)"
    ),
}
AS_SENT = (
    "Total score [AUDIT-C]",
    "ABO group [Type] in Blood",
    "Pain severity - 0-10 verbal numeric rating [Score] - Reported",
    "Body mass index (BMI) [Percentile] Per age and sex",
    "Glucose in Urine",
    "[Mass/volume] in Serum",
)


def _named(display: str, system: str = LOINC) -> str:
    return wording.name_words(read(lab(code=concept("", (system, "2345-7", display))))[1])


@pytest.mark.parametrize(("official", "short"), SHORT.items(), ids=list(SHORT.values()))
def test_a_name_of_loincs_form_is_what_was_measured_and_in_what(official: str, short: str) -> None:
    assert _named(official) == short


@pytest.mark.parametrize("name", AS_SENT)
def test_a_bracket_that_says_more_than_the_property_stays(name: str) -> None:
    assert _named(name) == name


def test_the_same_form_under_another_list_is_left_as_it_was_sent() -> None:
    official = next(iter(SHORT))
    assert _named(official, "urn:oid:1.2.3") == official


def test_the_official_name_stands_beside_the_short_one_and_finds_it(
    alice: Member, alice_client: Client
) -> None:
    connection, official = a_connection(alice), "Glucose [Mass/volume] in Serum or Plasma"
    part = "Sodium [Moles/volume] in Blood"
    amount = {"valueQuantity": {"value": 140, "unit": "mmol/L"}}
    body = lab(
        code=concept("", (LOINC, "2345-7", official)),
        effectiveDateTime="2026-03-10",
        component=[{"code": concept("", (LOINC, "2947-0", part)), **amount}],
    )
    keep(connection, body)
    html = alice_client.get(path_of(connection, "Observation/x1")).content.decode()
    assert "<h1>Glucose (blood serum or plasma)</h1>" in html
    assert official in html and part in html and "Sodium (blood)" in html
    words = entry_of(read(body)[1]).words
    assert "mass/volume" in words and "moles/volume" in words
    with translation.override("es"):
        assert _named(official) == "Glucose (suero o plasma de la sangre)"

"""Diagnosis codes and units in everyday words."""

import pytest

from apps.plain_language.diagnoses import icd10cm_words
from apps.plain_language.units import unit_words


@pytest.mark.parametrize("code", ["E119", "E11.9", " e11.9 "])
def test_a_diagnosis_has_its_words_with_and_without_dot(code: str) -> None:
    assert icd10cm_words(code) == "Type 2 diabetes mellitus without complications"


@pytest.mark.parametrize("code", ["", "9999999", "2113", "E11.999999", "Chapter 1", "../etc", "R4444"])
def test_what_is_no_diagnosis_code_has_no_words(code: str) -> None:
    assert icd10cm_words(code) is None


def test_units_are_words_and_unknown_ones_stay() -> None:
    assert [unit_words(unit) for unit in ("[mi_i]", "mL", "TAB", None)] == ["miles", "mL", "TAB", ""]

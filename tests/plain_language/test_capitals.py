"""Names in capitals, as people write them."""

import pytest

from apps.plain_language.capitals import calm_name, calm_words


@pytest.mark.parametrize(
    ("sent", "written"),
    [
        ("KIM Y LEE", "Kim Y Lee"),
        ("CLINIC AT LA JOLLA", "Clinic at La Jolla"),
        ("CLINICA DE LA RAZA", "Clinica de la Raza"),
        ("UCSF HEALTH", "UCSF Health"),
        ("CHAMPVA PLAN", "CHAMPVA Plan"),
        ("GI8-HMO DEDUCTIBLE", "GI8-HMO Deductible"),
        ("jane doe", "Jane Doe"),
        ("McDonald", "McDonald"),
        ("MRS ANNABEL MCDONALD O'BRIEN-SMITH MD", "Mrs Annabel McDonald O'Brien-Smith MD"),
        ("JOE'S PHARMACY", "Joe's Pharmacy"),
        ("D'ANGELO RUIZ", "D'Angelo Ruiz"),
        ("Annabel McDONALD", "Annabel McDONALD"),
    ],
)
def test_a_name_reads_as_its_bearer_writes_it(sent: str, written: str) -> None:
    assert calm_name(sent) == written


@pytest.mark.parametrize(
    ("sent", "written"),
    [
        ("SKILLED CARE, PART A (HH+H REGION C)", "Skilled care, part A (HH+H region C)"),
        ("VITAMIN D, 25 HYDROXY", "Vitamin D, 25 hydroxy"),
        ("VISIT OF A NURSE W/O CONTRAST", "Visit of a nurse w/o contrast"),
        ("DOLOR Y FIEBRE", "Dolor y fiebre"),
    ],
)
def test_a_letter_that_names_something_stays_a_capital(sent: str, written: str) -> None:
    assert calm_words(sent) == written

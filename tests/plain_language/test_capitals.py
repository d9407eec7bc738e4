"""Names in capitals, as people write them."""

import pytest

from apps.plain_language.capitals import calm_name


@pytest.mark.parametrize(
    ("sent", "written"),
    [
        ("KIM Y LEE", "Kim Y Lee"),
        ("CLINIC AT LA JOLLA", "Clinic at La Jolla"),
        ("CLINICA DE LA RAZA", "Clinica de la Raza"),
        ("UCSF HEALTH", "UCSF Health"),
        ("CHAMPVA PLAN", "CHAMPVA Plan"),
        ("jane doe", "Jane Doe"),
        ("McDonald", "McDonald"),
    ],
)
def test_a_name_reads_as_its_bearer_writes_it(sent: str, written: str) -> None:
    assert calm_name(sent) == written

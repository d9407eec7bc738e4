"""Things named in a row."""

import pytest
from django.utils import translation

from apps.plain_language.theirs import listed


@pytest.mark.parametrize(
    ("words", "english", "spanish"),
    [
        ([], "", ""),
        (["a"], "a", "a"),
        (["a", "b"], "a and b", "a y b"),
        (["a", "b", "c"], "a, b and c", "a, b y c"),
        (
            ["Infusion, first hour", "ECG", "Saline, 10 ml"],
            "Infusion, first hour; ECG; and Saline, 10 ml",
            "Infusion, first hour; ECG; y Saline, 10 ml",
        ),
        (["May 3, 2020", "June 4, 2021"], "May 3, 2020 and June 4, 2021", "May 3, 2020 y June 4, 2021"),
        (["Metformin", "Ibuprofen"], "Metformin and Ibuprofen", "Metformin e Ibuprofen"),
        (["agua", "hielo"], "agua and hielo", "agua y hielo"),
    ],
)
def test_a_row_is_joined_as_each_language_does(words: list[str], english: str, spanish: str) -> None:
    assert listed(words) == english
    with translation.override("es"):
        assert listed(words) == spanish

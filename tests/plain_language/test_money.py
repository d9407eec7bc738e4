"""Amounts in everyday words."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.kinds.claim.records import NOT_SHARED, Figure
from apps.plain_language.money import MINUS, money, priced, share_of


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        ("480", "USD", "$480.00"),
        ("1234567.5", "USD", "$1,234,567.50"),
        ("-10", "USD", "−$10.00"),
        ("0", "USD", "$0.00"),
        ("-0.001", "USD", "$0.00"),
        ("0.005", "USD", "$0.01"),
        ("2110.072", "USD", "$2,110.07"),
        ("12", "CAD", "CAD 12.00"),
        ("-12", "EUR", "−EUR 12.00"),
    ],
)
def test_an_amount_has_two_decimals_and_its_currency(amount: str, currency: str, words: str) -> None:
    assert money(Decimal(amount), currency) == words


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12))
def test_words_lose_no_cent(amount: Decimal) -> None:
    assert Decimal(money(amount).replace("$", "").replace(",", "").replace(MINUS, "-")) == amount


def test_what_is_not_shared_is_said_and_zero_is_zero() -> None:
    assert priced(NOT_SHARED) == "not shared by your plan"
    assert priced(Figure(Decimal(0))) == "$0.00"


@pytest.mark.parametrize(
    ("part", "whole", "percent"),
    [
        ("53.52", "267.60", 20),
        ("20", "80", 25),
        ("10", "30", None),
        ("0", "80", None),
        ("90", "80", None),
        ("5", "0", None),
    ],
)
def test_a_share_is_a_per_cent_only_to_the_cent(part: str, whole: str, percent: int | None) -> None:
    assert share_of(Decimal(part), Decimal(whole)) == percent

"""Records travel sealed: what is encoded comes back equal, and other layouts are noticed."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.kinds.claim.kind import CLAIM
from apps.kinds.claim.records import ClaimRecord, Figure, Money, Source
from apps.records.entries import OtherLayout, to_bytes
from tests.claims import made


def test_a_record_comes_back_as_it_was() -> None:
    record = made.reading(made.visit())
    assert CLAIM.open_brief(to_bytes(record)) == record


@given(st.decimals(allow_nan=False, allow_infinity=False, places=5, min_value=-(10**11), max_value=10**11))
def test_amounts_keep_sign_and_all_decimals(amount: Decimal) -> None:
    record = ClaimRecord(money=Money(billed=Figure(amount, "USD", Source("Billed amount", "total[0]"))))
    back = CLAIM.open_brief(to_bytes(record)).money.billed.amount
    assert back is not None
    assert str(back) == str(amount)


def test_dates_come_back_as_dates() -> None:
    record = ClaimRecord(service_start="2026-03", service_on=date(2026, 3, 1))
    assert CLAIM.open_brief(to_bytes(record)).service_on == date(2026, 3, 1)


@pytest.mark.parametrize(
    "stored",
    [b"", b"\x00", b"\x63" + to_bytes(ClaimRecord())[1:], to_bytes(ClaimRecord())[:-1], b"\x01nonsense"],
)
def test_bytes_of_another_layout_are_refused(stored: bytes) -> None:
    with pytest.raises(OtherLayout):
        CLAIM.open_brief(stored)


def test_what_is_not_shared_is_not_zero() -> None:
    figure = ClaimRecord().money.billed
    assert figure.amount is None
    assert not figure.is_known
    assert Figure(Decimal(0)).is_known

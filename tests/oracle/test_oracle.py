"""The second reading alone: what it decides, what it leaves open, and which figures it finds at odds."""

from decimal import Decimal
from typing import Any

import pytest

from tests.claims.made import body, claim, cms, line, priced
from tests.claims.systems import C4BB
from tests.oracle.reading import Reading, read
from tests.oracle.shapes import SHAPES, by_number
from tests.oracle.tree import parsed

NPI = "1407891336"

CONTRADICTING = {
    "M-01 nothing paid, and a payment": [("zero", "plan paid"), ("zero", "coinsurance")],
    "M-01 nothing to pay, and shares on the lines": [("zero", "liability")],
    "M-01 three cents over two lines are one": [("lines", "billed")],
    "M-01 lines that agree with their total in no way": [("lines", "coinsurance")],
    "M-01 the stated share is less than its parts": [("parts", "share")],
    "M-01 an added line says otherwise": [("added", "plan paid")],
    "M-01 a line was paid nothing, the added one was": [("zero", "plan paid")],
    "M-01 one of two lines says otherwise than the added one": [("added", "plan paid")],
    "M-01 a total of the share that its parts do not make": [("parts", "share")],
    "M-01 a total of the share that is less than the parts which are stated": [("parts", "share")],
    "M-11 a part after another payer": [("parts", "share")],
    "M-01 nothing paid, and one line of two was": [("zero", "plan paid")],
}


def reading(made: dict[str, Any], **known: str) -> Reading:
    """Return the reading of a claim made by hand."""
    told = read(body(made), known)
    assert told is not None
    return told


@pytest.mark.parametrize("shape", SHAPES)
def test_a_claim_contradicts_itself_only_where_two_figures_cannot_both_be_true(shape: str) -> None:
    """M-01, M-11: zeros, totals against lines and shares against parts; one cent a line is rounding."""
    rows = [(row.kind, row.concept) for row in reading(SHAPES[shape]).contradictions if row.hard]
    assert rows == CONTRADICTING.get(shape, [])


def test_what_is_absent_is_not_zero() -> None:
    """M-08: a claim with a bill and nothing else states no payment and no share."""
    totals = reading(claim(priced("submitted", "100.00"))).totals
    assert totals["billed"].permitted == (Decimal("100.00"),)
    assert {name for name, answer in totals.items() if answer.permitted == (None,)} == set(totals) - {
        "billed"
    }


def test_a_zero_that_a_payment_contradicts_is_permitted_to_no_reader() -> None:
    """M-01: the payment, or nothing."""
    paid = reading(SHAPES["M-01 nothing paid, and a payment"]).totals["plan paid"]
    assert not paid.permits(Decimal(0))
    assert paid.permits(Decimal("2855.94")) and paid.permits(None)


def test_of_two_figures_that_contradict_each_other_neither_is_guessed() -> None:
    """M-01: the head and the lines stay permitted, and the answer is undecided."""
    billed = reading(SHAPES["M-01 three cents over two lines are one"]).totals["billed"]
    assert billed.undecided
    assert set(billed.permitted) == {Decimal("100.03"), Decimal("100.00")}


def test_the_name_of_the_payers_own_system_decides_over_the_common_code_beside_it() -> None:
    """Facts 1.16: a unit rate and a payment stand under "submitted" too; only the charge is billed."""
    one_line = line(
        1,
        cms("rev_cntr_rate_amt", "5.00", "submitted"),
        cms("rev_cntr_tot_chrg_amt", "60.00", "submitted"),
        cms("rev_cntr_pmt_amt_amt", "20.00", "submitted"),
    )
    totals = reading(claim(item=[one_line])).totals
    assert (totals["billed"].permitted, totals["plan paid"].permitted) == ((Decimal(60),), (Decimal(20),))


def test_a_provider_is_joined_by_number_from_the_record_and_from_what_is_known() -> None:
    """M-04: the care team, what is contained, or the names that came along."""
    for shape in (
        "M-04 a number with a name in the care team",
        "M-04 a number with a name in what is contained",
    ):
        assert not reading(SHAPES[shape]).provider.permits(f"NPI {NPI}")
    by_npi = claim(provider=by_number(NPI))
    assert reading(by_npi).provider.permitted == (f"NPI {NPI}",)
    assert reading(by_npi, **{NPI: "Riverside Clinic"}).provider.permitted == ("Riverside Clinic",)


def test_a_placeholder_is_no_name() -> None:
    """M-05: "N/A", "undefined", "UNKNOWN" and "-" name nobody."""
    shapes = [shape for shape in SHAPES if shape.startswith("M-05")]
    assert all(reading(SHAPES[shape]).provider.permitted == (None,) for shape in shapes)


def test_a_stay_begins_with_its_admission_then_its_bill_and_never_with_the_line_of_the_total() -> None:
    """M-06."""
    days = [reading(made).day.permitted for shape, made in SHAPES.items() if shape.startswith("M-06")]
    assert days == [("2026-01-02",), ("2026-01-03",), (None,)]


def test_amounts_alone_are_no_refusal() -> None:
    """M-03: a processing indicator is a decision; a price of zero or a part that is not covered is none."""
    decisions = {
        shape: reading(made).decision.permits("refused")
        for shape, made in SHAPES.items()
        if shape.startswith("M-03")
    }
    assert [shape for shape, may_be_refused in decisions.items() if may_be_refused] == [
        "M-03 a line that was found unnecessary"
    ]


def test_the_cost_of_a_drug_is_explained_by_all_who_bore_it() -> None:
    """M-02: plan, patient, Extra Help, manufacturer and others; what nobody bore stays unexplained."""
    explained = {
        shape: reading(made).drug_cost_is_explained
        for shape, made in SHAPES.items()
        if shape.startswith("M-02")
    }
    assert [shape for shape, is_explained in explained.items() if not is_explained] == [
        "M-02 a drug whose cost nobody bears in part"
    ]


def test_figures_in_two_currencies_are_never_compared() -> None:
    """Facts 3.8: what is worked out of them is open, and nothing contradicts."""
    told = reading(
        claim(priced("submitted", "10.00", currency="EUR"), item=[line(1, priced("submitted", "9.00"))])
    )
    assert told.mixed and not told.contradictions


def test_a_request_for_approval_is_no_claim() -> None:
    """Facts 1.9."""
    assert read(body(claim(priced("memberliability", "1", system=C4BB), use="preauthorization")), {}) is None


def test_numbers_keep_every_digit_that_was_written() -> None:
    """Facts 3.8: no float comes between."""
    assert parsed('{"value": 224.83200000000002}')["value"] == Decimal("224.83200000000002")

"""References, dates, amounts, bundles and errors as payers send them: facts claims 1.21 to 1.29, 8 and 9."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from apps.fhir.bundles import read_page
from apps.kinds.claim.reading import read, references
from config.fhir_types import naming_types
from tests.claims import made
from tests.claims.made import amounts, balance, claim, cms, line, number, priced, reading, stating
from tests.claims.systems import C4BB

NAMES = {"Organization/1": "Known Clinic", "urn:uuid:12": "Inside the bundle", "Patient/1": "Ana Lopez"}

REFERENCES: list[tuple[dict[str, Any], str | None]] = [
    ({"reference": "Organization/1"}, "Known Clinic"),
    ({"reference": "Organization/1/_history/4"}, "Known Clinic"),
    ({"reference": "https://plan.example/fhir/Organization/1"}, "Known Clinic"),
    ({"reference": "https://plan.example/fhir/Organization/1/_history/4"}, "Known Clinic"),
    ({"reference": "urn:uuid:12"}, "Inside the bundle"),
    ({"reference": "urn:uuid:none"}, None),
    ({"reference": "#nowhere"}, None),
    ({"identifier": {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1234567890"}}, "NPI 1234567890"),
    ({"identifier": {"value": "77"}}, None),
    ({"display": "Humana"}, "Humana"),
    ({"reference": "Organization/1", "display": "XXX Health Plan"}, "Known Clinic"),
    ({"display": "Not Found-03966f69"}, None),
    ({"display": "986297852679"}, None),
    ({"extension": [{"url": "x", "valueCode": "unknown"}]}, None),
    ({"reference": "Medicare"}, None),
    ({"reference": 7}, None),
    ({}, None),
]


def test_every_form_of_a_reference_is_read_wherever_it_stands() -> None:
    """1.21 and 9; absolute addresses inside a claim were never seen and are legal."""
    for element in ("provider", "insurer", "facility", "patient"):
        field = "payer" if element == "insurer" else element
        for reference, name in REFERENCES:
            record = read(made.body(claim(**{element: reference})), NAMES)
            assert getattr(record, field) == name, (element, reference)


def test_every_form_of_a_reference_is_read_in_care_team_and_coverage() -> None:
    """1.21 and 9."""
    for reference, name in REFERENCES:
        both = claim(careTeam=[{"provider": reference}], insurance=[{"coverage": reference}])
        record = read(made.body(both), NAMES)
        assert record.coverage == name, reference
        assert [one.name for one in record.care_team] == ([name] if name else []), reference


@pytest.mark.parametrize(
    ("reference", "relative"),
    [
        ("Patient/1", "Patient/1"),
        ("Patient/1/_history/1", "Patient/1"),
        ("https://plan.example/fhir/Patient/1", "Patient/1"),
        ("#p", None),
        ("urn:uuid:5", None),
        ("Ana", None),
    ],
)
def test_whom_a_claim_is_about_is_kept_as_a_plain_reference(reference: str, relative: str | None) -> None:
    """1.21 and 9: versioned, absolute, contained."""
    assert reading(claim(patient={"reference": reference})).patient_reference == relative


def test_a_patient_who_is_only_a_number_is_known_by_it() -> None:
    """1.21: families share claim numbers."""
    assert reading(claim(patient={"identifier": {"value": " M-1 "}})).patient_number == "M-1"
    assert reading(claim(patient={"reference": "Patient?identifier=urn:x|M-1"})).patient_number == "M-1"
    both = {"reference": "Patient/1", "identifier": {"value": "M-1"}}
    assert reading(claim(patient=both)).patient_number is None


def test_the_person_treated_is_named_by_their_record_or_by_the_display() -> None:
    """9: their record was read with the member's own; a claim never asks for it."""
    known = claim(patient={"reference": "Patient/1", "display": "LOPEZ, A"})
    assert read(made.body(known), NAMES).patient == "Ana Lopez"
    assert read(made.body(known), {}).patient == "LOPEZ, A"
    assert "Patient/1" in references(made.body(known))
    assert "Patient" not in naming_types()


def test_a_reference_that_leads_nowhere_leaves_what_the_claim_itself_says() -> None:
    """1.22: the plan answers 404, or 500 "is not known"; the name is then simply not among the names."""
    record = read(made.body(claim(provider={"reference": "Practitioner/gone", "display": "Dr. Shown"})), {})
    assert record.provider == "Dr. Shown"


def test_a_facility_that_is_only_an_extension_is_none() -> None:
    """1.23."""
    extension = [
        {
            "url": "https://bluebutton.cms.gov/resources/variables/clm_fac_type_cd",
            "valueCoding": {"code": "1"},
        }
    ]
    record = reading(claim(facility={"extension": extension}))
    assert (record.facility, record.also_sent) == (None, ())


@pytest.mark.parametrize(
    ("value", "currency", "amount", "unit"),
    [
        ("424627.40625", None, "424627.40625", "USD"),
        ("12", "USD", "12", "USD"),
        ("12.0", " usd ", "12.0", "USD"),
        ("-0.005", "CAD", "-0.005", "CAD"),
        ("3.1", "dollars", "3.1", "USD"),
    ],
)
def test_amounts_keep_sign_decimals_and_currency_as_sent(
    value: str, currency: str | None, amount: str, unit: str
) -> None:
    """1.24 and 3.8."""
    found = reading(claim(priced("submitted", value, currency=currency))).money.billed
    assert (str(found.amount), found.unit) == (amount, unit)


def test_lines_and_total_that_differ_are_both_shown_and_nothing_is_asserted() -> None:
    """1.24 and 3.9."""
    record = reading(claim(priced("submitted", "10.00"), item=[line(1, priced("submitted", "9.00"))]))
    (one,) = record.disagreements
    assert (one.concept, one.about, one.chosen.amount, one.others[0].amount) == (
        "billed",
        "lines",
        Decimal("10.00"),
        Decimal("9.00"),
    )


@pytest.mark.parametrize(
    ("written", "shown", "on"),
    [
        ("2026-03-09", "2026-03-09", date(2026, 3, 9)),
        ("2026-03-09T00:00:00Z", "2026-03-09", date(2026, 3, 9)),
        ("2026-03-09T23:59:59.176000+00:00", "2026-03-09", date(2026, 3, 9)),
        ("2026-03-09T00:00:00.000-04:00", "2026-03-09", date(2026, 3, 9)),
        ("1922-01-01", "1922-01-01", date(1922, 1, 1)),
        ("2026", "2026", date(2026, 1, 1)),
        ("2026-03", "2026-03", date(2026, 3, 1)),
        ("IGNORED_FIELD", None, None),
        ("2026-13-01", None, None),
        ("2026-02-30", None, None),
        ("3025-03-05", None, None),  # a mistyped year is told as it was sent
        ("1025-03-05", None, None),
    ],
)
def test_dates_are_taken_as_written(written: str, shown: str | None, on: date | None) -> None:
    """1.25 and 8: of every element that has one."""
    record = reading(claim(created=written, billablePeriod={"start": written}, payment={"date": written}))
    assert (record.created, record.created_on) == (shown, on)
    assert (record.service_start, record.service_on, record.service_end) == (shown, on, None)
    assert (record.payment.on if record.payment else None, record.paid_on) == (shown, on)
    assert record.unreadable_dates == (() if shown or written == "IGNORED_FIELD" else (written,))


def test_a_date_of_supporting_information_that_is_none_is_kept_as_written() -> None:
    """1.25 and 8."""
    info = {"category": {"coding": [{"system": C4BB, "code": "clmrecvddate"}]}, "timingDate": "last week"}
    record = reading(claim(supportingInfo=[info]))
    assert (record.received_on, [one.value for one in record.also_sent]) == (None, ["last week"])


def test_zero_is_not_absent_and_a_share_of_zero_is_believed_only_when_nothing_contradicts_it() -> None:
    """1.26, 3.6 and 3.7."""
    stated = stating("memberliability 0, copay 120").money
    assert (str(stated.your_share.amount), str(stated.copay.amount)) == ("120", "120")
    silent = reading(claim(priced("submitted", "5"))).money
    assert (silent.your_share.amount, silent.copay.amount) == (None, None)
    assert amounts(stating("copay 0, deductible 0"))["your_share"] == "0"


def test_blue_button_hides_the_money_of_a_claim_in_its_balance() -> None:
    """1.27 and 3.3."""
    record = reading(
        claim(
            cms("clm_tot_chrg_amt", "0", "priorpayerpaid"),
            benefitBalance=balance(
                nch_carr_clm_sbmtd_chrg_amt="90.00", carr_clm_cash_ddctbl_apld_amt="20.00"
            ),
            payment={"amount": {"value": number("60.00")}},
        )
    )
    assert amounts(record) == {
        "billed": "90.00",
        "plan_paid": "60.00",
        "deductible": "20.00",
        "your_share": "20.00",
    }


def _page(**bundle: Any) -> Any:
    body = json.dumps({"resourceType": "Bundle"} | bundle).encode()
    return read_page(body, url="https://p.example/fhir/EOB?page=1", base_url="https://p.example/fhir")


def test_bundles_of_every_kind_give_their_claims() -> None:
    """1.28: no total, no entry, no fullUrl, an outcome among the claims, a relative link."""
    outcome = {"resourceType": "OperationOutcome", "issue": [{"code": "not-found"}]}
    some = [
        {"resource": claim()},
        {"resource": outcome, "search": {"mode": "outcome"}},
        {"resource": {"resourceType": "Patient", "id": "1"}},
    ]
    page = _page(entry=some, link=[{"relation": "next", "url": "explanationOfBenefits/EOB?page=2"}])
    assert [each.type for each in page.resources] == ["ExplanationOfBenefit", "Patient"]
    assert (page.outcomes, page.next_url) == (
        ("not-found",),
        "https://p.example/fhir/explanationOfBenefits/EOB?page=2",
    )
    assert _page().resources == _page(entry=[]).resources == ()


def test_markup_of_the_narrative_is_never_read() -> None:
    """1.29: XHTML in `text.div`."""
    record = reading(claim(text={"status": "generated", "div": "<div>Secret narrative</div>"}))
    assert "narrative" not in str(record)

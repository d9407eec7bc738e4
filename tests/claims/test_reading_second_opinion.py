"""A second opinion on published claims: fhirclient's R4 models read dates, codes and references alike."""

import json
import warnings
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fhirclient.models.explanationofbenefit import ExplanationOfBenefit
from fhirclient.models.fhirabstractbase import FHIRValidationError

from apps.claims.reading import read, references
from tests.claims.payer_data import claims

FOLDERS = {"carin-bb-2.2.0": 20, "carin-bb-1.1.0": 7, "cms-bb2-python-sdk": 52, "synthea-smart-sample": 81}


def _opinion(body: bytes) -> Any:
    """Return fhirclient's model; None where the claim lacks what R4 requires."""
    tree = json.loads(body)
    tree.setdefault("provider", {"display": "absent"})
    for item in tree.get("item", []):
        # Blue Button leaves out what R4 requires here (facts 1.12); the rest is still worth comparing.
        item.setdefault("productOrService", {"text": "absent"})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ExplanationOfBenefit(tree, strict=True)
        except FHIRValidationError:
            return None


def _day(value: Any) -> date | None:
    # `as_json` is the text of the plan; fhirclient's own `date` moves dateTimes into a zone.
    return date.fromisoformat(value.as_json()[:10]) if value is not None else None


@pytest.mark.parametrize(("folder", "least"), FOLDERS.items())
def test_both_readings_agree_on_dates_codes_and_references(shared: Path, folder: str, least: int) -> None:
    compared = 0
    for name, body in claims(shared, folder):
        opinion = _opinion(body)
        if opinion is None:
            continue
        compared += 1
        record = read(body, {})
        assert (record.status, record.use, record.outcome) == (
            opinion.status,
            opinion.use,
            opinion.outcome,
        ), name
        assert record.resource_id == opinion.id, name
        assert record.created_on == _day(opinion.created), name
        assert record.period_start == _iso(opinion.billablePeriod.start), name
        assert (
            record.patient_reference == opinion.patient.reference.split("/_history")[0]
            or ":" in opinion.patient.reference
        )
        assert [line.number for line in record.lines] == [item.sequence for item in opinion.item or []], name
        for diagnosis in record.diagnoses:
            assert diagnosis.what.code is None or diagnosis.what.code in _diagnosis_codes(opinion), name
        assert _wanted(opinion) <= references(body), name
        assert record.service_on is None or record.service_on in _service_days(opinion), name
    assert compared == least


def _iso(value: Any) -> str | None:
    return value.as_json()[:10] if value is not None else None


def _diagnosis_codes(opinion: Any) -> set[str]:
    concepts = [
        one.diagnosisCodeableConcept for one in opinion.diagnosis or [] if one.diagnosisCodeableConcept
    ]
    return {coding.code for concept in concepts for coding in concept.coding or []}


def _wanted(opinion: Any) -> set[str]:
    """Return the plain relative references to those who took part."""
    found = [opinion.provider, opinion.insurer, *(one.provider for one in opinion.careTeam or [])]
    texts = [one.reference for one in found if one is not None and one.reference]
    return {
        text for text in texts if text.count("/") == 1 and text.startswith(("Organization/", "Practitioner/"))
    }


def _service_days(opinion: Any) -> set[date | None]:
    periods = [opinion.billablePeriod, *(item.servicedPeriod for item in opinion.item or [])]
    single = [item.servicedDate for item in opinion.item or []]
    starts = [period.start for period in periods if period is not None]
    payment = [opinion.payment.date] if opinion.payment else []
    return {_day(one) for one in [*starts, *single, *payment, opinion.created]}

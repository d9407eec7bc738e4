"""A second opinion on every published claim: fhirclient's R4 models read the same dates, codes and money.

fhirclient knows R4 and nothing of payers. Where a claim lacks what R4 requires it refuses the whole, so that
gaps are filled first, and each filling is counted: these are the differences of the two readings, and ours
reads all of them without (facts 1.1, 1.12, 1.25). No other difference is known.
"""

import json
import warnings
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fhirclient.models.explanationofbenefit import ExplanationOfBenefit
from fhirclient.models.fhirabstractbase import FHIRValidationError

from apps.kinds.claim.reading import read, references
from apps.kinds.claim.records import ClaimRecord, Line
from tests.claims.ledger import told
from tests.claims.payer_data import claims

FOLDERS = {
    "carin-bb-1.1.0": 7,
    "carin-bb-2.2.0": 20,
    "carin-connectathon": 10,
    "cms-ab2d": 24,
    "cms-bb2-python-sdk": 52,
    "cms-bfd-v2": 29,
    "davinci-pdex": 1,
    "hl7-r4-core-examples": 2,
    "synthea-smart-sample": 81,
}
FILLED_IN: dict[str, Any] = {
    "status": "active",
    "use": "claim",
    "outcome": "complete",
    "created": "1900-01-01",
    "insurer": {"display": "absent"},
    "provider": {"display": "absent"},
}


def _opinion(body: bytes, folder: str, filled: Counter[str]) -> Any:
    """Return fhirclient's model of a claim, with what R4 requires filled in."""
    tree = json.loads(body, parse_float=Decimal)
    for name, value in FILLED_IN.items():
        if name not in tree or tree[name] == "IGNORED_FIELD":
            filled[f"{folder} {name}"] += 1
            tree[name] = value
    if tree.get("meta", {}).get("lastUpdated") == "IGNORED_FIELD":
        filled[f"{folder} lastUpdated"] += 1
        del tree["meta"]["lastUpdated"]
    _fill_in(tree, folder, filled)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ExplanationOfBenefit(json.loads(json.dumps(tree, default=float)), strict=True)


def _fill_in(tree: dict[str, Any], folder: str, filled: Counter[str]) -> None:
    for item in tree.get("item", []):
        if "productOrService" not in item:
            filled[f"{folder} productOrService"] += 1
            item["productOrService"] = {"text": "absent"}
        for place, detail in enumerate(item.get("detail", []), 1):
            if "sequence" not in detail:
                filled[f"{folder} detail"] += 1
            detail.setdefault("productOrService", {"text": "absent"})
            detail.setdefault("sequence", place)
    for one in tree.get("insurance", []):
        if "focal" not in one:
            filled[f"{folder} focal"] += 1
            one["focal"] = True


@cache
def _compared(
    shared: Path, folder: str
) -> tuple[list[tuple[str, bytes, ClaimRecord, Any]], Counter[str], int]:
    """Return every claim of a folder in both readings, what was filled in, and how many were refused."""
    filled: Counter[str] = Counter()
    both, refused = [], 0
    for name, body in claims(shared, folder):
        try:
            both.append((f"{folder}/{name}", body, read(body, {}), _opinion(body, folder, filled)))
        except FHIRValidationError:
            refused += 1
    return both, filled, refused


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_published_claim_has_a_second_opinion(shared: Path, folder: str) -> None:
    both, _, refused = _compared(shared, folder)
    assert (len(both), refused) == (FOLDERS[folder], 0)


@pytest.mark.parametrize("folder", FOLDERS)
def test_both_readings_agree_on_what_the_claim_is(shared: Path, folder: str) -> None:
    for name, body, record, opinion in _compared(shared, folder)[0]:
        tree = json.loads(body)
        for element in ("status", "use", "outcome"):
            if element in tree:
                assert getattr(record, element) == getattr(opinion, element), (name, element)
        assert record.resource_id == opinion.id, name
        codes = {coding.code for coding in opinion.type.coding or []}
        assert _kind_fits(record, codes), (name, record.kind, codes)
        assert [line.number for line in record.lines] == [item.sequence for item in opinion.item or []], name
        by_line = {line.what.code for line in record.lines if line.is_diagnosis}
        assert {one.what.code for one in record.diagnoses} <= {None, *_diagnosis_codes(opinion), *by_line}, (
            name
        )
        assert {one.what.code for one in record.procedures} <= {None, *_procedure_codes(opinion)}, name


def _kind_fits(record: ClaimRecord, codes: set[str]) -> bool:
    """Return whether the kind is one that the claim-type code allows; Medicare's own type may be finer."""
    allowed = {
        "institutional": {"inpatient", "outpatient", "unknown", "professional"},
        "professional": {"professional", "outpatient"},
        "pharmacy": {"pharmacy"},
        "oral": {"oral"},
        "vision": {"vision"},
    }
    stated = [kinds for code, kinds in allowed.items() if code in codes]
    return all(record.kind in kinds for kinds in stated)


@pytest.mark.parametrize("folder", FOLDERS)
def test_both_readings_agree_on_dates(shared: Path, folder: str) -> None:
    for name, body, record, opinion in _compared(shared, folder)[0]:
        if _was_sent(body, "created"):
            assert record.created == _day(opinion.created), name
        period = opinion.billablePeriod
        assert record.period_start == (_day(period.start) if period else None), name
        assert record.period_end == (_day(period.end) if period else None), name
        assert (record.payment.on if record.payment else None) == (
            _day(opinion.payment.date) if opinion.payment else None
        ), name
        days = [(_first(item), _last(item)) for item in opinion.item or []]
        assert [
            (line.service_start, line.service_end or line.service_start) for line in record.lines
        ] == days, name
        lines = zip(days, record.lines, strict=True)
        starts = [start for (start, _), line in lines if start and not _is_of_all(line)]
        if starts and record.kind != "inpatient":
            assert record.service_start == min(starts), name


def _is_of_all(line: Line) -> bool:
    """Whether a line repeats the whole claim."""
    return line.revenue is not None and (line.revenue.code or "").lstrip("0") == "1"


def _names_with_a_number(body: bytes) -> list[str]:
    """Return what the claim calls those of whom it has a number somewhere."""
    tree = json.loads(body)
    places = [tree.get("facility"), *(one.get("provider") for one in tree.get("careTeam", []))]
    return [one["display"] for one in places if one and one.get("identifier") and one.get("display")]


@pytest.mark.parametrize("folder", FOLDERS)
def test_both_readings_agree_on_every_amount(shared: Path, folder: str) -> None:
    """Each amount of fhirclient's stands in ours at the same place, with the same value and currency."""
    compared = 0
    for name, _body, record, opinion in _compared(shared, folder)[0]:
        mine, exact = _mine(record), set(told(record))
        for path, money in _amounts(opinion):
            if money is None or money.value is None:
                continue
            compared += 1
            if path in mine:
                amount, currency = mine[path]
                assert float(amount) == float(money.value), (name, path)
                assert currency == (money.currency or "USD"), (name, path)
            else:
                # Part of a sum, a place that says the same, or a status with a zero beside it.
                assert path in exact or money.value == 0, (name, path)
    assert compared or folder in ("davinci-pdex",)


def _mine(record: ClaimRecord) -> dict[str, tuple[Decimal, str]]:
    """Return the amounts that stand alone at their place."""
    monies = [record.money, *(line.money for line in record.lines)]
    figures = [getattr(money, field) for money in monies for field in money.__struct_fields__]
    figures += [one.figure for one in (*record.details, *(d for line in record.lines for d in line.details))]
    figures += [figure for one in record.disagreements for figure in (one.chosen, *one.others)]
    figures += [one.figure for one in record.also_sent if one.figure]
    return {
        one.source.path: (one.amount, one.unit)
        for one in figures
        if one.source and one.amount is not None and one.source.summed < 2
    }


def _amounts(opinion: Any) -> Iterator[tuple[str, Any]]:
    for index, total in enumerate(opinion.total or []):
        yield f"total[{index}]", total.amount
    for index, one in enumerate(opinion.adjudication or []):
        yield f"adjudication[{index}]", one.amount
    for place, item in enumerate(opinion.item or []):
        yield f"item[{place}].net", item.net
        for index, one in enumerate(item.adjudication or []):
            yield f"item[{place}].adjudication[{index}]", one.amount
    if opinion.payment:
        yield "payment.amount", opinion.payment.amount
        yield "payment.adjustment", opinion.payment.adjustment
    balances = [each for one in opinion.benefitBalance or [] for each in one.financial or []]
    for index, one in enumerate(balances):
        yield f"benefitBalance.financial[{index}]", one.usedMoney


@pytest.mark.parametrize("folder", FOLDERS)
def test_both_readings_agree_on_references(shared: Path, folder: str) -> None:
    for name, body, record, opinion in _compared(shared, folder)[0]:
        assert _wanted(opinion) <= references(body), name
        patient = (opinion.patient.reference or "").split("/_history")[0]
        assert record.patient_reference == (patient if patient.startswith("Patient/") else None), name
        for field, element in (("provider", opinion.provider), ("payer", opinion.insurer)):
            display = element.display if element else None
            shown = getattr(record, field)
            # Without their records, people and places are called as the claim displays them.
            assert (
                shown in (None, display)
                or shown.startswith("NPI ")
                or shown == "Medicare"
                or shown in _names_with_a_number(body)
                or "#" in (element.reference or "")
            ), (name, field)


def test_what_had_to_be_filled_in_is_what_payers_leave_out(shared: Path) -> None:
    """1.1, 1.2 and 1.12."""
    filled = sum((_compared(shared, folder)[1] for folder in FOLDERS), Counter[str]())
    assert {key.split()[1] for key in filled} == {
        *("use", "outcome", "created", "insurer", "provider", "productOrService", "detail", "focal"),
        "lastUpdated",
    }
    assert filled["cms-ab2d outcome"] == 10
    assert filled["cms-bb2-python-sdk provider"] == 14


def _was_sent(body: bytes, element: str) -> bool:
    return json.loads(body).get(element, "IGNORED_FIELD") != "IGNORED_FIELD"


def _day(value: Any) -> str | None:
    # `as_json` is the text of the plan; fhirclient's own `date` moves dateTimes into a zone.
    return value.as_json()[:10] if value is not None else None


def _first(item: Any) -> str | None:
    return _day(item.servicedDate) or (_day(item.servicedPeriod.start) if item.servicedPeriod else None)


def _last(item: Any) -> str | None:
    end = _day(item.servicedPeriod.end) if item.servicedPeriod else None
    return _day(item.servicedDate) or end or _first(item)


def _diagnosis_codes(opinion: Any) -> set[str]:
    found = [one.diagnosisCodeableConcept for one in opinion.diagnosis or [] if one.diagnosisCodeableConcept]
    return {coding.code for concept in found for coding in concept.coding or []}


def _procedure_codes(opinion: Any) -> set[str]:
    found = [one.procedureCodeableConcept for one in opinion.procedure or [] if one.procedureCodeableConcept]
    return {coding.code for concept in found for coding in concept.coding or []}


def _wanted(opinion: Any) -> set[str]:
    """Return the plain relative references to those who took part."""
    found = [opinion.provider, opinion.insurer, *(one.provider for one in opinion.careTeam or [])]
    texts = [one.reference for one in found if one is not None and one.reference]
    return {
        text for text in texts if text.count("/") == 1 and text.startswith(("Organization/", "Practitioner/"))
    }

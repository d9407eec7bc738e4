"""Medicare's details, whichever form of its records states them: as extension or as information."""

from datetime import date
from typing import Any

import pytest

from apps.kinds.claim import entry, wording
from apps.kinds.claim.records import ClaimRecord
from tests.claims.made import claim, concept, money, reading

V2 = "https://bluebutton.cms.gov/resources/variables/"
V3 = "https://bluebutton.cms.gov/fhir/StructureDefinition/"
INFO = "https://bluebutton.cms.gov/fhir/CodeSystem/Supporting-Information"


def info(name: str, *, system: str = INFO, **value: Any) -> dict[str, Any]:
    """Return supporting information under a name of Medicare's."""
    return {"sequence": 1, "category": concept((system, name)), **value}


def coded(name: str, code: str) -> dict[str, Any]:
    """Return the same with a code."""
    return info(name, code=concept((INFO, code)))


def decided(**changes: Any) -> date | None:
    record = reading(claim(**changes))
    return entry.decided_on(record, date(2026, 3, 9))


def rows(record: ClaimRecord) -> dict[str, str]:
    """Return what is told of a claim, on the page and behind "More details"."""
    told = wording.story(record)
    return dict([*told.facts, *told.more])


@pytest.mark.parametrize(
    ("changes", "on"),
    [
        ({"supportingInfo": [info(f"{V2}nch_wkly_proc_dt", timingDate="2026-04-10")]}, date(2026, 4, 10)),
        ({"supportingInfo": [info("CLM_CMS_PROC_DT", timingDate="2026-04-12")]}, date(2026, 4, 12)),
        ({"extension": [{"url": f"{V2}fi_clm_proc_dt", "valueDate": "2026-04-03"}]}, date(2026, 4, 3)),
        ({"extension": [{"url": f"{V3}CLM-CMS-PROC-DT", "valueDate": "2026-04-04"}]}, date(2026, 4, 4)),
        ({"supportingInfo": [info("CLM_IDR_LD_DT", timingDate="2026-12-01")]}, None),
        ({}, date(2028, 1, 1)),
    ],
)
def test_medicare_decided_when_it_processed_a_claim_and_not_when_its_record_was_made(
    changes: dict[str, Any], on: date | None
) -> None:
    """Facts 8: "This was decided more than half a year ago" stood there by the day Blue Button was asked."""
    assert decided(created="2028-01-01", **changes) == on


@pytest.mark.parametrize(
    ("extension", "label", "value"),
    [
        ({"url": f"{V3}CLM-CLNCL-TRIL-NUM", "valueString": "5613"}, "Clinical trial number", "5613"),
        ({"url": f"{V2}clm_clncl_tril_num", "valueIdentifier": {"value": "0"}}, "Clinical trial number", ""),
        (
            {"url": f"{V3}CLM-CNTRCTR-NUM", "valueCoding": {"code": "12302", "display": "MARYLAND A"}},
            "Medicare's office for this claim",
            "MARYLAND A (12302)",
        ),
        (
            {"url": f"{V3}CLM-DISP-CD", "valueCoding": {"code": "01", "display": "Debit accepted"}},
            "Outcome of Medicare's own checks",
            "Debit accepted (01)",
        ),
        (
            {"url": f"{V2}fi_clm_proc_dt", "valueDate": "2026-04-03"},
            "Processed by Medicare on",
            "April 3, 2026",
        ),
    ],
)
def test_what_medicare_states_in_an_extension_has_its_row(
    extension: dict[str, Any], label: str, value: str
) -> None:
    record = reading(claim(*money("submitted 300, benefit 160"), extension=[extension]))
    assert rows(record).get(label, "") == value


def test_the_kind_of_bill_has_its_row_wherever_it_stands() -> None:
    query = [{"url": f"{V3}CLM-QUERY-CD", "valueCoding": {"code": "1"}}]
    of_period = reading(claim(billablePeriod={"start": "2026-03-09", "extension": query}))
    of_info = reading(claim(supportingInfo=[coded("CLM_QUERY_CD", "1")]))
    told = [rows(record)["Kind of bill"] for record in (of_period, of_info)]
    assert told == ["Bill for a part of the stay (1)"] * 2


@pytest.mark.parametrize(
    ("sent", "adjustment"),
    [
        (("CLM_QUERY_CD", "D"), "debit"),
        (("CLM_QUERY_CD", "C"), "credit"),
        ((f"{V2}adjstmt_dltn_cd", "A"), "debit"),
        ((f"{V2}adjstmt_dltn_cd", "D"), "deleted"),
        ((f"{V2}adjstmt_dltn_cd", "R"), None),
        (("CLM_QUERY_CD", "3"), None),
    ],
)
def test_a_correction_is_one_under_each_of_medicares_names(
    sent: tuple[str, str], adjustment: str | None
) -> None:
    """Facts 5.2: the page of a drug that was adjusted said so behind "More details" alone."""
    assert reading(claim(kind="pharmacy", supportingInfo=[coded(*sent)])).adjustment == adjustment

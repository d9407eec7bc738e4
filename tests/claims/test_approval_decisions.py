"""What was decided of a request in advance, by its review, list, words or disposition."""

from typing import Any

import pytest

from apps.kinds.approval import reading as approvals
from apps.kinds.claim import wording
from apps.kinds.claim.reading import opened
from tests.claims.made import body, claim, concept, line, reading
from tests.claims.test_reading_approvals import asked, of_medicare


def test_the_number_of_an_approval_stands_with_the_claim_and_how_long_it_holds() -> None:
    """It was nowhere on the page."""
    record = reading(
        claim(
            preAuthRef=["AUTH-12345", "N/A"], preAuthRefPeriod=[{"start": "2026-01-01", "end": "2026-06-30"}]
        )
    )
    told = dict(wording.story(record).facts)
    assert told["Approval number"] == "AUTH-12345"
    assert told["Approved for"] == "January 1 to June 30, 2026"


PAS = "http://hl7.org/fhir/us/davinci-pas/StructureDefinition/"
X12_ACTIONS = "https://codesystem.x12.org/005010/306"


def asked_for(**changes: Any) -> str | None:
    """Return what was decided of a request in advance with these elements."""
    record = approvals.record(opened(body(claim(use="preauthorization", **changes))), {})
    return record.approval.decision if record.approval else None


def reviewed(name: str, what: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a line whose review action is told in an extension of that name."""
    inside = [{"url": name, "valueCodeableConcept": what}]
    return [line(1, {"extension": [{"url": f"{PAS}extension-reviewAction", "extension": inside}]})]


@pytest.mark.parametrize(
    ("item", "decision"),
    [
        (reviewed("code", concept((X12_ACTIONS, "A1"))), "approved"),
        (reviewed("code", concept(("https://payer.example/codes", "A1"))), None),
        (reviewed(f"{PAS}extension-reviewActionCode", {"text": "APPROVED"}), "approved"),
        (reviewed(f"{PAS}extension-reviewActionCode", {"text": "Not Certified"}), "denied"),
        (reviewed(f"{PAS}extension-reviewActionCode", {"text": "Pended"}), "pending"),
        (reviewed(f"{PAS}extension-reviewActionCode", {"text": "Modified"}), "partly_approved"),
    ],
)
def test_a_review_is_understood_by_its_list_or_its_words(item: Any, decision: str | None) -> None:
    assert asked_for(item=item) == decision


@pytest.mark.parametrize(
    ("written", "decision"),
    [
        ("Approved", "approved"),
        ("APPROVED - 12 visits", "approved"),
        ("Withdrawn", "cancelled"),
        ("Voided", "cancelled"),
        ("Partially approved", "partly_approved"),
        ("Denied - not medically necessary", "denied"),
        ("Pending clinical review", "pending"),
        ("Approval is not needed", None),
        ("Approved amounts may change", None),
        ("Approved, in part", None),
        ("Approved (partial)", None),
        ("Approved: no", None),
        ("Approved; pending receipt of records", None),
        ("Denied (overturned on appeal, now approved)", None),
    ],
)
def test_a_request_that_only_its_disposition_decides_is_decided(written: str, decision: str | None) -> None:
    """It said "Your plan shared this request, but not what it decided."."""
    assert asked_for(disposition=written) == decision


def test_a_review_goes_before_the_disposition() -> None:
    item = reviewed(f"{PAS}extension-reviewActionCode", concept((X12_ACTIONS, "A3")))
    assert asked_for(item=item, disposition="Approved") == "denied"


@pytest.mark.parametrize("period", [{"start": "2025-01-01"}, {"end": "2025-12-31"}])
def test_an_approval_that_is_open_at_one_end_is_told(period: dict[str, str]) -> None:
    record = reading(claim(preAuthRef=["A-77"], preAuthRefPeriod=[period]))
    assert [fact.value for fact in record.facts if fact.category.startswith("preauthref")] == [
        "A-77",
        *period.values(),
    ]


@pytest.mark.parametrize(
    ("code", "display", "decision"),
    [
        ("A", None, "approved"),
        ("N", None, "denied"),
        ("P", "Pending", "pending"),
        ("P", "Partial", "partly_approved"),
        ("P", "Partially affirmed", "partly_approved"),
        ("P", None, None),
    ],
)
def test_medicares_own_decisions_are_understood(code: str, display: str | None, decision: str | None) -> None:
    """6: its P was "Pending" first and is "Partial" since: what is approved in part was "not decided yet"."""
    stated = {"system": "https://x/CodeSystem/PA-DECISION", "code": code, "display": display}
    sent = of_medicare(code, **{"PA-DECISION": {"valueCoding": stated}})
    assert asked(sent).decision == decision
    if decision is None:
        assert asked(sent, outcome="queued").decision == "pending"

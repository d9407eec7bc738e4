"""What a plan approved in advance: PDex's and Blue Button's shapes (facts claims 1.9 and 6)."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from apps.kinds.approval import wording
from apps.kinds.claim.records import ApprovalFacts, ClaimRecord, Reason
from apps.records import kinds
from apps.takeaway.tables import APPROVALS, approval_rows
from tests.claims.made import DENIED, body, claim, concept, line, status
from tests.claims.payer_data import claims
from tests.claims.systems import DISCRIMINATOR

PDEX = "http://hl7.org/fhir/us/davinci-pdex/StructureDefinition/"
CMS = "https://bluebutton.cms.gov/fhir/StructureDefinition/"
X12 = "https://codesystem.x12.org/005010/"


def read(sent: bytes) -> ClaimRecord:
    """Return the record of what was sent, as the kind that it is of reads it."""
    opened = kinds.opened("ExplanationOfBenefit", sent)
    record: ClaimRecord = opened.kind.record(opened.content, {})
    return record


def reading(made: dict[str, Any]) -> ClaimRecord:
    """Return the record of a claim made here."""
    return read(body(made))


@pytest.mark.parametrize(
    ("items", "decision", "of_lines"),
    [
        ({"item": [], "addItem": ["A3"]}, "denied", ["denied"]),
        ({"item": [None], "addItem": ["A1"]}, "approved", ["paid"]),
        ({"item": [None, "A3"], "addItem": ["A1"]}, "partly_approved", ["denied", "paid"]),
        ({"item": ["A3"], "addItem": ["A1"]}, "partly_approved", ["paid"]),
    ],
)
def test_lines_that_the_plan_added_to_a_request_are_decided_as_themselves(
    items: dict[str, list[str | None]], decision: str, of_lines: list[str | None]
) -> None:
    """6: a request with an added line could not be read at all."""
    made = {
        name: [
            line(place, *([reviewed(code)] if code else []))
            | ({"itemSequence": [1], "sequence": None} if name == "addItem" else {})
            for place, code in enumerate(codes, 1)
        ]
        for name, codes in items.items()
    }
    record = reading(claim(use="preauthorization", **made))
    assert record.approval is not None
    assert record.approval.decision == decision
    assert [asked.decision for asked in record.lines] == of_lines


@pytest.mark.parametrize(
    ("code", "disposition", "is_told"),
    [
        ("A3", "Approved", True),
        ("A1", "Denied - not medically necessary", True),
        ("A2", "Approved", False),
        ("A3", "Denied", False),
        ("A1", "Thank you", False),
        ("CT", "Approved", False),
        ("A1", "Cancelled", True),
    ],
)
def test_words_that_decide_otherwise_than_the_review_are_told_beside_it(
    code: str, disposition: str, is_told: bool
) -> None:
    """6: a review that denied stood alone beside "Approved", and the reverse."""
    made = claim(use="preauthorization", disposition=disposition, item=[line(1, reviewed(code))])
    answer = str(wording.page(reading(made), today=date(2026, 4, 1)).answer)
    cancelled = reading(made | {"status": "cancelled", "disposition": "Cancelled"}).approval
    assert cancelled is not None
    assert cancelled.said_otherwise is None
    assert ("which of them is right" in answer and disposition in answer) == is_told, answer


@pytest.mark.parametrize(("code", "written"), [("A1", "Denied - see letter"), ("A3", "Approved")])
def test_a_decision_that_words_contradict_is_in_doubt_wherever_it_shows(code: str, written: str) -> None:
    """6: its page asked which of them is right, while list, search, Today and file told the code's alone."""
    record = reading(claim(use="preauthorization", disposition=written, item=[line(1, reviewed(code))]))
    today = date(2026, 2, 4)
    in_list, on_page = wording.row(record, today=today), wording.page(record, today=today)
    assert in_list.badge.words == on_page.badge.words == in_list.heading == "Decision unclear"
    coded = "approved" if code == "A1" else "denied"
    assert {"disagree", coded} <= wording.found_as(record, today=today, is_current=True)
    (row,) = approval_rows(record, plan="Harborlight")
    told = dict(zip(APPROVALS, row, strict=True))
    assert (told["decision"], told["disagreements"]) == (coded, f"decision: {coded} or {written}")


@pytest.mark.parametrize(
    ("use", "status", "badge", "heading", "answer"),
    [
        (
            "preauthorization",
            "cancelled",
            "Cancelled",
            "Used up or over",
            "This request was cancelled. It no longer counts.",
        ),
        ("predetermination", "active", "Estimate", "Estimates", "Your plan also wrote “Denied”."),
    ],
)
def test_what_was_withdrawn_or_decides_nothing_is_called_so_whatever_words_say_of_the_decision(
    use: str, status: str, badge: str, heading: str, answer: str
) -> None:
    """Its list said "Decision unclear", above what still holds, of a request that is cancelled."""
    sent = claim(use=use, status=status, disposition="Denied", item=[line(1, reviewed("A1"))])
    record, today = reading(sent), date(2026, 2, 4)
    row, shown = wording.row(record, today=today), wording.page(record, today=today)
    assert (row.badge.words, row.heading, shown.badge.words) == (badge, heading, badge)
    assert answer in shown.answer
    assert (answer == shown.answer) is (status == "cancelled")


def reviewed(code: str, number: str | None = None, reason: str | None = None) -> dict[str, Any]:
    """Return the adjudication in which PDex hides a decision."""
    inside: list[dict[str, Any]] = [
        {"url": f"{PDEX}extension-reviewActionCode", "valueCodeableConcept": concept((X12 + "306", code))}
    ]
    if number:
        inside.append({"url": "number", "valueString": number})
    if reason:
        inside.append({"url": "reasonCode", "valueCodeableConcept": concept((X12 + "886", reason))})
    return {
        "extension": [
            {"url": f"{PDEX}extension-reviewAction", "extension": inside},
            {"url": f"{PDEX}base-ext-when-adjudicated", "valueDateTime": "2026-02-03T17:26:23.217+00:00"},
        ],
        "category": concept(("http://terminology.hl7.org/CodeSystem/adjudication", "submitted")),
    }


def units(code: str, value: float) -> dict[str, Any]:
    return {"category": concept((DISCRIMINATOR, code)), "value": value}


def asked(*lines: dict[str, Any], **changes: Any) -> ApprovalFacts:
    """Return what the reader makes of a request for approval."""
    found = reading(claim(use="preauthorization", item=list(lines), **changes)).approval
    assert found is not None
    return found


def of_medicare(decision: str, **more: Any) -> dict[str, Any]:
    """Return a line as Medicare's prior authorisations have it."""
    names = {
        "PA-DECISION": {"valueCoding": {"system": "https://x/CodeSystem/PA-DECISION", "code": decision}},
        "PA-REQ-SUB-DT": {"valueDate": "2026-01-05"},
        "PA-REQ-REC-DT": {"valueDate": "2026-01-06"},
        "PA-DECISION-DT": {"valueDate": "2026-01-09"},
        "PA-DECISION-EXP-DT": {"valueDate": "2026-07-09"},
        "SERVICE-CNTS": {"valueDecimal": 12},
        "SVC-RENDER-ST": {"valueCoding": {"system": "https://www.usps.com", "code": "WA"}},
    }
    return line(1, extension=[{"url": CMS + name, **value} for name, value in (names | more).items()])


def test_the_published_example_of_pdex_is_read_whole(shared: Path) -> None:
    """6: `outcome` is queued although the review action is A1."""
    ((_, sent),) = claims(shared, "davinci-pdex")
    record = read(sent)
    assert record.use == "preauthorization"
    assert record.outcome == "queued"
    assert record.approval == ApprovalFacts(
        decision="approved",
        numbers=("AUTH0001",),
        valid_from="2021-10-01",
        valid_to="2021-10-31",
        decided_on="2024-07-23",
        used=Decimal(1),
        urgency="urgent",
    )


def test_a_prior_authorisation_of_medicare_is_read_from_the_extensions_of_its_lines() -> None:
    """6: no money at all, no billable period."""
    record = reading(claim(use="preauthorization", billablePeriod=None, item=[of_medicare("A")]))
    assert record.shares_money is False
    assert record.approval == ApprovalFacts(
        decision="approved",
        numbers=("CLM-1",),
        valid_to="2026-07-09",
        asked_on="2026-01-05",
        decided_on="2026-01-09",
        quantity=Decimal(12),
    )
    assert ("State of the service", "WA") in [(fact.label, fact.value) for fact in record.facts]


def test_the_period_stated_for_the_number_goes_before_the_day_it_expires() -> None:
    """6."""
    found = asked(of_medicare("A"), preAuthRefPeriod=[{"start": "2026-01-09", "end": "2026-06-30"}])
    assert (found.valid_from, found.valid_to) == ("2026-01-09", "2026-06-30")


@pytest.mark.parametrize(
    ("codes", "decision"),
    [
        (["A1"], "approved"),
        (["A2"], "partly_approved"),
        (["A3"], "denied"),
        (["A4"], "pending"),
        (["A6"], "partly_approved"),
        (["C"], "cancelled"),
        (["CT"], None),
        (["A1", "A1"], "approved"),
        (["A1", "A3"], "partly_approved"),
        (["A1", "A4"], "partly_approved"),
        (["A3", "A4"], "partly_denied"),
        (["A3", "A3"], "denied"),
        (["A3", ""], "partly_denied"),
        (["A1", ""], "partly_approved"),
        (["A4", ""], "pending"),
        (["C", ""], None),
        (["A3", "C"], "denied"),
        (["A1", "C"], "approved"),
        (["Z9"], None),
    ],
)
def test_the_decision_is_that_of_all_lines_together(codes: list[str], decision: str | None) -> None:
    """6: X12's review actions."""
    lines = [line(place, *[reviewed(code)] * bool(code)) for place, code in enumerate(codes, 1)]
    found = asked(*lines)
    assert (found.decision, found.refuses_a_line) == (decision, "A3" in codes)


def test_a_decision_of_the_header_is_one_of_all_lines_and_a_total_is_no_line() -> None:
    """6."""
    total = line(3, revenue=concept(("https://www.nubc.org/CodeSystem/RevenueCodes", "0001")))
    assert asked(line(1), line(2), adjudication=[reviewed("A3")]).decision == "denied"
    assert asked(line(1, reviewed("A3")), line(2, reviewed("A3")), total).decision == "denied"
    some = asked(line(1, reviewed("A3")), line(2), adjudication=[reviewed("C")])
    assert some.decision == "partly_denied", "a part that was cancelled says nothing of the others"
    denied = DENIED
    assert asked(line(1, denied), line(2)).decision == "partly_denied"
    assert asked(line(1, denied), line(2, denied)).decision == "denied"
    record = reading(claim(use="preauthorization", item=[line(1, reviewed("A3")), line(2, reviewed("A1"))]))
    assert [one.decision for one in record.lines] == ["denied", "paid"]


@pytest.mark.parametrize(
    ("changes", "decision"),
    [
        ({"status": "cancelled"}, "cancelled"),
        ({"adjudication": [DENIED]}, "denied"),
        ({"adjudication": [status("benefitpaymentstatus", "paid")]}, "approved"),
        ({"outcome": "queued"}, "pending"),
        ({"outcome": "queued", "adjudication": [reviewed("NA")]}, None),
        ({"outcome": "complete"}, None),
        ({"disposition": "Prior authorization approved."}, "approved"),
        ({"disposition": "Approved for 6 visits"}, None),  # 12 were asked
        ({"disposition": "Approved: 6 of 12 visits"}, None),
        ({"disposition": "Approved (limited to 10 days)"}, None),
        ({"disposition": "Approved - number A1234567, through 12/31/2026"}, "approved"),
        ({"disposition": "Approved for surgery, not for the stay"}, None),
        ({"disposition": "The request was denied: see letter"}, "denied"),
        ({"disposition": "Authorization approved for a part of it"}, None),
        ({"disposition": "Request for approved care"}, None),
    ],
)
def test_without_a_review_action_the_request_says_what_a_claim_would(
    changes: dict[str, Any], decision: str | None
) -> None:
    """6 and 5.3; complete does not say what was decided."""
    assert asked(**changes).decision == decision


def test_numbers_units_and_reasons_are_kept() -> None:
    """6."""
    found = asked(
        line(1, reviewed("A2", "AUTH-7", "04"), units("allowedunits", 10), units("consumedunits", 3)),
        preAuthRef=["PA-1", "PA-2"],
    )
    assert found.numbers == ("PA-1", "PA-2", "AUTH-7")
    assert (found.quantity, found.used) == (Decimal(10), Decimal(3))
    assert found.reasons == (Reason("04", "plan", is_denial=True),)


def test_a_count_below_nothing_is_none() -> None:
    """ "Approved: -10, used: 3, left: -0", and "Approved: 0" of 12 less 12; what is used is kept as sent."""
    found = asked(line(1, reviewed("A2"), units("allowedunits", -10), units("consumedunits", -3)))
    assert (found.quantity, found.used) == (None, -3)
    assert asked(*(line(1, reviewed("A2"), units("allowedunits", n)) for n in (12, -12))).quantity is None


def test_what_was_asked_for_counts_as_approved_only_where_all_of_it_was() -> None:
    """6: absent is not zero."""
    wanted = {"quantity": {"value": 6, "unit": "visits"}}
    assert (asked(line(1, reviewed("A1"), **wanted)).quantity, asked(line(1, reviewed("A1"))).quantity) == (
        Decimal(6),
        None,
    )
    assert asked(line(1, reviewed("A2"), **wanted)).quantity is None


@pytest.mark.parametrize(
    ("changes", "urgency"),
    [
        (
            {"priority": concept(("http://terminology.hl7.org/CodeSystem/processpriority", "stat"))},
            "immediate",
        ),
        ({"priority": {"text": "As soon as possible"}}, "As soon as possible"),
        (
            {
                "priority": concept(("x", "normal")),
                "extension": [
                    {
                        "url": f"{PDEX}extension-levelOfServiceCode",
                        "valueCodeableConcept": concept((X12 + "1338", "03")),
                    }
                ],
            },
            "emergency",
        ),
        ({}, None),
    ],
)
def test_the_level_of_service_goes_before_the_priority(changes: dict[str, Any], urgency: str | None) -> None:
    """6."""
    assert asked(**changes).urgency == urgency


def test_a_predetermination_is_one_too_and_a_claim_is_none() -> None:
    """4, step 1."""
    assert reading(claim(use=" Predetermination ")).approval is not None
    assert reading(claim()).approval is None
    assert reading(claim(use=None)).approval is None


@pytest.mark.parametrize("junk", [3, "x", [], {}, {"url": 4}, [{"url": "x", "extension": "y"}], None])
def test_broken_extensions_cost_only_themselves(junk: Any) -> None:
    """6, and every element may be broken."""
    made_claim = claim(use="preauthorization", item=[line(1, reviewed("A1"), extension=junk)], extension=junk)
    record = read(json.dumps(made_claim).encode())
    assert record.approval is not None
    assert record.approval.decision == "approved"


@pytest.mark.parametrize("end", ["06/30/2026", "20260630"])
def test_an_end_that_cannot_be_read_is_told_with_the_approval(end: str) -> None:
    """It was "Valid: January 1, 2026", and nothing said that it may have ended."""
    period = {"start": "2026-01-01", "end": end}
    record = reading(claim(use="preauthorization", disposition="Approved", preAuthRefPeriod=[period]))
    told = wording.page(record, today=date(2026, 11, 25))
    assert told.answer.endswith(f"Your plan sent a date that cannot be read: {end}.")
    assert dict(told.facts)["Valid"] == "since January 1, 2026"

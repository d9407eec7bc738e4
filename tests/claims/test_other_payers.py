"""Shapes of claims and approvals that payers send and no published example of ours has; invented, minimal."""

from typing import Any

import pytest

from apps.kinds.approval import reading as approvals
from apps.kinds.claim import standing, unpaid, wording
from apps.kinds.claim.reading import opened
from apps.kinds.claim.wording import story
from apps.kinds.coverage.kind import COVERAGE
from tests.claims.made import C4BB, amounts, body, claim, concept, line, money, priced, reading, status

CPT = "http://www.ama-assn.org/go/cpt"
X12_GROUP = "https://x12.org/codes/claim-adjustment-group-codes"


def shown(display: str, amount: int, *, code: str = "") -> dict[str, Any]:
    """Return an amount that only its words tell: the code, where there is one, is of the plan's own list."""
    coding = {"system": "https://payer.example/amounts", "display": display} | (
        {"code": code} if code else {}
    )
    return {"category": {"coding": [coding]}, "amount": {"value": amount, "currency": "USD"}}


def named(code: str, amount: int) -> dict[str, Any]:
    return priced(code, amount, system="https://payer.example/amounts")


@pytest.mark.parametrize(
    "totals",
    [
        [
            shown("Billed Amount", 250, code="1"),
            shown("Allowed Amount", 180, code="2"),
            shown("Plan Paid Amount", 150, code="3"),
            shown("Member Responsibility", 30, code="4"),
        ],
        [
            shown("Submitted Amount", 250),
            shown("Plan allowance", 180),
            shown("Paid to Provider", 150),
            shown("Member Liability", 30),
        ],
        [
            {"category": {"text": text}, "amount": {"value": value, "currency": "USD"}}
            for text, value in (
                ("Total charges", 250),
                ("Eligible Amount", 180),
                ("Plan Paid", 150),
                ("Patient Responsibility", 30),
            )
        ],
        [
            shown("Amount billed", 250),
            shown("Member Rate", 180),
            shown("Plan's share", 150),
            shown("Your share", 30),
        ],
        [
            named("BilledAmt", 250),
            named("ALLOWED_AMT", 180),
            named("PlanPaidAmt", 150),
            named("Member-Liability", 30),
        ],
        [*money("submitted 250, eligible 180, paid 150"), named("member_liability", 30)],
        [named("billed", 250), named("allowed", 180), named("Paid_Amount", 150), named("patientshare", 30)],
    ],
)
def test_amounts_under_a_plans_own_codes_are_known_by_the_words_that_name_them(
    totals: list[dict[str, Any]],
) -> None:
    """3.2. It said "Your plan did not share amounts."."""
    made = amounts(reading(claim(*totals)))
    assert {name: made.get(name) for name in ("billed", "allowed", "plan_paid", "your_share")} == {
        "billed": "250",
        "allowed": "180",
        "plan_paid": "150",
        "your_share": "30",
    }


def test_an_amount_that_may_still_be_decided_is_not_said_to_be_not_covered() -> None:
    """3.2: "$10.00 of the bill was not covered", of what a plan called "Pending or not payable"."""
    told = [*money("submitted 250, benefit 200, memberliability 40"), shown("Pending or not payable", 10)]
    record = reading(claim(*told))
    assert "not_covered" not in amounts(record)
    assert "not covered" not in wording.story(record).answer


def test_a_group_of_adjustments_is_no_share_whatever_it_is_called() -> None:
    """PR stands on a line once for each reason: none of its amounts is the whole share."""
    group = {
        "category": {"coding": [{"system": X12_GROUP, "code": "PR", "display": "Patient Responsibility"}]},
        "reason": concept(("https://x12.org/codes/claim-adjustment-reason-codes", "96")),
        "amount": {"value": 40, "currency": "USD"},
    }
    record = reading(claim(priced("submitted", "200.00"), item=[line(1, group)]))
    assert not record.money.your_share.is_known
    assert [one.value for one in record.also_sent] == ["40 USD"]


def test_amounts_of_names_nobody_knows_are_not_said_to_be_missing() -> None:
    record = reading(claim(shown("Tier two offset", 12, code="T2")))
    story = wording.story(record)
    assert "did not share amounts" not in story.answer
    assert "names of its own" in story.answer
    assert wording.row(record).share == "not shared"


ADDED = {
    "productOrService": concept((CPT, "99213")),
    "servicedDate": "2026-03-09",
    "quantity": {"value": 2},
    "adjudication": [priced("submitted", "200.00"), priced("benefit", "100.00"), priced("copay", "20.00")],
}


def test_lines_that_the_plan_added_are_lines() -> None:
    """3.7. It said "Your plan did not share amounts."."""
    record = reading(claim(total=None, addItem=[ADDED]))
    made = amounts(record)
    assert (made["billed"], made["plan_paid"], made["your_share"]) == ("200.00", "100.00", "20.00")
    assert record.also_sent == ()
    story = wording.story(record)
    assert story.lines[0].what == "Office visit"
    assert story.title == "Office visit at Riverside Clinic"
    assert "line 1 (amount 1)" in " ".join(row.source for row in story.receipt)


def test_a_line_that_replaces_one_without_amounts_stands_in_its_place() -> None:
    asked = line(1, productOrService=concept((CPT, "99214")))
    record = reading(claim(total=None, item=[asked], addItem=[ADDED | {"itemSequence": [1]}]))
    assert [one.what.code for one in record.lines] == ["99213"]
    assert amounts(record)["billed"] == "200.00"


def test_a_line_that_replaces_one_with_amounts_is_not_counted_beside_it() -> None:
    """What it alone states is told; what both state is held against each other (M-01)."""
    decided = line(1, priced("submitted", "200.00"), productOrService=concept((CPT, "99214")))
    record = reading(claim(total=None, item=[decided], addItem=[ADDED | {"itemSequence": [1]}]))
    made = amounts(record)
    assert (made["billed"], made["plan_paid"], made["your_share"]) == ("200.00", "100.00", "20.00")
    assert record.disagreements == ()
    assert [one.value for one in record.also_sent] == ["200.00 USD"]


def test_of_two_coverages_the_one_that_the_claim_is_for_is_named() -> None:
    """It named the other insurer's."""
    record = reading(
        claim(
            insurance=[
                {"focal": False, "coverage": {"display": "Other Mutual"}},
                {"focal": True, "coverage": {"display": "Harborlight PPO"}},
            ]
        )
    )
    assert record.coverage == "Harborlight PPO"


@pytest.mark.parametrize("end", ["9999-12-31", "2999-12-31T00:00:00Z", "7999-12-31"])
@pytest.mark.parametrize("start", ["0001-01-01T00:00:00Z", "1753-01-01", "1900-01-01"])
def test_a_day_that_systems_write_for_none_is_none(start: str, end: str) -> None:
    """8. It said "March 9, 2026 to December 31, 9999"."""
    record = reading(claim(billablePeriod={"start": "2026-03-09", "end": end}, created=start))
    assert (record.service_end, record.created, record.unreadable_dates) == (None, None, ())
    body = b'{"resourceType": "Coverage", "period": {"start": "%s", "end": "%s"}}'
    read = COVERAGE.read(body % (start.encode(), end.encode()), {})
    assert (read.starts, read.ends, read.unreadable_dates) == (None, None, ())


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


@pytest.mark.parametrize(
    ("written", "stands"),
    [
        ("Denied - not medically necessary", "denied"),
        ("DENIED", "denied"),
        ("Claim denied: duplicate", "denied"),
        ("Denied lines were paid on appeal", "nothing_paid"),
        ("Paid", "nothing_paid"),
    ],
)
def test_a_disposition_that_says_denied_is_a_decision(written: str, stands: str) -> None:
    """5.3. It said "Your plan paid nothing." and no more, with the plan's word for it far below."""
    record = reading(claim(priced("submitted", "180.00"), priced("benefit", "0"), disposition=written))
    assert standing.state(record) == stands


@pytest.mark.parametrize(
    ("category", "reason"),
    [
        ({"coding": [{"code": "benefit-payment-status"}]}, {"coding": [{"code": "Partially-Paid"}]}),
        ({"coding": [{"code": "7", "display": "Benefit Payment Status"}]}, {"text": "Partially paid"}),
        ({"text": "Benefit payment status"}, {"coding": [{"code": "PP", "display": "Partially Paid"}]}),
    ],
)
def test_a_status_is_read_however_its_plan_spells_it(
    category: dict[str, Any], reason: dict[str, Any]
) -> None:
    """5.3: what a plan decided was not told at all, where its codes have hyphens, or words stand alone."""
    network = {"category": {"text": "Billing Network Status"}, "reason": {"text": "Out of network"}}
    stated = [{"category": category, "reason": reason}, network]
    record = reading(claim(*money("submitted 300, benefit 100"), adjudication=stated))
    assert (record.decision, record.network) == ("partly_paid", "out")
    other = {"category": {"text": "Other"}, "amount": {"value": 3, "currency": "USD"}}
    assert reading(claim(*money("submitted 300"), other)).network is None


def test_a_decision_goes_before_the_disposition() -> None:
    paid = [status("benefitpaymentstatus", "paid")]
    record = reading(claim(priced("benefit", "10.00"), adjudication=paid, disposition="Denied"))
    assert record.decision == "paid"


def test_short_forms_in_capitals_come_after_our_name_of_the_service() -> None:
    """The title was "Office o/p est low 20-29 min at Riverside Clinic"."""
    what = {"coding": [{"system": CPT, "code": "99213", "display": "OFFICE O/P EST LOW 20-29 MIN"}]}
    story = wording.story(reading(claim(item=[line(1, priced("submitted", "9.00"), productOrService=what)])))
    assert story.title == "Office visit at Riverside Clinic"
    assert (story.lines[0].what, story.lines[0].official) == ("Office visit", "Office o/p est low 20-29 min")


def test_a_name_in_capitals_keeps_no_abbreviation_that_has_small_letters() -> None:
    record = reading(claim(priced("submitted", "9.00"), provider={"display": "ST MARY MED CTR"}))
    assert wording.story(record).title == "Medical care at St Mary Med Ctr"


def test_what_a_health_account_paid_is_not_said_to_be_the_members_own_payment() -> None:
    totals = (
        priced("submitted", "300.00"),
        priced("benefit", "100.00"),
        priced("paidbypatienthealthaccount", "120.00", system=C4BB),
        priced("memberliability", "200.00", system=C4BB),
    )
    answer = wording.story(reading(claim(*totals))).answer
    assert "$120.00 of it was paid from your health account." in answer
    assert "Paid from your health account" in [
        row.label for row in wording.story(reading(claim(*totals))).receipt
    ]
    assert "$80.00 is left." in answer


def test_what_was_paid_in_parts_is_their_sum() -> None:
    """It took the first part for the whole."""
    parts = [
        priced("paidbypatientcash", "30.00", system=C4BB),
        priced("paidbypatienthealthaccount", "120.00", system=C4BB),
    ]
    share = priced("memberliability", "200.00", system=C4BB)
    assert amounts(reading(claim(share, *parts)))["you_paid"] == "150.00"
    whole = priced("paidbypatient", "150.00", system=C4BB)
    assert amounts(reading(claim(share, whole, *parts)))["you_paid"] == "150.00"


@pytest.mark.parametrize(("whole", "part", "first"), [("0", "70.00", "70.00"), ("50.00", "70.00", "50.00")])
def test_a_payment_that_is_less_than_its_parts_contradicts_them(whole: str, part: str, first: str) -> None:
    """3.9: it said "$120.00 of your share: nobody noted here that it was paid"."""
    totals = (
        *money("submitted 240.00, eligible 120.00, discount 120.00, benefit 0, memberliability 120.00"),
        priced("paidbypatient", whole, system=C4BB),
        priced("paidbypatienthealthaccount", part, system=C4BB),
    )
    record = reading(claim(*totals))
    assert amounts(record)["you_paid"] == first
    assert unpaid.apart(record) == "disagrees"
    story = wording.story(record)
    assert f"${part}" in story.answer
    assert "left" not in story.answer
    assert "knows of no payment" not in " ".join(said for _box, _asked, said in story.checklist)


def test_words_in_capitals_that_say_more_than_ours_stay() -> None:
    what = {"coding": [{"system": CPT, "code": "70551", "display": "MRI BRAIN STEM W/O DYE"}]}
    story = wording.story(reading(claim(item=[line(1, priced("submitted", "9.00"), productOrService=what)])))
    assert story.lines[0].what == "MRI brain stem w/o dye"


def test_a_refusal_with_the_plans_own_words_is_not_said_to_be_without_reason() -> None:
    """It said "Your plan gave no reason here." above "Denied - not medically necessary"."""
    record = reading(claim(priced("benefit", "0"), disposition="Denied - not medically necessary"))
    steps = wording.story(record).steps
    assert steps is not None
    assert "gave no reason" not in " ".join(steps.steps)
    assert steps.steps[0].startswith("Read what your plan wrote")


def test_care_at_some_facility_is_called_by_what_was_done() -> None:
    """Every claim of a plan was "Care at a facility at ..."."""
    what = {
        "coding": [
            {"system": "http://snomed.info/sct", "code": "1", "display": "Check of the heart (procedure)"}
        ]
    }
    done = line(1, priced("submitted", "9.00"), productOrService=what)
    assert wording.story(reading(claim(kind="institutional", item=[done]))).title == (
        "Check of the heart at Riverside Clinic"
    )
    assert wording.story(reading(claim(kind="institutional"))).title == "Care at Riverside Clinic"


@pytest.mark.parametrize(
    ("display", "title"),
    [
        ("DR SOLOMON FULLER MENTAL HEALTH CENTER", "at Dr Solomon Fuller Mental Health Center"),
        ("DR. ANA LOPEZ", "with Dr. Ana Lopez"),
        ("ARBOUR HOSPITAL, THE", "at Arbour Hospital, The"),
        ("HOSPITAL OF THE VALLEY", "at Hospital of the Valley"),
    ],
)
def test_places_that_bear_a_doctors_name_are_places(display: str, title: str) -> None:
    record = reading(claim(priced("submitted", "9.00"), provider={"display": display}))
    assert wording.story(record).title == f"Medical care {title}"


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


def test_a_number_of_a_file_is_no_other_claim() -> None:
    """R4: related.reference is a "file or case reference"."""
    sent = [{"reference": {"system": "http://www.BenefitsInc.com/case-number", "value": "23-56Tu"}}]
    assert story(reading(claim(related=sent))).related == ("Your plan names a case or file number: 23-56Tu.",)


def test_an_accident_is_on_the_page() -> None:
    kind = {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "SPT"}]}
    facts = dict(story(reading(claim(accident={"date": "2014-02-14", "type": kind}))).facts)
    assert (facts["Accident"], facts["Kind of accident"]) == ("February 14, 2014", "Sports accident (SPT)")

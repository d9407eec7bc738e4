"""Where a claim stands (facts claims 5)."""

from decimal import Decimal
from typing import Any

import pytest

from apps.kinds.claim import standing, wording
from apps.kinds.claim.entry import entry_of
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.tallies import apart_of
from apps.kinds.claim.wording.bill import check
from apps.records.entries import NOTHING
from tests.claims.made import DENIED, claim, concept, line, money, priced, reading, status, why
from tests.claims.systems import C4BB, CLAIM_TYPE, DISCRIMINATOR, MEDICARE, THO


@pytest.mark.parametrize(
    ("changes", "state", "counts"),
    [
        ({"status": "cancelled"}, "cancelled", False),
        ({"status": "entered-in-error"}, "mistake", False),
        (
            {"type": concept(("https://bluebutton.cms.gov/fhir/CodeSystem/CLM-TYPE-CD", "3"))},
            "deleted",
            False,
        ),
        (
            {
                "type": concept((CLAIM_TYPE, "institutional")),
                "supportingInfo": [
                    {"category": concept((C4BB, "typeofbill")), "code": concept(("x", "118"))}
                ],
            },
            "void",
            False,
        ),
        (
            {
                "supportingInfo": [
                    {"category": concept(("x", "CLM_ADJSTMT_TYPE_CD")), "code": concept(("x", "3"))}
                ]
            },
            "taken_back",
            False,
        ),
        ({"outcome": "error"}, "error", False),
        ({"outcome": "queued"}, "undecided", False),
        ({"outcome": "partial"}, "incomplete", True),
        ({"adjudication": [DENIED]}, "denied", True),
        ({"adjudication": [status("benefitpaymentstatus", "partiallypaid")]}, "partly_paid", True),
        ({"total": [priced("benefit", "1.00")]}, "paid", True),
        ({"total": [priced("benefit", "1.00")], "adjudication": [DENIED]}, "partly_paid", True),
        *(
            ({"total": money(totals), "adjudication": [DENIED]}, state, True)
            for totals, state in (
                ("benefit 9, paidtoprovider 8", "partly_paid"),
                ("benefit 9, paidtoprovider 0", "denied"),
                ("benefit 0, paidtoprovider 9", "denied"),
                ("benefit -9, paidtoprovider 9", "denied"),
                ("benefit 9, memberliability 0, copay 5", "partly_paid"),  # only the share is in doubt
            )
        ),
        ({"total": [*money("submitted 9, benefit 0, noncovered 9")]}, "nothing_paid", True),
        ({"item": [line(1, DENIED), line(2)]}, "partly_refused", True),
        ({"item": [line(1, DENIED), line(2, status("benefitpaymentstatus", "paid"))]}, "partly_paid", True),
        ({"item": [line(1, DENIED)]}, "denied", True),
        ({"status": "draft"}, "draft", False),
        ({"status": "draft", "total": [priced("benefit", "1.00")]}, "paid", True),
        ({"status": None, "outcome": None}, "plain", True),
        ({"use": "preauthorization"}, "plain", False),
    ],
)
def test_a_claim_stands_where_its_plan_says(changes: dict[str, Any], state: str, counts: bool) -> None:
    """3.10: a draft counts only where it carries a payment."""
    record = reading(claim(**changes))
    assert (standing.state(record), standing.counts(record)) == (state, counts)
    is_marked = changes.get("adjudication") == [DENIED]
    assert standing.is_only_marked(record) is (is_marked and state == "partly_paid")


NOTHING_COVERED = [
    {"submitted": "207", "discount": "65", "noncovered": "142", "benefit": "0"},
    {"submitted": "207", "discount": "65", "noncovered": "207", "benefit": "0"},
    {"submitted": "207", "eligible": "0", "benefit": "0"},
    {"submitted": "207", "discount": "65", "eligible": "0", "noncovered": "100", "benefit": "0"},
]

PART_COVERED = {"submitted": "3000", "noncovered": "2390", "eligible": "610", "deductible": "610"}


@pytest.mark.parametrize("amounts", NOTHING_COVERED)
def test_m_03_amounts_alone_refuse_nothing(amounts: dict[str, str]) -> None:
    assert standing.state(_with(amounts)) == "nothing_paid"
    assert standing.state(_with(PART_COVERED | {"benefit": "0"})) == "deductible"
    assert standing.state(_with(PART_COVERED | {"benefit": "500"})) == "paid"


@pytest.mark.parametrize("amounts", NOTHING_COVERED)
def test_m_03_a_reason_says_what_amounts_then_mean(amounts: dict[str, str]) -> None:
    assert standing.state(_with(amounts, why("PR", "96"))) == "not_covered"
    assert standing.state(_with(PART_COVERED | {"benefit": "0"}, why("PR", "96"))) == "partly_refused"
    assert standing.state(_with(PART_COVERED | {"benefit": "500"}, why("CO", "50"))) == "partly_paid"


def test_m_03_a_reason_refuses_a_part_where_nothing_was_paid_or_its_own_line_was_not() -> None:
    part = {"eligible": "610", "deductible": "610"}
    assert standing.state(_with(part | {"benefit": "0"}, why("PR", "96"))) == "partly_refused"
    assert standing.state(_with(part | {"benefit": "500"}, why("PR", "96"))) == "paid"
    lines = [line(1, priced("benefit", "0"), why("PR", "96")), line(2, priced("benefit", "500"))]
    assert standing.state(reading(claim(priced("benefit", "500"), item=lines))) == "partly_paid"


def test_m_03_a_part_above_a_limit_is_told_by_its_reason_and_by_where_the_claim_stands() -> None:
    def is_above_limit(amounts: dict[str, str], reason: dict[str, Any]) -> bool:
        record = _with(amounts, reason)
        return standing.is_above_limit(record, standing.state(record))

    part = PART_COVERED | {"benefit": "500"}
    assert is_above_limit(part, why("PR", "119"))
    assert not is_above_limit(part, why("CO", "50")), "refused for another reason"
    assert not is_above_limit(NOTHING_COVERED[0], why("PR", "119")), "all of it"


@pytest.mark.parametrize("number", ["1", "2", "3", "45", "97", "253"])
def test_m_03_a_reason_that_settles_a_price_or_a_share_is_no_refusal(number: str) -> None:
    assert standing.state(_with(NOTHING_COVERED[0], why("CO", number))) == "nothing_paid"


@pytest.mark.parametrize(
    ("amounts", "state"),
    [
        ({"eligible": "120", "benefit": "0", "deductible": "120", "memberliability": "120"}, "deductible"),
        ({"benefit": "0", "deductible": "120"}, "deductible"),
        ({"eligible": "120", "benefit": "0", "deductible": "100", "copay": "20"}, "nothing_paid"),
        ({"eligible": "12", "benefit": "0", "copay": "12"}, "nothing_paid"),
        ({"eligible": "120", "deductible": "120", "memberliability": "120"}, "plain"),
    ],
)
def test_a_claim_that_is_all_the_members_is_decided(amounts: dict[str, str], state: str) -> None:
    """The plan said what became of it: only where it did not is a claim `plain`."""
    assert standing.state(_with(amounts)) == state


@pytest.mark.parametrize("bill", ["submitted", "drugcost"])
@pytest.mark.parametrize(
    "stray",
    [{}, {"unitPrice": {"value": 50, "currency": "USD"}}, why("CO", "45") | {"amount": {"value": 50}}],
)
def test_of_a_claim_of_zeros_alone_nothing_is_told_as_a_fact(bill: str, stray: dict[str, Any]) -> None:
    """M-08: "The drug cost $0.00. Your plan paid nothing. Your share is $0.00.", to the cent."""
    item = line(1, stray) if "category" in stray else line(1, **stray)
    record, priced_record = (
        reading(claim(*money(f"{bill} {amount}, benefit 0, memberliability 0"), item=[item]))
        for amount in ("0", "0.01")
    )
    told = wording.story(record)
    assert told.answer.startswith("What your plan sent of the bill, and of who pays it, is zero.")
    assert "to the cent" not in " ".join(told.sums)
    assert standing.state(record) == "plain"
    assert [words for name, _, words in told.checklist if name == "share"] == [
        "Your plan sent zeros for it. Ask it before you pay."
    ]
    assert check(record, Decimal(0)).outcome == "cannot"
    row = wording.row(record)
    assert (row.share, row.is_share_known) == ("only zeros sent", False)
    zeros, priced_entry = (
        entry_of(read, person_key="", provider_key="", brief=NOTHING) for read in (record, priced_record)
    )
    assert (zeros.your_share, zeros.left, apart_of(zeros)) == (None, None, "open")
    assert (priced_entry.your_share, priced_entry.left, apart_of(priced_entry)) == (0, 0, "")
    assert "zero" not in wording.story(priced_record).answer


def test_an_amount_under_a_name_that_nobody_knows_stands_beside_zeros() -> None:
    """It said that all was zero; a share under a plan's own name is common."""
    owed = priced("amt-owed", "45", system="http://plan.example/cat")
    told = wording.story(reading(claim(*money("submitted 0, benefit 0, memberliability 0"), owed)))
    assert "is zero" not in told.answer
    assert not any("zeros" in words for _name, _, words in told.checklist)


def _with(amounts: dict[str, str], *reasons: dict[str, Any]) -> ClaimRecord:
    """Return a claim with *amounts* as its totals, and a line with *reasons* where there are any."""
    ours = ("discount", "noncovered", "memberliability", "priorpayerpaid")
    totals = [priced(code, text, system=C4BB if code in ours else THO) for code, text in amounts.items()]
    return reading(claim(*totals, item=[line(1, *reasons)] if reasons else []))


def test_a_line_that_was_paid_in_part_is_not_said_to_be_paid_nothing() -> None:
    """Of a line 24.00 was not covered and 26.00 paid: "Your plan paid nothing for a part"."""
    url = f"{MEDICARE}rev_cntr_1st_ansi_cd"
    reason = {"category": concept((DISCRIMINATOR, "denialreason")), "reason": concept((url, "CO50"))}
    amounts = [*money("submitted 50.00, benefit 26.00, noncovered 24.00"), reason]
    record = reading(claim(total=None, item=[line(1, *amounts)]))
    steps = wording.story(record).steps
    assert (standing.state(record), steps is not None) == ("partly_paid", True)
    record = reading(claim(priced("noncovered", "24.00", system=C4BB), item=[line(1, *amounts[-2:])]))
    steps = wording.story(record).steps
    assert standing.state(record) == "partly_refused"
    assert steps is not None
    assert steps.meaning == "Your plan refused a part of this claim. You can ask it to check."

"""Medicare's marks of a claim or a line that its own figures contradict: both are told."""

from typing import Any

import pytest

from apps.kinds.claim.wording import story
from tests.claims.made import claim, line, money, reading

REVENUE = "https://bluebutton.cms.gov/x/CLM-REV-CNTR-CD"
ACTION = {"url": "https://bluebutton.cms.gov/x/CLM-FI-ACTN-CD", "valueCoding": {"code": "8"}}
DENIED = {"url": "https://bluebutton.cms.gov/x/CLM-CARR-PMT-DNL-CD", "valueCoding": {"code": "0"}}
CREDIT = {"url": "https://bluebutton.cms.gov/x/CLM-QUERY-CD", "valueCoding": {"code": "C"}}


@pytest.mark.parametrize(
    ("extension", "paid", "told"),
    [
        (
            [DENIED, ACTION],
            "160",
            "marks this claim as denied, and a code of Medicare says that benefits were refused.",
        ),
        ([DENIED], "160", "marks this claim as denied, and states a payment of $160.00 all the same."),
        (
            [ACTION],
            "160",
            "benefits were refused for this claim. The claim states a payment of $160.00 all the same.",
        ),
        ([ACTION | {"valueCoding": {"code": "1"}}], "160", ""),
        ([DENIED, ACTION], "0", ""),
    ],
)
@pytest.mark.parametrize("more", [{}, {"billablePeriod": {"extension": [CREDIT]}}])
def test_codes_of_a_refusal_beside_a_payment_are_told_as_a_contradiction(
    extension: list[Any], paid: str, told: str, more: dict[str, Any]
) -> None:
    """5.3: beside "Taken back" neither stood on the page, with a payment of $14,837.65. Nobody is asked."""
    notices = story(
        reading(claim(*money(f"submitted 300, benefit {paid}"), extension=extension, **more))
    ).notices
    assert told in " ".join(notices)
    assert (" which of them is right." in " ".join(notices)) is bool(told and not more)


@pytest.mark.parametrize(("code", "is_said"), [("C", False), ("0", False), ("D", True), ("5", True)])
def test_what_takes_an_earlier_claim_back_does_not_correct_it_too(code: str, is_said: bool) -> None:
    """5.2: one code said both."""
    kind = CREDIT | {"valueCoding": {"code": code}}
    told = story(reading(claim(*money("submitted 300, benefit 160"), billablePeriod={"extension": [kind]})))
    assert ("This corrects the amounts of an earlier claim." in told.notices) is is_said
    assert ("takes an earlier claim back" in told.answer) is not is_said


@pytest.mark.parametrize(
    ("code", "amounts", "told"),
    [
        ("1", "deductible 9", "The deductible does not apply"),
        ("2", "coinsurance 9", "Coinsurance does not apply"),
        ("3", "coinsurance 9", "Neither deductible nor coinsurance applies"),
        ("3", "deductible 9, coinsurance 0", "Neither deductible nor coinsurance applies"),
        ("1", "coinsurance 9", ""),
        ("2", "deductible 9, coinsurance 0", ""),
        ("0", "deductible 9, coinsurance 9", ""),
        ("4", "submitted 25, deductible 9", "Without a charge of its own"),
        ("4", "submitted 0, deductible 9", ""),
    ],
)
def test_what_a_line_lists_though_it_does_not_apply_is_told_as_both(
    code: str, amounts: str, told: str
) -> None:
    """ "Neither deductible nor coinsurance applies" stood above "Coinsurance $1,193.12"."""
    rule = {"system": "https://bluebutton.cms.gov/fhir/CodeSystem/CLM-DDCTBL-COINSRNC-CD", "code": code}
    revenue = {"coding": [{"system": REVENUE, "code": "0250"}, rule]}
    (row,) = story(reading(claim(item=[line(1, *money(amounts), revenue=revenue)]))).lines
    apart = [detail for detail in row.details if "lists some all the same" in detail]
    assert apart == ([f"{told}: your plan says so, and lists some all the same"] if told else [])

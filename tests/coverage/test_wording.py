"""What a coverage card says."""

import datetime as dt
from decimal import Decimal

import pytest

from apps.kinds.coverage import wording
from apps.kinds.coverage.records import Cost, CostException, CoverageClass, CoverageRecord

TODAY = dt.date(2026, 11, 25)


def card(*parts: CoverageRecord, with_number: bool = False) -> wording.Card:
    return wording.card(*parts, on=TODAY, shared_by="Harborlight Health", with_number=with_number)


@pytest.mark.parametrize(
    ("status", "starts", "ends", "state", "sentence"),
    [
        ("active", "2026-01-01", None, "active", "You have been covered since January 1, 2026."),
        ("active", "2026-01-01", "2026-12-31", "active",
         "You are covered from January 1, 2026 until December 31, 2026."),
        ("active", None, "2026-11-25", "active", "You are covered until November 25, 2026."),
        ("active", None, "2026-11-24", "ended", "This coverage ended on November 24, 2026."),
        ("cancelled", "2025-01-01", "2025-12-31", "ended", "This coverage ended on December 31, 2025."),
        ("cancelled", "2026-01-01", "2026-12-31", "cancelled",
         "Your plan marks this coverage as cancelled, but its dates are not over."),
        ("cancelled", None, None, "ended", "This coverage ended."),
        ("draft", None, None, "draft", "Your plan marks this coverage as not final yet."),
        ("active", "2027-01-01", None, "later", "This coverage starts on January 1, 2027."),
        ("active", None, "2025", "ended", "This coverage ended in 2025."),
        ("active", "2027-03", None, "later", "This coverage starts in March 2027."),
        ("active", None, "2026", "active", "You are covered until 2026."),
        ("active", "2026-11", None, "active", "You have been covered since November 2026."),
        ("active", None, None, "active", "Your plan says this coverage is active, without dates."),
        (None, None, None, "unknown", "Your plan shared this coverage, without dates."),
        ("inactive", "2026-01-01", None, "unknown", "Your plan marks this coverage as “inactive”."),
        ("terminated", "2026-01-01", "2026-06-30", "ended", "This coverage ended on June 30, 2026."),
    ],
)  # fmt: skip
def test_the_state_is_judged_by_the_period_first(
    status: str | None, starts: str | None, ends: str | None, state: str, sentence: str
) -> None:
    shown = card(CoverageRecord(status=status, starts=starts, ends=ends))
    assert (shown.state, shown.sentence) == (state, sentence)


@pytest.mark.parametrize(
    ("number", "expected"),
    [("88800933501", "ending in 3501"), ("1234567", "ending in 4567"), ("123456", "hidden"), ("1", "hidden")],
)
def test_a_member_number_is_masked_and_a_short_one_wholly(number: str, expected: str) -> None:
    shown = card(CoverageRecord(member_number=number))
    assert (shown.member_number, shown.is_masked) == (expected, True)
    assert card(CoverageRecord(member_number=number), with_number=True).member_number == number


def test_a_number_that_did_not_come_is_said_to_be_not_shared_and_has_nothing_to_reveal() -> None:
    shown = card(CoverageRecord())
    assert (shown.member_number, shown.is_masked) == ("not shared by your plan", False)


def test_the_subscriber_number_and_the_pharmacy_id_are_masked_too() -> None:
    record = CoverageRecord(
        member_number="11111111", subscriber_number="22222222", classes=(CoverageClass("rxid", "33333333"),)
    )
    facts = {"Subscriber number": "ending in 2222", "Pharmacy ID": "ending in 3333"}
    assert dict(card(record).facts) == facts
    assert dict(card(record, with_number=True).facts)["Pharmacy ID"] == "33333333"


@pytest.mark.parametrize(
    ("kind", "is_masked"),
    [
        ("Rx ID 1", True), ("rxid2", True), ("RXID (Part D)", True), ("Rx Member ID", True),
        ("Member ID", True), ("Group ID", False), ("plan1", False), ("midwife", False),
    ],
)  # fmt: skip
def test_a_class_that_is_a_members_number_is_masked_however_it_is_called(kind: str, is_masked: bool) -> None:
    for name in (None, "33333333"):
        facts = card(CoverageRecord(classes=(CoverageClass(kind, "33333333", name),))).facts
        assert [words for _label, words in facts] == ["ending in 3333" if is_masked else "33333333"]


@pytest.mark.parametrize(
    ("record", "title"),
    [
        (CoverageRecord(classes=(CoverageClass("plan", "G5", "Gold"),)), "Gold"),
        (CoverageRecord(classes=(CoverageClass("plan", "PPO-GOLD"),)), "PPO-GOLD"),
        (CoverageRecord(classes=(CoverageClass("plan", "B37FC"),), type_code="DENTAL"), "Dental insurance"),
        (CoverageRecord(network="Blue network", payers=("Payer",)), "Blue network"),
        (CoverageRecord(payers=("Payer",)), "Payer"),
        (CoverageRecord(), "Harborlight Health"),
    ],
)
def test_a_card_is_titled_by_what_the_member_knows(record: CoverageRecord, title: str) -> None:
    assert card(record).title == title


@pytest.mark.parametrize(
    ("cost", "label", "value"),
    [
        ({"kind": "gpvisit", "amount": 20}, "Primary care visit", "$20.00"),
        ({"kind": "urgentcare", "share": "0.15"}, "Urgent care", "15%"),
        ({"words": "Acupuncture", "share": "0.125"}, "Acupuncture", "12.5%"),
        ({"kind": "inpthosp", "amount": "1234.5", "currency": "CAD"}, "Hospital stay", "CAD 1,234.50"),
        ({"kind": "visits", "quantity": 30, "unit": "visits"}, "visits", "30 visits"),
        ({"kind": "copay"}, "Copay", "not shared by your plan"),
        ({"kind": "rx", "unread": "$10/$40/25%"}, "Prescription", "$10/$40/25%"),
    ],
)
def test_what_care_costs_is_in_words_and_never_zero_for_absent(
    cost: dict[str, object], label: str, value: str
) -> None:
    from msgspec import convert  # noqa: PLC0415

    [shown] = card(CoverageRecord(costs=(convert(cost, Cost, strict=False),))).costs
    assert (shown.label, shown.value) == (label, value)


def test_a_familys_limit_is_told_from_a_persons_by_the_plans_words() -> None:
    """A card said "Deductible" twice, with two amounts."""
    own = Cost(kind="deductible", words="Deductible", amount=Decimal(1500))
    family = Cost(kind="deductible", words="FAMILY DEDUCTIBLE, EMBEDDED", amount=Decimal(3000))
    visit = Cost(kind="gpvisit", words="Office visit", amount=Decimal(20))
    shown = card(CoverageRecord(costs=(own, family, own, visit))).costs
    assert [(cost.label, cost.value) for cost in shown] == [
        ("Deductible", "$1,500.00"),
        ("Deductible: Family deductible, embedded", "$3,000.00"),
        ("Primary care visit", "$20.00"),
    ]


def test_an_exception_says_when_it_counts() -> None:
    cost = Cost(kind="copay", exceptions=(CostException("retired", "2018-01-01", "2018-12-31"),))
    [shown] = card(CoverageRecord(costs=(cost,))).costs
    assert shown.exceptions == "for retired people (January 1 to December 31, 2018)"


def test_an_exception_of_one_kind_of_care_is_in_words() -> None:
    """ "Except: gpvisit"."""
    [shown] = card(CoverageRecord(costs=(Cost(kind="copay", exceptions=(CostException("gpvisit"),)),))).costs
    assert shown.exceptions == "Primary care visit"


def test_several_payers_and_self_pay_are_named() -> None:
    assert card(CoverageRecord(payers=("A", "B"))).payer == "A and B"
    assert card(CoverageRecord(is_self_pay=True)).payer == "You"
    assert card(CoverageRecord()).payer == "not shared by your plan"


@pytest.mark.parametrize(
    ("records", "sentence"),
    [
        ([], "No coverage has arrived yet."),
        (
            [CoverageRecord(network="A", status="active"), CoverageRecord(network="B", ends="2027")],
            "You are covered today by B. Your plan says this is active, without dates: A.",
        ),
        (
            [CoverageRecord(network=name, status="active") for name in "AB"],
            "Your plan says this is active, without dates: A and B.",
        ),
        (
            [CoverageRecord(network=name, starts="2020") for name in "ABC"],
            "You are covered today by A, B and C.",
        ),
        (
            [CoverageRecord(network="A")],
            "What came does not tell whether this is active today: A. Ask your plan.",
        ),
        (
            [CoverageRecord(network="A", starts="2020"), CoverageRecord(network="B")],
            "You are covered today by A. "
            "What came does not tell whether this is active today: B. Ask your plan.",
        ),
        (
            [CoverageRecord(network="A", ends="2020")],
            "None of the coverage your plans shared is active today.",
        ),
    ],
)
def test_the_page_answers_in_its_first_sentence(records: list[CoverageRecord], sentence: str) -> None:
    assert wording.lede([card(record) for record in records]) == sentence


def test_where_several_people_are_covered_each_is_named() -> None:
    cards = [
        wording.card(
            CoverageRecord(network=plan, starts="2026"),
            on=TODAY,
            shared_by="P",
            person=person,
            tells_person=True,
        )
        for person, plan in (("Ada", "Gold"), ("Bo", "Gold"), ("Bo", "Medicare"))
    ]
    assert wording.lede(cards) == "Ada is covered today by Gold. Bo is covered today by Gold and Medicare."
    assert cards[0].sentence == "Ada has been covered since 2026."
    assert wording.lede(cards[:2]) == "Ada and Bo are covered today by Gold."


def test_a_plan_in_parts_says_which_are_active_and_which_have_no_dates() -> None:
    """Facts 10: Part C and D of Blue Button come without a period, whoever has them or not."""
    classes = [
        (CoverageClass("group", "Medicare"), CoverageClass("plan", f"Part {letter}")) for letter in "ABC"
    ]
    shown = card(
        CoverageRecord(status="active", classes=classes[0], starts="2020-03-17"),
        CoverageRecord(status="cancelled", classes=classes[1], ends="2021-01-01"),
        CoverageRecord(status="active", classes=classes[2]),
    )
    assert (shown.title, shown.state) == ("Medicare", "active")
    assert shown.sentence == "Part A is active today. Your plan also lists Part C, without dates."
    assert [(each.name, each.state_words, each.period) for each in shown.parts] == [
        ("Part A", "Active", "since March 17, 2020"),
        ("Part B", "Ended", "until January 1, 2021"),
        ("Part C", "Active", "no dates shared"),
    ]
    ended_and_listed = card(
        CoverageRecord(status="active", classes=classes[1], ends="2021-01-01"),
        CoverageRecord(status="active", classes=classes[2]),
    )
    assert wording.lede([shown]) == "You are covered today by Medicare (Part A)."
    assert (
        wording.lede([ended_and_listed]) == "Your plan says this is active, without dates: Medicare (Part C)."
    )
    assert ended_and_listed.sentence == (
        "No part with dates is active today. Your plan also lists Part C, without dates."
    )
    untold = card(
        CoverageRecord(status="active", classes=classes[1], ends="2021-01-01"),
        CoverageRecord(status="on hold", classes=classes[2], starts="2020-01-01"),
    )
    assert untold.sentence == "What came does not tell whether this is active today: Part C. Ask your plan."
    assert [each.state_words for each in (shown, ended_and_listed)] == ["Active (Part A)", "Active (Part C)"]

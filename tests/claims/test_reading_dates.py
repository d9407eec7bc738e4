"""The dates of a claim, taken as written (facts claims 8)."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from apps.kinds.claim import wording
from apps.kinds.claim.entry import day_of
from apps.kinds.claim.reading import read
from apps.kinds.claim.reading.dates import Span
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording import bill, row, story
from apps.kinds.coverage.kind import COVERAGE
from apps.plain_language.dates import date_words
from apps.records.entries import UNDATED
from tests.claims.made import claim, concept, info, line, priced, reading
from tests.claims.payer_data import claims
from tests.claims.systems import C4BB, CLAIM_TYPE
from tests.claims.test_providers_named import SHARE


@pytest.mark.parametrize(
    ("sent", "listed", "told"),
    [
        ({"payment": {"date": "2026-02-30"}}, date(2026, 3, 20), "sent March 20, 2026"),
        ({"payment": {"date": "2026-02-30"}, "created": None}, UNDATED, "date not shared"),
        ({"billablePeriod": {"start": "2026-02-30"}}, UNDATED, "date not readable"),
        ({"item": [line(1, servicedDate="2026-02-30")]}, UNDATED, "date not readable"),
    ],
)
def test_only_a_day_of_care_that_cannot_be_read_leaves_the_day_unknown(
    sent: dict[str, Any], listed: date, told: str
) -> None:
    """8: a payment's date that is none sent a claim made on a known day to "Date not known"."""
    without = {"billablePeriod": {}, "item": []}
    record = reading(claim(priced("submitted", "1.00"), **without | sent))
    assert (day_of(record), story(record).when) == (listed, told)
    assert any("2026-02-30" in notice for notice in story(record).notices)


def test_the_earliest_line_is_the_date_of_service() -> None:
    lines = [line(1), line(2, servicedDate=None, servicedPeriod={"start": "2026-03-02", "end": "2026-03-04"})]
    record = reading(claim(billablePeriod={"start": "2026-01-01", "end": "2026-12-31"}, item=lines))
    assert (record.service_start, record.service_end) == ("2026-03-02", "2026-03-09")
    assert (record.period_start, record.period_end) == ("2026-01-01", "2026-12-31")


def stay(admitted: str, period: str, served: str) -> dict[str, Any]:
    """Return a stay in hospital whose dates start on these days."""
    category = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBSupportingInfoType"
    info = {
        "sequence": 1,
        "category": concept((category, "admissionperiod")),
        "timingPeriod": {"start": admitted, "end": admitted},
    }
    return claim(
        kind="institutional",
        subType=concept(
            ("http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBInstitutionalClaimSubType", "inpatient")
        ),
        supportingInfo=[info],
        billablePeriod={"start": period, "end": period},
        item=[line(1, servicedDate=served)],
    )


def test_times_of_one_claim_that_do_not_meet_are_all_named() -> None:
    """8: admitted in 2011, billed for 2019: nobody but the plan knows which holds."""
    made = stay("2011-05-23", "2019-01-01", "2019-11-02")
    made["billablePeriod"]["end"] = "2019-10-31"
    record = reading(made)
    assert record.dates_apart == (("2019-01-01", "2019-10-31"), ("2019-11-02", None))
    told = "May 23, 2011, but also January 1 to October 31, 2019 and November 2, 2019"
    assert (story(record).when, dict(story(record).facts)["Date"]) == (told, told)
    assert row(record).meta == told
    assert story(record).for_calls.endswith(f", care of {told}")
    assert told in str(bill.compared(record, "30.00", ()).asks)
    [asked] = [asked[2] for asked in story(record).checklist if asked[0] == "date"]
    which = "The dates of this claim disagree. Ask your plan which is right."
    assert asked == f"{told}. {which}"
    assert story(record).notices == (which,)
    closed = (story(reading(made | {"status": "cancelled"})), story(record, is_current=False))
    told_alone = ("The dates of this claim disagree.",)
    assert [one.notices for one in closed] == 2 * [told_alone], "nobody has to ask about what counts nowhere"
    lines = [line(1, priced("submitted", "80.00"), servicedDate="2019-11-02")]
    both = story(reading(made | {"total": [priced("submitted", "90.00")], "item": lines}))
    assert both.notices == (), "what is asked of the figures is asked of the dates in the same breath"
    assert both.asks == ("Ask your plan which figures are right for what was billed, and which dates.",)


def test_of_what_counts_nowhere_no_date_is_to_be_asked_about() -> None:
    """8: "Ask it which date is right" stood beside the word that another version stands for the claim."""
    received = {"category": concept((C4BB, "clmrecvddate")), "timingDate": "2026-02-01"}
    record = reading(claim(created="2026-01-05", supportingInfo=[received]))
    told = [
        "Your plan says that it received this claim on February 1, 2026, before the care.",
        "Your plan dates its record of this claim January 5, 2026, before it received the claim on "
        "February 1, 2026.",
    ]
    ask = "Ask it which date is right."
    assert story(record).notices == tuple(f"{sentence} {ask}" for sentence in told)
    assert story(record, is_current=False).notices == tuple(told)


@pytest.mark.parametrize(
    ("admitted", "is_told"),
    [("2016-02-22", True), ("2016-02-23", False), ("2018-02-24", False), ("2018-02-25", True)],
)
@pytest.mark.parametrize("kind", ["professional", "pharmacy"])
def test_a_stay_of_another_time_contradicts_who_treated_somebody_there(
    kind: str, admitted: str, is_told: bool
) -> None:
    """8: Optum's sandbox has one day of admission, 2018-01-01, on visits of 2017."""
    made = stay(admitted, "2017-02-23", "2017-02-23") | {"type": {"coding": [{"code": kind}]}}
    made["supportingInfo"][0]["timingPeriod"]["end"] = admitted
    assert reading(made).dates_apart == (((admitted, None),) if is_told else ())


@pytest.mark.parametrize("served", ["2016", "2018-12-31", "2019-02-03", "2019-03", "2020-11-02"])
def test_8_a_line_outside_the_time_that_is_billed_contradicts_it(served: str) -> None:
    """8: however near it is; one of several lines too."""
    whole = {"start": "2019-01-02", "end": "2019-02-01"}
    record = reading(claim(billablePeriod=whole, item=[line(1, servicedDate=served)]))
    assert (record.service_start, record.dates_apart) == (served, (("2019-01-02", "2019-02-01"),))
    both = [line(1, servicedDate=served), line(2, servicedDate="2019-01-20")]
    assert reading(claim(billablePeriod=whole, item=both)).dates_apart == (("2019-01-02", "2019-02-01"),)


@pytest.mark.parametrize("served", ["2019", "2019-01", "2019-01-01", "2019-02-02"])
def test_dates_that_can_lie_in_what_is_billed_or_a_day_beside_it_are_no_contradiction(served: str) -> None:
    whole = {"start": "2019-01-02", "end": "2019-02-01"}
    record = reading(claim(billablePeriod=whole, item=[line(1, servicedDate=served)]))
    assert (record.dates_apart, story(record).notices) == ((), ())
    assert "but also" not in story(record).when


def test_a_time_without_an_end_goes_on() -> None:
    made = claim(billablePeriod={"start": "2019-01-02"}, item=[line(1, servicedDate="2019-11-30")])
    assert reading(made).dates_apart == ()


def test_m_06_a_bill_for_a_later_part_of_a_stay_is_of_that_part() -> None:
    """Long stays are billed month by month: the bill for December holds nothing of November."""
    made = stay("2013-11-05", "2013-12-01", "2013-12-03")
    made["supportingInfo"][0]["timingPeriod"]["end"] = made["billablePeriod"]["end"] = "2013-12-18"
    record = reading(made)
    assert (record.service_start, record.service_end) == ("2013-12-01", "2013-12-18")
    told = "December 1 to 18, 2013, there since November 5, 2013"
    assert (story(record).when, record.dates_apart) == (told, ())
    assert dict(story(record).facts)["In hospital"] == "November 5 to December 18, 2013"
    [asked] = [asked[2] for asked in story(record).checklist if asked[0] == "date"]
    assert asked == told


def test_a_long_period_around_the_lines_contradicts_none_of_them() -> None:
    made = claim(billablePeriod={"start": "2012-01-01", "end": "2026-12-31"}, item=[line(1)])
    assert reading(made).dates_apart == ()


def test_8_published_claims_whose_dates_are_more_than_a_year_apart_say_so(shared: Path) -> None:
    """All of synthea's: what is billed starts 671 days after the lines or more, and goes on for a year."""
    records = [read(body, {}) for _name, body in claims(shared, "synthea-smart-sample")]
    assert len(records) == 81
    for record in records:
        served, billed = (
            date.fromisoformat(record.service_start or ""),
            date.fromisoformat(record.period_start or ""),
        )
        assert (billed - served).days >= 671
        assert record.dates_apart == ((record.period_start, record.period_end),)


IN_2019 = ("2019-01-01", "2019-10-31")
HOSPICE = ("2014-09-01", (("2014-01-01", "2014-01-30"), ("2014-07-06", "2015-06-29")))
TOTAL = ("2011-01-24", (("1942-01-03", None),))
"""Medicare's invented claims: a line outside the month that is billed, which is before hospice begins; and
the line of the total in 1942."""


@pytest.mark.parametrize(
    ("folder", "apart"),
    [
        ("carin-bb-1.1.0", [("2011-05-23", (IN_2019,))]),
        (
            "carin-bb-2.2.0",
            [
                ("2011-05-23", (IN_2019, ("2019-11-02", None))),
                ("2019-11-02", (IN_2019,)),
                ("2019-07-02", (("2019-10-30", "2019-10-31"),)),
            ]
            * 2,
        ),
        ("carin-connectathon", []),
        ("cms-ab2d", [HOSPICE, TOTAL]),
        ("cms-bb2-python-sdk", []),
        ("cms-bfd-v2", [TOTAL, HOSPICE, TOTAL, HOSPICE, HOSPICE, TOTAL]),
        ("davinci-pdex", []),
        ("hl7-r4-core-examples", []),
    ],
)
def test_8_other_published_claims_whose_dates_contradict_each_other(
    shared: Path, folder: str, apart: list[tuple[str, tuple[Span, ...]]]
) -> None:
    records = [read(body, {}) for _name, body in claims(shared, folder)]
    assert records
    assert [(record.service_start, record.dates_apart) for record in records if record.dates_apart] == apart


def test_times_of_hospice_or_care_at_home_that_do_not_meet_the_bill_are_named() -> None:
    """8: billed for January, the hospice from July on."""

    def apart(since: str, until: str | None, **billed: str) -> tuple[Any, ...]:
        period = {"start": since} | ({"end": until} if until else {})
        listed = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBSupportingInfoType"
        info = {"category": concept((listed, "admissionperiod")), "timingPeriod": period}
        made = claim(supportingInfo=[info], billablePeriod=billed, kind="institutional")
        made["subType"] = concept((CLAIM_TYPE, "outpatient"))
        return reading(made).dates_apart

    january = {"start": "2014-01-01", "end": "2014-01-30"}
    assert apart("2014-07-06", "2015-06-29", **january) == (("2014-07-06", "2015-06-29"),)
    assert apart("2014-07-06", None, **january) == (("2014-07-06", None),)
    assert apart("2009-07-06", None, **january) == apart("2013-07-06", "2014-06-29", **january) == ()


def test_a_time_that_ends_before_it_starts_is_told_with_both_days() -> None:
    """8: its end was dropped."""
    told = story(reading(claim(billablePeriod={"start": "2026-03-09", "end": "2026-03-01"})))
    assert told.when == "March 9, 2026, but also March 1, 2026"


@pytest.mark.parametrize("end", ["9999-12-31", "2999-12-31T00:00:00Z", "7999-12-31"])
@pytest.mark.parametrize("start", ["0001-01-01T00:00:00Z", "1753-01-01", "1900-01-01"])
def test_a_day_that_systems_write_for_none_is_none(start: str, end: str) -> None:
    """8. It said "March 9, 2026 to December 31, 9999"."""
    record = reading(claim(billablePeriod={"start": "2026-03-09", "end": end}, created=start))
    assert (record.service_end, record.created, record.unreadable_dates) == (None, None, ())
    body = b'{"resourceType": "Coverage", "period": {"start": "%s", "end": "%s"}}'
    read = COVERAGE.read(body % (start.encode(), end.encode()), {})
    assert (read.starts, read.ends, read.unreadable_dates) == (None, None, ())


def received(on: str) -> dict[str, Any]:
    """Return when the plan received a claim."""
    return {"sequence": 1, "category": concept((C4BB, "clmrecvddate")), "timingDate": on}


@pytest.mark.parametrize(
    ("on", "is_told"),
    [("2025-12-30", True), ("2026-03-08", False), ("2026-03-09", False), ("2026-05", False)],
)
def test_a_claim_received_before_the_care_says_so(on: str, is_told: bool) -> None:
    """Facts 8: care of 2019 was "received May 30, 2011", without a word."""
    period = {"start": "2026-03-09", "end": "2026-03-10"}
    story = wording.story(reading(claim(*SHARE, supportingInfo=[received(on)], billablePeriod=period)))
    said = f"Your plan says that it received this claim on {date_words(on)}, before the care."
    assert any(notice.startswith(said) for notice in story.notices) is is_told


@pytest.mark.parametrize(
    ("on", "is_told"), [("2016-01-21", True), ("2026-03-07", True), ("2026-03-08", False), ("2026-03", False)]
)
def test_a_payment_dated_before_the_care_says_so(on: str, is_told: bool) -> None:
    """Facts 8: one payer dates the payments of all of its claims 2019-11-14, of care in 2021 too. That is
    told at the date, and asks nobody for anything on page after page."""
    period = {"start": "2026-03-09", "end": "2026-03-10"}
    paid = wording.story(reading(claim(*SHARE, payment={"date": on}, billablePeriod=period)))
    unpaid = wording.story(reading(claim(payment={"date": on}, billablePeriod=period)))
    told = f"{date_words(on)}{', before the care' if is_told else ''}"
    assert dict(paid.payment)["Paid on"] == told
    assert dict(unpaid.more)["Payment date in your plan's data"] == told
    assert (paid.notices, unpaid.notices) == ((), ())


@pytest.mark.parametrize(
    ("made", "is_told"),
    [("2026-03-10", True), ("2026-03-29", False), ("2026-03-30", False), ("2026-03", False)],
)
def test_a_record_dated_before_the_claim_was_received_says_so(made: str, is_told: bool) -> None:
    """Facts 8: "Record made November 2" stood beside "Received November 30"; a day apart is midnight."""
    story = wording.story(reading(claim(*SHARE, supportingInfo=[received("2026-03-30")], created=made)))
    said = f"this claim {date_words(made)}, before it received the claim on March 30, 2026."
    assert any(said in notice for notice in story.notices) is is_told


BILL = "https://www.nubc.org/CodeSystem/TypeOfBill"
INSTITUTIONAL = {"coding": [{"code": "institutional"}]}
ADMITTED = {"start": "2026-01-03", "end": "2026-01-11"}


def billed_as(code: str) -> dict[str, Any]:
    """Return the type of bill."""
    return info("typeofbill", code={"coding": [{"system": BILL, "code": code}]})


def facility(bill: str = "", *, period: dict[str, str] | None = None, **changes: Any) -> ClaimRecord:
    """Return a facility's claim with an admission, billed for January 3 to 11 unless *period* is another."""
    facts = [info("admissionperiod", timingPeriod=ADMITTED)] + ([billed_as(bill)] if bill else [])
    changes = {"type": INSTITUTIONAL, "supportingInfo": facts} | changes
    return reading(claim(billablePeriod=period or ADMITTED, **changes))


def test_m_06_a_stay_is_of_its_admission_then_its_period_then_its_lines() -> None:
    """M-06: billed for January 3 to 11, the total line of January 1: the page said January 1."""
    revenue = {"coding": [{"system": "https://www.nubc.org/CodeSystem/RevenueCodes", "code": "0001"}]}
    lines = [line(1, revenue=revenue, servicedDate="2026-01-01"), line(2, servicedDate="2026-01-05")]
    inpatient = {"subType": {"coding": [{"code": "inpatient"}]}}
    stay = facility(item=lines, period={"start": "2026-01-02", "end": "2026-01-12"}, **inpatient)
    assert wording.when(stay) == "January 3 to 11, 2026"
    without = facility(item=lines, period={"start": "2026-01-02"}, supportingInfo=[], **inpatient)
    assert (without.service_start, without.service_end) == ("2026-01-02", "2026-01-05")
    bare = facility(item=lines, period={"x": ""}, supportingInfo=[], **inpatient)
    assert wording.when(bare) == "January 5, 2026"


def test_m_06_an_admission_without_end_goes_on_to_the_end_of_the_bill() -> None:
    """M-06: billed from the day after it, or months later: an interim bill says only since when."""

    def admitted(day: str) -> ClaimRecord:
        facts = [info("admissionperiod", timingPeriod={"start": day})]
        return facility(supportingInfo=facts, subType={"coding": [{"code": "inpatient"}]})

    assert wording.when(admitted("2026-01-02")) == "January 2 to 11, 2026"
    told = dict(wording.story(admitted("2025-10-01")).facts)["Date"]
    assert told == "January 3 to 11, 2026, there since October 1, 2025"


def test_m_06_the_total_line_dates_no_claim_of_any_kind() -> None:
    """M-06: a visit whose only line with a date repeats the whole claim is of the bill's period."""
    revenue = {"coding": [{"system": "https://www.nubc.org/CodeSystem/RevenueCodes", "code": "0001"}]}
    total = [line(1, revenue=revenue, servicedDate="2025-12-31")]
    visit = facility("0131", item=total, supportingInfo=[billed_as("0131")])
    assert visit.service_start == "2026-01-03"


@pytest.mark.parametrize("code", ["0001", "001", "1"])
def test_m_06_medicare_writes_the_total_line_as_one_too(code: str) -> None:
    """M-06: a visit of 2011 was said to be of 1942, the day of its only line, revenue code "1"."""
    total = [line(1, revenue={"coding": [{"code": code}]}, servicedDate="1942-01-03")]
    assert facility("0131", item=total).service_start == "2026-01-03"


def test_m_07_where_only_the_first_day_is_sent_care_starts_then() -> None:
    """M-07: Medicare sends the start of care of home health and hospice as an admission."""
    start = info("admissionperiod", timingPeriod={"start": "2026-01-03"})
    told = wording.story(facility(supportingInfo=[start, billed_as("0329")]))
    assert ("Start of care", "January 3, 2026") in told.facts
    told = wording.story(facility(supportingInfo=[start, billed_as("0811")]))
    assert ("Start of hospice care", "January 3, 2026") in told.facts


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"start": "2026-01-03"}, "from January 3, 2026 (end not sent)"),
        ({"end": "2026-01-03"}, "until January 3, 2026"),
    ],
)
def test_a_stay_of_which_one_end_was_sent_is_no_day(sent: dict[str, str], told: str) -> None:
    """8: a period without an end goes on."""
    record = facility("0111", supportingInfo=[info("admissionperiod", timingPeriod=sent), billed_as("0111")])
    assert dict(wording.story(record).facts)["In hospital"] == told

"""The dates of a claim, taken as written (facts claims 8)."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from apps.kinds.claim.entry import day_of
from apps.kinds.claim.reading import read
from apps.kinds.claim.reading.dates import Span
from apps.kinds.claim.wording import bill, row, story
from apps.records.entries import UNDATED
from tests.claims.made import C4BB, claim, concept, line, priced, reading
from tests.claims.payer_data import claims


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

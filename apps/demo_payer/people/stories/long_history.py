"""Walter Oyelaran: rheumatoid arthritis for ten years and more, and exactly two thousand claims."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from random import Random

from apps.demo_payer.people import formulary, payer, services
from apps.demo_payer.people.bills import Bill, Desk, dates, fill, line
from apps.demo_payer.people.cast import WALTER
from apps.demo_payer.people.claims import eob
from apps.demo_payer.people.coding import Json
from apps.demo_payer.people.formulary import Drug
from apps.demo_payer.people.plans import DENTAL, PLATINUM
from apps.demo_payer.people.policies import Covered, Policy

CLAIMS = 2000
_GROUP = ("HL-0033", "Saltmeadow Port Authority")
# Day of the month -> drug: what he takes all the time.
_REGULAR: dict[int, Drug] = {
    4: formulary.METHOTREXATE, 9: formulary.DULOXETINE, 15: formulary.SIMVASTATIN, 22: formulary.GABAPENTIN,
}  # fmt: skip
_MONDAY, _TUESDAY, _WEDNESDAY, _THURSDAY = range(4)


def story(today: date) -> Iterator[Json]:
    """Walter's Patient, medical and dental Coverage and the newest 2,000 claims decided by `today`."""
    bills = list(islice(_backwards(today), CLAIMS))[::-1]
    since = date(bills[0].on.year, 1, 1)
    covered = (Covered(WALTER, "self", since),)
    medical = Policy("h7046", PLATINUM, "HIP", _GROUP, covered, yearly=False)
    dental = Policy("d7046", DENTAL, "DENTAL", _GROUP, covered, yearly=False)
    yield WALTER.patient(since)
    yield from medical.coverages(today)
    yield from dental.coverages(today)
    desks = {"oral": Desk(dental, today)}
    desk = Desk(medical, today)
    for bill in bills:
        claim = desks.get(bill.kind, desk).settle(bill)
        if claim:
            yield eob(claim)


def _backwards(today: date) -> Iterator[Bill]:
    """Decided bills from today into the past, without end: a day's bills depend on that day alone."""
    day = today
    while True:
        for bill in _day(day):
            if dates(bill)[1] <= today:
                yield bill
        day -= timedelta(days=1)


def _day(day: date) -> Iterator[Bill]:
    week, weekday = day.isocalendar().week, day.weekday()
    if drug := _REGULAR.get(day.day):
        yield Bill(
            kind="pharmacy", member=WALTER, on=day, by=payer.PHARMACY, seen_by=payer.ABIODUN, diagnoses=(),
            lines=(fill(drug, (day.month - 1) % 12),),
        )  # fmt: skip
    if weekday == _TUESDAY:
        yield Bill(
            kind="professional", member=WALTER, on=day, by=payer.COUNSEL, seen_by=payer.DEWITT,
            diagnoses=("F33.1",), lines=(line(services.COUNSELING),), place="10" if week % 3 else "11",
        )  # fmt: skip
    # Physical therapy twice a week for the first twelve weeks of each half-year.
    if weekday in (_MONDAY, _THURSDAY) and week % 26 < 12:
        yield Bill(
            kind="professional", member=WALTER, on=day, by=payer.THERAPY, seen_by=payer.QUILL,
            referred_by=payer.ABIODUN, diagnoses=("M06.9",),
            lines=(line(services.EXERCISE_THERAPY, 2), line(services.MANUAL_THERAPY)),
        )  # fmt: skip
    if weekday == _WEDNESDAY:
        yield from _wednesday(day, week)
    yield from _by_chance(day)


def _wednesday(day: date, week: int) -> Iterator[Bill]:
    if week % 6 == 2:
        yield Bill(
            kind="outpatient", member=WALTER, on=day, by=payer.HOSPITAL, seen_by=payer.ABIODUN,
            diagnoses=("M06.9",),
            lines=(line(services.INFUSION), line(services.INFUSION_HOUR), line(services.INFLIXIMAB, 30)),
        )  # fmt: skip
    if week % 6 == 1:
        yield Bill(
            kind="professional", member=WALTER, on=day, by=payer.LAB, seen_by=payer.ABIODUN,
            diagnoses=("M06.9",),
            lines=(line(services.BLOOD_COUNT), line(services.METABOLIC_PANEL)),
        )  # fmt: skip
    if week % 12 == 3:
        yield Bill(
            kind="professional", member=WALTER, on=day, by=payer.ARTHRITIS, seen_by=payer.ABIODUN,
            diagnoses=("M06.9",), lines=(line(services.SPECIALIST_VISIT),),
        )  # fmt: skip
    if week in (10, 36):
        yield Bill(
            kind="oral", member=WALTER, on=day, by=payer.DENTISTS, seen_by=payer.CASTELLANE,
            diagnoses=("Z01.20",),
            lines=(line(services.DENTAL_EXAM), line(services.CLEANING)),
        )  # fmt: skip
    if week == 5:
        yield Bill(
            kind="professional", member=WALTER, on=day, by=payer.FAMILY_CLINIC, seen_by=payer.OSTERGAARD,
            diagnoses=("Z00.00", "E78.5"), lines=(line(services.CHECKUP), line(services.CHOLESTEROL)),
        )  # fmt: skip


def _by_chance(day: date) -> Iterator[Bill]:
    chance = Random(f"walter {day}").random()  # noqa: S311 - a repeatable story, not a secret
    if chance < 0.012:
        yield Bill(
            kind="professional", member=WALTER, on=day, by=payer.URGENT, seen_by=payer.SORENSON,
            diagnoses=("N39.0" if chance < 0.006 else "J06.9",), lines=(line(services.URGENT_VISIT),),
        )  # fmt: skip
        yield Bill(
            kind="pharmacy", member=WALTER, on=day, by=payer.PHARMACY, seen_by=payer.SORENSON, diagnoses=(),
            lines=(fill(formulary.AMOXICILLIN),),
        )  # fmt: skip
    elif chance > 0.9985:
        yield Bill(
            kind="outpatient", member=WALTER, on=day, by=payer.HOSPITAL, seen_by=payer.ARAGON,
            diagnoses=("R07.9",),
            lines=(line(services.EMERGENCY_ROOM), line(services.HEART_TRACING)),
        )  # fmt: skip

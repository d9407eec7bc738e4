"""Leona Pruitt: dental and vision only, with a crown that ran into the plan's yearly maximum."""

from collections.abc import Iterator
from datetime import date, timedelta

from apps.demo_payer.people import payer, services
from apps.demo_payer.people.advance import Request, predetermination
from apps.demo_payer.people.bills import Bill, Desk, Entry, line
from apps.demo_payer.people.cast import LEONA
from apps.demo_payer.people.claims import eob
from apps.demo_payer.people.coding import Json
from apps.demo_payer.people.money import ZERO, Ledger, cents
from apps.demo_payer.people.plans import DENTAL, VISION
from apps.demo_payer.people.policies import Covered, Policy
from apps.demo_payer.people.schedule import office_day, plan_years

_DECAY, _INFLAMED = ("K02.52",), ("K04.02",)
_ALLOWANCE = cents("150.00")
"""What Harborlight Vision 150 allows for frames, as its name says: the same every year."""
_GROUP = ("HL-3307", "Saltmeadow Library District")


def story(today: date) -> Iterator[Json]:
    """Leona's Patient, her dental and vision Coverages and claims up to `today`, and one cost estimate."""
    years = plan_years(today)
    covered = (Covered(LEONA, "self", date(years[0], 1, 1)),)
    dental = Policy("d7044", DENTAL, "DENTAL", _GROUP, covered)
    vision = Policy("v7044", VISION, "VISPOL", _GROUP, covered)
    yield LEONA.patient(date(years[0], 1, 1))
    yield from dental.coverages(today)
    yield from vision.coverages(today)
    yield _estimate(dental, today.year - 1)
    teeth = [bill for year in years for bill in _check_ups(year)]
    for claim in Desk(dental, today).settle_all([*teeth, *_crown(today.year - 1), *_filling(today.year)]):
        yield eob(claim)
    for claim in Desk(vision, today).settle_all([bill for year in years for bill in _eyes(year)]):
        yield eob(claim)


def _dentist(on: date, diagnoses: tuple[str, ...], *entries: Entry) -> Bill:
    return Bill(
        kind="oral", member=LEONA, on=on, by=payer.DENTISTS, seen_by=payer.CASTELLANE, diagnoses=diagnoses,
        lines=entries,
    )  # fmt: skip


def _check_ups(year: int) -> Iterator[Bill]:
    first, second = office_day(year, 1, 20), office_day(year, 7, 22)
    yield _dentist(
        first, ("Z01.20",), line(services.DENTAL_EXAM), line(services.CLEANING), line(services.BITEWINGS)
    )
    yield _dentist(second, ("Z01.20",), line(services.DENTAL_EXAM), line(services.CLEANING))


def _crown(year: int) -> Iterator[Bill]:
    """Tooth 30: root canal in March, crown in April; together more than the plan pays in a year."""
    yield _dentist(
        office_day(year, 3, 10), _INFLAMED,
        line(services.TOOTHACHE_EXAM), Entry(service=services.ONE_XRAY, tooth="30"),
    )  # fmt: skip
    yield _dentist(office_day(year, 3, 17), _INFLAMED, Entry(service=services.ROOT_CANAL, tooth="30"))
    yield _dentist(office_day(year, 4, 14), _DECAY, Entry(service=services.CORE, tooth="30"), *_crown_lines())


def _crown_lines() -> tuple[Entry, ...]:
    return (Entry(service=services.CROWN, tooth="30"),)


def _filling(year: int) -> Iterator[Bill]:
    yield _dentist(office_day(year, 2, 3), _DECAY, Entry(service=services.FILLING, tooth="19", surfaces="O"))


def _estimate(policy: Policy, year: int) -> Json:
    """What the dentist was told in March the crown would cost."""
    asked_on = office_day(year, 3, 18)
    ledger = Ledger(policy.benefits)
    splits = []
    for entry in _crown_lines():
        billed, agreed = entry.service.prices(year)
        splits.append(
            ledger.settle(
                who=LEONA.number,
                year=year,
                in_network=True,
                care=entry.service.care,
                billed=billed,
                allowed=agreed,
            )
        )
    request = Request(
        key=f"{year}-CROWN", kind="oral", policy=policy, member=LEONA, by=payer.DENTISTS, asked_on=asked_on,
        answered_on=asked_on + timedelta(days=4), until=date(year, 9, 30), diagnosis="K02.52",
        entries=_crown_lines(),
    )  # fmt: skip
    return predetermination(request, splits)


def _eyes(year: int) -> Iterator[Bill]:
    on = office_day(year, 3, 24)
    yield Bill(
        kind="vision", member=LEONA, on=on, by=payer.OPTICIANS, seen_by=payer.WINTERBOURNE,
        diagnoses=("H52.13",),
        lines=(line(services.VISION_EXAM), line(services.REFRACTION)),
    )  # fmt: skip
    if year % 2 == 0:
        billed, _agreed = services.FRAMES.prices(year)
        above = max(ZERO, billed - _ALLOWANCE)
        frames = Entry(service=services.FRAMES, agreed=_ALLOWANCE, above=above, members=True)
        yield Bill(
            kind="vision", member=LEONA, on=on + timedelta(days=8), by=payer.OPTICIANS, diagnoses=("H52.13",),
            lines=(frames, line(services.LENSES, 2)),
        )  # fmt: skip

"""Otis Fairweather, whose plan shares no amounts, and Nadia Brandt, who has only just joined."""

from collections.abc import Iterator
from datetime import date

from apps.demo_payer.people import formulary, payer, services
from apps.demo_payer.people.bills import Bill, Desk, fill, line
from apps.demo_payer.people.cast import NADIA, OTIS
from apps.demo_payer.people.claims import eob, without_amounts
from apps.demo_payer.people.coding import Json
from apps.demo_payer.people.plans import COMMUNITY, GOLD
from apps.demo_payer.people.policies import Covered, Policy
from apps.demo_payer.people.schedule import monthly, office_day, plan_years


def story(today: date) -> Iterator[Json]:
    """Otis's Patient, Coverages and claims under the Basis profiles; Nadia's Patient and Coverage alone."""
    yield from _otis(today)
    joined_on = today.replace(day=1)
    policy = Policy(
        "h7048", GOLD, "HIP", ("HL-1180", "Port Ellery Schools"), (Covered(NADIA, "self", joined_on),)
    )
    yield NADIA.patient(joined_on)
    yield from policy.coverages(today)


def _otis(today: date) -> Iterator[Json]:
    since = date(plan_years(today)[0], 1, 1)
    policy = Policy(
        "h7047", COMMUNITY, "HIP", ("HL-CC", "Community Care"), (Covered(OTIS, "self", since),), yearly=False
    )
    yield OTIS.patient(since)
    yield from policy.coverages(today)
    bills = [bill for year in plan_years(today) for bill in _year(year)]
    fills = [
        Bill(
            kind="pharmacy", member=OTIS, on=on, by=payer.PHARMACY, seen_by=payer.OSTERGAARD, diagnoses=(),
            lines=(fill(formulary.PROZAC, count % 12),),
        )
        for count, on in enumerate(monthly(date(today.year - 1, 6, 12), today))
    ]  # fmt: skip
    for claim in Desk(policy, today).settle_all([*bills, *fills]):
        yield without_amounts(eob(claim))


def _year(year: int) -> Iterator[Bill]:
    for month, diagnosis, service in ((1, "F33.1", services.OFFICE_VISIT), (6, "Z00.00", services.CHECKUP)):
        yield Bill(
            kind="professional", member=OTIS, on=office_day(year, month, 10), by=payer.FAMILY_CLINIC,
            seen_by=payer.OSTERGAARD, diagnoses=(diagnosis,), lines=(line(service),),
        )  # fmt: skip
    yield Bill(
        kind="outpatient", member=OTIS, on=date(year, 3, 21), by=payer.HOSPITAL, seen_by=payer.ARAGON,
        diagnoses=("M25.561",), lines=(line(services.LESSER_EMERGENCY_ROOM),),
    )  # fmt: skip

"""Harold Benning: type 2 diabetes and high blood pressure, and once billed by mistake."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from apps.demo_payer.people import formulary, payer, services
from apps.demo_payer.people.bills import Bill, Desk, Entry, fill, line
from apps.demo_payer.people.cast import HAROLD
from apps.demo_payer.people.claims import eob
from apps.demo_payer.people.coding import Json
from apps.demo_payer.people.formulary import Drug
from apps.demo_payer.people.payer import Organization, Practitioner
from apps.demo_payer.people.plans import GOLD
from apps.demo_payer.people.policies import Covered, Policy
from apps.demo_payer.people.schedule import monthly, office_day, plan_years


def story(today: date) -> Iterator[Json]:
    """Harold's Patient, Coverages and claims up to `today`."""
    since = date(plan_years(today)[0], 1, 1)
    policy = Policy(
        "h7042", GOLD, "HIP", ("HL-1180", "Port Ellery Schools"), (Covered(HAROLD, "self", since),)
    )
    yield HAROLD.patient(since)
    yield from policy.coverages(today)
    bills = [bill for year in plan_years(today) for bill in _year(year)]
    fills = [
        *_fills(formulary.METFORMIN, date(since.year, 1, 3), today),
        *_fills(formulary.LISINOPRIL, date(since.year, 1, 3), today),
        *_fills(formulary.ATORVASTATIN, date(since.year, 4, 18), today),
    ]
    desk = Desk(policy, today)
    for claim in desk.settle_all([*bills, *fills]):
        yield eob(claim)
    yield from _never_there(desk, office_day(today.year - 1, 9, 16))


def _never_there(desk: Desk, on: date) -> Iterator[Json]:
    """A hospital visit of somebody else, billed to him and paid; the hospital takes it back."""
    bill = Bill(
        kind="outpatient", member=HAROLD, on=on, by=payer.HOSPITAL, seen_by=payer.ARAGON,
        diagnoses=("R07.9",),
        lines=(line(services.EMERGENCY_ROOM), line(services.HEART_TRACING)),
    )  # fmt: skip
    paid = desk.settle(bill)
    if paid is None:
        raise ValueError("last year's visit is decided by now")
    desk.undo(paid)
    void = desk.settle(replace(bill, voids=True, waits=33))
    if void is None:
        raise ValueError("last year's visit is decided by now")
    desk.undo(void)
    # The payer leaves the paid claim as it is: only the void names it.
    yield eob(paid)
    yield eob(void, related=("prior", paid))


def _fills(drug: Drug, first: date, today: date) -> Iterator[Bill]:
    for count, on in enumerate(monthly(first, today)):
        yield Bill(
            kind="pharmacy", member=HAROLD, on=on, by=payer.ELLERY_PHARMACY, seen_by=payer.NAKASHIMA,
            diagnoses=(),
            lines=(fill(drug, count % 12),),
        )  # fmt: skip


def _visit(on: date, at: Organization, by: Practitioner, diagnoses: tuple[str, ...], *entries: Entry) -> Bill:
    referred_by = None if at == payer.INTERNAL else payer.NAKASHIMA
    return Bill(
        kind="professional", member=HAROLD, on=on, by=at, seen_by=by, referred_by=referred_by,
        diagnoses=diagnoses,
        lines=entries,
    )  # fmt: skip


def _year(year: int) -> Iterator[Bill]:
    for month in (1, 4, 7, 10):
        on = office_day(year, month, 8)
        tests = [line(services.BLOOD_SUGAR), line(services.METABOLIC_PANEL)]
        if month in (1, 7):
            tests += [line(services.CHOLESTEROL), line(services.URINE_PROTEIN)]
        yield _visit(on, payer.LAB, payer.NAKASHIMA, ("E11.65", "I10"), *tests)
    for month in (1, 7):
        yield _visit(
            office_day(year, month, 19),
            payer.ENDOCRINE,
            payer.VALLARTA,
            ("E11.65",),
            line(services.SPECIALIST_VISIT),
        )
    yield _visit(
        office_day(year, 4, 15), payer.INTERNAL, payer.NAKASHIMA, ("I10", "E78.5"), line(services.LONG_VISIT)
    )
    yield _visit(
        office_day(year, 10, 14), payer.INTERNAL, payer.NAKASHIMA, ("Z00.00", "I10"), line(services.CHECKUP)
    )
    yield _visit(
        office_day(year, 10, 14), payer.INTERNAL, payer.NAKASHIMA, ("Z23",),
        line(services.flu_shot(year)), line(services.VACCINE_GIVEN),
    )  # fmt: skip
    yield _visit(
        office_day(year, 5, 20), payer.EYES, payer.MORIARTY, ("E11.9",),
        line(services.EYE_CHECK), line(services.RETINA_PHOTO),
    )  # fmt: skip

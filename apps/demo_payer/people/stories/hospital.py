"""Marisol Quintero: chest pain, then a heart attack, and a hospital claim that had to be done again."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from apps.demo_payer.people import formulary, payer, services
from apps.demo_payer.people.bills import Bill, Claim, Desk, Entry, fill, line
from apps.demo_payer.people.cast import MARISOL
from apps.demo_payer.people.claims import eob
from apps.demo_payer.people.coding import Json
from apps.demo_payer.people.money import cents
from apps.demo_payer.people.payer import Organization, Practitioner
from apps.demo_payer.people.plans import SILVER
from apps.demo_payer.people.policies import Covered, Policy
from apps.demo_payer.people.schedule import every, monthly, office_day, plan_years

_DISEASE = ("I25.10", "E78.5")


def story(today: date) -> Iterator[Json]:
    """Marisol's Patient, Coverages and claims up to `today`; the stay was in February of last year."""
    since = date(plan_years(today)[0], 1, 1)
    policy = Policy(
        "h7043", SILVER, "HIP", ("HL-2201", "Gullhaven Boatworks"), (Covered(MARISOL, "self", since),)
    )
    yield MARISOL.patient(since)
    yield from policy.coverages(today)
    admitted_on = date(today.year - 1, 2, 9)
    desk = Desk(policy, today)
    for claim in desk.settle_all(_before(admitted_on)):
        yield eob(claim)
    yield from _stay(desk, admitted_on)
    for claim in desk.settle_all(_afterwards(admitted_on, today)):
        yield eob(claim)


def _bill(on: date, at: Organization, by: Practitioner, diagnoses: tuple[str, ...], *entries: Entry) -> Bill:
    return Bill(
        kind="professional", member=MARISOL, on=on, by=at, seen_by=by, diagnoses=diagnoses, lines=entries
    )


def _before(admitted_on: date) -> Iterator[Bill]:
    for year in (admitted_on.year - 1, admitted_on.year):
        on = office_day(year, 1, 12)
        yield _bill(on, payer.FAMILY_CLINIC, payer.OSTERGAARD, ("Z00.00",), line(services.CHECKUP))
    # Three weeks before: sent home from the emergency room.
    on = admitted_on - timedelta(days=21)
    yield Bill(
        kind="outpatient", member=MARISOL, on=on, by=payer.HOSPITAL, seen_by=payer.ARAGON,
        diagnoses=("R07.9",),
        lines=(
            line(services.EMERGENCY_ROOM), line(services.HEART_TRACING), line(services.HEART_PROTEIN, 2),
            line(services.CHEST_XRAY), line(services.BLOOD_COUNT),
        ),
    )  # fmt: skip
    doctor = _bill(
        on, payer.EMERGENCY_GROUP, payer.ARAGON, ("R07.9",),
        line(services.EMERGENCY_DOCTOR), line(services.TRACING_READ),
    )  # fmt: skip
    yield replace(doctor, facility=payer.HOSPITAL)


def _stay(desk: Desk, admitted_on: date) -> Iterator[Json]:
    """Ambulance, doctors and the stay, whose claim is first decided as out of network, by mistake."""
    left_on = admitted_on + timedelta(days=4)
    stay = Bill(
        kind="inpatient", member=MARISOL, on=admitted_on, until=left_on, by=payer.HOSPITAL,
        seen_by=payer.HALVORSEN,
        diagnoses=("I21.4", "I25.10", "E78.5", "I10"), drg="322", in_network=False,
        procedures=(("027034Z", admitted_on), ("4A023N7", admitted_on), ("B211YZZ", admitted_on)),
        # One price for the whole case, laid on the lines in proportion to their charges.
        lines=tuple(
            Entry(service=service, quantity=quantity, agreed=cents(agreed))
            for service, quantity, agreed in (
                (services.CARDIAC_ROOM, 4, "9881.40"), (services.CATH_LAB, 1, "10981.25"),
                (services.IMPLANT, 2, "7623.30"), (services.HOSPITAL_DRUGS, 1, "1239.05"),
                (services.SUPPLIES, 1, "712.60"), (services.HOSPITAL_LAB, 1, "845.40"),
            )
        ),
    )  # fmt: skip
    ambulance = _bill(admitted_on, payer.AMBULANCE_CREW, payer.ARAGON, ("I21.4",), line(services.AMBULANCE))
    stent = _bill(admitted_on, payer.HEART, payer.HALVORSEN, ("I21.4", "I25.10"), line(services.STENT))
    days = _bill(
        admitted_on, payer.HEART, payer.HALVORSEN, ("I21.4",),
        line(services.HOSPITAL_ADMIT), line(services.HOSPITAL_DAY, 3), line(services.HOSPITAL_LEAVE),
    )  # fmt: skip
    doctors = [replace(bill, place="21", facility=payer.HOSPITAL) for bill in (stent, days)]
    for claim in desk.settle_all([replace(ambulance, seen_by=None), *doctors]):
        yield eob(claim)
    wrong = desk.settle(stay)
    if wrong is None:
        return
    yield from _done_again(desk, wrong)


def _done_again(desk: Desk, wrong: Claim) -> Iterator[Json]:
    """The reversal and the replacement: the hospital is in the network after all."""
    right_bill = replace(wrong.bill, in_network=True, replaces=True, waits=41)
    desk.undo(wrong)
    right = desk.settle(right_bill)
    if right is None:
        raise ValueError("last year's stay is decided by now")
    yield eob(wrong, status="cancelled", related=("replacedby", right), changed_on=right.decided_on)
    yield eob(right, related=("prior", wrong))


def _afterwards(admitted_on: date, today: date) -> Iterator[Bill]:
    left_on = admitted_on + timedelta(days=4)
    for on in every(7, left_on + timedelta(days=20), left_on + timedelta(days=20 + 7 * 11)):
        yield Bill(
            kind="outpatient", member=MARISOL, on=on, by=payer.HOSPITAL, seen_by=payer.HALVORSEN,
            diagnoses=("Z95.5",), lines=(line(services.CARDIAC_REHAB),),
        )  # fmt: skip
    for count, on in enumerate(monthly(left_on, today)):
        yield Bill(
            kind="pharmacy", member=MARISOL, on=on, by=payer.PHARMACY, seen_by=payer.HALVORSEN, diagnoses=(),
            lines=(fill(formulary.ATORVASTATIN, count % 12),),
        )  # fmt: skip
        if count % 3 == 0:
            visit_on = office_day(on.year, on.month, 24)
            yield _bill(
                visit_on, payer.HEART, payer.HALVORSEN, _DISEASE,
                line(services.SPECIALIST_VISIT), line(services.HEART_TRACING),
            )  # fmt: skip
            yield _bill(visit_on, payer.LAB, payer.HALVORSEN, _DISEASE, line(services.CHOLESTEROL))
    for year in range(admitted_on.year + 1, today.year + 1):
        yield _bill(
            office_day(year, 1, 12),
            payer.FAMILY_CLINIC,
            payer.OSTERGAARD,
            ("Z00.00",),
            line(services.CHECKUP),
        )

"""Dana, Theo, Silas and Juniper Marlow: one policy, ordinary years, and a wrist broken far from home."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from apps.demo_payer.people import formulary, payer, services
from apps.demo_payer.people.bills import Bill, Desk, Entry, fill, line
from apps.demo_payer.people.cast import DANA, JUNIPER, SILAS, THEO, Member
from apps.demo_payer.people.claims import eob
from apps.demo_payer.people.coding import THO, Json, concept, meta, ref
from apps.demo_payer.people.plans import SILVER
from apps.demo_payer.people.policies import Covered, Policy
from apps.demo_payer.people.schedule import monthly, office_day, plan_years


def story(today: date) -> Iterator[Json]:
    """The family's Patients, RelatedPersons, Coverages and claims up to `today`."""
    first = plan_years(today)[0]
    since = date(first, 1, 1)
    policy = Policy(
        "h7041", SILVER, "HIP", ("HL-2201", "Gullhaven Boatworks"),
        (
            Covered(DANA, "self", since), Covered(THEO, "spouse", since),
            Covered(SILAS, "child", since), Covered(JUNIPER, "child", since),
        ),
    )  # fmt: skip
    for member in (DANA, THEO, SILAS, JUNIPER):
        yield member.patient(since)
    for child in (SILAS, JUNIPER):
        yield _parent_of(child, since)
    yield from policy.coverages(today)
    desk = Desk(policy, today)
    bills = [bill for year in plan_years(today) for bill in _year(year)]
    for claim in desk.settle_all([*bills, *_holiday(today.year - 1), *_inhaler(today)]):
        yield eob(claim)


def _parent_of(child: Member, since: date) -> Json:
    return {
        "resourceType": "RelatedPerson",
        "id": f"parent-of-{child.number}",
        "meta": meta("RelatedPerson", since),
        "active": True,
        "patient": ref("Patient", child.patient_id),
        "relationship": [concept(f"{THO}v3-RoleCode", "MTH", "mother")],
        "name": [{"family": DANA.family, "given": [DANA.given]}],
        "telecom": [{"system": "phone", "value": DANA.phone, "rank": 1}],
        "address": [DANA.address],
    }


def _visit(member: Member, on: date, diagnosis: str, *entries: Entry) -> Bill:
    grown_up = member in (DANA, THEO)
    return Bill(
        kind="professional", member=member, on=on, diagnoses=(diagnosis,), lines=entries,
        by=payer.FAMILY_CLINIC if grown_up else payer.CHILDRENS,
        seen_by=payer.OSTERGAARD if grown_up else payer.PELLIGRINO,
    )  # fmt: skip


def _year(year: int) -> Iterator[Bill]:
    """What happens every year: check-ups, flu shots, a sore throat, and now and then a bit more."""
    odd = year % 2
    yield _visit(DANA, office_day(year, 2, 11), "Z00.00", line(services.CHECKUP))
    yield _visit(THEO, office_day(year, 4, 22), "Z00.00", line(services.CHECKUP))
    yield _visit(SILAS, office_day(year, 7, 8), "Z00.129", line(services.TEEN_CHECKUP))
    yield _visit(JUNIPER, office_day(year, 8, 19), "Z00.129", line(services.CHILD_CHECKUP))
    yield _visit(
        JUNIPER,
        office_day(year, 1, 14 + odd),
        "J02.9",
        line(services.OFFICE_VISIT),
        line(services.STREP_TEST),
    )
    sick_on = office_day(year, 1, 14 + odd)
    yield Bill(
        kind="pharmacy", member=JUNIPER, on=sick_on, by=payer.PHARMACY, seen_by=payer.PELLIGRINO,
        diagnoses=(),
        lines=(fill(formulary.AMOXICILLIN),),
    )  # fmt: skip
    yield _visit(JUNIPER, office_day(year, 5, 6), "J45.20", line(services.LONG_VISIT))
    for member in (DANA, THEO, SILAS, JUNIPER):
        yield _visit(
            member,
            office_day(year, 10, 6),
            "Z23",
            line(services.flu_shot(year)),
            line(services.VACCINE_GIVEN),
        )
    yield Bill(
        kind="professional", member=DANA, on=office_day(year, 3, 3), by=payer.IMAGING, seen_by=payer.LINDGREN,
        referred_by=payer.OSTERGAARD, diagnoses=("Z12.31",), lines=(line(services.MAMMOGRAM),),
    )  # fmt: skip
    yield Bill(
        kind="professional", member=SILAS, on=date(year, 9, 20), by=payer.URGENT, seen_by=payer.SORENSON,
        diagnoses=("M25.561",), lines=(line(services.URGENT_VISIT), line(services.CRUTCHES)),
    )  # fmt: skip
    yield Bill(
        kind="professional", member=SILAS, on=office_day(year, 10, 20),
        by=payer.COUNSEL, seen_by=payer.DEWITT, place="10",
        diagnoses=("F43.22",), lines=(line(services.COUNSELING),),
    )  # fmt: skip
    # Theo's own employer insures him first; Harborlight pays what is left.
    knee = _visit(THEO, office_day(year, 6, 2), "M25.561", line(services.LONG_VISIT))
    agreed = services.LONG_VISIT.prices(year)[1]
    first_paid = (agreed * Decimal("0.6")).quantize(Decimal("0.01"))
    yield replace(knee, lines=(Entry(service=services.LONG_VISIT, prior_paid=first_paid),))
    if odd:
        yield replace(_visit(DANA, office_day(year, 11, 4), "J06.9", line(services.VIDEO_VISIT)), place="10")


def _inhaler(today: date) -> Iterator[Bill]:
    for count, on in enumerate(monthly(date(today.year - 2, 2, 5), today)):
        if count % 2 == 0:
            yield Bill(
                kind="pharmacy", member=JUNIPER, on=on, by=payer.PHARMACY, seen_by=payer.PELLIGRINO,
                diagnoses=(),
                lines=(fill(formulary.VENTOLIN, count % 12),),
            )  # fmt: skip


def _holiday(year: int) -> Iterator[Bill]:
    """Juniper's broken wrist: seen out of network in the mountains, paid by Dana, then cared for at home."""
    fell_on = date(year, 2, 16)
    yield Bill(
        kind="professional", member=JUNIPER, on=fell_on, by=payer.SNOWLINE, seen_by=payer.FROST,
        diagnoses=("S52.501A",), in_network=False, paid_to="subscriber", waits=6,
        lines=(line(services.URGENT_VISIT), line(services.WRIST_XRAY), line(services.WRIST_FRACTURE)),
    )  # fmt: skip
    for day in (office_day(year, 2, 26), office_day(year, 3, 26)):
        yield _visit(JUNIPER, day, "S52.501D", line(services.OFFICE_VISIT))
        yield Bill(
            kind="professional", member=JUNIPER, on=day, by=payer.IMAGING, seen_by=payer.LINDGREN,
            referred_by=payer.PELLIGRINO, diagnoses=("S52.501D",), lines=(line(services.WRIST_XRAY),),
        )  # fmt: skip

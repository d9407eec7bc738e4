"""Gideon Achterberg: a scan denied, an appeal half won, and a treatment approved in advance."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from apps.demo_payer.people import payer, services
from apps.demo_payer.people.advance import Request, preauthorization
from apps.demo_payer.people.bills import Bill, Desk, Entry, line
from apps.demo_payer.people.cast import GIDEON
from apps.demo_payer.people.claims import eob
from apps.demo_payer.people.coding import Json
from apps.demo_payer.people.payer import Organization, Practitioner
from apps.demo_payer.people.plans import BRONZE
from apps.demo_payer.people.policies import Covered, Policy
from apps.demo_payer.people.schedule import every, office_day, plan_years

_SCIATICA = ("M54.16", "M54.50")


def story(today: date) -> Iterator[Json]:
    """Gideon's Patient, Coverages, claims and prior authorisations up to `today`."""
    years = plan_years(today)
    since = date(years[0], 1, 1)
    policy = Policy("h7045", BRONZE, "HIP", ("HL-0412", "Capstan Brewing"), (Covered(GIDEON, "self", since),))
    yield GIDEON.patient(since)
    yield from policy.coverages(today)
    desk = Desk(policy, today)
    bills = [bill for year in years for bill in _year(year)]
    pain_began_on = office_day(today.year - 1, 8, 11)
    scan = _scan(pain_began_on + timedelta(days=9))
    treated = [*_therapy(pain_began_on), *_injections(today.year), _out_of_network(today.year)]
    for claim in desk.settle_all([*bills, *treated]):
        yield eob(claim)
    yield from _appeal(desk, scan)
    yield from _approvals(policy, today)


def _bill(on: date, at: Organization, by: Practitioner, diagnoses: tuple[str, ...], *entries: Entry) -> Bill:
    return Bill(
        kind="professional", member=GIDEON, on=on, by=at, seen_by=by, diagnoses=diagnoses, lines=entries
    )


def _year(year: int) -> Iterator[Bill]:
    yield _bill(office_day(year, 1, 25), payer.INTERNAL, payer.NAKASHIMA, ("Z00.00",), line(services.CHECKUP))
    yield _bill(
        office_day(year, 8, 11), payer.INTERNAL, payer.NAKASHIMA, ("M54.50",), line(services.OFFICE_VISIT)
    )


def _scan(on: date) -> Bill:
    lines = (
        Entry(service=services.SPINE_MRI, denied="197", members=True),
        Entry(service=services.PELVIS_MRI, denied="197", members=True),
    )
    return replace(_bill(on, payer.IMAGING, payer.LINDGREN, _SCIATICA, *lines), referred_by=payer.NAKASHIMA)


def _appeal(desk: Desk, scan: Bill) -> Iterator[Json]:
    """Denied in full; after the appeal one scan is covered, the other stays refused at no cost to him."""
    denied = desk.settle(scan)
    if denied is None:
        return
    lines = (line(services.SPINE_MRI), Entry(service=services.PELVIS_MRI, denied="50"))
    decided = desk.settle(replace(scan, lines=lines, waits=58))
    if decided is None:
        yield eob(denied)
        return
    # The payer leaves the first decision active: many do, and only `related` tells that it has been replaced.
    yield eob(denied, related=("replacedby", decided), changed_on=decided.decided_on)
    yield eob(decided, related=("prior", denied))


def _therapy(began_on: date) -> Iterator[Bill]:
    for on in every(7, began_on + timedelta(days=14), began_on + timedelta(days=14 + 7 * 7)):
        yield _bill(
            on,
            payer.THERAPY,
            payer.QUILL,
            ("M54.16",),
            line(services.EXERCISE_THERAPY, 2),
            line(services.MANUAL_THERAPY),
        )


def _injections(year: int) -> Iterator[Bill]:
    yield _bill(
        office_day(year, 1, 13), payer.SPINE, payer.TREMBLETT, _SCIATICA, line(services.NEW_SPECIALIST)
    )
    for month in (2, 5):
        yield _bill(
            office_day(year, month, 18),
            payer.SPINE,
            payer.TREMBLETT,
            ("M54.16",),
            line(services.BACK_INJECTION),
        )


def _out_of_network(year: int) -> Bill:
    """A cold caught on a trip: an HMO pays nothing outside its network."""
    bill = _bill(
        date(year, 3, 7), payer.SNOWLINE, payer.FROST, ("J20.9",),
        Entry(service=services.URGENT_VISIT, denied="242", members=True),
    )  # fmt: skip
    return replace(bill, in_network=False)


def _approvals(policy: Policy, today: date) -> Iterator[Json]:
    """The two injections approved in advance this year, and a third refused."""
    for month, count, approved in ((1, 2, True), (9, 1, False)):
        asked_on = office_day(today.year, month, 15)
        answered_on = asked_on + timedelta(days=5)
        if answered_on > today:
            continue
        yield preauthorization(
            Request(
                key=f"{today.year}-{month:02d}", kind="professional", policy=policy, member=GIDEON,
                by=payer.SPINE,
                asked_on=asked_on, answered_on=answered_on, until=answered_on + timedelta(days=180),
                diagnosis="M54.16", entries=(line(services.BACK_INJECTION, count),), approved=approved,
            )
        )  # fmt: skip

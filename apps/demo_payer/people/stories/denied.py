"""Gideon Achterberg: a scan denied, an appeal half won, a treatment approved in advance, two mistakes."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from apps.demo_payer.people import payer, services
from apps.demo_payer.people.advance import Request, preauthorization
from apps.demo_payer.people.bills import Bill, Claim, Desk, Entry, line
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
    claims = list(desk.settle_all([*bills, *treated]))
    for claim in claims:
        yield eob(claim)
    yield from _appeal(desk, scan)
    visits = [claim for claim in claims if claim.bill.by == payer.THERAPY]
    yield from _mistakes(desk, visits)
    yield from _approvals(policy, today, [claim for claim in claims if claim.bill.by == payer.SPINE])


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


def _mistakes(desk: Desk, visits: Sequence[Claim]) -> Iterator[Json]:
    """The third visit was billed twice, the second bill is cancelled; a word on the fifth was a mistake."""
    third, fifth = visits[2], visits[4]
    twice, wrong = desk.settle(third.bill), desk.settle(replace(fifth.bill, in_network=False))
    if twice is None or wrong is None:
        raise ValueError("last year's therapy is decided by now")
    desk.undo(twice)
    desk.undo(wrong)
    yield eob(twice, status="cancelled", changed_on=twice.decided_on + timedelta(days=12))
    yield eob(
        wrong,
        status="entered-in-error",
        related=("prior", fifth),
        changed_on=wrong.decided_on + timedelta(days=12),
    )


def _approvals(policy: Policy, today: date, treated: Sequence[Claim]) -> Iterator[Json]:
    """Last year's request was refused; this year three injections are approved, used one by one."""
    injected = [
        claim.decided_on
        for claim in treated
        if claim.bill.on.year == today.year and claim.bill.lines[0].service == services.BACK_INJECTION
    ]
    refused_on = office_day(today.year - 1, 10, 15)
    asked_on = office_day(today.year, 1, 8)
    answered_on = asked_on + timedelta(days=5)
    refused = Request(
        key=f"{today.year - 1}-10", kind="professional", policy=policy, member=GIDEON, by=payer.SPINE,
        asked_on=refused_on, answered_on=refused_on + timedelta(days=6),
        until=refused_on + timedelta(days=180), diagnosis="M54.16",
        entries=(line(services.BACK_INJECTION, 1),), approved=False,
        why="First try six weeks of physical therapy. If the pain stays, your doctor can ask us again.",
    )  # fmt: skip
    approved = replace(
        refused, key=f"{today.year}-01", asked_on=asked_on, answered_on=answered_on,
        until=date(today.year, 12, 31), entries=(line(services.BACK_INJECTION, 3),), approved=True,
        used=injected, why="",
    )  # fmt: skip
    for request in (refused, approved):
        if request.answered_on <= today:
            yield preauthorization(request)

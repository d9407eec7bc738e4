"""What a mail may follow from: what came, days that come near; nothing that is folded, closed or new here."""

from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from apps.accounts.mail_notices import Kind
from apps.accounts.mail_rounds import Window
from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.overview.mail_news import has_news
from apps.records import projection
from apps.sync.models import LastVisit, SyncChange, SyncMark
from tests.appeals.test_approval import asked
from tests.appeals.test_views import refused, tick
from tests.claims.given import NOW, a_connection, all_read, an_eob, approvals_of, row_of, save
from tests.claims.test_people import about
from tests.claims.test_reading_approvals import reviewed
from tests.overview.test_household import LOW

pytestmark = pytest.mark.usefixtures("november_2026")

DAY = timedelta(days=1)
TODAY = Window(NOW - DAY, NOW)
IN_TWO_WEEKS = NOW + 14 * DAY - DAY / 3


@pytest.fixture
def plan(alice: Member) -> Connection:
    return all_read(a_connection(alice))


def news(member: Member, window: Window = TODAY) -> list[Kind]:
    """Return each kind that happened, asked for alone."""
    return [kind for kind in Kind if has_news(member, frozenset({kind}), window)]


def days_told(member: Member, kind: Kind, around: datetime) -> list[int]:
    """Return on which days, counted from one, the daily looks of three weeks tell of *kind*."""
    told = []
    for day in range(-21, 3):
        until = around + day * DAY
        with time_machine.travel(until, tick=False):
            told += [day] if has_news(member, frozenset({kind}), Window(until - DAY, until)) else []
    return told


def approved(until: str, **changes: Any) -> dict[str, Any]:
    """Return an approval in advance that holds until that day."""
    kind = {"use": "preauthorization", "adjudication": [reviewed("A1")]}
    return an_eob("a", on="2026-09-09", **kind, preAuthRefPeriod=[{"end": until}], **changes)


def note(plan: Connection, number: int | str, what: str = "new", at: datetime = NOW - DAY / 2) -> None:
    SyncChange.objects.create(
        member=plan.member, connection=plan, record=row_of(plan, number), what=what, at=at
    )


def test_what_came_is_told_by_what_it_is(alice: Member, plan: Connection) -> None:
    save(plan, an_eob(1), refused(2), refused(3, group="CO", total=[]), an_eob(4))
    for number in (1, 3):
        note(plan, number)
    assert news(alice) == [], "a claim that is paid, and a refusal that is not the member's"
    note(plan, 2)
    assert news(alice) == [Kind.DENIAL]
    note(plan, 4, "changed")
    assert news(alice) == [Kind.DENIAL, Kind.CORRECTION]
    for other in (Window(NOW - 2 * DAY, NOW - DAY), Window(NOW, NOW + DAY)):
        assert news(alice, other) == [], "each change is of one window"


def test_what_the_member_has_looked_at_is_not_told(alice: Member, plan: Connection) -> None:
    save(plan, refused(2))
    note(plan, 2, at=NOW - DAY / 2)
    LastVisit.objects.create(member=alice, since=NOW - DAY, seen_at=NOW - DAY / 3)
    assert news(alice) == []
    LastVisit.objects.update(seen_at=NOW - DAY / 2)
    assert news(alice) == [Kind.DENIAL]


@pytest.mark.parametrize(
    ("name", "born", "told"),
    [
        ("Ana Lopez", "1980-02-03", [Kind.DENIAL, Kind.CORRECTION, Kind.ACCESS, Kind.APPROVAL]),
        ("Leo Lopez", "2012-02-03", [Kind.ACCESS]),
        ("Max Lopez", "1979-02-03", []),
    ],
    ids=["the holder", "a child whose care is folded", "an adult who has not agreed"],
)
def test_nothing_is_told_of_folded_care_and_of_who_has_not_agreed(
    name: str, born: str, told: list[Kind], alice: Member
) -> None:
    about(alice, "First Plan", "p0", "Ana Lopez", "1980-02-03")
    row = all_read(about(alice, "Second Plan", "p1", name, born))
    Connection.objects.filter(pk=row.pk).update(connected_at=NOW + DAY, permission_ends_at=IN_TWO_WEEKS)
    of_the_mind = {"diagnosis": [{"sequence": 1, "diagnosisCodeableConcept": LOW}]}
    save(row, refused(2, **of_the_mind), approved("2026-12-09", **of_the_mind))
    note(row, 2, "changed")
    assert news(alice) == told


def test_a_connection_that_is_read_for_the_first_time_is_no_news(alice: Member, plan: Connection) -> None:
    save(plan, refused(2), approved("2026-12-09"))
    note(plan, 2)
    Connection.objects.update(permission_ends_at=IN_TWO_WEEKS)
    assert news(alice) == [Kind.DENIAL, Kind.ACCESS, Kind.APPROVAL]
    SyncMark.objects.update(known_since=None)
    assert news(alice) == []


def test_an_approval_and_a_permission_are_told_twice_before_they_end(alice: Member, plan: Connection) -> None:
    ends = NOW + 21 * DAY
    save(plan, approved(ends.date().isoformat()))
    Connection.objects.update(permission_ends_at=ends)
    assert days_told(alice, Kind.APPROVAL, ends) == [-14, -3]
    assert days_told(alice, Kind.ACCESS, ends) == [-14, -3]


def prior(number: str) -> dict[str, Any]:
    """Return what names the record that this one replaces."""
    reference = {"reference": f"ExplanationOfBenefit/eob-{number}"}
    return {"related": [{"claim": reference, "relationship": {"coding": [{"code": "prior"}]}}]}


@pytest.mark.parametrize(
    "newer",
    [
        prior("a") | {"preAuthRefPeriod": [{"end": "2027-12-09"}]},
        prior("a") | {"adjudication": [reviewed("C")]},
        {"id": "eob-a", "identifier": [{"value": "CLM-a"}], "status": "entered-in-error"},
        {"id": "eob-a", "identifier": [{"value": "CLM-a"}], "use": "predetermination"},
    ],
    ids=["renewed", "cancelled", "entered in error", "an estimate"],
)
def test_an_approval_that_does_not_stand_runs_out_nowhere(
    newer: dict[str, Any], alice: Member, alice_client: Client, plan: Connection
) -> None:
    card = "This approval in advance ends on"
    save(plan, approved("2026-12-09"))
    assert news(alice) == [Kind.APPROVAL] and card in alice_client.get("/home/").content.decode()
    own = {"id": "eob-b", "identifier": [{"value": "CLM-b"}], "created": "2026-09-20"}
    save(plan, approved("2026-12-09") | own | newer)
    assert news(alice) == [] and card not in alice_client.get("/home/").content.decode()


def test_an_approval_that_came_through_two_connections_is_told_once(
    alice: Member, alice_client: Client, plan: Connection
) -> None:
    save(plan, approved("2026-12-09"))
    other = all_read(a_connection(alice, plan="Second Health", days=1))
    save(other, approved("2026-12-09"))
    assert alice_client.get("/home/").content.decode().count("This approval in advance ends on") == 1
    assert alice_client.get("/claims/approvals/").content.decode().count("approval-row") == 1


@pytest.mark.parametrize(("because", "is_told"), [("refused", True), ("not_lasting", False)])
def test_a_permission_that_ended_is_told_once_unless_it_always_does(
    because: str, is_told: bool, alice: Member, plan: Connection
) -> None:
    Connection.objects.update(status="needs_sign_in", ended_because=because, ended_at=NOW)
    assert days_told(alice, Kind.ACCESS, NOW) == [0] * is_told


@pytest.mark.parametrize("decided", ["2026-10-10", "2026-03-03", "2023-03-03"])
def test_an_appeals_day_is_told_only_where_it_can_be_counted(
    decided: str, alice: Member, alice_client: Client, plan: Connection
) -> None:
    """However old the decision is: a letter may come late, and again after a second look."""
    save(plan, refused() | {"created": decided, "billablePeriod": {"start": decided}})
    save(plan, *[an_eob(f"more-{number}", on="2026-11-01") for number in range(12)])
    card = "Your plan denied this claim."
    assert (card in alice_client.get("/home/").content.decode()) == (decided == "2026-10-10")
    appeal = f"/claims/{row_of(plan, 1).pk}/appeal/"
    alice_client.post(f"{appeal}letter/", {"letter_on": "2026-10-15", "kind": "advantage"})
    last = datetime.fromisoformat("2026-12-19T17:00:00+00:00")  # 65 days after the letter
    assert days_told(alice, Kind.APPEAL, last) == [], "nobody compared the rule with its page"
    tick("advantage-appeal")
    assert days_told(alice, Kind.APPEAL, last) == [-14, -3]
    assert card in alice_client.get("/home/").content.decode()
    alice_client.post(f"{appeal}progress/", {"sent_on": "2026-11-02"})
    assert days_told(alice, Kind.APPEAL, last) == [], "it is on its way"


@pytest.mark.parametrize("decided", ["2026-11-03", "2026-03-03"], ids=["of late", "long ago"])
def test_the_day_of_an_appeal_against_an_approval_refused_is_told_too(
    decided: str, alice: Member, alice_client: Client, plan: Connection
) -> None:
    save(plan, asked(on=decided))
    appeal = f"/claims/{approvals_of(plan)[0].id}/appeal/"
    alice_client.post(f"{appeal}letter/", {"letter_on": "2026-11-04", "kind": "advantage"})
    tick("advantage-appeal")
    last = datetime.fromisoformat("2027-01-08T17:00:00+00:00")  # 65 days after the letter
    assert days_told(alice, Kind.APPEAL, last) == [-14, -3]


def test_while_records_wait_for_their_books_nothing_can_be_said(
    alice: Member, plan: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projection, "catch_up", lambda *_, **__: False)
    save(plan, refused(2))
    assert has_news(alice, frozenset(Kind), TODAY) is None

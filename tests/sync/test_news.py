"""What is new to a member: on the first page, in the list, and on the page of a claim."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.accounts.mail_notices import Kind, choose
from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.overview.mail_news import look_after
from apps.records.models import EarlierVersion
from apps.records.shelf import Library
from apps.sync import news
from apps.sync.models import LastVisit, SyncChange, SyncRun
from apps.vault.boxes import box_for
from tests.appeals.test_views import refused
from tests.claims.given import approvals_of
from tests.conftest import page
from tests.fhir.stub import Stub, bundle
from tests.sync.changing import DAY, Changing
from tests.sync.conftest import COVERAGE
from tests.sync.looking import claim_of, row_of

Bring = Callable[..., SyncRun]
EOB = "ExplanationOfBenefit"
HOUR = timedelta(hours=1)


def total(code: str, value: float) -> dict[str, Any]:
    """Return an amount of the claim under its C4BB category."""
    system = "http://terminology.hl7.org/CodeSystem/adjudication"
    if code in ("paidtoprovider", "memberliability", "noncovered"):
        system = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudication"
    return {
        "category": {"coding": [{"system": system, "code": code}]},
        "amount": {"value": value, "currency": "USD"},
    }


@pytest.fixture
def plan(stub: Stub) -> Changing:
    """Return a plan with three claims; `put` adds and changes some."""
    changing = Changing(size=50)
    for number in range(1, 4):
        changing.put(number)
    stub.on(EOB, changing)
    return changing


@pytest.fixture
def start(bring: Bring, plan: Changing) -> datetime:
    """Return when the first import was done, a while ago: pages look at the real clock."""
    at = timezone.now() - 10 * DAY
    Member.objects.update(date_joined=at - DAY)
    Connection.objects.update(connected_at=at - DAY)
    bring(at=at)
    return at


@pytest.mark.usefixtures("start")
def test_the_first_import_is_no_news(alice_client: Client) -> None:
    assert not SyncChange.objects.exists()
    assert 'data-testid="news"' not in page(alice_client, "/home/")


def test_home_says_what_is_new_and_leads_there_and_to_no_other_member(
    bring: Bring,
    connection: Connection,
    plan: Changing,
    start: datetime,
    alice_client: Client,
    bob_client: Client,
) -> None:
    plan.put(1, at=start + HOUR, total=[total("submitted", 80)])
    plan.put(4, at=start + HOUR)
    plan.put(5, at=start + HOUR)
    bring(at=start + DAY)
    html = page(alice_client, "/home/")
    assert "New since your last visit" in html
    assert "2 new claims and 1 changed claim." in html
    assert html.count('data-testid="news-badge"') == 3
    assert f"/claims/{row_of(connection, 4).pk}/" in html
    with CaptureQueriesContext(database) as queries:
        listed = page(alice_client, "/claims/")
    assert sum('JOIN "records_catalogue"' in query["sql"] for query in queries) == 1, "the books are one"
    assert listed.count('data-testid="news-badge"') == 3
    row = listed[listed.index(str(row_of(connection, 1).pk)) :]
    assert row[: row.index("</a>")].count("Changed") == 1
    assert 'data-testid="news"' not in page(bob_client, "/home/")


@pytest.mark.usefixtures("plan")
def test_news_stays_for_the_whole_visit_and_is_none_at_the_next(
    bring: Bring, plan: Changing, start: datetime, alice: Member, alice_client: Client
) -> None:
    plan.put(4, at=start + HOUR)
    bring(at=start + DAY)
    for _view in range(3):
        assert "1 new claim." in page(alice_client, "/home/")
    LastVisit.objects.update(seen_at=timezone.now() - news.VISIT_ENDS)
    assert 'data-testid="news"' not in page(alice_client, "/home/")
    assert 'data-testid="news-badge"' not in page(alice_client, "/claims/")


def test_a_visit_ends_after_half_an_hour_without_a_page(alice: Member, now: datetime) -> None:
    def since(minutes: int) -> datetime:
        at = now + timedelta(minutes=minutes)
        news.unseen_by(alice, now=at)
        return LastVisit.objects.get(member=alice).since

    assert [since(minutes) for minutes in (0, 10, 39, 60)] == [alice.date_joined] * 4
    assert since(90) == now + timedelta(minutes=59)
    assert since(95) == now + timedelta(minutes=59)


@pytest.mark.usefixtures("start")
def test_a_visit_in_which_nothing_came_does_not_look_again_until_something_comes(
    bring: Bring, plan: Changing, start: datetime, alice: Member, alice_client: Client
) -> None:
    page(alice_client, "/claims/")  # the first visit looks, since nobody noted whether anything came
    page(alice_client, "/claims/")
    assert LastVisit.objects.get(member=alice).news_at is not None, "noted a moment ago: looked for again"
    LastVisit.objects.update(news_at=timezone.now() - 2 * news.A_MOMENT)
    page(alice_client, "/claims/")
    assert LastVisit.objects.get(member=alice).news_at is None
    with CaptureQueriesContext(database) as asked:
        page(alice_client, "/claims/")
    assert not any("sync_syncchange" in query["sql"] for query in asked)
    plan.put(4, at=start + HOUR)
    bring(at=start + DAY)
    assert page(alice_client, "/claims/").count('data-testid="news-badge"') == 1


def test_what_comes_between_a_look_and_its_note_is_told(
    bring: Bring, plan: Changing, start: datetime, alice: Member, alice_client: Client
) -> None:
    page(alice_client, "/claims/")
    LastVisit.objects.update(news_at=timezone.now() - HOUR)
    unseen = news.unseen_by(alice, now=timezone.now())
    assert unseen
    plan.put(4, at=start + HOUR)
    bring(at=start + DAY)
    news.nothing_came(alice, unseen, now=timezone.now())
    assert page(alice_client, "/claims/").count('data-testid="news-badge"') == 1


def test_a_change_in_meta_alone_is_neither_news_nor_an_earlier_version(
    bring: Bring, plan: Changing, start: datetime
) -> None:
    plan.put(1, at=start + HOUR)
    run = bring(at=start + DAY)
    assert not SyncChange.objects.exists()
    assert not EarlierVersion.objects.exists()
    assert run.steps.get(resource_type=EOB).changed == 0
    assert row_of(run.connection, 1).last_updated == start + HOUR


def test_the_page_of_a_changed_claim_tells_the_figures_before_and_after_in_both_languages(
    bring: Bring, connection: Connection, plan: Changing, start: datetime, alice_client: Client
) -> None:
    plan.put(2, at=start + HOUR, total=[total("submitted", 100), total("memberliability", 53.52)])
    bring(at=start + DAY)
    plan.put(2, at=start + DAY + HOUR, total=[total("submitted", 100), total("memberliability", 40)])
    bring(at=start + 2 * DAY)
    html = page(alice_client, f"/claims/{row_of(connection, 2).pk}/")
    assert html.count('data-testid="change"') == 2
    assert "Your share went from $53.52 to $40.00." in html
    assert "Your share was not shared before. Now it is $53.52." in html
    assert html.index("went from $53.52") < html.index("was not shared before")
    assert 'data-testid="past"' not in page(alice_client, f"/claims/{row_of(connection, 3).pk}/")
    alice_client.cookies["django_language"] = "es"
    html = page(alice_client, f"/claims/{row_of(connection, 2).pk}/")
    assert "Qué cambió su plan" in html
    assert "$53.52 a $40.00" in html


def test_an_earlier_version_is_sealed_and_one_that_does_not_open_costs_nothing_else(
    bring: Bring, connection: Connection, plan: Changing, start: datetime, alice_client: Client
) -> None:
    plan.put(2, at=start + HOUR, total=[total("submitted", 90)])
    bring(at=start + DAY)
    row = EarlierVersion.objects.get()
    assert b"eob-2" in box_for(connection.member).open(row, "sealed_body")
    assert b"eob-2" not in bytes(row.sealed_body)
    EarlierVersion.objects.update(sealed_body=b"broken")
    html = page(alice_client, f"/claims/{row_of(connection, 2).pk}/")
    assert "The version before could not be opened." in html


@pytest.mark.usefixtures("start")
def test_a_gone_claim_says_so_in_the_list_and_on_its_page_and_is_in_no_sum(
    bring: Bring, connection: Connection, plan: Changing, start: datetime, alice_client: Client
) -> None:
    for number in (1, 2, 3):
        plan.put(number, at=start, total=[total("submitted", 100), total("memberliability", 10)])
    bring(at=start + DAY)
    assert "your share $30.00" in page(alice_client, "/claims/")
    assert claim_of(connection, 2).entry.is_current
    plan.claims.pop(2)
    bring(at=start + 40 * DAY)
    html = page(alice_client, "/claims/")
    assert "3 claims, your share $20.00" in html
    assert "1 claim is in no sum" in html
    row = html[html.index(str(row_of(connection, 2).pk)) :]
    assert "No longer sent" in row[: row.index("</a>")]
    assert "Your plan no longer sends this claim" in page(
        alice_client, f"/claims/{row_of(connection, 2).pk}/"
    )
    assert "$20.00" in page(alice_client, "/money/2026/")
    assert "1 claim that your plan no longer sends." in page(alice_client, "/home/")
    plan.put(2, at=start + 41 * DAY, total=[total("submitted", 100), total("memberliability", 10)])
    bring(at=start + 42 * DAY)
    assert "3 claims, your share $30.00" in page(alice_client, "/claims/")


def test_coverages_are_news_and_one_that_is_no_longer_sent_says_so(
    bring: Bring, stub: Stub, start: datetime, alice_client: Client
) -> None:
    stub.on("Coverage", bundle(COVERAGE | {"id": "cov-2", "subscriberId": "X2"}))
    bring(at=start + DAY)
    words = "1 coverage that is new or changed and 1 coverage that your plan no longer sends."
    assert words in page(alice_client, "/home/")
    assert page(alice_client, "/coverage/").count('data-testid="gone"') == 1


def test_the_progress_page_says_what_was_asked_and_what_came_of_it(
    bring: Bring, plan: Changing, start: datetime, alice_client: Client
) -> None:
    plan.put(4, at=start + HOUR)
    run = bring(at=start + DAY)
    html = page(alice_client, run.get_absolute_url())
    assert "We asked for what changed since" in html
    assert "1 is new." in html
    assert "Last complete on" in html
    run = bring(at=start + 3 * DAY)
    assert "Nothing changed." in page(alice_client, run.get_absolute_url())


@pytest.mark.usefixtures("start")
def test_a_plan_that_says_some_are_missing_or_sends_none_is_quoted(
    bring: Bring, stub: Stub, start: datetime, alice_client: Client
) -> None:
    stub.on(EOB, bundle({"resourceType": "OperationOutcome", "issue": [{"code": "incomplete"}]}))
    html = page(alice_client, bring(at=start + 40 * DAY).get_absolute_url())
    assert "said that it could not send all of them this time" in html
    stub.on(EOB, bundle())
    html = page(alice_client, bring(at=start + 41 * DAY).get_absolute_url())
    assert "Your plan sent none at all this time." in html
    assert "We could not read everything from " in page(alice_client, "/home/")


@pytest.mark.usefixtures("start")
def test_the_connections_page_says_how_complete_each_part_is_and_reads_everything_again_when_asked(
    connection: Connection, alice_client: Client
) -> None:
    html = page(alice_client, f"/connections/{connection.pk}/")
    assert html.count("Last complete on") == 2
    answer = alice_client.post(f"/sync/connections/{connection.pk}/", {"everything": "1"})
    assert answer.status_code == 302
    assert connection.runs.newest_first().first().asks_everything


def test_notes_are_forgotten_after_half_a_year(bring: Bring, plan: Changing, start: datetime) -> None:
    plan.put(4, at=start + HOUR)
    bring(at=start + DAY)
    assert news.forget_old(now=start + DAY + news.KEPT_FOR) == 0
    assert news.forget_old(now=start + DAY + news.KEPT_FOR + HOUR) == 1
    assert not SyncChange.objects.exists()


def test_where_the_newest_version_is_withdrawn_the_one_before_counts_again(
    bring: Bring, connection: Connection, plan: Changing, start: datetime, alice_client: Client
) -> None:
    """And counts no more when the plan sends the newer one again."""
    paid = [total("submitted", 100), total("memberliability", 10)]
    corrected = {
        "related": [
            {
                "relationship": {"coding": [{"code": "prior"}]},
                "claim": {"reference": "ExplanationOfBenefit/eob-1"},
            }
        ],
        "total": [total("submitted", 100), total("memberliability", 99)],
    }
    plan.put(1, at=start, total=paid)
    plan.put(7, at=start + HOUR, **corrected)
    bring(at=start + DAY)
    assert [claim_of(connection, number).entry.is_current for number in (1, 7)] == [False, True]
    del plan.claims[7]
    bring(at=start + 40 * DAY)
    assert [claim_of(connection, number).entry.is_current for number in (1, 7)] == [True, False]
    assert "your share $10.00" in page(alice_client, "/claims/")
    plan.put(7, at=start + 41 * DAY, **corrected)
    bring(at=start + 42 * DAY)
    assert [claim_of(connection, number).entry.is_current for number in (1, 7)] == [False, True]


TOLD_AS_ONE = [
    (("new", "changed"), "new"),
    (("new", "gone", "back"), "new"),
    (("new", "gone"), "gone"),
    (("changed", "gone", "back"), "changed"),
    (("gone", "back"), "back"),
    (("back", "changed"), "changed"),
]


def test_what_happened_to_a_claim_since_the_last_visit_is_told_as_one_thing(
    connection: Connection, start: datetime, alice: Member
) -> None:
    """A claim that slipped between two pages is gone and back, and was new all the same."""
    of = {"member": alice, "connection": connection, "record_id": row_of(connection, 1).pk}
    for happened, told in TOLD_AS_ONE:
        SyncChange.objects.all().delete()
        for minute, what in enumerate(happened):
            SyncChange.objects.create(what=what, at=start + timedelta(minutes=minute + 1), **of)
        assert news.since(Library(alice, box_for(alice)), start).claims == {of["record_id"]: told}


def test_an_approval_that_is_no_longer_sent_says_so(
    bring: Bring, connection: Connection, plan: Changing, start: datetime, alice_client: Client
) -> None:
    plan.put(8, at=start + HOUR, use="preauthorization")
    bring(at=start + DAY)
    assert "1 approval in advance that is new or changed." in page(alice_client, "/home/")
    del plan.claims[8]
    bring(at=start + 40 * DAY)
    assert "1 approval in advance that your plan no longer sends." in page(alice_client, "/home/")
    (approval,) = approvals_of(connection)
    assert "Your plan no longer sends this" in page(alice_client, f"/claims/approvals/{approval.id}/")


def test_a_denial_that_comes_later_is_told_by_mail_once_and_the_first_import_is_not(
    bring: Bring, plan: Changing, alice: Member
) -> None:
    denied = {name: refused()[name] for name in ("item", "total")}
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=True)
    start = timezone.now() - 5 * DAY
    plan.put(1, **denied)
    choose(member=alice, kinds=Kind, now=start)
    bring(at=start + HOUR)
    with time_machine.travel(start + DAY):
        look_after()
    assert mail.outbox == []
    plan.put(4, at=start + DAY, **denied)
    bring(at=start + DAY + HOUR)
    for hours in range(2, 72, 6):
        with time_machine.travel(start + DAY + hours * HOUR):
            look_after()
    assert [sent.to for sent in mail.outbox] == [[alice.email]]

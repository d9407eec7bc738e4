"""The progress page, "Update now", the status line, and the admin."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections import attempts
from apps.connections.errors import PermissionEnded
from apps.connections.models import Connection
from apps.plain_language.dates import date_words
from apps.sync import actions, wording
from apps.sync.models import SyncRun
from tests.conftest import by_passkey
from tests.fhir.stub import Stub, bundle, reply
from tests.sync.conftest import an_eob
from tests.sync.looking import Interrupted, raises

Bring = Callable[..., SyncRun]
AGAIN_IN_TEN_MINUTES = re.compile(r"No claims have come yet\. (At|On [^.]+ at) ")  # "on" before midnight


def page(client: Client, run: SyncRun, **headers: str) -> str:
    response = client.get(run.get_absolute_url(), headers=headers or None)
    assert response.status_code == 200
    return response.content.decode()


def test_a_finished_run_says_what_there_is_and_stops_polling(
    alice_client: Client, bring: Bring, connection: Connection
) -> None:
    html = page(alice_client, bring())
    assert "Done: 3 claims, 1 coverage." in html
    assert "hx-get" not in html
    assert "http-equiv" not in html
    assert reverse("claims:list") in html
    html = page(alice_client, actions.start(connection=connection, now=timezone.now()))
    assert "We have 3 claims and are asking Harborlight Health whether anything changed." in html
    assert "the rest is still coming" not in html, "of what is complete no rest is promised"


def test_a_run_tells_of_each_moment_and_part_what_is_so(alice_client: Client, bring: Bring) -> None:
    """No moment in the past, no promise of what was not asked, no language of machines."""
    run, moment = bring(at=timezone.now()), timezone.now()

    def told(**columns: Any) -> str:
        SyncRun.objects.update(**columns)
        return page(alice_client, run)

    html = told(state="waiting", problem="unreachable", next_try_at=moment + timedelta(days=1))
    assert f"We have 3 claims. On {date_words(timezone.localdate() + timedelta(days=1))} at " in html
    html = told(next_try_at=moment - timedelta(minutes=1))
    assert "we will try again" not in html
    assert "We have 3 claims; other records are still coming." in html, (
        "of complete claims no rest is promised"
    )
    run.steps.filter(resource_type="ExplanationOfBenefit").update(state="waiting")
    html = told()
    assert "Not yet. Last complete on " in html
    assert "We have 3 claims so far; the rest is still coming." in html
    html = told(state="failed", problem="plan_trouble")
    assert "Not asked this time. Last complete on " in html
    assert "Not yet." not in html
    assert "at the moment" not in html
    for state in ("finished", "partial", "failed", "ended", "waiting"):
        main = told(state=state).partition("<main")[2].partition("</main")[0]
        words = ("FHIR", "resource", "ExplanationOfBenefit", "EOB", "sync ")
        assert not [word for word in words if word in main], state


def test_a_waiting_run_polls_with_and_without_javascript(
    alice_client: Client, connection: Connection
) -> None:
    html = page(alice_client, actions.start(connection=connection, now=timezone.now()))
    assert "We are asking Harborlight Health for your records. You may close this page." in html
    assert 'hx-trigger="every 1s"' in html
    assert '<noscript><meta http-equiv="refresh" content="3"' in html
    assert html.count('data-testid="sync-step"') == 4


def test_htmx_gets_the_changing_part_alone(
    alice_client: Client, connection: Connection, now: datetime
) -> None:
    run = actions.start(connection=connection, now=now)
    html = page(alice_client, run, HX_Request="true")
    assert "<html" not in html
    said = re.search(r'<p id="sync-said" hx-swap-oob="innerHTML">([^<]+)</p>', html)
    whole = page(alice_client, run)
    assert said, "the sentence that is told aloud stays where it is, and its words alone are put in"
    assert f'role="status" id="sync-said" data-testid="sync-lede">{said[1]}</p>' in whole
    assert "role=" not in html
    mark = re.findall(r"""hx-headers='{"X-Seen": "([0-9a-f]+)"}'""", whole)
    seen = {"HX-Request": "true", "X-Seen": mark[0]}
    assert alice_client.get(run.get_absolute_url(), headers=seen).status_code == 204
    SyncRun.objects.update(problem="unreachable", next_try_at=timezone.now() + timedelta(hours=1))
    assert alice_client.get(run.get_absolute_url(), headers=seen).status_code == 200


def test_the_claims_so_far_are_named_while_the_rest_is_coming(
    alice_client: Client, bring: Bring, connection: Connection
) -> None:
    seen: list[str] = []
    bring(through=Interrupted(4, lambda: seen.append(page(alice_client, connection.runs.get()))))
    assert "We have 2 claims so far; the rest is still coming. You may close this page." in seen[0]
    assert "2 so far." in seen[0]


def test_what_a_plan_refused_is_said_plainly(alice_client: Client, bring: Bring, stub: Stub) -> None:
    stub.on("Coverage", reply("", 403))
    stub.on("ExplanationOfBenefit", bundle(an_eob(1), {"bad": 1}))
    html = page(alice_client, bring())
    assert "Done, with gaps: 1 claim, 0 coverages." in html
    assert "Your plan did not let us read this part." in html
    assert "1 was not readable and was left out; the rest is complete." in html


def test_a_run_that_waits_says_why_and_until_when(alice_client: Client, bring: Bring, stub: Stub) -> None:
    stub.on("Patient/alice", reply("", 429, Retry_After="600"))
    html = page(alice_client, bring(at=timezone.now()))
    assert AGAIN_IN_TEN_MINUTES.search(html)
    assert "busy and asked us to wait" in html
    assert 'hx-trigger="every 10s"' in html
    assert '<noscript><meta http-equiv="refresh" content="10"' in html


def test_a_run_that_waits_does_not_deny_what_came_before_the_claims(
    alice_client: Client, bring: Bring, stub: Stub
) -> None:
    stub.on("ExplanationOfBenefit", reply("", 429, Retry_After="600"))
    html = page(alice_client, bring(at=timezone.now()))
    assert "1 coverage received." in html
    assert "Nothing has come yet" not in html
    assert AGAIN_IN_TEN_MINUTES.search(html)


def test_a_member_may_have_a_run_that_waits_tried_at_once(
    alice_client: Client, bring: Bring, connection: Connection
) -> None:
    run, moment = bring(at=timezone.now()), timezone.now()
    SyncRun.objects.update(
        state="waiting", problem="unreachable", next_try_at=moment + timedelta(hours=1), queued_at=moment
    )
    assert "Try again now" not in page(alice_client, run)
    SyncRun.objects.update(queued_at=moment - timedelta(minutes=2))
    html = page(alice_client, run, HX_Request="true")
    assert "Try again now" in html
    assert html.count('class="button"') == 1  # one thing stands out
    response = alice_client.post(reverse("sync:again", args=[connection.pk]))
    assert response["Location"] == run.get_absolute_url()
    html = page(alice_client, run)
    assert "Try again now" not in html
    assert "we will try again" not in html


def test_a_member_who_has_a_run_tried_again_and_again_is_told_that_it_waits_now(
    alice_client: Client, bring: Bring, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(at=timezone.now())
    monkeypatch.setattr(actions, "MOST_STARTS", 1)
    pages, buttons = [], []
    for _ in range(2):
        SyncRun.objects.update(
            state="waiting",
            problem="unreachable",
            next_try_at=timezone.now() + timedelta(hours=1),
            queued_at=timezone.now() - timedelta(minutes=2),
        )
        response = alice_client.post(reverse("sync:again", args=[connection.pk]), follow=True)
        pages.append("so not this time. The next try comes by itself" in response.content.decode())
        buttons.append("Try again now" in response.content.decode())
    assert pages == [False, True]
    assert buttons == [False, False]


def test_an_ended_permission_leads_to_signing_in_again(
    alice_client: Client, bring: Bring, connection: Connection
) -> None:
    html = page(alice_client, bring(through=Interrupted(4, raises(PermissionEnded("gone")))))
    assert "Your permission at Harborlight Health has ended." in html
    assert "What we have stays here: 2 claims." in html
    assert connection.get_absolute_url() in html


def test_a_failed_run_says_what_to_do(
    alice_client: Client, bring: Bring, stub: Stub, connection: Connection
) -> None:
    for path in ("Patient/alice", "Coverage", "ExplanationOfBenefit"):
        stub.on(path, reply("", 403))
    connection.attempt = attempts.start(plan=connection.plan, purpose="connect", now=timezone.now())
    connection.save()
    run = bring()
    html = page(alice_client, run)
    assert "We could not bring your records from Harborlight Health." in html
    assert "Try again later." in html
    assert connection.attempt.reference in html  # for support
    row = reverse("admin:sync_syncrun_change", args=[run.pk])
    told = by_passkey(Member.objects.create_superuser("ops@example.com", "a long password")).get(row)
    assert wording.problem("not_allowed") in unescape(told.content.decode())  # a reply to copy


def test_another_members_run_does_not_exist_for_bob(
    bob_client: Client, client: Client, connection: Connection, now: datetime
) -> None:
    run = actions.start(connection=connection, now=now)
    assert bob_client.get(run.get_absolute_url()).status_code == 404
    assert bob_client.post(reverse("sync:again", args=[connection.pk])).status_code == 404
    for place in ("sync:people", "sync:clinical"):
        assert bob_client.get(reverse(place, args=[connection.pk])).status_code == 404
    assert client.get(run.get_absolute_url()).status_code == 302


def test_update_now_starts_a_run_leads_to_it_and_then_rests_for_a_minute(
    alice_client: Client, connection: Connection
) -> None:
    again = reverse("sync:again", args=[connection.pk])
    assert alice_client.get(again).status_code == 405
    Connection.objects.update(status=Connection.Status.NEEDS_SIGN_IN)
    assert alice_client.post(again)["Location"] == connection.get_absolute_url(), "it needs a permission"
    assert not connection.runs.exists()
    Connection.objects.update(status=Connection.Status.ACTIVE)
    response = alice_client.post(again)
    run = connection.runs.get()
    assert response["Location"] == run.get_absolute_url()
    SyncRun.objects.update(state="finished", finished_at=timezone.now())
    response = alice_client.post(again, follow=True)
    assert connection.runs.get() == run
    assert "You can update again at" in response.content.decode()


def status_of(connection: Connection) -> str:
    request = RequestFactory().get("/")
    context = Context({"connection": connection, "request": request, "csrf_token": "token-of-the-page"})
    parts = "{% include 'sync/status.html' %}{% include 'sync/update.html' %}"
    return Template("{% load sync_tags %}{% sync_status connection 'Rosa Quill' as sync %}" + parts).render(
        context
    )


def test_the_status_line_knows_each_state_and_when_to_offer_news(
    connection: Connection, now: datetime
) -> None:
    assert "Nothing brought yet" in status_of(connection)
    assert "Update now" in status_of(connection)
    assert "token-of-the-page" in status_of(connection)
    run = actions.start(connection=connection, now=timezone.now() - timedelta(hours=3))
    heard = '<span class="visually-hidden">: Harborlight Health, Rosa Quill</span></a>'
    assert f"See how far it is{heard}" in status_of(connection)
    assert "Update now" not in status_of(connection)
    words = {
        "finished": "Up to date",
        "partial": "with gaps",
        "failed": "did not work",
        "ended": "Sign in again",
    }
    for state, text in words.items():
        SyncRun.objects.filter(pk=run.pk).update(state=state, finished_at=now)
        assert text in status_of(connection)
        assert "Update now" in status_of(connection)


def test_the_status_line_of_a_run_that_sleeps_does_not_say_that_it_is_updating(
    connection: Connection,
) -> None:
    moment = timezone.now()
    actions.start(connection=connection, now=moment)
    SyncRun.objects.update(state="waiting", problem="unreachable", next_try_at=moment + timedelta(hours=1))
    html = status_of(connection)
    assert "Waiting for another try" in html
    assert "What happened" in html
    assert "Updating" not in html
    SyncRun.objects.update(problem="in_line")
    assert "Updating" in status_of(connection)
    SyncRun.objects.update(problem="unreachable", next_try_at=moment)
    assert "Updating" in status_of(connection)


def test_operators_see_runs_without_a_trace_of_the_member(bring: Bring, operator: Client) -> None:
    run = bring()
    listing = operator.get(reverse("admin:sync_syncrun_changelist"))
    detail = operator.get(reverse("admin:sync_syncrun_change", args=[run.pk]))
    for response in (listing, detail):
        html: Any = response.content.decode()
        assert response.status_code == 200
        assert "Harborlight Health" in html
        assert "alice" not in html.lower()
    assert "departures" in detail.content.decode().lower(), "how many parts of the records were no R4"
    assert "Where something went wrong" in detail.content.decode(), "no reply is told apart from a lost one"
    assert operator.get(reverse("admin:sync_syncrun_add")).status_code == 403

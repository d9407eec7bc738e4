"""Attempts: the number a member is told, whose side a failure looks like, and the operators' funnel."""

import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone, translation
from django.utils.translation import gettext

from apps.accounts.models import Member
from apps.connections import attempts, errors, handshakes, revocations
from apps.connections.models import Attempt, Connection, Handshake, Receipt, Revocation
from apps.plans.models import Plan
from apps.sync.chores import chores
from tests.conftest import by_passkey
from tests.connections.conftest import come_back, connect, leave
from tests.connections.leaving import text as words
from tests.connections.stub_plan import StubPlan

LIST = "/admin/connections/attempt/"


def tried(plan: Plan, stage: str, failure: str = "", fault: str = "", **more: Any) -> Attempt:
    """Return an attempt that came so far."""
    attempt = attempts.start(plan=plan, purpose=more.pop("purpose", "connect"), now=timezone.now())
    Attempt.objects.filter(pk=attempt.pk).update(stage=stage, failure=failure, fault=fault, **more)
    attempt.refresh_from_db()
    return attempt


# --- failure pages ---------------------------------------------------------------------------------------


def test_without_a_known_attempt_no_number_is_made_up(
    alice_client: Client, client: Client, plan: Plan
) -> None:
    """An answer nobody asked for."""
    for browser in (alice_client, client):
        page = come_back(browser, {"state": "unknown", "code": "x"})
        assert page.status_code >= 400
        assert b"Tell support" not in page.content


# --- how far they come -----------------------------------------------------------------------------------


def test_an_attempt_moves_with_the_member_and_says_nothing_about_them(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """Started, redirected; then back with tokens, and connected."""
    leave(alice_client, plan)
    assert Attempt.objects.get().stage == "redirected"
    connection = connect(alice_client, plan, stub)
    assert connection.attempt is not None
    assert connection.attempt.stage == "connected"
    stored = repr(list(Attempt.objects.values()))
    assert str(alice.pk) not in stored
    assert alice.email not in stored


def test_the_first_claim_is_noted_once_and_for_good(plan: Plan, django_assert_num_queries: Any) -> None:
    """Never backwards, and for free afterwards."""
    attempt = tried(plan, "connected")
    attempts.advance(attempt, Attempt.Stage.FIRST_CLAIM)
    assert Attempt.objects.get().stage == "first_claim"
    with django_assert_num_queries(0):
        attempts.advance(attempt, Attempt.Stage.FIRST_CLAIM)
        attempts.advance(None, Attempt.Stage.FIRST_CLAIM)
    attempts.advance(attempt, Attempt.Stage.CONNECTED)
    assert Attempt.objects.get().stage == "first_claim"


def test_attempts_of_more_than_400_days_ago_are_forgotten(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """Also when a connection came of them, which stays."""
    connection = connect(alice_client, plan, stub)
    old, kept = Attempt.objects.get(), tried(plan, "returned")
    now = timezone.now()
    Attempt.objects.filter(pk=old.pk).update(started_at=now - timedelta(days=401))
    Attempt.objects.filter(pk=kept.pk).update(started_at=now - timedelta(days=399))
    attempts.forget_old(now=now)
    assert list(Attempt.objects.all()) == [kept]
    assert Connection.objects.get(pk=connection.pk).attempt is None
    assert Handshake.objects.exists()


def test_trips_and_revocations_are_forgotten_in_their_time(
    alice: Member, alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """Then nothing says whose attempt it was; a revocation stays as long as a receipt tells of it."""
    connect(alice_client, plan, stub)
    trip, now = Handshake.objects.get(), timezone.now()
    handshakes.forget_old(now=trip.expires_at + timedelta(days=1))
    Handshake.objects.update(sealed_answer=b"waits")
    handshakes.forget_old(now=trip.expires_at + timedelta(days=2))
    assert Handshake.objects.exists(), "tokens are given back first"
    Handshake.objects.update(sealed_answer=b"")
    handshakes.forget_old(now=trip.expires_at + timedelta(days=1, seconds=1))
    assert not Handshake.objects.exists()
    for days in (399, 401, 401):
        over = {"state": "confirmed", "ended_at": now - timedelta(days=days), "created_at": now}
        row = Revocation.objects.create(plan=plan, **over)
    receipt = Receipt.objects.create(
        member=alice, plan=plan, revocation=row, records_kept=False, ended_at=now
    )
    Revocation.objects.create(plan=plan, created_at=now - timedelta(days=500), next_try_at=now)
    revocations.forget_old(now=now)
    assert Revocation.objects.count() == 3
    assert Receipt.objects.get(pk=receipt.pk).revocation == row
    names = {chore.name: chore.every for chore in chores()}
    assert [names[f"forgetting old {what}"] for what in ("trips", "revocations")] == [3600, 3600]


# --- for operators ---------------------------------------------------------------------------------------


def test_an_operator_finds_an_attempt_by_its_number_as_people_say_it(operator: Client, plan: Plan) -> None:
    """With or without the dash, in any case: it leads to the page with the cause and the reply."""
    wanted, other = tried(plan, "returned", "PlanSaidNo", "plan"), tried(plan, "started")
    said = wanted.reference
    for spelled in (said, said.lower(), said.replace("-", ""), said.replace("-", " ")):
        assert operator.get(LIST, {"q": spelled})["Location"] == f"{LIST}{wanted.pk}/change/"
    page = operator.get(LIST, {"q": "2222-2222"})
    assert page.status_code == 200 and other.reference.encode() not in page.content


@pytest.mark.parametrize(
    ("failure", "told", "in_spanish"),
    [
        (errors.MemberSaidNo, "Your plan shared nothing with us", "Su plan no compartió nada con nosotros"),
        (
            errors.PlanBusy,
            "Your plan's system did not answer properly",
            "El sistema de su plan no respondió bien",
        ),
    ],
)
def test_an_operator_can_copy_what_the_page_said_as_a_reply(
    operator: Client, plan: Plan, failure: type[errors.ConnectionFailed], told: str, in_spanish: str
) -> None:
    """In both languages, with the way to the updates where there are any, and nothing that the plan sent."""
    failed = tried(plan, "returned", failure.__name__, failure.fault)
    page = operator.get(f"{LIST}{failed.pk}/change/")
    text = words(page)
    assert told in text
    assert in_spanish in text
    for sentence in (failure.sentence, failure.next_step):
        assert sentence in text
        with translation.override("es"):
            assert gettext(sentence) != sentence
            assert gettext(sentence) in text
    assert "none: no connection came of it" in text
    connected = tried(plan, "connected")
    page = operator.get(f"{LIST}{connected.pk}/change/")
    assert f"/admin/sync/syncrun/?q={connected.reference}" in page.content.decode()
    left = tried(plan, "redirected")
    assert "was begun and not finished" in words(operator.get(f"{LIST}{left.pk}/change/"))


def test_attempts_are_read_only_and_filtered(operator: Client, plan: Plan) -> None:
    """By plan, stage, failure, fault and date."""
    wanted, other = tried(plan, "returned", "PlanSaidNo", "plan"), tried(plan, "started", "PlanBusy", "plan")
    for query in (
        {"stage": "returned"},
        {"failure": "PlanSaidNo"},
        {"plan__id__exact": str(plan.pk), "stage": "returned"},
    ):
        content = operator.get(LIST, query).content
        assert wanted.reference.encode() in content
        assert other.reference.encode() not in content
    assert operator.get(LIST, {"started_at__gte": "2099-01-01 00:00:00+00:00"}).status_code == 200
    row = f"{LIST}{wanted.pk}/change/"
    said = [str(errors.PlanSaidNo.title), "PlanSaidNo"]
    for page, names in ((row, 0), (LIST, 1), (f"{LIST}funnel/", 1)):  # one: in the address of a filter
        told = [operator.get(page).content.decode().count(text) for text in said]
        assert told[0] and told[1] == names, (page, told)
    assert operator.post(row, {"stage": "connected"}).status_code == 403
    assert operator.post(f"{LIST}{wanted.pk}/delete/", {"post": "yes"}).status_code == 403
    assert operator.get(f"{LIST}add/").status_code == 403


def test_the_funnel_counts_who_came_at_least_so_far_and_why_others_did_not(plan: Plan) -> None:
    """Each stage includes the later ones."""
    other = Plan.objects.create(slug="other", name="Other Plan", fhir_base_url="https://o.example.com/f")
    for stage in ("first_claim", "connected", "returned", "redirected"):
        tried(plan, stage)
    for _ in range(2):
        tried(plan, "returned", "MemberSaidNo", "member")
    tried(plan, "started", "PlanBusy", "plan")
    tried(other, "started", purpose="sign_in")
    tried(plan, "first_claim", started_at=timezone.now() - timedelta(days=40))
    first, second = attempts.funnels(since=timezone.now() - timedelta(days=30))
    assert (first.plan, [step.count for step in first.steps]) == ("Harborlight Health", [7, 6, 5, 2, 2, 1])
    assert [step.share for step in first.steps] == [100, 86, 71, 29, 29, 14]
    assert [(failure.name, failure.fault, failure.count) for failure in first.failures] == [
        ("MemberSaidNo", "Member", 2),
        ("PlanBusy", "Plan", 1),
    ]
    assert first.failed == 3
    assert (second.plan, second.started, second.failures) == ("Other Plan", 1, [])
    assert [step.count for step in attempts.together([first, second])] == [8, 6, 5, 2, 2, 1]
    only = attempts.funnels(since=timezone.now() - timedelta(days=30), purpose="sign_in")
    assert [funnel.plan for funnel in only] == ["Other Plan"]


def test_the_funnel_asks_the_database_twice_for_any_number_of_plans(
    plan: Plan, django_assert_num_queries: Any
) -> None:
    """A directory holds hundreds."""
    for number in range(5):
        row = Plan.objects.create(
            slug=f"p{number}", name=f"P{number}", fhir_base_url="https://p.example.com/f"
        )
        tried(row, "returned", "PlanBusy", "plan")
    with django_assert_num_queries(2):
        assert len(attempts.funnels(since=timezone.now() - timedelta(days=1))) == 5


def test_operators_see_the_funnel_and_nothing_about_members(
    operator: Client, alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """W-04: counts and fixed words."""
    connect(alice_client, plan, stub)
    tried(plan, "returned", "MemberSaidNo", "member")
    page = operator.get(f"{LIST}funnel/")
    assert page.status_code == 200
    assert "Harborlight Health" in words(page)
    assert str(errors.MemberSaidNo.title) in words(page)
    for secret in (alice.email, str(alice.pk), "Rosa"):
        assert secret not in page.content.decode()
    assert "Sign in with the plan" in words(operator.get(LIST)), "what for, in words and not as a code"
    assert b"How far they came" in operator.get(LIST).content
    for link in re.findall(r'href="(/admin/connections/attempt/[?]plan[^"]+)"', page.content.decode()):
        assert operator.get(html.unescape(link)).status_code == 200
    for query in ("days=7", "days=nonsense", "days=-1", "purpose=reconnect", "purpose='--"):
        assert operator.get(f"{LIST}funnel/?{query}").status_code == 200
    assert "Nobody tried" in words(operator.get(f"{LIST}funnel/?purpose=reconnect"))


def test_the_funnel_adds_up_the_failed_and_names_reasons_where_there_are_some(
    operator: Client, plan: Plan
) -> None:
    """A column without a total, and a sentence for each plan without a failure, told nothing."""
    other = Plan.objects.create(slug="other", name="Other Plan", fhir_base_url="https://o.example.com/f")
    third = Plan.objects.create(slug="third", name="Third Plan", fhir_base_url="https://t.example.com/f")
    for row, failure in ((plan, "MemberSaidNo"), (plan, "PlanBusy"), (other, "PlanBusy"), (third, "")):
        tried(row, "returned", failure)
    page = operator.get(f"{LIST}funnel/")
    foot = re.search(r"<tfoot>.*?</tfoot>", page.content.decode(), re.DOTALL)
    assert foot
    assert re.findall(r">(\d+)</td></tr>", foot[0]) == ["3"]
    reasons = words(page).partition("Why they ended")[2]
    assert "Other Plan" in reasons
    assert "Third Plan" not in reasons
    assert reasons.count("leaves none") == 1


def test_the_funnel_is_for_operators_who_may_see_attempts(
    client: Client, alice_client: Client, plan: Plan
) -> None:
    """W-03."""
    staff = Member.objects.create_user("clerk@example.com", "a long password of clerk", is_staff=True)
    clerk = by_passkey(staff)
    for browser in (client, alice_client, clerk):
        assert b"data-testid" not in browser.get(f"{LIST}funnel/").content
        assert browser.get(f"{LIST}funnel/").status_code in (302, 403)
    staff.user_permissions.add(Permission.objects.get(codename="view_attempt"))
    assert clerk.get(f"{LIST}funnel/").status_code == 200

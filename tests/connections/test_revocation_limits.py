"""Asking plans to forget tokens: no answer stops the others, and no token is held beyond its seven days."""

import logging
import socket
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections import revocations
from apps.connections.models import Revocation
from apps.connections.revocations import HELD_FOR
from apps.plans.models import Plan
from tests.conftest import by_passkey
from tests.connections.leaving import DOWN, granted, the_revocation
from tests.connections.stub_plan import StubPlan, running
from tests.registered import registered

CHANGELIST = "/admin/connections/revocation/"


def begun(plan: Plan, ago: timedelta) -> Revocation:
    """Return a revocation that began so long ago and is due since a minute."""
    now = timezone.now()
    row = revocations.begin(plan=plan, tokens=granted(plan), now=now - ago, at_once=False)
    Revocation.objects.filter(pk=row.pk).update(next_try_at=now - timedelta(minutes=1))
    return row


@pytest.fixture
def known(plan: Plan, stub: StubPlan) -> Plan:
    """Return the plan with its addresses on the row."""
    for name in ("authorize", "token", "revoke"):
        setattr(plan, f"{name}_url", f"{stub.origin}/{name}")
    plan.save()
    return plan


def test_o_34_one_that_fails_in_a_way_nobody_thought_of_waits_and_the_others_go_on(
    known: Plan, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """O-34: a worker lives on; the log names the row and the kind of error, never what it was about."""
    with running() as other:
        lost = begun(known, timedelta(hours=2))
        good = Plan.objects.create(
            slug="tidewater", name="Tidewater", fhir_base_url=f"{other.origin}/fhir",
            registration=registered("us"),
            authorize_url=f"{other.origin}/a", token_url=f"{other.origin}/token",
            revoke_url=f"{other.origin}/revoke", own_quirks={"token_auth": "none"},
        )  # fmt: skip
        begun(good, timedelta(hours=1))
        real = revocations.endpoints_for

        def ask(plan: Plan, **more: Any) -> Any:
            if plan.slug == known.slug:
                raise RuntimeError("rt-grant is in this text")
            return real(plan, **more)

        monkeypatch.setattr(revocations, "endpoints_for", ask)
        caplog.set_level(logging.INFO)
        moment = timezone.now()
        assert revocations.ask_due(clock=lambda: moment) == 2
    states = dict(Revocation.objects.values_list("plan__slug", "state"))
    assert states == {"harborlight": "waiting", "tidewater": "confirmed"}
    lost.refresh_from_db()
    assert lost.problem == "stopped unexpectedly"
    assert lost.next_try_at == moment + timedelta(minutes=1)
    assert [record.levelname for record in caplog.records if "stopped" in record.getMessage()] == [
        "ERROR",
        "INFO",
    ]
    revocations.ask_due(clock=lambda: moment + HELD_FOR)
    lost.refresh_from_db()
    assert (lost.state, bytes(lost.sealed_tokens)) == ("given_up", b"")


def test_o_34_a_row_that_cannot_be_asked_at_all_does_not_block_the_sweep(
    known: Plan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """O-34: also when it fails outside the conversation with the plan."""
    rows = [begun(known, timedelta(hours=hours)) for hours in (2, 1)]
    real = revocations.ask

    def ask(row: Revocation, **more: Any) -> Revocation:
        if row.pk == rows[0].pk:
            raise RuntimeError("before anything was claimed")
        return real(row, **more)

    monkeypatch.setattr(revocations, "ask", ask)
    assert revocations.ask_due(clock=timezone.now) == 2
    assert sorted(Revocation.objects.values_list("state", flat=True)) == ["confirmed", "waiting"]


def test_o_34_a_long_wait_for_one_moves_nobodys_tokens_beyond_their_seven_days(
    known: Plan, stub: StubPlan
) -> None:
    """O-34: "in twenty days", said to one member, is not obeyed with the tokens of another."""
    old = begun(known, timedelta(days=6, hours=12))
    over = begun(known, HELD_FOR + timedelta(hours=1))
    fresh = begun(known, timedelta(minutes=5))
    first = begun(known, timedelta(minutes=5))
    Revocation.objects.filter(pk=first.pk).update(next_try_at=timezone.now() - timedelta(hours=1))
    stub.override["/revoke"] = (503, "text/plain", b"busy", {"Retry-After": str(20 * 86400)})
    assert revocations.ask_due(clock=timezone.now) == 1
    for row in (old, fresh, first, over):
        row.refresh_from_db()
        if row.pk == over.pk:
            assert (row.state, bytes(row.sealed_tokens), row.problem) == ("given_up", b"", "status 503")
        else:
            assert row.next_try_at == row.created_at + HELD_FOR


def test_o_34_a_plan_of_which_only_a_part_was_heard_is_not_told_to_offer_no_revocation(
    plan: Plan, stub: StubPlan
) -> None:
    """O-34: the tokens stay until the plan was heard as a whole; then it is asked, or has none."""
    own = {"authorize_url": f"{stub.origin}/authorize", "token_url": f"{stub.origin}/token"}
    Plan.objects.update(
        discovery={"for": [plan.fhir_base_url, plan.issuer], "values": {**own, "is_partial": True}},
        discovered_at=timezone.now(),
    )
    row = begun(Plan.objects.get(), timedelta(hours=1))
    assert revocations.way(Plan.objects.get()) == "asked"
    assert revocations.ask_due(clock=timezone.now) == 1
    row.refresh_from_db()
    assert (row.state, row.problem) == ("waiting", "endpoints unknown")
    Plan.objects.update(discovery={"for": [plan.fhir_base_url, plan.issuer], "values": own})
    Revocation.objects.update(next_try_at=timezone.now())
    revocations.ask_due(clock=timezone.now)
    row.refresh_from_db()
    assert (row.state, row.problem) == ("not_offered", "no revocation endpoint")


def test_o_34_a_plan_without_revocation_whose_issuer_is_dead_is_asked_a_few_times_a_day_at_most(
    plan: Plan, stub: StubPlan, now: datetime
) -> None:
    """O-34: the issuer may name an address yet; at growing waits, one question for all of the plan's members,
    and nobody's tokens are held beyond their seven days."""
    stub.configuration = {"revocation_endpoint": None, "issuer": None, "jwks_uri": None}
    asked, moment = [], now
    with socket.socket() as held:  # nobody answers there, and nobody else is given the port meanwhile
        held.bind(("127.0.0.1", 0))
        Plan.objects.update(issuer=f"http://127.0.0.1:{held.getsockname()[1]}")
        plan.refresh_from_db()
        rows = [revocations.begin(plan=plan, tokens=granted(plan), now=now, at_once=False) for _ in range(20)]
        while (due := Revocation.objects.filter(state="waiting").order_by("next_try_at").first()) is not None:
            assert due.next_try_at is not None
            moment = max(moment, due.next_try_at)
            asked.append((moment, revocations.ask_due(clock=lambda at=moment: at)))
            assert len(asked) < 50
    assert {count for _moment, count in asked} == {1}, "one for all"
    assert len(asked) <= 13
    assert len(stub.asked) <= 3 * len(asked)
    waits = [later - earlier for (earlier, _), (later, _) in pairwise(asked)]
    assert waits[:-1] == sorted(waits[:-1])
    assert moment == now + HELD_FOR
    for row in rows:
        row.refresh_from_db()
        assert (row.state, row.problem, bytes(row.sealed_tokens)) == ("given_up", "endpoints unknown", b"")


def staff_with(*permissions: str) -> Client:
    """Return the browser of an operator who may do just that."""
    who = Member.objects.create_user("op@example.com", "a long password of op", is_staff=True)
    who.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return by_passkey(who)


def ask_by_hand(client: Client, row: Revocation) -> None:
    """Choose the row and press "Ask the plan again now"."""
    client.post(CHANGELIST, {"action": "ask_again_now", "_selected_action": [str(row.pk)]})


def test_who_may_only_look_cannot_have_a_plan_asked(known: Plan) -> None:
    """Looking on sends nothing out."""
    row = begun(known, timedelta(hours=1))
    Revocation.objects.update(next_try_at=timezone.now() + timedelta(days=1))
    before = the_revocation().next_try_at
    ask_by_hand(staff_with("view_revocation"), row)
    assert the_revocation().next_try_at == before
    assert not LogEntry.objects.exists()


def test_asking_by_hand_is_written_down_and_never_uses_the_time_up(known: Plan, stub: StubPlan) -> None:
    """Clicks at a plan that is down: the tokens still wait for it to come back."""
    row = begun(known, timedelta(hours=1))
    stub.override["/revoke"] = DOWN
    operator = staff_with("view_revocation", "change_revocation")
    for _ in range(5):
        ask_by_hand(operator, row)
        revocations.ask_due(clock=timezone.now)
    assert (the_revocation().state, the_revocation().attempts) == ("waiting", 5)
    assert LogEntry.objects.filter(object_id=str(row.pk)).count() == 5
    del stub.override["/revoke"]
    ask_by_hand(operator, row)
    revocations.ask_due(clock=timezone.now)
    assert the_revocation().state == "confirmed"

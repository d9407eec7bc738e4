"""Trips that do not begin, because an operator has to look at the plan first."""

import logging
import re
from datetime import datetime, timedelta
from html import unescape

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections import acts
from apps.connections.access import Access
from apps.connections.errors import PlanNeedsOperator
from apps.connections.member_trip import begin
from apps.connections.models import Attempt, Connection, Handshake
from apps.plans import held_changes, plan_pause
from apps.plans.models import Plan
from apps.plans.registrations import Registration
from tests.connections.conftest import YES, connect, leave
from tests.connections.stub_plan import StubPlan
from tests.quirks import set_quirks

PLANS = "/admin/plans/plan/"
WEAK = {"code_challenge_methods_supported": ["plain"]}


@pytest.mark.parametrize(
    "configuration", [WEAK, {"authorization_endpoint": "https://new.example.net/authorize"}]
)
def test_o_13_nobody_is_sent_to_a_server_that_an_operator_has_to_look_at(
    alice: Member, plan: Plan, stub: StubPlan, now: datetime, configuration: dict[str, object]
) -> None:
    """O-13, O-12: PKCE without S256, or a sign-in on an origin nobody confirmed; the operator's to solve."""
    stub.configuration = configuration
    with pytest.raises(PlanNeedsOperator) as failure:
        begin(plan=plan, member=alice, binding="b", now=now)
    attempt = failure.value.attempt
    assert attempt is not None
    assert (attempt.fault, attempt.failure) == (Attempt.Fault.OPERATOR, "PlanNeedsOperator")
    assert not Handshake.objects.exists()


def test_o_13_an_operator_can_let_a_plan_go_without_pkce(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-13: configurable, by the quirk."""
    stub.configuration = WEAK
    set_quirks(pkce="never")
    assert "code_challenge" not in leave(alice_client, plan)


def test_a_plans_scopes_are_asked_in_its_own_style(alice_client: Client, plan: Plan) -> None:
    set_quirks(scope_style="types_v2", scopes=["openid", "patient/*.read"])
    url = leave(alice_client, plan)
    assert "patient%2FCoverage.rs" in url
    assert "patient%2F%2A" not in url


def test_o_12_an_address_that_is_none_is_no_reason_for_a_broken_page(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-12: the member leaves, or reads why not."""
    for name in ("issuer", "authorization_endpoint", "token_endpoint", "revocation_endpoint", "jwks_uri"):
        stub.configuration = {"jwks_uri": None, name: "https://[x"}
        Plan.objects.update(discovery=None, discovered_at=None, discovery_tried_at=None)
        page = alice_client.post(f"/connections/begin/{plan.slug}/", YES)
        assert page.status_code in (200, 409, 503), name


def test_o_12_a_document_that_went_bad_costs_no_permission(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-12: a day later the issuer is no address; the token is renewed all the same, with what was known."""
    connection = connect(alice_client, plan, stub)
    stub.configuration = {"issuer": "https://[x", "jwks_uri": None}
    connection = Connection.objects.select_related("plan", "member").get(pk=connection.pk)
    access = Access(connection, clock=lambda: timezone.now() + timedelta(days=2))
    access.ask("Patient")
    assert access._connection.is_active


@pytest.mark.parametrize(
    ("paused_by", "may", "said"),
    [
        ("operator", True, "paused"),
        ("itself", False, "paused"),
        ("itself", True, "confirmed"),
        ("itself, another stops it meanwhile", True, "paused"),
    ],
)
def test_s_03_a_swap_of_the_secret_opens_only_what_paused_itself(
    plan: Plan, now: datetime, monkeypatch: pytest.MonkeyPatch, paused_by: str, may: bool, said: str
) -> None:
    """S-03: by whoever may change plans, too; the note of the swap is kept whatever becomes of the pause."""
    if paused_by == "operator":
        plan_pause.stop(plan, reason="stolen", now=now)
    else:
        Plan.objects.update(status="paused", client_refused_at=now)
    who = Member.objects.create_user("oscar@example.com", "a long password of oscar", is_staff=True)
    who.user_permissions.set(Permission.objects.filter(codename="change_plan") if may else [])

    def looked_at(*_: object, **__: object) -> bool:
        if "meanwhile" in paused_by:
            plan_pause.stop(Plan.objects.get(), reason="stolen", now=now)
        return True

    monkeypatch.setattr(held_changes, "opens_at_once", looked_at)
    registration = Registration.objects.get()
    order = acts.Given("leaked", who, now, "another secret")
    receipt = acts.do(acts.ACTS["swap_secret"], registration, order)
    assert any("The new client secret is kept" in line for line in receipt)
    resumed = f"{plan.slug}: Going on where it was left: 0 connections."
    stopped = f"{plan.slug}: not asked again. {acts.CHANGED}"
    assert (resumed in receipt, stopped in receipt) == (said == "confirmed", "meanwhile" in paused_by)
    assert Plan.objects.get().status == said
    assert "The new client secret is kept" in LogEntry.objects.latest("pk").change_message


@pytest.mark.parametrize("meanwhile", ["nothing", "stopped", "opened and stopped anew", "no page"])
@pytest.mark.parametrize("paused_by", ["itself", "operator"])
def test_s_03_a_plan_is_asked_again_of_the_pause_alone_that_the_page_showed(
    operator: Client, plan: Plan, now: datetime, paused_by: str, meanwhile: str
) -> None:
    """S-03: what another operator decided since then is theirs."""
    if paused_by == "itself":
        Plan.objects.update(status="paused", client_refused_at=now)
    else:
        plan_pause.stop(plan, reason="maintenance", now=now)
    form = {"action": "resume_plan", "_selected_action": str(plan.pk)}
    (seen,) = re.findall('name="seen" value="(.*)"', operator.post(PLANS, form).content.decode())
    if meanwhile == "opened and stopped anew":
        plan_pause.resume(Plan.objects.get(), reason="mended", now=now, opens=True)
    if "stopped" in meanwhile:
        plan_pause.stop(Plan.objects.get(), reason="stolen", now=now)
    pressed = {} if meanwhile == "no page" else {"seen": unescape(seen)}
    operator.post(PLANS, {**form, **pressed, "decision": "do", "reason": "mended"})
    is_other = meanwhile != "nothing" and (meanwhile, paused_by) != ("stopped", "operator")
    assert Plan.objects.get().is_paused is is_other


def test_the_plans_own_words_are_counted_and_not_kept(
    alice_client: Client, plan: Plan, stub: StubPlan, caplog: pytest.LogCaptureFixture
) -> None:
    """O-13: an attempt and a log line hold our words only; a plan can write a name into any of its own."""
    stub.configuration = {"code_challenge_methods_supported": ["plain for Rosa Quill", "rosa@example.com"]}
    with caplog.at_level(logging.DEBUG, logger="plainclaim"):
        alice_client.post(f"/connections/begin/{plan.slug}/", YES)
    detail = Attempt.objects.get().detail
    assert "2 methods" in detail
    assert "osa" not in detail + caplog.text

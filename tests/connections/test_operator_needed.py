"""Trips that do not begin, because an operator has to look at the plan first."""

from datetime import datetime

import pytest
from django.test import Client

from apps.accounts.models import Member
from apps.connections.actions import begin
from apps.connections.errors import PlanNeedsOperator
from apps.connections.models import Attempt, Handshake
from apps.plans.models import Plan
from tests.connections.conftest import leave
from tests.connections.stub_plan import StubPlan

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
    Plan.objects.update(pkce="never")
    assert "code_challenge" not in leave(alice_client, plan)


def test_a_plans_scopes_are_asked_in_its_own_style(alice_client: Client, plan: Plan) -> None:
    Plan.objects.update(scope_style="types_v2", scopes=["openid", "patient/*.read"])
    url = leave(alice_client, plan)
    assert "patient%2FCoverage.rs" in url
    assert "patient%2F%2A" not in url

"""A plan that takes a second for everything, really waited for: within our limit, and beyond it."""

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections.access import open_access
from apps.connections.errors import LOST_NOTHING
from apps.connections.models import Attempt
from apps.outbound.errors import TooSlow
from apps.outbound.limits import Budget
from apps.plans.models import Plan
from tests.connections.conftest import come_back, leave
from tests.connections.test_demo_payer import sign_in

TOKEN_CALL = re.compile(r"plan harborlight-slow POST \S+/token (\S+) (\d+) ms")


@pytest.fixture
def slow_plan(demo_plan_of: Callable[[str], Any]) -> Plan:
    """Return the plan of the personality that answers late."""
    plan: Plan = demo_plan_of("slow")
    return plan


def token_calls(caplog: pytest.LogCaptureFixture) -> list[tuple[str, int]]:
    """Return how each token request ended, and after how many milliseconds."""
    said = [match for record in caplog.records if (match := TOKEN_CALL.match(record.getMessage()))]
    return [(match[1], int(match[2])) for match in said]


def test_a_slow_answer_within_the_limit_connects(
    alice_client: Client, alice: Member, slow_plan: Plan, caplog: pytest.LogCaptureFixture
) -> None:
    """Its keys, its tokens and the person's name take a second each; the records can be read at once."""
    with caplog.at_level("INFO", logger="plainclaim.outbound"):
        page = come_back(alice_client, sign_in(leave(alice_client, slow_plan), "leona", "Allow"))
    assert page.status_code == 303, page.content.decode()
    ((how, milliseconds),) = token_calls(caplog)
    assert (how, milliseconds >= 1000) == ("200", True)
    access = open_access(alice.connections.get(), clock=timezone.now)
    assert access.get(f"Patient/{access.patient_id}").status == 200
    hurried = open_access(alice.connections.get(), clock=timezone.now, budget=Budget(0.3))
    with pytest.raises(TooSlow):  # S-11: what a run may take in all cuts an answer short
        hurried.get(f"Patient/{access.patient_id}")


def test_o_31_a_plan_slower_than_our_limit_is_explained_and_the_next_try_connects(
    alice_client: Client,
    alice: Member,
    slow_plan: Plan,
    settings: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """O-31, O-32: whose side it is, that nothing is lost, and a way on; the plan stays open for everybody."""
    settings.OUTBOUND_READ_SECONDS = 0.3
    with caplog.at_level("INFO", logger="plainclaim.outbound"):
        page = come_back(alice_client, sign_in(leave(alice_client, slow_plan), "leona", "Allow"))
        told = html.unescape(page.content.decode())
        assert page.status_code == 503
        assert [how for how, _ in token_calls(caplog)] == ["TooSlow"]
    for words in ("Your plan's system is not available", "On your plan's side", str(LOST_NOTHING)):
        assert words in told
    assert f'href="/plans/{slow_plan.slug}/"' in told, "the way to start again"
    assert Attempt.objects.get().fault == Attempt.Fault.PLAN
    assert not alice.connections.exists()
    slow_plan.refresh_from_db()
    assert slow_plan.is_connectable

    settings.OUTBOUND_READ_SECONDS = 5
    page = come_back(alice_client, sign_in(leave(alice_client, slow_plan), "leona", "Allow"))
    assert page.status_code == 303, page.content.decode()
    assert alice.connections.get().is_active

"""The plan says no, or says nonsense: a page that says what happened, and nothing is lost."""

import html
import threading
from typing import Any

import pytest
from django.test import Client

from apps.connections import oauth
from apps.connections.errors import LOST_NOTHING, PlanAnswerUnreadable
from apps.connections.models import Attempt, Connection
from apps.plans.models import Plan
from apps.plans.registrations import Registration
from tests.connections.conftest import come_back, connect, leave, nothing_happened
from tests.connections.stub_plan import Reply, StubPlan, as_json

HOSTILE = "<script>alert(1)</script>"


def test_an_error_wins_over_a_code(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """A refused access stays refused."""
    answer = {**stub.sign_in(leave(alice_client, plan)), "error": "access_denied"}
    assert b"You or your plan said no" in come_back(alice_client, answer).content
    assert nothing_happened(stub)


NO_TOKENS: list[Reply] = [
    as_json({"error": {"nested": True}}, 400),
    as_json({"access_token": "a", "token_type": ["Bearer"]}),
    as_json([1, 2]),
    as_json(None),
    (200, "application/json", b""),
    (200, "application/json", b'{"access_token": "a'),
    (200, "application/json", b"\xff\xfe\x00"),
    (200, "application/json", b"[" * 100000),
    (302, "text/html", b"http://127.0.0.1:9/evil"),
]


def test_o_33_what_holds_no_tokens_is_unreadable(plan: Plan, stub: StubPlan) -> None:
    """O-33: whatever shape it has; a redirect is not followed."""
    for stub.override["/token"] in NO_TOKENS:
        with pytest.raises(PlanAnswerUnreadable):
            oauth.refresh(plan, token_url=f"{stub.origin}/token", refresh_token="rt")


BAD: list[tuple[Reply, int]] = [
    (as_json({"error": "invalid_grant"}, 400), 400),
    (as_json({"error": "invalid_request", "error_description": HOSTILE}, 400), 502),
    (as_json({"access_token": "a", "token_type": "mac"}), 502),
    ((404, "text/html", b"<html>"), 502),
    ((503, "application/json", b"{}"), 503),
    ((500, "text/html", b"<p>Invalid client id"), 503),
    (as_json({"error": "invalid_client"}, 401), 502),
    (as_json({"error": "INVALID_GRANT "}), 400),
]


def test_o_32_a_bad_token_answer_is_a_plain_page_and_loses_nothing(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-32: and a connection that was there before stays as it was."""
    before = connect(alice_client, plan, stub)
    for stub.override["/token"], status in BAD:
        page = come_back(alice_client, stub.sign_in(leave(alice_client, plan)))
        assert page.status_code == status
        assert b"alert(1)" not in page.content
        assert b"Nothing was changed" in page.content
        after = Connection.objects.get()
        assert bytes(after.sealed_tokens) == bytes(before.sealed_tokens)
        assert after.is_active


def test_o_31_a_plan_slower_than_our_limit_is_explained_and_the_next_try_connects(
    alice_client: Client, plan: Plan, stub: StubPlan, settings: Any
) -> None:
    """O-31, O-32: whose side it is, that nothing is lost, and a way on; the plan stays open for everybody."""
    settings.OUTBOUND_READ_SECONDS = 0.2
    done = threading.Event()

    def slow() -> Reply:
        done.wait(5)
        return as_json({})

    stub.override["/token"] = slow
    page = come_back(alice_client, stub.sign_in(leave(alice_client, plan)))
    done.set()
    assert page.status_code == 503
    told = html.unescape(page.content.decode())
    for words in ("Your plan's system is not available", "On your plan's side", str(LOST_NOTHING)):
        assert words in told
    assert f'href="/plans/{plan.slug}/"' in told, "the way to start again"
    assert Attempt.objects.get().fault == Attempt.Fault.PLAN
    plan.refresh_from_db()
    assert plan.is_open()
    del stub.override["/token"]
    settings.OUTBOUND_READ_SECONDS = 5
    assert connect(alice_client, plan, stub).is_active


@pytest.mark.parametrize("is_here_too", [False, True])
def test_s_01_a_shared_secret_goes_only_where_its_registration_says(
    alice_client: Client, plan: Plan, stub: StubPlan, is_here_too: bool
) -> None:
    """S-01: one row that leads elsewhere sends nobody the secret of the others; nor do two."""
    elsewhere = ["https://elsewhere.example:443"]
    Registration.objects.update(origins=elsewhere + [stub.origin] * is_here_too)
    page = come_back(alice_client, stub.sign_in(leave(alice_client, plan)))
    assert page.status_code == 503
    assert nothing_happened(stub)

"""The plan says no, or says nonsense: a page that says what happened, and nothing is lost."""

import threading
from typing import Any

import pytest
from django.test import Client

from apps.connections.models import Connection, Handshake
from apps.plans.models import Plan
from apps.plans.registrations import Registration
from tests.connections.conftest import come_back, connect, leave, nothing_happened
from tests.connections.stub_plan import Reply, StubPlan, as_json

HOSTILE = "<script>alert(1)</script>"


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("access_denied", 200),
        ("invalid_request", 502),
        ("unauthorized_client", 502),
        ("unsupported_response_type", 502),
        ("invalid_scope", 502),
        ("server_error", 503),
        ("temporarily_unavailable", 503),
        ("interaction_required", 502),
        ("login_required", 502),
        ("consent_required", 502),
        (HOSTILE, 502),
        ("x" * 3000, 502),
    ],
)
def test_o_31_every_error_of_the_plan_is_a_plain_page(
    alice_client: Client, plan: Plan, stub: StubPlan, code: str, status: int
) -> None:
    """O-31: no stack, no words of others, the trip is over."""
    state = stub.sign_in(leave(alice_client, plan))["state"]
    bad = {"error": code, "state": state, "error_description": HOSTILE, "error_uri": "https://evil.example"}
    page = come_back(alice_client, bad)
    content = page.content.decode()
    assert page.status_code == status
    assert "alert(1)" not in content
    assert "evil.example" not in content
    assert "Nothing was changed" in content
    # Where we are not recognised, trying again at once is no advice.
    assert ("Start again with Harborlight Health" in content) is (code != "unauthorized_client")
    assert "Your connected plans" in content
    assert nothing_happened(stub)
    assert come_back(alice_client, bad).status_code == 400  # used up
    assert Handshake.objects.get().used_at is not None


def test_an_error_wins_over_a_code(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """A refused access stays refused."""
    answer = {**stub.sign_in(leave(alice_client, plan)), "error": "access_denied"}
    assert b"You or your plan said no" in come_back(alice_client, answer).content
    assert nothing_happened(stub)


BAD_TOKEN_ANSWERS: list[tuple[Reply, int]] = [
    (as_json({"error": "invalid_grant"}, 400), 400),
    (as_json({"error": "invalid_grant"}), 400),  # some servers say it with 200
    (as_json({"error": "invalid_client"}, 401), 502),
    (as_json({"error": "unauthorized_client"}, 400), 502),
    (as_json({"error": "invalid_request", "error_description": HOSTILE}, 400), 502),
    (as_json({"error": {"nested": True}}, 400), 502),
    (as_json({"error": "anything"}, 500), 503),
    (as_json({}), 502),
    (as_json({"token_type": "Bearer"}), 502),
    (as_json({"access_token": "a", "token_type": "mac"}), 502),
    (as_json({"access_token": "a", "token_type": ["Bearer"]}), 502),
    (as_json({"access_token": ""}), 502),
    (as_json({"access_token": 12}), 502),
    (as_json({"access_token": "a\r\nX-Evil: 1"}), 502),
    (as_json({"access_token": "x" * 20000}), 502),
    (as_json([1, 2]), 502),
    (as_json(None), 502),
    ((200, "text/html", b"<html>Sign in</html>"), 502),
    ((200, "application/json", b""), 502),
    ((200, "application/json", b'{"access_token": "a'), 502),
    ((200, "application/json", b"\xff\xfe\x00"), 502),
    ((200, "application/json", b"[" * 100000), 502),
    ((302, "text/html", b"http://127.0.0.1:9/evil"), 502),
    ((404, "text/html", b"<html>"), 502),
    ((429, "text/html", b"slow down"), 503),
    ((500, "text/html", b"<html>"), 503),
    ((503, "application/json", b"{}"), 503),
]


@pytest.mark.parametrize(("reply", "status"), BAD_TOKEN_ANSWERS)
def test_o_32_a_bad_token_answer_is_a_plain_page_and_loses_nothing(
    alice_client: Client, plan: Plan, stub: StubPlan, reply: Reply, status: int
) -> None:
    """O-32: and a connection that was there before stays as it was."""
    before = connect(alice_client, plan, stub)
    stub.override["/token"] = reply
    page = come_back(alice_client, stub.sign_in(leave(alice_client, plan)))
    assert page.status_code == status
    assert b"alert(1)" not in page.content
    assert b"Nothing was changed" in page.content
    after = Connection.objects.get()
    assert bytes(after.sealed_tokens) == bytes(before.sealed_tokens)
    assert after.is_active


def test_o_32_a_broken_registration_alarms_the_operator(
    alice_client: Client, plan: Plan, stub: StubPlan, caplog: pytest.LogCaptureFixture
) -> None:
    """O-32: invalid_client is nobody's fault but ours."""
    stub.override["/token"] = as_json({"error": "invalid_client"}, 401)
    for _ in range(2):
        come_back(alice_client, stub.sign_in(leave(alice_client, plan)))
    ours = [record for record in caplog.records if record.name == "plainclaim.connections"]
    errors = [record.getMessage() for record in ours if record.levelname == "ERROR"]
    assert errors == ["plan harborlight does not accept our client registration: paused until it does"]


def test_a_slow_plan_is_busy(alice_client: Client, plan: Plan, stub: StubPlan, settings: Any) -> None:
    """A limit in seconds, not in patience."""
    settings.OUTBOUND_READ_SECONDS = 0.2
    done = threading.Event()

    def slow() -> Reply:
        done.wait(5)
        return as_json({})

    stub.override["/token"] = slow
    page = come_back(alice_client, stub.sign_in(leave(alice_client, plan)))
    done.set()
    assert page.status_code == 503


def test_a_plan_that_is_gone_is_busy(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """Nothing listens at the token endpoint."""
    Plan.objects.filter(pk=plan.pk).update(token_url="http://127.0.0.1:9/token")
    page = come_back(alice_client, stub.sign_in(leave(alice_client, plan)))
    assert page.status_code == 503


def test_s_01_a_shared_secret_goes_only_where_its_registration_says(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """S-01: one row that leads elsewhere sends nobody the secret of the others."""
    Registration.objects.update(origins=["https://elsewhere.example:443"])
    page = come_back(alice_client, stub.sign_in(leave(alice_client, plan)))
    assert page.status_code == 503
    assert nothing_happened(stub)

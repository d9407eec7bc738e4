"""Answers that fit no handshake: none leads to a token request."""

import itertools
import threading
from datetime import timedelta
from typing import Any

from django.db import connections as databases
from django.db.models import F
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.accounts.models import Member
from apps.connections.models import Attempt, Connection
from apps.plans.models import Plan
from tests.at_once import at_once
from tests.conftest import signed_in
from tests.connections.conftest import come_back, connect, forget_tries, leave, nothing_happened
from tests.connections.stub_plan import StubPlan
from tests.connections.test_begin import sent


def test_o_02_missing_state_and_empty_callbacks_are_refused(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-02, O-31."""
    answer = stub.sign_in(leave(alice_client, plan))
    for bad in ({}, {"code": answer["code"]}, {"code": answer["code"], "state": ""}):
        page = come_back(alice_client, bad)
        assert page.status_code == 400
        assert b"incomplete" in page.content
    assert come_back(alice_client, {"state": answer["state"]}).status_code == 400
    assert b"was used already" in come_back(alice_client, answer).content, "with a state alone it is over"
    assert nothing_happened(stub)


def test_o_02_an_unknown_state_is_refused(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    answer = stub.sign_in(leave(alice_client, plan))
    for state in ("nonsense", "A" * 5000, "\x00", "é" * 40, "' OR 1=1 --", answer["state"][::-1]):
        page = come_back(alice_client, {**answer, "state": state})
        assert page.status_code == 400
        assert b"do not know this answer" in page.content
    assert nothing_happened(stub)


def test_o_03_a_state_works_once(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-03: reload, back button, replay."""
    answer = stub.sign_in(leave(alice_client, plan))
    assert come_back(alice_client, answer).status_code == 303
    again = come_back(alice_client, answer)
    assert again.status_code == 400
    assert b"was used already" in again.content
    assert len(stub.requests_to("/token")) == 1
    assert Connection.objects.count() == 1


def test_o_03_the_secrets_of_a_used_handshake_are_gone(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    connect(alice_client, plan, stub)
    handshake = alice.handshakes.get()
    assert handshake.used_at is not None
    assert not bytes(handshake.sealed_secrets)


def test_o_03_of_many_simultaneous_callbacks_one_is_used(
    shared_database: None, alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-03: the double click."""
    answer = stub.sign_in(leave(alice_client, plan))
    several_read, readers = threading.Event(), itertools.count(1)

    def meet(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        # On PostgreSQL several have read the unused row before one changes it; SQLite lets one in at a time.
        if sql.startswith('UPDATE "connections_handshake"') and context["connection"].vendor == "postgresql":
            if next(readers) == 5:
                several_read.set()
            several_read.wait(30)
        return execute(sql, params, many, context)

    def click(browser: Client) -> int:
        browser.cookies = alice_client.cookies
        with databases["default"].execute_wrapper(meet):
            return come_back(browser, answer).status_code

    assert sorted(at_once(click, [Client() for _ in range(8)])) == [303, *[400] * 7]
    assert len(stub.requests_to("/token")) == 1


def test_o_40_nobody_else_can_use_the_answer_nor_spoil_it(
    alice_client: Client, bob_client: Client, bob: Member, plan: Plan, stub: StubPlan
) -> None:
    """O-02, O-40."""
    leave(bob_client, plan)  # Bob has a session binding of his own
    answer = stub.sign_in(leave(alice_client, plan))
    page = come_back(bob_client, answer)
    assert page.status_code == 403
    assert b"Harborlight" not in page.content
    assert nothing_happened(stub)
    assert not bob.connections.exists()
    stranger = come_back(Client(), answer)
    assert stranger.status_code == 403
    assert b"signed out" in stranger.content
    assert come_back(alice_client, answer).status_code == 303


def test_o_02_another_session_of_the_same_member_cannot_use_the_answer(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """O-02: state is bound to the session, not to the account."""
    answer = stub.sign_in(leave(alice_client, plan))
    other = signed_in(alice)
    assert come_back(other, answer).status_code == 403
    leave(other, plan)
    assert come_back(other, answer).status_code == 403
    assert nothing_happened(stub)


def test_a_new_session_key_does_not_break_the_trip(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """Signing in again cycles the key and keeps the session (W-12)."""
    answer = stub.sign_in(leave(alice_client, plan))
    session = alice_client.session
    session.cycle_key()
    alice_client.cookies["session"] = session.session_key
    assert come_back(alice_client, answer).status_code == 303


def test_o_39_after_signing_out_the_answer_is_worth_nothing(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """O-39: signed out meanwhile; also after signing in anew."""
    answer = stub.sign_in(leave(alice_client, plan))
    alice_client.logout()
    page = come_back(alice_client, answer)
    assert page.status_code == 403
    assert b"signed out" in page.content
    assert b"/account/login/" in page.content
    assert "no-store" in page["Cache-Control"]
    alice_client.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    assert come_back(alice_client, answer).status_code == 403
    assert nothing_happened(stub)


def test_o_02_after_ten_minutes_it_is_too_late(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """O-02, O-39."""
    answer = stub.sign_in(leave(alice_client, plan))
    alice.handshakes.update(expires_at=F("expires_at") - timedelta(minutes=10))
    page = come_back(alice_client, answer)
    assert page.status_code == 400
    assert b"ten minutes" in page.content
    assert b"Start again with Harborlight Health" in page.content
    assert nothing_happened(stub)
    attempt = Attempt.objects.get()
    assert attempt.reference.encode() in page.content
    assert (attempt.stage, attempt.failure, attempt.fault) == ("returned", "AnswerExpired", "member")
    assert connect(alice_client, plan, stub).is_active, "the next try works"


def test_a_parameter_that_comes_twice_is_refused(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """RFC 6749 section 3.1; O-09."""
    for twice in ("code", "state", "iss", "error", "anything"):
        answer: dict[str, Any] = {**stub.sign_in(leave(alice_client, plan)), "iss": stub.origin}
        page = come_back(alice_client, {**answer, twice: [answer.get(twice, "x"), answer.get(twice, "x")]})
        assert page.status_code == 400, twice
        assert b"contradicts itself" in page.content
    assert nothing_happened(stub)


def test_o_09_a_wrong_issuer_is_refused_also_where_none_was_announced(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    answer = {**stub.sign_in(leave(alice_client, plan)), "iss": "https://evil.example.com"}
    assert come_back(alice_client, answer).status_code == 400
    assert nothing_happened(stub)


def test_o_10_the_code_goes_to_the_token_endpoint_recorded_before_leaving(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-10: what the plan's row says by then does not matter any more."""
    answer = stub.sign_in(leave(alice_client, plan))
    Plan.objects.filter(pk=plan.pk).update(token_url=f"{stub.origin}/elsewhere")
    come_back(alice_client, answer)
    assert len(stub.requests_to("/token")) == 1
    assert not stub.requests_to("/elsewhere")


WORDS = st.text(max_size=30) | st.sampled_from(
    ["access_denied", "invalid_scope", "\x00", "a" * 5000, "%0d%0a"]
)


@settings(max_examples=40, suppress_health_check=list(HealthCheck))
@given(
    query=st.dictionaries(
        st.sampled_from(["code", "state", "error", "iss", "error_description", "error_uri", "next", "x"]),
        st.lists(WORDS, min_size=1, max_size=2),
    ),
    is_ours=st.booleans(),
    door=st.sampled_from(["", "/harborlight", "/nowhere"]),
)
def test_o_02_no_callback_crashes_or_connects_by_itself(
    alice_client: Client, plan: Plan, query: dict[str, list[str]], is_ours: bool, door: str
) -> None:
    """O-02, O-31: any parameters, with and without a state of ours, at any door; the plan knows no code."""
    forget_tries()
    if is_ours:
        query = {**query, "state": [sent(leave(alice_client, plan))["state"]]}
    page = alice_client.get(f"/connections/callback{door}", query)
    assert page.status_code in {200, 400, 403, 502, 503}
    assert not Connection.objects.exists()
    assert "Traceback" not in page.content.decode()

"""C-02: a revocation led on by a slash is asked again, and the old access token is tried once after it.

The receipt says what that showed: proved by a 401, ends by itself at a known moment, or not proved.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections import oauth, revocations
from apps.connections.models import Connection, Revocation
from apps.plans.choices import Status
from apps.plans.models import Plan
from tests.connections.conftest import come_back, connect, leave
from tests.connections.leaving import DOWN, UP, asked_of, end, text, the_revocation, tokens_of
from tests.connections.stub_plan import Reply, StubPlan, as_json
from tests.connections.test_demo_payer import sign_in, someone
from tests.quirks import set_quirks


def led_to(stub: StubPlan, location: str, status: int = 301) -> None:
    """Let the announced address of revocation only lead on."""
    stub.override["/revoke"] = (status, "text/html", location.encode())


def tried(stub: StubPlan, token: str) -> int:
    """Return how often the token was sent to the records since the revocation was asked for."""
    begun = next(index for index, request in enumerate(stub.asked) if request.path.startswith("/revoke"))
    sent = [
        request.headers.get("Authorization")
        for request in stub.asked[begun:]
        if request.path.startswith("/fhir/")
    ]
    return sent.count(f"Bearer {token}")


# --- led on by a slash -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("status", "whole"), [(301, True), (302, False), (307, False), (308, False)])
def test_c_02_a_revocation_led_on_by_a_slash_is_asked_once_more(
    alice_client: Client, made: Connection, stub: StubPlan, *, status: int, whole: bool
) -> None:
    """C-02: by POST with the same form, and proved: both tokens are dead at the plan."""
    access_token, refresh_token = tokens_of(made)
    led_to(stub, f"{stub.origin}/revoke/" if whole else "/revoke/", status)
    stub.override["/revoke/"] = lambda: stub._revoke(stub.requests_to("/revoke/")[-1])
    page = text(end(alice_client, made))
    assert [(request.method, request.form["token"]) for request in stub.requests_to("/revoke/")] == [
        ("POST", refresh_token),
        ("POST", access_token),
    ]
    assert access_token not in stub.access_tokens
    assert (the_revocation().state, the_revocation().proof) == ("confirmed", "proved")
    assert "turned it away" in page


def test_c_02_a_slash_too_many_is_taken_away(alice_client: Client, made: Connection, stub: StubPlan) -> None:
    Plan.objects.update(revoke_url=f"{stub.origin}/revoke/")
    stub.override["/revoke/"] = (308, "text/html", b"/revoke")
    end(alice_client, made)
    assert the_revocation().proof == "proved"


LED = [
    (301, "https://elsewhere.example/revoke/"),
    (301, "{origin}/revoke//"),
    (301, "{origin}/other/"),
    (301, "{origin}/revoke/?next=1"),
    (301, "{origin}/revoke/#there"),
    (301, "{origin}/revoke"),
    (301, "http://me@{host}/revoke/"),
    (301, "http://[/revoke/"),
    (301, ""),
    (200, "/revoke/"),
    (401, "/revoke/"),
]


def test_c_02_a_revocation_led_anywhere_else_is_not_followed(plan: Plan, stub: StubPlan) -> None:
    """C-02: tokens go to the address that was announced, and nowhere else."""
    for status, location in LED:
        led_to(stub, location.format(origin=stub.origin, host=stub.origin.removeprefix("http://")), status)
        heard = oauth.revoke(plan, revoke_url=f"{stub.origin}/revoke", token="at", hint="access_token")
        assert heard.status == status
    assert {request.path for request in stub.asked} == {"/revoke"}


def test_c_02_a_second_redirect_is_not_followed(
    alice_client: Client, made: Connection, stub: StubPlan
) -> None:
    """C-02: no way back and forth between the two addresses; the revocation waits, and proves nothing."""
    led_to(stub, "/revoke/")
    stub.override["/revoke/"] = (301, "text/html", b"/revoke")
    end(alice_client, made)
    assert (len(stub.requests_to("/revoke")), len(stub.requests_to("/revoke/"))) == (1, 1)
    row = the_revocation()
    assert (row.state, row.problem, row.proof) == ("waiting", "status 301", "")


# --- what one try shows ----------------------------------------------------------------------------------


def test_c_02_a_401_proves_it_and_the_receipt_says_so(
    alice_client: Client, made: Connection, stub: StubPlan, caplog: pytest.LogCaptureFixture
) -> None:
    """C-02: tried exactly once; no token in the log."""
    caplog.set_level(logging.DEBUG)
    access_token, refresh_token = tokens_of(made)
    page = text(end(alice_client, made))
    assert tried(stub, access_token) == 1
    row = the_revocation()
    assert (row.state, row.proof, bytes(row.sealed_tokens)) == ("confirmed", "proved", b"")
    assert "tried the old access once more, and your plan turned it away" in page
    assert "proved" in text(alice_client.get("/connections/receipts/"))
    assert not {access_token, refresh_token} & set(caplog.text.replace("'", " ").split())
    assert access_token not in caplog.text


def test_c_02_access_that_runs_out_by_itself_is_no_failure(
    alice_client: Client, made: Connection, stub: StubPlan
) -> None:
    """C-02: a self-contained token is taken until its time is over: that moment is named."""
    made.refresh_from_db()
    stub.override["/revoke"] = UP
    response = end(alice_client, made, "keep")
    row = the_revocation()
    assert (row.state, row.proof, row.access_ends_at) == ("confirmed", "runs_out", made.access_expires_at)
    assert 'data-testid="revoked"' in response.content.decode()
    assert "ends by itself by" in text(response)
    assert "not proved" not in text(response)
    assert "ends by itself by" in text(alice_client.get(f"/connections/{made.pk}/"))


@pytest.mark.parametrize("reply", [None, as_json({}, 403), (401, "text/html", b"")])
def test_c_02_without_a_known_end_only_a_401_is_proof(
    alice_client: Client, made: Connection, stub: StubPlan, reply: Reply | None
) -> None:
    """C-02: not proved is said in plain words, with what the member can do."""
    Connection.objects.update(access_expires_at=None)
    stub.override["/revoke"] = UP
    if reply is not None:
        stub.override["/fhir/Patient"] = reply
    page = end(alice_client, made)
    is_proof = reply is not None and reply[0] == 401
    assert the_revocation().proof == ("proved" if is_proof else "not_proved")
    assert ("not proved" in text(page)) is not is_proof
    assert ("remove Plainclaim there" in text(page)) is not is_proof


def test_c_02_a_token_that_had_run_out_before_proves_nothing(
    alice_client: Client, made: Connection, stub: StubPlan
) -> None:
    """C-02: a plan turns such a token away whether it has ended the permission or not."""
    Connection.objects.update(access_expires_at=timezone.now() - timedelta(days=1))
    stub.access_tokens.clear()
    page = text(end(alice_client, made))
    assert (the_revocation().state, the_revocation().proof) == ("confirmed", "ran_out")
    assert "had run out by itself before" in page
    assert "turned it away" not in page


def test_c_02_it_is_tried_by_the_worker_too_where_the_plan_was_down(
    alice_client: Client, made: Connection, stub: StubPlan
) -> None:
    """C-02: the access token is kept sealed until then, and shredded after it."""
    access_token, _ = tokens_of(made)
    replies = iter([UP, DOWN, UP])
    stub.override["/revoke"] = lambda: next(replies)
    end(alice_client, made)
    row = the_revocation()
    assert (row.state, row.proof) == ("waiting", "")
    assert row.next_try_at
    stub.access_tokens.clear()
    moment = row.next_try_at
    revocations.ask_due(clock=lambda: moment)
    assert (the_revocation().proof, bytes(the_revocation().sealed_tokens)) == ("proved", b"")
    assert tried(stub, access_token) == 1
    hints = [hint for hint, _ in asked_of(stub)]
    assert hints == ["refresh_token", "access_token", "access_token"], (
        "what it has forgotten is not sent again"
    )


def test_c_02_a_paused_plan_is_asked_to_forget_and_nothing_else(
    alice_client: Client, made: Connection, stub: StubPlan
) -> None:
    access_token, _ = tokens_of(made)
    Plan.objects.update(status=Status.PAUSED)
    end(alice_client, made)
    assert len(asked_of(stub)) == 2
    assert tried(stub, access_token) == 0
    assert (the_revocation().state, the_revocation().proof) == ("confirmed", "")


# --- the demo payer --------------------------------------------------------------------------------------


def test_c_02_at_the_demo_payer(
    alice_client: Client, alice: Member, demo_plan_of: Callable[[str], Any]
) -> None:
    """C-02: a real server that leads on by a slash, as Medicare's does."""
    plan = demo_plan_of("blue-button")
    page = come_back(alice_client, sign_in(leave(alice_client, plan), someone(), "Allow"))
    assert page.status_code == 303, page.content.decode()
    end(alice_client, alice.connections.get())
    row = Revocation.objects.get()
    assert (row.state, row.proof) == ("confirmed", "proved")


ANNOUNCED = "revocation_endpoint_auth_methods_supported"
UNKNOWN = as_json({"error": "invalid_client"}, 401)


def test_a_secret_is_shown_at_the_revocation_the_way_that_is_announced_there(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-34: Canaille takes secrets in the body for tokens, and in the header only to revoke them."""
    set_quirks(plan, token_auth="client_secret_post")
    stub.configuration[ANNOUNCED] = ["client_secret_basic"]
    end(alice_client, connect(alice_client, plan, stub))
    assert all("client_secret" in asked.form for asked in stub.requests_to("/token"))
    revoked = stub.requests_to("/revoke")
    assert revoked
    for asked in revoked:
        assert asked.headers["Authorization"].startswith("Basic ")
        assert "client_secret" not in asked.form


@pytest.mark.parametrize("announced", [None, ["client_secret_basic", "client_secret_post"], ["none"]])
def test_a_secret_is_shown_as_ever_where_that_is_announced_or_nothing_better_is(
    alice_client: Client, plan: Plan, stub: StubPlan, announced: list[str] | None
) -> None:
    set_quirks(plan, token_auth="client_secret_post")
    stub.configuration[ANNOUNCED] = announced
    end(alice_client, connect(alice_client, plan, stub))
    assert all("client_secret" in asked.form for asked in stub.requests_to("/revoke"))


def test_a_revocation_that_is_not_for_clients_like_us_is_not_offered_and_alarms_nobody(
    alice_client: Client, plan: Plan, stub: StubPlan, caplog: pytest.LogCaptureFixture
) -> None:
    """O-34: Canaille lets public clients renew, and turns them away when they revoke; it announces that."""
    set_quirks(plan, token_auth="none")
    stub.configuration[ANNOUNCED] = ["client_secret_basic"]
    made = connect(alice_client, plan, stub)
    stub.override["/revoke"] = UNKNOWN
    page = end(alice_client, made)
    row = the_revocation()
    assert (row.state, row.problem, bytes(row.sealed_tokens)) == (
        Revocation.State.NOT_OFFERED,
        "not for clients like us",
        b"",
    )
    assert "offers no way for us to end it on its side too" in text(page)
    assert "registration" not in caplog.text


def test_a_revocation_that_takes_us_though_it_does_not_say_so_is_believed(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-34: what is published is advice."""
    set_quirks(plan, token_auth="none")
    stub.configuration[ANNOUNCED] = ["client_secret_basic"]
    end(alice_client, connect(alice_client, plan, stub))
    assert the_revocation().state == Revocation.State.CONFIRMED

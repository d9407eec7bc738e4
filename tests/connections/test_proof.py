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
from apps.connections import revocations
from apps.connections.models import Connection, Revocation
from apps.plans.choices import Status
from apps.plans.models import Plan
from tests.connections.conftest import come_back, connect, leave
from tests.connections.leaving import DOWN, UP, asked_of, end, text, the_revocation, tokens_of
from tests.connections.stub_plan import Reply, StubPlan, as_json
from tests.connections.test_demo_payer import sign_in, someone


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


@pytest.fixture
def made(alice_client: Client, plan: Plan, stub: StubPlan) -> Connection:
    """Return Alice's connection to the stub."""
    return connect(alice_client, plan, stub)


# --- led on by a slash -----------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 308])
@pytest.mark.parametrize("whole", [True, False])
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


@pytest.mark.parametrize(
    "location",
    [
        "https://elsewhere.example/revoke/",
        "{origin}/revoke//",
        "{origin}/other/",
        "{origin}/revoke/?next=1",
        "{origin}/revoke/#there",
        "{origin}/revoke",
        "http://me@{host}/revoke/",
        "http://[/revoke/",
        "",
    ],
)
def test_c_02_a_revocation_led_anywhere_else_is_not_followed(
    alice_client: Client, made: Connection, stub: StubPlan, *, location: str
) -> None:
    """C-02: tokens go to the address the plan announced, and to nowhere else."""
    led_to(stub, location.format(origin=stub.origin, host=stub.origin.removeprefix("http://")))
    end(alice_client, made)
    assert {request.path for request in stub.asked if request.method == "POST"} <= {"/token", "/revoke"}
    assert (the_revocation().state, the_revocation().problem) == ("waiting", "status 301")
    assert the_revocation().proof == ""


@pytest.mark.parametrize("status", [302, 303, 307])
def test_c_02_only_lasting_redirects_count(
    alice_client: Client, made: Connection, stub: StubPlan, *, status: int
) -> None:
    led_to(stub, "/revoke/", status)
    end(alice_client, made)
    assert not stub.requests_to("/revoke/")


def test_c_02_a_second_redirect_is_not_followed(
    alice_client: Client, made: Connection, stub: StubPlan
) -> None:
    """C-02: no way back and forth between the two addresses."""
    led_to(stub, "/revoke/")
    stub.override["/revoke/"] = (301, "text/html", b"/revoke")
    end(alice_client, made)
    assert (len(stub.requests_to("/revoke")), len(stub.requests_to("/revoke/"))) == (1, 1)
    assert the_revocation().problem == "status 301"


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


@pytest.mark.parametrize("reply", [None, as_json({}, 403), DOWN, (401, "text/html", b"")])
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


def test_c_02_rows_from_before_are_still_read() -> None:
    """C-02: what an older version sealed names no token to try: the one still to be asked for is tried."""
    left = revocations._Left.from_bytes(b'[false, [["access_token", "at-grant"]]]')
    assert (left.pairs, left.access_token) == ([("access_token", "at-grant")], "at-grant")
    assert not revocations._Left.from_bytes(b'[true, [["refresh_token", "rt-grant"]]]').access_token


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


@pytest.mark.parametrize(
    ("personality", "proof"),
    [
        ("standard", "proved"),
        ("redirecting-revoke", "proved"),
        ("blue-button", "proved"),
        ("lasting-access", "runs_out"),
    ],
)
def test_c_02_at_the_demo_payer(
    alice_client: Client,
    alice: Member,
    demo_plan_of: Callable[[str], Any],
    *,
    personality: str,
    proof: str,
) -> None:
    """C-02: a real server that leads on by a slash, and one that takes the token until it runs out."""
    plan = demo_plan_of(personality)
    page = come_back(alice_client, sign_in(leave(alice_client, plan), someone(), "Allow"))
    assert page.status_code == 303, page.content.decode()
    end(alice_client, alice.connections.get())
    row = Revocation.objects.get()
    assert (row.state, row.proof) == ("confirmed", proof)

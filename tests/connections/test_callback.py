"""Coming back from the plan: what fits becomes a connection, everything else a page that says what happened."""

import base64
import json
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection as database
from django.db import connections as databases
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections.errors import ConnectionFailed
from apps.connections.models import Connection, Handshake
from apps.connections.people import person_of
from apps.connections.tokens import open_tokens
from apps.plans.models import Plan
from apps.vault.boxes import box_for
from tests.connections.conftest import come_back, connect, leave
from tests.connections.stub_plan import CLIENT_ID, Reply, StubPlan, as_json


def nothing_happened(stub: StubPlan) -> bool:
    """Whether no code left the house and no connection came to be."""
    return not stub.requests_to("/token") and not Connection.objects.exists()


# --- good answers ---------------------------------------------------------------------------------------


def test_a_member_who_says_yes_has_a_connection(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """The whole trip; the code leaves the address bar (O-38)."""
    page = come_back(alice_client, stub.sign_in(leave(alice_client, plan)))
    made = alice.connections.get()
    assert page.status_code == 303
    assert page["Location"].startswith(f"/connections/{made.pk}/")
    assert "no-store" in page["Cache-Control"]
    assert page["Referrer-Policy"] == "no-referrer"
    assert made.is_active
    assert made.plan == plan
    assert made.scopes_granted == "openid fhirUser launch/patient patient/*.read offline_access"
    assert timedelta(minutes=59) < (made.access_expires_at or timezone.now()) - timezone.now()
    assert person_of(made, box_for(alice)).name == "Rosa Quill"


def test_the_token_request_repeats_what_was_promised(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-06: identical redirect_uri, the verifier of this trip, Basic with encoded id and secret, no state."""
    connect(alice_client, plan, stub)
    (asked,) = stub.requests_to("/token")
    assert asked.form["redirect_uri"] == "http://127.0.0.1:8000/connections/callback"
    assert 43 <= len(asked.form["code_verifier"]) <= 128
    assert {"state", "client_secret", "client_id"}.isdisjoint(asked.form)
    pair = base64.b64decode(asked.headers["Authorization"].removeprefix("Basic ")).decode()
    assert pair == "plain%3Aclaim:s3cr%25t%2B%3A%26+x"


def test_a_secret_can_go_into_the_body(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-06: client_secret_post, the only documented style at 1upHealth."""
    Plan.objects.filter(pk=plan.pk).update(token_auth="client_secret_post")
    connect(alice_client, plan, stub)
    (asked,) = stub.requests_to("/token")
    assert asked.form["client_id"] == CLIENT_ID
    assert asked.form["client_secret"] == "s3cr%t+:& x"
    assert "Authorization" not in asked.headers


def test_a_public_client_names_itself_only(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-06."""
    Plan.objects.filter(pk=plan.pk).update(token_auth="none", sealed_client_secret=None)
    connect(alice_client, plan, stub)
    (asked,) = stub.requests_to("/token")
    assert asked.form["client_id"] == CLIENT_ID
    assert "client_secret" not in asked.form
    assert "Authorization" not in asked.headers


def test_a_plan_without_pkce_gets_no_verifier(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """A quirk an operator can set."""
    Plan.objects.filter(pk=plan.pk).update(pkce="never")
    connect(alice_client, plan, stub)
    assert "code_verifier" not in stub.requests_to("/token")[0].form


@pytest.mark.parametrize(
    ("answer", "seconds"),
    [
        ({"expires_in": 16768.523842}, 16768),
        ({"expires_in": "3600"}, 3600),
        ({"expires_in": None}, None),
        ({"expires_in": 0}, None),
        ({"expires_in": -5}, None),
        ({"expires_in": "soon"}, None),
        ({"expires_in": True}, None),
        ({"expires_in": 1e12}, 366 * 86400),
        ({"token_type": "bEARER"}, 3600),
        ({"token_type": None}, 3600),
        ({"refresh_token": None}, 3600),
        ({"refresh_token": ""}, 3600),
        ({"scope": None}, 3600),
        ({"id_token": None}, 3600),
        ({"access_grant_expiration": "2027-09-05 19:17:53Z"}, 3600),
    ],
)
def test_odd_but_usable_token_answers_are_used(
    alice_client: Client, plan: Plan, stub: StubPlan, answer: dict[str, Any], seconds: int | None
) -> None:
    """O-33: everything but the access token may be missing or odd."""
    stub.answer = answer
    made = connect(alice_client, plan, stub)
    if seconds is None:
        assert made.access_expires_at is None
    else:
        assert made.access_expires_at is not None
        assert abs((made.access_expires_at - made.connected_at).total_seconds() - seconds) < 1


def test_the_granted_scope_is_kept_and_what_is_missing_is_shown(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-27: v2 spelling, fewer types, an unknown word."""
    stub.answer = {"scope": "openid patient/Coverage.rs offline_access fancy/thing"}
    made = connect(alice_client, plan, stub)
    page = alice_client.get(f"/connections/{made.pk}/").content.decode()
    assert made.scopes_granted == "openid patient/Coverage.rs offline_access fancy/thing"
    assert "What your plan covers" in page
    assert 'data-testid="withheld"' in page


def test_connecting_again_for_the_same_person_updates_the_row(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """Data read through it stays with it."""
    first = connect(alice_client, plan, stub)
    Connection.objects.update(status="needs_sign_in")
    second = connect(alice_client, plan, stub)
    assert second.pk == first.pk
    assert second.is_active
    assert second.tokens_version == first.tokens_version + 1
    assert alice.connections.count() == 1


def test_connecting_as_another_person_makes_another_connection(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """O-29: two people's records never mix."""
    connect(alice_client, plan, stub)
    stub.patients["p-2"] = "Ivo Quill"
    stub.answer = {"patient": "p-2"}
    connect(alice_client, plan, stub)
    box = box_for(alice)
    assert {person_of(row, box).id for row in alice.connections.all()} == {"p-1", "p-2"}


# --- whose records ---------------------------------------------------------------------------------------


def test_without_a_patient_in_the_token_the_plan_is_asked(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """1upHealth documents no `patient` (facts: payers.md 1.4)."""
    stub.answer = {"patient": None}
    made = connect(alice_client, plan, stub)
    assert person_of(made, box_for(alice)).id == "p-1"
    assert stub.requests_to("/fhir/Patient")


def test_a_plan_set_to_search_is_asked_whatever_the_token_says(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """`patient_lookup: search`."""
    Plan.objects.filter(pk=plan.pk).update(patient_lookup="search")
    stub.answer = {"patient": "wrong"}
    assert person_of(connect(alice_client, plan, stub), box_for(alice)).id == "p-1"


def test_fhir_user_serves_only_when_it_is_a_patient_of_this_plan(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """O-26: an identifier, never an address to call."""
    stub.patients["p-9"] = "Nine"
    stub.answer, stub.claims = {"patient": None}, {"fhirUser": f"{stub.origin}/fhir/Patient/p-9"}
    assert person_of(connect(alice_client, plan, stub), box_for(alice)).id == "p-9"
    stub.patients.pop("p-9")
    stub.claims = {"fhirUser": "https://evil.example.com/fhir/Patient/p-8"}
    assert person_of(connect(alice_client, plan, stub), box_for(alice)).id == "p-1"


def test_several_people_are_a_question_to_the_member(
    alice_client: Client, alice: Member, bob_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """Never silently the first (facts: payers.md 7, 9)."""
    stub.answer = {"patient": None}
    stub.patients["p-2"] = "Ivo Quill"
    page = come_back(alice_client, stub.sign_in(leave(alice_client, plan)))
    assert page.status_code == 303
    question = alice_client.get(page["Location"])
    assert b"Rosa Quill" in question.content
    assert b"Ivo Quill" in question.content
    assert bob_client.get(page["Location"]).status_code == 404
    assert bob_client.post(page["Location"], {"person": "p-2"}).status_code == 404
    assert alice_client.post(page["Location"], {"person": "p-3"}).status_code == 400
    assert not Connection.objects.exists()
    assert alice_client.post(page["Location"], {"person": "p-2"}).status_code == 303
    made = alice.connections.get()
    assert person_of(made, box_for(alice)).name == "Ivo Quill"
    assert alice_client.post(page["Location"], {"person": "p-1"}).status_code == 400
    assert alice.connections.count() == 1
    assert not any(bytes(row.sealed_answer) for row in alice.handshakes.all())


def test_a_choice_ends_with_its_ten_minutes_and_its_session(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """O-02 for the second half of the trip."""
    stub.answer = {"patient": None}
    stub.patients["p-2"] = "Ivo Quill"
    path = come_back(alice_client, stub.sign_in(leave(alice_client, plan)))["Location"]
    other = Client()
    other.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    assert other.post(path, {"person": "p-1"}).status_code == 403
    alice.handshakes.update(expires_at=timezone.now())
    assert alice_client.get(path).status_code == 400
    assert not Connection.objects.exists()


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        (as_json({"resourceType": "Bundle", "entry": []}), 502),
        (as_json({"resourceType": "OperationOutcome"}, 403), 502),
        ((200, "text/html", b"<html>"), 502),
        ((503, "text/html", b"<html>"), 503),
    ],
)
def test_nobody_found_ends_the_new_permission_at_the_plan(
    alice_client: Client, plan: Plan, stub: StubPlan, reply: Reply, status: int
) -> None:
    """Tokens nobody will use do not stay alive."""
    stub.answer = {"patient": None}
    stub.override["/fhir/Patient"] = reply
    assert come_back(alice_client, stub.sign_in(leave(alice_client, plan))).status_code == status
    assert not Connection.objects.exists()
    assert not stub.refresh_tokens
    assert not stub.access_tokens


# --- answers that do not fit ----------------------------------------------------------------------------------


def test_missing_state_and_empty_callbacks_are_refused(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-02, O-31."""
    answer = stub.sign_in(leave(alice_client, plan))
    for bad in ({}, {"code": answer["code"]}, {"code": answer["code"], "state": ""}):
        page = come_back(alice_client, bad)
        assert page.status_code == 400
        assert b"incomplete" in page.content
    assert nothing_happened(stub)


@pytest.mark.parametrize("state", ["nonsense", "A" * 5000, "\x00", "é" * 40, "' OR 1=1 --"])
def test_an_unknown_state_is_refused(alice_client: Client, plan: Plan, stub: StubPlan, state: str) -> None:
    """O-02."""
    answer = stub.sign_in(leave(alice_client, plan))
    page = come_back(alice_client, {**answer, "state": state})
    assert page.status_code == 400
    assert b"do not know this answer" in page.content
    assert nothing_happened(stub)


def test_a_state_works_once(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-03: reload, back button, replay."""
    answer = stub.sign_in(leave(alice_client, plan))
    assert come_back(alice_client, answer).status_code == 303
    again = come_back(alice_client, answer)
    assert again.status_code == 400
    assert b"was used already" in again.content
    assert len(stub.requests_to("/token")) == 1
    assert Connection.objects.count() == 1


def test_the_secrets_of_a_used_handshake_are_gone(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """O-03."""
    connect(alice_client, plan, stub)
    handshake = alice.handshakes.get()
    assert handshake.used_at is not None
    assert not bytes(handshake.sealed_secrets)


def test_of_many_simultaneous_callbacks_one_is_used(
    shared_database: None, alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-03: the double click."""
    answer = stub.sign_in(leave(alice_client, plan))
    statuses: list[int] = []
    start = threading.Barrier(6)

    def click() -> None:
        browser = Client()
        browser.cookies = alice_client.cookies
        start.wait()
        try:
            statuses.append(come_back(browser, answer).status_code)
        finally:
            databases.close_all()

    clicks = [threading.Thread(target=click) for _ in range(6)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()
    assert sorted(statuses) == [303, 400, 400, 400, 400, 400]
    assert len(stub.requests_to("/token")) == 1


def test_another_member_cannot_use_the_answer_nor_spoil_it(
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
    assert come_back(alice_client, answer).status_code == 303


def test_another_session_of_the_same_member_cannot_use_the_answer(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """O-02: state is bound to the session, not to the account."""
    answer = stub.sign_in(leave(alice_client, plan))
    other = Client()
    other.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    assert come_back(other, answer).status_code == 403
    leave(other, plan)
    assert come_back(other, answer).status_code == 403
    assert nothing_happened(stub)


def test_a_new_session_key_does_not_break_the_trip(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """Signing in again cycles the key and keeps the session (W-12)."""
    answer = stub.sign_in(leave(alice_client, plan))
    session = alice_client.session
    session.cycle_key()
    alice_client.cookies["session"] = session.session_key
    assert come_back(alice_client, answer).status_code == 303


def test_after_signing_out_the_answer_is_worth_nothing(
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


def test_after_ten_minutes_it_is_too_late(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """O-02, O-39."""
    answer = stub.sign_in(leave(alice_client, plan))
    alice.handshakes.update(expires_at=timezone.now())
    page = come_back(alice_client, answer)
    assert page.status_code == 400
    assert b"ten minutes" in page.content
    assert b"Start again with Harborlight Health" in page.content
    assert nothing_happened(stub)


@pytest.mark.parametrize("twice", ["code", "state", "iss", "error", "anything"])
def test_a_parameter_that_comes_twice_is_refused(
    alice_client: Client, plan: Plan, stub: StubPlan, twice: str
) -> None:
    """RFC 6749 section 3.1; O-09."""
    answer: dict[str, Any] = {**stub.sign_in(leave(alice_client, plan)), "iss": stub.origin}
    page = come_back(alice_client, {**answer, twice: [answer.get(twice, "x"), answer.get(twice, "x")]})
    assert page.status_code == 400
    assert b"contradicts itself" in page.content
    assert nothing_happened(stub)


@pytest.mark.parametrize("kind", ["code", "error"])
@pytest.mark.parametrize("iss", ["https://evil.example.com", "slash", "upper", None, ""])
def test_an_answer_of_another_issuer_is_refused(
    alice_client: Client, plan: Plan, stub: StubPlan, iss: str | None, kind: str
) -> None:
    """O-09, RFC 9207: plain comparison, required where announced, for good and bad news."""
    stub.configuration = {"authorization_response_iss_parameter_supported": True}
    answer: dict[str, Any] = stub.sign_in(leave(alice_client, plan))
    if kind == "error":
        answer = {"state": answer["state"], "error": "access_denied"}
    wrong = {"slash": f"{stub.origin}/", "upper": stub.origin.upper()}.get(iss or "", iss)
    if wrong is not None:
        answer["iss"] = wrong
    page = come_back(alice_client, answer)
    assert page.status_code == 400
    assert b"came from somewhere else" in page.content
    assert nothing_happened(stub)


@pytest.mark.parametrize("announced", [True, False])
def test_the_right_issuer_is_accepted(
    alice_client: Client, plan: Plan, stub: StubPlan, announced: bool
) -> None:
    """O-09."""
    stub.configuration = {"authorization_response_iss_parameter_supported": announced}
    answer = {**stub.sign_in(leave(alice_client, plan)), "iss": stub.origin}
    assert come_back(alice_client, answer).status_code == 303


def test_a_wrong_issuer_is_refused_also_where_none_was_announced(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-09."""
    answer = {**stub.sign_in(leave(alice_client, plan)), "iss": "https://evil.example.com"}
    assert come_back(alice_client, answer).status_code == 400
    assert nothing_happened(stub)


def test_the_code_goes_to_the_token_endpoint_recorded_before_leaving(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-10: what the plan's row says by then does not matter any more."""
    answer = stub.sign_in(leave(alice_client, plan))
    Plan.objects.filter(pk=plan.pk).update(token_url=f"{stub.origin}/elsewhere")
    come_back(alice_client, answer)
    assert len(stub.requests_to("/token")) == 1
    assert not stub.requests_to("/elsewhere")


# --- the plan says no --------------------------------------------------------------------------------------------

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
def test_every_error_of_the_plan_is_a_plain_page(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan, code: str, status: int
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
    assert "Start again with Harborlight Health" in content
    assert nothing_happened(stub)
    assert come_back(alice_client, bad).status_code == 400  # used up
    assert alice.handshakes.get().used_at is not None


def test_an_error_wins_over_a_code(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """A refused access stays refused."""
    answer = {**stub.sign_in(leave(alice_client, plan)), "error": "access_denied"}
    assert b"You said no" in come_back(alice_client, answer).content
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
def test_a_bad_token_answer_is_a_plain_page_and_loses_nothing(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan, reply: Reply, status: int
) -> None:
    """O-32: and a connection that was there before stays as it was."""
    before = connect(alice_client, plan, stub)
    stub.override["/token"] = reply
    page = come_back(alice_client, stub.sign_in(leave(alice_client, plan)))
    assert page.status_code == status
    assert b"alert(1)" not in page.content
    assert b"Nothing was changed" in page.content
    after = alice.connections.get()
    assert bytes(after.sealed_tokens) == bytes(before.sealed_tokens)
    assert after.is_active


def test_a_broken_registration_alarms_the_operator(
    alice_client: Client, plan: Plan, stub: StubPlan, caplog: pytest.LogCaptureFixture
) -> None:
    """O-32: invalid_client is nobody's fault but ours."""
    stub.override["/token"] = as_json({"error": "invalid_client"}, 401)
    come_back(alice_client, stub.sign_in(leave(alice_client, plan)))
    ours = [record for record in caplog.records if record.name == "plainclaim.connections"]
    errors = [record.getMessage() for record in ours if record.levelname == "ERROR"]
    assert errors == ["plan harborlight does not accept our client registration: an operator has to act"]


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


# --- secrets -----------------------------------------------------------------------------------------------------


def test_tokens_and_person_are_sealed_in_the_database(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """O-36, D-01: neither in any column of any row."""
    made = connect(alice_client, plan, stub)
    tokens = open_tokens(made, box_for(alice))
    with database.cursor() as cursor:
        everything = b""
        for model in (Connection, Handshake):
            cursor.execute(f"SELECT * FROM {model._meta.db_table}")  # noqa: S608 - a constant
            for row in cursor.fetchall():
                everything += b"|".join(
                    bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
                    for value in row
                )
    assert tokens.access_token.encode() not in everything
    assert (tokens.refresh_token or "").encode() not in everything
    assert b"Rosa" not in everything
    assert b"member-1" not in everything


def test_no_secret_reaches_a_page_or_a_log_line(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan, caplog: pytest.LogCaptureFixture
) -> None:
    """O-36, W-33: also at DEBUG, also when things go wrong."""
    caplog.set_level("DEBUG")
    answer = stub.sign_in(leave(alice_client, plan))
    verifiers = []
    pages = [come_back(alice_client, answer), come_back(alice_client, answer)]
    made = alice.connections.get()
    verifiers.append(stub.requests_to("/token")[0].form["code_verifier"])
    pages += [alice_client.get(path) for path in ("/connections/", f"/connections/{made.pk}/")]
    pages.append(alice_client.get(f"/connections/{made.pk}/disconnect/"))
    tokens = open_tokens(made, box_for(alice))
    secrets = [*answer.values(), *verifiers, tokens.access_token, tokens.refresh_token or "", "s3cr%t"]
    seen = "".join(page.content.decode() for page in pages)
    logged = "\n".join(f"{record.getMessage()} {record.args}" for record in caplog.records)
    for secret in secrets:
        assert secret not in seen
        assert secret not in logged
        assert secret not in json.dumps(dict(alice_client.session), default=str)
    assert "Rosa" not in logged
    own = [record.getMessage() for record in caplog.records if not record.name.startswith("urllib3")]
    assert "p-1" not in "\n".join(own)


def test_errors_and_rows_do_not_print_secrets(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """W-32: what a traceback would show."""
    made = connect(alice_client, plan, stub)
    tokens = open_tokens(made, box_for(alice))
    printed = f"{tokens!r} {made!r} {made} {person_of(made, box_for(alice))!r} {alice.handshakes.get()}"
    assert tokens.access_token not in printed
    assert "Rosa" not in printed


@pytest.mark.parametrize("next_", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1"])
def test_nothing_in_the_answer_decides_where_the_member_lands(
    alice_client: Client, plan: Plan, stub: StubPlan, next_: str
) -> None:
    """O-37: no open redirect."""
    answer = {**stub.sign_in(leave(alice_client, plan)), "next": next_, "redirect_uri": next_}
    page = come_back(alice_client, answer)
    assert page.status_code == 303
    assert page["Location"].startswith("/connections/")


def test_every_failure_has_words_for_the_member() -> None:
    """What happened, whether anything is lost, and what to do."""
    kinds = ConnectionFailed.__subclasses__()
    assert len(kinds) >= 15
    for kind in kinds:
        assert kind.title and kind.sentence.endswith(".") and kind.lost and kind.next_step.endswith(".")
        assert kind.status in {200, 400, 403, 409, 429, 502, 503}
        assert not {"FHIR", "OAuth", "token"} & set(kind.sentence.split())

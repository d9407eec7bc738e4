"""Whose fault it looks like: every error of a plan sorted into the member's, the plan's and ours."""

import logging
from datetime import timedelta
from io import StringIO
from typing import Final

import pytest
from django.core.management import call_command
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.connections import errors, oauth
from apps.connections.access import Access
from apps.connections.errors import (
    ConnectionFailed,
    GrantRefused,
    PlanAnswerUnreadable,
    PlanBusy,
    PlanRefusesUs,
    PlanSaidNo,
    RefreshDelayed,
    RegistrationBroken,
    RequestRefused,
)
from apps.connections.models import Attempt, Connection, Handshake
from apps.plans.models import Plan
from tests.connections.conftest import (
    again,
    come_back,
    connect,
    later,
    leave,
    nothing_happened,
    refresh_token_of,
)
from tests.connections.leaving import text
from tests.connections.stub_plan import StubPlan, as_json

HOSTILE: Final = "<script>alert(1)</script>"
HTML: Final = b"<html><h1>Not here</h1></html>"
INACTIVE: Final = {"status_code": 403, "detail": "This application, Plainclaim, is temporarily inactive."}
GONE: Final = {"detail": "Data Access Grant was Not Found."}
STATUSES: Final = (200, 400, 401, 403, 404, 408, 429, 502)
no, busy, odd = PlanSaidNo, PlanBusy, PlanAnswerUnreadable
grant, us, how = GrantRefused, PlanRefusesUs, RequestRefused
# For each body of the token endpoint, what it means with each of STATUSES.
MATRIX: Final = {
    "invalid_grant": (as_json({"error": "invalid_grant"}), [grant] * 8),
    "invalid_client": (as_json({"error": "invalid_client"}), [us] * 8),
    "unauthorized_client": (as_json({"error": "unauthorized_client"}), [us] * 8),
    "invalid_scope": (as_json({"error": "invalid_scope", "error_description": HOSTILE}), [how] * 8),
    "temporarily_unavailable": (as_json({"error": "temporarily_unavailable"}), [busy] * 8),
    "unknown code": (
        as_json({"error": HOSTILE, "error_uri": HOSTILE}),
        [no, no, no, no, no, busy, busy, busy],
    ),
    "empty object": (as_json({}), [odd, odd, odd, odd, odd, busy, busy, busy]),
    "HTML": ((0, "text/html", HTML), [odd, odd, odd, odd, odd, busy, busy, busy]),
    "nothing": ((0, "text/plain", b""), [odd, odd, odd, odd, odd, busy, busy, busy]),
    "inactive": (as_json(INACTIVE), [odd, us, us, us, us, busy, busy, busy]),
    "grant gone": (as_json(GONE), [odd, grant, grant, grant, grant, busy, busy, busy]),
    "no such token": (
        as_json({"status_code": 403, "message": "(access_denied) Unable to verify permission."}),
        [odd, *[grant] * 4, *[busy] * 3],
    ),
    "Apigee's token": (as_json({"Error": "Refresh Token expired"}), [odd, *[how] * 4, *[busy] * 3]),
    "Apigee's code": (as_json({"Error": "Invalid Authorization Code"}), [odd, *[how] * 4, *[busy] * 3]),
    "Entra's": (as_json({"error": "interaction_required", "suberror": "x"}), [no, *[grant] * 4, *[busy] * 3]),
    "Apigee's client": (as_json({"Error": "Invalid client id : x"}), [odd, *[us] * 4, *[busy] * 3]),
}


@pytest.mark.parametrize("body", MATRIX)
def test_o_32_every_token_error_has_one_meaning(plan: Plan, stub: StubPlan, body: str) -> None:
    """O-32: fourteen bodies times eight statuses; CMS answers 404 in HTML, 403 inactive, 408 and 502."""
    (_, kind, content), meanings = MATRIX[body]
    for status, meaning in zip(STATUSES, meanings, strict=True):
        Plan.objects.update(client_refused_at=None, status="confirmed")
        plan.refresh_from_db()
        stub.override["/token"] = (status, kind, content)
        with pytest.raises(ConnectionFailed) as caught:
            oauth.refresh(plan, token_url=f"{stub.origin}/token", refresh_token="rt")
        assert type(caught.value) is meaning, status
        assert "alert(1)" not in str(caught.value)
        plan.refresh_from_db()
        assert plan.is_open()
        assert (plan.client_refused_at is not None) is (meaning is PlanRefusesUs)


def test_o_32_what_may_pass_by_itself_is_tried_again_and_what_may_not_is_not() -> None:
    """O-32: for the background, which has nobody to ask."""
    assert PlanBusy.retry and PlanAnswerUnreadable.retry
    assert not (GrantRefused.retry or PlanRefusesUs.retry or RequestRefused.retry)


SIDES: Final = {
    "member": (
        errors.MemberSaidNo,
        errors.GrantRefused,
        errors.AnswerExpired,
        errors.AnswerUsed,
        errors.AnswerForeign,
        errors.SignedOut,
        errors.TooManyTries,
    ),
    "plan": (
        errors.PlanBusy,
        errors.PlanSaidNo,
        errors.PlanAnswerUnreadable,
        errors.IdTokenRefused,
        errors.NobodyFound,
        errors.IssuerDiffers,
        errors.AnswerMisdirected,
    ),
    "operator": (
        errors.PlanRefusesUs,
        errors.RequestRefused,
        errors.PlanMoved,
        errors.PlanNotConnectable,
        errors.StoredPartBroken,
    ),
}


def test_every_failure_is_on_the_right_side_and_has_words_for_the_member() -> None:
    """A grant that is too old can only be mended by signing in; a wrong scope only by an operator."""
    for fault, kinds in SIDES.items():
        assert {kind.fault for kind in kinds} == {fault}
    every = ConnectionFailed.__subclasses__()
    assert len(every) >= 15
    for kind in every:
        assert kind.title and kind.sentence.endswith(".") and kind.lost and kind.next_step.endswith(".")
        assert kind.status in {200, 400, 403, 409, 429, 502, 503}
        assert not {"FHIR", "OAuth", "token"} & set(kind.sentence.split())


def test_a_refused_code_is_not_said_to_be_old_as_if_the_plan_had_told_us() -> None:
    """RFC 6749 section 5.2: `invalid_grant` is also a redirect URI that differs, or another client's code."""
    assert "As a rule" in errors.GrantRefused.sentence
    assert "sign-in is fine" not in errors.PlanRefusesUs.next_step, "of the member's sign-in we know nothing"


def test_o_32_a_plan_that_refuses_our_registration_is_stopped_and_connections_stay(
    alice_client: Client, plan: Plan, stub: StubPlan, caplog: pytest.LogCaptureFixture
) -> None:
    """O-32: nobody new is sent there; the operator is told in the log and in admin; nobody loses anything."""
    made = connect(alice_client, plan, stub)
    before = bytes(Connection.objects.get().sealed_tokens)
    stub.override["/token"] = as_json({"error": "invalid_client"}, 401)
    refused(plan, stub)
    caplog.clear()
    page = come_back(alice_client, stub.sign_in(leave(alice_client, plan)))
    assert page.status_code == 502
    assert b"nothing is wrong on your side" in page.content
    plan.refresh_from_db()
    assert plan.status == "paused"
    assert "does not accept our client registration" in plan.notes
    assert [r.levelname for r in caplog.records if r.name == "plainclaim.connections"] == ["ERROR"]
    attempt = Attempt.objects.latest("started_at")
    assert (attempt.failure, attempt.fault) == ("PlanRefusesUs", "operator")
    assert alice_client.post(f"/connections/begin/{plan.slug}/").status_code in (409, 404)
    made.refresh_from_db()
    assert made.is_active
    assert bytes(made.sealed_tokens) == before


def test_o_32_a_refused_registration_in_the_background_stops_the_plan_and_keeps_the_connection(
    quiet: Connection, stub: StubPlan
) -> None:
    """O-32: the member's permission may well hold."""
    stub.override["/token"] = as_json({"error": "invalid_client"}, 401)
    for status in ("confirmed", "paused"):
        with pytest.raises(RegistrationBroken):
            Access(quiet, clock=later(3600)).ask("Patient/p-1")
        assert Plan.objects.get().status == status
    quiet.refresh_from_db()
    assert quiet.is_active


def test_o_32_a_plan_that_renews_only_for_clients_with_a_secret_is_not_stopped(
    quiet: Connection, plan: Plan, stub: StubPlan, caplog: pytest.LogCaptureFixture
) -> None:
    """Authlib and node-oauth2-server say so by default: sign-ins went well, two renewals closed the plan."""
    plan.own_quirks |= {"token_auth": "none"}
    plan.save()
    stub.override["/token"] = as_json({"error": "invalid_client"}, 401)
    for _ in range(2):
        with pytest.raises(RefreshDelayed):
            Access(again(quiet), clock=later(3600)).ask("Patient/p-1")
    assert "set its quirk refresh to `none`" in caplog.text
    plan.refresh_from_db()
    assert (plan.status, plan.client_refused_at) == ("confirmed", None)


def refused(plan: Plan, stub: StubPlan) -> Plan:
    """Have the plan refuse our registration once more, met by a worker that read the row long ago."""
    stub.override["/token"] = as_json({"error": "invalid_client"}, 401)
    with pytest.raises(PlanRefusesUs):
        oauth.refresh(plan, token_url=f"{stub.origin}/token", refresh_token="rt")
    return Plan.objects.get()


def test_c_06_one_refusal_of_our_registration_pauses_nobody_and_is_logged(
    plan: Plan, stub: StubPlan, caplog: pytest.LogCaptureFixture
) -> None:
    """C-06: the server may have failed to fetch our keys for a moment; when is in the row."""
    assert refused(plan, stub).is_open()
    (line,) = [record for record in caplog.records if record.name == "plainclaim.connections"]
    assert line.levelname == "WARNING"
    assert "harborlight did not accept our client registration" in line.getMessage()
    long_ago = timezone.now() - timedelta(minutes=11)
    Plan.objects.update(client_refused_at=long_ago)
    assert refused(plan, stub).is_open()
    assert refused(plan, stub).is_paused
    assert (
        "paused until an operator ends that; if it takes us at sign-ins, set its quirk refresh" in caplog.text
    )


@pytest.mark.parametrize("note", ["note_accepted", "note_secret_taken"])
def test_r_03_tokens_are_kept_where_it_cannot_be_noted_that_the_plan_took_us(
    quiet: Connection, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, note: str
) -> None:
    """R-03: the plan has replaced the refresh token by then; a locked database is no reason to lose it."""

    def locked(*_: object, **__: object) -> None:
        raise DatabaseError("database is locked")

    monkeypatch.setattr(oauth, note, locked)
    before = refresh_token_of(quiet)
    Access(quiet, clock=later(3600)).ask("Patient/p-1")
    assert refresh_token_of(quiet) != before
    assert "which was not noted (DatabaseError)" in caplog.text


def test_c_06_a_later_success_forgets_the_refusal_and_lifts_its_pause(
    quiet: Connection, plan: Plan, stub: StubPlan, caplog: pytest.LogCaptureFixture
) -> None:
    """C-06: also a revocation, the only thing that a paused plan is asked for."""
    refused(plan, stub)
    del stub.override["/token"]
    Access(quiet, clock=later(3600)).ask("Patient/p-1")
    assert Plan.objects.get().client_refused_at is None
    assert refused(plan, stub).is_open()
    assert refused(plan, stub).is_paused
    oauth.revoke(plan, revoke_url=f"{stub.origin}/revoke", token="at", hint="access_token")
    mended = Plan.objects.get()
    assert mended.is_open() and mended.client_refused_at is None
    assert "resumed by itself" in mended.notes
    assert "its pause is over" in caplog.text


@pytest.mark.parametrize("was_refused", [True, False])
def test_c_06_a_pause_of_an_operators_is_theirs_to_end(
    plan: Plan, stub: StubPlan, *, was_refused: bool
) -> None:
    """C-06: whether or not the plan had paused itself before."""
    if was_refused:
        refused(plan, stub)
        assert refused(plan, stub).is_paused
    call_command("operate", "stop_plan", plan.slug, reason="maintenance", stdout=StringIO())
    oauth.revoke(plan, revoke_url=f"{stub.origin}/revoke", token="at", hint="access_token")
    assert Plan.objects.get().is_paused
    call_command("operate", "resume_plan", plan.slug, reason="mended", stdout=StringIO())
    assert Plan.objects.get().is_open()


def test_a_plan_an_operator_paused_keeps_the_operators_words(plan: Plan, stub: StubPlan) -> None:
    """Pausing by itself adds to the notes once, and changes no other state."""
    Plan.objects.update(notes="Call Ann.")
    for _ in range(3):
        refused(plan, stub)
    plan.refresh_from_db()
    assert plan.notes.startswith("Call Ann.\n")
    assert plan.notes.count("paused by itself") == 1
    [paused] = AuditEntry.objects.filter(action="paused by itself", actor="the site itself")
    assert paused.subject == f"plans.plan {plan.pk}"
    Plan.objects.update(status="unconfirmed")
    assert refused(plan, stub).status == "unconfirmed"


WHOSE_SIDE: Final = {
    "member": "On your side or on your plan's, it seems.",
    "plan": "On your plan's side",
    "operator": "On our side",
}
REFUSALS: Final[list[tuple[str, int, str]]] = [
    ("access_denied", 200, "member"),
    ("invalid_request", 502, "operator"),
    ("unauthorized_client", 502, "operator"),
    ("unsupported_response_type", 502, "operator"),
    ("invalid_scope", 502, "operator"),
    ("redirect_uri_mismatch", 502, "operator"),
    ("server_error", 503, "plan"),
    ("temporarily_unavailable", 503, "plan"),
    ("login_required", 502, "plan"),
    ("interaction_required", 502, "plan"),
    ("consent_required", 502, "plan"),
    (HOSTILE, 502, "plan"),
    ("x" * 3000, 502, "plan"),
    ("\x00\r\nX: y", 502, "plan"),
]


def test_o_31_every_error_of_the_plan_is_a_plain_page_that_says_whose_side_it_looks_like(
    alice_client: Client, plan: Plan, stub: StubPlan, caplog: pytest.LogCaptureFixture
) -> None:
    """O-31: no stack, no words of others, the trip is over; a number finds the attempt.

    An operator is alarmed, and no plan closed: a member could write it into the address bar.
    """
    caplog.set_level(logging.ERROR)
    for code, status, fault in REFUSALS:
        caplog.clear()
        state = stub.sign_in(leave(alice_client, plan))["state"]
        bad = {
            "error": code,
            "state": state,
            "error_description": HOSTILE,
            "error_uri": "https://evil.example",
        }
        page = come_back(alice_client, bad)
        content, attempt = page.content.decode(), Attempt.objects.latest("started_at")
        assert page.status_code == status, code
        for alien in ("alert(1)", "evil.example", "Traceback"):
            assert alien not in content + attempt.detail
        assert (attempt.fault, bool(attempt.failure)) == (fault, True), code
        said = text(page)
        assert WHOSE_SIDE[fault] in said, code
        assert f"Tell support this number: {attempt.reference}" in said
        assert "Nothing was changed" in said
        assert "Your connected plans" in said
        # Where we are not recognised, trying again at once is no advice.
        assert ("Start again with Harborlight Health" in said) is (code != "unauthorized_client")
        assert come_back(alice_client, bad).status_code == 400, "used up"
        told = [r.getMessage() for r in caplog.records if r.name == "plainclaim.connections"]
        assert [code in line and "alert(1)" not in line for line in told] == [True] * (fault == "operator")
    assert not Handshake.objects.filter(used_at=None).exists()
    assert nothing_happened(stub)
    plan.refresh_from_db()
    assert plan.is_open()

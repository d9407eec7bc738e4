"""What becomes of a permission: refused, cut off, turned away, about somebody else; and why, in the row."""

import os
import signal
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connections as databases
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections import endings
from apps.connections.access import Access
from apps.connections.errors import PermissionEnded, RefreshDelayed
from apps.connections.models import Connection
from apps.plans.models import Plan
from tests.connections.conftest import again, connect, later, refresh_token_of
from tests.connections.stub_plan import CLIENT_ID, Asked, Reply, StubPlan, as_json
from tests.connections.test_access_races import worker_process
from tests.quirks import set_quirks


def why(connection: Connection) -> str:
    """Return why it ended, after checking that it did, and when is known."""
    connection.refresh_from_db()
    assert connection.needs_sign_in
    assert connection.ended_at is not None
    assert connection.refresh_lease is None
    return connection.ended_because


def test_r_02_a_refused_refresh_ends_nothing_when_newer_tokens_came_meanwhile(
    shared_database: None, quiet: Connection, stub: StubPlan
) -> None:
    """R-02: a reader that was paused beyond its lease spends a token that another one has spent since."""

    def another_was_faster() -> Reply:
        del stub.override["/token"]
        Connection.objects.update(refresh_lease=None, refresh_lease_until=None)
        row = again(quiet)
        assert Access(row, clock=later(3600)).ask("Patient/p-1").status == 200
        databases["default"].close()
        return stub.reply(stub.asked[0])

    stub.override["/token"] = another_was_faster
    assert Access(quiet, clock=later(3600)).ask("Patient/p-1").status == 200
    assert (stub.refreshed, stub.reused) == (1, 1)
    quiet.refresh_from_db()
    assert quiet.is_active
    assert quiet.ended_because == ""


def test_r_04_an_answer_that_was_lost_on_its_way_is_not_called_the_plans_end(
    quiet: Connection, stub: StubPlan
) -> None:
    """A server that rotates has spent the token: "ended on the plan's side" would be a lie."""

    def lost() -> Reply:
        stub.refresh_tokens.clear()
        raise ConnectionResetError

    stub.override["/token"] = lost
    with pytest.raises(RefreshDelayed):
        Access(quiet, clock=later(3600)).ask("Patient/p-1")
    del stub.override["/token"]
    with pytest.raises(PermissionEnded):
        Access(again(quiet), clock=later(3601)).ask("Patient/p-1")
    assert why(quiet) == "interrupted"


def test_o_24_a_refresh_is_judged_as_the_first_answer(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-24, O-21: the audiences that were fine on connecting are fine afterwards; no others."""
    stub.claims = {"aud": [CLIENT_ID, f"{stub.origin}/fhir"], "azp": CLIENT_ID, "nonce": None}
    before, stub.claims = stub.claims, {**stub.claims}
    del stub.claims["nonce"]
    connection = connect(alice_client, plan, stub)
    stub.claims = {**before, "at_hash": None, "exp": int(timezone.now().timestamp()) + 9000}
    stub.answer = {"id_token": stub.id_token({}, "")}
    assert Access(connection, clock=later(3600)).ask("Patient/p-1").status == 200
    connection.refresh_from_db()
    assert (connection.status, connection.ended_because) == ("active", "")
    stub.claims["aud"] = [CLIENT_ID, "https://another.example.com/fhir"]
    stub.answer = {"id_token": stub.id_token({}, "")}
    with pytest.raises(PermissionEnded):
        Access(connection, clock=later(7200)).ask("Patient/p-1")
    assert why(connection) == "unproven"


@pytest.mark.parametrize(("lookup", "is_over"), [("token", True), ("search", False)])
def test_o_24_the_patient_of_a_later_proof_of_identity_is_the_same_one(
    alice_client: Client, plan: Plan, stub: StubPlan, lookup: str, *, is_over: bool
) -> None:
    """O-24: as on connecting, where the answer itself names nobody and the plan's word on that counts."""
    set_quirks(plan, patient_lookup=lookup)
    connection = connect(alice_client, plan, stub)
    for patient in ("p-1", "p-2"):
        stub.claims = {"exp": 2_000_000_000, "at_hash": None, "nonce": None, "patient": patient}
        stub.answer = {"patient": None, "id_token": stub.id_token({}, "")}
        opened = Access(again(connection), clock=later(3600 if patient == "p-1" else 7200))
        if patient == "p-2" and is_over:
            with pytest.raises(PermissionEnded):
                opened.ask("Patient/p-1")
            assert why(connection) == "another_person"
        else:
            assert opened.ask("Patient/p-1").status == 200


def test_r_02_whoever_was_told_too_soon_that_it_is_over_is_set_right(
    shared_database: None, quiet: Connection, stub: StubPlan
) -> None:
    """R-02: the lease of a slow winner ran out, the loser gave the permission up; then the winner saves."""

    def the_loser_gives_up() -> Reply:
        del stub.override["/token"]
        answer = stub.reply(stub.asked[-1])
        Connection.objects.update(
            status="needs_sign_in", ended_because="refused", ended_at=later(0)(), refresh_lease_until=None,
            refresh_lease=None,
        )  # fmt: skip
        databases["default"].close()
        return answer

    stub.override["/token"] = the_loser_gives_up
    assert Access(quiet, clock=later(3600)).ask("Patient/p-1").status == 200
    quiet.refresh_from_db()
    assert quiet.is_active
    assert (quiet.ended_because, quiet.ended_at) == ("", None)
    assert refresh_token_of(quiet) in stub.refresh_tokens


def test_r_03_new_tokens_are_committed_before_the_plans_keys_are_asked_for(
    shared_database: None, quiet: Connection, stub: StubPlan
) -> None:
    """R-03: and nobody may use them until they are proven; the lease keeps the others waiting."""
    stub.claims = {"exp": 2_000_000_000, "at_hash": None}
    stub.answer = {"patient": "p-1", "id_token": stub.id_token({}, "")}
    seen: list[tuple[bool, bool, bool]] = []

    def look() -> Reply:
        row = again(quiet)
        kept = refresh_token_of(row) in stub.refresh_tokens
        is_stale = row.access_expires_at is not None and row.access_expires_at <= later(3600)()
        seen.append((kept, is_stale, row.refresh_lease is not None))
        databases["default"].close()
        return as_json({"keys": [stub.key.as_dict(private=False)]})

    stub.override["/jwks"] = look
    assert Access(quiet, clock=later(3600)).ask("Patient/p-1").status == 200
    assert set(seen) == {(True, True, True)}
    quiet.refresh_from_db()
    assert quiet.refresh_lease is None
    assert quiet.access_expires_at is not None
    assert quiet.access_expires_at > later(3600)()


def test_r_04_a_worker_killed_between_answer_and_commit_costs_one_try(
    shared_database: None, quiet: Connection, stub: StubPlan
) -> None:
    """R-04: kill -9 while the plan's answer is on its way; then one try, a clear reason, no loop."""
    stub.strict = True
    databases["default"].close()
    with worker_process(quiet, 1) as child:

        def kill() -> Reply:
            del stub.override["/token"]
            answer = stub.reply(stub.asked[-1])  # the plan has spent the token
            os.kill(child.pid, signal.SIGKILL)
            child.wait()
            return answer

        stub.override["/token"] = kill
        assert child.stdin
        child.stdin.write("1\n")
        child.stdin.flush()
        assert child.wait() == -signal.SIGKILL
    assert stub.refreshed == 1
    quiet.refresh_from_db()
    assert quiet.is_active
    assert quiet.refresh_lease is not None
    asked_before = len(stub.requests_to("/token"))
    for _ in range(3):
        row = again(quiet)
        with pytest.raises(PermissionEnded):
            Access(row, clock=later(7200)).ask("Patient/p-1")
    assert len(stub.requests_to("/token")) == asked_before + 1
    assert why(quiet) == "interrupted"


@pytest.mark.usefixtures("shared_database")
def test_r_05_no_transaction_is_open_while_the_plan_is_asked(
    alice_client: Client, bob: Member, plan: Plan, stub: StubPlan, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R-05: at every request to the plan, of a whole life, others can write: this row and other members'."""
    answer, checked = stub.reply, []

    def check_and_answer(asked: Asked) -> Reply:
        with databases["default"].cursor() as cursor:
            if databases["default"].vendor == "sqlite":
                cursor.execute("PRAGMA busy_timeout = 0")
            else:
                cursor.execute("SET lock_timeout = '1s'")
        Member.objects.filter(pk=bob.pk).update(last_login=later(0)())
        Member.objects.exclude(pk=bob.pk).update(last_login=later(0)())
        Plan.objects.update(member_note="")
        Connection.objects.update(scopes_asked="asked")
        databases["default"].close()
        checked.append(asked.path)
        return answer(asked)

    monkeypatch.setattr(stub, "reply", check_and_answer)
    made = connect(alice_client, plan, stub)
    stub.answer = {"patient": None}
    assert Access(made, clock=later(3600)).ask("Patient/p-1").status == 200
    stub.patients["p-2"] = "Ivo Quill"
    endings.erase(connection=made, now=later(0)())
    assert {"/token", "/jwks", "/fhir/Patient/p-1", "/revoke"} <= set(checked)
    assert checked.count("/token") == 2


def test_r_06_an_empty_refresh_token_counts_as_none(quiet: Connection, stub: StubPlan) -> None:
    """R-06: and none keeps the old one, which the next refresh then spends."""
    before = refresh_token_of(quiet)
    for number, answer in enumerate([{"refresh_token": ""}, {"refresh_token": None}], start=1):
        stub.answer = {"patient": None, **answer}
        stub.refresh_tokens.add(str(before))  # a static plan: the same one for every use
        assert Access(quiet, clock=later(3600 * number)).ask("Patient/p-1").status == 200
        assert refresh_token_of(quiet) == before
    assert stub.refreshed == 2


def test_a_token_refused_before_its_time_without_another_is_turned_away(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """Not the calm end of a short permission: somebody ended it at the plan."""
    stub.answer = {"refresh_token": None}
    made = connect(alice_client, plan, stub)
    stub.access_tokens.clear()
    with pytest.raises(PermissionEnded):
        Access(made, clock=later(0)).ask("Patient/p-1")
    assert why(made) == "turned_away"


def test_a_refusal_after_the_announced_end_is_the_end_that_was_announced(
    quiet: Connection, stub: StubPlan
) -> None:
    """Facts payers.md 4.1, row 7: invalid_grant when the grant's time is over."""
    Connection.objects.update(permission_ends_at=later(3000)())
    stub.refresh_tokens.clear()
    with pytest.raises(PermissionEnded):
        Access(Connection.objects.get(), clock=later(3600)).ask("Patient/p-1")
    assert why(quiet) == "expired"


@pytest.mark.parametrize(
    ("answer", "claims", "reason"),
    [
        ({"patient": "p-2"}, {}, "another_person"),
        ({"patient": "p-1"}, {"sub": "somebody else"}, "another_person"),
        ({"patient": "p-1"}, {"sub": None}, "unproven"),
        ({"patient": "p-1"}, {"iss": "https://evil.example.com"}, "unproven"),
        ({"patient": "p-1"}, {"exp": 1}, "unproven"),
    ],
)
def test_o_24_a_refresh_about_somebody_else_drops_its_tokens_and_ends_the_permission(
    quiet: Connection, stub: StubPlan, answer: dict[str, Any], claims: dict[str, Any], reason: str
) -> None:
    """O-24, O-29: given back to the plan, kept by nobody, and the row says why."""
    stub.answer = answer
    if claims:
        stub.claims = {"exp": 2_000_000_000, "at_hash": None, **claims}
        stub.answer = {**answer, "id_token": stub.id_token({}, "")}
    with pytest.raises(PermissionEnded):
        Access(quiet, clock=later(3600)).ask("Patient/p-1")
    assert why(quiet) == reason
    assert not stub.refresh_tokens
    assert not stub.requests_to("/fhir/Patient/p-1")
    if claims:
        assert bytes(quiet.sealed_tokens) == b""


def test_the_page_says_why_it_ended_and_what_to_do(alice_client: Client, quiet: Connection) -> None:
    """On the list and on the connection's own page; calm where it is normal."""
    Connection.objects.update(
        status="needs_sign_in",
        ended_because="interrupted",
        ended_at=datetime(2026, 11, 20, 12, 0, tzinfo=UTC),
    )
    for path in ("/connections/", f"/connections/{quiet.pk}/", "/home/"):
        page = alice_client.get(path).content.decode()
        assert "We were cut off while renewing the permission" in page, path
        assert "That was on November 20, 2026." in page
        assert "note--needs" in page
    Connection.objects.update(ended_because="not_lasting", scopes_asked="launch/patient patient/*.read")
    page = alice_client.get("/connections/").content.decode()
    assert "That is normal there." in page
    assert "Sign in for newer records" in page
    assert "note--needs" not in page


def test_the_pages_warn_before_a_known_end(alice_client: Client, quiet: Connection) -> None:
    """From fourteen days before, on all three pages; the date itself is always on the connection's page."""
    far = later(timedelta(days=30).total_seconds())()
    Connection.objects.update(permission_ends_at=far)
    assert b'data-testid="permission-ends"' in alice_client.get(f"/connections/{quiet.pk}/").content
    assert b'data-testid="permission"' not in alice_client.get("/connections/").content
    Connection.objects.update(permission_ends_at=later(timedelta(days=3).total_seconds())())
    for path in ("/connections/", f"/connections/{quiet.pk}/", "/home/"):
        page = alice_client.get(path).content.decode()
        assert "permission ends on" in page, path
        assert "sign in there again before then" in page
        assert page.count('data-testid="reconnect"') == 1, "one button, however often it is said"

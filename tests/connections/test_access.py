"""Reading through a connection: fresh tokens, refreshed once, sent to the plan alone."""

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections import people
from apps.connections.access import MARGIN, Access
from apps.connections.errors import (
    OutsideThePlan,
    PermissionEnded,
    RefreshDelayed,
)
from apps.connections.models import Connection
from apps.plans.models import Plan
from apps.plans.origins import may_come_along
from apps.sync import r4_evidence
from tests.connections.conftest import again, connect, later, refresh_token_of
from tests.connections.stub_plan import Reply, StubPlan, as_json
from tests.quirks import set_quirks


def test_a_fresh_token_is_sent_in_the_header(quiet: Connection, stub: StubPlan) -> None:
    """O-23: never in the query."""
    opened = Access(quiet, clock=timezone.now)
    answer = opened.ask("Patient/p-1")
    assert answer.status == 200
    assert opened.patient_id == "p-1"
    assert opened.base_url == f"{stub.origin}/fhir"
    (asked,) = stub.asked
    assert asked.path == "/fhir/Patient/p-1"
    assert asked.headers["Authorization"].startswith("Bearer at-")
    assert not asked.query
    assert opened.ask(f"{stub.origin}/fhir/Coverage?patient=p-1").status == 200


ELSEWHERE = [
    "https://evil.example.com/fhir/Patient/p-1",
    "//evil.example.com/fhir",
    "http://127.0.0.1:9/fhir/Patient/p-1",
    "{origin}@evil.example.com/fhir",
    "https://127.0.0.1:{port}/fhir",
    "http://user:pw@127.0.0.1:{port}/fhir",
    "http://127.0.0.1:{port}\\@evil.example.com/",
    "file:///etc/passwd",
    "http://[::1",
]


def test_the_token_goes_nowhere_else(quiet: Connection, stub: StubPlan) -> None:
    """O-26, R-20: other host, port, scheme, user info."""
    opened = Access(quiet, clock=timezone.now)
    port = stub.origin.rsplit(":", 1)[1]
    for url in ELSEWHERE:
        with pytest.raises(OutsideThePlan):
            opened.ask(url.replace("{origin}", stub.origin).replace("{port}", port))
    assert not stub.asked


def test_a_plan_that_is_known_not_to_renew_is_not_asked_to(quiet: Connection, stub: StubPlan) -> None:
    """The token is used to its last second, whatever else the plan gave with it."""
    set_quirks(quiet.plan, refresh="none")
    row = Connection.objects.select_related("plan", "member").get()
    assert Access(row, clock=later(3600 - 59)).ask("Patient/p-1").status == 200
    assert [asked.path for asked in stub.asked] == ["/fhir/Patient/p-1"]


def test_a_redirect_is_an_answer_not_a_way(quiet: Connection, stub: StubPlan) -> None:
    """R-20: redirects to elsewhere are not followed, so the token cannot be led away."""
    stub.override["/fhir/Patient/p-1"] = (302, "text/html", b"http://127.0.0.1:9/evil")
    assert Access(quiet, clock=timezone.now).ask("Patient/p-1").status == 302


def test_a_redirect_of_the_plans_own_server_is_a_way(quiet: Connection, stub: StubPlan) -> None:
    """Django, nginx and gateways answer so to an address without its slash: no record of the type came."""
    stub.override["/fhir/Patient/old"] = (301, "text/html", b"/fhir/Patient/p-1")
    answer = Access(quiet, clock=timezone.now).ask("Patient/old")
    assert (answer.status, answer.url) == (200, f"{stub.origin}/fhir/Patient/p-1")


def test_a_token_about_to_end_is_renewed_first(quiet: Connection, stub: StubPlan) -> None:
    """R-07; the new refresh token replaces the spent one (O-33, RFC 6749 section 6)."""
    before, ends = refresh_token_of(quiet), quiet.access_expires_at
    assert ends
    assert Access(quiet, clock=lambda: ends - MARGIN).ask("Patient/p-1").status == 200
    assert [asked.path for asked in stub.asked] == ["/token", "/fhir/Patient/p-1"]
    form = stub.asked[0].form
    assert form == {"grant_type": "refresh_token", "refresh_token": before}
    after = refresh_token_of(quiet)
    assert after in stub.refresh_tokens
    assert after != before
    assert quiet.tokens_version == 2
    assert quiet.refresh_lease is None


def test_a_token_with_time_left_is_not_renewed(quiet: Connection, stub: StubPlan) -> None:
    """R-07."""
    Access(quiet, clock=later(3600 - 70)).ask("Patient/p-1")
    assert not stub.requests_to("/token")


def test_short_lived_tokens_are_not_renewed_on_every_call(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """A margin of a minute would eat a token that lives half a minute."""
    stub.answer = {"expires_in": 30}
    opened = Access(connect(alice_client, plan, stub), clock=timezone.now)
    for _ in range(3):
        opened.ask("Patient/p-1")
    assert stub.refreshed == 0


def test_a_401_is_answered_by_one_refresh_and_one_repeat(quiet: Connection, stub: StubPlan) -> None:
    """R-08."""
    stub.access_tokens.clear()
    assert Access(quiet, clock=later(60)).ask("Patient/p-1").status == 200
    assert [asked.path for asked in stub.asked] == ["/fhir/Patient/p-1", "/token", "/fhir/Patient/p-1"]


def known_after(stub: StubPlan, tries: int, path: str = "/fhir/Patient/p-1") -> None:
    """Have the server that keeps records learn of a token only when it was asked with it so often."""
    refusals = iter(range(tries))

    def answer() -> Reply:
        if next(refusals, None) is not None:
            return as_json({}, 401)
        del stub.override[path]
        return stub.reply(stub.asked.pop())

    stub.override[path] = answer


def test_a_server_that_takes_one_media_type_alone_is_asked_by_that(quiet: Connection, stub: StubPlan) -> None:
    """Some compare `Accept` as a whole (CMS DPC did): "in a form that we do not read", members were told."""
    good = as_json({"resourceType": "Patient", "id": "p-1"})

    def answer() -> Reply:
        is_taken = stub.asked[-1].headers["Accept"] == "application/fhir+json"
        return good if is_taken else as_json({}, 406)

    stub.override["/fhir/Patient/p-1"] = answer
    access = Access(quiet, clock=timezone.now)
    assert [access.ask("Patient/p-1").status for _ in range(2)] == [200, 200]
    assert len(stub.asked) == 3


@pytest.mark.parametrize("seconds", [0, 3600])
def test_a_token_that_the_server_of_the_records_learns_of_a_moment_later_is_no_end(
    quiet: Connection, stub: StubPlan, seconds: int
) -> None:
    """Tokens are replicated (OpenAM issue 421, and others): a 401 at once spent the next token, and a second
    one ended the permission of the member who had just signed in."""
    known_after(stub, len(people.FRESH_PAUSES))
    assert Access(quiet, clock=later(seconds)).ask("Patient/p-1").status == 200
    assert stub.refreshed == bool(seconds)
    quiet.refresh_from_db()
    assert quiet.is_active


def test_of_a_token_without_an_end_it_is_known_too_that_it_is_fresh(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    stub.answer = {"expires_in": None}
    opened = Access(connect(alice_client, plan, stub), clock=later(60))
    stub.access_tokens.clear()  # and the one after it, for a moment
    stub.asked.clear()
    stub.answer = {"expires_in": None, "patient": None}
    known_after(stub, 1 + len(people.FRESH_PAUSES))
    assert opened.ask("Patient/p-1").status == 200
    assert stub.refreshed == 1


def test_whoever_waits_for_a_fresh_token_to_be_known_may_be_told_to_stop(
    quiet: Connection, stub: StubPlan
) -> None:
    """A worker was not heard for seconds at each question."""
    stub.override["/fhir/Patient/p-1"] = as_json({}, 401)
    asked_for: list[float] = []

    def pause(seconds: float) -> None:
        asked_for.append(seconds)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        Access(quiet, clock=timezone.now, pause=pause).ask("Patient/p-1")
    assert asked_for == [people.FRESH_PAUSES[0]]
    assert len(stub.asked) == 1


def test_a_401_to_what_a_plan_publishes_of_itself_says_nothing_of_the_permission(
    quiet: Connection, stub: StubPlan
) -> None:
    """R-08: some plans publish no statement, and answer so."""
    stub.override["/fhir/metadata"] = as_json({}, 401)
    opened = Access(quiet, clock=later(60))
    assert [opened.ask(f"{opened.base_url}{place}").status for place in ("/metadata", "/Coverage")] == [
        401,
        200,
    ]
    assert stub.refreshed == 0
    quiet.refresh_from_db()
    assert quiet.is_active


def test_a_401_with_a_fresh_token_ends_the_permission(quiet: Connection, stub: StubPlan) -> None:
    """R-08: the second 401."""
    stub.override["/fhir/Patient/p-1"] = as_json({}, 401)
    with pytest.raises(PermissionEnded):
        Access(quiet, clock=timezone.now).ask("Patient/p-1")
    quiet.refresh_from_db()
    assert (quiet.needs_sign_in, quiet.ended_because) == (True, "turned_away")
    assert stub.refreshed == 1


DAY = 24 * 3600


@pytest.mark.parametrize(
    "refusal",
    [
        {"error": "invalid_request"},
        {"error": "unsupported_grant_type"},
        {"error": "token_expired"},
        {"message": "Invalid authorization code"},
    ],
    ids=str,
)
def test_how_we_ask_is_refused_for_three_days_before_the_permission_ends(
    quiet: Connection, stub: StubPlan, refusal: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """Many call a token that ran out so; a mistake of a day would end the permissions of all members.

    Days on which nothing was asked, as the plan was paused, are not counted. A day is asked about a little
    earlier than the one before it, at times.
    """
    stub.override["/token"] = as_json(refusal, 400)
    before = refresh_token_of(quiet)
    for days in (30, 30.5, 60, 60.5, 61 - 1 / 24, 61.5):
        with pytest.raises(RefreshDelayed):
            Access(again(quiet), clock=later(int(days * DAY))).ask("Patient/p-1")
        assert (refresh_token_of(quiet), quiet.refresh_lease) == (before, None)
    assert caplog.text.count("refused to renew a permission") == 6
    with pytest.raises(PermissionEnded):
        Access(again(quiet), clock=later(62 * DAY - 2 * 3600)).ask("Patient/p-1")


def test_evidence_is_gathered_without_ending_the_permission_it_is_gathered_by(
    quiet: Connection, stub: StubPlan
) -> None:
    """Servers say 401 of a type that no scope covers, and of nonsense; RFC 6750 says 403."""
    Connection.objects.update(scopes_granted="patient/Patient.read")
    for path in ("ExplanationOfBenefit", "Coverage", "NoSuchType"):
        stub.override[f"/fhir/{path}"] = as_json({}, 401)
    seen = r4_evidence.gather(again(quiet), clock=timezone.now)
    probes = {probe["asked"]: (probe["status"], probe["well"]) for probe in seen.probes}
    assert probes["Coverage, for which no scope was given"] == (401, True)
    assert probes["a type that FHIR has not"] == (401, True)
    assert again(quiet).is_active
    assert stub.refreshed == 0
    stub.override["/fhir/Patient/p-1"] = as_json({}, 401)
    asked = [probe["asked"] for probe in r4_evidence.gather(again(quiet), clock=timezone.now).probes]
    assert asked == ["no token", "a token that nobody gave out"], "of a token that died nothing is proved"


def test_a_renewal_that_goes_well_takes_back_that_earlier_ones_were_refused(
    quiet: Connection, stub: StubPlan
) -> None:
    refusal = as_json({"error": "invalid_request"}, 400)
    stub.override["/token"] = refusal
    with pytest.raises(RefreshDelayed):
        Access(again(quiet), clock=later(3600)).ask("Patient/p-1")
    assert again(quiet).renewal_refused_days == 1
    del stub.override["/token"]
    Access(again(quiet), clock=later(7200)).ask("Patient/p-1")
    assert (again(quiet).renewal_refused_days, again(quiet).renewal_refused_at) == (0, None)


def test_a_refused_refresh_ends_the_permission_and_keeps_the_row(
    quiet: Connection, alice: Member, stub: StubPlan
) -> None:
    """R-02, R-10, R-40: the member is asked to sign in; one try, no loop (R-04)."""
    stub.override["/token"] = as_json({"error": "invalid_grant"}, 400)
    with pytest.raises(PermissionEnded) as caught:
        Access(quiet, clock=later(3600)).ask("Patient/p-1")
    assert "Sign in at your plan again" in caught.value.sentence
    assert not caught.value.retry
    quiet.refresh_from_db()
    assert (quiet.needs_sign_in, quiet.ended_because) == (True, "refused")
    assert quiet.refresh_lease is None
    with pytest.raises(PermissionEnded):
        Access(quiet, clock=later(3600))
    assert len(stub.requests_to("/token")) == 1


WAITS = {"Retry-After": "600"}
TROUBLES: list[tuple[Reply, str]] = [
    (as_json({}, 500), ""),
    (as_json({"error": "temporarily_unavailable"}, 503), ""),
    (as_json({}, 429), ""),
    ((408, "text/html", b"<html>"), ""),
    ((200, "text/html", b"<html>"), ""),
    ((200, "application/json", b'{"access_token"'), ""),
    (as_json({"access_token": ""}), ""),
    ((429, "application/json", b"{}", WAITS), "600"),
    ((503, "application/json", b"<html>", WAITS), "600"),
    ((400, "application/json", b'{"error": "slow_down"}', WAITS), "600"),
    ((503, "application/json", b'{"error": "server_error"}', WAITS), "600"),
]


def test_trouble_during_a_refresh_keeps_the_tokens_for_another_try(quiet: Connection, stub: StubPlan) -> None:
    """R-09, R-13, O-32: aborted, not skipped; retried, not given up, and when the plan asked for."""
    before = refresh_token_of(quiet)
    for stub.override["/token"], wait in TROUBLES:
        with pytest.raises(RefreshDelayed) as caught:
            Access(quiet, clock=later(3600)).ask("Patient/p-1")
        assert caught.value.retry
        assert (caught.value.retry_after or "") == wait
        assert refresh_token_of(quiet) == before
        assert quiet.is_active
        assert quiet.refresh_lease is None
    del stub.override["/token"]
    assert Access(quiet, clock=later(3600)).ask("Patient/p-1").status == 200


def test_a_plan_that_is_gone_keeps_the_tokens(quiet: Connection, plan: Plan, stub: StubPlan) -> None:
    """R-14. It moved to where nobody answers; tokens may go along (S-01)."""
    plan.token_url = "http://127.0.0.1:9/token"
    plan.moved_from = may_come_along(plan, [quiet.bound_to])
    plan.save()
    with pytest.raises(RefreshDelayed):
        Access(Connection.objects.get(), clock=later(3600)).ask("Patient/p-1")
    assert Connection.objects.get().is_active


def test_without_a_refresh_token_the_access_token_is_used_to_its_end(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """The normal case at 1upHealth (facts: payers.md 7, 8)."""
    stub.answer = {"refresh_token": None}
    made = connect(alice_client, plan, stub)
    assert Access(made, clock=later(3590)).ask("Patient/p-1").status == 200
    with pytest.raises(PermissionEnded):
        Access(made, clock=later(3601)).ask("Patient/p-1")
    made.refresh_from_db()
    assert (made.needs_sign_in, made.ended_because) == (True, "not_lasting")


def test_a_refresh_may_narrow_the_scope(quiet: Connection, stub: StubPlan) -> None:
    """O-27."""
    stub.answer = {"patient": None, "scope": "patient/Coverage.read"}
    Access(quiet, clock=later(3600)).ask("Patient/p-1")
    quiet.refresh_from_db()
    assert quiet.scopes_granted == "patient/Coverage.read"


def test_records_are_asked_for_by_get_or_by_a_posted_search_and_nothing_else_is_posted(
    quiet: Connection, stub: StubPlan
) -> None:
    """Nothing is written: what is no search is refused before it leaves."""
    opened = Access(quiet, clock=timezone.now)
    opened.ask("Patient/p-1")
    opened.ask("Coverage/_search", "patient=p-1")
    for place in ("Coverage", "Coverage#/_search", "Coverage?/_search"):
        with pytest.raises(OutsideThePlan):
            opened.ask(place, "{}")
    assert [(asked.method, asked.path) for asked in stub.asked] == [
        ("GET", "/fhir/Patient/p-1"),
        ("POST", "/fhir/Coverage/_search"),
    ]
    assert {asked.headers["Accept"] for asked in stub.asked} == {
        "application/fhir+json, application/json;q=0.9"
    }

"""Leaving for the plan."""

import base64
import hashlib
import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections import handshakes, limits, visitor_trip
from apps.connections.models import Attempt, Handshake
from apps.plans.models import Plan
from tests.conftest import by_passkey
from tests.connections.conftest import YES, address_on, come_back, connect, leave
from tests.connections.stub_plan import CLIENT_ID, StubPlan
from tests.quirks import set_quirks


def sent(url: str) -> dict[str, str]:
    """Return the parameters of an authorization request, each of which must come once."""
    query = parse_qs(urlsplit(url).query, keep_blank_values=True)
    assert all(len(values) == 1 for values in query.values())
    return {name: values[0] for name, values in query.items()}


def test_o_05_the_request_carries_what_smart_asks_for(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-05, and Inferno's client suite (facts: payers.md 4.3)."""
    url = leave(alice_client, plan)
    parameters = sent(url)
    assert url.startswith(f"{stub.origin}/authorize?tenant=7&")
    assert parameters["response_type"] == "code"
    assert parameters["client_id"] == CLIENT_ID
    assert parameters["redirect_uri"] == "http://127.0.0.1:8000/connections/callback"
    assert parameters["scope"] == "openid fhirUser launch/patient patient/*.read offline_access"
    assert parameters["aud"] == plan.fhir_base_url
    assert parameters["code_challenge_method"] == "S256"
    assert len(parameters["code_challenge"]) == 43
    assert len(parameters["nonce"]) >= 40
    assert len(parameters["state"]) == 64
    assert parameters.pop("tenant") == "7", "which is part of the plan's own address"
    assert parameters.keys() == {
        *("response_type", "client_id", "redirect_uri", "scope", "state", "aud", "nonce"),
        *("code_challenge", "code_challenge_method"),
    }, "nothing that a plan did not offer: no launch, no max_age, no claims, no prompt"


def test_o_01_ten_thousand_states_are_all_different_and_long(
    alice: Member, plan: Plan, stub: StubPlan, now: Any
) -> None:
    """O-01: 384 bits each, no value twice; some of them through the whole beginning."""
    kept = handshakes.Secrets("uri", "token", "scope", None, None, False, "", None, None)
    states = {
        handshakes.begin(Handshake(member=alice, plan=plan), binding="a session", kept=kept, now=now)
        for _ in range(30)
    }
    assert len(states) == Handshake.objects.values("state_digest").distinct().count() == 30
    states |= {handshakes.new_state() for _ in range(9_970)}
    assert len(states) == 10_000
    assert min(len(base64.urlsafe_b64decode(state)) for state in states) >= 16


def test_o_04_verifiers_are_all_different_and_well_formed(
    db: None, plan: Plan, stub: StubPlan, now: Any
) -> None:
    """O-04, RFC 7636 section 4: S256 only, 43 to 128 characters of its alphabet, never the same twice."""
    verifiers, challenges = set(), set()
    for _ in range(20):
        departure = visitor_trip.begin(plan=plan, binding="a session", now=now)
        parameters = sent(departure)
        handshake = Handshake.objects.for_state(parameters["state"]).get()
        kept = json.loads(handshakes.box_of(handshake).open(handshake, "sealed_secrets"))
        verifier = kept["code_verifier"]
        assert re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", verifier)
        digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        assert (parameters["code_challenge"], parameters["code_challenge_method"]) == (digest, "S256")
        assert verifier not in departure
        verifiers.add(verifier)
        challenges.add(parameters["code_challenge"])
    assert len(verifiers) == len(challenges) == 20


def test_o_39_two_tabs_have_secrets_of_their_own(alice_client: Client, plan: Plan) -> None:
    """O-04, O-39."""
    first, second = sent(leave(alice_client, plan)), sent(leave(alice_client, plan))
    for name in ("state", "nonce", "code_challenge"):
        assert first[name] != second[name]


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"pkce": "never"}, {"code_challenge", "code_challenge_method"}),
        ({"send_aud": False}, {"aud"}),
        ({"send_response_type": False}, {"response_type"}),
        ({"scopes": ["patient/*.read"]}, {"nonce"}),
    ],
)
def test_what_a_plan_refuses_is_left_out(
    alice_client: Client, plan: Plan, stub: StubPlan, change: dict[str, Any], missing: set[str]
) -> None:
    """Quirks of real plans (facts: payers.md 7)."""
    set_quirks(plan, **change)
    url = leave(alice_client, plan)
    parameters = sent(url)
    assert come_back(alice_client, stub.sign_in(url)).status_code == 303
    (asked,) = stub.requests_to("/token")
    assert ("code_verifier" in asked.form) is ("code_challenge" in parameters)
    assert "state" not in asked.form, "strict servers refuse it there"
    assert missing.isdisjoint(parameters)
    assert {"state", "redirect_uri", "scope", "client_id"} <= parameters.keys()


@pytest.mark.parametrize("base", ["/fhir", "/fhir/", "/FHIR/r4?x=1"])
def test_o_05_the_aud_of_the_plan_is_sent_as_it_stands(
    alice_client: Client, plan: Plan, stub: StubPlan, base: str
) -> None:
    """O-05: the FHIR base letter by letter, or what the plan's row says instead."""
    known = {"authorize_url": f"{stub.origin}/authorize", "token_url": f"{stub.origin}/token"}
    Plan.objects.update(fhir_base_url=stub.origin + base, **known)
    assert sent(leave(alice_client, plan))["aud"] == stub.origin + base
    set_quirks(aud="https://other.example.com/fhir/")
    assert sent(leave(alice_client, plan))["aud"] == "https://other.example.com/fhir/"


@pytest.mark.parametrize("header", ["HTTP_HOST", "HTTP_X_FORWARDED_HOST"])
def test_o_08_the_redirect_uri_does_not_come_from_the_request(
    alice_client: Client, plan: Plan, settings: Any, header: str
) -> None:
    page = alice_client.post(f"/connections/begin/{plan.slug}/", YES, **{header: "evil.example.com"})
    assert b"evil.example.com" not in page.content
    if header == "HTTP_HOST":
        assert page.status_code == 400
    else:
        assert sent(address_on(page))["redirect_uri"].startswith(f"{settings.SITE_URL}/connections/callback")


def test_o_42_the_page_leads_on_by_itself_and_by_a_link_and_is_kept_nowhere(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-42: a form may not redirect to another origin under form-action 'self', so this is a page."""
    page = alice_client.post(f"/connections/begin/{plan.slug}/", YES)
    content = page.content.decode()
    assert page.status_code == 200
    assert re.search(rf'<meta http-equiv="refresh" content="0;url={stub.origin}/authorize', content)
    assert "no-store" in page["Cache-Control"]
    assert page["Referrer-Policy"] == "no-referrer"
    assert "form-action 'self'" in page["Content-Security-Policy"]


def test_only_a_members_own_post_begins_and_at_a_listed_plan(
    client: Client, alice: Member, alice_client: Client, plan: Plan
) -> None:
    """W-29, W-02: a GET, as after signing in here first, shows the page before leaving."""
    here = f"/connections/begin/{plan.slug}/"
    assert b"Before you go to Harborlight Health" in alice_client.get(here, YES).content
    assert client.post(here, YES)["Location"].startswith("/account/login/"), "it cannot say who a visitor is"
    forged = Client(enforce_csrf_checks=True)
    forged.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    assert forged.post(here, YES).status_code == 403
    assert alice_client.post("/connections/begin/nowhere/").status_code == 404
    Plan.objects.filter(pk=plan.pk).update(is_listed=False)
    assert alice_client.post(here).status_code == 404
    assert not Handshake.objects.exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"registration": None}, b"cannot be connected yet"),
        ({"status": "unconfirmed"}, b"cannot be connected yet"),
        ({"status": "paused"}, b"Connecting this plan is paused"),
    ],
)
def test_a_plan_that_cannot_be_connected_says_so(
    alice_client: Client, plan: Plan, stub: StubPlan, change: dict[str, str], words: bytes
) -> None:
    """No dead end at the plan."""
    Plan.objects.filter(pk=plan.pk).update(**change)
    page = alice_client.post(f"/connections/begin/{plan.slug}/")
    assert page.status_code == 409
    assert words in page.content
    assert not stub.asked


def test_s_01_an_operator_tries_a_plan_before_any_member_can(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """S-01: whoever may open plans is its first member; nobody else is led to what nobody vouches for."""
    Plan.objects.filter(pk=plan.pk).update(status="unconfirmed")
    here, people = f"/connections/begin/{plan.slug}/", dict[str, Member]()
    for role in ("plans", "support"):
        people[role] = Member.objects.create_user(f"{role}@example.com", "-", is_staff=True)
        people[role].groups.set([Group.objects.get(name=role)])
    for browser in (Client(), alice_client, by_passkey(people["support"])):
        assert browser.get(here)["Location"] == plan.get_absolute_url()
        assert browser.post(here, YES).status_code == 409
    assert not stub.asked
    tries = by_passkey(people["plans"])
    change = tries.get(f"/admin/plans/plan/{plan.pk}/change/").content.decode()
    assert f'<a href="{here}">Connect it with your own account</a>' in change
    made = connect(tries, plan, stub)
    assert (made.member, made.is_active) == (people["plans"], True)
    for shut in ({"registration": None}, {"status": "paused"}):
        Plan.objects.filter(pk=plan.pk).update(**shut)
        assert tries.post(here, YES).status_code == 409


def test_a_plan_that_cannot_be_found_is_busy_and_nothing_is_lost(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """O-12: HTML instead of discovery."""
    for place in ("/fhir/.well-known/smart-configuration", "/.well-known/openid-configuration"):
        stub.override[place] = (200, "text/html", b"<html>Welcome</html>")
    page = alice_client.post(f"/connections/begin/{plan.slug}/", YES)
    assert page.status_code == 503
    assert b"not available" in page.content
    assert b"still here" in page.content
    attempt = Attempt.objects.get()
    assert (attempt.stage, attempt.failure, attempt.fault) == ("started", "PlanBusy", "plan")
    assert attempt.reference.encode() in page.content
    assert alice.consents.standing().get().plan == plan.slug, "G-08: the yes stood before it was asked"


@pytest.mark.parametrize("trouble", ["none", "not connectable", "down"])
def test_too_many_tries_leave_no_more_rows_and_after_a_pause_it_goes_on(
    alice_client: Client,
    alice: Member,
    bob_client: Client,
    plan: Plan,
    stub: StubPlan,
    monkeypatch: pytest.MonkeyPatch,
    trouble: str,
) -> None:
    """W-18: attempts are kept for 400 days, so nobody fills the table by pressing a button; others go on."""
    monkeypatch.setattr(limits, "MOST_AT_ONCE", 3)
    if trouble == "not connectable":
        Plan.objects.filter(pk=plan.pk).update(registration=None)
    elif trouble == "down":
        stub.override["/fhir/.well-known/smart-configuration"] = (503, "text/html", b"")
    pages = [alice_client.post(f"/connections/begin/{plan.slug}/", YES) for _ in range(5)]
    assert [page.status_code == 429 for page in pages] == [False, False, False, True, True]
    assert pages[-1]["Retry-After"] == "600"
    assert b"Harborlight" in pages[-1].content or trouble == "not connectable"
    assert Attempt.objects.count() == 3
    assert bob_client.post(f"/connections/begin/{plan.slug}/", YES).status_code != 429
    alice.handshakes.update(created_at=timezone.now() - timedelta(minutes=11))
    cache.clear()  # whose own ten minutes cannot be moved
    assert alice_client.post(f"/connections/begin/{plan.slug}/", YES).status_code != 429


def test_the_table_holds_neither_state_nor_verifier_nor_nonce(
    alice_client: Client, plan: Plan, alice: Member
) -> None:
    """D-01: digests and sealed bytes only."""
    parameters = sent(leave(alice_client, plan))
    row = alice.handshakes.values().get()
    stored = repr({name: bytes(v) if isinstance(v, memoryview) else v for name, v in row.items()})
    assert parameters["state"] not in stored
    assert parameters["nonce"] not in stored

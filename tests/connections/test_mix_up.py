"""Two plans, one browser: an answer counts only where, and from whom, it was expected."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from django.test import Client

from apps.connections import handshakes
from apps.connections.models import Attempt, Connection, Handshake
from apps.plans.models import Plan
from tests.connections.conftest import YES, come_back, leave, nothing_happened
from tests.connections.stub_plan import CLIENT_ID, CLIENT_SECRET, StubPlan, running
from tests.connections.test_begin import sent
from tests.quirks import set_quirks
from tests.registered import give_secret, registered

ANNOUNCED = {"authorization_response_iss_parameter_supported": True}
SHARED = "/connections/callback"


@pytest.fixture
def own(plan: Plan) -> Plan:
    """Return the plan as one with a redirect URI of its own wherever that is needed."""
    plan.own_quirks["redirect"] = "auto"
    plan.save()
    return plan


@pytest.fixture
def other_stub() -> Iterator[StubPlan]:
    """Return a second plan's server, which may be up to no good."""
    with running() as server:
        yield server


@pytest.fixture
def other(own: Plan, other_stub: StubPlan) -> Plan:
    """Return the row of the second plan."""
    row = Plan(
        slug="tidewater",
        name="Tidewater Mutual",
        fhir_base_url=f"{other_stub.origin}/fhir",
        registration=registered(CLIENT_ID),
        own_quirks={"token_auth": "client_secret_basic"},
    )
    give_secret(row, CLIENT_SECRET)
    row.save()
    return row


def door_of(url: str) -> str:
    """Return the path of the redirect URI in an authorization request."""
    return urlsplit(sent(url)["redirect_uri"]).path


@pytest.mark.parametrize("kind", ["code", "error"])
def test_o_09_the_issuer_is_compared_letter_by_letter(
    alice_client: Client, plan: Plan, stub: StubPlan, kind: str
) -> None:
    """O-09, RFC 9207 section 2.4: required where announced, in good and bad news alike."""
    stub.configuration = ANNOUNCED
    origin = stub.origin
    for iss in (None, "https://evil.example.com", f"{origin}/", origin.upper(), [origin] * 2, "", origin):
        answer: dict[str, Any] = stub.sign_in(leave(alice_client, plan))
        if kind == "error":
            answer = {"state": answer["state"], "error": "access_denied"}
        page = come_back(alice_client, answer if iss is None else {**answer, "iss": iss})
        if iss == origin:
            assert page.status_code == (303 if kind == "code" else 200)
        else:
            assert page.status_code == 400, iss
            assert nothing_happened(stub), iss
        assert (b"You or your plan said no" in page.content) is (iss == origin and kind == "error")


@pytest.mark.parametrize(
    ("quirk", "announced"), [("auto", True), ("auto", False), ("own", True), ("shared", False)]
)
def test_o_10_a_server_that_does_not_name_itself_has_a_door_of_its_own(
    alice_client: Client, plan: Plan, stub: StubPlan, quirk: str, announced: bool
) -> None:
    """O-10: and the trip through it works to the end, with the same redirect URI at the token endpoint."""
    is_shared = quirk == "shared" or (quirk == "auto" and announced)
    set_quirks(redirect=quirk)
    stub.configuration = ANNOUNCED if announced else {}
    url = leave(alice_client, plan)
    path = door_of(url)
    assert (path == SHARED) is is_shared
    assert re.fullmatch(f"{SHARED}(/127-0-0-1-[0-9]+-[0-9a-f]{{8}})?", path)
    answer = stub.sign_in(url) | ({"iss": stub.origin} if announced else {})
    assert alice_client.get(path, answer).status_code == 303
    (asked,) = stub.requests_to("/token")
    assert asked.form["redirect_uri"] == f"http://127.0.0.1:8000{path}"


def test_o_10_a_code_that_comes_through_another_plans_door_goes_nowhere(
    alice_client: Client, own: Plan, stub: StubPlan, other: Plan, other_stub: StubPlan
) -> None:
    """O-10: the attacker's plan leads the member on to the honest one, to have its code delivered to itself.

    The honest server answers at the door of the honest plan, with the `state` of the trip to the other.
    """
    honest_door = door_of(leave(alice_client, own))
    to_attacker = leave(alice_client, other)
    code = stub.sign_in(to_attacker.replace(other_stub.origin, stub.origin))["code"]
    page = alice_client.get(honest_door, {"code": code, "state": sent(to_attacker)["state"]})
    assert page.status_code == 400
    assert b"wrong door" in page.content
    assert nothing_happened(stub)
    assert nothing_happened(other_stub)
    assert Attempt.objects.filter(failure="AnswerMisdirected", fault="plan", plan=other).count() == 1


@pytest.mark.parametrize("door", ["the other's", SHARED, f"{SHARED}/no-such-server", f"{SHARED}/harborlight"])
def test_o_10_an_answer_at_another_door_is_refused_before_any_token_request(
    alice_client: Client, own: Plan, stub: StubPlan, other: Plan, door: str
) -> None:
    """O-10: also at the shared door, at doors nobody has, and at the one that plans had of before (C-10)."""
    answer = stub.sign_in(leave(alice_client, own))
    path = door_of(leave(alice_client, other)) if door == "the other's" else door
    assert alice_client.get(path, answer).status_code == 400
    assert nothing_happened(stub)


def test_o_10_a_state_that_was_seen_at_two_doors_is_spent(
    alice_client: Client, own: Plan, stub: StubPlan, other: Plan
) -> None:
    """O-10: RFC 9700 section 4.4 asks to abort. Who knows the state could end the trip anyhow."""
    answer = stub.sign_in(leave(alice_client, own))
    alice_client.get(f"{SHARED}/tidewater", answer)
    assert alice_client.get(answer.path, answer).status_code == 400
    assert nothing_happened(stub)
    assert not bytes(Handshake.objects.get().sealed_secrets)


def test_o_10_nobody_else_can_spoil_a_trip_by_knocking_at_another_door(
    alice_client: Client, bob_client: Client, own: Plan, stub: StubPlan, other: Plan
) -> None:
    """O-10, O-40: neither a guess, nor another member, nor another trip of the same member."""
    answer = stub.sign_in(leave(alice_client, own))
    elsewhere = leave(alice_client, other)
    alice_client.get(answer.path, {"state": "a guess", "code": "x"})
    alice_client.get(answer.path, {"state": sent(elsewhere)["state"], "code": "x"})
    leave(bob_client, own)
    assert bob_client.get(door_of(elsewhere), answer).status_code == 403
    assert alice_client.get(answer.path, answer).status_code == 303


def test_o_10_two_plans_in_two_tabs_both_arrive(
    alice_client: Client, own: Plan, stub: StubPlan, other: Plan, other_stub: StubPlan
) -> None:
    """O-10, O-39: each code goes to the server of its own trip."""
    first, second = leave(alice_client, own), leave(alice_client, other)
    assert alice_client.get(door_of(second), other_stub.sign_in(second)).status_code == 303
    assert alice_client.get(door_of(first), stub.sign_in(first)).status_code == 303
    assert len(stub.requests_to("/token")) == len(other_stub.requests_to("/token")) == 1
    assert {row.plan for row in Connection.objects.all()} == {own, other}


@pytest.mark.parametrize(
    ("header", "redirect", "door"),
    [("HTTP_HOST", "auto", "/127-0-0-1-"), ("HTTP_X_FORWARDED_HOST", "shared", "")],
)
def test_o_08_the_door_does_not_depend_on_the_host_asked_for(
    alice_client: Client, own: Plan, stub: StubPlan, settings: Any, *, header: str, redirect: str, door: str
) -> None:
    """O-08: https as the site is, a constant of the plan, at leaving and at the token endpoint."""
    settings.SITE_URL = "https://plainclaim.localhost"
    settings.ALLOWED_HOSTS = ["testserver", "another.localhost"]
    set_quirks(redirect=redirect)
    url = leave(alice_client, own)
    assert sent(url)["redirect_uri"].startswith(f"https://plainclaim.localhost/connections/callback{door}")
    page = alice_client.get(door_of(url), stub.sign_in(url), **{header: "another.localhost"})
    assert page.status_code == 303
    (asked,) = stub.requests_to("/token")
    assert asked.form["redirect_uri"] == sent(url)["redirect_uri"]
    assert Connection.objects.count() == 1


@pytest.mark.parametrize("quirk", ["auto", "own", "shared"])
def test_o_10_a_server_that_announces_iss_and_names_no_issuer_is_not_left_for(
    alice_client: Client, own: Plan, other: Plan, other_stub: StubPlan, quirk: str
) -> None:
    """O-09, O-10: its answers could be compared with nothing; an operator writes or confirms the issuer."""
    set_quirks(other, redirect=quirk)
    other_stub.configuration = {**ANNOUNCED, "issuer": None, "jwks_uri": None}
    page = alice_client.post(f"/connections/begin/{other.slug}/", YES)
    assert page.status_code == 503
    assert not Handshake.objects.exists()
    attempt = Attempt.objects.get()
    assert (attempt.failure, attempt.fault) == ("PlanNeedsOperator", "operator")
    Plan.objects.filter(pk=other.pk).update(issuer=other_stub.origin)
    assert (door_of(leave(alice_client, other)) == SHARED) is (quirk != "own")


def test_o_10_a_code_of_the_honest_plan_is_not_taken_to_a_server_without_an_issuer(
    alice_client: Client, stub: StubPlan, other: Plan, other_stub: StubPlan
) -> None:
    """O-10: of a trip that began before that was asked; its `iss` at the shared door proves nothing."""
    stub.configuration = ANNOUNCED
    other_stub.configuration = ANNOUNCED
    url = leave(alice_client, other)
    handshake = Handshake.objects.select_related("member").get()
    box = handshakes.box_of(handshake)
    kept = {**json.loads(box.open(handshake, "sealed_secrets")), "issuer": None, "jwks_uri": None}
    sealed = box.seal(handshake, "sealed_secrets", json.dumps(kept).encode())
    Handshake.objects.update(sealed_secrets=sealed)
    answer = stub.sign_in(url.replace(other_stub.origin, stub.origin))
    page = alice_client.get(SHARED, {**answer, "iss": stub.origin})
    assert page.status_code == 400
    assert nothing_happened(stub)
    assert nothing_happened(other_stub)
    assert Attempt.objects.get().failure == "IssuerDiffers"


def test_c_10_all_plans_of_one_authorization_server_have_one_redirect_uri(
    alice_client: Client, own: Plan, stub: StubPlan, other: Plan
) -> None:
    """C-10, O-10: an app registers with a server, not with each plan it signs in for."""
    sibling = Plan(
        slug="sibling", name="Sibling", fhir_base_url=f"{stub.origin}/fhir", issuer=stub.origin,
        registration=registered(CLIENT_ID), own_quirks={"token_auth": "client_secret_basic"},
    )  # fmt: skip
    give_secret(sibling, CLIENT_SECRET)
    sibling.save()
    url = leave(alice_client, sibling)
    assert door_of(url) == door_of(leave(alice_client, own)) != door_of(leave(alice_client, other))
    assert come_back(alice_client, stub.sign_in(url)).status_code == 303


def test_c_10_no_server_gets_into_anothers_door_by_what_it_publishes(
    alice_client: Client, own: Plan, stub: StubPlan, other: Plan, other_stub: StubPlan
) -> None:
    """C-10, O-10: neither by another's issuer in its documents, nor by one an operator took from there."""
    other_stub.configuration = {"issuer": stub.origin, "jwks_uri": None}
    assert door_of(leave(alice_client, other)) != door_of(leave(alice_client, own))
    Plan.objects.filter(pk=other.pk).update(issuer=stub.origin)
    assert door_of(leave(alice_client, other)) != door_of(leave(alice_client, own))


def test_c_10_a_trip_that_left_with_the_redirect_uri_of_a_plan_arrives(
    alice_client: Client, own: Plan, stub: StubPlan
) -> None:
    """C-10: of before an upgrade, with an address that was made of the plan's slug."""
    url = leave(alice_client, own)
    before = f"http://127.0.0.1:8000{SHARED}/{own.slug}"
    handshake = Handshake.objects.select_related("member").get()
    box = handshakes.box_of(handshake)
    kept = {**json.loads(box.open(handshake, "sealed_secrets")), "redirect_uri": before}
    Handshake.objects.update(sealed_secrets=box.seal(handshake, "sealed_secrets", json.dumps(kept).encode()))
    answer = stub.sign_in(url.replace(quote(sent(url)["redirect_uri"], safe=""), quote(before, safe="")))
    assert answer.path == f"{SHARED}/{own.slug}"
    assert come_back(alice_client, answer).status_code == 303


def test_c_10_every_redirect_uri_in_use_is_published(
    alice_client: Client, client: Client, own: Plan, other: Plan
) -> None:
    """C-10: on the page a payer's reviewer reads, and in the client metadata they register."""
    Plan.objects.create(
        slug="draft", name="Draft", fhir_base_url="https://draft.example/r4", status="unconfirmed",
        authorize_url="https://draft.example/a", token_url="https://draft.example/t",
    )  # fmt: skip
    used = [sent(leave(alice_client, plan))["redirect_uri"] for plan in (own, other)]
    published = client.get("/app/client-metadata.json").json()["redirect_uris"]
    assert published == [f"http://127.0.0.1:8000{SHARED}", *sorted(used)]
    page = client.get("/app/").content.decode()
    assert re.findall('data-testid="redirect-uri">([^<]+)<', page) == published


def test_a_plan_whose_row_cannot_be_read_takes_no_public_page_down(plan: Plan, client: Client) -> None:
    """C-10: the listing goes on with the redirect URIs of the others."""
    Plan.objects.create(
        slug="odd",
        name="Odd",
        fhir_base_url="https://odd.example/fhir",
        registration=registered("x"),
        status="confirmed",
        authorize_url="https://odd.example/a",
        token_url="https://odd.example/t",
    )
    Plan.objects.filter(slug="odd").update(own_quirks=7)
    answer = client.get("/app/")
    assert answer.status_code == 200
    assert "/connections/callback" in answer.content.decode()

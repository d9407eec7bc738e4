"""What Inferno's SMART App Launch 2.2 client suite checks, row by row (facts: conformance.md 1.1)."""

import base64
import hashlib
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import KeySet

from apps.accounts.models import Member
from apps.connections import client_keys, member_trip
from apps.connections.access import open_access
from apps.plans.models import Plan
from apps.plans.registrations import Registration
from tests.connections.conftest import come_back, connect, leave
from tests.connections.stub_plan import CLIENT_ID, CLIENT_SECRET, StubPlan
from tests.connections.test_begin import sent
from tests.quirks import set_quirks
from tests.registered import give_secret

CLIENTS = {"public": "none", "symmetric": "client_secret_basic", "asymmetric": "private_key_jwt"}


@pytest.fixture(params=CLIENTS)
def kind(request: pytest.FixtureRequest, plan: Plan) -> Iterator[str]:
    """Register us with the plan as each kind of client the suite knows."""
    plan.own_quirks["token_auth"] = CLIENTS[request.param]
    if request.param != "symmetric":
        give_secret(plan, "")
    plan.save()
    yield request.param


@pytest.fixture
def requested(alice_client: Client, plan: Plan) -> dict[str, str]:
    """Return the parameters of an authorization request."""
    return sent(leave(alice_client, plan))


@pytest.mark.parametrize("redirect", ["own", "shared"])
def test_smart_registration_redirect_uri_is_https(
    alice_client: Client, plan: Plan, settings: Any, redirect: str
) -> None:
    """registration_*_verification, O-08."""
    settings.SITE_URL = "https://plainclaim.example"
    set_quirks(redirect=redirect)
    address = urlsplit(sent(leave(alice_client, plan))["redirect_uri"])
    assert (address.scheme, address.netloc) == ("https", "plainclaim.example")


def test_smart_registration_has_valid_keys(client: Client, db: None) -> None:
    """registration_alca_verification: a valid key in the set."""
    client_keys.signing_key(alg="RS384", now=timezone.now())
    keys = KeySet.import_key_set(json.loads(client.get("/app/jwks.json").content))
    assert [key.kid for key in keys.keys] and not any(key.is_private for key in keys.keys)


def test_smart_authorization_request_has_response_type(requested: dict[str, str]) -> None:
    """authorization_request_verification, O-05."""
    assert requested["response_type"] == "code"


def test_smart_authorization_request_has_client_id(requested: dict[str, str]) -> None:
    """authorization_request_verification, O-05."""
    assert requested["client_id"] == CLIENT_ID


def test_smart_authorization_request_has_registered_redirect_uri(requested: dict[str, str]) -> None:
    """authorization_request_verification, O-05, O-08."""
    assert requested["redirect_uri"] == "http://127.0.0.1:8000/connections/callback"


def test_smart_authorization_request_echoes_launch(
    alice: Member, plan: Plan, requested: dict[str, str]
) -> None:
    """authorization_request_verification, O-05, O-30: the portal's value as it came, and none without."""
    opaque = "é+/=& %41 opaque"
    now = timezone.now()
    departure = member_trip.begin(plan=plan, member=alice, binding="a session", now=now, launch=opaque)
    assert sent(departure)["launch"] == opaque
    assert "launch" not in requested


def test_smart_authorization_request_has_state(requested: dict[str, str]) -> None:
    """authorization_request_verification, O-01."""
    assert len(requested["state"]) >= 22


@pytest.mark.parametrize("base", ["/fhir", "/fhir/", "/FHIR/r4?x=1"])
def test_smart_authorization_request_has_exact_aud(
    alice_client: Client, plan: Plan, stub: StubPlan, base: str
) -> None:
    """authorization_request_verification, O-05: the FHIR base, letter by letter."""
    Plan.objects.update(
        fhir_base_url=stub.origin + base,
        authorize_url=f"{stub.origin}/authorize",
        token_url=f"{stub.origin}/token",
    )
    assert sent(leave(alice_client, plan))["aud"] == stub.origin + base


def test_smart_authorization_request_has_code_challenge(requested: dict[str, str]) -> None:
    """authorization_request_verification, O-04."""
    assert len(requested["code_challenge"]) == 43


def test_smart_authorization_request_has_code_challenge_method(requested: dict[str, str]) -> None:
    """authorization_request_verification, O-04."""
    assert requested["code_challenge_method"] == "S256"


def test_smart_authorization_request_has_scope(requested: dict[str, str]) -> None:
    """authorization_request_verification, O-05: not blank."""
    assert requested["scope"].split()


def trip(client: Client, plan: Plan, stub: StubPlan) -> tuple[dict[str, str], Any, str]:
    """Return the authorization request, the token request that followed, and the code between them."""
    url = leave(client, plan)
    answer = stub.sign_in(url)
    assert come_back(client, answer).status_code == 303
    return sent(url), stub.requests_to("/token")[-1], answer["code"]


def test_smart_token_request_has_grant_type_and_code(
    alice_client: Client, plan: Plan, stub: StubPlan, kind: str
) -> None:
    """token_request_{alp,alcs,alca}_verification, O-06: the code of this session."""
    _, asked, code = trip(alice_client, plan, stub)
    assert (asked.method, asked.form["grant_type"], asked.form["code"]) == (
        "POST",
        "authorization_code",
        code,
    )


def test_smart_token_request_repeats_redirect_uri(
    alice_client: Client, plan: Plan, stub: StubPlan, kind: str
) -> None:
    """token_request_{alp,alcs,alca}_verification, O-06."""
    requested, asked, _ = trip(alice_client, plan, stub)
    assert asked.form["redirect_uri"] == requested["redirect_uri"]


def test_smart_token_request_has_the_code_verifier(
    alice_client: Client, plan: Plan, stub: StubPlan, kind: str
) -> None:
    """token_request_{alp,alcs,alca}_verification, O-04, O-06."""
    requested, asked, _ = trip(alice_client, plan, stub)
    digest = hashlib.sha256(asked.form["code_verifier"].encode()).digest()
    assert base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == requested["code_challenge"]


def test_smart_token_request_names_or_proves_the_client(
    alice_client: Client, plan: Plan, stub: StubPlan, kind: str
) -> None:
    """token_request_{alp,alcs,alca}_verification, O-06, O-07: each kind in its way and in no other."""
    _, asked, _ = trip(alice_client, plan, stub)
    proofs = {
        "public": asked.form.get("client_id") == CLIENT_ID,
        "symmetric": asked.headers.get("Authorization", "").startswith("Basic "),
        "asymmetric": "client_assertion" in asked.form,
    }
    assert [name for name, is_there in proofs.items() if is_there] == [kind]
    assert "client_secret" not in asked.form


def test_smart_token_request_basic_is_exact(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """token_request_alcs_verification, O-06: encoded first, as RFC 6749 section 2.3.1 says."""
    Registration.objects.update(client_id="inferno")
    plan.refresh_from_db()
    _, asked, _ = trip_as(alice_client, plan, stub)
    pair = base64.b64decode(asked.headers["Authorization"].removeprefix("Basic ")).decode()
    assert CLIENT_SECRET == "s3cr%t+:& x"
    assert pair == "inferno:s3cr%25t%2B%3A%26+x"


def trip_as(client: Client, plan: Plan, stub: StubPlan) -> tuple[dict[str, str], Any, str]:
    """`trip` as a client the stub's id_tokens are not made for."""
    stub.claims = {"aud": plan.client_id}
    return trip(client, plan, stub)


@pytest.mark.parametrize("kind", ["asymmetric"], indirect=True)
def test_smart_token_request_has_a_valid_assertion(
    alice_client: Client, client: Client, plan: Plan, stub: StubPlan, kind: str
) -> None:
    """token_request_alca_verification, O-07."""
    seen = set()
    for _ in range(2):
        _, asked, _ = trip(alice_client, plan, stub)
        assert asked.form["client_assertion_type"].endswith(":client-assertion-type:jwt-bearer")
        keys = KeySet.import_key_set(json.loads(client.get("/app/jwks.json").content))
        proof = jwt.decode(asked.form["client_assertion"], keys, algorithms=["RS384", "ES384"])
        assert proof.header["typ"] == "JWT"
        assert {"alg", "kid"} <= proof.header.keys()
        assert proof.claims["iss"] == proof.claims["sub"] == CLIENT_ID
        assert proof.claims["aud"] == f"{stub.origin}/token"
        assert proof.claims["exp"]
        seen.add(proof.claims["jti"])
    assert len(seen) == 2


def test_smart_refresh_request_spends_a_token_of_this_session(
    alice_client: Client, plan: Plan, stub: StubPlan, kind: str
) -> None:
    """token_request_*_verification of a refresh, R-01."""
    made = connect(alice_client, plan, stub)
    (known,) = stub.refresh_tokens
    made.access_expires_at = timezone.now()
    made.save(update_fields=["access_expires_at"])
    assert open_access(made, clock=timezone.now).get("Patient/p-1").status == 200
    asked = stub.requests_to("/token")[-1]
    assert (asked.form["grant_type"], asked.form["refresh_token"]) == ("refresh_token", known)


def test_smart_token_use_carries_an_issued_token_as_bearer(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """token_use_verification, O-36: in the header, never in an address."""
    made = connect(alice_client, plan, stub)
    assert open_access(made, clock=timezone.now).get("Patient/p-1").status == 200
    used = [asked for asked in stub.asked if asked.path == "/fhir/Patient/p-1"]
    assert used
    for asked in used:
        assert asked.headers["Authorization"].removeprefix("Bearer ") in stub.access_tokens
        assert not asked.query

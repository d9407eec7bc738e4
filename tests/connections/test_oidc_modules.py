"""The OpenID Foundation's client tests as whole trips: what the provider serves, what we make of it.

Of `oidcc-client-test-*` and `fapi2-security-profile-final-client-test-*`. What refuses an id_token is tried
rule by rule in test_id_token_rules.py; a trip shows what comes of it.
"""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from apps.connections.models import Attempt, Connection
from apps.plans.models import Plan
from config.logs import masked
from tests.connections.conftest import YES, come_back, connect, leave
from tests.connections.stub_plan import CLIENT_ID, CLIENT_SECRET, KEY, StubPlan, as_json
from tests.connections.test_begin import sent
from tests.quirks import set_quirks

NEXT = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
CURVE = ECKey.generate_key("P-256", {"kid": "curve", "use": "sig"})


@pytest.fixture(autouse=True)
def _no_keys_known() -> None:
    cache.clear()


def serve(stub: StubPlan, change: Any) -> None:
    """Let the plan put its good id_token through `change` before it sends it."""
    made = stub.id_token

    def changed(begun: dict[str, str], access: str) -> str:
        text: str = change(made(begun, access))
        return text

    stub.id_token = changed  # type: ignore[method-assign]


def corrupted(id_token: str) -> str:
    """The token with some bytes of its signature changed."""
    head, body, signature = id_token.split(".")
    return f"{head}.{body}.{signature[:10]}{'A' * 10}{signature[20:]}"


def resigned(key: Any, header: dict[str, Any]) -> Any:
    """What signs the claims of a token anew."""

    def change(id_token: str) -> str:
        claims = json.loads(base64.urlsafe_b64decode(id_token.split(".")[1] + "=="))
        return jwt.encode(header, claims, key, algorithms=[header["alg"]])

    return change


def unsigned(id_token: str) -> str:
    """The token's claims under `alg: none`."""
    head = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    return f"{head}.{id_token.split('.')[1]}."


OURS = OctKey.import_key(CLIENT_SECRET * 3)
ON_THE_CURVE = {"key": CURVE, "header": {"alg": "ES256", "kid": "curve"}}
BAD: dict[str, tuple[dict[str, Any], Any]] = {
    "another issuer": ({"claims": {"iss": "https://another.example.com/"}}, None),
    "nobody": ({"claims": {"sub": None}}, None),
    "a second audience": ({"claims": {"aud": [CLIENT_ID, "https://x.example"], "azp": CLIENT_ID}}, None),
    "over": ({"claims": {"exp": 1}}, None),
    "another access token's": ({"claims": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}}, None),
    "corrupted": ({"claims": {"fhirUser": "Patient/p-1"}, "answer": {"patient": None}}, corrupted),
    "corrupted on a curve": (ON_THE_CURVE, corrupted),
    "by our own secret": ({}, resigned(OURS, {"alg": "HS256"})),
    "unsigned": ({}, unsigned),
}


@pytest.mark.parametrize("name", BAD)
def test_an_id_token_that_is_refused_ends_the_trip_and_its_tokens(
    alice_client: Client, plan: Plan, stub: StubPlan, name: str
) -> None:
    """O-14 to O-20, O-25: the page about it; no connection, no call for data, no living token."""
    fields, change = BAD[name]
    for field, value in fields.items():
        setattr(stub, field, value)
    if change:
        serve(stub, change)
    page = come_back(alice_client, stub.sign_in(leave(alice_client, plan)))
    assert page.status_code == 502, page.content.decode()
    assert b"could not be sure who answered" in page.content
    assert not stub.people_asked_for()
    assert not Connection.objects.exists()
    assert not stub.access_tokens | stub.refresh_tokens


def test_o_18_the_nonce_of_an_earlier_trip_is_refused(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-18: bound to this trip."""
    earlier = sent(leave(alice_client, plan))["nonce"]
    stub.claims = {"nonce": earlier}
    assert come_back(alice_client, stub.sign_in(leave(alice_client, plan))).status_code == 502
    assert not Connection.objects.exists()


@pytest.mark.parametrize("keys", [(KEY,), (NEXT, CURVE, KEY)])
def test_an_id_token_that_leaves_out_what_it_may_is_taken(
    alice_client: Client, plan: Plan, stub: StubPlan, keys: tuple[Any, ...]
) -> None:
    """O-21, O-25: no `kid`, at one key and at several; no `at_hash` (OpenID Connect Core 3.1.3.6)."""
    stub.claims = {"at_hash": None, "aud": [CLIENT_ID]}
    stub.override["/jwks"] = as_json({"keys": [key.as_dict(private=False) for key in keys]})
    serve(stub, resigned(KEY, {"alg": "RS256"}))
    connect(alice_client, plan, stub)


def test_oidc_signing_key_rotation_just_before_signing(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-22: the keys were read at the first sign-in, then changed, then used."""
    connect(alice_client, plan, stub)
    answer = stub.sign_in(leave(alice_client, plan))
    stub.key, stub.header = NEXT, {"kid": "two"}
    assert come_back(alice_client, answer).status_code == 303
    assert len(stub.requests_to("/jwks")) == 2


def test_c_08_an_id_token_without_nonce_is_refused_and_the_operator_told_of_the_way_on(
    alice_client: Client, plan: Plan, stub: StubPlan, caplog: pytest.LogCaptureFixture
) -> None:
    """C-08, O-18: as the Inferno SMART client suite sends it; without `openid` the member is connected."""
    stub.claims = {"nonce": None}
    page = come_back(alice_client, stub.sign_in(leave(alice_client, plan)))
    assert page.status_code == 502
    assert b"could not be sure who answered" in page.content
    attempt = Attempt.objects.get()
    assert attempt.failure == "NonceMissing"
    assert "the id_token has no nonce" in attempt.detail
    assert "Leaving openid out of the plan's scopes (quirk scopes)" in attempt.detail
    (line,) = [record for record in caplog.records if "no nonce" in record.getMessage()]
    assert (line.levelname, attempt.reference in line.getMessage()) == ("WARNING", True)
    assert masked(line.getMessage()) == line.getMessage()
    set_quirks(plan, scopes=["launch/patient", "patient/*.read"])
    assert come_back(alice_client, stub.sign_in(leave(alice_client, plan))).status_code == 303


def test_oidc_discovery_openid_config(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-12: a plan that only has openid-configuration is used by what stands there."""
    Plan.objects.filter(pk=plan.pk).update(issuer=f"{stub.origin}/fhir")
    stub.override["/fhir/.well-known/smart-configuration"] = (404, "text/html", b"no")
    stub.override["/fhir/.well-known/openid-configuration"] = as_json(
        {
            "issuer": f"{stub.origin}/fhir",
            "authorization_endpoint": f"{stub.origin}/authorize",
            "token_endpoint": f"{stub.origin}/token",
            "jwks_uri": f"{stub.origin}/jwks",
            "code_challenge_methods_supported": ["S256"],
        }
    )
    stub.claims = {"iss": f"{stub.origin}/fhir"}
    connect(alice_client, plan, stub)
    assert stub.requests_to("/fhir/.well-known/openid-configuration")


def test_oidc_discovery_jwks_uri_keys(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-12: the address of the keys is the one the plan publishes."""
    stub.configuration = {"jwks_uri": f"{stub.origin}/keys/of-this-run"}
    stub.override["/keys/of-this-run"] = as_json({"keys": [KEY.as_dict(private=False)]})
    stub.override["/jwks"] = as_json({"keys": []})
    connect(alice_client, plan, stub)
    assert stub.requests_to("/keys/of-this-run")
    assert not stub.requests_to("/jwks")


def test_oidc_discovery_issuer_mismatch(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-11: nobody is sent anywhere."""
    Plan.objects.filter(pk=plan.pk).update(issuer=f"{stub.origin}/fhir")
    stub.override["/fhir/.well-known/smart-configuration"] = (404, "text/html", b"no")
    stub.override["/fhir/.well-known/openid-configuration"] = as_json(
        {
            "issuer": "https://another.example.com",
            "authorization_endpoint": f"{stub.origin}/authorize",
            "token_endpoint": f"{stub.origin}/token",
            "jwks_uri": f"{stub.origin}/jwks",
        }
    )
    page = alice_client.post(f"/connections/begin/{plan.slug}/", YES)
    assert b"/authorize" not in page.content
    assert page.status_code == 503


def test_oidc_form_post_error(plan: Plan, stub: StubPlan, alice_client: Client) -> None:
    """O-31: answers come by query; one by form is turned away once, starts nothing and uses nothing up."""
    answer = stub.sign_in(leave(alice_client, plan))
    posted = {"state": answer["state"], "error": "access_denied"}
    assert alice_client.post("/connections/callback", posted).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    page = strict.post("/connections/callback", posted)
    assert page.status_code == 403
    assert b"Please send that again" in page.content
    assert come_back(alice_client, answer).status_code == 303
    assert timezone.now() - Connection.objects.get().connected_at < timedelta(hours=1)


def test_an_id_token_signed_in_another_way_is_refused_and_the_operator_told_of_the_way_on(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """Many sign with the client's secret (HS256) if nothing else is registered; operators read "alg"."""
    serve(stub, resigned(KEY, {"alg": "PS256"}))
    assert come_back(alice_client, stub.sign_in(leave(alice_client, plan))).status_code == 502
    assert "id_token_signed_response_alg" in Attempt.objects.get().detail

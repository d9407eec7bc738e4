"""Requirements of SMART App Launch 2.2 that no suite tests, by their numbers (facts: conformance.md 3)."""

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone
from joserfc.jwk import RSAKey

from apps.accounts.models import Member
from apps.connections import client_keys
from apps.connections.access import open_access
from apps.connections.models import Connection
from apps.connections.people import person_of
from apps.plans.models import Plan
from apps.plans.profiles import PROFILES
from apps.plans.quirks import Quirks
from apps.vault.boxes import box_for
from tests.connections.conftest import come_back, connect, later, leave
from tests.connections.stub_plan import KEY, Asked, StubPlan, as_json
from tests.connections.test_begin import sent
from tests.quirks import set_quirks

CONFIDENTIAL = ["client_secret_basic", "private_key_jwt"]


def token_requests(client: Client, plan: Plan, stub: StubPlan) -> list[Asked]:
    """Return the two kinds of token requests: with a code, and with a refresh token."""
    made = connect(client, plan, stub)
    open_access(made, clock=later(3600)).get("Patient/p-1")
    asked = stub.requests_to("/token")
    assert [request.form["grant_type"] for request in asked] == ["authorization_code", "refresh_token"]
    return asked


def published_keys(client: Client) -> dict[str, dict[str, Any]]:
    """Return the JWK Set that plans fetch, by algorithm."""
    for alg in client_keys.ALGS:
        client_keys.signing_key(alg=alg, now=timezone.now())
    return {key["alg"]: key for key in json.loads(client.get("/app/jwks.json").content)["keys"]}


def test_smart_11_we_are_confidential_where_a_plan_gives_us_the_means() -> None:
    """@11: without a word to the contrary on its row; the public client is one plan's own rule."""
    assert Quirks().token_auth in CONFIDENTIAL
    public = [name for name, profile in PROFILES.items() if profile.quirks.token_auth == "none"]
    assert public == ["cigna"]


def test_smart_20_the_launch_url_is_one_fixed_path() -> None:
    """@20: what is registered with a plan for launching us has no part that varies."""
    paths = [
        str(pattern.pattern) for pattern in get_resolver().url_patterns if "launch" in str(pattern.pattern)
    ]
    nested = [
        f"{outer.pattern}{inner.pattern}"
        for outer in get_resolver().url_patterns
        for inner in getattr(outer, "url_patterns", ())
        if "launch" in str(inner.pattern)
    ]
    assert [*paths, *nested] == ["launch"]


def test_smart_29_the_configuration_is_asked_for_as_json(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """@29: below the FHIR base, by GET, with an Accept that allows JSON; its two addresses are used."""
    assert leave(alice_client, plan).startswith(f"{stub.origin}/authorize?")
    (asked,) = stub.requests_to("/fhir/.well-known/smart-configuration")
    assert (asked.method, asked.headers["Accept"]) == ("GET", "application/json")
    assert "Authorization" not in asked.headers
    connect(alice_client, plan, stub)
    assert stub.requests_to("/token")


def test_smart_379_relative_endpoints_are_resolved_against_the_fhir_base(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """@379, RFC 1808: a whole trip; the base is http://host/fhir, with or without a slash at its end."""
    for base in ("/fhir", "/fhir/"):
        Plan.objects.update(fhir_base_url=stub.origin + base)
        stub.configuration = {"authorization_endpoint": "sign-in", "token_endpoint": "../token"}
        assert leave(alice_client, Plan.objects.get()).startswith(f"{stub.origin}/fhir/sign-in?")
        stub.asked.clear()
        connect(alice_client, Plan.objects.get(), stub)
        assert len(stub.requests_to("/token")) == 1


@pytest.mark.parametrize("token_auth", [*CONFIDENTIAL, "client_secret_post", "none"])
def test_smart_62_tokens_are_asked_for_by_post_as_a_form(
    alice_client: Client, plan: Plan, stub: StubPlan, token_auth: str
) -> None:
    """@62, RFC 6749 section 4.1.3: nothing in the address."""
    set_quirks(token_auth=token_auth)
    for asked in token_requests(alice_client, plan, stub):
        assert asked.method == "POST"
        assert asked.headers["Content-Type"].partition(";")[0] == "application/x-www-form-urlencoded"
        assert asked.query == {}


@pytest.mark.parametrize("token_auth", CONFIDENTIAL)
def test_smart_72_a_confidential_client_does_not_name_itself_in_the_body(
    alice_client: Client, plan: Plan, stub: StubPlan, token_auth: str
) -> None:
    """@72: Basic and the signed assertion name it already; also when tokens are refreshed."""
    set_quirks(token_auth=token_auth)
    for asked in token_requests(alice_client, plan, stub):
        assert {"client_id", "client_secret"}.isdisjoint(asked.form)


def test_smart_63_a_public_client_is_never_authenticated(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """@63, @71: it names itself in the body of both requests and no more, even with a secret left over."""
    set_quirks(token_auth="none")
    for asked in token_requests(alice_client, plan, stub):
        assert asked.form["client_id"] == "plain:claim"
        assert {"client_secret", "client_assertion"}.isdisjoint(asked.form)
        assert "Authorization" not in asked.headers


@pytest.mark.parametrize("more", [{}, {"userinfo_endpoint": "/userinfo"}])
@pytest.mark.parametrize("is_on_the_row", [True, False])
def test_smart_218_keys_are_those_that_the_issuers_own_document_names(
    alice_client: Client, plan: Plan, stub: StubPlan, is_on_the_row: bool, more: dict[str, str]
) -> None:
    """@218: {issuer}/.well-known/openid-configuration, its jwks_uri, the signature; only then `fhirUser`."""
    if not is_on_the_row:
        Plan.objects.update(issuer="")
    stub.configuration = {"jwks_uri": f"{stub.origin}/keys-of-the-fhir-server", **more}
    stub.override["/keys-of-the-fhir-server"] = as_json({"keys": []})
    own = {"issuer": stub.origin, "jwks_uri": f"{stub.origin}/jwks", "token_endpoint": f"{stub.origin}/token"}
    stub.override["/.well-known/openid-configuration"] = as_json(own)
    stub.answer, stub.claims = {"patient": None}, {"fhirUser": "Patient/p-1"}
    connect(alice_client, Plan.objects.get(), stub)
    asked = [request.path for request in stub.asked]
    for earlier, later_ in (
        ("/.well-known/openid-configuration", "/jwks"),
        ("/token", "/jwks"),
        ("/jwks", "/fhir/Patient/p-1"),
    ):
        assert asked.index(earlier) < asked.index(later_)
    assert "/keys-of-the-fhir-server" not in asked


def test_smart_218_fhir_user_of_an_unproven_token_is_not_read(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """@218: a signature by other keys than the issuer's."""
    stub.key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
    stub.override["/jwks"] = as_json({"keys": [KEY.as_dict(private=False)]})
    stub.answer, stub.claims = {"patient": None}, {"fhirUser": "Patient/p-1"}
    assert come_back(alice_client, stub.sign_in(leave(alice_client, plan))).status_code == 502
    assert not stub.people_asked_for()
    assert not Connection.objects.exists()


@pytest.mark.parametrize("reference", ["{origin}/fhir/Patient/p-9", "Patient/p-9"])
def test_smart_202_fhir_user_is_read_as_the_address_of_a_record(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan, reference: str
) -> None:
    """@202, O-26: whole or relative to the FHIR base; of the same server only."""
    stub.patients = {"p-9": "Nine Quill", "p-1": "Rosa Quill"}
    stub.answer, stub.claims = {"patient": None}, {"fhirUser": reference.format(origin=stub.origin)}
    made = connect(alice_client, plan, stub)
    (asked,) = stub.requests_to("/fhir/Patient/p-9")
    assert asked.headers["Authorization"].removeprefix("Bearer ") in stub.access_tokens
    assert person_of(made, box_for(alice)).name == "Nine Quill"


def test_smart_211_nothing_is_asked_that_a_plan_did_not_offer(alice_client: Client, plan: Plan) -> None:
    """@211: no max_age, no auth_time, no claims parameter, no prompt: exactly these and nothing else."""
    parameters = sent(leave(alice_client, plan))
    assert parameters.pop("tenant") == "7", "which is part of the plan's own address"
    assert parameters.keys() == {
        "response_type",
        "client_id",
        "redirect_uri",
        "scope",
        "state",
        "aud",
        "nonce",
        "code_challenge",
        "code_challenge_method",
    }


@pytest.mark.parametrize("intent", [None, "reconcile-medications", "what nobody knows", 7, ["x"]])
def test_smart_193_whatever_the_intent_the_usual_page_comes(
    alice_client: Client, plan: Plan, stub: StubPlan, intent: object
) -> None:
    """@193: we know no intents, so each one is unknown."""
    stub.answer = {"intent": intent}
    page = come_back(alice_client, stub.sign_in(leave(alice_client, plan)))
    made = Connection.objects.get()
    assert page.status_code == 303
    assert page["Location"].startswith(f"/connections/{made.pk}/")


def test_smart_301_the_key_set_has_an_https_address(client: Client, db: None, settings: Any) -> None:
    """@299, @301: plans are given its address, which is as secure as the site."""
    settings.SITE_URL = "https://plainclaim.example"
    told = client.get("/app/client-metadata.json").json()
    assert told["jwks_uri"] == "https://plainclaim.example/app/jwks.json"
    assert "jwks" not in told


def test_smart_313_each_key_has_a_kind_and_a_name_of_its_own(client: Client, db: None) -> None:
    """@313, @322: bare values, no certificates to follow."""
    keys = published_keys(client)
    assert {alg: key["kty"] for alg, key in keys.items()} == {"RS384": "RSA", "ES384": "EC"}
    assert len({key["kid"] for key in keys.values()}) == len(keys)
    assert not any(name.startswith("x5") for key in keys.values() for name in key)


def test_smart_314_an_rsa_key_has_its_modulus_and_exponent(client: Client, db: None) -> None:
    """@314."""
    key = published_keys(client)["RS384"]
    assert key.keys() == {"kty", "kid", "alg", "use", "n", "e"}


def test_smart_315_a_curve_key_has_its_curve_and_point(client: Client, db: None) -> None:
    """@315."""
    key = published_keys(client)["ES384"]
    assert key.keys() == {"kty", "kid", "alg", "use", "crv", "x", "y"}
    assert key["crv"] == "P-384"

"""The OpenID Foundation's relying-party tests as whole trips: what the provider serves, what we make of it.

One test for each module of `oidcc-client-test-*` that applies to a confidential client of the code flow; the
function is named after the module. Source: OpenID conformance suite, `openid/client`.
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

from apps.accounts.models import Member
from apps.connections.access import open_access
from apps.connections.errors import PermissionEnded
from apps.connections.models import Attempt, Connection
from apps.connections.people import person_of
from apps.plans.models import Plan
from apps.vault.boxes import box_for
from config.logs import masked
from tests.connections.conftest import YES, come_back, connect, later, leave
from tests.connections.stub_plan import CLIENT_ID, CLIENT_SECRET, KEY, StubPlan, as_json
from tests.quirks import set_quirks

NEXT = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
CURVE = ECKey.generate_key("P-256", {"kid": "curve", "use": "sig"})


@pytest.fixture(autouse=True)
def _no_keys_known() -> None:
    cache.clear()


def is_refused(client: Client, plan: Plan, stub: StubPlan) -> bool:
    """Whether the trip ends on the page about it: no connection, no call for data, no living token."""
    page = come_back(client, stub.sign_in(leave(client, plan)))
    assert page.status_code == 502, page.content.decode()
    assert b"could not be sure who answered" in page.content
    assert not stub.requests_to("/userinfo")
    assert not stub.people_asked_for()
    return not Connection.objects.exists() and not stub.access_tokens | stub.refresh_tokens


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


# --- must reject -----------------------------------------------------------------------------------------


def test_oidc_invalid_iss(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-14."""
    stub.claims = {"iss": "https://another.example.com/"}
    assert is_refused(alice_client, plan, stub)


def test_oidc_missing_sub(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-16."""
    stub.claims = {"sub": None}
    assert is_refused(alice_client, plan, stub)


def test_oidc_missing_iat(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-17."""
    stub.claims = {"iat": None}
    assert is_refused(alice_client, plan, stub)


def test_oidc_missing_aud(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-15."""
    stub.claims = {"aud": None}
    assert is_refused(alice_client, plan, stub)


def test_oidc_invalid_aud(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-15."""
    stub.claims = {"aud": "another-app"}
    assert is_refused(alice_client, plan, stub)


def test_oidc_nonce_invalid(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-18: also the nonce of an earlier trip."""
    earlier = leave(alice_client, plan).split("nonce=")[1].split("&")[0]
    for nonce in ("another", earlier):
        stub.claims = {"nonce": nonce}
        assert is_refused(alice_client, plan, stub)


def test_oidc_invalid_sig_rs256(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-19: although it came from the token endpoint."""
    serve(stub, corrupted)
    assert is_refused(alice_client, plan, stub)


def test_oidc_invalid_sig_es256(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-19."""
    stub.key, stub.header = CURVE, {"alg": "ES256", "kid": "curve"}
    serve(stub, corrupted)
    assert is_refused(alice_client, plan, stub)


def test_oidc_invalid_sig_hs256(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-19, O-20: HS256 is refused whatever it is signed with, our client secret included."""
    for secret in (CLIENT_SECRET, CLIENT_SECRET + "x"):
        serve(stub, resigned(OctKey.import_key(secret * 3), {"alg": "HS256"}))
        assert is_refused(alice_client, plan, stub)


def test_oidc_idtoken_sig_none(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-20: the code flow might accept it; we refuse."""
    head = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    serve(stub, lambda id_token: f"{head}.{id_token.split('.')[1]}.")
    assert is_refused(alice_client, plan, stub)


def with_userinfo(plan: Plan, stub: StubPlan, **told: str) -> None:
    """Let the plan be one whose userinfo names the patient."""
    set_quirks(plan, patient_lookup="userinfo")
    stub.configuration = {"userinfo_endpoint": f"{stub.origin}/userinfo"}
    stub.answer = {"patient": None}
    stub.override["/userinfo"] = as_json({"sub": "member-1", "patient": "p-1", **told})


def test_oidc_userinfo_invalid_sub(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-23: nothing of it is used."""
    with_userinfo(plan, stub, sub="member-2")
    page = come_back(alice_client, stub.sign_in(leave(alice_client, plan)))
    assert page.status_code == 502
    assert not Connection.objects.exists()
    assert not stub.access_tokens


def refresh_with(connection: Connection, stub: StubPlan, **claims: Any) -> None:
    """Refresh the connection; the answer holds an id_token with these claims. Raises what access raises."""
    stub.claims = {"exp": 2_000_000_000, "at_hash": None, **claims}
    stub.answer = {"id_token": stub.id_token({}, "")}
    open_access(connection, clock=later(3600)).get("Patient/p-1")


def test_oidc_refresh_token_invalid_issuer(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-24: the new tokens are dropped, the connection is marked."""
    connection = connect(alice_client, plan, stub)
    with pytest.raises(PermissionEnded):
        refresh_with(connection, stub, iss="https://another.example.com")
    connection.refresh_from_db()
    assert connection.needs_sign_in
    assert not stub.refresh_tokens


@pytest.mark.parametrize("claims", [{"sub": "member-2"}, {"sub": None}])
def test_oidc_refresh_token_invalid_sub(
    alice_client: Client, plan: Plan, stub: StubPlan, claims: dict[str, str]
) -> None:
    """O-24."""
    connection = connect(alice_client, plan, stub)
    with pytest.raises(PermissionEnded):
        refresh_with(connection, stub, **claims)
    connection.refresh_from_db()
    assert connection.needs_sign_in
    assert not stub.refresh_tokens


def test_oidc_invalid_athash(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-25."""
    stub.claims = {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}
    assert is_refused(alice_client, plan, stub)


def test_oidc_missing_athash(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-25: optional in the code flow (OpenID Connect Core 3.1.3.6), so its absence is no mistake."""
    stub.claims = {"at_hash": None}
    connect(alice_client, plan, stub)


# --- must accept -----------------------------------------------------------------------------------------


def test_oidc_everything_right(alice_client: Client, alice: Member, plan: Plan, stub: StubPlan) -> None:
    """Module `oidcc-client-test`: sign in, call userinfo, be connected."""
    with_userinfo(plan, stub)
    connection = connect(alice_client, plan, stub)
    assert connection.member == alice
    assert len(stub.requests_to("/userinfo")) == 1


def test_oidc_idtoken_sig_rs256(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-20."""
    stub.header = {"alg": "RS256"}
    connect(alice_client, plan, stub)


def test_oidc_kid_absent_single_jwks(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-21."""
    serve(stub, resigned(KEY, {"alg": "RS256"}))
    connect(alice_client, plan, stub)


def test_oidc_kid_absent_multiple_jwks(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-21: every fitting key is tried."""
    stub.override["/jwks"] = as_json({"keys": [key.as_dict(private=False) for key in (NEXT, CURVE, KEY)]})
    serve(stub, resigned(KEY, {"alg": "RS256"}))
    connect(alice_client, plan, stub)


def test_oidc_signing_key_rotation(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-22: another key at the second sign-in."""
    connect(alice_client, plan, stub)
    stub.key, stub.header = NEXT, {"kid": "two"}
    connect(alice_client, plan, stub)
    assert len(stub.requests_to("/jwks")) == 2


def test_oidc_signing_key_rotation_just_before_signing(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-22: the keys were read, then changed, then used."""
    connect(alice_client, plan, stub)
    answer = stub.sign_in(leave(alice_client, plan))
    stub.key, stub.header = NEXT, {"kid": "two"}
    assert come_back(alice_client, answer).status_code == 303


def test_oidc_userinfo_signed(alice_client: Client, alice: Member, plan: Plan, stub: StubPlan) -> None:
    """Userinfo as an RS256 JWT: verified and used."""
    with_userinfo(plan, stub)
    claims = {"iss": stub.origin, "aud": CLIENT_ID, "sub": "member-1", "patient": "p-1"}
    text = jwt.encode({"alg": "RS256", "kid": "one"}, claims, KEY)
    stub.override["/userinfo"] = (200, "application/jwt", text.encode())
    assert person_of(connect(alice_client, plan, stub), box_for(alice)).id == "p-1"
    stub.override["/userinfo"] = (200, "application/jwt", corrupted(text).encode())
    assert come_back(alice_client, stub.sign_in(leave(alice_client, plan))).status_code == 502


# --- must do ---------------------------------------------------------------------------------------------


def test_oidc_client_secret_basic(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-06: HTTP Basic, both halves form-encoded first, nothing of them in the body."""
    connect(alice_client, plan, stub)
    (asked,) = stub.requests_to("/token")
    kind, _, pair = asked.headers["Authorization"].partition(" ")
    assert kind == "Basic"
    assert base64.b64decode(pair).decode() == "plain%3Aclaim:s3cr%25t%2B%3A%26+x"
    assert not {"client_id", "client_secret"} & set(asked.form)


def test_oidc_userinfo_bearer_header(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-23."""
    with_userinfo(plan, stub)
    connect(alice_client, plan, stub)
    (asked,) = stub.requests_to("/userinfo")
    assert asked.headers["Authorization"].startswith("Bearer at-")
    assert asked.query == asked.form == {}


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


def test_oidc_nonce_unless_code_flow(alice_client: Client, plan: Plan) -> None:
    """O-18: a nonce goes with every request for `openid`, another one each time."""
    nonces = {leave(alice_client, plan).split("nonce=")[1].split("&")[0] for _ in range(5)}
    assert len(nonces) == 5
    assert all(len(nonce) >= 43 for nonce in nonces)


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


def test_oidc_refresh_token(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """R-01: refresh, then read with the new token; an id_token of the same person is welcome."""
    connection = connect(alice_client, plan, stub)
    refresh_with(connection, stub)
    assert stub.refreshed == 1
    connection.refresh_from_db()
    assert connection.is_active
    used = stub.requests_to("/fhir/Patient/p-1")[-1].headers["Authorization"].removeprefix("Bearer ")
    assert used in stub.access_tokens


# --- must stop -------------------------------------------------------------------------------------------


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

"""What the FAPI 2.0 Security Profile tests of the OpenID Foundation ask of a client, as whole trips.

One test for each module of `fapi2-security-profile-final-client-test-*` that applies; the function is named
after the module.
"""

import base64
import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from joserfc.jwk import OctKey

from apps.connections.access import open_access
from apps.connections.models import Connection
from apps.plans.models import Plan
from tests.connections.conftest import YES, come_back, connect, later, leave, nothing_happened
from tests.connections.stub_plan import CLIENT_ID, StubPlan, as_json
from tests.connections.test_oidc_modules import is_refused, resigned, serve


@pytest.fixture(autouse=True)
def _no_keys_known() -> None:
    cache.clear()


def announce_iss(stub: StubPlan) -> None:
    """Let the plan say that its answers carry `iss` (RFC 9207 section 3)."""
    stub.configuration = {"authorization_response_iss_parameter_supported": True}


def test_fapi_ensure_authorization_response_with_invalid_state_fails(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-02: an error, and no endpoint is called."""
    answer = stub.sign_in(leave(alice_client, plan))
    page = come_back(alice_client, {**answer, "state": answer["state"][:-1] + "x"})
    assert page.status_code == 400
    assert nothing_happened(stub)


def test_fapi_ensure_authorization_response_with_invalid_missing_state_fails(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-02."""
    answer = stub.sign_in(leave(alice_client, plan))
    assert come_back(alice_client, {"code": answer["code"]}).status_code == 400
    assert come_back(alice_client, {"code": answer["code"], "state": ""}).status_code == 400
    assert nothing_happened(stub)


def test_fapi_invalid_authorization_response_iss(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-09: another issuer in the redirect: no token call."""
    announce_iss(stub)
    answer = stub.sign_in(leave(alice_client, plan))
    page = come_back(alice_client, {**answer, "iss": "https://another.example.com"})
    assert page.status_code == 400
    assert nothing_happened(stub)


def test_fapi_remove_authorization_response_iss(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-09: announced but absent: no token call."""
    announce_iss(stub)
    assert come_back(alice_client, stub.sign_in(leave(alice_client, plan))).status_code == 400
    assert nothing_happened(stub)


def test_fapi_discovery_issuer_mismatch(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-11: a configured issuer whose document names another one is not used."""
    Plan.objects.filter(pk=plan.pk).update(issuer=f"{stub.origin}/tenant")
    stub.override["/tenant/.well-known/openid-configuration"] = as_json(
        {"issuer": stub.origin, "jwks_uri": f"{stub.origin}/jwks"}
    )
    stub.override["/fhir/.well-known/smart-configuration"] = (404, "text/html", b"no")
    page = alice_client.post(f"/connections/begin/{plan.slug}/", YES)
    assert page.status_code == 503
    assert b"/authorize" not in page.content


def test_fapi_invalid_iss(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-14."""
    stub.claims = {"iss": stub.origin + "/"}
    assert is_refused(alice_client, plan, stub)


def test_fapi_invalid_missing_iss(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-14."""
    stub.claims = {"iss": None}
    assert is_refused(alice_client, plan, stub)


def test_fapi_invalid_aud(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-15."""
    stub.claims = {"aud": CLIENT_ID + "1"}
    assert is_refused(alice_client, plan, stub)


def test_fapi_invalid_missing_aud(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-15."""
    stub.claims = {"aud": None}
    assert is_refused(alice_client, plan, stub)


@pytest.mark.parametrize("more", [{}, {"azp": CLIENT_ID}])
def test_fapi_invalid_secondary_aud(
    alice_client: Client, plan: Plan, stub: StubPlan, more: dict[str, Any]
) -> None:
    """O-15: an untrusted second audience, with azp or without."""
    stub.claims = {"aud": [CLIENT_ID, "https://untrusted.example.com"], **more}
    assert is_refused(alice_client, plan, stub)


def test_fapi_invalid_missing_exp(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-17."""
    stub.claims = {"exp": None}
    assert is_refused(alice_client, plan, stub)


def test_fapi_invalid_expired_exp(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-17: five minutes and more."""
    stub.claims = {"exp": int((timezone.now() - timedelta(minutes=5)).timestamp())}
    assert is_refused(alice_client, plan, stub)


def test_fapi_invalid_nonce(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-18."""
    stub.claims = {"nonce": "another"}
    assert is_refused(alice_client, plan, stub)


def test_fapi_invalid_missing_nonce(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-18."""
    stub.claims = {"nonce": None}
    assert is_refused(alice_client, plan, stub)


def test_fapi_invalid_null_alg(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-20."""
    for alg in ("none", "None", "nOnE", "", None):
        head = base64.urlsafe_b64encode(json.dumps({"alg": alg}).encode()).rstrip(b"=").decode()
        serve(stub, lambda id_token, head=head: f"{head}.{id_token.split('.')[1]}.")
        assert is_refused(alice_client, plan, stub)


def test_fapi_invalid_alternate_alg(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-20: HS256, with our client id for a secret."""
    serve(stub, resigned(OctKey.import_key(CLIENT_ID * 4), {"alg": "HS256", "kid": "one"}))
    assert is_refused(alice_client, plan, stub)


def test_fapi_valid_aud_as_array(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-15."""
    stub.claims = {"aud": [CLIENT_ID]}
    connect(alice_client, plan, stub)


def test_fapi_token_type_case_insensitivity(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """O-33."""
    stub.answer = {"token_type": "bEARER"}
    connect(alice_client, plan, stub)


def test_fapi_token_endpoint_response_without_expires_in(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-33."""
    stub.answer = {"expires_in": None}
    assert connect(alice_client, plan, stub).access_expires_at is None


def test_fapi_refresh_token_test(alice_client: Client, plan: Plan, stub: StubPlan) -> None:
    """R-01: refresh, then call the data server."""
    connection = connect(alice_client, plan, stub)
    assert open_access(connection, clock=later(3600)).get("Patient/p-1").status == 200
    assert stub.refreshed == 1
    assert Connection.objects.get().is_active

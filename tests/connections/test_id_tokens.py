"""The id_token: every rule of OpenID Connect Core 3.1.3.7 refuses on its own (OIDF relying-party tests)."""

import base64
import hashlib
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from apps.connections.errors import IdTokenRefused
from apps.connections.id_tokens import verify
from apps.connections.models import Connection
from apps.plans.models import Plan
from tests.connections.conftest import come_back, connect, leave
from tests.connections.stub_plan import KEY, StubPlan, as_json
from tests.quirks import set_quirks

ISSUER, CLIENT, NONCE, ACCESS = "https://plan.example.com", "plainclaim", "n-1", "at-1"
OTHER = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
CURVE = ECKey.generate_key("P-256", {"kid": "curve", "use": "sig"})


def half_hash(text: str) -> str:
    """Return at_hash of a token."""
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:16]).rstrip(b"=").decode()


def keys(*members: Any) -> dict[str, Any]:
    """Return a published key set."""
    return {"keys": [key.as_dict(private=False) for key in members or (KEY,)]}


def token(now: datetime, key: Any = KEY, header: dict[str, Any] | None = None, **changed: Any) -> str:
    """Sign a good id_token with changes; a claim changed to None is left out."""
    moment = int(now.timestamp())
    claims = {"iss": ISSUER, "sub": "s", "aud": CLIENT, "nonce": NONCE, "iat": moment, "exp": moment + 300}
    kept = {name: value for name, value in {**claims, **changed}.items() if value is not None}
    head = {"alg": "RS256", "kid": key.kid, **(header or {})}
    named = {name: value for name, value in head.items() if value is not None}
    return jwt.encode(named, kept, key, algorithms=[head["alg"]])


def check(id_token: str, now: datetime, published: dict[str, Any] | None = None) -> dict[str, Any]:
    """Verify as the connection would."""
    return verify(
        id_token,
        keys=published or keys(),
        issuer=ISSUER,
        client_id=CLIENT,
        nonce=NONCE,
        access_token=ACCESS,
        now=now,
    )


def test_a_good_token_gives_its_claims(now: datetime) -> None:
    """The base of all that follows."""
    assert check(token(now), now)["sub"] == "s"
    assert check(token(now, CURVE, {"alg": "ES256"}), now, keys(CURVE))["sub"] == "s"
    assert check(token(now, at_hash=half_hash(ACCESS)), now)["sub"] == "s"
    assert check(token(now, aud=[CLIENT]), now)["sub"] == "s"


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"iss": "https://evil.example.com"}, "iss"),  # O-14
        ({"iss": ISSUER + "/"}, "iss"),
        ({"iss": None}, "iss"),
        ({"aud": "other"}, "aud"),  # O-15
        ({"aud": None}, "aud"),
        ({"aud": ["other"]}, "aud"),
        ({"aud": {"a": CLIENT}}, "aud"),
        ({"aud": [CLIENT, "other"]}, "azp"),
        ({"azp": "other"}, "azp"),
        ({"aud": [CLIENT, "other"], "azp": CLIENT}, "aud: an audience we do not trust"),
        ({"aud": [CLIENT, 7], "azp": CLIENT}, "aud"),
        ({"sub": None}, "sub"),  # O-16
        ({"sub": ""}, "sub"),
        ({"sub": 7}, "sub"),
        ({"iat": None}, "iat"),  # O-17
        ({"iat": "now"}, "iat"),
        ({"iat": True}, "iat"),
        ({"exp": None}, "exp"),
        ({"exp": "later"}, "exp"),
        ({"exp": 10**400}, "exp"),
        ({"nonce": "n-2"}, "nonce"),  # O-18
        ({"nonce": None}, "the id_token has no nonce"),  # C-08
        ({"nonce": ["n-1"]}, "nonce"),
        ({"at_hash": half_hash("another")}, "at_hash"),  # O-25
        ({"at_hash": 5}, "at_hash"),
    ],
)
def test_a_wrong_claim_is_refused_by_name(now: datetime, changed: dict[str, Any], rule: str) -> None:
    """O-14 to O-18, O-25."""
    with pytest.raises(IdTokenRefused, match=f"^{rule}$"):
        check(token(now, **changed), now)


def test_a_key_for_encryption_does_not_verify(now: datetime) -> None:
    """O-20."""
    with pytest.raises(IdTokenRefused):
        check(token(now), now, {"keys": [{**KEY.as_dict(private=False), "use": "enc"}]})


def test_a_bad_id_token_refuses_the_connection_and_ends_the_permission(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-18, O-19: asked for `openid`, so the proof must hold."""
    for bad in (
        {"claims": {"nonce": "old"}},
        {"claims": {"iss": "https://x.example"}},
        {"header": {"kid": "?"}},
    ):
        stub.claims, stub.header = bad.get("claims", {}), bad.get("header", {})
        page = come_back(alice_client, stub.sign_in(leave(alice_client, plan)))
        assert page.status_code == 502
        assert b"could not be sure who answered" in page.content
    assert not Connection.objects.exists()
    assert not stub.access_tokens
    assert not stub.refresh_tokens


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        ((200, "text/html", b"<html>"), 503),
        (as_json({"keys": {}}), 503),
        (as_json({}, 404), 503),
        (as_json({}, 503), 503),
    ],
)
def test_without_the_plans_keys_there_is_no_connection(
    alice_client: Client, plan: Plan, stub: StubPlan, reply: Any, status: int
) -> None:
    """O-19: unverifiable is not verified."""
    stub.override["/jwks"] = reply
    assert come_back(alice_client, stub.sign_in(leave(alice_client, plan))).status_code == status
    assert not Connection.objects.exists()


def test_a_plan_that_was_not_asked_for_openid_need_not_prove_anything(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """Then the id_token, if any, is not used either."""
    set_quirks(plan, scopes=["patient/*.read"])
    stub.answer = {"id_token": "not.a.token"}
    connect(alice_client, plan, stub)

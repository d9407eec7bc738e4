"""The keys of plans: remembered for an hour, asked for once more when a key is unknown."""

import secrets
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from joserfc.jwk import RSAKey

from apps.connections import id_tokens, key_sets
from apps.connections.errors import IdTokenRefused, PlanBusy
from apps.connections.models import Connection
from apps.plans.models import Plan
from tests.connections.conftest import come_back, leave
from tests.connections.stub_plan import CLIENT_ID, KEY, StubPlan, as_json

NEXT = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
NOW = timezone.now().replace(second=0, microsecond=0)


@pytest.fixture(autouse=True)
def _at_the_start_of_a_minute() -> Iterator[None]:
    """Nothing is remembered, and it is NOW for the plan too, however long the suite has been running."""
    with time_machine.travel(NOW):
        cache.clear()
        yield


def prove(plan: Plan, stub: StubPlan, **more: Any) -> dict[str, Any]:
    """Verify an id_token of the stub's, as the callback would."""
    return id_tokens.prove(
        plan,
        more.pop("id_token", None) or stub.id_token({"nonce": "n"}, "at"),
        issuer=stub.origin,
        jwks_uri=f"{stub.origin}/jwks",
        nonce="n",
        access_token="at",
        now=more.pop("now", NOW),
    )


def asked(stub: StubPlan) -> int:
    """How often the keys were asked for."""
    return len(stub.requests_to("/jwks"))


def test_keys_are_asked_for_once_an_hour(plan: Plan, stub: StubPlan) -> None:
    stub.claims = {"exp": int((NOW + timedelta(hours=5)).timestamp())}
    for minutes in (0, 30, 59):
        assert prove(plan, stub, now=NOW + timedelta(minutes=minutes))
    assert asked(stub) == 1
    assert prove(plan, stub, now=NOW + timedelta(minutes=61))
    assert asked(stub) == 2


def test_o_22_a_new_key_is_asked_for_when_it_is_met(plan: Plan, stub: StubPlan) -> None:
    """O-22: rotation; the new set stays."""
    assert prove(plan, stub)
    stub.key, stub.header = NEXT, {"kid": "two"}
    assert prove(plan, stub)
    assert prove(plan, stub)
    assert asked(stub) == 2


def test_o_22_many_made_up_keys_are_one_request_a_minute(plan: Plan, stub: StubPlan) -> None:
    """O-22: no refetch storm."""
    key_sets.known(plan, f"{stub.origin}/jwks", now=NOW)
    assert asked(stub) == 1
    for minute in range(2):
        for _ in range(50):
            forged = forge(secrets.token_hex(4), stub)
            with pytest.raises(IdTokenRefused, match="signature"):
                prove(plan, stub, id_token=forged, now=NOW + timedelta(minutes=minute))
        assert asked(stub) == 2 + minute
    assert prove(plan, stub), "and good ones still pass"


def test_o_22_a_known_key_with_a_wrong_signature_asks_for_nothing(plan: Plan, stub: StubPlan) -> None:
    """O-22: a forgery under a known name is a forgery."""
    key_sets.known(plan, f"{stub.origin}/jwks", now=NOW)
    for _ in range(20):
        with pytest.raises(IdTokenRefused, match="signature"):
            prove(plan, stub, id_token=forge("one", stub))
    assert asked(stub) == 1


def test_o_22_keys_fetched_a_moment_ago_are_not_fetched_again_for_the_same_token(
    plan: Plan, stub: StubPlan
) -> None:
    """O-22: a cold cache and an unknown key are one request."""
    with pytest.raises(IdTokenRefused, match="signature"):
        prove(plan, stub, id_token=forge("unknown", stub))
    assert asked(stub) == 1


def test_o_22_a_key_without_a_name_that_was_replaced_is_found(plan: Plan, stub: StubPlan) -> None:
    """O-22 together with O-21: no kid to compare, so the signature tells."""
    stub.header = {"kid": None}
    assert prove(plan, stub, id_token=nameless(KEY, stub))
    stub.key = NEXT
    assert prove(plan, stub, id_token=nameless(NEXT, stub))
    assert asked(stub) == 2


def test_known_keys_serve_for_a_day_while_the_plan_is_down(plan: Plan, stub: StubPlan) -> None:
    stub.claims = {"exp": int((NOW + timedelta(days=3)).timestamp())}
    assert prove(plan, stub)
    stub.override["/jwks"] = (503, "text/html", b"<html>maintenance")
    assert prove(plan, stub, now=NOW + timedelta(hours=23))
    with pytest.raises(PlanBusy):
        prove(plan, stub, now=NOW + timedelta(hours=25))


NO_KEYS: list[Any] = [
    (200, "text/html", b"<html>maintenance"),
    (200, "application/json", b"[]"),
    (200, "application/json", b'{"keys": 5}'),
    (200, "application/json", b'{"keys": [' + b'{"kty":"RSA"},' * 20_000 + b"{}]}"),
    (200, "application/json", b"[" * 100_000),
    (302, "text/html", b"http://127.0.0.1:1/elsewhere"),
    as_json({}, 429),
    as_json({}, 404),
    as_json({"keys": [KEY.as_dict(private=False)]}, 403),
]


def test_a_maintenance_page_is_a_busy_plan_and_no_forged_token(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """O-19: unverifiable is not verified. Nothing of it is remembered either: the next try works."""
    for reply in NO_KEYS:
        stub.override["/jwks"] = reply
        with pytest.raises(PlanBusy):
            prove(plan, stub)
        del stub.override["/jwks"]
        assert prove(plan, stub)
        cache.clear()
    stub.override["/jwks"] = NO_KEYS[0]
    page = come_back(alice_client, stub.sign_in(leave(alice_client, plan)))
    assert page.status_code == 503
    assert not Connection.objects.exists()


def test_members_that_are_no_keys_are_passed_over(plan: Plan, stub: StubPlan) -> None:
    odd: list[Any] = [
        None,
        7,
        "key",
        [],
        {"kty": ["RSA"]},
        {"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "one"},
    ]
    stub.override["/jwks"] = as_json({"keys": [*odd, KEY.as_dict(private=False)]})
    assert prove(plan, stub)


def forge(kid: str, stub: StubPlan) -> str:
    """An id_token with another name and a signature of nobody's."""
    import base64  # noqa: PLC0415
    import json  # noqa: PLC0415

    head = base64.urlsafe_b64encode(json.dumps({"alg": "RS256", "kid": kid}).encode()).rstrip(b"=").decode()
    return f"{head}.e30.{'A' * 342}"


def nameless(key: Any, stub: StubPlan) -> str:
    """A good id_token whose header names no key."""
    from joserfc import jwt  # noqa: PLC0415

    moment = int(NOW.timestamp())
    claims = {
        "iss": stub.origin,
        "sub": "s",
        "aud": CLIENT_ID,
        "nonce": "n",
        "iat": moment,
        "exp": moment + 300,
    }
    return jwt.encode({"alg": "RS256"}, claims, key)


def test_keys_of_one_address_are_not_those_of_another(plan: Plan, stub: StubPlan) -> None:
    """Else a plan that was asked first would sign for the members of all others."""
    stub.override["/other/jwks"] = as_json({"keys": [NEXT.as_dict(private=False)]})
    theirs = key_sets.known(plan, f"{stub.origin}/jwks", now=NOW)
    others = key_sets.known(plan, f"{stub.origin}/other/jwks", now=NOW)
    assert [key["kid"] for key in theirs.keys["keys"]] == [KEY.kid]
    assert [key["kid"] for key in others.keys["keys"]] == ["two"]


def test_keys_that_were_asked_for_in_the_future_are_asked_for_again(plan: Plan, stub: StubPlan) -> None:
    """A clock that was set back would trust them for as long as it was ahead."""
    key_sets.known(plan, f"{stub.origin}/jwks", now=NOW + timedelta(hours=3))
    key_sets.known(plan, f"{stub.origin}/jwks", now=NOW)
    assert asked(stub) == 2

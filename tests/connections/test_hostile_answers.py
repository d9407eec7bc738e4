"""Ten thousand hostile answers in the gate: nothing a plan, a portal or a browser sends makes us crash."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.connections import tokens
from apps.connections.errors import IdTokenRefused, PlanAnswerUnreadable
from apps.connections.id_tokens import verify
from apps.connections.models import Connection
from apps.connections.tokens import Tokens
from apps.plans.discovery import DiscoveryFailed, discover
from apps.plans.models import Plan
from apps.plans.reading import Published, Unreadable, read_configuration, read_statement
from tests.connections.conftest import come_back, forget_tries, leave
from tests.connections.stub_plan import StubPlan
from tests.connections.test_id_token_rules import ACCESS, CLIENT, ISSUER, NONCE, keys, token
from tests.length import in_full

MANY = settings(suppress_health_check=list(HealthCheck), deadline=None)
NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
CANARY = b"canary-0f9e8d7c6b5a"

ODD_TEXT = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "", " ", "\x00", "\ud800", "null", "Bearer", "bEARER", "<script>alert(1)</script>", "%0d%0aX: y",
            "../..", "javascript:alert(1)", "file:///etc/passwd", "http://169.254.169.254/", "//evil",
            "https://127.0.0.1/", "https://user:pass@plan.example", "https://plan.example:99999/",
            "https://[::1/", "http://[", "é" * 300, "https://[x", "http://a]b", "https://\u2100.example",
            "//", "https://exa\u212bmple", "https://h\\@x/", "urn:x", "https://.example/",
        ]
    ),
)  # fmt: skip
ODD_NUMBER = st.one_of(
    st.integers(), st.floats(), st.sampled_from([0, -1, 1e12, 1e308, float("nan"), 16768.523842, 10**400])
)
ODD = st.recursive(
    st.one_of(st.none(), st.booleans(), ODD_NUMBER, ODD_TEXT),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=12), inner, max_size=4)
    ),
    max_leaves=12,
)


def dumped(value: object) -> bytes:
    """Return JSON as a careless server writes it: NaN, lone surrogates, huge numbers and all."""
    return json.dumps(value).encode("utf-8", "surrogatepass")


def document(names: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Return objects with some of *names*, each with an odd value, and some that nobody expects."""
    known = st.dictionaries(st.sampled_from(names), ODD, max_size=len(names))
    other = st.dictionaries(st.text(max_size=12), ODD, max_size=2)
    return st.builds(lambda expected, odd: {**odd, **expected}, known, other)


HEADERS = document(["alg", "kid", "crit", "jwk", "jku", "x5u", "typ", "b64", "zip", "enc"])
TOKEN_NAMES = [
    "access_token", "token_type", "expires_in", "refresh_token", "scope", "patient", "id_token", "error",
    "access_grant_expiration", "refresh_expires_in",
]  # fmt: skip
DISCOVERY_NAMES = [
    "issuer", "authorization_endpoint", "token_endpoint", "revocation_endpoint", "jwks_uri",
    "userinfo_endpoint", "code_challenge_methods_supported", "token_endpoint_auth_methods_supported",
    "scopes_supported", "authorization_response_iss_parameter_supported", "capabilities",
]  # fmt: skip


def examples(count: int, *, otherwise: int) -> int:
    """Return how many the gate tries: an eighth."""
    return in_full(count // 8, otherwise=min(otherwise, count // 8))


@settings(parent=MANY, max_examples=examples(4000, otherwise=400))
@given(answer=document(TOKEN_NAMES))
def test_a_token_answer_is_read_or_refused(answer: Mapping[str, Any]) -> None:
    """O-33."""
    try:
        read = tokens.read(answer, now=NOW)
    except PlanAnswerUnreadable:
        return
    assert isinstance(read, Tokens)
    again = Tokens.from_bytes(read.to_bytes())
    assert again.access_token == read.access_token
    read.expires_at(now=NOW)


@settings(parent=MANY, max_examples=examples(2600, otherwise=260))
@given(body=st.one_of(document(DISCOVERY_NAMES).map(dumped), ODD.map(dumped), st.binary(max_size=200)))
def test_a_discovery_document_is_read_or_refused(body: bytes) -> None:
    """O-12."""
    for read in (read_configuration, read_statement):
        try:
            document_read = read(body, base="https://plan.example.com/fhir")
        except Unreadable:
            continue
        assert isinstance(document_read, Published) or document_read.fhir_version is not None


@settings(parent=MANY, max_examples=examples(2500, otherwise=250))
@given(draws=st.data())
def test_only_the_untouched_id_token_is_believed(draws: st.DataObject) -> None:
    """O-14 to O-20: any change of any part, any odd claim, any odd header."""
    good = token(NOW)
    kind = draws.draw(st.sampled_from(["cut", "flip", "claims", "header", "noise", "keys"]))
    served: Any = keys()
    if kind == "cut":
        at = draws.draw(st.integers(0, len(good) - 1))
        made = good[:at] + good[at + 1 :]
    elif kind == "flip":
        at = draws.draw(st.integers(0, len(good) - 1))
        made = good[:at] + draws.draw(st.characters(exclude_characters=good[at])) + good[at + 1 :]
    elif kind == "claims":
        name = draws.draw(st.sampled_from(["iss", "sub", "aud", "nonce", "iat", "exp"]))
        made = token(NOW, **{name: draws.draw(st.one_of(st.none(), st.booleans(), st.just([]), st.just({})))})
    elif kind == "header":
        head = base64.urlsafe_b64encode(dumped(draws.draw(st.one_of(ODD, HEADERS)))).rstrip(b"=").decode()
        made = ".".join([head, *good.split(".")[1:]])
    elif kind == "noise":
        made = draws.draw(st.one_of(st.text(max_size=80), st.just("a.b.c"), st.just("..")))
    else:
        made, served = good, {"keys": draws.draw(st.lists(ODD, max_size=4))}
    try:
        claims = verify(
            made, keys=served, issuer=ISSUER, client_id=CLIENT, nonce=NONCE, access_token=ACCESS, now=NOW
        )
    except IdTokenRefused:
        return
    # A base64 text has spare bits at its end: another spelling of the very same bytes is the same token.
    assert kind in ("flip", "cut")
    assert claims["sub"] == "s"


@pytest.mark.django_db
@settings(parent=MANY, max_examples=examples(1000, otherwise=100))
@given(
    query=st.dictionaries(
        st.sampled_from(["state", "code", "error", "iss", "error_description", "error_uri", "x"]),
        st.one_of(ODD_TEXT, st.lists(ODD_TEXT, max_size=3)),
        max_size=6,
    )
)
def test_no_callback_reaches_a_500_or_the_token_endpoint(
    alice_client: Client, plan: Plan, stub: StubPlan, query: dict[str, Any]
) -> None:
    """O-02, O-31."""
    printable = {
        name: [text.encode("utf-8", "replace") for text in (value if isinstance(value, list) else [value])]
        for name, value in query.items()
    }
    page = alice_client.get("/connections/callback", printable)
    assert page.status_code in (200, 400, 403, 404)
    assert b"<script>alert" not in page.content
    assert not stub.requests_to("/token")
    assert not Connection.objects.exists()


@pytest.mark.django_db
@settings(parent=MANY, max_examples=examples(250, otherwise=25))
@given(
    reply=st.tuples(
        st.sampled_from([200, 200, 200, 201, 204, 400, 401, 403, 404, 429, 500, 502, 503]),
        st.sampled_from(["application/json", "text/html", "application/json; charset=utf-16"]),
        st.one_of(document(TOKEN_NAMES).map(dumped), st.binary(max_size=100)),
    )
)
def test_whatever_the_token_endpoint_says_the_trip_ends_on_a_page(
    alice_client: Client, plan: Plan, stub: StubPlan, reply: tuple[int, str, bytes]
) -> None:
    """O-31 to O-33: no 500, no half-made connection, nothing of the answer on the page."""
    stub.override["/token"] = (reply[0], reply[1], reply[2].replace(b'"access_token"', b'"%s"' % CANARY))
    page = come_back(alice_client, stub.sign_in(leave(alice_client, plan)))
    assert page.status_code in (400, 403, 429, 502, 503)
    assert CANARY not in page.content
    assert not Connection.objects.exists()
    forget_tries()


@pytest.mark.django_db
@settings(parent=MANY, max_examples=examples(60, otherwise=20))
@given(body=st.one_of(document(DISCOVERY_NAMES).map(dumped), st.binary(max_size=100)))
def test_whatever_is_published_no_new_origin_is_used(plan: Plan, stub: StubPlan, body: bytes) -> None:
    """O-12: endpoints stay within the plan's confirmed origins."""
    stub.override["/fhir/.well-known/smart-configuration"] = (200, "application/json", body)
    Plan.objects.filter(pk=plan.pk).update(discovery=None, discovered_at=None, discovery_tried_at=None)
    plan.refresh_from_db()
    try:
        discovered = discover(plan, now=NOW)
    except DiscoveryFailed:
        return
    for name in ("authorize_url", "token_url", "revoke_url", "jwks_uri", "userinfo_url"):
        url = getattr(discovered, name)
        assert url is None or url.startswith(stub.origin + "/")

"""The id_token, rule by rule: O-14 to O-22, O-24 and O-25 of the checklist, each refusing on its own."""

import base64
import hashlib
import hmac
import json
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from apps.connections import id_tokens
from apps.connections.errors import IdTokenRefused
from apps.plans.models import Plan
from tests.connections.conftest import connect
from tests.connections.stub_plan import KEY, StubPlan
from tests.quirks import set_quirks

ISSUER, CLIENT, NONCE, ACCESS = "https://plan.example.com", "plainclaim", "n-1", "at-1"
OTHER = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
CURVE = ECKey.generate_key("P-256", {"kid": "curve", "use": "sig"})
BASE = "https://plan.example.com/fhir"


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


def verify(
    id_token: str, *, keys: dict[str, Any], trusted: frozenset[str] = frozenset(), **expected: Any
) -> Any:
    """Return the claims of a good id_token, as `prove` does with keys that are known."""
    claims = id_tokens.signed_claims(id_token, id_tokens.header_of(id_token), keys)
    if claims is None:
        raise IdTokenRefused("signature")
    id_tokens.check(claims, trusted=trusted, **expected)
    return claims


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


def refused(id_token: str, now: datetime, published: dict[str, Any] | None = None) -> str:
    """The name of the rule that refuses the token."""
    with pytest.raises(IdTokenRefused) as caught:
        check(id_token, now, published)
    return str(caught.value)


def part(value: dict[str, Any]) -> str:
    """One part of a compact JWT."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "issuer", ["https://evil.example.com", ISSUER + "/", ISSUER.upper(), "", 7, [ISSUER]]
)
def test_o_14_another_issuer_is_refused(now: datetime, issuer: object) -> None:
    """O-14: a plain comparison of the exact string."""
    assert refused(token(now, iss=issuer), now) == "iss"
    assert refused(token(now, iss=None), now) == "iss"


def test_o_15_the_audience_is_us_and_nobody_we_do_not_trust(now: datetime) -> None:
    """O-15: wrong, missing, a list without us, several without azp, an untrusted extra one."""
    for wrong in ("other", None, ["other"], [], {"a": CLIENT}, [[CLIENT]], 7):
        assert refused(token(now, aud=wrong), now) == "aud"
    assert refused(token(now, aud=[CLIENT, "other"]), now) == "azp"
    assert refused(token(now, aud=[CLIENT, "other"], azp="other"), now).startswith("aud")
    untrusted = refused(token(now, aud=[CLIENT, "other"], azp=CLIENT), now)
    assert untrusted == "aud: an audience we do not trust"
    assert refused(token(now, aud=[CLIENT, 7], azp=CLIENT), now) == "aud"
    assert refused(token(now, azp="other"), now) == "azp"
    assert check(token(now, aud=[CLIENT]), now)
    assert check(token(now, aud=[CLIENT, CLIENT]), now)


def test_o_15_the_plans_own_data_server_may_be_an_audience_beside_us(now: datetime) -> None:
    """O-15: trusted, but only together with azp."""

    def verified(**changed: Any) -> object:
        return verify(
            token(now, aud=[CLIENT, BASE], **changed),
            keys=keys(),
            issuer=ISSUER,
            client_id=CLIENT,
            nonce=NONCE,
            access_token=ACCESS,
            now=now,
            trusted=frozenset({BASE}),
        )

    assert verified(azp=CLIENT)
    with pytest.raises(IdTokenRefused, match="azp"):
        verified()


@pytest.mark.parametrize("subject", [None, "", 7, ["s"], True])
def test_o_16_without_a_subject_there_is_no_proof(now: datetime, subject: object) -> None:
    assert refused(token(now, sub=subject), now) == "sub"


@pytest.mark.parametrize("seconds", [30, 119, 121, 86_400])
def test_o_17_clocks_may_differ_by_two_minutes_and_no_more(now: datetime, seconds: int) -> None:
    """O-17: 30 s and 119 s pass in both directions, 121 s and a day only in the harmless one."""
    moment = int(now.timestamp())
    is_near = seconds < 120
    for claim, harmful in (("exp", -seconds), ("iat", seconds), ("nbf", seconds)):
        assert check(token(now, **{claim: moment - harmful}), now), f"{claim} on the harmless side"
        made = token(now, **{claim: moment + harmful})
        if is_near:
            assert check(made, now)
        else:
            assert refused(made, now) == claim


@pytest.mark.parametrize("value", [None, "now", True, [], 10**400, float("inf"), float("nan")])
def test_o_17_a_time_that_is_none_is_refused(now: datetime, value: object) -> None:
    """O-17: iat and exp have to be there and be numbers a clock can hold."""
    assert refused(token(now, iat=value), now) == "iat"
    assert refused(token(now, exp=value), now) == "exp"


@pytest.mark.parametrize("nonce", [None, "", "n-2", [NONCE], 1])
def test_o_18_another_nonce_is_refused(now: datetime, nonce: object) -> None:
    """O-18: absent, old, of another type."""
    assert refused(token(now, nonce=nonce), now) == (
        "the id_token has no nonce" if nonce is None else "nonce"
    )


def test_o_19_a_bad_signature_is_refused(now: datetime) -> None:
    """O-19: another key, changed claims, cut or changed signatures."""
    head, body, signature = token(now).split(".")
    for forged in (
        token(now, OTHER, {"kid": "one"}),
        f"{head}.{part({'iss': ISSUER})}.{signature}",
        f"{head}.{body}.{signature[:-8]}AAAAAAAA",
        f"{head}.{body}.",
        f"{head}.{body}",
    ):
        assert refused(forged, now) in ("signature", "malformed")
    assert refused(token(now, OTHER, {"kid": "one"}), now, keys(KEY, OTHER)) == "signature", "not its own key"


def test_o_20_only_listed_algorithms_verify_and_keys_inside_the_token_count_for_nothing(
    now: datetime,
) -> None:
    """O-20: six forgeries, among them an embedded key (CVE-2026-27962) and HS256 with our public key."""
    _, body, signature = token(now).split(".")
    secret = KEY.as_pem(private=False)
    by_hand = part({"alg": "HS256", "kid": "one"})
    mac = base64.urlsafe_b64encode(hmac.digest(secret, f"{by_hand}.{body}".encode(), "sha256")).rstrip(b"=")
    assert refused(f"{by_hand}.{body}.{mac.decode()}", now) == "alg"
    assert refused(f"{part({'alg': 'none'})}.{body}.", now) == "alg"
    for head in ({"alg": ["RS256"]}, {"alg": {}}, {"alg": None}, {"alg": "rs256"}, {"alg": "RS512"}, {}):
        assert refused(f"{part(head)}.{body}.{signature}", now) == "alg"
    assert refused(f"{part({'alg': 'RS256', 'crit': ['x'], 'x': 1})}.{body}.{signature}", now) == "crit"
    public = OTHER.as_dict(private=False)
    for lure in (
        {"jwk": public},
        {"jku": "https://evil.example.com/keys"},
        {"x5u": "https://evil.example.com/cert"},
        {"x5c": ["MIIB"]},
    ):
        assert refused(token(now, OTHER, {"kid": "one", **lure}), now) == "signature"


def test_o_20_an_algorithm_needs_a_key_of_its_own_kind(now: datetime) -> None:
    """O-20: no mixing of curves, types and uses."""
    assert check(token(now, CURVE, {"alg": "ES256"}), now, keys(CURVE))
    assert refused(token(now, CURVE, {"alg": "ES256", "kid": "one"}), now) == "signature"
    big = ECKey.generate_key("P-384", {"kid": "big"})
    assert refused(token(now, CURVE, {"alg": "ES256", "kid": "big"}), now, keys(big)) == "signature"
    shared = OctKey.generate_key(256, {"kid": "one"})
    assert refused(token(now), now, {"keys": [shared.as_dict()]}) == "signature"
    for use in ({"use": "enc"}, {"use": ""}, {"alg": "RS512"}):
        assert refused(token(now), now, {"keys": [{**KEY.as_dict(private=False), **use}]}) == "signature"


def test_o_21_a_key_without_a_name_is_tried(now: datetime) -> None:
    """O-21: no kid and one key, no kid and several, two keys of one name, odd members of the set."""
    nameless = token(now, KEY, {"kid": None})
    assert check(nameless, now)
    assert check(nameless, now, keys(OTHER, KEY))
    odd: list[Any] = [None, 5, {"kty": "RSA"}, {"kty": "RSA", "n": 1, "e": 2}, {"kty": "oct", "k": "AAAA"}]
    twin = {**OTHER.as_dict(private=False), "kid": "one"}
    assert check(token(now), now, {"keys": [*odd, twin, *keys()["keys"]]})
    assert refused(token(now, OTHER, {"kid": None}), now) == "signature"


def test_o_25_a_hash_of_another_access_token_is_refused(now: datetime) -> None:
    """O-25: checked when it is there."""
    assert check(token(now, at_hash=half_hash(ACCESS)), now)
    for wrong in (half_hash("another"), "", 5):
        assert refused(token(now, at_hash=wrong), now) == "at_hash"


def test_a_plan_that_was_not_asked_for_openid_need_not_prove_anything(
    alice_client: Client, plan: Plan, stub: StubPlan
) -> None:
    """Then the id_token, if any, is not used either."""
    set_quirks(plan, scopes=["patient/*.read"])
    stub.answer = {"id_token": "not.a.token"}
    connect(alice_client, plan, stub)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
# Half of a character is a legal JSON text and no legal Unicode: only such inputs reach every encoder.
CLAIMS = st.sampled_from(["iss", "sub", "aud", "azp", "exp", "iat", "nbf", "nonce", "at_hash"])
HEADERS = st.sampled_from(["alg", "kid", "typ", "crit", "jwk", "jku", "x5c", "b64", "zip", "cty"])
MEMBERS = st.sampled_from(["kty", "kid", "use", "alg", "n", "e", "x", "y", "crv", "key_ops"])
MOMENT = datetime.fromisoformat("2026-11-25T12:00:00+00:00")


@settings(max_examples=100)
@given(changed=st.dictionaries(CLAIMS, JSON, min_size=1, max_size=3))
def test_any_claims_are_verified_or_refused_and_never_crash(changed: dict[str, Any]) -> None:
    """Signed by the plan, yet hostile: nothing but a refusal comes of it, or the claims as they should be."""
    moment = int(MOMENT.timestamp())
    good = {"iss": ISSUER, "sub": "s", "aud": CLIENT, "nonce": NONCE, "iat": moment, "exp": moment + 300}
    body = json.dumps({**good, **changed}).encode()
    signed = _sign({"alg": "RS256", "kid": "one"}, body)
    _is_verified_or_refused(signed, keys())


@settings(max_examples=100)
@given(changed=st.dictionaries(HEADERS, JSON, max_size=3), member=st.dictionaries(MEMBERS, JSON, max_size=3))
def test_any_header_and_key_set_are_verified_or_refused_and_never_crash(
    changed: dict[str, Any], member: dict[str, Any]
) -> None:
    """Both come from outside."""
    signed = _sign({"alg": "RS256", "kid": "one", **changed}, b"{}")
    _is_verified_or_refused(signed, {"keys": [{**KEY.as_dict(private=False), **member}, member]})


@settings(max_examples=100)
@given(
    place=st.integers(0, len(token(MOMENT)) - 1),
    sign=st.just("") | st.characters(),
    noise=st.none() | st.text(max_size=80) | st.text(alphabet="ey.J{}", max_size=40),
)
def test_only_the_untouched_id_token_is_believed(place: int, sign: str, noise: str | None) -> None:
    """O-19: with one sign left out or changed, or no token at all."""
    good = token(MOMENT)
    made = good[:place] + sign + good[place + 1 :] if noise is None else noise
    try:
        claims = check(made, MOMENT)
    except IdTokenRefused:
        return
    # A base64 text has spare bits at its end: another spelling of the very same bytes is the same token.
    assert noise is None
    assert claims["sub"] == "s"


def _sign(header: dict[str, Any], body: bytes) -> str:
    """Sign bytes as they are, whatever the header says about them."""
    real = jwt.encode({"alg": "RS256"}, {}, KEY).split(".")
    head = base64.urlsafe_b64encode(json.dumps(header).encode()).rstrip(b"=").decode()
    text = base64.urlsafe_b64encode(body).rstrip(b"=").decode()
    from joserfc.jws import JWSRegistry  # noqa: PLC0415 - only this forger signs by hand

    signature = JWSRegistry.algorithms["RS256"].sign(f"{head}.{text}".encode(), KEY)
    assert len(real) == 3
    return f"{head}.{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def _is_verified_or_refused(signed: str, published: dict[str, Any]) -> None:
    try:
        claims = check(signed, MOMENT, published)
    except IdTokenRefused:
        return
    assert (claims["iss"], claims["nonce"]) == (ISSUER, NONCE)
    assert CLIENT in ([claims["aud"]] if isinstance(claims["aud"], str) else claims["aud"])


def test_o_19_a_token_longer_than_any_is_not_looked_at(now: datetime) -> None:
    """O-19: however well it is signed: what is read before any trust is bounded."""
    assert check(token(now, more="x" * 40_000), now)
    assert refused(token(now, more="x" * 65_536), now) == "malformed"

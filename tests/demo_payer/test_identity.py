"""Good and bad id tokens, userinfo, and key rotation."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
import requests
from joserfc import jwt
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import KeySet, RSAKey

from apps.demo_payer import plan
from apps.demo_payer.personalities import ALL
from apps.demo_payer.running import Running
from apps.demo_payer.server import forgeries
from tests.demo_payer.member import Member

At = Callable[[str], Member]
GOOD = {"iss", "sub", "aud", "exp", "iat", "nonce", "at_hash", "auth_time", "fhirUser"}


def test_every_way_to_make_an_id_token_is_played_by_somebody() -> None:
    """And no personality asks for a way that is not there."""
    used = {way for played in ALL.values() for way in (played.id_token, played.id_token_at_refresh)}
    assert used - {None} == forgeries.WAYS


@pytest.mark.parametrize(
    ("how", "is_bad"),
    [
        ("iss", lambda claims: claims["iss"] == "https://attacker.example"),
        ("no-iss", lambda claims: "iss" not in claims),
        ("sub", lambda claims: "sub" not in claims),
        ("aud", lambda claims: claims["aud"] == "another-app"),
        ("no-aud", lambda claims: "aud" not in claims),
        ("aud-list", lambda claims: claims["aud"] == [plan.CLIENT_ID, "another-app"]),
        ("azp", lambda claims: claims["azp"] == "another-app"),
        ("nonce", lambda claims: claims["nonce"] != "the-nonce"),
        ("no-nonce", lambda claims: "nonce" not in claims),
        ("iat", lambda claims: "iat" not in claims),
        ("future", lambda claims: claims["iat"] > time.time() + 3600),
        ("exp", lambda claims: claims["exp"] < time.time() - 1800),
        ("no-exp", lambda claims: "exp" not in claims),
        ("at-hash", lambda claims: claims["at_hash"] == "A" * 22),
    ],
)
def test_one_claim_is_bad_and_the_signature_good(at: At, how: str, is_bad: Callable[[Any], bool]) -> None:
    """So that a client that refuses it has looked at that claim; the others are those of a good one."""
    ana = at(f"bad-id-token-{how}")
    claims = jwt.decode(ana.tokens()["id_token"], _keys(ana), algorithms=["RS256"]).claims
    assert is_bad(claims)
    assert not is_bad(_good_claims(at))
    assert len(GOOD - set(claims)) <= 1
    if how not in {"iss", "no-iss"}:
        assert claims["iss"] == ana.root


@pytest.mark.parametrize("how", ["sig", "other-key", "crit"])
def test_a_token_that_does_not_verify_has_every_claim_right(at: At, how: str) -> None:
    """A bad signature, a key of nobody's, or an extension that nobody knows (RFC 7515 section 4.1.11)."""
    ana = at(f"bad-id-token-{how}")
    token = ana.tokens()["id_token"]
    with pytest.raises(JoseError if how == "crit" else BadSignatureError):
        jwt.decode(token, _keys(ana), algorithms=["RS256"])
    assert set(_part(token, 1)) >= GOOD
    assert _part(token, 0).get("crit") == (["harborlight"] if how == "crit" else None)


@pytest.mark.filterwarnings("ignore:Key size")  # small, so that the header is short enough to be read
def test_a_client_that_lets_the_header_choose_would_be_fooled(at: At) -> None:
    """No signature (RFC 7518 section 3.6), the public key as the secret, and a key that the token brings.

    The last is CVE-2026-27962.
    """
    token = at("bad-id-token-alg-none").tokens()["id_token"]
    assert (_part(token, 0)["alg"], token[-1]) == ("none", ".")
    ana = at("bad-id-token-hs256")
    text, _, signature = ana.tokens()["id_token"].rpartition(".")
    made = hmac.digest(_keys(ana).keys[0].as_pem(private=False), text.encode(), hashlib.sha256)
    assert base64.urlsafe_b64encode(made).rstrip(b"=").decode() == signature
    ana = at("bad-id-token-jwk")
    token = ana.tokens()["id_token"]
    own = RSAKey.import_key(_part(token, 0)["jwk"])
    assert jwt.decode(token, own, algorithms=["RS256"]).claims["sub"] == "ana"
    assert own.thumbprint() not in {key.thumbprint() for key in _keys(ana).keys}


def test_garbage_is_garbage_and_the_audience_may_be_a_list_of_one(at: At) -> None:
    """OpenID Connect Core section 2."""
    assert at("bad-id-token-garbage").tokens()["id_token"] == "not.a-token"
    ana = at("id-token-aud-one")
    claims = jwt.decode(ana.tokens()["id_token"], _keys(ana), algorithms=["RS256"]).claims
    assert claims["aud"] == [plan.CLIENT_ID]


@pytest.mark.parametrize(("name", "count"), [("id-token-no-kid", 1), ("id-token-no-kid-many", 3)])
def test_the_key_may_be_left_unnamed(at: At, name: str, count: int) -> None:
    """With one key, and with several of which one fits."""
    ana = at(name)
    token = ana.tokens()["id_token"]
    assert "kid" not in _part(token, 0)
    signing_keys = _keys(ana).keys
    assert len(signing_keys) == count
    assert sum(_verifies(token, key) for key in signing_keys) == 1


def test_keys_rotate_with_every_token_or_when_told(at: At, payer: Running) -> None:
    """The newest two are published."""
    ana = at("rotates-keys")
    tokens = [at("rotates-keys").tokens()["id_token"] for _ in range(3)]
    kids = [_part(token, 0)["kid"] for token in tokens]
    assert len(set(kids)) == 3
    assert [key.kid for key in _keys(ana).keys] == kids[1:]
    before = {key.kid for key in _keys(at("no-iss")).keys}
    payer.control("no-iss", rotate_keys=True)
    token = at("no-iss").tokens()["id_token"]
    assert _part(token, 0)["kid"] not in before
    assert jwt.decode(token, _keys(at("no-iss")), algorithms=["RS256"]).claims["sub"] == "ana"
    payer.control("no-iss", reset=True)


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("bad-id-token-refresh-iss", {"iss": "https://attacker.example"}),
        ("bad-id-token-refresh-sub", {"sub": "somebody-else"}),
        ("id-token-refresh", {}),
    ],
)
def test_a_refresh_may_bring_an_id_token(at: At, name: str, changed: dict[str, str]) -> None:
    """OpenID Connect Core section 12.2: same iss and sub; the nonce may be left out."""
    ana = at(name)
    first = ana.tokens()
    token = ana.refresh(first["refresh_token"]).json()["id_token"]
    claims = jwt.decode(token, _keys(ana), algorithms=["RS256"]).claims
    expected = {"iss": ana.root, "sub": "ana"} | changed
    assert {name: claims[name] for name in expected} == expected
    assert "nonce" not in claims


def test_userinfo_names_the_same_subject_as_the_id_token_or_plays_another(at: At) -> None:
    """OpenID Connect Core section 5.3.2; O-23."""
    tokens = at("standard").tokens(scope="openid profile patient/*.read")
    said = _userinfo(at("standard"), tokens["access_token"]).json()
    assert said == {"sub": "ana", "patient": "ana", "name": "Ana Moss"}
    ana = at("bad-userinfo-sub")
    assert _userinfo(ana, ana.tokens()["access_token"]).json()["sub"] == "somebody-else"


def test_userinfo_wants_a_token_in_the_header_and_openid(at: At) -> None:
    """RFC 6750: 401 without a token, 403 without the scope, and a token in the query is none."""
    ana = at("standard")
    address = ana.address("oauth2/userinfo")
    token = ana.tokens()["access_token"]
    assert requests.get(address, timeout=10).status_code == 401
    assert requests.get(f"{address}?access_token={token}", timeout=10).status_code == 401
    without = ana.tokens(scope="patient/*.read")["access_token"]
    assert _userinfo(ana, without).status_code == 403


def test_two_people_can_be_read_with_one_sign_in(at: At) -> None:
    """Neither is named in the token answer."""
    ana = at("two-people")
    tokens = ana.tokens()
    assert "patient" not in tokens
    patients = ana.get("Patient", tokens["access_token"]).json()
    assert [entry["resource"]["id"] for entry in patients["entry"]] == ["ana", "ben"]
    for name in ("ana", "ben"):
        answer = ana.get(f"Coverage?patient={name}", tokens["access_token"])
        assert f"{name}-coverage" in answer.text


def test_a_refresh_may_name_another_person(at: At) -> None:
    """O-29."""
    ana = at("other-person")
    first = ana.tokens()
    assert first["patient"] == "ana"
    assert ana.refresh(first["refresh_token"]).json()["patient"] == "ben"


def _good_claims(at: At) -> Any:
    ana = at("standard")
    return jwt.decode(ana.tokens()["id_token"], _keys(ana), algorithms=["RS256"]).claims | {"azp": ""}


def _keys(ana: Member) -> KeySet:
    return KeySet.import_key_set(requests.get(ana.address("oauth2/jwks"), timeout=10).json())


def _verifies(token: str, key: Any) -> bool:
    try:
        jwt.decode(token, key, algorithms=["RS256"])
    except JoseError:
        return False
    return True


def _part(token: str, number: int) -> Any:
    part = token.split(".")[number]
    return json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))


def _userinfo(ana: Member, token: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(ana.address("oauth2/userinfo"), headers=headers, timeout=10)

"""Each habit of OAuth does what its sentence says."""

import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from apps.demo_payer import plan
from apps.demo_payer.demo_process import Running
from tests.demo_payer.member import Member, parameters

At = Callable[[str], Member]
ASKED = "openid fhirUser launch/patient patient/*.read offline_access"
DECLINED = "openid fhirUser launch/patient patient/Patient.read patient/Coverage.read"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@pytest.mark.parametrize(("name", "scope"), [("no-refresh", ASKED), ("declines-scopes", DECLINED)])
def test_lasting_access_and_claims_are_left_out(at: At, name: str, scope: str) -> None:
    """All of it was asked for."""
    tokens = at(name).tokens(scope=ASKED)
    assert (tokens["scope"], "refresh_token" in tokens) == (scope, False)


def test_no_openid_says_nothing_about_who(at: At) -> None:
    """No id token, no document, no userinfo."""
    ana = at("no-openid")
    tokens = ana.tokens(scope="openid launch/patient patient/*.read")
    assert "id_token" not in tokens
    assert tokens["scope"] == "launch/patient patient/*.read"
    for path in (".well-known/openid-configuration", "oauth2/userinfo", "oauth2/jwks"):
        assert requests.get(ana.address(path), timeout=10).status_code == 404


def test_a_payer_that_is_down_lets_the_member_in_and_the_app_not(at: At) -> None:
    """503 with Retry-After."""
    ana = at("down")
    answer = ana.exchange(ana.code())
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "120")
    assert answer.json() == {"error": "temporarily_unavailable"}


def test_a_no_may_come_after_signing_in(at: At) -> None:
    """With state and iss, without a consent page; the member is signed out."""
    ana = at("denies-after-sign-in")
    said = parameters(ana.consent())
    assert (said["error"], said["state"], said["iss"]) == ("access_denied", "the-state", ana.root)
    assert "/sign-in" in ana.authorize().headers["Location"]


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


def test_userinfo_names_the_same_subject_as_the_id_token(at: At) -> None:
    """OpenID Connect Core section 5.3.2; RFC 6750: 401 without a token in the header, 403 without openid."""
    ana = at("standard")
    address = ana.address("oauth2/userinfo")

    def asked(token: str) -> requests.Response:
        return requests.get(address, headers={"Authorization": f"Bearer {token}"}, timeout=10)

    token = ana.tokens(scope="openid profile patient/*.read")["access_token"]
    assert asked(token).json() == {"sub": "ana", "patient": "ana", "name": "Ana Moss"}
    assert requests.get(f"{address}?access_token={token}", timeout=10).status_code == 401
    assert asked(ana.tokens(scope="patient/*.read")["access_token"]).status_code == 403


class TestPrivateKeyJwt:
    """SMART client-confidential-asymmetric."""

    rsa = RSAKey.generate_key(2048, {"kid": "rsa-1"})
    ec = ECKey.generate_key("P-384", {"kid": "ec-1"})

    @pytest.fixture
    def ana(self, payer: Running) -> Member:
        """Return Ana where the app's keys are known."""
        public = [key.as_dict(private=False) for key in (self.rsa, self.ec)]
        payer.control("private-key-jwt", client_jwks={"keys": public})
        return Member(payer, personality="private-key-jwt")

    def exchange(self, ana: Member, assertion: str) -> requests.Response:
        """Exchange a fresh code with this assertion."""
        code = ana.code(client_id=plan.ASSERTION_CLIENT_ID)
        return ana.exchange(code, auth=None, client_assertion_type=ASSERTION_TYPE, client_assertion=assertion)

    def assertion(self, ana: Member, **changes: Any) -> str:
        """Return a good RS384 assertion with these changes; key, alg, typ and kid are the header's."""
        key, alg = changes.pop("key", self.rsa), changes.pop("alg", "RS384")
        header = {"typ": changes.pop("typ", "JWT"), "alg": alg, "kid": changes.pop("kid", key.kid)}
        claims = {
            "iss": plan.ASSERTION_CLIENT_ID,
            "sub": plan.ASSERTION_CLIENT_ID,
            "aud": ana.address("oauth2/token"),
            "exp": int(time.time()) + 240,
            "jti": uuid4().hex,
        } | changes
        return jwt.encode(header, claims, key, algorithms=[alg])

    def test_rs384_and_es384_are_taken(self, ana: Member) -> None:
        """Both of SMART's algorithms, also for a refresh."""
        assert self.exchange(ana, self.assertion(ana)).status_code == 200
        tokens = self.exchange(ana, self.assertion(ana, key=self.ec, alg="ES384")).json()
        proof = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": self.assertion(ana)}
        assert ana.refresh(tokens["refresh_token"], auth=None, **proof).status_code == 200

    @pytest.mark.parametrize(
        "change",
        [
            {"iss": "another"},
            {"sub": "nobody", "iss": "nobody"},
            {"aud": "https://other.example/token"},
            {"exp": 0},
            {"exp": 4_000_000_000},
            {"exp": "soon"},
            {"jti": ""},
            {"typ": "JOSE"},
            {"alg": "RS256"},
            {"kid": "unknown"},
            {"key": RSAKey.generate_key(2048, {"kid": "rsa-1"})},
        ],
        ids="-".join,
    )
    def test_anything_wrong_is_invalid_client(self, ana: Member, change: dict[str, Any]) -> None:
        """iss, sub, aud, exp within five minutes, jti, typ, alg, kid, key."""
        assert self.exchange(ana, self.assertion(ana, **change)).json()["error"] == "invalid_client"

    @pytest.mark.parametrize("text", ["", "a.b", "a.b.c", "e30.e30.", "W10.W10.x"])
    def test_nonsense_is_invalid_client(self, ana: Member, text: str) -> None:
        """No fault of the server."""
        assert self.exchange(ana, text).json()["error"] == "invalid_client"

    def test_an_assertion_works_once(self, ana: Member) -> None:
        """jti."""
        proof = self.assertion(ana)
        assert self.exchange(ana, proof).status_code == 200
        assert self.exchange(ana, proof).json()["error"] == "invalid_client"

    def test_a_secret_is_not_taken(self, ana: Member) -> None:
        """Only assertions."""
        assert ana.exchange(ana.code()).json()["error"] == "invalid_client"

    def test_the_discovery_document_says_so(self, ana: Member) -> None:
        """RS384 and ES384."""
        address = f"{ana.fhir_base_url}/.well-known/smart-configuration"
        document = requests.get(address, timeout=10).json()
        assert document["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
        assert document["token_endpoint_auth_signing_alg_values_supported"] == ["RS384", "ES384"]

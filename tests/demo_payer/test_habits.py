"""Each habit of OAuth does what its sentence says."""

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from apps.demo_payer import plan
from apps.demo_payer.running import Running
from tests.demo_payer.member import CALLBACK, VERIFIER, Member, parameters

At = Callable[[str], Member]
ASKED = "openid fhirUser launch/patient patient/*.read offline_access"
DECLINED = "openid fhirUser launch/patient patient/Patient.read patient/Coverage.read"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


TOKENS: dict[str, Callable[[dict[str, Any]], bool]] = {
    "no-refresh": lambda told: "refresh_token" not in told,
    "short-life": lambda told: told["expires_in"] == 5 and bool(told["refresh_token"]),
    "known-end": lambda told: told["access_grant_expiration"].endswith("Z"),
    "declines-scopes": lambda told: told["scope"] == DECLINED and "refresh_token" not in told,
    "terse": lambda told: not {"scope", "expires_in"} & set(told) and told["token_type"] == "bEARER",
    "expires-in-text": lambda told: told["expires_in"] == "3600",
    "expires-in-float": lambda told: told["expires_in"] == 3600.523842,
    "expires-in-missing": lambda told: "expires_in" not in told,
    "expires-in-zero": lambda told: told["expires_in"] == 0,
    "expires-in-negative": lambda told: told["expires_in"] == -1,
    "expires-in-vast": lambda told: told["expires_in"] == 10**12,
}


@pytest.mark.parametrize("name", TOKENS)
def test_the_token_answer_is_as_the_habit_says(at: At, name: str) -> None:
    """Lasting access was asked for everywhere; O-33 has the forms of `expires_in`."""
    assert TOKENS[name](at(name).tokens(scope=ASKED))


def test_no_openid_says_nothing_about_who(at: At) -> None:
    """No id token, no document, no userinfo."""
    ana = at("no-openid")
    tokens = ana.tokens(scope="openid launch/patient patient/*.read")
    assert "id_token" not in tokens
    assert tokens["scope"] == "launch/patient patient/*.read"
    for path in (".well-known/openid-configuration", "oauth2/userinfo", "oauth2/jwks"):
        assert requests.get(ana.address(path), timeout=10).status_code == 404


def test_a_static_refresh_token_stays_good(at: At) -> None:
    """The answer holds no new one."""
    ana = at("static-refresh")
    first = ana.tokens()
    for _ in range(3):
        answer = ana.refresh(first["refresh_token"])
        assert answer.status_code == 200
        assert "refresh_token" not in answer.json()


def test_a_rotating_one_does_not(at: At) -> None:
    """RFC 9700 section 4.14.2."""
    ana = at("rotating")
    first = ana.tokens()
    assert ana.refresh(first["refresh_token"]).json()["refresh_token"] != first["refresh_token"]
    assert ana.refresh(first["refresh_token"]).status_code == 400


@pytest.mark.parametrize("name", ["dead-refresh", "short-refresh"])
def test_a_dead_refresh_token_is_refused(at: At, name: str) -> None:
    """invalid_grant: sign in again."""
    ana = at(name)
    answer = ana.refresh(ana.tokens()["refresh_token"])
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("missing", ["state", "nonce", "aud", "code_challenge"])
def test_strict_misses_every_parameter(at: At, missing: str) -> None:
    """invalid_request."""
    assert parameters(at("strict-pkce").authorize(**{missing: None}))["error"] == "invalid_request"


def test_strict_refuses_a_token_request_with_state(at: At) -> None:
    """As strict servers do."""
    ana = at("strict-pkce")
    code = ana.code()
    assert ana.exchange(code, state="x").json()["error"] == "invalid_request"
    assert ana.exchange(code).status_code == 200


def test_no_pkce_ignores_it(at: At) -> None:
    """It announces none; a wrong verifier is not noticed."""
    ana = at("no-pkce")
    assert "code_challenge_methods_supported" not in _smart(ana)
    assert ana.exchange(ana.code(), code_verifier="wrong").status_code == 200


def test_refuses_pkce_refuses_it(at: At) -> None:
    """Only a request without a challenge gets through."""
    ana = at("refuses-pkce")
    assert parameters(ana.authorize())["error"] == "invalid_request"
    code = ana.code(code_challenge=None, code_challenge_method=None)
    assert ana.exchange(code, code_verifier=None).status_code == 200


def test_plain_only_announces_and_takes_plain(at: At) -> None:
    """RFC 7636 section 4.2: the challenge is the verifier."""
    ana = at("plain-pkce-only")
    assert _smart(ana)["code_challenge_methods_supported"] == ["plain"]
    assert parameters(ana.authorize())["error"] == "invalid_request"
    code = ana.code(code_challenge=VERIFIER, code_challenge_method="plain")
    assert ana.exchange(code, code_verifier="x" * 50).status_code == 400
    assert ana.exchange(code).status_code == 200


@pytest.mark.parametrize(
    ("name", "said"),
    [("wrong-iss", ["https://attacker.example"]), ("missing-iss", []), ("no-iss", [])],
)
def test_iss_is_wrong_or_missing_on_success_and_on_error(at: At, name: str, said: list[str]) -> None:
    """RFC 9207."""
    ana = at(name)
    assert _smart(ana).get("authorization_response_iss_parameter_supported", False) is (name != "no-iss")
    for answer in ("allow", "deny"):
        query = urlsplit(ana.press(ana.consent(), answer).headers["Location"]).query
        assert parse_qs(query).get("iss", []) == said


def test_iss_may_come_twice(at: At) -> None:
    """The right one first."""
    ana = at("double-iss")
    query = urlsplit(ana.press(ana.consent()).headers["Location"]).query
    assert parse_qs(query)["iss"] == [ana.root, "https://attacker.example"]


def test_mix_up_passes_the_browser_on_with_the_same_state(at: At, payer: Running) -> None:
    """RFC 9700 section 4.4: the code is the honest payer's, the state the attacker's flow's."""
    mallory = at("mix-up")
    answer = mallory.authorize(redirect_uri=f"{CALLBACK}/harborlight-mix-up", state="of-the-mirror")
    assert answer.headers["Location"].startswith(f"{payer.origin}/oauth2/authorize?")
    sent = parameters(answer)
    assert sent["state"] == "of-the-mirror"
    assert sent["redirect_uri"] == CALLBACK
    assert sent["aud"] == payer.fhir_base_url
    honest = Member(payer)
    honest.browser = mallory.browser
    page = honest.sign_in(honest.browser.get(answer.headers["Location"], allow_redirects=False))
    consent = honest.browser.get(payer.origin + page.headers["Location"])
    back = honest.press(consent).headers["Location"]
    assert back.startswith(f"{CALLBACK}?")
    assert "state=of-the-mirror" in back


def test_mix_up_counts_the_codes_that_are_brought_to_it(at: At, payer: Running) -> None:
    """So that a test can say that none was."""
    before = payer.seen("mix-up")["token"]
    assert at("mix-up").exchange("stolen").status_code == 400
    assert payer.seen("mix-up")["token"] == before + 1


def test_answers_elsewhere_uses_the_root_payers_callback(at: At) -> None:
    """B answers on A's callback."""
    ana = at("answers-elsewhere")
    page = ana.consent(redirect_uri=f"{CALLBACK}/harborlight-answers-elsewhere")
    assert ana.press(page).headers["Location"].startswith(f"{CALLBACK}?")


def test_wrong_issuer_publishes_another_name(at: At) -> None:
    """In both documents."""
    ana = at("wrong-issuer")
    assert _smart(ana)["issuer"] == "https://attacker.example"
    openid = requests.get(f"{ana.root}/.well-known/openid-configuration", timeout=10).json()
    assert openid["issuer"] == "https://attacker.example"


def test_drift_moves_at_the_second_reading_or_when_told(at: At, payer: Running) -> None:
    """The new origin is the same machine by another name, and works."""
    ana = at("drift")
    payer.control("drift", reset=True)
    first, second = _smart(ana), _smart(ana)
    assert first["token_endpoint"].startswith("http://127.0.0.1:")
    assert second["token_endpoint"] == first["token_endpoint"].replace("127.0.0.1", "localhost")
    payer.control("drift", drift=False)
    assert _smart(ana) == first
    payer.control("drift", drift=True)
    assert _smart(ana) == second
    payer.control("drift", reset=True)


@pytest.mark.parametrize(
    ("form", "is_so"),
    [
        ("html", lambda answer: answer.text.startswith("<!doctype html>")),
        ("list", lambda answer: isinstance(answer.json(), list)),
        ("huge", lambda answer: len(answer.content) > 10 * 1024 * 1024 and answer.json()["issuer"]),
        ("elsewhere", lambda answer: answer.headers["Location"].startswith("https://elsewhere.example/")),
    ],
)
def test_discovery_takes_every_bad_form(
    at: At, form: str, is_so: Callable[[requests.Response], bool]
) -> None:
    """O-12."""
    address = f"{at(f'discovery-{form}').fhir_base_url}/.well-known/smart-configuration"
    assert is_so(requests.get(address, timeout=30, allow_redirects=False))


def test_discovery_404_is_404_everywhere(at: At) -> None:
    """Also /metadata."""
    for path in (".well-known/smart-configuration", "metadata"):
        assert requests.get(f"{at('discovery-404').fhir_base_url}/{path}", timeout=10).status_code == 404


def _smart(ana: Member) -> Any:
    return requests.get(f"{ana.fhir_base_url}/.well-known/smart-configuration", timeout=10).json()


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
        document = _smart(ana)
        assert document["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
        assert document["token_endpoint_auth_signing_alg_values_supported"] == ["RS384", "ES384"]


def test_the_apps_keys_may_come_from_a_file(tmp_path: Any, payer: Running) -> None:
    """--client-jwks FILE is what the option says."""
    from apps.demo_payer.running import start  # noqa: PLC0415 - a second payer, for this test only
    from tests.demo_payer import sample  # noqa: PLC0415

    key = RSAKey.generate_key(2048, {"kid": "of-the-file"})
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": [key.as_dict(private=False)]}))
    folder = sample.write(tmp_path / "records")
    options = {"records": folder, "var": tmp_path / "var", "redirect_uris": [CALLBACK]}
    with start(**options, client_jwks=str(file), personality="private-key-jwt") as second:
        assert second.plan["slug"] == plan.ROOT_SLUG
        ana = Member(second, personality="private-key-jwt")
        assert ana.root == second.origin
        proof = TestPrivateKeyJwt().assertion(ana, key=key)
        assert TestPrivateKeyJwt().exchange(ana, proof).status_code == 200
        assert second.plan_of("standard")["fhir_base_url"] == f"{second.origin}/p/standard/fhir/r4"
        assert Member(second).tokens()["access_token"]

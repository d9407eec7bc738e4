"""The personalities of real payers do what those payers' documents say."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

import pytest
import requests

from apps.demo_payer import plan
from tests.demo_payer.member import CALLBACK, Member, parameters

At = Callable[[str], Member]


def test_tokens_and_codes_of_one_payer_are_nothing_to_another(at: At, ana: Member) -> None:
    """They share a process, not their members' permissions."""
    token = ana.tokens()["access_token"]
    other = at("blue-button")
    assert other.get("Patient", token).status_code == 401
    assert other.exchange(ana.code()).json()["error"] == "invalid_grant"


def test_signing_in_at_one_payer_is_not_signing_in_at_another(at: At, ana: Member) -> None:
    """The browser's session belongs to one payer."""
    ana.consent()
    other = at("aetna")
    other.browser = ana.browser
    assert "/p/aetna/sign-in" in other.authorize().headers["Location"]


class TestOneUpHealth:
    """payers.md section 1."""

    def test_only_the_four_documented_parameters_count(self, at: At) -> None:
        """Wrong response_type, aud and challenge are not looked at."""
        code = at("1uphealth").code(
            response_type="nonsense", aud="https://other.example", code_challenge="x", nonce=None
        )
        assert at("1uphealth").exchange(code, **at("1uphealth").credentials()).status_code == 200

    def test_a_request_with_client_and_address_alone_is_served(self, at: At) -> None:
        """The published demo link carries nothing else; the default scope is granted."""
        ana = at("1uphealth")
        bare = dict.fromkeys(("response_type", "scope", "state", "aud", "nonce", "code_challenge"))
        bare |= {"code_challenge_method": None}
        back = ana.answer(ana.consent(**bare))
        assert set(back) == {"code"}
        answer = ana.exchange(back["code"], code_verifier=None, **ana.credentials())
        assert answer.json()["scope"] == "patient/*.read"

    def test_its_discovery_is_closed_and_its_statement_open(self, at: At) -> None:
        """401 at the base, 403 at the root; the statement names the placeholder `system`."""
        ana = at("1uphealth")
        assert _status(f"{ana.fhir_base_url}/.well-known/smart-configuration") == 401
        for name in ("smart-configuration", "openid-configuration", "oauth-authorization-server"):
            assert _status(f"{ana.root}/.well-known/{name}") == 403
        uris = _oauth_uris(ana)
        assert uris["authorize"].endswith("/oauth2/authorize/system")
        assert set(uris) == {"authorize", "token"}

    def test_it_says_neither_who_nor_whose_and_gives_no_lasting_access(self, at: At) -> None:
        """No patient, no id_token, no refresh_token, two hours."""
        tokens = at("1uphealth").tokens()
        assert set(tokens) == {"access_token", "token_type", "expires_in", "scope"}
        assert tokens["expires_in"] == 7200

    def test_it_takes_the_secret_in_the_body_only(self, at: At) -> None:
        """client_secret_post is the only documented way."""
        ana = at("1uphealth")
        assert ana.exchange(ana.code()).json()["error"] == "invalid_client"

    def test_its_pages_hold_ten_and_the_way_back_is_called_prior(self, at: At) -> None:
        """`_count` up to 100; `prior`, not `previous`."""
        ana = at("1uphealth")
        token = ana.tokens()["access_token"]
        first = ana.get("ExplanationOfBenefit", token).json()
        assert len(first["entry"]) == 10
        assert "prior" not in _links(first)
        second = ana.get(_links(first)["next"], token).json()
        back = ana.get(_links(second)["prior"], token).json()
        assert [_id(entry) for entry in back["entry"]] == [_id(entry) for entry in first["entry"]]
        third = ana.get(_links(second)["next"], token).json()
        back = ana.get(_links(third)["prior"], token).json()
        assert [_id(entry) for entry in back["entry"]] == [_id(entry) for entry in second["entry"]]
        assert len(ana.get("ExplanationOfBenefit?_count=1000", token).json()["entry"]) == 45

    def test_it_has_no_revocation(self, at: At) -> None:
        """None is documented."""
        assert requests.post(f"{at('1uphealth').root}/oauth2/revoke", timeout=10).status_code == 404


def _revoke(address: str, token: str) -> requests.Response:
    auth = (plan.CLIENT_ID, plan.CLIENT_SECRET)
    return requests.post(address, data={"token": token}, auth=auth, timeout=10, allow_redirects=False)


class TestBlueButton:
    """payers.md section 4.1."""

    def test_pkce_is_required_and_wildcards_are_refused(self, at: At) -> None:
        """S256; explicit scopes only."""
        ana = at("blue-button")
        back = parameters(ana.authorize(code_challenge=None, code_challenge_method=None))
        assert back["error"] == "invalid_request"
        assert parameters(ana.authorize(scope="patient/*.read"))["error"] == "invalid_scope"
        assert parameters(ana.authorize(scope="openid offline_access"))["error"] == "invalid_scope"

    def test_the_first_answer_has_a_float_and_no_patient(self, at: At) -> None:
        """Rows 2, 3, 4: expires_in, patient, access_grant_expiration with a blank."""
        tokens = at("blue-button").tokens()
        assert tokens["expires_in"] == 3600.523842
        assert "patient" not in tokens
        assert "id_token" not in tokens
        day, _, hour = tokens["access_grant_expiration"].partition(" ")
        assert day.count("-") == 2
        assert hour.endswith("Z")

    def test_refreshing_adds_the_patient_and_a_token_works_once(self, at: At) -> None:
        """Row 5; a second use is refused and ends nothing else."""
        ana = at("blue-button")
        first = ana.tokens()
        second = ana.refresh(first["refresh_token"]).json()
        assert second["patient"] == "ana"
        assert second["refresh_token"] != first["refresh_token"]
        again = ana.refresh(first["refresh_token"])
        assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
        assert ana.refresh(second["refresh_token"]).status_code == 200

    def test_userinfo_says_who_and_whose(self, at: At) -> None:
        """sub and patient."""
        ana = at("blue-button")
        said = _userinfo(ana, ana.tokens()["access_token"]).json()
        assert said == {"sub": "ana", "patient": "ana", "name": "Ana Moss"}

    def test_the_member_may_keep_personal_details(self, at: At) -> None:
        """Row 10: the granted scope is smaller than asked, and Patient answers 403."""
        ana = at("blue-button")
        page = ana.consent()
        assert "Keep them to myself" in page.text
        code = ana.answer(page, share="less")["code"]
        tokens = ana.exchange(code).json()
        assert (
            tokens["scope"] == "openid launch/patient patient/Coverage.read patient/ExplanationOfBenefit.read"
        )
        assert ana.get("Patient", tokens["access_token"]).status_code == 403
        assert ana.get("Coverage", tokens["access_token"]).status_code == 200

    def test_trailing_slashes_matter_and_the_documents_disagree_about_revocation(self, at: At) -> None:
        """sc says revoke_token, which answers 301 to itself with a slash; oidc says revoke."""
        ana = at("blue-button")
        assert _status(f"{ana.root}/v2/o/authorize") == 404
        smart = _json(f"{ana.fhir_base_url}/.well-known/smart-configuration")
        openid = _json(f"{ana.root}/.well-known/openid-configuration")
        assert smart["revocation_endpoint"] != openid["revocation_endpoint"]
        for address in (smart["revocation_endpoint"], openid["revocation_endpoint"]):
            token = ana.tokens()["access_token"]
            answer = _revoke(address, token)
            if address == smart["revocation_endpoint"]:
                assert (answer.status_code, ana.get("Coverage", token).status_code) == (301, 200)
                with_slash = urljoin(address, answer.headers["Location"])
                assert with_slash == f"{address}/"
                answer = _revoke(with_slash, token)
            assert answer.status_code == 200
            assert ana.get("Coverage", token).status_code == 401

    def test_only_its_three_types_are_served(self, at: At) -> None:
        """Patient, Coverage, ExplanationOfBenefit."""
        ana = at("blue-button")
        assert ana.get("Organization", ana.tokens()["access_token"]).status_code == 404


class TestOthers:
    """payers.md section 3."""

    def test_aetna_publishes_beside_its_base(self, at: At) -> None:
        """404 under the base; Basic only; no refresh, no revocation; the statement's path differs."""
        ana = at("aetna")
        assert _status(f"{ana.fhir_base_url}/.well-known/smart-configuration") == 404
        smart = _json(f"{ana.root}/fhir/.well-known/smart-configuration")
        assert smart["token_endpoint_auth_methods_supported"] == ["client_secret_basic"]
        assert _oauth_uris(ana)["authorize"] != smart["authorization_endpoint"]
        tokens = ana.tokens(scope="openid launch/patient patient/*.read offline_access")
        assert "refresh_token" not in tokens
        assert tokens["scope"] == "openid launch/patient patient/*.read"
        by_post = {"client_id": plan.CLIENT_ID, "client_secret": plan.CLIENT_SECRET}
        assert ana.exchange(ana.code(), auth=None, **by_post).json()["error"] == "invalid_client"

    def test_elevance_signs_in_at_another_host_and_only_there(self, at: At) -> None:
        """The FHIR base is 127.0.0.1, OAuth is localhost."""
        ana = at("elevance")
        smart = _json(f"{ana.fhir_base_url}/.well-known/smart-configuration")
        assert smart["authorization_endpoint"].startswith("http://localhost:")
        assert smart["response_types_supported"] == ["code", "refresh_token"]
        assert "refresh_token" not in ana.tokens()
        wrong_host = smart["token_endpoint"].replace("localhost", "127.0.0.1")
        assert requests.post(wrong_host, timeout=10).status_code == 404

    def test_uhc_refuses_wildcards_and_shows_nothing_to_strangers(self, at: At) -> None:
        """403 everywhere; scopes must be explicitly declared."""
        ana = at("uhc")
        back = parameters(ana.authorize(scope="patient/*.read"))
        assert back["error"] == "invalid_scope"
        assert "explicitly declared" in back["error_description"]
        for path in (".well-known/smart-configuration", "metadata"):
            assert _status(f"{ana.fhir_base_url}/{path}") == 403

    def test_uhc_takes_a_request_without_pkce(self, at: At) -> None:
        """A secret or PKCE."""
        ana = at("uhc")
        code = ana.code(code_challenge=None, code_challenge_method=None)
        assert ana.exchange(code, code_verifier=None).status_code == 200

    def test_the_statement_is_all_that_one_publishes(self, at: At) -> None:
        """oauth-uris."""
        ana = at("statement-only")
        assert _status(f"{ana.fhir_base_url}/.well-known/smart-configuration") == 404
        assert _oauth_uris(ana)["token"] == ana.address("oauth2/token")


@pytest.mark.parametrize(
    ("below", "status"),
    [("", 302), ("/one-server", 302), ("/one/more", 400), ("/One.Server", 400), ("x", 400)],
)
def test_a_payer_answers_at_registered_addresses_and_at_a_door_below_one(
    at: At, below: str, status: int
) -> None:
    """C-10, RFC 9700 section 4.1.3: what the app's door is called there is the app's to say."""
    assert at("aetna").authorize(redirect_uri=CALLBACK + below).status_code == status


def _links(bundle: Any) -> dict[str, str]:
    return {link["relation"]: link["url"] for link in bundle["link"]}


def _id(entry: Any) -> str:
    return str(entry["resource"]["id"])


def _status(address: str) -> int:
    return requests.get(address, timeout=10).status_code


def _json(address: str) -> Any:
    answer = requests.get(address, timeout=10)
    assert answer.status_code == 200, address
    return answer.json()


def _oauth_uris(ana: Member) -> dict[str, str]:
    (extension,) = _json(f"{ana.fhir_base_url}/metadata")["rest"][0]["security"]["extension"]
    return {uri["url"]: uri["valueUri"] for uri in extension["extension"]}


def _userinfo(ana: Member, token: str) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(ana.address(ana.plays.paths.userinfo), headers=headers, timeout=10)

"""The code flow as a real app meets it, over HTTP."""

import pytest
import requests
from joserfc import jwt
from joserfc.jwk import KeySet

from apps.demo_payer import plan
from tests.demo_payer.member import CALLBACK, SCOPE, Member, parameters


def test_a_good_trip_gives_all_that_was_granted(ana: Member) -> None:
    """RFC 6749 section 4.1.2, RFC 9207, SMART App Launch 2.2, and OpenID Connect Core section 2."""
    back = ana.answer(ana.consent())
    assert back == {"code": back["code"], "state": "the-state", "iss": ana.payer.origin}
    answer = ana.exchange(back["code"])
    token = answer.json()
    assert answer.headers["Cache-Control"] == "no-store"
    assert (token["token_type"], token["expires_in"], token["scope"]) == ("Bearer", 3600, SCOPE)
    assert token["patient"] == "ana"
    assert token["refresh_token"]
    document = requests.get(f"{ana.payer.origin}/.well-known/openid-configuration", timeout=10).json()
    keys = KeySet.import_key_set(requests.get(document["jwks_uri"], timeout=10).json())
    decoded = jwt.decode(token["id_token"], keys, algorithms=["RS256"])
    assert decoded.header["kid"] == keys.keys[0].kid
    claims = decoded.claims
    assert claims["iss"] == document["issuer"] == back["iss"]
    assert (claims["aud"], claims["nonce"], claims["sub"]) == (plan.CLIENT_ID, "the-nonce", "ana")
    assert claims["fhirUser"] == f"{ana.payer.fhir_base_url}/Patient/ana"
    assert claims["exp"] > claims["iat"]


def test_no_refresh_token_without_offline_access(ana: Member) -> None:
    """The member allowed one hour, not longer."""
    assert "refresh_token" not in ana.tokens(scope="launch/patient patient/*.read")


def test_no_patient_and_no_id_token_unless_they_were_asked_for(ana: Member) -> None:
    """As payers do that leave `patient` out: the app asks GET Patient."""
    tokens = ana.tokens(scope="patient/*.read")
    assert not {"patient", "id_token"} & set(tokens)
    bundle = ana.get("Patient", tokens["access_token"]).json()
    assert [entry["resource"]["id"] for entry in bundle["entry"]] == ["ana"]


def test_unknown_scopes_are_left_out_of_the_grant(ana: Member) -> None:
    """The answer says what was granted (RFC 6749 section 3.3)."""
    assert (
        ana.tokens(scope="patient/*.read patient/*.write user/*.read nonsense")["scope"] == "patient/*.read"
    )


@pytest.mark.parametrize(
    ("client_id", "auth", "more"),
    [
        (plan.CLIENT_ID, (plan.CLIENT_ID, plan.CLIENT_SECRET), {}),
        (plan.CLIENT_ID, None, {"client_id": plan.CLIENT_ID, "client_secret": plan.CLIENT_SECRET}),
        (plan.PUBLIC_CLIENT_ID, None, {"client_id": plan.PUBLIC_CLIENT_ID}),
    ],
    ids=["basic", "post", "none"],
)
def test_each_way_to_authenticate_the_app_works(
    ana: Member, client_id: str, auth: tuple[str, str] | None, more: dict[str, str]
) -> None:
    """client_secret_basic, client_secret_post, none."""
    assert ana.exchange(ana.code(client_id=client_id), auth=auth, **more).status_code == 200


@pytest.mark.parametrize(
    "auth",
    [(plan.CLIENT_ID, "wrong"), ("nobody", "x"), None, ("\xff", "\xfe")],
    ids=["secret", "id", "none", "bytes"],
)
def test_an_app_that_cannot_authenticate_gets_invalid_client(
    ana: Member, auth: tuple[str, str] | None
) -> None:
    """RFC 6749 section 5.2."""
    answer = ana.exchange("any", auth=auth)
    assert answer.status_code in {400, 401}
    assert answer.json()["error"] == "invalid_client"


def test_denying_goes_back_with_access_denied(ana: Member) -> None:
    """RFC 6749 section 4.1.2.1."""
    back = ana.answer(ana.consent(), "deny")
    assert back["error"] == "access_denied"
    assert back["state"] == "the-state"
    assert back["iss"] == ana.payer.origin
    assert "code" not in back


@pytest.mark.parametrize(
    "change",
    [
        *({"redirect_uri": f"{CALLBACK}{more}"} for more in ("/", "?x=1")),
        {"redirect_uri": "http://evil.example/"},
        {"redirect_uri": CALLBACK.replace("http:", "https:")},
        {"redirect_uri": None},
        {"redirect_uri": '"é'},
        {"client_id": "nobody"},
        {"client_id": None},
    ],
    ids=str,
)
def test_another_redirect_address_or_app_is_shown_an_error_and_never_followed(
    ana: Member, change: dict[str, str | None]
) -> None:
    """RFC 9700 section 4.1.3: exact match, and no open redirect."""
    answer = ana.authorize(**change)
    assert answer.status_code == 400
    assert "Location" not in answer.headers
    assert "We cannot continue" in answer.text


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"scope": "nonsense"}, "invalid_scope"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"aud": "https://other.example/fhir"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
    ],
    ids=str,
)
def test_a_request_that_cannot_be_granted_goes_back_with_its_error(
    ana: Member, change: dict[str, str | None], error: str
) -> None:
    """No known scope, no S256 (RFC 7636 section 4.4.1), another server's audience, nobody to be asked."""
    back = parameters(ana.authorize(**change))
    assert (back["error"], back["state"], back["iss"]) == (error, "the-state", ana.payer.origin)


@pytest.mark.parametrize("verifier", [None, "another-verifier-of-more-than-forty-three-characters"])
def test_a_wrong_verifier_gets_no_token(ana: Member, verifier: str | None) -> None:
    """RFC 7636 section 4.6."""
    answer = ana.exchange(ana.code(), code_verifier=verifier)
    assert answer.status_code == 400
    assert answer.json()["error"] in {"invalid_grant", "invalid_request"}


def test_a_request_without_audience_is_served(ana: Member) -> None:
    """Payers that know no `aud` have clients that send none."""
    assert ana.tokens(aud=None)["access_token"]


@pytest.mark.parametrize("response_type", ["token", None, '"é'])
def test_another_response_type_is_refused_politely(ana: Member, response_type: str | None) -> None:
    """Told to the app where it can be quoted, else shown."""
    assert ana.authorize(response_type=response_type).status_code in {302, 400}


def test_a_code_works_once_and_its_replay_kills_what_it_gave(ana: Member) -> None:
    """RFC 6749 section 4.1.2."""
    code = ana.code()
    first = ana.exchange(code).json()
    assert ana.get("Patient", first["access_token"]).status_code == 200
    again = ana.exchange(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert ana.get("Patient", first["access_token"]).status_code == 401
    assert ana.refresh(first["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_code_is_bound_to_its_app_and_its_address(ana: Member) -> None:
    """RFC 6749 section 4.1.3."""
    code = ana.code()
    assert ana.exchange(code, redirect_uri="http://127.0.0.1:8000/other").json()["error"] == "invalid_grant"
    stranger = ana.exchange(code, auth=None, client_id=plan.PUBLIC_CLIENT_ID)
    assert stranger.json()["error"] == "invalid_grant"


def test_refreshing_gives_new_tokens_for_the_same_patient(ana: Member) -> None:
    """RFC 6749 section 6."""
    first = ana.tokens()
    second = ana.refresh(first["refresh_token"]).json()
    assert second["access_token"] != first["access_token"]
    assert second["refresh_token"] != first["refresh_token"]
    assert second["patient"] == "ana"
    assert ana.get("Patient", second["access_token"]).status_code == 200


def test_a_refresh_may_ask_for_less_but_never_for_more(ana: Member) -> None:
    """RFC 6749 section 6."""
    first = ana.tokens(scope="launch/patient patient/Coverage.read patient/Patient.read offline_access")
    assert ana.refresh(first["refresh_token"], scope="patient/*.read").json()["error"] == "invalid_scope"
    less = ana.refresh(first["refresh_token"], scope="patient/Coverage.read").json()
    assert ana.get("Coverage", less["access_token"]).status_code == 200
    assert ana.get("Patient", less["access_token"]).status_code == 403
    assert ana.refresh(less["refresh_token"]).json()["scope"] == first["scope"]


def test_a_spent_refresh_token_kills_the_whole_family(ana: Member) -> None:
    """RFC 9700 section 4.14.2."""
    first = ana.tokens()
    second = ana.refresh(first["refresh_token"]).json()
    assert ana.refresh(first["refresh_token"]).json()["error"] == "invalid_grant"
    assert ana.refresh(second["refresh_token"]).json()["error"] == "invalid_grant"
    assert ana.get("Patient", second["access_token"]).status_code == 401


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_revoking_either_token_ends_both(ana: Member, which: str) -> None:
    """RFC 7009 section 2."""
    tokens = ana.tokens()
    answer = _revoke(ana, {"token": tokens[which], "token_type_hint": which})
    assert answer.status_code == 200
    assert ana.get("Patient", tokens["access_token"]).status_code == 401
    assert ana.refresh(tokens["refresh_token"]).status_code == 400


def test_revoking_an_unknown_token_is_fine_but_a_stranger_cannot_revoke(ana: Member) -> None:
    """RFC 7009 section 2.2: an unknown token is no error; section 2.1: the app must prove itself."""
    assert _revoke(ana, {"token": "unknown"}).status_code == 200
    tokens = ana.tokens()
    assert _revoke(ana, {"token": tokens["access_token"]}, auth=(plan.CLIENT_ID, "wrong")).status_code == 401
    public = {"token": tokens["access_token"], "client_id": plan.PUBLIC_CLIENT_ID}
    assert _revoke(ana, public, auth=None).json()["error"] == "invalid_grant"
    assert ana.get("Patient", tokens["access_token"]).status_code == 200


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"grant_type": "password"},
        {"grant_type": "authorization_code"},
        {"grant_type": "refresh_token"},
        b"\xff",
    ],
)
def test_a_token_request_that_makes_no_sense_gets_a_400(ana: Member, form: object) -> None:
    """RFC 6749 section 5.2."""
    answer = ana.token_request(form)
    assert answer.status_code == 400
    assert answer.json()["error"]


def _revoke(
    ana: Member, form: dict[str, str], auth: tuple[str, str] | None = (plan.CLIENT_ID, plan.CLIENT_SECRET)
) -> requests.Response:
    return requests.post(f"{ana.payer.origin}/oauth2/revoke", data=form, auth=auth, timeout=10)

"""What an app can find out before anybody signs in."""

from typing import Any

import requests

from tests.demo_payer.member import Member


def test_smart_configuration_names_every_endpoint(ana: Member) -> None:
    """SMART App Launch 2.2, Conformance."""
    document = _get(f"{ana.payer.fhir_base_url}/.well-known/smart-configuration")
    plan = ana.payer.plan
    assert document["authorization_endpoint"] == plan["authorize_url"]
    assert document["token_endpoint"] == plan["token_url"]
    assert document["revocation_endpoint"] == plan["revoke_url"]
    assert document["issuer"] == plan["issuer"]
    assert document["code_challenge_methods_supported"] == ["S256"]
    assert {
        "launch-standalone",
        "context-standalone-patient",
        "permission-patient",
        "permission-offline",
    } <= set(document["capabilities"])
    assert set(plan["scopes"]) <= set(document["scopes_supported"])


def test_openid_configuration_agrees_with_smart_configuration(ana: Member) -> None:
    """Two documents of one server must not differ."""
    smart = _get(f"{ana.payer.fhir_base_url}/.well-known/smart-configuration")
    openid = _get(f"{ana.payer.origin}/.well-known/openid-configuration")
    shared = set(smart) & set(openid)
    assert {"issuer", "jwks_uri", "token_endpoint"} <= shared
    assert {name: smart[name] for name in shared} == {name: openid[name] for name in shared}
    assert openid["id_token_signing_alg_values_supported"] == ["RS256"]


def test_the_published_key_has_no_private_part(ana: Member) -> None:
    """RFC 7517: n and e, never d."""
    (key,) = _get(f"{ana.payer.origin}/oauth2/jwks")["keys"]
    assert {"kty", "n", "e", "kid", "use", "alg"} == set(key)


def test_the_capability_statement_says_r4_and_where_to_authorize(ana: Member) -> None:
    """R4 CapabilityStatement with SMART's oauth-uris."""
    statement = _get(f"{ana.payer.fhir_base_url}/metadata")
    assert (statement["resourceType"], statement["fhirVersion"]) == ("CapabilityStatement", "4.0.1")
    assert statement["instantiates"] == ["http://hl7.org/fhir/us/carin-bb/CapabilityStatement/c4bb"]
    (extension,) = statement["rest"][0]["security"]["extension"]
    uris = {uri["url"]: uri["valueUri"] for uri in extension["extension"]}
    assert uris["authorize"] == ana.payer.plan["authorize_url"]
    assert uris["token"] == ana.payer.plan["token_url"]
    types = {resource["type"]: resource for resource in statement["rest"][0]["resource"]}
    names = {parameter["name"] for parameter in types["ExplanationOfBenefit"]["searchParam"]}
    starts = {"service-start-date", "billable-period-start"}
    assert {"_id", "_lastUpdated", "patient", "identifier", "type", "service-date"} | starts == names


def test_the_statement_promises_only_parameters_that_work(ana: Member, token: str) -> None:
    """Every declared parameter is repeated by the self link, which leaves out what was ignored."""
    values = {"date": "ge2000", "token": "x", "string": "x", "reference": "ana"}
    for resource in _get(f"{ana.payer.fhir_base_url}/metadata")["rest"][0]["resource"]:
        for parameter in resource["searchParam"]:
            path = f"{resource['type']}?{parameter['name']}={values[parameter['type']]}"
            assert parameter["name"] in _self(ana.get(path, token)), path
        for include in resource.get("searchInclude", []):
            path = f"{resource['type']}?_include={include}"
            assert "_include" in _self(ana.get(path, token)), path


def _self(answer: requests.Response) -> str:
    assert answer.status_code == 200
    return str(answer.json()["link"][0]["url"]).partition("?")[2]


def _get(url: str) -> Any:
    answer = requests.get(url, timeout=10)
    assert answer.status_code == 200
    return answer.json()

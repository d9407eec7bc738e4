"""Reading what plans publish, against the published documents themselves."""

import json
from pathlib import Path

import pytest

from apps.plans.reading import MAX_BYTES, Unreadable, read_configuration, read_statement

BASE = "https://fhir.example.com/r4"


def test_aetnas_smart_configuration_is_read(shared: Path) -> None:
    body = (shared / "wellknown/aetna/aetna-smart-configuration.json").read_bytes()
    published = read_configuration(body, base=BASE)
    assert published.authorize_url == "https://apif1.aetna.com/fhir/prod/v1/fhirserver_auth/oauth2/authorize"
    assert published.token_auth_methods == ("client_secret_basic",)
    assert published.pkce_methods == ("S256",)
    assert published.revoke_url is None


def test_trailing_slashes_of_blue_button_are_kept(shared: Path) -> None:
    body = (shared / "wellknown/cms-blue-button/SmartConfigurationExample.json").read_bytes()
    published = read_configuration(body, base=BASE)
    assert published.token_url == "https://sandbox.bluebutton.cms.gov/v2/o/token/"
    assert published.revoke_url == "https://sandbox.bluebutton.cms.gov/v2/o/revoke_token/"


def test_a_configuration_of_two_keys_is_enough(shared: Path) -> None:
    body = (shared / "wellknown/devoted-health/devoted-health-smart-configuration.json").read_bytes()
    published = read_configuration(body, base=BASE)
    assert published.authorize_url == "https://login.devoted.com/authorize"
    assert published.scopes == ()


def test_anthems_misspelt_key_for_auth_methods_is_understood(shared: Path) -> None:
    body = (
        shared / "wellknown/elevance-anthem/elevance-health-patient360-smart-configuration.json"
    ).read_bytes()
    assert "client_secret_post" in read_configuration(body, base=BASE).token_auth_methods


def test_every_published_configuration_is_read(shared: Path) -> None:
    files = [
        file
        for file in (shared / "wellknown").glob("*/*.json")
        if "resourceType" not in json.loads(file.read_bytes())
    ]
    assert len(files) == 13
    for file in files:
        published = read_configuration(file.read_bytes(), base=BASE)
        assert published.authorize_url
        assert published.token_url


def test_1uphealths_statement_of_half_a_megabyte_is_read(shared: Path) -> None:
    body = (shared / "wellknown/1uphealth/1uphealth-fhir-r4-capabilitystatement.json").read_bytes()
    statement = read_statement(body, base=BASE)
    assert statement.fhir_version == "4.0.1"
    assert statement.oauth.authorize_url == "https://auth.1up.health/oauth2/authorize/system"
    assert "service-date" in statement.searches["ExplanationOfBenefit"]
    assert len(statement.searches) == 144


def test_a_statement_without_security_names_no_endpoints(shared: Path) -> None:
    name = "wellknown/devoted-health/devoted-health-provider-directory-capabilitystatement.json"
    statement = read_statement((shared / name).read_bytes(), base=BASE)
    assert statement.oauth.authorize_url is None


def test_relative_addresses_are_resolved_against_the_base() -> None:
    body = b'{"authorization_endpoint": "../oauth2/authorize", "token_endpoint": "/token"}'
    published = read_configuration(body, base="https://fhir.example.com/a/r4")
    assert published.authorize_url == "https://fhir.example.com/a/oauth2/authorize"
    assert published.token_url == "https://fhir.example.com/token"


def test_leading_blanks_and_a_byte_order_mark_do_no_harm() -> None:
    body = '﻿  \n {"token_endpoint": "https://x.example.com/t"}'.encode()
    assert read_configuration(body, base=BASE).token_url == "https://x.example.com/t"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<!doctype html><title>Sign in</title>", "is a web page"),
        (b"", "is not JSON"),
        (b"\xff\xfe\x00", "is not UTF-8"),
        (b"[]", "is not a JSON object"),
        (b"{}", "names no endpoint"),
        (b"[" * 200_000, "is nested too deeply"),
        (b" " * (MAX_BYTES + 1), "is too large"),
    ],
)
def test_what_is_no_configuration_is_said_to_be_none(body: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read_configuration(body, base=BASE)


def test_values_of_the_wrong_type_are_absent_values() -> None:
    body = json.dumps(
        {
            "authorization_endpoint": ["https://x.example.com"],
            "token_endpoint": "https://x.example.com/t",
            "issuer": 7,
            "scopes_supported": "openid",
            "capabilities": [1, None, "launch-standalone", "bad\x00one"],
            "authorization_response_iss_parameter_supported": "yes",
        }
    ).encode()
    published = read_configuration(body, base=BASE)
    assert published.authorize_url is None
    assert published.issuer is None
    assert published.scopes == ()
    assert published.capabilities == ("launch-standalone",)
    assert published.announces_iss is False


@pytest.mark.parametrize(
    "value", [None, 3, "x", [], [None], {"resource": 3}, [{"security": [], "resource": {}}]]
)
def test_a_statement_with_a_nonsense_rest_is_read_as_an_empty_one(value: object) -> None:
    body = json.dumps({"resourceType": "CapabilityStatement", "rest": value}).encode()
    assert read_statement(body, base=BASE).searches == {}


def test_another_resource_is_no_statement() -> None:
    with pytest.raises(Unreadable, match="is not a CapabilityStatement"):
        read_statement(b'{"resourceType": "OperationOutcome"}', base=BASE)

"""Documents that are none, and those a little beside the specifications; published ones: test_wellknown."""

import json
from typing import Any

import pytest

from apps.plans.reading import MAX_BYTES, OAUTH_URIS, Unreadable, read_configuration, read_statement

BASE = "https://fhir.example.com/a/r4"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<!doctype html><title>Sign in</title>", "is a web page"),
        (b'<html><a href="http://hl7.org/fhir">FHIR</a></html>', "is a web page"),
        (b'<CapabilityStatement xmlns="http://hl7.org/fhir"/>', "is XML"),
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


SIGN_IN, TOKEN = "https://login.example.com/authorize", "https://login.example.com/token"


def configuration(**more: Any) -> bytes:
    return json.dumps({"authorization_endpoint": SIGN_IN, "token_endpoint": TOKEN} | more).encode()


def uris(value: str = "valueUri") -> list[dict[str, Any]]:
    """Return the oauth-uris extension, its addresses in an element of that name."""
    parts = (("authorize", SIGN_IN), ("token", TOKEN))
    return [{"url": OAUTH_URIS, "extension": [{"url": name, value: url} for name, url in parts]}]


def test_space_around_an_address_is_no_part_of_it() -> None:
    published = read_configuration(configuration(token_endpoint=f" {TOKEN}\u00a0 "), base=BASE)
    assert published.token_url == TOKEN


@pytest.mark.parametrize(
    "rest",
    [
        [{"mode": "client"}, {"mode": "server", "security": {"extension": uris()}}],
        {"mode": "server", "security": {"extension": uris()}},
        [{"mode": "server", "security": [{"extension": uris()}]}],
        [{"mode": "server", "security": {"extension": uris("valueUrl")}}],
        [{"mode": "server", "security": {"service": [{"extension": uris()}]}}],
        [{"mode": "server", "extension": uris()}],
    ],
)
def test_the_addresses_of_a_statement_are_found_where_servers_put_them(rest: Any) -> None:
    statement = read_statement(
        json.dumps({"resourceType": "CapabilityStatement", "rest": rest}).encode(), base=BASE
    )
    assert (statement.oauth.authorize_url, statement.oauth.token_url) == (SIGN_IN, TOKEN)


def test_of_two_sides_in_a_statement_the_servers_counts() -> None:
    rest = [
        {"mode": "client", "resource": [{"type": "Patient"}]},
        {"mode": "server", "resource": [{"type": "Coverage"}]},
    ]
    statement = read_statement(
        json.dumps({"resourceType": "CapabilityStatement", "rest": rest}).encode(), base=BASE
    )
    assert list(statement.searches) == ["Coverage"]

"""What servers of others publish a little beside the specifications, each invented and minimal."""

import json
from typing import Any

import pytest

from apps.plans.reading import OAUTH_URIS, read_configuration, read_statement

BASE = "https://fhir.example.com/a/r4"
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

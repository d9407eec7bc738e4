"""Discovery documents that are wrong, weak or hostile: refused, said so, and never followed anywhere."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from apps.plans.discovery import (
    DiscoveryFailed,
    OperatorNeeded,
    check_pkce,
    discover,
    endpoints_for,
    sign_in_host,
)
from apps.plans.models import Plan
from apps.plans.plan_check import check
from apps.plans.plan_sign_in import look_up_new
from apps.plans.reading import Unreadable, read_configuration, read_statement
from tests import wire
from tests.plans.conftest import Payer

SMART = "/fhir/r4/.well-known/smart-configuration"
ISSUER = "https://login.example.com"
GOOD = {"authorization_endpoint": f"{ISSUER}/a", "token_endpoint": f"{ISSUER}/t"}


def pointing(url: object) -> str:
    return json.dumps({**GOOD, "token_endpoint": url})


HOSTILE = {
    "10 MB": '{"token_endpoint": "' + "x" * 10_000_000 + '"}',
    "a number of five thousand digits": '{"token_endpoint": ' + "9" * 5000 + "}",
    "a file": pointing("file:///etc/passwd"),
    "a script": pointing("javascript:alert(1)"),
    "the cloud's own address": pointing("http://169.254.169.254/latest/meta-data/"),
    "the same address in disguise": pointing("https://0xa9fea9fe/"),
    "a private IPv6 address": pointing("https://[::ffff:10.0.0.1]/token"),
    "user info": pointing("https://login.example.com@evil.example.org/token"),
    "control characters": pointing("https://login.example.com/\r\nHost: evil.example.org"),
    "another server": pointing("https://evil.example.org/token"),
    "a list for an address": pointing([f"{ISSUER}/t"]),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_o_12_a_hostile_document_is_not_followed(
    served_plan: Plan, payer: Payer, now: datetime, kind: str
) -> None:
    """O-12: nothing of it is used as the token endpoint, the reason is written down, and no page breaks."""
    payer.serves(SMART, HOSTILE[kind])
    with pytest.raises(DiscoveryFailed):
        endpoints_for(served_plan, now=now)
    row = Plan.objects.get(pk=served_plan.pk)
    assert row.discovery is None
    assert row.discovery_problem
    assert "evil" not in json.dumps(row.confirmed_origins)


@pytest.fixture
def trap() -> Iterator[tuple[str, list[str]]]:
    """Return the origin of a second server and the paths it was asked for."""
    asked: list[str] = []

    def answered(_method: str, target: str, _headers: Mapping[str, str], _body: bytes) -> wire.Reply:
        asked.append(target)
        return wire.as_json(GOOD)

    with wire.serving(answered) as origin:
        yield origin, asked


@pytest.mark.parametrize("status", [302, 307])
def test_o_12_a_redirect_is_never_followed(
    served_plan: Plan, payer: Payer, now: datetime, trap: tuple[str, list[str]], status: int
) -> None:
    """O-12: neither to another host, nor round in circles on the same one."""
    origin, asked = trap
    payer.redirects[SMART] = (status, f"{origin}/.well-known/smart-configuration")
    payer.redirects["/fhir/.well-known/smart-configuration"] = (status, SMART)
    with pytest.raises(DiscoveryFailed):
        endpoints_for(served_plan, now=now)
    assert asked == []
    assert payer.asked.count(SMART) == 1
    assert f"answered {status}" in served_plan.discovery_problem


def test_o_12_a_hostile_issuer_makes_us_ask_nobody(
    served_plan: Plan, payer: Payer, now: datetime, trap: tuple[str, list[str]]
) -> None:
    """O-12: the trap is on a trusted host here, so only the confirmed origins keep us away from it."""
    origin, asked = trap
    payer.serves(SMART, json.dumps({**GOOD, "issuer": origin}))
    assert endpoints_for(served_plan, now=now).issuer is None
    assert asked == []


ODD_ADDRESSES = [
    "https://[x", "https://[::1", "http://a]b", "https://\u2100.example", "https://a:99999999", "//", "urn:x",
    "https://exa\u212bmple", "https://user:pass@h/", "https://h\\@x/",
]  # fmt: skip


@pytest.mark.parametrize("odd", ODD_ADDRESSES)
def test_o_12_an_issuer_that_is_no_address_is_said_so_and_breaks_nothing(
    served_plan: Plan, payer: Payer, now: datetime, odd: str
) -> None:
    """O-12: the rest of the document serves, and the operator reads why there are no keys."""
    payer.serves(SMART, json.dumps({**GOOD, "issuer": odd}))
    endpoints = endpoints_for(served_plan, now=now)
    assert (endpoints.token_url, endpoints.issuer) == (GOOD["token_endpoint"], None)
    assert "openid-configuration is not asked for: issuer" in served_plan.discovery_problem
    assert payer.asked == [SMART]


@pytest.mark.parametrize("odd", ["https://[x", "https://\u2100.example", "https://a:99999999"])
@pytest.mark.parametrize("name", ["fhir_base_url", "issuer", "authorize_url", "confirmed_origins"])
def test_o_12_a_row_that_holds_no_address_is_a_plan_that_cannot_be_asked(
    served_plan: Plan, now: datetime, name: str, odd: str
) -> None:
    """O-12: rows can be older than today's rules, and imports are other people's data."""
    setattr(served_plan, name, [odd] if name == "confirmed_origins" else odd)
    served_plan.system_id = "x"
    Plan.objects.filter(pk=served_plan.pk).update(**{name: getattr(served_plan, name)})
    with pytest.raises(DiscoveryFailed):
        discover(served_plan, now=now)
    assert Plan.objects.get(pk=served_plan.pk).discovery_tried_at == now
    assert sign_in_host(served_plan) in ("", *odd.split("/"))
    assert check(served_plan, now=now).obstacles


def test_the_worker_looks_up_the_other_plans_too(served_plan: Plan, payer: Payer, now: datetime) -> None:
    """One plan's document is no reason to leave the others unasked."""
    payer.serves(SMART, json.dumps({**GOOD, "issuer": ODD_ADDRESSES[0]}))
    Plan.objects.filter(pk=served_plan.pk).update(status="confirmed")
    look_up_new(now=now)
    assert Plan.objects.get(pk=served_plan.pk).discovered_at == now


@pytest.mark.parametrize(
    "named",
    [
        "https://login.example.com/issuer/",
        "http://login.example.com/issuer",
        "https://LOGIN.example.com/issuer",
        "https://login.example.com:443/issuer",
        "https://evil.example.org/issuer",
        None,
    ],
)
def test_o_11_metadata_of_another_issuer_is_not_used(
    served_plan: Plan, payer: Payer, now: datetime, named: str | None
) -> None:
    """O-11: the issuer has to be the configured one, character by character, in each kind of document."""
    issuer = f"{payer.origin}/issuer"
    served_plan.issuer = issuer
    served_plan.save()
    named = named and named.replace("https://login.example.com", payer.origin)
    document = json.dumps({**GOOD, "issuer": named, "jwks_uri": f"{ISSUER}/jwks"})
    for path in (
        "/issuer/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server/issuer",
    ):
        payer.serves(path, document)
    payer.serves(SMART, json.dumps(GOOD))
    endpoints = endpoints_for(served_plan, now=now)
    assert (endpoints.issuer, endpoints.jwks_uri) == (issuer, None)
    assert served_plan.discovery_problem.count("names another issuer") == 2


def test_o_11_a_smart_configuration_of_another_issuer_is_not_used_either(
    served_plan: Plan, payer: Payer, now: datetime
) -> None:
    """O-11: its addresses would lead to the other issuer's servers."""
    issuer = f"{payer.origin}/issuer"
    served_plan.issuer = issuer
    served_plan.save()
    payer.serves(SMART, json.dumps({**GOOD, "issuer": f"{issuer}/"}))
    with pytest.raises(OperatorNeeded):  # the row's text may be the wrong one
        endpoints_for(served_plan, now=now)
    differing = f"names another issuer (a slash at the end is all that differs): '{issuer}/', not '{issuer}'"
    assert differing in served_plan.discovery_problem


def test_o_11_documents_that_differ_among_themselves_are_no_operators_matter(
    served_plan: Plan, payer: Payer, now: datetime
) -> None:
    """O-11: where no row names an issuer, the plan can mend what its two documents say: asked again."""
    payer.serves(SMART, json.dumps({"issuer": f"{payer.origin}/issuer"}))
    payer.serves("/issuer/.well-known/openid-configuration", json.dumps({**GOOD, "issuer": ISSUER}))
    with pytest.raises(DiscoveryFailed) as failed:
        endpoints_for(served_plan, now=now)
    assert failed.value.retry


def test_o_11_metadata_of_the_configured_issuer_is_used(
    served_plan: Plan, payer: Payer, now: datetime
) -> None:
    """O-11: and where there is no openid-configuration, RFC 8414 metadata serves."""
    issuer = f"{payer.origin}/issuer"
    served_plan.issuer = issuer
    served_plan.save()
    payer.serves(
        "/.well-known/oauth-authorization-server/issuer",
        json.dumps({**GOOD, "issuer": issuer, "jwks_uri": f"{ISSUER}/jwks"}),
    )
    endpoints = endpoints_for(served_plan, now=now)
    assert (endpoints.issuer, endpoints.jwks_uri) == (issuer, f"{ISSUER}/jwks")
    assert endpoints.sources["token_url"] == "oauth-authorization-server"


@pytest.mark.parametrize(
    ("methods", "pkce", "outcome"),
    [
        ("plain", "", "refused"),
        ("s256", "", "refused"),
        ("plain", "never", "goes on"),
        ("plain S256", "", "goes on"),
        ("", "", "goes on"),
    ],
)
def test_o_13_a_server_with_plain_pkce_only_is_refused_unless_an_operator_says_otherwise(
    served_plan: Plan, payer: Payer, methods: str, pkce: str, outcome: str
) -> None:
    """O-13: one that announces nothing at all is sent S256 all the same, and that is logged."""
    served_plan.own_quirks |= {"pkce": pkce} if pkce else {}
    served_plan.save()
    payer.serves(SMART, json.dumps({**GOOD, "code_challenge_methods_supported": methods.split()}))
    endpoints = discover(served_plan, now=timezone.now())
    if outcome == "refused":
        with pytest.raises(OperatorNeeded, match="not S256"):
            check_pkce(served_plan, endpoints)
    else:
        check_pkce(served_plan, endpoints)


KEYS = st.sampled_from(
    [
        "authorization_endpoint", "token_endpoint", "revocation_endpoint", "issuer", "jwks_uri",
        "capabilities", "userinfo_endpoint", "token_endpoint_auth_methods_supported",
        "code_challenge_methods_supported",
        "scopes_supported", "authorization_response_iss_parameter_supported", "rest", "security", "service",
        "extension", "url", "valueUri", "resource", "searchParam", "software", "implementation",
        "fhirVersion",
    ]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40) | st.just(ISSUER),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
STATEMENT = {"resourceType": "CapabilityStatement"}
"""What its reader takes for one at all; the other reader asks for no such word."""


@given(
    st.dictionaries(KEYS, JSON, max_size=8).map(lambda said: json.dumps(STATEMENT | said).encode())
    | st.binary(max_size=200)
)
def test_o_12_no_document_whatever_breaks_the_reader(body: bytes) -> None:
    """O-12: it is read or said to be unreadable; every address that comes out is a text."""
    for read in (read_configuration, read_statement):
        try:
            document = read(body, base="https://fhir.example.com/r4")
        except Unreadable:
            continue
        published = getattr(document, "oauth", document)
        for name in ("authorize_url", "token_url", "revoke_url", "jwks_uri", "issuer"):
            assert getattr(published, name) is None or isinstance(getattr(published, name), str)

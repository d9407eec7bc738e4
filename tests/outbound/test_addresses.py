"""Only public addresses over https are called (security facts, SSRF)."""

import ipaddress
import socket
from typing import Any

import pytest

from apps.outbound import door
from apps.outbound.addresses import check_port, check_url, is_public, origin_of, resolve
from apps.outbound.door import fetch, open_session
from apps.outbound.errors import AddressRefused, Unreachable


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",  # noqa: S104
        "224.0.0.1", "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        # S-10: wraps, leftovers and blocks that no payer's server is in
        "::8.8.8.8", "::ffff:8.8.8.8", "::ffff:0:8.8.8.8", "64:ff9b::808:808", "64:ff9b:1::808:808",
        "2002:808:808::", "2001:0:4136:e378::1", "2001:2::1", "2001:20::1", "2001:db8::1", "3fff::1",
        "fec0::1", "5f00::1", "4000::1", "100::1", "2620:4f:8000::1", "192.88.99.1", "192.31.196.1",
        "192.52.193.1", "192.175.48.1", "192.0.0.9", "198.18.0.1", "203.0.113.9", "240.0.0.1",
        "168.63.129.16",
    ],
)  # fmt: skip
def test_s_10_private_and_special_and_special_addresses_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "192.0.1.1", "223.255.255.254", "2606:4700::1111", "2a00:1450::1", "2001:4860::8888"],
)
def test_s_10_addresses_that_servers_have_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://payer.example/fhir", "ftp://payer.example/", "file:///etc/passwd", "//payer.example/fhir", "",
        "https://user:secret@payer.example/", "https://user@payer.example/", "https:///fhir",
        "https://payer.example:99999/", "https://payer.example\\@evil.example/", "https://payer.example/a b", "https://payer.example/a\\b",
        "gopher://payer.example/", "https://payer.example/\r\nHost: evil",
    ],
)  # fmt: skip
def test_urls_that_are_not_plain_https_are_refused(url: str) -> None:
    with pytest.raises(AddressRefused) as caught:
        check_url(url)
    assert "secret" not in str(caught.value)


def test_a_trusted_host_may_be_plain_http(settings: Any) -> None:
    settings.OUTBOUND_TRUSTED_HOSTS = ["127.0.0.1:9000"]
    check_url("http://127.0.0.1:9000/fhir/r4")
    with pytest.raises(AddressRefused):
        check_url("http://127.0.0.1:9001/fhir/r4")


def test_a_name_that_leads_inside_is_refused_when_it_is_resolved(settings: Any) -> None:
    settings.OUTBOUND_TRUSTED_HOSTS = []
    with pytest.raises(AddressRefused, match="not public"):
        resolve("localhost", 443)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "::1", "::ffff:127.0.0.1", "0.0.0.0", "169.254.169.254", "fe80::1", "168.63.129.16"],  # noqa: S104
)
def test_s_10_a_trusted_name_leads_a_public_site_to_no_service_of_its_own_machine(
    address: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """S-10: what no entry may say as a number no name may answer later; a network of one's own it may."""
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.0.0.7", 9000))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: answers)
    settings.OUTBOUND_TRUSTED_HOSTS = ["payer.internal:9000"]
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://plainclaim.example", ["plainclaim.example"]
    assert resolve("payer.internal", 9000) == ["10.0.0.7"]
    answers.append((socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 9000)))
    with pytest.raises(AddressRefused, match=r"this machine.*NAT64"):  # as a resolver with DNS64 makes them
        resolve("payer.internal", 9000)
    settings.SITE_URL, settings.ALLOWED_HOSTS = "http://localhost:8000", ["localhost"]
    assert resolve("payer.internal", 9000) == ["10.0.0.7", address]


def test_one_private_address_among_public_ones_refuses_the_name(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def answers(*_: Any, **__: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 443)) for ip in ("8.8.8.8", "10.0.0.7")]

    settings.OUTBOUND_TRUSTED_HOSTS = []
    monkeypatch.setattr(socket, "getaddrinfo", answers)
    with pytest.raises(AddressRefused):
        resolve("rebinding.example", 443)


def test_a_name_without_an_address_is_unreachable() -> None:
    with pytest.raises(Unreachable):
        resolve("no-such-host.invalid", 443)


def test_origins_compare_by_scheme_host_and_port() -> None:
    assert origin_of("https://Payer.example/a") == origin_of("https://payer.example:443/b")
    assert origin_of("https://payer.example/") != origin_of("http://payer.example/")
    others = ("https://payer.example.evil.example/", "https://payer.example./", "https://payer.example:0/")
    assert origin_of("https://payer.example/") not in map(origin_of, others)


def test_s_10_only_the_port_of_https_and_those_of_the_plans_own_addresses_are_called(settings: Any) -> None:
    """S-10: a plan's documents could else have us knock at any service of any host."""
    settings.OUTBOUND_TRUSTED_HOSTS = ["127.0.0.1:9000"]
    own = frozenset({"https://payer.example:8443"})
    for allowed in (
        "https://other.example/",
        "https://Payer.example:8443/fhir",
        "http://127.0.0.1:9000/fhir",
    ):
        check_port(allowed, origins=own)
    for refused in (
        "https://other.example:8443/",
        "https://payer.example:8444/",
        "https://payer.example:22/",
    ):
        with pytest.raises(AddressRefused):
            check_port(refused, origins=own)


@pytest.mark.parametrize("error", [ConnectionResetError(104, "reset"), BrokenPipeError(32, "broken")])
def test_o_12_a_connection_that_breaks_while_it_is_made_is_no_other_error(
    monkeypatch: pytest.MonkeyPatch, error: OSError
) -> None:
    """urllib3 swallows these two while it sends: an answer may have come already; here there is none."""

    def breaks(*_: Any, **__: Any) -> socket.socket:
        raise error

    monkeypatch.setattr(door, "create_connection", breaks)
    with pytest.raises(Unreachable):
        fetch(open_session(plan="demo"), "http://127.0.0.1/fhir")

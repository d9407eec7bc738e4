"""Only public addresses over https are called (security facts, SSRF)."""

import ipaddress
import socket
from typing import Any

import pytest

from apps.outbound.addresses import check_url, is_public, origin_of, resolve
from apps.outbound.errors import AddressRefused, Unreachable


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",  # noqa: S104
        "224.0.0.1", "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1", "fc00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
    ],
)  # fmt: skip
def test_private_and_special_addresses_are_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public_addresses_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "http://payer.example/fhir", "ftp://payer.example/", "file:///etc/passwd", "//payer.example/fhir", "",
        "https://user:secret@payer.example/", "https://user@payer.example/", "https:///fhir",
        "https://payer.example:99999/", "https://payer.example\\@evil.example/", "https://payer.example/a b",
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
    assert origin_of("https://payer.example.evil.example/") != origin_of("https://payer.example/")

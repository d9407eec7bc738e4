"""Which addresses may stand in the directory (SSRF: before anything is ever called)."""

import pytest
from pytest_django import Settings

from apps.outbound.addresses import AddressUnusable, check_address


@pytest.mark.parametrize(
    "url",
    [
        "https://api.alaskafhir.com/r4",
        "https://us120.fhir.m3.edifecsfedcloud.com/nd_pa",
        "https://fhir.example.com:8443/r4/",
        "https://8.8.8.8/r4",
    ],
)
def test_public_https_addresses_may_stand(url: str) -> None:
    check_address(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://api.alaskafhir.com/r4",
        "https://user:pass@fhir.example.com/r4",
        "https://token@fhir.example.com/r4",
        "https://localhost/r4",
        "https://payer/r4",
        "https://fhir.payer.internal/r4",
        "https://fhir.payer.internal./r4",
        "https://10.1.2.3/r4",
        "https://192.168.0.1/r4",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/r4",
        "https://[fd00::1]/r4",
        "https://[::ffff:10.0.0.1]/r4",
        "https://2130706433/r4",
        "https://0x7f.1/r4",
        "https://0177.0.0.1/r4",
        "https://fhir.example.com/r4#part",
        "https://fhir.example.com/r 4",
        "https://fhir.example.com\\@evil.example.net/",
        "https://fhir.example.com:99999/",
        "https://fh\u0456r.example.com/",  # a letter of another alphabet
        "https://fhir\u200b.example.com/",
        "https://m%65mber.example.com/",  # browsers read it as another host, and nobody sees which
        "https://[broken/",
        "javascript:alert(1)",
        "ftp://fhir.example.com/",
        "//fhir.example.com/r4",
        "https://",
    ],
)
def test_other_addresses_may_not(url: str) -> None:
    with pytest.raises(AddressUnusable) as refusal:
        check_address(url)
    assert "pass" not in refusal.value.sentence


def test_loopback_may_stand_only_where_the_operator_trusts_it(settings: Settings) -> None:
    settings.OUTBOUND_TRUSTED_HOSTS = ["127.0.0.1:9000"]
    check_address("http://127.0.0.1:9000/fhir/r4")
    for url in ("http://127.0.0.1:9001/fhir/r4", "https://127.0.0.1/fhir"):
        with pytest.raises(AddressUnusable):
            check_address(url)

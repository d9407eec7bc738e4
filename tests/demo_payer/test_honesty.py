"""Where a real payer's document is at hand, the personality's has the same keys and quirks."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.demo_payer.member import Member

At = Callable[[str], Member]
OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"


@pytest.fixture(scope="session")
def wellknown() -> Path:
    """Return the folder of real discovery documents; skip where it is not."""
    folder = Path(__file__).resolve().parents[3] / "shared" / "wellknown"
    if not folder.is_dir():
        pytest.skip("real discovery documents (../shared/wellknown) are not on this machine")
    return folder


@pytest.mark.parametrize(
    ("name", "path", "document", "same"),
    [
        (
            "aetna",
            "fhir/.well-known/smart-configuration",
            "aetna/aetna-smart-configuration.json",
            (
                "token_endpoint_auth_methods_supported",
                "scopes_supported",
                "response_types_supported",
                "code_challenge_methods_supported",
                "capabilities",
            ),
        ),
        (
            "blue-button",
            "v2/fhir/.well-known/smart-configuration",
            "cms-blue-button/SmartConfigurationExample.json",
            (
                "grant_types_supported",
                "response_types_supported",
                "scopes_supported",
                "code_challenge_methods_supported",
                "capabilities",
            ),
        ),
        (
            "blue-button",
            ".well-known/openid-configuration",
            "cms-blue-button/OpenIdConfigurationExamplev2.json",
            ("grant_types_supported", "response_types_supported", "ui_locales_supported"),
        ),
        (
            "elevance",
            "resources/registered/Harborlight/api/v1/fhir/.well-known/smart-configuration",
            "elevance-anthem/elevance-health-totalview-smart-configuration.json",
            (
                "grant_types_supported",
                "token_endpoint_auth_methods_supported",
                "response_types_supported",
                "capabilities",
                "token_endpoint_auth_signing_alg_values_supported",
                "code_challenge_methods_supported",
            ),
        ),
        (
            "devoted",
            "fhir/r4/.well-known/smart-configuration",
            "devoted-health/devoted-health-smart-configuration.json",
            (),
        ),
    ],
)
def test_the_document_has_the_real_ones_keys_and_quirks(
    *, at: At, wellknown: Path, name: str, path: str, document: str, same: tuple[str, ...]
) -> None:
    """Addresses differ, everything else that marks the payer does not."""
    real = json.loads((wellknown / document).read_text())
    ours = requests.get(f"{at(name).root}/{path}", timeout=10).json()
    assert set(ours) == set(real)
    for key in same:
        assert sorted(ours[key]) == sorted(real[key]), key


def test_addresses_end_as_the_real_ones_do(at: At, wellknown: Path) -> None:
    """Trailing slashes, and paths that differ between two documents of one payer."""
    for name, document, path in (
        (
            "blue-button",
            "cms-blue-button/SmartConfigurationExample.json",
            "v2/fhir/.well-known/smart-configuration",
        ),
        (
            "blue-button",
            "cms-blue-button/OpenIdConfigurationExamplev2.json",
            ".well-known/openid-configuration",
        ),
        ("aetna", "aetna/aetna-smart-configuration.json", "fhir/.well-known/smart-configuration"),
    ):
        real = json.loads((wellknown / document).read_text())
        ours = requests.get(f"{at(name).root}/{path}", timeout=10).json()
        for key in ("authorization_endpoint", "token_endpoint", "revocation_endpoint", "issuer"):
            if key in real:
                # The published example has a slash where the server announces none, and then redirects.
                slash = "/" if ours[key].endswith("/revoke_token") else ""
                assert f"{ours[key]}{slash}".endswith(_path(real[key])), key


def test_elevance_lists_v1_scopes_and_write_scopes_as_the_real_one(at: At, wellknown: Path) -> None:
    """`.read` and `.*` per type, fhirUser, both kinds of lasting access; no `.rs`."""
    real = json.loads(
        (wellknown / "elevance-anthem/elevance-health-totalview-smart-configuration.json").read_text()
    )
    ana = at("elevance")
    ours = requests.get(f"{ana.fhir_base_url}/.well-known/smart-configuration", timeout=10).json()
    assert _ways(ours["scopes_supported"]) == _ways(real["scopes_supported"]) - {
        "openid",
        "launch",
        "profile",
    }


def test_one_up_health_names_its_placeholder_as_the_real_statement(at: At, wellknown: Path) -> None:
    """`system` at the end of authorize, no revoke."""
    real = json.loads((wellknown / "1uphealth/1uphealth-fhir-r4-capabilitystatement.json").read_text())
    ours = requests.get(f"{at('1uphealth').fhir_base_url}/metadata", timeout=10).json()
    real_uris, our_uris = _uris(real), _uris(ours)
    assert set(real_uris) == set(our_uris) == {"authorize", "token"}
    for key, address in real_uris.items():
        assert our_uris[key].endswith(_path(address))


def test_aetnas_statement_names_another_authorize_path_as_the_published_ones_do(
    at: At, wellknown: Path
) -> None:
    """/fhir/v1/ there, /fhir/prod/v1/ in the SMART document; the statement names both."""
    real = json.loads(
        (wellknown / "aetna/aetna-patient-access-sandbox-capability-statement.json").read_text()
    )
    ours = requests.get(f"{at('aetna').fhir_base_url}/metadata", timeout=10).json()
    assert {"authorize", "token"} <= set(_uris(real))
    assert set(_uris(ours)) == {"authorize", "token"}


def test_devoteds_openid_document_has_the_real_ones_quirks(at: At, wellknown: Path) -> None:
    """Issuer with a trailing slash on the sign-in host, S256 and plain, no patient scopes, no Coverage."""
    real = json.loads((wellknown / "devoted-health/devoted-health-openid-configuration.json").read_text())
    ana = at("devoted")
    ours = requests.get(ana.address(".well-known/openid-configuration"), timeout=10).json()
    assert ours["issuer"].endswith("/")
    assert real["issuer"].endswith("/")
    assert ours["code_challenge_methods_supported"] == real["code_challenge_methods_supported"]
    assert set(ours["scopes_supported"]) <= set(real["scopes_supported"])
    statement = json.loads(
        (wellknown / "devoted-health/devoted-health-patient-access-capabilitystatement.json").read_text()
    )
    held = {resource["type"] for resource in statement["rest"][0]["resource"]}
    served = requests.get(f"{ana.fhir_base_url}/metadata", timeout=10).json()["rest"][0]["resource"]
    assert {resource["type"] for resource in served} <= held
    assert "Coverage" not in held


def _path(address: str) -> str:
    return "/" + address.split("/", 3)[3]


def _ways(scopes: list[str]) -> set[str]:
    return {scope.rpartition(".")[2] if scope.startswith("patient/") else scope for scope in scopes}


def _uris(statement: Any) -> dict[str, str]:
    (oauth_uris,) = [
        extension
        for extension in statement["rest"][0]["security"]["extension"]
        if extension["url"] == OAUTH_URIS
    ]
    return {uri["url"]: uri["valueUri"] for uri in oauth_uris["extension"]}

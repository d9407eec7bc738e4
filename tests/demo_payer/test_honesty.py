"""Where a real payer's document is at hand, the personality's has the same keys and quirks."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import requests

from tests.demo_payer.member import Member

At = Callable[[str], Member]


@pytest.fixture
def wellknown(shared: Path) -> Path:
    """Return the folder of real discovery documents."""
    return shared / "wellknown"


SMART = ".well-known/smart-configuration"
RESPONSES, CHALLENGES = "response_types_supported", "code_challenge_methods_supported"
GRANTS, METHODS = "grant_types_supported", "token_endpoint_auth_methods_supported"
SCOPES, CAPABILITIES = "scopes_supported", "capabilities"
# Personality, path, real document, and the keys whose values are the same.
DOCUMENTS = (
    ("aetna", f"fhir/{SMART}", "aetna/aetna-smart-configuration.json",
     (METHODS, SCOPES, RESPONSES, CHALLENGES, CAPABILITIES)),
    ("blue-button", f"v2/fhir/{SMART}", "cms-blue-button/SmartConfigurationExample.json",
     (GRANTS, RESPONSES, SCOPES, CHALLENGES, CAPABILITIES)),
    ("blue-button", ".well-known/openid-configuration", "cms-blue-button/OpenIdConfigurationExamplev2.json",
     (GRANTS, RESPONSES, "ui_locales_supported")),
    ("elevance", f"resources/registered/Harborlight/api/v1/fhir/{SMART}",
     "elevance-anthem/elevance-health-totalview-smart-configuration.json",
     (GRANTS, METHODS, RESPONSES, CAPABILITIES, "token_endpoint_auth_signing_alg_values_supported",
      CHALLENGES)),
)  # fmt: skip


@pytest.mark.parametrize(("name", "path", "document", "same"), DOCUMENTS)
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
    for name, path, document, _ in DOCUMENTS[:3]:
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


def _path(address: str) -> str:
    return "/" + address.split("/", 3)[3]


def _ways(scopes: list[str]) -> set[str]:
    return {scope.rpartition(".")[2] if scope.startswith("patient/") else scope for scope in scopes}

"""Every published document we have, each with the reading we expect of it, written out."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from apps.plans.reading import Published, read_configuration, read_statement

BASE = "https://fhir.example.com/a/r4"
CMS = "https://sandbox.bluebutton.cms.gov"
DEVOTED = "https://login.devoted.com"
AETNA = "fhirserver_auth/oauth2"
ANTHEM_METHODS = ("client_secret_post", "client_secret_basic", "private_key_jwt")


@dataclass(frozen=True)
class Expected:
    """What a document says; of long lists the number only. `types` and `fhir` are a statement's."""

    authorize: str | None = None
    token: str | None = None
    revoke: str | None = None
    issuer: str | None = None
    jwks: str | None = None
    userinfo: str | None = None
    methods: tuple[str, ...] = ()
    pkce: tuple[str, ...] = ()
    scopes: int = 0
    capabilities: int = 0
    types: int | None = None
    fhir: str | None = None


def blue_button(version: str, **more: object) -> Expected:
    at = f"{CMS}/{version}/o"
    return replace(Expected(f"{at}/authorize/", f"{at}/token/", f"{at}/revoke/"), **more)  # type: ignore[arg-type]


def blue_button_openid(version: str, issuer: str) -> Expected:
    userinfo = f"{CMS}/{version}/connect/userinfo"
    return blue_button(version, issuer=f"{CMS}/{issuer}/connect/", userinfo=userinfo)


def blue_button_smart(version: str) -> Expected:
    revoke = f"{CMS}/{version}/o/revoke_token/"
    return blue_button(version, revoke=revoke, pkce=("S256",), scopes=15, capabilities=8)


def patient360(host: str) -> Expected:
    at = f"https://{host}.anthem.com/P360Member/identityserver/connect"
    return Expected(f"{at}/authorize", f"{at}/token", methods=ANTHEM_METHODS, scopes=205, capabilities=11)


def aetna(at: str) -> Expected:
    return Expected(
        f"{at}/{AETNA}/authorize",
        f"{at}/{AETNA}/token",
        methods=("client_secret_basic",),
        pkce=("S256",),
        scopes=5,
        capabilities=4,
    )


DEVOTED_OPENID = Expected(
    f"{DEVOTED}/authorize",
    f"{DEVOTED}/oauth/token",
    f"{DEVOTED}/oauth/revoke",
    issuer=f"{DEVOTED}/",
    jwks=f"{DEVOTED}/.well-known/jwks.json",
    userinfo=f"{DEVOTED}/userinfo",
    methods=("client_secret_basic", "client_secret_post", "private_key_jwt", "none"),
    pkce=("S256", "plain"),
    scopes=14,
)
TOTALVIEW = "https://totalview.healthos.elevancehealth.com"
DOCUMENTS = {
    # The authorize address ends in a placeholder for the plan's system id.
    "1uphealth/1uphealth-fhir-r4-capabilitystatement.json": Expected(
        "https://auth.1up.health/oauth2/authorize/system",
        "https://auth.1up.health/oauth2/token",
        types=144,
        fhir="4.0.1",
    ),
    "aetna/aetna-smart-configuration.json": aetna("https://apif1.aetna.com/fhir/prod/v1"),
    "aetna/aetna-sandbox-smart-configuration.json": aetna("https://vteapif1.aetna.com/fhirdemo/v1"),
    "aetna/aetna-patient-access-sandbox-capability-statement.json": Expected(
        f"https://vteapif1.aetna.com/fhirdemo/v1/{AETNA}/authorize",
        f"https://vteapif1.aetna.com/fhirdemo/v1/{AETNA}/token",
        types=25,
        fhir="4.0.1",
    ),
    # Version 1 and 2 answers name the addresses of version 2; only the issuer differs.
    "cms-blue-button/OpenIdConfigurationExample.json": blue_button_openid("v2", "v1"),
    "cms-blue-button/OpenIdConfigurationExamplev2.json": blue_button_openid("v2", "v2"),
    "cms-blue-button/OpenIdConfigurationExamplev3.json": blue_button_openid("v3", "v3"),
    # Revocation is at another path here than in openid-configuration.
    "cms-blue-button/SmartConfigurationExample.json": blue_button_smart("v2"),
    "cms-blue-button/SmartConfigurationExamplev3.json": blue_button_smart("v3"),
    "cms-blue-button/V1FhirMetadataExample.json": blue_button("v1", types=3, fhir="3.0.2"),
    "cms-blue-button/V2FhirMetadataExample.json": blue_button("v2", types=3, fhir="4.0.1"),
    # Without trailing slashes, unlike everything else there.
    "cms-blue-button/V3FhirMetadataExample.json": Expected(
        f"{CMS}/v3/o/authorize", f"{CMS}/v3/o/token", f"{CMS}/v3/o/revoke_token", types=3, fhir="4.0.1"
    ),
    "devoted-health/devoted-health-smart-configuration.json": Expected(
        f"{DEVOTED}/authorize", f"{DEVOTED}/oauth/token"
    ),
    "devoted-health/devoted-health-openid-configuration.json": DEVOTED_OPENID,
    "devoted-health/devoted-health-oauth-authorization-server.json": DEVOTED_OPENID,
    "devoted-health/devoted-health-patient-access-capabilitystatement.json": Expected(
        f"{DEVOTED}/authorize", f"{DEVOTED}/oauth/token", types=6, fhir="4.0.1"
    ),
    # Public: its security element names nothing.
    "devoted-health/devoted-health-provider-directory-capabilitystatement.json": Expected(
        types=15, fhir="4.0.1"
    ),
    "elevance-anthem/elevance-health-totalview-smart-configuration.json": Expected(
        f"{TOTALVIEW}/oauth2.code/registered/api/v1/authorize",
        f"{TOTALVIEW}/client.oauth2/registered/api/v1/token",
        methods=ANTHEM_METHODS,
        pkce=("S256",),
        scopes=67,
        capabilities=5,
    ),
    # token_endpoint_auth_methods instead of ..._supported.
    "elevance-anthem/elevance-health-patient360-smart-configuration.json": patient360("patient360"),
    "elevance-anthem/elevance-health-patient360c-smart-configuration.json": patient360("patient360c"),
}


def reading_of(published: Published) -> Expected:
    return Expected(
        published.authorize_url,
        published.token_url,
        published.revoke_url,
        published.issuer,
        published.jwks_uri,
        published.userinfo_url,
        published.token_auth_methods,
        published.pkce_methods,
        len(published.scopes),
        len(published.capabilities),
    )


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_published_document_is_read_as_written_down_here(shared: Path, name: str) -> None:
    body = (shared / "wellknown" / name).read_bytes()
    if DOCUMENTS[name].fhir is None:
        published = read_configuration(body, base=BASE)
        assert reading_of(published) == DOCUMENTS[name]
    else:
        statement = read_statement(body, base=BASE)
        reading = replace(
            reading_of(statement.oauth), types=len(statement.searches), fhir=statement.fhir_version
        )
        assert reading == DOCUMENTS[name]
        published = statement.oauth
        assert "1uphealth" not in name or "service-date" in statement.searches["ExplanationOfBenefit"]
    assert published.announces_iss is False  # RFC 9207 was seen nowhere yet


def test_no_published_document_is_left_out(shared: Path) -> None:
    folder = shared / "wellknown"
    stored = {file.relative_to(folder).as_posix() for file in folder.rglob("*.json")}
    assert stored == set(DOCUMENTS)


@pytest.mark.parametrize("name", [name for name, said in DOCUMENTS.items() if said.fhir is None])
def test_relative_addresses_and_leading_blanks_change_nothing(shared: Path, name: str) -> None:
    """SMART App Launch 2.2: relative URLs are against the FHIR base. Blanks first: seen at an EHR."""
    document = json.loads((shared / "wellknown" / name).read_bytes())
    expected = DOCUMENTS[name]
    assert expected.authorize
    at_root = expected.authorize.split("/", 3)
    document["authorization_endpoint"] = f"/{at_root[3]}"
    document["token_endpoint"] = "../token"
    body = b"\xef\xbb\xbf \r\n\t" + json.dumps(document).encode()
    published = read_configuration(body, base=BASE)
    assert published.authorize_url == f"https://fhir.example.com/{at_root[3]}"
    assert published.token_url == "https://fhir.example.com/a/token"
    assert len(published.scopes) == expected.scopes


def test_a_dstu2_conformance_names_its_addresses_the_same_way(shared: Path) -> None:
    """1upHealth and Anthem still serve FHIR 1.0.2, where the statement is called Conformance."""
    name = "cms-blue-button/V2FhirMetadataExample.json"
    document = json.loads((shared / "wellknown" / name).read_bytes())
    document |= {"resourceType": "Conformance", "fhirVersion": "1.0.2"}
    statement = read_statement(json.dumps(document).encode(), base=BASE)
    assert reading_of(statement.oauth) == replace(DOCUMENTS[name], types=None, fhir=None)
    assert statement.fhir_version == "1.0.2"

"""Personalities of further real payers, each for a habit seen nowhere else."""

from apps.demo_payer.personalities.payers import BY_NAME, NAMES_AND_PLACES
from apps.demo_payer.personalities.shape import ASSERTION, BASIC, POST, Document, Paths, Personality

_ELEVANCE_TYPES = (
    "Coverage",
    "ExplanationOfBenefit",
    "Location",
    "Organization",
    "Patient",
    "Practitioner",
    "RelatedPerson",
)
ELEVANCE = Personality(
    "elevance",
    "Harborlight TotalCare",
    "asks like Elevance",
    "Signs you in on another host than the one that keeps the records, and gives no lasting access.",
    is_main=True,
    paths=Paths(
        fhir="resources/registered/Harborlight/api/v1/fhir",
        authorize="oauth2.code/registered/api/v1/authorize",
        token="client.oauth2/registered/api/v1/token",  # noqa: S106 - an address
        revoke="",
        userinfo="",
        jwks="",
    ),
    documents=(
        Document(
            "smart",
            "resources/registered/Harborlight/api/v1/fhir/.well-known/smart-configuration",
            keys=(
                "authorization_endpoint",
                "grant_types_supported",
                "token_endpoint",
                "token_endpoint_auth_methods_supported",
                "scopes_supported",
                "response_types_supported",
                "capabilities",
                "token_endpoint_auth_signing_alg_values_supported",
                "code_challenge_methods_supported",
            ),
            changes={
                "grant_types_supported": ["authorization_code", "client_credentials"],
                "token_endpoint_auth_methods_supported": [POST, BASIC, ASSERTION],
                "response_types_supported": ["code", "refresh_token"],
                "scopes_supported": [
                    *(f"patient/{type_}.{way}" for type_ in _ELEVANCE_TYPES for way in ("*", "read")),
                    "launch/patient",
                    "fhirUser",
                    "offline_access",
                    "online_access",
                ],
                "token_endpoint_auth_signing_alg_values_supported": [
                    "RS256",
                    "RS384",
                    "RS512",
                    "ES384",
                    "ES512",
                ],
            },
        ),
    ),
    oauth_host="localhost",
    capabilities=(
        "launch-standalone",
        "client-public",
        "context-standalone-patient",
        "permission-offline",
        "permission-patient",
    ),
    names_itself=False,
    token_auth=(POST, BASIC, ASSERTION),
    gives_refresh=False,
    profile="elevance",
    asks=("launch/patient", "fhirUser", *BY_NAME, *NAMES_AND_PLACES),
    found_by_discovery=True,
)

STATEMENT = Personality(
    "statement-only",
    "Harborlight Statement",
    "names its addresses in the CapabilityStatement only",
    "Has no discovery document at all; the CapabilityStatement's oauth-uris must do.",
    paths=Paths(jwks=""),
    documents=(),
    names_itself=False,
    asks=("launch/patient", "patient/*.read", "offline_access"),
    found_by_discovery=True,
    row={"issuer": None},
)

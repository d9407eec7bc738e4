"""Personalities of further real payers, each for a habit seen nowhere else."""

from apps.demo_payer.personalities.payers import BY_NAME, NAMES_AND_PLACES
from apps.demo_payer.personalities.shape import ASSERTION, BASIC, POST, PUBLIC, Document, Paths, Personality

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
    iss_announced=False,
    iss_sent="none",
    token_auth=(POST, BASIC, ASSERTION),
    refresh="none",
    id_token=None,
    userinfo="absent",
    revocation="no",
    profile="elevance",
    asks=("launch/patient", "fhirUser", *BY_NAME, *NAMES_AND_PLACES),
    found_by_discovery=True,
)

DEVOTED = Personality(
    "devoted",
    "Harborlight Devotion",
    "asks like Devoted Health",
    "Its SMART document has two keys, the rest is at its sign-in host; it keeps no coverages.",
    paths=Paths(
        authorize="authorize",
        token="oauth/token",  # noqa: S106 - an address
        revoke="oauth/revoke",
        userinfo="userinfo",
        jwks=".well-known/jwks.json",
        issuer="/",
    ),
    documents=(
        Document(
            "smart",
            "fhir/r4/.well-known/smart-configuration",
            keys=("authorization_endpoint", "token_endpoint"),
        ),
        Document(
            "openid",
            ".well-known/openid-configuration",
            changes={
                "code_challenge_methods_supported": ["S256", "plain"],
                "scopes_supported": ["openid", "profile", "offline_access"],
                "response_types_supported": ["code", "token", "id_token", "code id_token"],
            },
        ),
        Document("oauth", ".well-known/oauth-authorization-server"),
    ),
    oauth_host="localhost",
    iss_announced=False,
    iss_sent="none",
    pkce_methods=("S256", "plain"),
    types=("Patient", "ExplanationOfBenefit", "Condition", "Encounter", "Medication"),
)
CIGNA = Personality(
    "cigna",
    "Harborlight Choice",
    "asks like Cigna",
    "Knows the app as a public client, shows several Patients, has references that answer 500.",
    iss_announced=False,
    iss_sent="none",
    token_auth=(PUBLIC,),
    patient="never",
    patients=2,
    dangling_status=500,
    outcome_entry=True,
    asks=("openid", "fhirUser", "patient/*.read", "offline_access"),
    row={"token_auth": PUBLIC, "patient_lookup": "search"},
)
RFC8414 = Personality(
    "rfc8414",
    "Harborlight Metadata",
    "publishes oauth-authorization-server only",
    "Has no SMART and no OpenID document, only the one of RFC 8414.",
    documents=(Document("oauth", ".well-known/oauth-authorization-server"),),
    found_by_discovery=True,
)
STATEMENT = Personality(
    "statement-only",
    "Harborlight Statement",
    "names its addresses in the CapabilityStatement only",
    "Has no discovery document at all; the CapabilityStatement's oauth-uris must do.",
    documents=(),
    iss_announced=False,
    iss_sent="none",
    id_token=None,
    asks=("launch/patient", "patient/*.read", "offline_access"),
    found_by_discovery=True,
    row={"issuer": None},
)
BLANKS = Personality(
    "leading-blanks",
    "Harborlight Blank",
    "sends blanks before its documents",
    "Begins its discovery documents with blank lines, as one vendor does.",
    documents=(
        Document("smart", "fhir/r4/.well-known/smart-configuration", form="blanks"),
        Document("openid", ".well-known/openid-configuration", form="blanks"),
    ),
    found_by_discovery=True,
)

"""Personalities of further real payers, each for one habit seen nowhere else."""

from apps.demo_payer.personalities.shape import PUBLIC, Document, Paths, Personality

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
    "A public client, several Patients for one member, references that cannot be read, and a warning among the records.",
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

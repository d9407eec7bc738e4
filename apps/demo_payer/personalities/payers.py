"""Personalities that behave like the servers of real payers, as far as their owners publish it."""

from apps.demo_payer.personalities.shape import (
    BASIC,
    POST,
    PUBLIC,
    Document,
    Paths,
    Personality,
)

BLUE_BUTTON_TYPES = ("Patient", "Coverage", "ExplanationOfBenefit")
BY_NAME = ("patient/Patient.read", "patient/Coverage.read", "patient/ExplanationOfBenefit.read")
NAMES_AND_PLACES = ("patient/Organization.read", "patient/Practitioner.read", "patient/Location.read")

STANDARD = Personality(
    "standard",
    "Harborlight Health",
    "demo",
    "Does what SMART App Launch 2.2 says, and announces all of it.",
    is_main=True,
    paths=Paths(register="oauth2/register"),
)

ONE_UP = Personality(
    "1uphealth",
    "Harborlight Basic",
    "asks like 1upHealth",
    "Looks at four parameters only, keeps its discovery closed, names no patient, gives no lasting access.",
    is_main=True,
    paths=Paths(
        fhir="r4",
        authorize="oauth2/authorize/harborlight",
        statement_authorize="oauth2/authorize/system",
        revoke="",
        userinfo="",
        jwks="",
    ),
    documents=(
        Document("smart", "r4/.well-known/smart-configuration", status=401),
        Document("smart", ".well-known/smart-configuration", status=403),
        Document("openid", ".well-known/openid-configuration", status=403),
        Document("oauth", ".well-known/oauth-authorization-server", status=403),
    ),
    known=("client_id", "redirect_uri", "scope", "state"),
    pkce="ignored",
    scopes=("openid", "launch/patient", "patient/*.read", "user/*.read"),
    default_scope="patient/*.read",
    names_itself=False,
    token_auth=(POST,),
    access_seconds=7200,
    gives_refresh=False,
    patient="never",
    default_count=10,
    back_link="prior",
    profile="1uphealth",
    asks=("launch/patient", "patient/*.read"),
    row={
        "system_id": "harborlight",
        "refresh": "none",
        "member_note": "The demo's copy of a plan hosted by 1upHealth: you sign in again for each update.",
    },
)

BLUE_BUTTON = Personality(
    "blue-button",
    "Harborlight Seniors",
    "asks like Medicare's Blue Button",
    "Requires PKCE, takes scopes by name only, lets you keep your personal details, changes refresh tokens.",
    is_main=True,
    paths=Paths(
        fhir="v2/fhir",
        authorize="v2/o/authorize/",
        token="v2/o/token/",  # noqa: S106 - an address
        revoke="v2/o/revoke_token",
        revoke_too="v2/o/revoke/",
        userinfo="v2/connect/userinfo",
        jwks="",
        issuer="v2/connect/",
    ),
    documents=(
        Document(
            "smart",
            "v2/fhir/.well-known/smart-configuration",
            keys=(
                "authorization_endpoint",
                "revocation_endpoint",
                "token_endpoint",
                "grant_types_supported",
                "response_types_supported",
                "scopes_supported",
                "code_challenge_methods_supported",
                "capabilities",
            ),
            changes={
                "grant_types_supported": ["authorization_code"],
                "response_types_supported": ["code", "token"],
            },
        ),
        Document(
            "openid",
            ".well-known/openid-configuration",
            keys=(
                "issuer",
                "authorization_endpoint",
                "revocation_endpoint",
                "token_endpoint",
                "userinfo_endpoint",
                "ui_locales_supported",
                "service_documentation",
                "op_tos_uri",
                "grant_types_supported",
                "response_types_supported",
                "fhir_metadata_uri",
            ),
            changes={
                "revocation_endpoint": "{oauth}/v2/o/revoke/",
                "ui_locales_supported": ["en-US"],
                "op_tos_uri": "{root}/",
                "response_types_supported": ["code", "token"],
                "fhir_metadata_uri": "{root}/v2/fhir/metadata",
            },
        ),
    ),
    capabilities=(
        "client-confidential-symmetric",
        "client-confidential-asymmetric",
        "context-standalone-patient",
        "launch-standalone",
        "permission-offline",
        "permission-patient",
        "permission-v1",
        "authorize-post",
    ),
    scopes=(
        "openid",
        "profile",
        "launch/patient",
        *(f"patient/{type_}.{way}" for way in ("read", "r", "s", "rs") for type_ in BLUE_BUTTON_TYPES),
    ),
    only_scopes_by_name=True,
    declinable=(
        "profile",
        "patient/Patient.read",
        "patient/Patient.r",
        "patient/Patient.s",
        "patient/Patient.rs",
    ),
    names_itself=False,
    token_auth=(BASIC, POST),
    has_fractional_life=True,
    refresh_needs_scope=False,
    patient="refresh",
    permission_days=396,
    replay_ends_all=False,
    revocation_redirects=True,
    types=BLUE_BUTTON_TYPES,
    default_count=10,
    most_count=50,
    back_link="previous",
    profile="blue-button",
    is_asked_by_profile=True,
    asks=("openid", "profile", "launch/patient", *BY_NAME),
)

AETNA = Personality(
    "aetna",
    "Harborlight Advantage",
    "asks like Aetna",
    "Publishes its addresses beside the FHIR base, takes HTTP Basic only, gives no lasting access.",
    is_main=True,
    paths=Paths(
        fhir="fhir/v2/patientaccess",
        authorize="fhir/prod/v1/fhirserver_auth/oauth2/authorize",
        token="fhir/prod/v1/fhirserver_auth/oauth2/token",  # noqa: S106 - an address
        revoke="",
        statement_authorize="fhir/v1/fhirserver_auth/oauth2/authorize",
    ),
    documents=(
        Document(
            "smart",
            "fhir/.well-known/smart-configuration",
            keys=(
                "authorization_endpoint",
                "token_endpoint",
                "token_endpoint_auth_methods_supported",
                "scopes_supported",
                "response_types_supported",
                "code_challenge_methods_supported",
                "capabilities",
            ),
        ),
    ),
    capabilities=(
        "client-public",
        "client-confidential-symmetric",
        "sso-openid-connect",
        "launch-standalone",
    ),
    scopes=("openid", "fhirUser", "profile", "launch/patient", "patient/*.read"),
    names_itself=False,
    token_auth=(BASIC,),
    gives_refresh=False,
    profile="aetna",
    is_asked_by_profile=True,
    asks=("openid", "fhirUser", "launch/patient", "patient/*.read"),
    found_by_discovery=True,
)

UHC = Personality(
    "uhc",
    "Harborlight United",
    "asks like UnitedHealthcare",
    "Refuses wildcard scopes and keeps its discovery closed.",
    is_main=True,
    paths=Paths(
        fhir="fhir/R4",
        authorize="authz/oauth2/authorize",
        token="authz/oauth2/token",  # noqa: S106 - an address
        revoke="",
        jwks="",
    ),
    documents=(
        Document("smart", "fhir/R4/.well-known/smart-configuration", status=403),
        Document("openid", ".well-known/openid-configuration", status=403),
    ),
    statement_status=403,
    pkce="optional",
    only_scopes_by_name=True,
    names_itself=False,
    token_auth=(POST, BASIC, PUBLIC),
    profile="uhc",
    asks=("launch/patient", "offline_access", *BY_NAME, *NAMES_AND_PLACES),
    row={"revocation": "none", "token_auth": POST},
)

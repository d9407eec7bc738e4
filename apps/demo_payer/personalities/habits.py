"""Personalities that differ from the standard payer in one habit, each a right or a bad one."""

from apps.demo_payer.personalities.shape import ASSERTION, SMART, Fault, Paths, Personality

_ASKS_NO_LASTING = ("openid", "fhirUser", "launch/patient", "patient/*.read")
_DOWN = Fault(503, retry_after=120)

HABITS = (
    Personality(
        "no-refresh",
        "Harborlight Day Pass",
        "gives no lasting access",
        "Never gives a refresh token.",
        is_main=True,
        gives_refresh=False,
        asks=_ASKS_NO_LASTING,
        row={"refresh": "none"},
    ),
    Personality(
        "needs-consent-prompt",
        "Harborlight Asked Twice",
        "gives lasting access with prompt=consent only",
        "Leaves offline_access out of the grant unless the request says prompt=consent.",
        lasting_needs_prompt=True,
        row={"authorize_parameters": ["prompt=consent"]},
    ),
    Personality(
        "no-openid",
        "Harborlight Quiet",
        "does not say who signed in",
        "Knows no openid: no id token, no userinfo, no OpenID document.",
        is_main=True,
        paths=Paths(userinfo="", jwks=""),
        documents=(SMART,),
        scopes=("launch/patient", "patient/*.read", "patient/*.rs", "offline_access"),
        asks=("launch/patient", "patient/*.read", "offline_access"),
        row={"issuer": None},
    ),
    Personality(
        "private-key-jwt",
        "Harborlight Notary",
        "takes signed assertions only",
        "Wants a fresh RS384 or ES384 signature instead of a client secret.",
        is_main=True,
        token_auth=(ASSERTION,),
    ),
    Personality(
        "declines-scopes",
        "Harborlight Half",
        "grants less than is asked",
        "Grants Patient and Coverage, never claims, and does not stay connected.",
        is_main=True,
        scopes=("openid", "fhirUser", "launch/patient", "patient/Patient.read", "patient/Coverage.read"),
        never_grants=("patient/ExplanationOfBenefit.read", "offline_access"),
    ),
    Personality(
        "two-people",
        "Harborlight Household",
        "shows several people's records",
        "Names no patient, and one sign-in can read two Patients.",
        is_main=True,
        patient="never",
        patients=2,
        row={"patient_lookup": "search"},
    ),
    Personality(
        "down",
        "Harborlight Storm",
        "is out of order",
        "Its token endpoint and its records answer 503.",
        is_main=True,
        faults={"token": _DOWN, "fhir": _DOWN},
    ),
    Personality(
        "denies-after-sign-in",
        "Harborlight Threshold",
        "says no after you have signed in",
        "Answers access_denied once the member has signed in, without asking.",
        is_main=True,
        denies_after_sign_in=True,
    ),
)

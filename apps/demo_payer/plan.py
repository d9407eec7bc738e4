"""The demo payer as the site's plan directory describes it (the format of `load_plans`)."""

from typing import Any

PAYER_NAME = "Harborlight Health"
ANNOUNCEMENT = f"{PAYER_NAME} is at "  # how the process begins its first line, once its port is bound
CLIENT_ID = "plainclaim-demo"
CLIENT_SECRET = "demo-client-secret"  # noqa: S105 - public on purpose: it protects invented people only
PUBLIC_CLIENT_ID = "plainclaim-demo-public"
FHIR_PATH = "/fhir/r4"
SCOPES = ("openid", "fhirUser", "launch/patient", "patient/*.read", "offline_access")


def describe(origin: str) -> dict[str, Any]:
    """Return one plan for `load_plans`; `origin` is e.g. `http://127.0.0.1:9000`."""
    return {
        "slug": "harborlight-health",
        "name": f"{PAYER_NAME} (demo)",
        "website": f"{origin}/",
        "fhir_base_url": f"{origin}{FHIR_PATH}",
        "authorize_url": f"{origin}/oauth2/authorize",
        "token_url": f"{origin}/oauth2/token",
        "revoke_url": f"{origin}/oauth2/revoke",
        "issuer": origin,
        "client_id": CLIENT_ID,
        "client_secret": CLIENT_SECRET,
        "token_auth": "client_secret_basic",
        "pkce": "always",
        "send_aud": True,
        "scopes": list(SCOPES),
        "page_size": 50,
        "patient_lookup": "token",
        "states": [],
        "lines_of_business": [],
    }

"""What clients can find out before they sign anyone in: SMART, OpenID Connect, JWKS, CapabilityStatement."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from apps.demo_payer.server import place, scopes
from apps.demo_payer.server.addresses import origin
from apps.demo_payer.server.fhir.capability import statement
from apps.demo_payer.server.fhir.outcomes import CONTENT_TYPE
from apps.demo_payer.server.fhir.parameters import served_types
from apps.demo_payer.server.oauth import AUTH_METHODS

CAPABILITIES = [
    "launch-standalone",
    "client-public",
    "client-confidential-symmetric",
    "context-standalone-patient",
    "permission-patient",
    "permission-offline",
    "permission-v1",
    "permission-v2",
    "sso-openid-connect",
]


@require_safe
def smart_configuration(request: HttpRequest) -> HttpResponse:
    """Answer `<fhir>/.well-known/smart-configuration` (SMART App Launch 2.2, Conformance)."""
    return _open(JsonResponse(_endpoints(request) | {"capabilities": CAPABILITIES}))


@require_safe
def openid_configuration(request: HttpRequest) -> HttpResponse:
    """Answer `/.well-known/openid-configuration` (OpenID Connect Discovery 1.0 section 3)."""
    more = {
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "claims_supported": ["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "name", "fhirUser"],
        "prompt_values_supported": ["none", "login", "consent"],
    }
    return _open(JsonResponse(_endpoints(request) | more))


@require_safe
def jwks(request: HttpRequest) -> HttpResponse:
    """Answer the public half of the signing key (RFC 7517)."""
    del request
    return _open(JsonResponse({"keys": [place.signing_key().as_dict(private=False)]}))


@require_safe
def metadata(request: HttpRequest) -> HttpResponse:
    """Answer the CapabilityStatement."""
    return _open(JsonResponse(statement(origin(request), served_types()), content_type=CONTENT_TYPE))


def _endpoints(request: HttpRequest) -> dict[str, Any]:
    here = origin(request)
    return {
        "issuer": here,
        "authorization_endpoint": f"{here}/oauth2/authorize",
        "token_endpoint": f"{here}/oauth2/token",
        "revocation_endpoint": f"{here}/oauth2/revoke",
        "jwks_uri": f"{here}/oauth2/jwks",
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": AUTH_METHODS,
        "revocation_endpoint_auth_methods_supported": AUTH_METHODS,
        "scopes_supported": scopes.supported(served_types()),
        "authorization_response_iss_parameter_supported": True,
        "service_documentation": f"{here}/",
    }


def _open(response: JsonResponse) -> JsonResponse:
    response["Access-Control-Allow-Origin"] = "*"
    return response

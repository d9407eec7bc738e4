"""What clients can find out beforehand: SMART, OpenID Connect, RFC 8414, JWKS, CapabilityStatement."""

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from apps.demo_payer.personalities import Document
from apps.demo_payer.server import memory, place, problems, scopes
from apps.demo_payer.server.addresses import fhir_base, issuer, moved_root, oauth_root, playing, root
from apps.demo_payer.server.fhir.capability import statement
from apps.demo_payer.server.fhir.outcomes import CONTENT_TYPE, outcome
from apps.demo_payer.server.fhir.parameters import served_types

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
_OPENID_ONLY: dict[str, Any] = {
    "subject_types_supported": ["public"],
    "id_token_signing_alg_values_supported": ["RS256"],
    "claims_supported": ["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "name", "fhirUser"],
    "prompt_values_supported": ["none", "login", "consent"],
}


@require_safe
def document(request: HttpRequest, *, described: Document) -> HttpResponse:
    """Answer one discovery document (SMART App Launch 2.2; OpenID Connect Discovery 1.0; RFC 8414)."""
    if described.status != 200:
        return problems.page(request, status=described.status, sentence="This is not for everybody.")
    said = _endpoints(request, oauth_root(request) if described.kind != "smart" else _smart_root(request))
    said |= (
        {"capabilities": list(playing(request).capabilities or CAPABILITIES)}
        if described.kind == "smart"
        else {}
    )
    said |= _OPENID_ONLY if described.kind == "openid" else {}
    places = {"{root}": root(request), "{oauth}": oauth_root(request)}
    said |= {name: _filled(value, places) for name, value in described.changes.items()}
    kept = {name: value for name, value in said.items() if value is not None}
    if described.keys:
        kept = {name: kept[name] for name in described.keys}
    return _open(JsonResponse(kept))


@require_safe
def jwks(request: HttpRequest) -> HttpResponse:
    """Answer the public half of the signing key (RFC 7517)."""
    del request
    return _open(JsonResponse({"keys": [place.signing_key().as_dict(private=False)]}))


@require_safe
def metadata(request: HttpRequest) -> HttpResponse:
    """Answer the CapabilityStatement."""
    personality = playing(request)
    if personality.statement_status != 200:
        return outcome(personality.statement_status, "forbidden", "This is not for everybody.")
    said = statement(
        base=fhir_base(request),
        oauth=oauth_root(request),
        paths=personality.paths,
        types=served_types(personality),
    )
    return _open(JsonResponse(said, content_type=CONTENT_TYPE))


def _endpoints(request: HttpRequest, oauth: str) -> dict[str, Any]:
    """Return what the documents have in common; None for what this payer does not have."""
    personality = playing(request)
    paths = personality.paths
    lasting = ["refresh_token"] if personality.gives_refresh else []
    methods = list(personality.token_auth)
    return {
        "issuer": issuer(request),
        "authorization_endpoint": f"{oauth}/{paths.authorize}",
        "token_endpoint": f"{oauth}/{paths.token}",
        "revocation_endpoint": f"{oauth}/{paths.revoke}" if paths.revoke else None,
        "registration_endpoint": f"{oauth}/{paths.register}" if paths.register else None,
        "userinfo_endpoint": f"{oauth}/{paths.userinfo}" if paths.userinfo else None,
        "jwks_uri": f"{oauth}/{paths.jwks}" if paths.jwks else None,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", *lasting],
        "code_challenge_methods_supported": None if personality.pkce == "ignored" else ["S256"],
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": (
            ["RS384", "ES384"] if "private_key_jwt" in methods else None
        ),
        "revocation_endpoint_auth_methods_supported": methods if paths.revoke else None,
        "scopes_supported": scopes.supported(served_types(personality), personality),
        "authorization_response_iss_parameter_supported": True if personality.names_itself else None,
        "service_documentation": f"{root(request)}/",
    }


def _smart_root(request: HttpRequest) -> str:
    """Return where SMART's document says OAuth begins: another origin once the payer has drifted."""
    drifted = memory.of(playing(request).name).drifted
    return moved_root(request) if drifted else oauth_root(request)


def _filled(value: Any, places: dict[str, str]) -> Any:
    if isinstance(value, str):
        for mark, address in places.items():
            value = value.replace(mark, address)
    return value


def _open(response: HttpResponse) -> HttpResponse:
    response["Access-Control-Allow-Origin"] = "*"
    return response

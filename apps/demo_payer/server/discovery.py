"""What clients can find out beforehand: SMART, OpenID Connect, RFC 8414, JWKS, CapabilityStatement."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from apps.demo_payer.personalities import Document
from apps.demo_payer.server import keys, memory, problems, scopes
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
_HUGE = 10 * 1024 * 1024
_ELSEWHERE = "https://elsewhere.example/.well-known/smart-configuration"
_OPENID_ONLY: dict[str, Any] = {
    "subject_types_supported": ["public"],
    "id_token_signing_alg_values_supported": ["RS256"],
    "claims_supported": ["sub", "iss", "aud", "exp", "iat", "auth_time", "nonce", "name", "fhirUser"],
    "prompt_values_supported": ["none", "login", "consent"],
}


@require_safe
def document(request: HttpRequest, *, which: Document) -> HttpResponse:
    """Answer one discovery document (SMART App Launch 2.2; OpenID Connect Discovery 1.0; RFC 8414)."""
    if which.status != 200:
        return problems.page(request, status=which.status, sentence="This is not for everybody.")
    said = _endpoints(request, oauth_root(request) if which.kind != "smart" else _smart_root(request))
    said |= (
        {"capabilities": list(playing(request).capabilities or CAPABILITIES)} if which.kind == "smart" else {}
    )
    said |= _OPENID_ONLY if which.kind == "openid" else {}
    places = {"{root}": root(request), "{oauth}": oauth_root(request)}
    said |= {name: _filled(value, places) for name, value in which.changes.items()}
    kept = {name: value for name, value in said.items() if value is not None}
    if which.keys:
        kept = {name: kept[name] for name in which.keys}
    return _open(_sent(kept, which.form))


@require_safe
def jwks(request: HttpRequest) -> HttpResponse:
    """Answer the public halves of the signing keys (RFC 7517)."""
    public_keys = [key.as_dict(private=False) for key in keys.published(playing(request))]
    return _open(JsonResponse({"keys": public_keys}))


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
    lasting = [] if personality.refresh == "none" else ["refresh_token"]
    methods = list(personality.token_auth)
    has_revocation = bool(paths.revoke) and personality.revocation != "no"
    return {
        "issuer": personality.issuer_said or issuer(request),
        "authorization_endpoint": f"{oauth}/{paths.authorize}",
        "token_endpoint": f"{oauth}/{paths.token}",
        "revocation_endpoint": f"{oauth}/{paths.revoke}" if has_revocation else None,
        "registration_endpoint": f"{oauth}/{paths.register}" if paths.register else None,
        "userinfo_endpoint": f"{oauth}/{paths.userinfo}" if personality.userinfo != "absent" else None,
        "jwks_uri": f"{oauth}/{paths.jwks}" if personality.id_token and paths.jwks else None,
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", *lasting],
        "code_challenge_methods_supported": list(personality.pkce_methods) or None,
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": (
            ["RS384", "ES384"] if "private_key_jwt" in methods else None
        ),
        "revocation_endpoint_auth_methods_supported": methods if has_revocation else None,
        "scopes_supported": scopes.supported(served_types(personality), personality),
        "authorization_response_iss_parameter_supported": True if personality.iss_announced else None,
        "service_documentation": f"{root(request)}/",
    }


def _smart_root(request: HttpRequest) -> str:
    """Return where SMART's document says OAuth begins: another origin once the payer has drifted."""
    personality = playing(request)
    kept = memory.of(personality.name)
    with kept.lock:
        drifted = kept.drifted
        if drifted is None and personality.drift_after is not None:
            drifted = kept.seen["smart"] > personality.drift_after
    return moved_root(request) if drifted else oauth_root(request)


def _filled(value: Any, places: dict[str, str]) -> Any:
    if isinstance(value, str):
        for mark, address in places.items():
            value = value.replace(mark, address)
    return value


def _sent(said: dict[str, Any], form: str) -> HttpResponse:
    text = json.dumps(said)
    if form == "html":
        return HttpResponse("<!doctype html><title>Welcome</title><h1>Welcome</h1>")
    if form == "elsewhere":
        return HttpResponse(status=302, headers={"Location": _ELSEWHERE})
    bodies = {
        "json": text,
        "blanks": f"\n\n   {text}",
        "list": json.dumps([said]),
        "huge": f'{text[:-1]}, "padding": "{"x" * _HUGE if form == "huge" else ""}"}}',
    }
    return HttpResponse(bodies[form], content_type="application/json")


def _open(response: HttpResponse) -> HttpResponse:
    response["Access-Control-Allow-Origin"] = "*"
    return response

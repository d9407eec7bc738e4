"""What plans publish about their servers, read into our own words; pure, and tolerant of all but nonsense.

SMART App Launch 2.2 (.well-known/smart-configuration), OpenID Connect Discovery 1.0 section 3, RFC 8414, and
the oauth-uris extension of a FHIR CapabilityStatement.
"""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

from apps.fhir.bundles import XML_HEAD, XML_OF_FHIR

OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
MAX_BYTES = 4 * 1024 * 1024  # the largest real statement seen is 507 KB
MAX_TEXT = 2000
MAX_ITEMS = 500


class Unreadable(Exception):
    """The answer is not the document asked for: HTML, no JSON, another type. The text says which."""


@dataclass(frozen=True)
class Published:
    """What one document says. URLs are absolute but not yet judged; an absent element is None or empty."""

    authorize_url: str | None = None
    token_url: str | None = None
    revoke_url: str | None = None
    registration_url: str | None = None
    issuer: str | None = None
    jwks_uri: str | None = None
    userinfo_url: str | None = None
    token_auth_methods: tuple[str, ...] = ()
    revoke_auth_methods: tuple[str, ...] = ()
    pkce_methods: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    announces_iss: bool = False


@dataclass(frozen=True)
class Statement:
    """A CapabilityStatement in brief: version, software, types with their search parameters, OAuth; `base`
    is where it says that it is at home."""

    fhir_version: str
    software: str
    searches: dict[str, frozenset[str]]
    oauth: Published
    base: str = ""


def read_configuration(body: bytes, *, base: str) -> Published:
    """Read smart-configuration, openid-configuration or RFC 8414 metadata; relative URLs are against `base`.

    `token_endpoint_auth_methods` is a misspelling seen at a real plan.
    """
    document = json_object(body)
    methods = _texts(document.get("token_endpoint_auth_methods_supported"))
    published = Published(
        authorize_url=_url(document.get("authorization_endpoint"), base),
        token_url=_url(document.get("token_endpoint"), base),
        revoke_url=_url(document.get("revocation_endpoint"), base),
        registration_url=_url(document.get("registration_endpoint"), base),
        issuer=text_of(document.get("issuer")),
        jwks_uri=_url(document.get("jwks_uri"), base),
        userinfo_url=_url(document.get("userinfo_endpoint"), base),
        token_auth_methods=methods or _texts(document.get("token_endpoint_auth_methods")),
        revoke_auth_methods=_texts(document.get("revocation_endpoint_auth_methods_supported")),
        pkce_methods=_texts(document.get("code_challenge_methods_supported")),
        scopes=_texts(document.get("scopes_supported")),
        capabilities=_texts(document.get("capabilities")),
        announces_iss=document.get("authorization_response_iss_parameter_supported") is True,
    )
    if not (published.authorize_url or published.token_url or published.issuer):
        raise Unreadable("names no endpoint")
    return published


def read_statement(body: bytes, *, base: str) -> Statement:
    """Read a CapabilityStatement (or the older Conformance); Unreadable for anything else."""
    document = json_object(body)
    if document.get("resourceType") not in {"CapabilityStatement", "Conformance"}:
        raise Unreadable("is not a CapabilityStatement")
    sides = _objects(document.get("rest"))
    rest = next((side for side in sides if side.get("mode") == "server"), next(iter(sides), {}))
    software = next(iter(_objects(document.get("software"))), {})
    return Statement(
        fhir_version=text_of(document.get("fhirVersion")) or "",
        software=" ".join(filter(None, (text_of(software.get("name")), text_of(software.get("version"))))),
        searches={
            kind: frozenset(
                filter(None, (text_of(p.get("name")) for p in _objects(resource.get("searchParam"))))
            )
            for resource in _objects(rest.get("resource"))
            if (kind := text_of(resource.get("type")))
        },
        oauth=_oauth_uris(rest, base),
        base=text_of(next(iter(_objects(document.get("implementation"))), {}).get("url")) or "",
    )


def _oauth_uris(rest: dict[str, Any], base: str) -> Published:
    """The oauth-uris extension of the security, of one of its services, or beside it."""
    urls: dict[str, str | None] = {}
    security = _objects(rest.get("security"))
    services = [service for area in security for service in _objects(area.get("service"))]
    for extension in (
        entry for place in (*security, *services, rest) for entry in _objects(place.get("extension"))
    ):
        if extension.get("url") == OAUTH_URIS:
            for part in _objects(extension.get("extension")):
                url = _url(part.get("valueUri") or part.get("valueUrl"), base)
                urls.setdefault(str(part.get("url")), url)
    return Published(
        authorize_url=urls.get("authorize"), token_url=urls.get("token"), revoke_url=urls.get("revoke")
    )


def json_object(body: bytes) -> dict[str, Any]:
    """Return what a body of a plan's server holds; raise Unreadable where that is no JSON object."""
    if len(body) > MAX_BYTES:
        raise Unreadable("is too large")
    try:
        text = body.decode("utf-8-sig").strip()
        document = json.loads(text)
    except UnicodeDecodeError as error:
        raise Unreadable("is not UTF-8 text") from error
    except ValueError as error:
        form = "XML" if XML_OF_FHIR.search(body[:XML_HEAD]) else "a web page"
        raise Unreadable(f"is {form}, not JSON" if text.startswith("<") else "is not JSON") from error
    except RecursionError as error:
        raise Unreadable("is nested too deeply") from error
    if not isinstance(document, dict):
        raise Unreadable("is not a JSON object")
    return document


def _objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list; one that stands where a list belongs is a list of one."""
    listed = value if isinstance(value, list) else [value]
    return [item for item in listed if isinstance(item, dict)]


def text_of(value: Any) -> str | None:
    """A text that can be stored and shown: not empty, printable, of sane length."""
    is_sane = isinstance(value, str) and 0 < len(value) <= MAX_TEXT and value.isprintable()
    return value if is_sane else None


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(filter(None, map(text_of, value[:MAX_ITEMS]))) if isinstance(value, list) else ()


def _url(value: Any, base: str) -> str | None:
    text = text_of(value.strip() if isinstance(value, str) else value)
    try:
        return urljoin(base.rstrip("/") + "/", text) if text else None
    except ValueError:
        return None

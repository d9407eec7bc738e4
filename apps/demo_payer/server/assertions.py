"""Checks `private_key_jwt` (RFC 7523, SMART client-confidential-asymmetric) with the app's keys."""

import base64
import json
import time
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from apps.demo_payer.server import memory
from apps.demo_payer.server.addresses import oauth_root
from apps.demo_payer.server.asked import Asked
from apps.demo_payer.server.models import Client

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ALGORITHMS = ["RS384", "ES384"]
LIFE_SECONDS = 300
_LEEWAY = 10
_LARGEST = 100_000
_PATIENCE = 10


class Unproven(Exception):
    """The assertion proves nothing; the text says why, without a word of the assertion."""


def authenticate(query_client: Any, asked: Asked) -> Client | None:
    """Authlib's hook: return the client the assertion proves, else none."""
    if asked.form.get("client_assertion_type") != TYPE:
        return None
    try:
        return checked(asked.form.get("client_assertion", ""), query_client, asked)
    except Unproven:
        return None


def checked(assertion: str, query_client: Any, asked: Asked) -> Client:
    """Return the client; raises Unproven."""
    header, claims = _unverified(assertion)
    if header.get("typ") != "JWT" or header.get("alg") not in ALGORITHMS or not header.get("kid"):
        raise Unproven("typ must be JWT, alg RS384 or ES384, and kid must be there")
    client: Client | None = query_client(str(claims.get("sub", "")))
    if client is None or claims.get("iss") != claims.get("sub"):
        raise Unproven("iss and sub must be the client_id")
    keys = _keys(client, str(header["kid"]), asked.personality.name)
    try:
        jwt.decode(assertion, keys, algorithms=ALGORITHMS)
    except (JoseError, ValueError) as error:
        raise Unproven("no published key fits") from error
    _claims(claims, asked)
    return client


def _claims(claims: dict[str, Any], asked: Asked) -> None:
    now = time.time()
    expires, jti = claims.get("exp"), claims.get("jti")
    if not isinstance(expires, int | float) or not now - _LEEWAY < expires <= now + LIFE_SECONDS + _LEEWAY:
        raise Unproven("exp must be within five minutes")
    token_url = f"{oauth_root(asked.http)}/{asked.personality.paths.token}"
    if claims.get("aud") not in (token_url, [token_url]):
        raise Unproven("aud must be the token endpoint")
    if not jti or not isinstance(jti, str):
        raise Unproven("jti must be there")
    kept = memory.of(asked.personality.name)
    with kept.lock:
        kept.used = {name: until for name, until in kept.used.items() if until > now - _LEEWAY}
        if jti in kept.used:
            raise Unproven("jti was used before")
        kept.used[jti] = float(expires)


def _keys(client: Client, kid: str, name: str) -> KeySet:
    """Return the app's keys: those given by an order or an option, else those at its address."""
    key_set = memory.of(name).client_jwks or client.jwks or _fetched(client.jwks_uri)
    matching = [key for key in key_set.get("keys", []) if isinstance(key, dict) and key.get("kid") == kid]
    if not matching:
        raise Unproven("no published key has this kid")
    try:
        return KeySet.import_key_set({"keys": matching})
    except (JoseError, ValueError) as error:
        raise Unproven("the published key cannot be read") from error


def _fetched(address: str) -> dict[str, Any]:
    """Return the JSON at a loopback address: this payer asks nobody else."""
    if urlsplit(address).scheme != "http" or urlsplit(address).hostname not in {"127.0.0.1", "localhost"}:
        raise Unproven("the app has registered no address for its keys")
    try:
        with urllib.request.urlopen(address, timeout=_PATIENCE) as answer:  # noqa: S310 - loopback, see above
            key_set = json.loads(answer.read(_LARGEST))
    except (OSError, ValueError) as error:
        raise Unproven("the app's keys cannot be had") from error
    return key_set if isinstance(key_set, dict) else {}


def _unverified(assertion: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and claims before the signature is looked at; joserfc has no such reading."""
    parts = assertion.split(".")
    if len(parts) != 3:
        raise Unproven("this is no JWT")
    read = []
    for part in parts[:2]:
        try:
            claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
        except ValueError as error:
            raise Unproven("this is no JWT") from error
        if not isinstance(claims, dict):
            raise Unproven("this is no JWT")
        read.append(claims)
    return read[0], read[1]

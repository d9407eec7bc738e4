"""The id_token: verified in full or refused (OpenID Connect Core 1.0, section 3.1.3.7)."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from apps.connections.errors import IdTokenRefused, PlanBusy
from apps.outbound.door import fetch, open_session
from apps.outbound.errors import OutboundError
from apps.plans.models import Plan

# Signatures we accept, with the key type each needs. `none` and shared-secret kinds are left out on purpose.
ALGORITHMS: Final[dict[str, str]] = {"RS256": "RSA", "ES256": "EC"}
LEEWAY_SECONDS: Final = 120
MOST_KEYS: Final = 50


def fetch_keys(plan: Plan, jwks_uri: str) -> Mapping[str, Any]:
    """The plan's public keys, asked anew for every sign-in: a rotated key is known at once (O-22).

    Raises PlanBusy when the plan gives no readable keys: a maintenance page is no forged token and must not
    cost the member a good permission.
    """
    try:
        answer = fetch(open_session(plan=plan.slug), jwks_uri, headers={"Accept": "application/json"})
    except OutboundError as error:
        raise PlanBusy(f"its keys: {type(error).__name__}") from error
    if answer.status == 429 or answer.status >= 500:
        raise PlanBusy(f"its keys: {answer.status}")
    try:
        keys = json.loads(answer.body) if answer.status == 200 else None
    except (ValueError, RecursionError):
        keys = None
    if not isinstance(keys, dict) or not isinstance(keys.get("keys"), list):
        raise PlanBusy(f"no readable key set ({answer.status})")
    return keys


def verify(
    id_token: str,
    *,
    keys: Mapping[str, Any],
    issuer: str,
    client_id: str,
    nonce: str | None,
    access_token: str,
    now: datetime,
) -> dict[str, Any]:
    """Return the claims of a good id_token; raise IdTokenRefused naming the rule that failed, never a value.

    `nonce` None means none was sent (a refresh): then none is compared.
    """
    header = _header(id_token)
    claims = _signed_claims(id_token, header, keys)
    _check_parties(claims, issuer=issuer, client_id=client_id)
    _check_times(claims, now=now.timestamp())
    if nonce is not None and not _same(claims.get("nonce"), nonce):
        raise IdTokenRefused("nonce")
    if "at_hash" in claims and not _same(claims["at_hash"], _half_hash(access_token)):
        raise IdTokenRefused("at_hash")
    return claims


def _header(id_token: str) -> dict[str, Any]:
    """The header, before any trust: the algorithm must be on our list, keys inside the token are ignored."""
    try:
        part = id_token.split(".", 1)[0]
        header = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        raise IdTokenRefused("malformed") from None
    if not isinstance(header, dict) or header.get("alg") not in ALGORITHMS:
        raise IdTokenRefused("alg")
    if "crit" in header:
        raise IdTokenRefused("crit")
    return header


def _signed_claims(id_token: str, header: Mapping[str, Any], keys: Mapping[str, Any]) -> dict[str, Any]:
    for key in _candidates(header, keys):
        try:
            return jwt.decode(id_token, key, algorithms=[header["alg"]]).claims
        except (JoseError, ValueError, RecursionError):
            continue
    raise IdTokenRefused("signature")


def _candidates(header: Mapping[str, Any], keys: Mapping[str, Any]) -> Iterator[RSAKey | ECKey]:
    """The plan's keys that may have signed: right type, right use, the named one where a `kid` is given."""
    wanted = header.get("kid")
    for jwk in keys["keys"][:MOST_KEYS]:
        if not isinstance(jwk, dict) or jwk.get("kty") != ALGORITHMS[header["alg"]]:
            continue
        if jwk.get("use", "sig") != "sig" or jwk.get("alg", header["alg"]) != header["alg"]:
            continue
        if wanted is not None and jwk.get("kid") is not None and jwk["kid"] != wanted:
            continue
        try:
            yield RSAKey.import_key(jwk) if jwk["kty"] == "RSA" else ECKey.import_key(jwk)
        except (JoseError, ValueError, KeyError, TypeError):
            continue


def _check_parties(claims: Mapping[str, Any], *, issuer: str, client_id: str) -> None:
    if claims.get("iss") != issuer:
        raise IdTokenRefused("iss")
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise IdTokenRefused("sub")
    audience = claims.get("aud")
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or client_id not in audiences:
        raise IdTokenRefused("aud")
    if len(audiences) > 1 and "azp" not in claims:
        raise IdTokenRefused("azp")
    if "azp" in claims and claims["azp"] != client_id:
        raise IdTokenRefused("azp")


def _check_times(claims: Mapping[str, Any], *, now: float) -> None:
    if _moment(claims, "exp") <= now - LEEWAY_SECONDS:
        raise IdTokenRefused("exp")
    if _moment(claims, "iat") > now + LEEWAY_SECONDS:
        raise IdTokenRefused("iat")
    if "nbf" in claims and _moment(claims, "nbf") > now + LEEWAY_SECONDS:
        raise IdTokenRefused("nbf")


def _moment(claims: Mapping[str, Any], name: str) -> float:
    """A NumericDate in seconds; refuse texts, truths, infinities and numbers too large for a clock."""
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e12:
        raise IdTokenRefused(name)
    return float(value)


def _half_hash(access_token: str) -> str:
    """`at_hash`: the left half of SHA-256, base64url without padding (both our algorithms use SHA-256)."""
    half = hashlib.sha256(access_token.encode()).digest()[:16]
    return base64.urlsafe_b64encode(half).rstrip(b"=").decode()


def _same(value: object, expected: str) -> bool:
    return isinstance(value, str) and hmac.compare_digest(value.encode(), expected.encode())

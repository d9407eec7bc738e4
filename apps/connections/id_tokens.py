"""The id_token: verified in full or refused (OpenID Connect Core 1.0, section 3.1.3.7)."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from apps.connections import key_sets
from apps.connections.errors import IdTokenRefused, NonceMissing
from apps.plans.models import Plan

# Signatures we accept, with the key type each needs. `none` and shared-secret kinds are left out on purpose.
# RS256 is what every OpenID provider must offer, ES256 what newer ones use; no plan known signs otherwise.
ALGORITHMS: Final[dict[str, str]] = {"RS256": "RSA", "ES256": "EC"}
OTHER_ALGORITHM: Final = (
    "Register RS256 or ES256 there (id_token_signed_response_alg), or leave openid out of the plan's scopes "
    "(quirk scopes): members cannot sign in with it then"
)
LEEWAY_SECONDS: Final = 120
LONGEST: Final = 64 * 1024


def prove(
    plan: Plan,
    id_token: str,
    *,
    issuer: str,
    jwks_uri: str,
    nonce: str | None,
    access_token: str,
    now: datetime,
) -> dict[str, Any]:
    """Return the claims of a good id_token of this plan, with its keys from the cache where they are known.

    `nonce` None means none was sent (a refresh). Raises IdTokenRefused, or PlanBusy when there are no keys.
    """
    claims = _signed_claims_of(plan, id_token, jwks_uri=jwks_uri, now=now)
    check(
        claims,
        issuer=issuer,
        client_id=plan.client_id,
        trusted=audiences_of(plan),
        nonce=nonce,
        access_token=access_token,
        now=now,
    )
    return claims


def prove_userinfo(
    plan: Plan, text: str, *, issuer: str | None, jwks_uri: str | None, now: datetime
) -> dict[str, Any]:
    """The claims of a signed userinfo answer (OpenID Connect Core 5.3.2). Raises as `prove`."""
    if issuer is None or jwks_uri is None:
        raise IdTokenRefused("userinfo is signed, and no keys are known")
    claims = _signed_claims_of(plan, text, jwks_uri=jwks_uri, now=now)
    if claims.get("iss", issuer) != issuer:
        raise IdTokenRefused("userinfo iss")
    if "aud" in claims and plan.client_id not in _texts(claims["aud"]):
        raise IdTokenRefused("userinfo aud")
    return claims


def audiences_of(plan: Plan) -> frozenset[str]:
    """Audiences besides ourselves that an id_token may name: the plan's own data server, nobody else."""
    base = plan.fhir_base_url
    return frozenset(text for text in (base, base.rstrip("/"), plan.quirks.aud, plan.issuer) if text)


def check(
    claims: Mapping[str, Any],
    *,
    issuer: str,
    client_id: str,
    trusted: Collection[str],
    nonce: str | None,
    access_token: str,
    now: datetime,
) -> None:
    """Compare what a signed id_token says with what it must say; raise IdTokenRefused."""
    _check_parties(claims, issuer=issuer, client_id=client_id, trusted=trusted)
    _check_times(claims, now=now.timestamp())
    if nonce is not None and claims.get("nonce") is None:
        raise NonceMissing("the id_token has no nonce")
    if nonce is not None and not _same(claims.get("nonce"), nonce):
        raise IdTokenRefused("nonce")
    if "at_hash" in claims and not _same(claims["at_hash"], _half_hash(access_token)):
        raise IdTokenRefused("at_hash")


def _signed_claims_of(plan: Plan, token: str, *, jwks_uri: str, now: datetime) -> dict[str, Any]:
    """Signed by a key of the plan; a key it did not have before is asked for once (O-22)."""
    header = header_of(token)
    keys = key_sets.known(plan, jwks_uri, now=now)
    claims = signed_claims(token, header, keys.keys)
    if claims is None and not keys.is_new and _names_no_key_of(header, keys.keys):
        newer = key_sets.renewed(plan, jwks_uri, now=now)
        claims = signed_claims(token, header, newer.keys) if newer else None
    if claims is None:
        raise IdTokenRefused("signature")
    return claims


def _names_no_key_of(header: Mapping[str, Any], keys: Mapping[str, Any]) -> bool:
    """Whether the key is unknown: its name is not in the set, or it has none."""
    wanted = header.get("kid")
    return wanted is None or all(jwk.get("kid") != wanted for jwk in keys["keys"] if isinstance(jwk, dict))


def header_of(id_token: str) -> dict[str, Any]:
    """The header, before any trust: the algorithm must be on our list, keys inside the token are ignored."""
    try:
        part = id_token.split(".", 1)[0] if len(id_token) <= LONGEST else ""
        header = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        raise IdTokenRefused("malformed") from None
    alg = header.get("alg") if isinstance(header, dict) else None
    if not isinstance(alg, str) or alg not in ALGORITHMS:
        error = IdTokenRefused("alg")
        error.hint = OTHER_ALGORITHM
        raise error
    if "crit" in header:
        raise IdTokenRefused("crit")
    return dict(header)


def signed_claims(token: str, header: Mapping[str, Any], keys: Mapping[str, Any]) -> dict[str, Any] | None:
    """The claims when one of the keys signed them, else None."""
    for key in _candidates(header, keys):
        try:
            return jwt.decode(token, key, algorithms=[header["alg"]]).claims
        except (JoseError, ValueError, TypeError, RecursionError):
            continue
    return None


def _candidates(header: Mapping[str, Any], keys: Mapping[str, Any]) -> Iterator[RSAKey | ECKey]:
    """The plan's keys that may have signed: right type, right use, the named one where a `kid` is given."""
    wanted = header.get("kid")
    for jwk in keys["keys"][: key_sets.MOST_KEYS]:
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


def _check_parties(
    claims: Mapping[str, Any], *, issuer: str, client_id: str, trusted: Collection[str]
) -> None:
    if claims.get("iss") != issuer:
        raise IdTokenRefused("iss")
    if not isinstance(claims.get("sub"), str) or not claims["sub"]:
        raise IdTokenRefused("sub")
    audiences = _texts(claims.get("aud"))
    if client_id not in audiences:
        raise IdTokenRefused("aud")
    others = [audience for audience in audiences if audience != client_id]
    if others and "azp" not in claims:
        raise IdTokenRefused("azp")
    if any(other not in trusted for other in others):
        raise IdTokenRefused("aud: an audience we do not trust")
    if "azp" in claims and claims["azp"] != client_id:
        raise IdTokenRefused("azp")


def _texts(audience: object) -> list[str]:
    """`aud` as a list; [] for what is neither a text nor a list of texts."""
    audiences = [audience] if isinstance(audience, str) else audience
    if not isinstance(audiences, list) or not all(
        isinstance(audience_text, str) for audience_text in audiences
    ):
        return []
    return audiences


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
    return isinstance(value, str) and hmac.compare_digest(
        value.encode(errors="surrogatepass"), expected.encode()
    )

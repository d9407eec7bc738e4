"""The id token: who signed in, signed RS256 (OpenID Connect Core)."""

import time
from typing import Any

from authlib.oidc.core.grants import OpenIDCode
from authlib.oidc.core.util import create_half_hash
from joserfc import jwt

from apps.demo_payer.server import place
from apps.demo_payer.server.addresses import fhir_base, issuer
from apps.demo_payer.server.asked import Asked
from apps.demo_payer.server.models import Account

LIFE_SECONDS = 3600


class IdToken(OpenIDCode):  # type: ignore[misc]
    """Adds `id_token` to the token answer when `openid` was granted and the payer sends any."""

    def exists_nonce(self, nonce: str, request: Asked) -> bool:
        """Let a nonce come twice: going back from the consent page repeats it; its check is the client's."""
        del nonce, request
        return False

    def process_token(self, grant: Any, response: Any) -> dict[str, Any]:
        """Answer the token request with an id token beside the rest."""
        token: dict[str, Any] = response[1]
        asked: Asked = grant.request
        if asked.personality.paths.jwks and "openid" in token["scope"].split():
            code = asked.authorization_code
            more = {"auth_time": code.get_auth_time()} | ({"nonce": code.nonce} if code.nonce else {})
            token["id_token"] = _written(asked, asked.user, token, more)
        return token


def _written(asked: Asked, account: Account, token: dict[str, Any], more: dict[str, Any]) -> str:
    """Return the id token that goes with `token`."""
    key = place.signing_key()
    now = int(time.time())
    scope = token["scope"].split()
    half = create_half_hash(token["access_token"], "RS256")
    claims: dict[str, Any] = {
        "iss": issuer(asked.http),
        "sub": account.patient_id,
        "aud": asked.client.client_id,
        "iat": now,
        "exp": now + LIFE_SECONDS,
        "at_hash": half.decode() if half else "",
        **more,
    }
    if "fhirUser" in scope:
        claims["fhirUser"] = f"{fhir_base(asked.http)}/Patient/{account.patient_id}"
    if "profile" in scope:
        claims["name"] = account.name
    header = {"alg": "RS256", "typ": "JWT", "kid": str(key.kid)}
    return jwt.encode(header, claims, key, algorithms=["RS256"])

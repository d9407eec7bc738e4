"""The id token: who signed in, signed RS256 with the key in the payer's folder (OpenID Connect Core)."""

import time
from typing import Any

from authlib.oauth2.rfc6749 import OAuth2Request
from authlib.oidc.core.grants import OpenIDCode
from joserfc.jwk import RSAKey

from apps.demo_payer.server import place
from apps.demo_payer.server.addresses import fhir_base, origin_of
from apps.demo_payer.server.models import Account, Client

LIFE_SECONDS = 3600


class IdToken(OpenIDCode):  # type: ignore[misc]
    """Adds `id_token` to the token answer when `openid` was granted."""

    def exists_nonce(self, nonce: str, request: OAuth2Request) -> bool:
        """Let a nonce come twice: going back from the consent page repeats it; its check is the client's."""
        del nonce, request
        return False

    def resolve_client_private_key(self, client: Client) -> RSAKey:
        """Return the one signing key."""
        del client
        return place.signing_key()

    def get_encode_header(self, client: Client) -> dict[str, str]:
        """Name the key, so that clients can pick it from the JWKS."""
        del client
        return {"alg": "RS256", "typ": "JWT", "kid": str(place.signing_key().kid)}

    def get_compatible_claims(self, request: OAuth2Request) -> dict[str, Any]:
        """Return issuer, audience and times; Authlib adds nonce, auth_time and at_hash."""
        now = int(time.time())
        issuer = origin_of(request.uri)
        claims = {"iss": issuer, "aud": request.client.client_id, "iat": now, "exp": now + LIFE_SECONDS}
        if "fhirUser" in request.authorization_code.scope.split():
            claims["fhirUser"] = f"{fhir_base(issuer)}/Patient/{request.user.patient_id}"
        return claims

    def generate_user_info(self, user: Account, scope: str) -> dict[str, str]:
        """Return the subject, and the name when `profile` was granted."""
        known = {"sub": user.patient_id}
        return known | {"name": user.name} if "profile" in scope.split() else known

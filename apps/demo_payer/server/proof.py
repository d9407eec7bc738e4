"""What an authorization request must bring along: PKCE (RFC 7636), SMART's `aud`, scopes."""

from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError, InvalidScopeError
from authlib.oauth2.rfc7636 import CodeChallenge

from apps.demo_payer.server import scopes
from apps.demo_payer.server.addresses import fhir_base
from apps.demo_payer.server.asked import Asked


class ProofKey(CodeChallenge):  # type: ignore[misc]
    """PKCE as the personality wants it; the standard one takes S256 only (RFC 9700 section 2.1.1)."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]

    def validate_code_challenge(self, grant: Any, redirect_uri: str | None) -> None:
        """Refuse what Authlib lets pass: no challenge, or a method left to its default, plain."""
        asked: Asked = grant.request
        personality, parameters = asked.personality, asked.payload.data
        if personality.pkce == "ignored":
            return
        if not parameters.get("code_challenge"):
            if personality.pkce == "required":
                raise InvalidRequestError("code_challenge is required.")
            return
        if parameters.get("code_challenge_method") != "S256":
            raise InvalidRequestError("code_challenge_method must be S256.")
        super().validate_code_challenge(grant, redirect_uri)

    def validate_code_verifier(self, grant: Any, result: Any) -> None:
        """Compare verifier and challenge, unless this payer has never heard of either."""
        if grant.request.personality.pkce != "ignored":
            super().validate_code_verifier(grant, result)


class Demands:
    """What else the personality checks in an authorization request, and what it leaves out of the grant."""

    def __call__(self, grant: Any) -> None:
        """Add the checks to an authorization request."""
        grant.register_hook("after_validate_authorization_request_payload", self.check)

    def check(self, grant: Any, redirect_uri: str | None) -> None:
        """Raise invalid_request or invalid_scope; else narrow `request.scope` to what may be granted."""
        del redirect_uri
        asked: Asked = grant.request
        personality, parameters = asked.personality, asked.payload.data
        # SMART App Launch 2.2: where `aud` is sent, it must be exactly this server's FHIR base.
        if parameters.get("aud", "") not in {"", fhir_base(asked.http)}:
            raise InvalidRequestError("aud is not the FHIR base address of this server.")
        if unknown := scopes.refused(parameters.get("scope", ""), personality):
            raise InvalidScopeError(f"Scopes must be explicitly declared; not supported: {unknown}")
        asked.scope = scopes.granted(asked.scope, personality)
        if not asked.scope:
            raise InvalidScopeError()

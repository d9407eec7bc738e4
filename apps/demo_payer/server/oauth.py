"""The authorization server: Authlib's grants with this payer's rules (RFC 6749, 7636, 7009, 7523, 9207)."""

from datetime import timedelta
from typing import Any

from authlib.common.security import generate_token
from authlib.integrations.django_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from django.http import HttpRequest
from django.utils import timezone

from apps.demo_payer.server import assertions
from apps.demo_payer.server.asked import Asked
from apps.demo_payer.server.grants import CodeGrant, RefreshGrant, Revocation
from apps.demo_payer.server.id_token import IdToken
from apps.demo_payer.server.models import Account, Client, Code, Permission, Token, digest
from apps.demo_payer.server.proof import Demands, ProofKey


class Server(AuthorizationServer):  # type: ignore[misc]
    """Authlib's server on this payer's tables."""

    def create_oauth2_request(self, request: HttpRequest) -> Asked:
        """Return the request as its personality sees it."""
        return Asked(request)

    def save_token(self, token: dict[str, Any], request: Asked) -> Token:
        """Keep the digests of an answer, in the family of the code or the refresh token it was given for."""
        now = timezone.now()
        code: Code | None = request.authorization_code
        if code is not None:
            permission = Permission.objects.create(
                client=request.client,
                account=request.user,
                played=request.personality.name,
                scope=code.scope,
                given_at=now,
            )
            code.permission = permission
            code.save(update_fields=["permission"])
        else:
            permission = request.refresh_token.permission
        return Token.objects.create(
            permission=permission,
            access_digest=digest(token["access_token"]),
            refresh_digest=digest(token["refresh_token"]) if "refresh_token" in token else None,
            scope=token["scope"],
            issued_at=now,
            expires_at=now + timedelta(seconds=request.personality.access_seconds),
        )

    def authenticate_client(self, request: Asked, methods: list[str], endpoint: str = "token") -> Client:
        """Take the personality's methods only; an unreadable Basic header is a wrong client."""
        methods_taken = [method for method in methods if method in request.personality.token_auth]
        try:
            client: Client = super().authenticate_client(request, methods_taken, endpoint)
        except ValueError as error:
            raise InvalidClientError("The client credentials cannot be read.", status_code=401) from error
        return client


def consent_grant(request: HttpRequest, account: Account | None) -> Any:
    """Return the checked authorization request (Authlib's grant).

    Raises OAuth2Error: with `redirect_uri` when the client may be told there, without when only the
    person in front of the page may be told.
    """
    try:
        return server.get_consent_grant(request, end_user=account)
    except ValueError as error:  # Authlib refuses to quote characters RFC 6749 forbids in a description
        raise InvalidRequestError("The request holds characters that are not allowed.") from error


def _new_token(*args: Any, **kwargs: Any) -> str:
    del args, kwargs
    return str(generate_token(48))


def _build() -> Server:
    built = Server(Client, Token)
    # The life said here is the personality's: see CodeGrant and `answers`.
    built.register_token_generator("default", BearerTokenGenerator(_new_token, _new_token, 1))
    built.register_client_auth_method("private_key_jwt", assertions.authenticate)
    built.register_grant(CodeGrant, [ProofKey(required=True), Demands(), IdToken()])
    built.register_grant(RefreshGrant)
    built.register_endpoint(Revocation)
    return built


server = _build()

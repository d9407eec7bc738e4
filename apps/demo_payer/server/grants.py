"""The two token requests and revocation, as the personality handles them (RFC 6749, 7009, 9700)."""

from datetime import timedelta
from typing import Any

from authlib.integrations.django_oauth2 import RevocationEndpoint
from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError, grants
from django.utils import timezone

from apps.demo_payer.server import answers
from apps.demo_payer.server.asked import Asked
from apps.demo_payer.server.models import Account, Client, Code, Token, digest

AUTH_METHODS = ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"]
_CODE_LIFE = timedelta(minutes=5)
Answer = tuple[int, dict[str, Any], list[tuple[str, str]]]


class CodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc]
    """Authorization code: single use; a second use ends the permission it gave (RFC 6749 section 4.1.2)."""

    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS

    @staticmethod
    def validate_authorization_redirect_uri(request: Asked, client: Client) -> str:
        """Return the exact registered address; the error carries none, so it is shown, not redirected."""
        uri = request.payload.redirect_uri
        if not uri or not client.check_redirect_uri(uri):
            raise InvalidRequestError("redirect_uri is missing or not registered for this client.")
        return str(uri)

    def save_authorization_code(self, code: str, request: Asked) -> None:
        """Keep what the token request will be compared with."""
        now = timezone.now()
        ignored = request.personality.pkce == "ignored"
        parameters = request.payload.data
        Code.objects.create(
            digest=digest(code),
            client=request.client,
            account=request.user,
            played=request.personality.name,
            redirect_uri=request.payload.redirect_uri,
            scope=" ".join(name for name in request.scope.split() if name not in request.declined),
            nonce=parameters.get("nonce", ""),
            code_challenge="" if ignored else parameters.get("code_challenge", ""),
            code_challenge_method=parameters.get("code_challenge_method", "plain"),
            issued_at=now,
            expires_at=now + _CODE_LIFE,
        )

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        """Return a code that is this client's and this payer's, fresh and unused."""
        now = timezone.now()
        row = (
            Code.objects.select_related("account", "permission")
            .filter(digest=digest(code), client=client, played=self.request.personality.name)
            .first()
        )
        if row and row.permission:
            row.permission.end(because="code used twice", now=now)
        return row if row and not row.permission and row.expires_at > now else None

    def authenticate_user(self, authorization_code: Code) -> Account:
        """Return who allowed this."""
        return authorization_code.account

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """Keep the row: save_token marked it used, and a replay must be noticed."""

    def generate_token(
        self, *, scope: str, include_refresh_token: bool = True, **rest: Any
    ) -> dict[str, Any]:
        """Add a refresh token only when the member allowed lasting access and the payer gives it."""
        lasting = include_refresh_token and answers.is_lasting(self.request.personality, scope)
        return dict(super().generate_token(scope=scope, include_refresh_token=lasting, **rest))

    def create_token_response(self) -> Answer:
        """Shape the answer as this payer does."""
        return answers.shaped(super().create_token_response(), self.request, is_refresh=False)


class RefreshGrant(grants.RefreshTokenGrant):  # type: ignore[misc]
    """Refresh: tokens rotate, and a spent one that comes back ends the family (RFC 9700 section 4.14.2)."""

    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Token | None:
        """Return the row of an unspent refresh token of a living permission of this client."""
        personality, now = self.request.personality, timezone.now()
        row = Token.objects.with_refresh(refresh_token, personality.name)
        if row is None or row.is_revoked() or not row.check_client(self.request.client):
            return None
        if row.spent_at is not None:
            if personality.replay_ends_all:
                row.permission.end(because="refresh token used twice", now=now)
            return None
        return row

    def authenticate_user(self, refresh_token: Token) -> Account:
        """Return who allowed this."""
        return refresh_token.permission.account

    def revoke_old_credential(self, refresh_token: Token) -> None:
        """Mark the refresh token spent; its access token runs out by itself."""
        refresh_token.spent_at = timezone.now()
        refresh_token.save(update_fields=["spent_at"])

    def create_token_response(self) -> Answer:
        """Shape the answer as this payer does."""
        return answers.shaped(super().create_token_response(), self.request, is_refresh=True)


class Revocation(RevocationEndpoint):  # type: ignore[misc]
    """RFC 7009: revoking either token of a permission ends all of it."""

    CLIENT_AUTH_METHODS = AUTH_METHODS

    def authenticate_token(self, request: Asked, client: Client) -> Token | None:
        """Find the token whatever the hint says; an unknown one is answered 200 (section 2.2)."""
        self.check_params(request, client)
        secret, played = request.form["token"], request.personality.name
        token = Token.objects.with_access(secret, played) or Token.objects.with_refresh(secret, played)
        if token and not token.check_client(client):
            raise InvalidGrantError()
        return token

    def revoke_token(self, token: Token, request: Asked) -> None:
        """End the permission."""
        del request
        token.permission.end(because="revoked by the app", now=timezone.now())

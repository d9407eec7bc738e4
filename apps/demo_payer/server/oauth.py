"""The authorization server: Authlib's grants with this payer's rules (RFC 6749, 7636, 7009, 9207, 9700)."""

from datetime import timedelta
from typing import Any

from authlib.common.security import generate_token
from authlib.integrations.django_oauth2 import AuthorizationServer, RevocationEndpoint
from authlib.oauth2.rfc6749 import InvalidClientError, InvalidRequestError, OAuth2Request, grants
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from authlib.oauth2.rfc7636 import CodeChallenge
from django.http import HttpRequest
from django.utils import timezone

from apps.demo_payer.server.addresses import fhir_base, origin_of
from apps.demo_payer.server.id_token import IdToken
from apps.demo_payer.server.models import Account, Client, Code, Permission, Token, digest

CODE_LIFE = timedelta(minutes=5)
ACCESS_SECONDS = 3600
AUTH_METHODS = ["client_secret_basic", "client_secret_post", "none"]


class ProofKey(CodeChallenge):  # type: ignore[misc]
    """PKCE, with S256 and nothing else, for every client (RFC 7636; RFC 9700 section 2.1.1)."""

    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]

    def validate_code_challenge(self, grant: Any, redirect_uri: str | None) -> None:
        """Refuse what Authlib lets pass: no challenge, or a method left to its default, plain."""
        data = grant.request.payload.data
        if not data.get("code_challenge"):
            raise InvalidRequestError("code_challenge is required.")
        if not data.get("code_challenge_method"):
            raise InvalidRequestError("code_challenge_method must be S256.")
        super().validate_code_challenge(grant, redirect_uri)


class Audience:
    """SMART's `aud`: when sent, it must be exactly this server's FHIR base (SMART App Launch 2.2)."""

    def __call__(self, grant: Any) -> None:
        """Add the check to an authorization request."""
        grant.register_hook("after_validate_authorization_request_payload", self.check)

    def check(self, grant: Any, redirect_uri: str | None) -> None:
        """Raise invalid_request for a token that was meant for another server."""
        del redirect_uri
        aud = grant.request.payload.data.get("aud")
        if aud and aud != fhir_base(origin_of(grant.request.uri)):
            raise InvalidRequestError("aud is not the FHIR base address of this server.")


class CodeGrant(grants.AuthorizationCodeGrant):  # type: ignore[misc]
    """Authorization code: single use; a second use ends the permission it gave (RFC 6749 section 4.1.2)."""

    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS

    @staticmethod
    def validate_authorization_redirect_uri(request: OAuth2Request, client: Client) -> str:
        """Return the exact registered address; the error carries none, so it is shown, not redirected."""
        uri = request.payload.redirect_uri
        if not uri or not client.check_redirect_uri(uri):
            raise InvalidRequestError("redirect_uri is missing or not registered for this client.")
        return str(uri)

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        """Keep what the token request will be compared with."""
        now = timezone.now()
        Code.objects.create(
            digest=digest(code),
            client=request.client,
            account=request.user,
            redirect_uri=request.payload.redirect_uri,
            scope=request.scope,
            nonce=request.payload.data.get("nonce", ""),
            code_challenge=request.payload.data["code_challenge"],
            issued_at=now,
            expires_at=now + CODE_LIFE,
        )

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        """Return a code that is this client's, fresh and unused."""
        now = timezone.now()
        row = (
            Code.objects.select_related("account", "permission")
            .filter(digest=digest(code), client=client)
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
        """Add a refresh token only when the member allowed lasting access."""
        lasting = include_refresh_token and "offline_access" in scope.split()
        return dict(super().generate_token(scope=scope, include_refresh_token=lasting, **rest))

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """Add SMART's launch context to the answer."""
        return _with_patient(super().create_token_response(), self.request)


class RefreshGrant(grants.RefreshTokenGrant):  # type: ignore[misc]
    """Refresh with rotation; a spent token that comes back ends the family (RFC 9700 section 4.14.2)."""

    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> Token | None:
        """Return the row of an unspent refresh token of a living permission of this client."""
        row = Token.objects.with_refresh(refresh_token)
        if row is None or row.is_revoked() or not row.check_client(self.request.client):
            return None
        if row.spent_at is not None:
            row.permission.end(because="refresh token used twice", now=timezone.now())
            return None
        return row

    def authenticate_user(self, refresh_token: Token) -> Account:
        """Return who allowed this."""
        return refresh_token.permission.account

    def revoke_old_credential(self, refresh_token: Token) -> None:
        """Mark the refresh token spent; its access token runs out by itself."""
        refresh_token.spent_at = timezone.now()
        refresh_token.save(update_fields=["spent_at"])

    def create_token_response(self) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
        """Repeat SMART's launch context in the answer."""
        return _with_patient(super().create_token_response(), self.request)


class Revocation(RevocationEndpoint):  # type: ignore[misc]
    """RFC 7009: revoking either token of a permission ends all of it."""

    CLIENT_AUTH_METHODS = AUTH_METHODS

    def query_token(self, token: str, token_type_hint: str | None) -> Token | None:
        """Find the token whatever the hint says; an unknown one is answered 200 (section 2.2)."""
        del token_type_hint
        return Token.objects.with_access(token) or Token.objects.with_refresh(token)

    def revoke_token(self, token: Token, request: OAuth2Request) -> None:
        """End the permission."""
        del request
        token.permission.end(because="revoked by the app", now=timezone.now())


class Server(AuthorizationServer):  # type: ignore[misc]
    """Authlib's server on this payer's tables."""

    def save_token(self, token: dict[str, Any], request: OAuth2Request) -> Token:
        """Keep the digests of an answer, in the family of the code or the refresh token it was given for."""
        now = timezone.now()
        code: Code | None = request.authorization_code
        if code is not None:
            permission = Permission.objects.create(
                client=request.client, account=request.user, scope=code.scope, given_at=now
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
            expires_at=now + timedelta(seconds=token["expires_in"]),
        )

    def authenticate_client(
        self, request: OAuth2Request, methods: list[str], endpoint: str = "token"
    ) -> Client:
        """Answer an undecodable Basic header as a wrong client, not as a fault of ours."""
        try:
            client: Client = super().authenticate_client(request, methods, endpoint)
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


def _with_patient(
    answer: tuple[int, dict[str, Any], list[tuple[str, str]]], request: OAuth2Request
) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
    status, token, headers = answer
    if "launch/patient" in token.get("scope", "").split():
        token["patient"] = request.user.patient_id
    return status, token, headers


def _new_token(*args: Any, **kwargs: Any) -> str:
    del args, kwargs
    return str(generate_token(48))


def _build() -> Server:
    built = Server(Client, Token)
    built.register_token_generator(
        "default", BearerTokenGenerator(_new_token, _new_token, lambda *_: ACCESS_SECONDS)
    )
    built.register_grant(CodeGrant, [ProofKey(required=True), Audience(), IdToken()])
    built.register_grant(RefreshGrant)
    built.register_endpoint(Revocation)
    return built


server = _build()

"""The payer's tables: who may sign in, which apps are registered, what members allowed, and the records."""

import hashlib
import hmac
import re
from datetime import datetime
from typing import ClassVar

from authlib.oauth2.rfc6749 import ClientMixin, TokenMixin
from authlib.oidc.core import AuthorizationCodeMixin
from django.db import models
from django.utils import timezone

from apps.demo_payer.personalities import STANDARD
from apps.demo_payer.server import scopes


def digest(secret: str) -> str:
    """Return what is stored of a code, token or client secret: its SHA-256 as hex, never the value."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Account(models.Model):
    """A person who can sign in, and the one patient they are."""

    username = models.CharField(max_length=150, unique=True)
    patient_id = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=200)
    story = models.TextField(blank=True)

    objects: ClassVar[models.Manager["Account"]] = models.Manager()

    class Meta:
        app_label = "harborlight"
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.username


class Client(ClientMixin, models.Model):  # type: ignore[misc]
    """A registered app (RFC 6749 section 2); the methods are what Authlib asks of it."""

    client_id = models.CharField(max_length=100, unique=True)
    name = models.CharField(max_length=100)
    secret_digest = models.CharField(max_length=64, blank=True)
    redirect_uris = models.JSONField(default=list)
    jwks_uri = models.TextField(blank=True)
    jwks = models.JSONField(default=dict)
    auth_methods = models.JSONField(default=list)

    objects: ClassVar[models.Manager["Client"]] = models.Manager()

    class Meta:
        app_label = "harborlight"

    def __str__(self) -> str:
        return self.client_id

    def get_client_id(self) -> str:
        """Return the id, which is also the audience of id tokens."""
        return self.client_id

    def get_default_redirect_uri(self) -> None:
        """Return none: a request must say where it wants to go (RFC 9700 section 4.1)."""

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """Return the asked scopes this payer knows; None, an error, when not one is left."""
        return scopes.grantable(scope or "") or None

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        """Compare as exact strings (RFC 9700 section 4.1.3): registered, or one door below that."""
        below, _, door = redirect_uri.rpartition("/")
        is_door = bool(re.fullmatch("[a-z0-9-]+", door)) and below in self.redirect_uris
        return is_door or redirect_uri in self.redirect_uris

    def check_client_secret(self, client_secret: str) -> bool:
        """Compare in constant time; a public client has no secret that fits."""
        return bool(self.secret_digest) and hmac.compare_digest(self.secret_digest, digest(client_secret))

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Allow the registered ways to authenticate, the same at every endpoint."""
        del endpoint
        return method in self.auth_methods

    def check_response_type(self, response_type: str) -> bool:
        """Allow the code flow only."""
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        """Allow exchanging a code and refreshing."""
        return grant_type in {"authorization_code", "refresh_token"}


class Permission(models.Model):
    """What one member allowed one app: the family of all tokens that grew from one consent."""

    client: models.ForeignKey[Client, Client] = models.ForeignKey(
        Client, models.CASCADE, related_name="permissions"
    )
    account: models.ForeignKey[Account, Account] = models.ForeignKey(
        Account, models.CASCADE, related_name="permissions"
    )
    played = models.CharField(max_length=60, default=STANDARD.name)  # which of the payers here gave it
    scope = models.TextField()
    given_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_because = models.CharField(max_length=40, blank=True)

    objects: ClassVar[models.Manager["Permission"]] = models.Manager()

    class Meta:
        app_label = "harborlight"

    def __str__(self) -> str:
        return f"permission {self.pk}"

    def end(self, *, because: str, now: datetime) -> None:
        """Kill every token of the family, once; the first reason stays."""
        if self.ended_at is None:
            self.ended_at, self.ended_because = now, because
            self.save(update_fields=["ended_at", "ended_because"])


class Code(AuthorizationCodeMixin, models.Model):  # type: ignore[misc]
    """An authorization code; it stays after its use, so that a second use is noticed."""

    digest = models.CharField(max_length=64, unique=True)
    client: models.ForeignKey[Client, Client] = models.ForeignKey(Client, models.CASCADE)
    account: models.ForeignKey[Account, Account] = models.ForeignKey(Account, models.CASCADE)
    played = models.CharField(max_length=60, default=STANDARD.name)  # which of the payers here gave it
    redirect_uri = models.TextField()
    scope = models.TextField()
    nonce = models.TextField(blank=True)
    code_challenge = models.CharField(max_length=128, blank=True)
    code_challenge_method = models.CharField(max_length=10, default="S256")
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    permission: models.OneToOneField[Permission | None, Permission | None] = models.OneToOneField(
        Permission, models.CASCADE, null=True
    )

    objects: ClassVar[models.Manager["Code"]] = models.Manager()

    class Meta:
        app_label = "harborlight"

    def __str__(self) -> str:
        return f"code {self.pk}"

    def get_redirect_uri(self) -> str:
        """Return the address the token request must repeat."""
        return self.redirect_uri

    def get_scope(self) -> str:
        """Return what the member allowed."""
        return self.scope

    def get_nonce(self) -> str:
        """Return the nonce to echo in the id token, or an empty string."""
        return self.nonce

    def get_auth_time(self) -> int:
        """Return when the member answered, in seconds since 1970."""
        return int(self.issued_at.timestamp())


class TokenManager(models.Manager["Token"]):
    """Finds tokens by the secrets clients present."""

    def with_access(self, secret: str, played: str) -> "Token | None":
        """Return the token with this access token, dead or alive, if this payer gave it."""
        return self._of(played).filter(access_digest=digest(secret)).first()

    def with_refresh(self, secret: str, played: str) -> "Token | None":
        """Return the token with this refresh token, spent or not, if this payer gave it."""
        return self._of(played).filter(refresh_digest=digest(secret)).first()

    def _of(self, played: str) -> "models.QuerySet[Token]":
        rows = self.filter(permission__played=played)
        return rows.select_related("permission__client", "permission__account")


class Token(TokenMixin, models.Model):  # type: ignore[misc]
    """One answer of the token endpoint: an access token, and perhaps the refresh token beside it."""

    permission: models.ForeignKey[Permission, Permission] = models.ForeignKey(
        Permission, models.CASCADE, related_name="tokens"
    )
    access_digest = models.CharField(max_length=64, unique=True)
    refresh_digest = models.CharField(max_length=64, unique=True, null=True)  # noqa: DJ001 - unique, and often none
    scope = models.TextField()
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    spent_at = models.DateTimeField(null=True)  # when the refresh token was exchanged for the next

    objects: ClassVar[TokenManager] = TokenManager()

    class Meta:
        app_label = "harborlight"

    def __str__(self) -> str:
        return f"token {self.pk}"

    def check_client(self, client: Client) -> bool:
        """Tell whether this token was issued to that client."""
        return bool(self.permission.client.pk == client.pk)

    def get_scope(self) -> str:
        """Return the scope a refresh may ask at most: the permission's (RFC 6749 section 6)."""
        return self.permission.scope

    def is_expired(self) -> bool:
        """Tell whether the access token's time is over."""
        return self.expires_at <= timezone.now()

    def is_revoked(self) -> bool:
        """Tell whether the family is dead."""
        return self.permission.ended_at is not None


class Resource(models.Model):
    """One FHIR resource: its JSON text as it came, and what searches look at."""

    type = models.CharField(max_length=64)
    fhir_id = models.CharField(max_length=200)
    patient_id = models.CharField(max_length=200, blank=True)  # empty: in nobody's compartment
    last_updated_at = models.DateTimeField()
    service_from_at = models.DateTimeField(null=True)
    service_until_at = models.DateTimeField(null=True)  # exclusive
    kinds = models.TextField(blank=True)  # the codings of `type`, one "system|code" per line
    terms = models.JSONField(default=dict)  # what the other parameters look at: see search_elements.terms
    body = models.BinaryField()

    objects: ClassVar[models.Manager["Resource"]] = models.Manager()

    class Meta:
        app_label = "harborlight"
        constraints = [models.UniqueConstraint(fields=["type", "fhir_id"], name="harborlight_resource_once")]
        indexes = [
            models.Index(fields=["type", "patient_id", "id"], name="harborlight_by_patient"),
            models.Index(fields=["type", "patient_id", "last_updated_at"], name="harborlight_by_change"),
        ]

    def __str__(self) -> str:
        return f"{self.type}/{self.fhir_id}"


class Load(models.Model):
    """What is loaded now: one row, whose fingerprint tells whether to load again."""

    fingerprint = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()

    objects: ClassVar[models.Manager["Load"]] = models.Manager()

    class Meta:
        app_label = "harborlight"

    def __str__(self) -> str:
        return self.fingerprint

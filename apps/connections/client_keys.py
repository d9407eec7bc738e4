"""Our own signing keys for plans that want `private_key_jwt`: making, publishing, rotating."""

import json
import secrets
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Self

from django.db import IntegrityError, models, transaction
from django.db.models import Q
from joserfc import jwk, jwt
from joserfc.jwk import ECKey, KeyParameters, RSAKey

from apps.vault.boxes import house_box

# Plans keep our key set in a cache: a key is there a day before it signs, and two days after it stopped.
PUBLISHED_BEFORE: Final = timedelta(hours=24)
PUBLISHED_AFTER: Final = timedelta(hours=48)
RSA_BITS: Final = 3072
CURVE: Final = "P-384"
ALGS: Final = ("RS384", "ES384")
ASSERTION_SECONDS: Final = 240  # from its date to its end: SMART App Launch 2.2 allows five minutes
CLOCKS_SECONDS: Final = 60
"""So much earlier a proof is dated: a plan whose clock is behind ours by less takes none for a future one."""


class ClientKeyQuerySet(models.QuerySet["ClientKey"]):
    """Questions asked about keys."""

    def in_use(self) -> Self:
        """The newest key of each algorithm: it signs, or will once plans know it."""
        return self.filter(publish_until__isnull=True)

    def published(self, *, now: datetime) -> Self:
        """Keys in /app/jwks.json: those in use, those about to be, and those just retired."""
        return self.filter(Q(publish_until__isnull=True) | Q(publish_until__gt=now))

    def signing(self, *, alg: str, now: datetime) -> Self:
        """Keys that may sign now, the newest first."""
        return self.published(now=now).filter(alg=alg, sign_from__lte=now).order_by("-sign_from", "-id")


class ClientKey(models.Model):
    """One key pair: the private half sealed for the house, the public half published at /app/jwks.json."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kid = models.CharField(max_length=64, unique=True)
    alg = models.CharField(max_length=10)
    sealed_private_jwk = models.BinaryField()
    public_jwk = models.JSONField()
    created_at = models.DateTimeField()
    sign_from = models.DateTimeField(help_text="Published before it signs, so that plans know it by then.")
    publish_until = models.DateTimeField(null=True, blank=True, help_text="Empty: in use.")

    objects = ClientKeyQuerySet.as_manager()

    class Meta:
        """The two algorithms of SMART App Launch 2.2."""

        verbose_name = "signing key"
        verbose_name_plural = "signing keys"
        constraints = [
            models.CheckConstraint(condition=Q(alg__in=["RS384", "ES384"]), name="client_key_alg_known"),
            # Processes that start at once make one key.
            models.UniqueConstraint(
                fields=["alg"], condition=Q(publish_until__isnull=True), name="client_key_one_in_use"
            ),
        ]

    def __str__(self) -> str:
        return self.kid


@dataclass(frozen=True)
class SigningKey:
    """A key ready to sign: its name, its algorithm, and both halves as a JWK (RFC 7517)."""

    kid: str
    alg: str
    private_jwk: dict[str, Any] = field(repr=False)


def signing_key(*, alg: str, now: datetime) -> SigningKey:
    """The key that signs now; the first one is made on first use and signs at once.

    Raises vault SealBroken when the stored key was tampered with.
    """
    row = ClientKey.objects.signing(alg=alg, now=now).first() or _first(alg=alg, now=now)
    private = json.loads(house_box().open(row, "sealed_private_jwk"))
    return SigningKey(kid=row.kid, alg=row.alg, private_jwk=private)


def assertion(*, alg: str, client_id: str, audience: str, now: datetime) -> str:
    """A signed proof of who we are, good once and for three minutes (RFC 7523 section 3; O-07).

    `audience` is the plan's token URL, also where the proof goes to its revocation endpoint.
    """
    key = signing_key(alg=alg, now=now)
    issued = int(now.timestamp()) - CLOCKS_SECONDS
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "iat": issued,
        "exp": issued + ASSERTION_SECONDS,
        "jti": secrets.token_urlsafe(24),
    }
    header = {"typ": "JWT", "alg": key.alg, "kid": key.kid}
    return jwt.encode(header, claims, jwk.import_key(key.private_jwk), algorithms=[key.alg])


def jwks(*, now: datetime) -> dict[str, list[dict[str, Any]]]:
    """The public key set (RFC 7517 section 5): nothing private, the newest first.

    It is never empty: a payer may take our keys before any of its members connects, so whoever asks first
    makes the first key of each algorithm.
    """
    rows = list(ClientKey.objects.published(now=now))
    rows += [_first(alg=alg, now=now) for alg in ALGS if alg not in {row.alg for row in rows}]
    rows.sort(key=lambda row: (-row.sign_from.timestamp(), row.kid))
    return {"keys": [row.public_jwk for row in rows]}


def rotate(*, alg: str, now: datetime) -> ClientKey:
    """Publish a new key that signs from tomorrow on; the old ones stay published for two days after that.

    Safe to repeat: a key that already waits for its turn is returned and nothing changes. Where there was
    none, the new one signs at once.
    """
    try:
        with transaction.atomic():
            return _successor(alg=alg, now=now)
    except IntegrityError:  # another process was first
        return ClientKey.objects.in_use().get(alg=alg)


def _successor(*, alg: str, now: datetime) -> ClientKey:
    current = ClientKey.objects.in_use().select_for_update().filter(alg=alg).first()
    if current is None:
        return _saved(_made(alg=alg, now=now, sign_from=now))
    if current.sign_from > now:
        return current
    new = _made(alg=alg, now=now, sign_from=now + PUBLISHED_BEFORE)
    current.publish_until = new.sign_from + PUBLISHED_AFTER
    current.save(update_fields=["publish_until"])
    return _saved(new)


def _first(*, alg: str, now: datetime) -> ClientKey:
    """The first key of an algorithm, which signs at once: one, however many processes make it just now."""
    key = _made(alg=alg, now=now, sign_from=now)
    try:
        with transaction.atomic():
            return _saved(key)
    except IntegrityError:  # another process was first: its key is the one
        return ClientKey.objects.in_use().get(alg=alg)


def _saved(key: ClientKey) -> ClientKey:
    key.save(force_insert=True)
    return key


def _made(*, alg: str, now: datetime, sign_from: datetime) -> ClientKey:
    """A new key pair, not stored yet; `kid` says nothing and cannot be guessed."""
    if alg not in ALGS:
        raise ValueError(f"not an algorithm we sign with: {alg}")
    about: KeyParameters = {"kid": secrets.token_urlsafe(18), "alg": alg, "use": "sig"}
    is_curve = alg == "ES384"
    key = ECKey.generate_key(CURVE, about) if is_curve else RSAKey.generate_key(RSA_BITS, about)
    row = ClientKey(
        kid=about["kid"],
        alg=alg,
        public_jwk=key.as_dict(private=False),
        created_at=now,
        sign_from=sign_from,
    )
    private = json.dumps(key.as_dict(private=True)).encode()
    row.sealed_private_jwk = house_box().seal(row, "sealed_private_jwk", private)
    return row

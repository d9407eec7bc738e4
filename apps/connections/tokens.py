"""Tokens: read tolerantly from a plan's answer, kept only sealed, never printed."""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Self

from apps.connections.errors import PlanAnswerUnreadable
from apps.connections.models import Connection
from apps.vault.boxes import Box
from config.fhir_types import person_type

LONGEST_LIFE: Final = timedelta(
    days=366
)  # an `expires_in` of 1e12 means "long", not a year no calendar knows
LONGEST_PERMISSION: Final = timedelta(days=100 * 366)
LONGEST_TOKEN: Final = 16 * 1024
TOKEN: Final = re.compile(
    r"[\x21-\x7e]+"
)  # it goes into a header: printable, no blanks (RFC 6750 section 2.1)
BEARER: Final = ("bearer", "bearertoken")
"""Types of token that are sent as Bearer: the second is what Apigee's gateways call it unless told not to."""
FHIR_ID: Final = re.compile(r"[A-Za-z0-9\-.]{1,64}")  # FHIR R4 id


APART: Final = re.compile(
    r"\s+|,\s*(?=(?:patient|user|system)/|(?:launch|openid|fhirUser|profile|o(?:n|ff)line_access)\b)"
)
"""Between scopes: blanks (RFC 6749 section 3.3), or commas, which may also stand in what narrows a scope."""


@dataclass(frozen=True)
class Tokens:
    """One token answer (RFC 6749 section 5.1, SMART App Launch 2.2 section 2.1.8).

    `scope` is None when the plan did not say (then it is what was asked); `lifetime` is None when unknown.
    `issuer` and `subject` come from the verified id_token of the first answer. `permission_ends_at` is when
    the plan says the whole permission ends, None when it does not say. `scopes_asked` is what we asked for.
    `is_vouched` when the issuer is one that may sign people in, and its own keys proved the subject.
    `bound_to` is where they may go: `binding` of the plan and the token address that issued them.
    """

    access_token: str = field(repr=False)
    refresh_token: str | None = field(default=None, repr=False)
    lifetime: timedelta | None = None
    scope: str | None = None
    patient: str | None = field(default=None, repr=False)
    id_token: str | None = field(default=None, repr=False)
    issuer: str | None = None
    subject: str | None = field(default=None, repr=False)
    permission_ends_at: datetime | None = None
    scopes_asked: str = ""
    is_vouched: bool = False
    bound_to: str = ""

    def expires_at(self, *, now: datetime) -> datetime | None:
        """When the access token ends, None when the plan did not say."""
        return now + self.lifetime if self.lifetime else None

    def after(self, earlier: Self) -> Self:
        """These tokens as the successors of `earlier`: what a refresh does not repeat stays as it was."""
        return replace(
            self,
            refresh_token=self.refresh_token or earlier.refresh_token,
            scope=self.scope or earlier.scope,
            issuer=earlier.issuer,
            subject=earlier.subject,
            permission_ends_at=self.permission_ends_at or earlier.permission_ends_at,
            scopes_asked=earlier.scopes_asked,
            is_vouched=earlier.is_vouched,
        )

    def to_bytes(self) -> bytes:
        """JSON, to be sealed at once. The id_token has done its work and is not kept."""
        kept = {
            "access_token": self.access_token,
            "refresh_token": self.refresh_token,
            "seconds": self.lifetime.total_seconds() if self.lifetime else None,
            "scope": self.scope,
            "issuer": self.issuer,
            "subject": self.subject,
            "scopes_asked": self.scopes_asked,
            "is_vouched": self.is_vouched,
            "bound_to": self.bound_to,
            "ends": self.permission_ends_at.isoformat() if self.permission_ends_at else None,
        }
        return json.dumps(kept).encode()

    @classmethod
    def from_bytes(cls, raw: bytes) -> Self:
        """The reverse of `to_bytes`."""
        kept = json.loads(raw)
        seconds, ends = kept.pop("seconds"), kept.pop("ends", None)
        return cls(
            lifetime=timedelta(seconds=seconds) if seconds else None,
            permission_ends_at=datetime.fromisoformat(ends) if ends else None,
            **kept,
        )


def read(answer: Mapping[str, Any], *, now: datetime) -> Tokens:
    """Read a plan's answer, given `now`; everything but the access token may be missing or odd (O-33).

    Raises PlanAnswerUnreadable without a usable access token, or when its type is not Bearer.
    """
    access_token = _token(answer.get("access_token"))
    if access_token is None:
        raise PlanAnswerUnreadable("no access_token")
    kind = answer.get("token_type")
    if kind is not None and not (isinstance(kind, str) and kind.strip().lower() in BEARER):
        raise PlanAnswerUnreadable("token_type is not Bearer")
    id_token = answer.get("id_token")
    return Tokens(
        access_token=access_token,
        refresh_token=_token(answer.get("refresh_token")),
        lifetime=_lifetime(answer.get("expires_in")),
        scope=_scope(answer.get("scope")),
        patient=patient_id(answer.get("patient")),
        id_token=id_token if isinstance(id_token, str) and id_token else None,
        permission_ends_at=_permission_ends_at(answer, now=now),
    )


def patient_id(value: object) -> str | None:
    """A FHIR id from ``123``, ``"123"`` or ``"Patient/123"``; None for everything else."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value).strip().removeprefix(f"{person_type()}/")
    return text if FHIR_ID.fullmatch(text) else None


def open_tokens(connection: Connection, box: Box) -> Tokens:
    """The connection's tokens in clear. Raises vault SealBroken."""
    tokens = Tokens.from_bytes(box.open(connection, "sealed_tokens"))
    return replace(tokens, bound_to=connection.bound_to)  # older ones do not say it themselves


def seal_tokens(connection: Connection, box: Box, tokens: Tokens) -> None:
    """Put the tokens on the row, bound to where they may go; the caller saves it."""
    connection.bound_to = tokens.bound_to
    connection.sealed_tokens = box.seal(connection, "sealed_tokens", tokens.to_bytes())


def _token(value: object) -> str | None:
    """A token without the blanks around it, which are none of it; None for what cannot go into a header."""
    text = value.strip() if isinstance(value, str) else ""
    return text if len(text) <= LONGEST_TOKEN and TOKEN.fullmatch(text) else None


def _lifetime(value: object) -> timedelta | None:
    """`expires_in`; None when it says nothing."""
    seconds = _seconds(value)
    return (timedelta(seconds=min(seconds, LONGEST_LIFE.total_seconds())) or None) if seconds else None


def _seconds(value: object) -> float | None:
    """A number of seconds above 0: int, float or text (Blue Button: 16768.523842); else None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) and seconds > 0 else None


def _permission_ends_at(answer: Mapping[str, Any], *, now: datetime) -> datetime | None:
    """When the whole permission ends: Blue Button's date, else how long the refresh token lives.

    A date that is over, or further away than anyone lives, says nothing: the permission was given just now.
    """
    ends = _moment(answer.get("access_grant_expiration"))
    for name in ("refresh_expires_in", "refresh_token_expires_in"):  # Keycloak; others
        seconds = _seconds(answer.get(name))
        if ends is None and seconds and seconds < LONGEST_PERMISSION.total_seconds():
            ends = now + timedelta(seconds=seconds)
    return ends if ends and now < ends < now + LONGEST_PERMISSION else None


def _moment(value: object) -> datetime | None:
    """A date and time as in ISO 8601, also with a blank for the `T`; without a zone it is UTC."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _scope(value: object) -> str | None:
    texts = [text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)]
    text = " ".join(word for word in APART.split(" ".join(texts)) if TOKEN.fullmatch(word))
    return text[:4000] or None

"""What a token answer holds beyond RFC 6749, and how this payer says it."""

from datetime import timedelta
from typing import Any

from apps.demo_payer.personalities import Personality
from apps.demo_payer.server.asked import Asked
from apps.demo_payer.server.models import Permission

_FRACTION = 0.523842  # as Blue Button's published sample has it


def is_lasting(personality: Personality, scope: str) -> bool:
    """Tell whether a refresh token goes with this scope."""
    return personality.gives_refresh and (
        not personality.refresh_needs_scope or "offline_access" in scope.split()
    )


def shaped(
    answer: tuple[int, dict[str, Any], list[tuple[str, str]]], asked: Asked, *, is_refresh: bool
) -> tuple[int, dict[str, Any], list[tuple[str, str]]]:
    """Return the answer as this payer words it."""
    status, token, headers = answer
    personality = asked.personality
    if personality.patient == "scoped" and "launch/patient" in token["scope"].split():
        token["patient"] = asked.user.patient_id
    if personality.patient == "refresh" and is_refresh:
        token["patient"] = asked.user.patient_id
    if personality.permission_days is not None:
        ends_at = _permission(asked).given_at + timedelta(days=personality.permission_days)
        token["access_grant_expiration"] = f"{ends_at:%Y-%m-%d %H:%M:%S}Z"
    token["expires_in"] = personality.access_seconds + (_FRACTION if personality.has_fractional_life else 0)
    return status, token, headers


def _permission(asked: Asked) -> Permission:
    source = asked.authorization_code or asked.refresh_token
    permission: Permission = source.permission
    return permission

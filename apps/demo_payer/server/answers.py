"""What a token answer holds beyond RFC 6749, and how oddly it says it."""

from datetime import timedelta
from typing import Any

from apps.demo_payer.personalities import Personality
from apps.demo_payer.server.asked import Asked
from apps.demo_payer.server.compartments import patients_of
from apps.demo_payer.server.models import Account, Permission

_FRACTION = 0.523842  # as Blue Button's published sample has it
_VAST = 10**12


def is_lasting(personality: Personality, scope: str) -> bool:
    """Tell whether a refresh token goes with this scope."""
    if personality.refresh == "none":
        return False
    return not personality.refresh_needs_scope or "offline_access" in scope.split()


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
    if personality.refresh_names == "other" and is_refresh:
        token["patient"] = _somebody_else(asked.user)
    if personality.permission_days is not None:
        ends_at = _permission(asked).given_at + timedelta(days=personality.permission_days)
        token["access_grant_expiration"] = f"{ends_at:%Y-%m-%d %H:%M:%S}Z"
    token["token_type"] = personality.token_type
    _say_life(token, personality)
    if not personality.says_scope:
        del token["scope"]
    return status, token, headers


def _say_life(token: dict[str, Any], personality: Personality) -> None:
    life = personality.access_seconds
    del token["expires_in"]
    said: dict[str, Any] = {
        "int": life,
        "float": life + _FRACTION,
        "text": str(life),
        "zero": 0,
        "negative": -1,
        "vast": _VAST,
    }
    if personality.expires_in in said:
        token["expires_in"] = said[personality.expires_in]


def _permission(asked: Asked) -> Permission:
    source = asked.authorization_code or asked.refresh_token
    permission: Permission = source.permission
    return permission


def _somebody_else(account: Account) -> str:
    return patients_of(account, 2)[-1]

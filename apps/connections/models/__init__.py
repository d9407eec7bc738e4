"""The tables of connecting: permissions, trips to plans, attempts, identities, endings, signing keys."""

from apps.connections.client_keys import ClientKey  # Django finds its table here
from apps.connections.models.connection import (
    Attempt,
    Connection,
    Identity,
    Reason,
    is_stopped,
)
from apps.connections.models.ended_permissions import Receipt, Revocation
from apps.connections.models.handshake import Handshake

__all__ = [
    "Attempt",
    "ClientKey",
    "Connection",
    "Handshake",
    "Identity",
    "Reason",
    "Receipt",
    "Revocation",
    "is_stopped",
]

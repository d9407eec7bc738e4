"""Ending a permission: asking the plan to forget it, and deleting what was read through it, counted."""

from dataclasses import dataclass
from datetime import datetime

from django.db import models, transaction

from apps.connections import oauth
from apps.connections.models import Connection
from apps.connections.tokens import Tokens, open_tokens
from apps.outbound.errors import OutboundError
from apps.plans.discovery import DiscoveryFailed, endpoints_for
from apps.plans.models import Plan
from apps.vault.boxes import box_for
from apps.vault.errors import VaultError


@dataclass(frozen=True)
class Counted:
    """How many rows of one kind, with the model's own word for that many ("claim", "claims")."""

    count: int
    name: str


@dataclass(frozen=True)
class Goodbye:
    """What a disconnect did. `is_revoked` is False when the plan did not confirm the end."""

    plan: Plan
    gone: tuple[Counted, ...]
    is_revoked: bool


def forget(plan: Plan, tokens: Tokens, *, now: datetime) -> bool:
    """Ask the plan to end both tokens (RFC 7009); whether it agreed. Its troubles are a plain False."""
    try:
        revoke_url = endpoints_for(plan, now=now).revoke_url
    except (DiscoveryFailed, OutboundError):
        return False
    if revoke_url is None:
        return False
    pairs = [(tokens.refresh_token, "refresh_token"), (tokens.access_token, "access_token")]
    agreed = [
        oauth.revoke(plan, revoke_url=revoke_url, token=token, hint=hint) for token, hint in pairs if token
    ]
    return all(agreed)


def revoke(connection: Connection, *, now: datetime) -> bool:
    """`forget` the newest tokens of the connection; tokens that cannot be opened cannot be revoked."""
    connection.refresh_from_db(fields=["sealed_tokens"])
    try:
        tokens = open_tokens(connection, box_for(connection.member))
    except VaultError:
        return False
    return forget(connection.plan, tokens, now=now)


def holdings(connection: Connection) -> tuple[Counted, ...]:
    """What is stored through the connection, by kind: exactly what `delete` will remove with it."""
    counted = [(model, model._base_manager.filter(**{name: connection}).count()) for model, name in _kinds()]
    return tuple(
        Counted(count, str(model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural))
        for model, count in counted
        if count
    )


def delete(connection: Connection) -> tuple[Counted, ...]:
    """Delete the connection and what hangs on it; return what went. A second call finds nothing: ().

    The row is locked first: a sync that is still writing waits, fails, and leaves nothing behind (R-38).
    """
    with transaction.atomic():
        locked = Connection.objects.select_for_update().filter(pk=connection.pk).first()
        if locked is None:
            return ()
        gone = holdings(locked)
        locked.delete()
    return gone


def _kinds() -> list[tuple[type[models.Model], str]]:
    """The models that point straight at a connection, with the name of the pointing field.

    Later stages are found through Django's registry, not imported: no stage knows the ones after it.
    """
    relations = Connection._meta.get_fields(include_hidden=True)
    return [(one.related_model, one.field.name) for one in relations if isinstance(one, models.ManyToOneRel)]

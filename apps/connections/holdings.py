"""What hangs on a row, counted in members' words: what a deletion will remove, and removes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string

from apps.accounts.models import Member
from apps.connections.models import Connection, Handshake
from apps.plain_language.language import said

NAMES: Final = frozenset(
    {
        said("claim"), said("claims"),
        said("older version of a claim"), said("older versions of claims"),
        said("approval in advance"), said("approvals in advance"),
        said("coverage"), said("coverages"),
        said("update from the plan"), said("updates from the plan"),
        said("part of a file prepared for you"), said("parts of files prepared for you"),
        said("earlier version of a record"), said("earlier versions of records"),
        said("note of yours"), said("notes of yours"),
        said("paper fetched for you"), said("papers fetched for you"),
        said("original record as the plan sent it"), said("original records as the plan sent them"),
        said("what came of people who have not agreed, which is kept closed and not counted"),
    }
)  # fmt: skip
"""What the models of later stages call their rows. Receipts keep the English; pages translate it."""


@dataclass(frozen=True)
class Counted:
    """How many rows of one kind, with the model's own word for that many ("claim", "claims").

    0 for what is not counted, because nothing of it may show.
    """

    count: int
    name: str


def holdings(connection: Connection) -> tuple[Counted, ...]:
    """What is stored through the connection, by kind: what `delete` will remove with it.

    Of people of whom nothing shows it tells neither kinds nor numbers.
    """
    return _counted(pk=connection.pk)


def holdings_of_all(member: Member) -> tuple[Counted, ...]:
    """What is stored through all connections of the member, by kind."""
    return _counted(member=member)


def delete(connection: Connection, *, now: datetime) -> tuple[Counted, ...]:
    """Delete the connection and what hangs on it; return what went. Inside a transaction, the row locked.

    A sync that is still writing waits for the lock, fails, and leaves nothing behind (R-38).
    """
    gone = holdings(connection)
    import_string(settings.CONNECTIONS_BEFORE_ERASE)(connection=connection, now=now)
    Connection.objects.filter(pk=connection.pk).delete()
    return gone


def _counted(**filters: Any) -> tuple[Counted, ...]:
    """Rows per model that point straight at the chosen connections.

    Later stages are found through Django's registry, not imported: no stage knows the ones after it.
    Handshakes are trips under way, and what we made out of records ourselves (`is_made_here`) goes with them.
    Where some of what came may not show, no row that plans sent (`is_sent_by_plans`) is counted by itself.
    """
    rows = Connection.objects.filter(**filters).select_related("member", "plan")
    counted = [
        Counted(number, words[0] if number == 1 else words[1])
        for number, words in import_string(settings.CONNECTIONS_HOLDINGS)(rows)
    ]
    is_closed = any(not count.count for count in counted)
    for relation in Connection._meta.get_fields(include_hidden=True):
        if (
            not isinstance(relation, models.ManyToOneRel)
            or relation.related_model is Handshake
            or getattr(relation.related_model, "is_made_here", False)
        ):
            continue
        if is_closed and getattr(relation.related_model, "is_sent_by_plans", False):
            continue
        where = {f"{relation.field.name}__{key}": value for key, value in filters.items()}
        count = relation.related_model._base_manager.filter(**where).count()
        meta = relation.related_model._meta
        if count:
            counted.append(Counted(count, str(meta.verbose_name if count == 1 else meta.verbose_name_plural)))
    return tuple(counted)

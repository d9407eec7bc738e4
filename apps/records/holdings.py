"""How many records of each kind connections hold, for who ends one (the setting CONNECTIONS_HOLDINGS)."""

import logging
from collections import Counter
from collections.abc import Iterable

from django.utils import timezone

from apps.connections.models import Connection
from apps.records import kinds, projection
from apps.records.books import Broken, Shelf, head_of
from apps.vault.boxes import Box, box_for

log = logging.getLogger("plainclaim.records")


def counted(connections: Iterable[Connection]) -> list[tuple[int, tuple[str, str]]]:
    """Return how many, with the words for one and for several, of each kind there are any of."""
    found: Counter[tuple[str, str]] = Counter()
    for connection in connections:
        box = box_for(connection.member)
        try:
            found.update(_of(connection, box))
        except Broken as error:
            log.error("%s: the books of its connection are made again", error)
            projection.forget([connection.pk])
            found.update(_of(connection, box))
    return [(number, words) for words, number in found.items() if number]


def _of(connection: Connection, box: Box) -> Counter[tuple[str, str]]:
    projection.project(connection, box, now=timezone.now())
    found: Counter[tuple[str, str]] = Counter()
    for kind in kinds.kinds():
        if kind.is_shelved:
            shelf = Shelf(kind, connection.pk, connection.member_id, box)
            found[kind.words] = sum(head_of(book, box).entries for book in shelf.rows)
    return found

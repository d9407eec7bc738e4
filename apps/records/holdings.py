"""How many records of each kind connections hold, for who ends one (the setting CONNECTIONS_HOLDINGS)."""

import logging
from collections import Counter
from collections.abc import Iterable

from django.utils import timezone

from apps.connections.models import Connection
from apps.records import batches, projection
from apps.records.books import Broken, head_of, shelves, summary_of
from apps.records.models import Catalogue
from apps.vault.boxes import Box, box_for
from apps.vault.errors import VaultError

log = logging.getLogger("plainclaim.records")


def counted(connections: Iterable[Connection]) -> list[tuple[int, tuple[str, str]]]:
    """Return how many, with the words for one and for several, of each kind there are any of.

    Older versions are told apart, as lists do (P-10).
    """
    numbers: Counter[tuple[str, str]] = Counter()
    for connection in connections:
        try:
            numbers.update(_of(connection, box_for(connection.member)))
        except Broken as error:
            log.error("%s: the books of its connection are made again", error)
            projection.forget([connection.pk])
            numbers.update(_of(connection, box_for(connection.member)))
        except VaultError as error:  # who leaves is not held up by a number
            log.error("%s: its records are not counted by kind", error)
    return [(number, words) for words, number in numbers.items() if number]


def _of(connection: Connection, box: Box) -> Counter[tuple[str, str]]:
    """Return the counts by words; none where there is more to read than anybody waits for."""
    numbers: Counter[tuple[str, str]] = Counter()
    catalogue = Catalogue.objects.filter(connection=connection).first()
    if catalogue is not None and not projection.catch_up(
        connection, catalogue, box, now=timezone.now(), most=batches.AT_ONCE
    ):
        return numbers
    for shelf in shelves(connection, box).values():
        kind, heads = shelf.kind, [head_of(book, box) for book in shelf.rows]
        older = sum(kind.older(summary_of(head, kind)) for head in heads)
        numbers[kind.words] = sum(head.entries for head in heads) - older
        numbers[kind.older_words] += older
    return numbers

"""How many records of each kind connections hold, for who ends one (the setting CONNECTIONS_HOLDINGS)."""

from collections import Counter
from collections.abc import Iterable

from django.utils import timezone

from apps.connections.models import Connection
from apps.records import kinds, projection
from apps.records.books import Shelf, head_of
from apps.vault.boxes import box_for


def counted(connections: Iterable[Connection]) -> list[tuple[int, tuple[str, str]]]:
    """Return how many, with the words for one and for several, of each kind there are any of."""
    found: Counter[tuple[str, str]] = Counter()
    for connection in connections:
        box = box_for(connection.member)
        projection.project(connection, box, now=timezone.now())
        for kind in kinds.kinds():
            if kind.is_shelved:
                shelf = Shelf(kind, connection.pk, connection.member_id, box)
                found[kind.words] += sum(head_of(book, box).entries for book in shelf.rows)
    return [(number, words) for words, number in found.items() if number]

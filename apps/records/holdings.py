"""How many records of each kind connections hold, for who ends one (the setting CONNECTIONS_HOLDINGS)."""

import logging
from collections import Counter
from collections.abc import Iterable
from typing import Final

from django.utils import timezone

from apps.connections.models import Connection
from apps.plain_language.language import said
from apps.records import batches, kinds, projection
from apps.records.models import Catalogue
from apps.records.shelf import Library
from apps.vault.boxes import Box, box_for
from apps.vault.errors import VaultError

log = logging.getLogger("plainclaim.records")
CLOSED: Final = said("what came of people who have not agreed, which is kept closed and not counted")


def counted(connections: Iterable[Connection]) -> list[tuple[int, tuple[str, str]]]:
    """Return how many, with the words for one and for several, of each kind there are any of.

    Older versions are told apart, as lists do (P-10). Of people of whom nothing shows neither kind nor number
    is told, but 0 with words that say so.
    """
    numbers: Counter[tuple[str, str]] = Counter()
    for connection in connections:
        try:
            numbers.update(_of(connection, box_for(connection.member)))
        except VaultError as error:  # who leaves is not held up by a number
            log.error("%s: its records are not counted by kind", error)
    return [(number, words) for words, number in numbers.items() if number or words == (CLOSED, CLOSED)]


def _of(connection: Connection, box: Box) -> Counter[tuple[str, str]]:
    """Return the counts by words; none where there is more to read than anybody waits for."""
    numbers: Counter[tuple[str, str]] = Counter()
    catalogue = Catalogue.objects.filter(connection=connection).first()
    is_read = catalogue is None or projection.catch_up(
        connection, catalogue, box, now=timezone.now(), most=batches.AT_ONCE
    )
    library = Library(connection.member, box, is_unfolded=True, is_as_it_stands=True)
    for kind in kinds.kinds() if is_read else ():
        if kind.is_shelved:
            count = library.brought(kind, connection.pk)
            numbers[kind.words], numbers[kind.older_words] = count
    if library.household.names_closed(connection.pk):
        numbers[CLOSED, CLOSED] = 0
    return numbers

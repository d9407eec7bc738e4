"""Mirror to books: what came since the books were made is read and put where it belongs."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from apps.connections.models import Connection
from apps.records import batches, kinds, known_names
from apps.records.batches import Batch
from apps.records.books import Broken, Reader
from apps.records.models import Book, Catalogue, Record
from apps.vault.boxes import Box, box_for
from apps.vault.errors import KeyUnavailable

log = logging.getLogger("plainclaim.records")


def forget(connection_ids: Iterable[UUID] | None = None) -> int:
    """Throw the books of these connections (None: of all) away; return how many went. Nothing is lost.

    Whoever is writing books is waited for: else their note of how far the books are would stand afterwards.
    """
    ids = Catalogue.objects.values_list("pk", flat=True) if connection_ids is None else connection_ids
    went = 0
    for connection_id in list(ids):
        with transaction.atomic():
            list(Connection.objects.select_for_update().filter(pk=connection_id).values_list("pk"))
            Catalogue.objects.filter(pk=connection_id).update(projected=0)
            went += Book.objects.filter(connection=connection_id).delete()[0]
    return went


def is_stale(catalogue: Catalogue) -> bool:
    """Return whether books have to be written: something came, or we read otherwise than before."""
    return catalogue.revision > 0 and (catalogue.is_behind or catalogue.made_by != kinds.reading())


def pending(catalogue: Catalogue) -> int:
    """Return how many records may have to be read for its books: all where people or places were renamed."""
    since = catalogue.projected if catalogue.made_by == kinds.reading() else 0
    if (
        since
        and Record.objects.filter(
            connection=catalogue.connection_id, fhir_type__in=known_names.fhir_types_of_names()
        )
        .after(since)
        .exists()
    ):
        since = 0
    return batches.after(catalogue.connection_id, since).count()


def project(connection: Connection, box: Box, *, now: datetime) -> None:
    """Bring the books of *connection* up to its mirror."""
    projector = Projector(connection, box)
    while projector.flush(now=now):
        pass


def catch_up(connection: Connection, catalogue: Catalogue, box: Box, *, now: datetime, most: int) -> bool:
    """Bring the books of *connection* up to its mirror, unless more than *most* records wait: then False."""
    if is_stale(catalogue):
        if pending(catalogue) > most:
            return False
        project(connection, box, now=now)
    return True


class Projector(Reader):
    """Puts records into the books of one connection.

    A run keeps one, with the *names* of people and places it knows, and tells it what it has read already;
    else, and where names came since, they are read from the mirror.
    """

    def flush(self, *, now: datetime) -> bool:
        """Put what came since into the books, in one transaction; return whether more is left."""
        with transaction.atomic():
            locked = Connection.objects.select_for_update().filter(pk=self.connection.pk).first()
            catalogue = Catalogue.objects.filter(connection=self.connection).first()
            if locked is None or catalogue is None or not is_stale(catalogue):
                self.ready.clear()
                return False
            if catalogue.made_by != kinds.reading():
                self._begin_again(catalogue)
            try:
                batch = self._put(catalogue, now)
            except Broken as error:
                log.error("%s: the books of its connection are made again", error)
                self._begin_again(catalogue)
                batch = self._put(catalogue, now)
            catalogue.projected = batch.up_to
            catalogue.counted = max(catalogue.counted, batch.up_to)
            catalogue.save(update_fields=["projected", "counted", "made_by"])
        self.ready.clear()
        return batch.up_to < catalogue.revision

    def ask[T](self, question: Callable[[], T], *, now: datetime) -> T:
        """Return what *question* finds in the books; where one does not open, all are made again before."""
        try:
            return question()
        except Broken as error:
            log.error("%s: the books of its connection are made again", error)
        forget([self.connection.pk])
        while self.flush(now=now):
            pass
        return question()

    def _begin_again(self, catalogue: Catalogue) -> None:
        Book.objects.filter(connection=self.connection).delete()
        catalogue.projected, catalogue.made_by = 0, kinds.reading()

    def _put(self, catalogue: Catalogue, now: datetime) -> Batch:
        batch = Batch(self, catalogue, now)
        batch.put()
        return batch


MOST: Final = 20
"""Connections looked after at once: the worker has other things to do in between."""


def look_after() -> None:
    """What the worker does every few seconds (the setting SYNC_ALSO_LOOKS_AFTER). It makes no news."""
    behind = Q(projected__lt=F("revision")) | ~Q(made_by=kinds.reading())
    # By chance: connections whose keys do not answer must not keep the others waiting for ever.
    # Looking before writing: an idle sweep never takes SQLite's write lock.
    stale = (
        Catalogue.objects.filter(behind, revision__gt=0).order_by("?").values_list("connection_id", flat=True)
    )
    for connection_id in list(stale[:MOST]):
        connection = Connection.objects.select_related("member", "plan").filter(pk=connection_id).first()
        try:
            if connection is not None:
                Projector(connection, box_for(connection.member)).flush(now=timezone.now())
        except KeyUnavailable:
            continue  # the member's pages say so; the next look tries again
        except Exception:
            log.exception("the books of connection %s could not be made", connection_id)

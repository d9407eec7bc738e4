"""Preparing a file in the background: take it, write piece after piece, leave it in a true state."""

import logging
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F

from apps.connections.models import Connection
from apps.takeaway import contents, formats
from apps.takeaway.contents import Part, Place
from apps.takeaway.models import LEASE, MOST_ATTEMPTS, MOST_BEGINNINGS, QUEUE_PATIENCE, Export, Piece
from apps.takeaway.shelves import Scope
from apps.vault.boxes import Box, box_for
from apps.vault.errors import KeyUnavailable

log = logging.getLogger("plainclaim.takeaway")
UNSEEN: Final = timedelta(seconds=15)
"""How long before a file is begun something may have been written that it could not see yet."""


class NotOurs(Exception):
    """The file was deleted, or taken over by another worker: write nothing more."""


class Erased(Exception):
    """A connection whose records were to be written is gone: begin again without it."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A worker's claim on a file, worth something only while the row still carries this fence."""

    export: Export
    now_fn: Callable[[], datetime]

    def change(self, **values: object) -> None:
        """Change the row; raise NotOurs when it is somebody else's by now, or gone."""
        mine = Export.objects.filter(pk=self.export.pk, fence=self.export.fence, state=Export.State.RUNNING)
        if not mine.update(**values):
            raise NotOurs

    def write(self, part: Part, box: Box) -> None:
        """Seal one part and move on, in one transaction; raise NotOurs or Erased.

        The connection stays locked until then, so erasing it waits and takes this piece too, or came first.
        """
        body = contents.text(formats.ALL[self.export.format], part)
        row = Piece(
            member_id=self.export.member_id,
            export=self.export,
            connection_id=part.connection_id,
            section=part.place.section,
        )
        if body:
            row.sealed_body = box.seal(row, "sealed_body", body)
        with transaction.atomic():
            if not Connection.objects.select_for_update().filter(pk=part.connection_id).exists():
                raise Erased
            self.change(
                done=F("done") + part.records,
                closed=F("closed") + part.closed,
                written=F("written") + int(bool(body)),
                attempts=1,  # what comes forward kills nobody
                at_section=part.place.section,
                at_connection=part.place.connection_id,
                cursor=part.place.cursor,
                lease_until=self.now_fn() + LEASE,
            )
            if body:
                row.position = Export.objects.values_list("written", flat=True).get(pk=self.export.pk)
                row.save(force_insert=True)

    def begin(self) -> None:
        """Begin the file, or begin it again without what was written of it; raise NotOurs."""
        now = self.now_fn()
        values = {
            "began_at": now,
            "beginnings": self.export.beginnings + 1,
            "changes": contents.changes(self.export.member, since=now - UNSEEN),
            "at_section": 0,
            "at_connection": None,
            "cursor": "",
        }
        with transaction.atomic():
            self.change(**values, done=0, closed=0, written=0, lease_until=now + LEASE)
            self.export.pieces.all().delete()
        for name, value in values.items():  # not from the table: the fence there may be another's by now
            setattr(self.export, name, value)

    def has_mixed(self) -> bool:
        """Whether records changed since the file was begun: one may be in it as it was, or not at all."""
        began_at = self.export.began_at
        if began_at is None:
            return False
        return contents.changes(self.export.member, since=began_at - UNSEEN) != self.export.changes

    def finish(self, *, is_mixed: bool = False) -> None:
        """Say that the file is whole; raise NotOurs."""
        values = {"state": Export.State.READY, "finished_at": self.now_fn(), "lease_until": None}
        self.change(**values, is_mixed=is_mixed, total=F("done"))

    def give_back(self, *, at_once: bool = True) -> None:
        """Let any worker go on, *at_once* or in half a minute; that was no try. Raise NotOurs."""
        self.change(
            state=Export.State.WAITING,
            attempts=F("attempts") - 1,
            queued_at=self.now_fn() - QUEUE_PATIENCE if at_once else self.now_fn(),
            lease_until=None,
        )


def take(*, export_id: uuid.UUID, now_fn: Callable[[], datetime]) -> Hold | None:
    """Take the file if it waits or was left behind, raising its fence; None when there is nothing to do.

    One that was taken too often is given up: something in it kills its workers.
    """
    now = now_fn()
    free = Export.objects.free_to_take(now=now).filter(pk=export_id)
    with transaction.atomic():
        # Without its pieces it is none of which pieces are gone: the page says that it failed.
        if free.filter(attempts__gte=MOST_ATTEMPTS).update(
            state=Export.State.FAILED, finished_at=now, lease_until=None, written=0
        ):
            Piece.objects.filter(export_id=export_id).delete()
            return None
        if not free.update(
            state=Export.State.RUNNING,
            fence=F("fence") + 1,
            attempts=F("attempts") + 1,
            lease_until=now + LEASE,
        ):
            return None
        return Hold(Export.objects.select_related("member").get(pk=export_id), now_fn)


def run(*, export_id: uuid.UUID, now_fn: Callable[[], datetime], stop: threading.Event | None = None) -> None:
    """Prepare the file if nobody else does; safe to call any number of times, at any time, by any worker.

    *stop* makes the work end behind the next piece and the file go back to the queue. After a mistake of ours
    the file is left as if the worker had been killed: the lease ends, and another try begins there.
    """
    hold = take(export_id=export_id, now_fn=now_fn)
    if hold is None:
        return
    try:
        try:
            _write_all(hold, stop or threading.Event())
        except Erased:
            hold.give_back()
        except KeyUnavailable as error:
            log.error("%s", error)
            hold.give_back(at_once=False)
    except NotOurs:
        log.info("export %s is no longer ours", export_id)


def _write_all(hold: Hold, stop: threading.Event) -> None:
    export = hold.export
    format_, scope, box = formats.ALL[export.format], Scope(year=export.year), box_for(export.member)
    if export.began_at is None:
        hold.begin()
    while True:
        library = format_.library(export.member, box)  # each time: a plan may have been connected
        total = contents.total(format_, scope, library)  # opens all that is asked for
        if library.is_behind:  # the worker reads what came; a file made now would lack it
            hold.give_back(at_once=False)
            return
        hold.change(total=total)
        start = Place(export.at_section, export.at_connection, export.cursor)
        for part in contents.parts(format_, scope, library, start=start):
            if stop.is_set():
                hold.give_back()
                return
            hold.write(part, box)
        is_mixed = hold.has_mixed()
        if not is_mixed or export.beginnings >= MOST_BEGINNINGS:
            hold.finish(is_mixed=is_mixed)
            return
        hold.begin()

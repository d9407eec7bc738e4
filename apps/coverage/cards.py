"""Cards of coverage rows: opened, in words, newest first."""

import datetime as dt
import logging
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from apps.connections.models import Connection
from apps.coverage import records, wording
from apps.coverage.models import Coverage
from apps.vault.boxes import Box
from apps.vault.errors import SealBroken

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shown:
    """A card with the row it came from; `card` is None when the row could not be opened."""

    id: uuid.UUID
    plan_name: str
    starts_on: dt.date
    card: wording.Card | None
    connection: Connection

    @property
    def is_over(self) -> bool:
        """Whether this coverage has ended."""
        return self.card is not None and self.card.state == "ended"


def cards(rows: Iterable[Coverage], box: Box, *, on: dt.date, reveal: uuid.UUID | None = None) -> list[Shown]:
    """Return the cards of *rows* as of *on*, latest start first; only *reveal* shows its member number."""
    shown = [_shown(row, box, on=on, with_number=row.pk == reveal) for row in rows]
    return sorted(shown, key=lambda each: (each.starts_on, each.id.hex), reverse=True)


def _shown(row: Coverage, box: Box, *, on: dt.date, with_number: bool) -> Shown:
    plan_name = row.connection.plan.name
    try:
        record = records.from_bytes(box.open(row, "sealed_record"))
    except (SealBroken, records.OtherVersion):
        log.exception("coverage %s could not be opened", row.pk)
        return Shown(row.pk, plan_name, dt.date.min, None, row.connection)
    starts = records.days_of(record.starts)
    card = wording.card(record, on=on, shared_by=plan_name, with_number=with_number)
    return Shown(row.pk, plan_name, starts[0] if starts else dt.date.min, card, row.connection)

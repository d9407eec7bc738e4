"""One record read from the mirror when its page asks for it, with the names of what it refers to."""

import logging
from typing import Any

import msgspec

from apps.fhir.tolerant import Unreadable
from apps.records import activity, known_names, mirror
from apps.records.entries import NOTHING
from apps.records.kinds import Kind
from apps.records.models import Record
from apps.vault.boxes import Box

log = logging.getLogger("plainclaim.records")


def original(row: Record, box: Box, kind: Kind, *, called: msgspec.Raw = NOTHING) -> Any:
    """Return what the record of *row* says, with all its amounts; None where it does not open or read.

    Where the plan's newest text cannot be read, an earlier one is, as in lists. *called* are the names that
    its entry has from other records (`Entry.called`).
    """
    activity.note_read(row.member_id, box, kind)
    for body in mirror.texts(box, row, mirror.opened(box, row)):
        opened = None
        try:
            opened = kind.open(body)
            names, _referred_to = known_names.names_among(row.connection, box, kind.references(opened))
            return kind.record(opened, {**names, **known_names.opened(called)})
        except Exception as error:  # a reader that raises for one record costs that record
            if opened is not None or not isinstance(error, Unreadable):  # what opened is no fault of the text
                log.exception("%s could not be read", row)
    return None

"""The telephone of a plan as its coverages state it, for pages that send the member to it (CLAIMS_PHONE)."""

import datetime as dt
import re
from typing import Final, NamedTuple
from uuid import UUID

from django.utils import timezone

from apps.kinds.coverage.kind import COVERAGE
from apps.kinds.coverage.records import CoverageRecord, days_of
from apps.records.shelf import Library

_DIGITS: Final = range(7, 17)
"""So many a number has: E.164's longest, with its plus."""
_EXTENSION: Final = re.compile(r"[A-Za-z;,#]")
"""What stands in a number that a telephone cannot dial as it is: an extension, or letters for digits."""


class Phone(NamedTuple):
    """A telephone number as the plan wrote it, and the address that dials it, "" where none surely does."""

    text: str
    uri: str


def phone_of(library: Library, plan: UUID) -> Phone | None:
    """Return the one telephone that the coverages of a connection state: those in force, else all of them.

    None where none is stated, or several are: which of them answers for a claim nobody says.
    """
    today = timezone.localdate()
    covers = [COVERAGE.brief_of(held.entry) for held in library.held(COVERAGE, plan=plan)]
    known = [record for record in covers if record and record.payer_phone]
    in_force = [record for record in known if _is_in_force(record, today)]
    texts = {record.payer_phone for record in in_force or known}
    if len(texts) != 1:
        return None
    text = str(texts.pop())
    digits = re.sub(r"[^0-9+]", "", text)
    can_dial = len(digits) in _DIGITS and not _EXTENSION.search(text)
    return Phone(text, f"tel:{digits}" if can_dial else "")


def _is_in_force(record: CoverageRecord, today: dt.date) -> bool:
    starts, ends = days_of(record.starts), days_of(record.ends)
    return not (record.status == "cancelled" or (starts and starts[0] > today) or (ends and ends[1] < today))

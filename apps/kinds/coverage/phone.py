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

    None where none is stated, or several are, or one in force is of another payer than it: plans send what
    other insurers cover, too, and which of them answers for a claim nobody says.
    """
    today = timezone.localdate()
    opened = [COVERAGE.brief_of(held.entry) for held in library.held(COVERAGE, plan=plan)]
    covers = [record for record in opened if record and record.status != "entered-in-error"]
    in_force = [record for record in covers if _is_in_force(record, today)] or covers
    telling = [record for record in in_force if record.payer_phone]
    telling = telling or [record for record in covers if record.payer_phone]
    numbers, payers = {record.payer_phone for record in telling}, {record.payers for record in telling}
    if len(numbers) != 1 or any(record.payers not in payers for record in in_force):
        return None
    text = str(numbers.pop())
    digits = re.sub(r"[^0-9+]", "", text)
    can_dial = len(digits) in _DIGITS and not _EXTENSION.search(text)
    return Phone(text, f"tel:{digits}" if can_dial else "")


def _is_in_force(record: CoverageRecord, today: dt.date) -> bool:
    starts, ends = days_of(record.starts), days_of(record.ends)
    return not (record.status == "cancelled" or (starts and starts[0] > today) or (ends and ends[1] < today))

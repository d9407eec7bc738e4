"""What we know of one coverage, as frozen values that travel sealed from reading to the page."""

import calendar
import datetime as dt
from decimal import Decimal

import msgspec

VERSION = 1
"""Raised when the *meaning* of a field changes; new fields with a default need no new version."""


class CoverageClass(msgspec.Struct, frozen=True, omit_defaults=True):
    """One class of a coverage: `kind` is the code sent (group, plan, rxbin ...), None when not sent."""

    kind: str | None = None
    value: str | None = None
    name: str | None = None


class CostException(msgspec.Struct, frozen=True, omit_defaults=True):
    """When a cost does not apply: `reason` as code or words, dates as written."""

    reason: str | None = None
    starts: str | None = None
    ends: str | None = None


class Cost(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the member pays for one kind of care.

    Exactly one of `amount` (money), `share` (a fraction: 0.15 is 15%), `quantity` and `unread` (what is none
    of them, as sent) is set when the plan sent a value. `currency` None means the plan sent none: shown as US
    dollars.
    """

    kind: str | None = None
    words: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    share: Decimal | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    unread: str | None = None
    exceptions: tuple[CostException, ...] = ()


class CoverageRecord(msgspec.Struct, frozen=True, omit_defaults=True):
    """One coverage as the plan shared it.

    `starts` and `ends` are the date part as written, possibly partial (`2025`, `2025-03`), None when not
    sent or not readable (then the raw text is in `unreadable_dates`).
    """

    resource_id: str | None = None
    status: str | None = None
    """active, cancelled, draft, entered-in-error as sent; None when not sent."""
    type_code: str | None = None
    """The first code of its type; those after it are in `more_type_codes`: none is right alone."""
    type_words: str | None = None
    member_number: str | None = None
    """The number on the card: identifier of type MB, else the only identifier, else the subscriber's."""
    subscriber_number: str | None = None
    dependent: str | None = None
    relationship: str | None = None
    starts: str | None = None
    ends: str | None = None
    unreadable_dates: tuple[str, ...] = ()
    payers: tuple[str, ...] = ()
    is_self_pay: bool = False
    classes: tuple[CoverageClass, ...] = ()
    network: str | None = None
    costs: tuple[Cost, ...] = ()
    more_type_codes: tuple[str, ...] = ()
    person: str | None = None
    """The name of the person covered, where this coverage's own data tells it."""
    order: int | None = None
    """Its place among the coverages in force, as the plan numbers them; R4: this alone makes none primary."""
    payer_phone: str | None = None
    payer_address: str | None = None
    person_reference: str | None = None
    """`Patient/123`: whom it covers."""

    @property
    def patient(self) -> str | None:
        """Whom it covers, as `apps.records.owners` asks every record."""
        return self.person

    @property
    def patient_reference(self) -> str | None:
        """The reference to them."""
        return self.person_reference


def days_of(text: str | None) -> tuple[dt.date, dt.date] | None:
    """First and last day of a date as written (`2025`, `2025-03`, `2025-03-09`); None when it is no date."""
    try:
        parts = [int(part) for part in (text or "").split("-")]
        year, month = parts[0], parts[1] if len(parts) > 1 else None
        if len(parts) > 2:
            day = dt.date(year, parts[1], parts[2])
            return day, day
        first = dt.date(year, month or 1, 1)
        return first, dt.date(year, month or 12, calendar.monthrange(year, month or 12)[1])
    except ValueError:
        return None

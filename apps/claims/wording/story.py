"""What the page of one claim shows, every value in words already; the template only places it."""

from dataclasses import dataclass

from apps.claims.wording.bar import Bar
from apps.claims.wording.receipt import Row


@dataclass(frozen=True, slots=True)
class Badge:
    """A word with an icon; `kind` is ok, attention, denied or quiet."""

    words: str
    kind: str
    icon: str


@dataclass(frozen=True, slots=True)
class LineRow:
    """One line of the table; amounts are words, empty `not_covered` when nothing or unknown."""

    number: str
    what: str
    code: str
    on: str
    details: tuple[str, ...]
    billed: str
    plan_paid: str
    not_covered: str
    your_share: str
    decision: str


@dataclass(frozen=True, slots=True)
class Story:
    """One claim in words. Pairs are (label, value); `is_closed` strikes amounts that no longer count."""

    title: str
    kind: str
    when: str
    answer: str
    badge: Badge | None
    notices: tuple[str, ...]
    bar: Bar | None
    receipt: tuple[Row, ...]
    is_closed: bool
    disagreements: tuple[str, ...]
    reasons: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    lines: tuple[LineRow, ...]
    shows_line_amounts: bool
    shows_not_covered: bool
    total_lines: tuple[str, ...]
    drug: tuple[tuple[str, str], ...]
    diagnoses: tuple[tuple[str, str], ...]
    procedures: tuple[tuple[str, str], ...]
    team: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    related: tuple[str, ...]
    more: tuple[tuple[str, str], ...]

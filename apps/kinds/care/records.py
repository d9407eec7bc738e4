"""What a clinical record says, as one frozen value for all kinds: language comes when it is shown."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Final, Literal

import msgspec

from apps.plain_language.language import said
from apps.records.ties import Ties

VERSION = 26
"""Raised when reading makes something else of the same record."""
_BEHIND_A_TAP: Final = frozenset({"44260-8"})
"""LOINC codes of questions about harming oneself: what was answered stands behind one tap, and in no list."""

MEMBER: Final = said("Part of this result")
RESULT: Final = said("Result")
"""Labels of ways to results: from a panel, and from a report."""


type Sort = Literal["", "answer", "diagnosis", "measurement"]
"""What an Observation is that is no result of a test: it is called so."""


class Words(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A text that is put into the reader's language when it is shown.

    `ours` is an untranslated sentence with *values*; `theirs` was written by the plan; `day` and `span` (two
    days with a slash) are dates as sent, `clock` a time of day ("10:30"); `name` is of no language.
    """

    text: str
    form: Literal["ours", "theirs", "day", "span", "clock", "name"] = "theirs"
    values: tuple[tuple[str, "Words"], ...] = ()


def ours(text: str, **parts: Words | None) -> Words:
    """Return a sentence of ours with what goes into it; raise ValueError where it lacks what it names.

    At reading that costs one record; when it is said, it would cost a page or a whole file.
    """
    lacking = [name for name, words in parts.items() if not words and f"{{{name}}}" in text]
    if lacking:
        raise ValueError(f"nothing to put into a sentence for {', '.join(lacking)}")
    return Words(text, "ours", tuple((name, words) for name, words in parts.items() if words))


def theirs(text: str | None) -> Words | None:
    """Return words of the plan's."""
    return Words(text) if text else None


class Code(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A code and what kind of code it is: "LOINC", "" where that is not known."""

    kind: str
    code: str


def is_behind_a_tap(codes: Iterable[Code]) -> bool:
    """Whether what was answered to a question of these codes stands behind one tap."""
    return any(code.code in _BEHIND_A_TAP for code in codes)


class Coded(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What something is called: by the plan, else by a free list, else by a bare code; `others` differ."""

    name: Words | None = None
    others: tuple[str, ...] = ()
    codes: tuple[Code, ...] = ()
    absent: str | None = None
    is_several: bool = False
    """Codes of one list that are not the same were sent for it."""


class When(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A moment as sent: `on` is the earliest whole day it can mean, None where nobody can tell."""

    words: Words
    on: date | None = None
    is_odd: bool = False
    """A date that cannot be: it is shown as sent and sorts last."""


class Fact(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A label (untranslated) and what was sent."""

    label: str
    words: Words


class Link(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """Another record that this one names; `label` is untranslated."""

    label: str
    reference: str
    name: str = ""


class Point(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A number that may stand in a row with others of the same `key`."""

    key: str
    number: Decimal
    unit: str
    comparator: str = ""
    low: Decimal | None = None
    high: Decimal | None = None

    @property
    def is_of_whole(self) -> bool:
        """Whether it is the value of the result itself: the key of a part begins with that of its whole."""
        return self.key.startswith("|")


class NamedPoint(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A number, and what the part of a result is called that it is of; None for the result itself."""

    name: Words | None
    point: Point


class Part(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One measured part of a result: its name, value, flag and ranges, each as sent."""

    name: Words
    value: Words
    flag: Words | None = None
    ranges: tuple[Words, ...] = ()
    is_behind_a_tap: bool = False
    """It is about harming oneself: its answer stands behind one tap."""
    others: tuple[str, ...] = ()
    """What else it was called: LOINC's official name among it."""


class Attachment(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One form of a paper; `place` counts the attachments of the record."""

    place: int
    type: str
    title: Words | None = None
    size: int = 0
    is_inline: bool = False
    has_address: bool = False
    """It is to be had at an address."""


class CareRecord(msgspec.Struct, frozen=True, array_like=True, kw_only=True, gc=False):
    """One clinical record."""

    type: str
    """Its FHIR type."""
    sort: Sort = ""
    own: str = ""
    """Its reference (``Observation/7``), "" where it has no id."""
    name: Words | None = None
    standing: str = ""
    """How it stands: a key of `wording.STANDINGS`, "" where that is no question."""
    kept_apart: Literal["", "mistake", "cancelled", "another"] = ""
    """Why no list shows it."""
    patient: str | None = None
    """The name of whom it is about, as the record shares it."""
    patient_reference: str | None = None
    """`Patient/123`."""
    when: When | None = None
    value: Words | None = None
    flag: Words | None = None
    ranges: tuple[Words, ...] = ()
    parts: tuple[Part, ...] = ()
    sentences: tuple[Words, ...] = ()
    """What has to be known before anything else is read."""
    facts: tuple[Fact, ...] = ()
    notes: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    links: tuple[Link, ...] = ()
    visit: str = ""
    """The reference of the visit it belongs to."""
    points: tuple[NamedPoint, ...] = ()
    gaps: tuple[str, ...] = ()
    """Keys of points that did not come or were cancelled: no line goes on over the day."""
    codes: tuple[Code, ...] = ()
    around: tuple[Code, ...] = ()
    """Codes of why it was done, of what was found, of what is in it: they tell too of which care it is."""
    labels: tuple[str, ...] = ()
    """Codes of the plan's own labels of who may see it (`meta.security`)."""
    ties: Ties = Ties()
    """By what its claim is found, and for a medicine its fills."""
    likeness: bytes = b""
    """By what the same result sent twice is known (`likeness`)."""
    is_fill: bool = False
    """It says that a medicine was handed over."""
    is_private: bool = False
    """It says how somebody lives or feels, or is a free text: no code tells what is in it."""


class Brief(msgspec.Struct, frozen=True, array_like=True, kw_only=True, gc=False):
    """What a row of a list says."""

    type: str
    name: Words | None = None
    standing: str = ""
    when: When | None = None
    value: Words | None = None
    flag: Words | None = None
    sort: Sort = ""

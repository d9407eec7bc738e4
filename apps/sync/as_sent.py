"""A record as the plan has it, element by element, and of which day, in words a member can read; pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Any, Final, NamedTuple

from apps.fhir import tolerant, values
from apps.plain_language.capitals import calm_name
from apps.plain_language.dates import date_words
from apps.plain_language.language import _, said
from apps.plain_language.money import NOT_SHARED
from apps.plain_language.theirs import joined
from apps.sync.element_words import words_of
from apps.sync.sent_values import ABSENT, value_words

MOST: Final = 3000
"""Rows of one record: a claim of hundreds of lines fits, a record made to be endless ends."""
DEEPEST: Final = 12
# Without meaning to a reader: `text` is the plan's own page of the same, in markup that is not shown.
_SKIPPED: Final = frozenset({"resourceType", "text", "implicitRules", "language"})
_EXTENSIONS: Final = ("extension", "modifierExtension")
_BESIDE: Final = ("period", *_EXTENSIONS)
"""What may stand inside a value that is told as a whole."""


@dataclass(frozen=True, slots=True)
class Row:
    """One thing the plan sent, in words; `place` are the elements around it, the outermost first."""

    place: tuple[str, ...]
    value: str

    @property
    def label(self) -> str:
        """What it is called: "Line 2 · Body site"."""
        return joined(" · ", list(dict.fromkeys(word for word in self.place if word)))


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one element, "" for those of the record itself."""

    heading: str
    rows: tuple[Row, ...]


def parts(body: bytes, names: Mapping[str, str]) -> tuple[Part, ...]:
    """Return all of *body* in the order sent; () where it is no record. *names* are those of references."""
    try:
        tree = tolerant.tree(body)
    except tolerant.Hopeless:
        return ()
    own: list[Row] = []
    others: list[Part] = []
    left = MOST
    for name, value in tree.items():
        many = value if isinstance(value, list) else [value]
        for number, item in enumerate(many[: left + 1], start=1):
            rows = list(islice(_rows(name, item, (), names, 0), left))
            left -= len(rows)
            words = words_of(name)
            if name in _EXTENSIONS or all(row.label == words for row in rows):
                own += rows
            else:
                heading = words if len(many) == 1 else _numbered(words, number)
                others.append(Part(heading, _under(words, rows)))
    return (Part("", tuple(own)), *others)


def references(body: bytes, *, but: frozenset[str] = frozenset()) -> frozenset[str]:
    """Return every reference in *body* as written, so that names can be looked up; none in elements *but*."""
    try:
        waiting: list[Any] = [tolerant.tree(body)]
    except tolerant.Hopeless:
        return frozenset()
    paths: set[str] = set()
    while waiting and len(paths) < MOST:
        part_sent = waiting.pop()
        if isinstance(part_sent, dict):
            reference = part_sent.get("reference")
            if isinstance(reference, str):
                paths.add(reference)
            waiting.extend(value for name, value in part_sent.items() if name not in but)
        elif isinstance(part_sent, list):
            waiting.extend(part_sent)
    return frozenset(paths)


def last_updated(body: bytes) -> str | None:
    """Return the day of `meta.lastUpdated` as written; None where the plan did not say."""
    try:
        meta = tolerant.tree(body).get("meta")
    except tolerant.Hopeless:
        return None
    text = meta.get("lastUpdated") if isinstance(meta, dict) else None
    day = values.day(text) if isinstance(text, str) else None
    return day.text if day else None


def _under(words: str, rows: list[Row]) -> tuple[Row, ...]:
    """Leave the words of the heading out of the labels below it."""
    below = [(row, tuple(word for word in row.place if word and word != words)) for row in rows]
    return tuple(Row(place or row.place, row.value) for row, place in below)


def _numbered(words: str, number: int) -> str:
    return _("{thing} {number}").format(thing=words, number=number)


def _rows(
    name: str, value: Any, above: tuple[str, ...], names: Mapping[str, str], depth: int, *, number: int = 0
) -> Iterator[Row]:
    """Yield the rows of one element; labels name the elements around it, and its *number* among its like."""
    if value is None or depth > DEEPEST or (not above and name in _SKIPPED):
        return
    if isinstance(value, list):
        for place, item in enumerate(value[:MOST], start=1):
            yield from _rows(name, item, above, names, depth + 1, number=place if len(value) > 1 else 0)
    elif name.startswith("_"):
        # Beside a value stands what is said of it: a reader cares that it is absent.
        extension = {"extension": value.get("extension")} if isinstance(value, dict) else {}
        yield from _inside(extension, (*above, words_of(name)), names, depth)
    elif name in _EXTENSIONS and isinstance(value, dict):
        yield from _extension(value, above, names, depth)
    else:
        text = value_words(name, value, names)
        words = words_of(name)
        here = (*above, _numbered(words, number) if number and text is None else words)
        if text:
            yield Row(here, text)
        if isinstance(value, dict):
            beside = {key: value[key] for key in _BESIDE if key in value}
            yield from _inside(value if text is None else beside, here, names, depth)


def _inside(
    elements: Mapping[str, Any], above: tuple[str, ...], names: Mapping[str, str], depth: int
) -> Iterator[Row]:
    amount = value_words("amount", elements.get("amount"), names)
    about = value_words("category", elements.get("category"), names)
    for key, value in elements.items():
        if amount and about and key in ("category", "amount"):
            # An amount is called what it is about: one row in place of two.
            if key == "amount":
                yield Row((*above, about), amount)
        else:
            yield from _rows(key, value, above, names, depth + 1)


def _extension(
    extension: Mapping[str, Any], above: tuple[str, ...], names: Mapping[str, str], depth: int
) -> Iterator[Row]:
    url = extension.get("url")
    name = values.last_part(url) if isinstance(url, str) else ""
    if name == ABSENT:
        yield Row(above, _(NOT_SHARED))
        return
    here = (*above, words_of(name))
    for key, value in extension.items():
        if key.startswith("value"):
            yield Row(here, value_words(key, value, names) or _(NOT_SHARED))
        elif key == "extension":
            yield from _rows(key, value, here, names, depth + 1)


OF_ALL: Final = {
    "untold": said("Your plan did not say of which day the names and addresses are."),
    "undated care": said("Names and addresses are as your plan had them on {date}."),
    "after": said(
        "Names and addresses are as your plan had them on {date}. That is after this care began, so they "
        "may have been different then."
    ),
    "before": said(
        "Names and addresses are as your plan had them when this care began; it last changed them on {date}."
    ),
}
"""What is said of all records, by how their day stands to the care (`_beside_care`)."""
OF_ONE: Final = {
    "untold": said("{name}: your plan did not say of which day this is."),
    "undated care": said("{name}: as your plan had it on {date}."),
    "after": said("{name}: as your plan had it on {date}, after this care began."),
    "before": said("{name}: as your plan had it when this care began; last changed on {date}."),
}


class Dated(NamedTuple):
    """A record others refer to: what it is called, and the day of its last change as written, if told."""

    name: str
    on: str | None


def sentence(on: str | None) -> str:
    """Return of which day one record is."""
    if on is None:
        return _("Your plan did not say of which day this is.")
    return _("As your plan had it on {date}.").format(date=date_words(on))


def sentences(records: Sequence[Dated], *, care_on: date | None) -> tuple[str, ...]:
    """Return one sentence where all are of one day, else one for each; () where there are none.

    A record that was last changed before the care began is as it was then; one changed later may have been
    different.
    """
    days = {sent_record.on for sent_record in records}
    if len(days) > 1:
        pairs = [(_(OF_ONE[_beside_care(record.on, care_on)]), record) for record in records]
        return tuple(
            dict.fromkeys(
                words.format(name=calm_name(record.name), date=date_words(record.on))
                for words, record in pairs
            )
        )
    return tuple(_(OF_ALL[_beside_care(on, care_on)]).format(date=date_words(on)) for on in days)


def _beside_care(on: str | None, care_on: date | None) -> str:
    """Return how the day of a record stands to that on which the care began."""
    if on is None:
        return "untold"
    if care_on is None:
        return "undated care"
    return "after" if on > care_on.isoformat()[: len(on)] else "before"

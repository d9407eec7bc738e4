"""Everything the page of one clinical record shows, read from the mirror when it is asked for."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Final

from django.urls import reverse

from apps.fhir.tolerant import Unreadable
from apps.kinds.care import events, timeline, wording
from apps.kinds.care.background import Background, SameTest, background, same_test
from apps.kinds.care.entry import CareEntry, entry_of, is_of_approval, texts_of
from apps.kinds.care.kind import ANOTHER, APART, LISTED
from apps.kinds.care.questionnaires import ANSWERED
from apps.kinds.care.records import Attachment, CareRecord, Link
from apps.kinds.care.series import Series, series_of
from apps.kinds.care.timeline import Row
from apps.plain_language.capitals import fold
from apps.plain_language.language import _, said
from apps.plain_language.theirs import filled, joined, theirs
from apps.records import kinds, mirror
from apps.records.kinds import Kind
from apps.records.models import Record
from apps.records.original import original
from apps.records.shelf import Library
from apps.records.volumes import Held
from apps.vault import boxes

MOST_SHOWN: Final = 200
TYPE_WORDS: Final = {
    "application/pdf": "PDF",
    "application/rtf": "RTF",
    "application/xhtml": said("web page"),
    "application/xhtml+xml": said("web page"),
    "application/xml": said("record as XML"),
    "image/gif": said("picture"),
    "image/jpeg": said("picture"),
    "image/png": said("picture"),
    "image/tiff": said("picture"),
    "text/html": said("web page"),
    "text/plain": said("text"),
    "text/rtf": "RTF",
    "text/xml": said("record as XML"),
}
"""What media types are called; any other by its sort, or as it was sent."""
_TYPES_AT_LARGE: Final = {
    "audio/": said("sound recording"),
    "video/": said("video"),
    "image/": said("picture"),
    "application/dicom": said("medical picture"),
    "+xml": said("record as XML"),
}
_MAY_LAST: Final = dt.timedelta(days=60)
"""A stay that began so lately may well go on: no end of it is missing."""
_PAST_EVENTS: Final = frozenset({"test", "measurement", "vaccine", "procedure", "answer"})


@dataclass(frozen=True, slots=True)
class PartRow:
    """One part of a result."""

    name: str
    value: str
    ranges: list[str]
    is_behind_a_tap: bool = False
    others: str = ""
    """What else it was called."""


@dataclass(frozen=True, slots=True)
class Form:
    """One form of a paper: how it is called, how large, and its page; "" for what is not to be had."""

    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Page:
    """One record in words."""

    row: Record
    kind: Kind
    record: CareRecord | None = field(repr=False)
    title: str
    answer: str
    standing: wording.Standing | None
    kind_words: str = ""
    """What it is, where the title does not say so."""
    day: str = ""
    """What tells its window from others: a browser's history names no care."""
    patient: str = field(default="", repr=False)
    person: str = field(default="", repr=False)
    """The same where the pages show several people, else ""."""
    sentences: list[str] = field(default_factory=list, repr=False)
    facts: list[tuple[str, str]] = field(default_factory=list, repr=False)
    ranges: list[str] = field(default_factory=list, repr=False)
    parts: list[PartRow] = field(default_factory=list, repr=False)
    series: list[Series] = field(default_factory=list, repr=False)
    forms: list[Form] = field(default_factory=list, repr=False)
    related: list[tuple[str, list[Row]]] = field(default_factory=list, repr=False)
    background: Background | None = field(default=None, repr=False)
    is_of_approval: bool = False
    """It stands with approvals too."""

    @property
    def have_ranges(self) -> bool:
        """Whether any part came with a range: parts of a plan or a team never do."""
        return any(part.ranges for part in self.parts)

    @property
    def is_withdrawn(self) -> bool:
        """Whether nothing of what it says is shown."""
        return self.kind in APART


def page_of(library: Library, row: Record, *, today: dt.date) -> Page | None:
    """Return the page of a mirrored record; None where it is none of ours, or nobody's here."""
    kind = kind_of(library, row)
    if kind is None:
        return None
    if kind in APART:
        words = wording.WITHDRAWN[kind.name]
        return Page(row, kind, None, wording.type_words(row.fhir_type), _(words), None)
    record: CareRecord | None = original(row, library.box, kind)
    if record is None:
        return Page(row, kind, None, _("This record could not be opened"), "", None)
    return _page(library, row, kind, record, today=today)


def is_shown(library: Library, row: Record) -> bool:
    """Whether a mirrored record may be shown as it was sent: not what is, or may be, somebody else's."""
    kind = kind_of(library, row)
    if kind is None or original(row, library.box, kind) is not None:
        return kind is not None
    return not library.household.names_closed(row.connection_id)


def named_by(library: Library, row: Record) -> list[Record]:
    """Return the records that one names: the results of a report."""
    kind = kind_of(library, row)
    record: CareRecord | None = original(row, library.box, kind) if kind and kind not in APART else None
    keys = [boxes.source_key(library.box, link.reference) for link in record.links] if record else []
    return list(library.member.records.filter(connection=row.connection_id, source_key__in=keys))


def kind_of(library: Library, row: Record) -> Kind | None:
    """Return of which kind a record is; None for one of nobody's here, or of whom nothing shows."""
    kind = _kind_of(library, row)
    record: CareRecord | None = original(row, library.box, kind) if kind else None
    return None if record and library.household.closes(row.connection_id, record) else kind


def _kind_of(library: Library, row: Record) -> Kind | None:
    """Return of which kind a record is, as it stands in the mirror; a record of nobody's here has no page."""
    several = [kind for kind in kinds.of_type(row.fhir_type) if kind in LISTED or kind in APART]
    if not several or library.is_closed(row.connection_id):
        return None
    for body in mirror.texts(library.box, row, mirror.opened(library.box, row)):
        try:
            kind = kinds.opened(row.fhir_type, body).kind
        except Unreadable:
            continue
        return None if kind is ANOTHER else kind
    return several[0]


def _page(library: Library, row: Record, kind: Kind, record: CareRecord, *, today: dt.date) -> Page:
    on = record.when.on if record.when else None
    last = wording.last_day(record)
    is_over = kind.name in _PAST_EVENTS or (kind.name == "visit" and not record.standing)
    future = [_(wording.FUTURE)] if is_over and last > today.isoformat() else []
    may_last = on is not None and on >= today - _MAY_LAST
    sentences = [words for words in record.sentences if not (may_last and words.text == events.NO_END)]
    alike, named = same_test(library, row, record), _named_by(library, row, record)
    whom, behind = library.household.of(row.connection_id, record), background(library, row, kind, record)
    facts = [*wording.pairs(record.facts), *_not_here(library, row, record, named)]
    return Page(
        row=row,
        kind=kind,
        record=record,
        title=wording.name_words(record),
        answer=wording.lede(record),
        standing=wording.standing_beside(record),
        kind_words=wording.kind_beside(record),
        day=wording.day(record),
        patient=whom.shown,
        person="" if library.sight.person else library.people.get(whom.key, ""),
        sentences=[*future, *alike.sentences, *map(wording.told, sentences)],
        facts=[pair for pair in facts if pair not in behind.facts],
        ranges=list(map(wording.told, record.ranges)),
        parts=[
            PartRow(
                wording.told(part.name),
                wording.value_words_of(part.value, part.flag),
                list(map(wording.told, part.ranges)),
                part.is_behind_a_tap,
                joined(", ", [theirs(name) for name in part.others]),
            )
            for part in record.parts
        ],
        series=list(series_of(library, row, kind, record)),
        forms=[_form(row, form) for form in record.attachments],
        related=_related(library, row, record, alike, named),
        background=behind,
        is_of_approval=is_of_approval(entry_of(record)),
    )


def _named_by(library: Library, row: Record, record: CareRecord) -> dict[str, Held[CareEntry]]:
    """Return what a record refers to, its visit among it, as far as it is shown."""
    wanted = {link.reference for link in record.links} | ({record.visit} if record.visit else set())
    return timeline.by_reference(library, wanted, row.connection_id)


def _not_here(
    library: Library, row: Record, record: CareRecord, named: dict[str, Held[CareEntry]]
) -> list[tuple[str, str]]:
    """Return what a record refers to that is not among the records here, each by the name it has there.

    Why is not said: a plan may not share it, or it was not asked for, not allowed, or is still to come.
    What was sent and is not shown may be hidden, or a mistake: its name is told nowhere.
    """
    in_facts = {(fact.label, fold(text)) for fact in record.facts for text in texts_of(fact.words)}
    keys: dict[bytes, Link] = {
        boxes.source_key(library.box, link.reference): link
        for link in record.links
        if link.name and link.reference not in named and (link.label, fold(link.name)) not in in_facts
    }
    rows = library.member.records.filter(connection=row.connection_id, source_key__in=keys) if keys else ()
    sent = {bytes(record_row.source_key) for record_row in rows}
    return [
        (_(link.label), filled(_("{name}: not among your records here"), name=theirs(link.name)))
        for key, link in keys.items()
        if key not in sent
    ]


def _related(
    library: Library, row: Record, record: CareRecord, alike: SameTest, by_own: dict[str, Held[CareEntry]]
) -> list[tuple[str, list[Row]]]:
    """Return what this record names, what was sent of the same test, and, of a visit, what belongs to it."""
    groups: dict[str, list[Held[CareEntry]]] = alike.groups
    for link in record.links:
        if link.reference in by_own:
            groups.setdefault(_(link.label), []).append(by_own[link.reference])
    if record.visit in by_own and not any(by_own[record.visit] in held for held in groups.values()):
        groups[_("Visit")] = [by_own[record.visit]]
    if record.own.startswith(ANSWERED):
        results, again = timeline.of_questionnaire(library, record, row.connection_id, but=row.pk)
        groups |= {_("Made from these answers"): results} if results else {}
        groups |= {_("The same questions at other times"): again} if again else {}
    belonging = timeline.of_visit(library, record.own, row.connection_id, but=row.pk)
    shown = {held.id for several in groups.values() for held in several}
    belonging = [held for held in belonging if held.id not in shown]
    if belonging:
        groups[_("Also at this visit")] = belonging[:MOST_SHOWN]
    return [(heading, timeline.rows(held[:MOST_SHOWN])) for heading, held in groups.items()]


def type_words(media_type: str) -> str:
    """Return what a media type is called, "" for none."""
    whole = next((words for part, words in _TYPES_AT_LARGE.items() if part in media_type), media_type)
    return _(TYPE_WORDS[media_type]) if media_type in TYPE_WORDS else _(whole)


def _form(row: Record, form: Attachment) -> Form:
    kind = type_words(form.type) or _("kind not shared")
    title = wording.told(form.title)
    words = f"{title} ({kind})" if title else kind
    if form.is_inline:
        size = max(round(form.size / 1024), 1)
        words = filled(_("{form}, {size} KB"), form=words, size=size)
    elif not form.has_address:
        return Form(filled(_("{form}: your plan did not send it with the record"), form=words), "")
    return Form(words, reverse("care:paper", args=[row.pk, form.place]))

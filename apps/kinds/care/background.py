"""What stands behind a clinical record: source, sample, what it said before, the same test sent again."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from apps.fhir.tolerant import Unreadable
from apps.kinds.care import repeats, sources, wording
from apps.kinds.care.entry import CareEntry
from apps.kinds.care.kind import MEASUREMENT, MISTAKE, SOURCE, TEST
from apps.kinds.care.records import CareRecord
from apps.kinds.care.results import SAMPLE
from apps.kinds.care.sent import Sent, opened
from apps.kinds.care.timeline import brief_of
from apps.plain_language.dates import date_words
from apps.plain_language.language import _, said
from apps.plain_language.theirs import filled
from apps.records import kinds, known_names, mirror
from apps.records.kinds import Kind
from apps.records.models import EarlierVersion, Record
from apps.records.original import original
from apps.records.shelf import Library
from apps.records.volumes import Held
from apps.vault import boxes
from apps.vault.boxes import Box

MOST_SAMPLES = 3
MOST_BEFORE = 5


@dataclass(frozen=True, slots=True)
class Background:
    """Sentences of where a record came from, of its samples, and of what it said before."""

    sources: list[str] = field(repr=False)
    facts: list[tuple[str, str]] = field(repr=False)
    warnings: list[str] = field(repr=False)
    before: list[str] = field(repr=False)


def background(library: Library, row: Record, kind: Kind, record: CareRecord) -> Background:
    """Return what stands behind *record*. One query for earlier versions and two for the names of each."""
    samples = [sources.sample(sent) for sent in _samples(library, row, record)]
    return Background(
        sources=_sources(library, row, record),
        facts=[pair for facts, _warning in samples for pair in wording.pairs(facts)],
        warnings=[wording.told(warning) for _facts, warnings in samples for warning in warnings],
        before=list(_before(library, row, kind, record)),
    )


def _sources(library: Library, row: Record, record: CareRecord) -> list[str]:
    """Return where it came from by every Provenance that names it, and by its notes."""
    held: list[Held[CareEntry]] = library.held(SOURCE, plan=row.connection_id)
    briefs = [
        SOURCE.brief_of(held_source.entry)
        for held_source in held
        if record.own and record.own in held_source.entry.ties.names
    ]
    sentences = [wording.told(brief.value) for brief in briefs if brief]
    sentences += [_(text) for text in sources.noted(record)]
    return list(dict.fromkeys(filter(None, sentences)))


def _samples(library: Library, row: Record, record: CareRecord) -> Iterator[Sent]:
    wanted = [link.reference for link in record.links if link.label == SAMPLE][:MOST_SAMPLES]
    keys = [boxes.source_key(library.box, reference) for reference in wanted]
    for body in mirror.bodies_of(row.connection, library.box, keys) if keys else ():
        try:
            sent = opened(body).sent
        except Unreadable:
            continue
        if sent.code("status") != "entered-in-error":
            yield sent


def _before(library: Library, row: Record, kind: Kind, record: CareRecord) -> Iterator[str]:
    """Yield what the plan sent before, where it said something else; a mistake of then is not told again.

    Each version is read with the names of what it itself refers to, as the newest is.
    """
    versions = EarlierVersion.objects.filter(record=row.pk).order_by("-replaced_at", "-stored_at")
    after = wording.answer(record)
    for version in versions[:MOST_BEFORE]:
        said = _answer(row, library.box, mirror.opened(library.box, version), kind)
        if said and said != after:
            on = date_words(version.replaced_at.date())
            yield filled(
                _("Changed by your plan, noticed on {date}. Before, it said: {answer}"), date=on, answer=said
            )
            after = said


def _answer(row: Record, box: Box, body: bytes | None, kind: Kind) -> str:
    try:
        before = kinds.opened(row.fhir_type, body) if body is not None else None
    except Unreadable:
        return ""
    if before is None or before.kind is not kind:
        return ""
    names, _samples = known_names.names_among(row.connection, box, kind.references(before.content))
    return wording.answer(kind.record(before.content, names))


AGAIN: Final = said("The same result, sent again")
OTHERS: Final = said("Of the same test and time")
_TWICE: Final = said("Your plan sent this result more than once.")
_DIFFER: Final = said("Your plan sent another result of this test for the same time, and the two differ.")
_MISTAKE: Final = said("Your plan also sent this result in a record that it marked as a mistake.")


@dataclass(frozen=True, slots=True)
class SameTest:
    """The same result sent again, others of the same test and moment, and whether one is a mistake."""

    again: list[Held[CareEntry]] = field(default_factory=list, repr=False)
    others: list[Held[CareEntry]] = field(default_factory=list, repr=False)
    is_mistake: bool = False

    @property
    def sentences(self) -> list[str]:
        """What has to be known before the result is read."""
        cases = ((self.others, _DIFFER), (self.again, _TWICE), (self.is_mistake, _MISTAKE))
        return [_(text) for holds, text in cases if holds]

    @property
    def groups(self) -> dict[str, list[Held[CareEntry]]]:
        """The other results under their headings."""
        groups = ((AGAIN, self.again), (OTHERS, self.others))
        return {_(heading): held for heading, held in groups if held}


def same_test(library: Library, row: Record, record: CareRecord) -> SameTest:
    """Return what the plan of *row* sent of the same test and moment as its *record*."""
    if not record.likeness:
        return SameTest()
    plan = row.connection_id
    held = [held for kind in (TEST, MEASUREMENT) for held in library.held(kind, plan=plan)]
    mine = next((held.entry for held in held if held.id == row.pk), CareEntry())
    wholes = repeats.Wholes(held.entry for held in held)
    others = [held for held in held if held.id != row.pk and not held.is_left_out]
    return SameTest(
        again=[held for held in others if wholes.are_same(mine, held.entry)],
        others=[
            held
            for held in others
            if wholes.contradict(mine, held.entry) and not _says_no_other(library, held, record)
        ],
        is_mistake=any(held.entry.likeness == record.likeness for held in library.held(MISTAKE, plan=plan)),
    )


def _says_no_other(library: Library, held: Held[CareEntry], record: CareRecord) -> bool:
    """Whether another result has the value and flag of *record*, and its parts where both tell any."""
    brief = brief_of(held.entry)
    if brief is None or record.value is None or (brief.value, brief.flag) != (record.value, record.flag):
        return False
    if not record.parts:
        return True
    row = library.member.records.select_related("connection__plan").filter(pk=held.id).first()
    other: CareRecord | None = original(row, library.box, TEST) if row else None
    return other is not None and other.parts in ((), record.parts)

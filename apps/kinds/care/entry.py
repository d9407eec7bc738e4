"""The entry of a clinical record: what lists, search and charts need of it; pure."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
from msgspec import structs

from apps.kinds.care.elements import is_code_alone
from apps.kinds.care.frame import NONE
from apps.kinds.care.records import MEMBER, RESULT, Brief, CareRecord, Point, Words, is_behind_a_tap
from apps.plain_language.capitals import fold
from apps.plain_language.free_words import free_words
from apps.plain_language.language import said
from apps.records.entries import UNDATED, Codec, Entry, raw
from apps.records.sensitive import UNCLEAR, categories_of
from apps.records.ties import Ties

FOLDED = said("Folded record")
MAY_BE = said("Folded record: it may be of care that is hidden")
WAITING = said("A new test result is here")
_DRUGS = frozenset(
    {"MedicationRequest", "MedicationDispense", "MedicationStatement", "MedicationAdministration"}
)
_OF_DRUGS: Final = frozenset({"RxNorm", "NDC", "HCPCS", "CVX"})
_UNRULED: Final = frozenset({"", "SNOMED CT", "LOINC"})
"""Lists that are too large for rules: of what care their codes are, names tell."""
_briefs = Codec[Brief](Brief)
_points = Codec[tuple[Point, ...]](tuple[Point, ...])
NO_POINTS: Final = raw(())
MOST_WORDS = 600
"""Characters kept to search a record by."""
_APPROVAL: Final = re.compile(r"\b(?:prior|pre) ?-?(?:auth|cert)")
NOT_SO = frozenset(
    {NONE, "not_to_be", "ruled_out", "of_family", "not_done", "not_given", "declined", "rejected"}
)
"""Standings of what is not so, or did not happen: it is listed with that said first, and counted apart."""


class CareEntry(Entry, frozen=True, array_like=True, kw_only=True, gc=False):
    """One clinical record."""

    standing: str = ""
    own: str = ""
    visit: str = ""
    points: msgspec.Raw = NO_POINTS
    """Its numbers, which charts alone open (`points_of`)."""
    is_fill: bool = False
    ties: Ties = Ties()
    """By what its claim is found, and for a medicine its fills."""
    likeness: bytes = b""
    """By what the same result sent twice is known (`likeness`)."""
    members: tuple[str, ...] = ()
    """Of a panel or a report: the results in it."""
    times_sent: int = 1
    """How often the same was sent; said by who lists it once."""
    is_source: bool = False
    """It says where the records came from that its ties name."""
    gaps: tuple[str, ...] = ()
    """Keys of numbers that did not come or were cancelled (`CareRecord.gaps`)."""

    @property
    def joined(self) -> tuple[str, ...]:
        """Its own reference, its visit, its questionnaire and answers, what a Provenance is of.

        What tells of one tells of the other.
        """
        is_of_others = self.is_source or self.own.startswith("Observation/")
        targets = self.ties.names if is_of_others else ()
        return tuple(filter(None, (self.own, self.visit, *targets)))


def entry_of(record: CareRecord, *, person_key: str = "") -> CareEntry:
    """Return the entry of *record*; by one that is kept apart nothing is searched or drawn.

    *person_key* says of whom it is (`Entry.person_key`).
    """
    apart, words = bool(record.kept_apart), words_of(record)
    # Of one day, drafts stand last.
    return CareEntry(
        on=(record.when.on if record.when else None) or UNDATED,
        order="" if record.standing == "draft" else record.own,
        person=record.patient,
        person_key=person_key,
        words="" if apart else words[:MOST_WORDS],
        categories=care_of(record, words),
        brief=raw(brief(record)),
        standing=record.standing,
        own=record.own,
        visit="" if apart else record.visit,
        points=NO_POINTS if apart else raw([named.point for named in record.points]),
        is_fill=record.is_fill and not apart,
        ties=Ties() if apart else record.ties,
        likeness=record.likeness,
        members=tuple(link.reference for link in record.links if link.label in (MEMBER, RESULT)),
        is_source=record.type == "Provenance",
        gaps=record.gaps if record.kept_apart in ("", "cancelled") else (),
    )


def care_of(record: CareRecord, words: str) -> frozenset[str]:
    """Return of which sensitive care it is, by codes, texts and labels; unclear where nothing can tell.

    *words* are those it is searched by.
    """
    codes = [(code.kind, code.code) for code in (*record.codes, *record.around)]
    is_drug = record.type in _DRUGS
    drugs = {code: text for code in codes if (text := free_words(*code))} if is_drug else {}
    names = [words, *map(fold, _results(record)), *map(fold, drugs.values())]
    categories = categories_of(codes, labels=[label.upper() for label in record.labels], names=names)
    # By its own codes: one part that lists know tells nothing of the others in it.
    own = ((code.kind, code.code) for code in record.codes if code.kind in _OF_DRUGS)
    is_unknown_drug = is_drug and not any(code in drugs for code in own)
    is_unknown_code = is_code_alone(record.name) and all(code.kind in _UNRULED for code in record.codes)
    is_unclear = record.is_private or is_unknown_drug or is_unknown_code
    return categories | {UNCLEAR} if is_unclear else categories


def folded(entry: CareEntry) -> CareEntry:
    """Return the entry without what names the care: of which sort it is, and of which day, is left."""
    return _nameless(entry, MAY_BE if entry.categories == {UNCLEAR} else FOLDED)


def waiting(entry: CareEntry) -> CareEntry:
    """Return a new result as it stands until the member asks for it."""
    return _nameless(entry, WAITING)


def _nameless(entry: CareEntry, name: str) -> CareEntry:
    if entry.is_unreadable:
        return entry
    brief = _briefs.read(entry.brief)
    left = Brief(type=brief.type, name=Words(name, "ours"), when=brief.when, sort=brief.sort)
    return structs.replace(
        entry, brief=raw(left), words="", standing="", points=NO_POINTS, visit="", ties=Ties(), gaps=()
    )


def brief(record: CareRecord) -> Brief:
    """Return what a row says."""
    return Brief(
        type=record.type,
        name=record.name,
        standing=record.standing,
        when=record.when,
        value=None if is_behind_a_tap(record.codes) else record.value,
        flag=record.flag,
        sort=record.sort,
    )


def words_of(record: CareRecord) -> str:
    """Return the folded words a record is searched by: names, codes, who and where, uncut."""
    parts = [*texts_of(record.name), *(code.code for code in record.codes)]
    for part in record.parts:
        parts += [*texts_of(part.name), *part.others]
    for fact in record.facts:
        parts += texts_of(fact.words)
    folded = dict.fromkeys(fold(part) for part in parts)
    return " ".join(text for text in folded if text)


def is_of_approval(entry: CareEntry) -> bool:
    """Whether a paper is called, or says in brief, that it is about an approval in advance."""
    return entry.own.startswith("DocumentReference/") and bool(_APPROVAL.search(entry.words))


def points_of(entry: CareEntry) -> tuple[Point, ...]:
    """Return the numbers of a result that may stand on a line with others."""
    return _points.read(entry.points)


def not_so(entries: Iterable[CareEntry]) -> int:
    """Count what is not so, or did not happen."""
    return sum(entry.standing in NOT_SO for entry in entries)


def _results(record: CareRecord) -> Iterator[str]:
    """Yield the texts that no search finds: what was found, what has to be known, notes."""
    parts = [words for part in record.parts for words in (part.value, part.flag, *part.ranges)]
    for words in (record.value, record.flag, *record.ranges, *record.sentences, *parts):
        yield from texts_of(words)
    yield from record.notes
    yield from (link.name for link in record.links)
    yield from (title for paper in record.attachments for title in texts_of(paper.title))


def texts_of(words: Words | None) -> Iterator[str]:
    """Yield what the plan wrote in *words*: ours are of a language."""
    if words is None:
        return
    if words.form in ("theirs", "name"):
        yield words.text
    for _name, part in words.values:
        yield from texts_of(part)

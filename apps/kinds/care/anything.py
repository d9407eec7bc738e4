"""Records of any other type, as far as they are alike: lists, family histories, pictures, risks; pure."""

import re
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from apps.kinds.care import elements
from apps.kinds.care.amounts import quantity
from apps.kinds.care.elements import coded, facts, listed, name_of, names_of, when
from apps.kinds.care.events import dose
from apps.kinds.care.frame import Frame
from apps.kinds.care.plans import NOT_TO_BE, PLANS
from apps.kinds.care.records import CareRecord, Coded, Fact, Words, ours, theirs
from apps.kinds.care.rows import entries, rows
from apps.kinds.care.sent import NOTHING, Sent, at_path, codes_of, is_person
from apps.kinds.care.vocabulary import URGENCIES
from apps.plain_language.language import said

_DONE_SAYING: Final = frozenset({"current", "completed", "final", "success", "fulfilled"})
"""Statuses by which a record of another type says that it is all there, and nothing of what it tells."""
_STANDINGS: Final = PLANS | {
    "not-done": "not_done",
    "abandoned": "not_done",
    "noshow": "not_done",
    "booked": "planned",
    "requested": "ordered",
    "ready": "planned",
    "in-progress": "current",
    **dict.fromkeys(("intended", "preparation", "pending"), "planned"),
    "failed": "failed",
    "stopped": "stopped",
    "preliminary": "may_change",
    "registered": "unfinished",
    **dict.fromkeys(("amended", "corrected"), "corrected"),
    "retired": "past",
}
"""PLANS, and what messages, deliveries, appointments and tasks say of what came about and what did not."""
_EXCEPTIONS: Final = said(
    "This consent has exceptions that are not shown here. As your plan sent it, it has all."
)
_ABSENT_GRADES: Final = frozenset({"0", "c75533"})
"""Of an unwanted event: it was looked for, and was not there (CTCAE, and NCI's code for that)."""
_POTENTIAL: Final = said("It might have happened, and did not.")


class _Told(NamedTuple):
    """What stands at *paths*, told under a label: codes in *words* of ours, "" for one that needs none."""

    label: str
    paths: str
    words: dict[str, str] = {}


_SAID: Final = said("What it says")
_STATES: Final = {
    "health-unknown": said("nothing is known of this person's health"),
    "partial": said("not all of it is known"),
}
"""Statuses of a family history that say how much is known."""
_SEVERITIES: Final = {"high": said("high"), "moderate": said("moderate"), "low": said("low")}
_PROVISIONS: Final = {"permit": said("it is allowed"), "deny": said("it is not allowed")}
_REPLIES: Final = {
    "accepted": said("accepted"),
    "declined": said("declined"),
    "tentative": said("perhaps"),
    "needs-action": said("not answered yet"),
}
"""What those who were asked to an appointment said."""
_TOLD: Final = (
    _Told(said("Of"), "relationship"),
    _Told(_SAID, "description summary oralDiet.instruction payload.contentString detail comment"),
    _Told(_SAID, "patientInstruction provision.type evaluationMessage.issue.details", _PROVISIONS),
    _Told(
        said("Kind"),
        "category modality series.modality medium appointmentType serviceCategory specialty scope",
    ),
    _Told(said("Severity"), "severity seriousness", _SEVERITIES),
    _Told(said("How urgent"), "priority", URGENCIES | {"routine": ""}),
    _Told(said("Current status"), "businessStatus participantStatus doseStatus", _REPLIES),
    _Told(said("Reason for this status"), "statusReason cancelationReason doseStatusReason"),
    _Told(said("Why it is not known"), "dataAbsentReason"),
    _Told(said("Suspected cause"), "suspectEntity.instance"),
    _Told(said("What it led to"), "resultingCondition outcome"),
    _Told(
        said("About"),
        "problem diagnosis.condition implicated focus immunizationEvent study policyRule provision.action",
    ),
    _Told(said("Signs"), "evidence.code"),
    _Told(said("What was looked at"), "investigation.item basis"),
    _Told(said("What was found"), "finding.itemCodeableConcept finding.itemReference"),
    _Told(said("How it may go on"), "prognosisCodeableConcept"),
    _Told(said("Part of the body"), "bodySite series.bodySite series.laterality locationQualifier"),
    _Told(said("To be left out"), "excludeFoodModifier"),
    _Told(said("Wished for"), "foodPreferenceModifier"),
    _Told(said("Asked for by"), "requester orderer referrer prescriber"),
    _Told(said("By"), "performer author source assessor operator authority sender supplier owner"),
    _Told(said("Written down by"), "recorder"),
    _Told(said("Read by"), "interpreter"),
    _Told(said("With"), "careManager team participant.actor provision.actor.reference"),
    _Told(said("To"), "recipient"),
    _Told(said("At"), "managingOrganization organization"),
    _Told(said("Place"), "location"),
    _Told(said("Form"), "morphology"),
    _Told(said("View"), "view"),
    _Told(said("To do about it"), "mitigation mitigation.action"),
    _Told(said("Amount"), "suppliedItem.quantity quantity"),
)
"""What a record of any type may say beside its name. What stands at a path is told by its shape."""
_DATED: Final = ((said("To be done by"), "restriction"), (said("Valid"), "provision"))
"""Elements with a period that no record is dated by."""
_KINDS: Final = (
    *("type", "appointmentType", "category", "relationship", "targetDisease", "scope", "procedureCode"),
)
_NAMING: Final = frozenset({"Kind", "Place", _SAID})
"""Labels of facts by which a record may be called."""
_REVIEWED: Final = said("It was reviewed, and there is none.")
_EMPTY: Final = {
    "nilknown": _REVIEWED,
    "notasked": said("You were not asked about it."),
    "withheld": said("It is held back."),
    "unavailable": said("It could not be had."),
    "notstarted": said("It was not begun."),
    "closed": said("It is closed."),
}
_BARE: Final = said("Nothing is on this list, and your plan did not say why.")
_MOMENTS: Final = (
    *("date", "effective", "occurrence", "period", "started", "created", "issued", "timing", "recorded"),
    *("dateTime", "identified", "recordedOn", "sent"),
)
_BEGINNINGS: Final = ("start", "executionPeriod", "dateWritten", "requestedPeriod")
"""Moments of appointments, tasks and prescriptions, which go before that of their writing."""
_LONGEST: Final = 4000
_CLOCK: Final = re.compile(r"T(?!00:00)(\d\d:\d\d)", re.ASCII)


def anything(frame: Frame) -> CareRecord:
    """Read a record of any type as far as records are alike: a name, a day, who, notes."""
    sent = frame.sent
    why_empty = sent.one("emptyReason")
    empty = next((_EMPTY[code] for code in codes_of([why_empty]) if code in _EMPTY), None)
    is_bare = frame.opened.type == "List" and not (sent.one("entry") or why_empty)
    called = _called(frame)
    return frame.record(
        called,
        when=when(sent, *_BEGINNINGS, *_MOMENTS, "authoredOn"),
        standing=_standing(frame),
        parts=rows(frame),
        sentences=[
            ours(empty) if empty else ours(_BARE) if is_bare else None,
            ours(_POTENTIAL) if sent.code("actuality") == "potential" else None,
            ours(NOT_TO_BE) if frame.is_not_to_be else None,
            ours(_EXCEPTIONS) if any(at_path(sent, "provision.provision")) else None,
        ],
        facts=_facts_of_anything(
            frame,
            why_empty=theirs(why_empty.text("text")) if empty else name_of(why_empty),
            name=called.name if isinstance(called, Coded) else called,
        ),
        notes=at_path(sent, "condition.note", "lensSpecification.note"),
        attachments=frame.attachments(sent.all("content") if frame.opened.type == "Media" else ()),
        links=(
            *frame.links_to(said("In this list"), (element.one("item") for element in entries(sent))),
            *frame.links(said("Visit"), "encounter"),
        ),
    )


def _standing(frame: Frame) -> str:
    """Return how it stands: what is not to be goes before whether it is asked for."""
    status = frame.sent.code("status")
    stands = "" if status in _DONE_SAYING else _STANDINGS.get(status, "")
    stands = "not_done" if _is_absent(frame) or frame.sent.code("actuality") == "potential" else stands
    return "not_to_be" if frame.is_not_to_be else stands


def _is_absent(frame: Frame) -> bool:
    """Whether an unwanted event is told that was not there, by the grade beside it."""
    grades = (mark for mark in frame.sent.all("extension") if mark.code("url").endswith("grade"))
    codes = codes_of(mark.one("valueCodeableConcept") for mark in grades)
    return frame.opened.type == "AdverseEvent" and not _ABSENT_GRADES.isdisjoint(codes)


def _called(frame: Frame) -> Coded | Words | None:
    """Return what a record of any type is called, by the first element that says it."""
    sent = frame.sent
    series = sent.all("series")
    itself = [
        *map(sent.one, ("event", "code", "topic", "serviceType")),
        sent.one("location") if frame.opened.type == "BodyStructure" else NOTHING,
        *map(sent.one, ("moduleCodeableConcept", "itemCodeableConcept")),
        *sent.one("oralDiet").all("type"),
        *at_path(sent, "suppliedItem.itemCodeableConcept"),
    ]
    its_kind = [
        *at_path(sent, *_KINDS),
        *(element.one("modality") for element in (sent, *series)),
    ]
    read, kind = map(_in_words, (itself, its_kind))
    title, text = theirs(sent.text("title") or sent.text("name")), theirs(sent.text("description"))
    recommended = names_of(at_path(sent, "recommendation.vaccineCode", "recommendation.targetDisease"))
    other = kind or recommended or frame.what(sent.one("device"))
    return _of_family(frame, kind or Coded()) or title or read or text or other


def _in_words(concepts: Iterable[Sent]) -> Coded | None:
    """Return what the first of these is called; a name in words goes before a code alone."""
    called = (read for read in map(coded, concepts) if read.name)
    return min(called, key=lambda read: elements.is_code_alone(read.name), default=None)


def _of_family(frame: Frame, relative: Coded) -> Words | None:
    """Return of whom a family history tells: its name alone would call that person."""
    if frame.opened.type != "FamilyMemberHistory":
        return None
    return ours(said("Family history: {name}"), name=relative.name) if relative.name else None


def _how_many(sent: Sent) -> Words | None:
    """Return how many stand on a list: not all of them need be told, or be here."""
    number = sum(1 for _entry in entries(sent))
    return Words(f"{number:,}", "name") if number and not sent.is_cut("entry") else None


def _facts_of_anything(frame: Frame, *, why_empty: Words | None, name: Words | None) -> tuple[Fact, ...]:
    """Return the facts, without what gave the record its name; what else is called the same stays."""
    sent = frame.sent
    status = sent.code("status")
    is_told = status in {*_STANDINGS, *_DONE_SAYING}
    return (
        *facts(
            (said("Status"), None if is_told else listed(_STATES, status)),
            (said("Time"), _hours(sent)),
            (said("How many are on it"), _how_many(sent)),
        ),
        *(
            fact
            for element in _TOLD
            for fact in _facts_told(frame, element, but=name if element.label in _NAMING else None)
        ),
        *facts(
            *((label, when(sent.one(name), "period")) for label, name in _DATED),
            (said("Dose"), dose(sent) if frame.opened.type == "ImmunizationEvaluation" else None),
            (_SAID, why_empty),
            (said("Died"), when(sent, "deceased") or elements.yes_or_no(sent.flag("deceasedBoolean"))),
            (said("Because of"), frame.reasons()),
            (said("Measured with"), frame.who(sent.one("device")) if frame.opened.type == "Media" else None),
        ),
    )


def _hours(sent: Sent) -> Words | None:
    """Return from when to when an appointment is, by the clock of its place; a day alone has no hours."""
    start, end = (_CLOCK.search(sent.text(name, 80) or "") for name in ("start", "end"))
    low, high = (Words(time[1], "clock") if time else None for time in (start, end))
    return ours(said("{low} to {high}"), low=low, high=high) if low and high else low


def _facts_told(frame: Frame, source: _Told, *, but: Words | None) -> tuple[Fact, ...]:
    """Return what stands under a label: texts one by one, what has a name together and once."""
    texts, names = list[Words | None](), list[Words | None]()
    for path in source.paths.split():
        *way, last = path.split(".")
        for holder in at_path(frame.sent, ".".join(way)):
            names += (_named(frame, element) for element in holder.all(last))
            texts += (_written(text, source.words) for text in _texts(holder, last))
    together = elements.together([words for words in dict.fromkeys(names) if words and words != but])
    return facts(*((source.label, words) for words in (*texts, together) if words != but))


def _texts(holder: Sent, name: str) -> Iterator[str]:
    value = holder.tree.get(name)
    if isinstance(value, str):
        yield holder.text(name, _LONGEST) or ""
    elif isinstance(value, list):
        yield from holder.texts(name)


def _written(text: str, words: dict[str, str]) -> Words | None:
    """Return a text as it was sent, a code of *words* by these; None where it needs none."""
    code = text.strip().lower()
    return (ours(words[code]) if words[code] else None) if code in words else theirs(elements.written(text))


def _named(frame: Frame, element: Sent) -> Words | None:
    """Return what an object is, by its shape: things by their names, others as they are referred to."""
    if is_person(element):  # whose record it is stands elsewhere
        return None
    if "display" in element.tree and "code" not in element.tree:
        return frame.who(element)
    return name_of(element) or frame.who(element) or quantity(element)

"""Records of any other type, as far as they are alike: lists, family histories, pictures, risks; pure."""

from collections.abc import Iterator
from typing import Final

from apps.kinds.care import elements
from apps.kinds.care.amounts import plain, quantity, spread
from apps.kinds.care.elements import coded, facts, listed, name_of, names_of, when
from apps.kinds.care.frame import Frame
from apps.kinds.care.plans import PLANS
from apps.kinds.care.records import CareRecord, Coded, Fact, Part, Words, ours, theirs
from apps.kinds.care.sent import Sent, codes_of
from apps.plain_language.language import said

_DONE_SAYING: Final = frozenset({"current", "completed", "final"})
"""Statuses by which a record of another type says that it is all there, and nothing of what it tells."""
_STANDINGS: Final = PLANS | {"not-done": "not_done", "abandoned": "not_done"}
"""PLANS, and what messages and deliveries say of what did not come about."""
_POTENTIAL: Final = said("It might have happened, and did not.")
_ALSO: Final = (
    (said("Kind"), "category modality series.modality medium"),
    (said("Severity"), "severity seriousness"),
    (said("Suspected cause"), "suspectEntity.instance"),
    (said("What it led to"), "resultingCondition outcome"),
    (said("About"), "problem diagnosis.condition implicated"),
    (said("Signs"), "evidence.code"),
    (said("What was looked at"), "investigation.item basis"),
    (said("What was found"), "finding.itemCodeableConcept finding.itemReference"),
    (said("How it may go on"), "prognosisCodeableConcept"),
    (said("Part of the body"), "bodySite series.bodySite series.laterality locationQualifier"),
    (said("To be left out"), "excludeFoodModifier"),
    (said("Wished for"), "foodPreferenceModifier"),
    (said("Asked for by"), "requester orderer referrer"),
    (said("By"), "performer author source assessor operator authority sender supplier"),
    (said("Written down by"), "recorder"),
    (said("Read by"), "interpreter"),
    (said("With"), "careManager team"),
    (said("At"), "managingOrganization"),
    (said("Place"), "location"),
)
"""What a record of any type may say beside its name, by the elements that say it."""
_NAMING: Final = frozenset({"Kind", "Place", "What it says"})
"""Labels of facts by which a record may be called."""
_SEVERITIES: Final = {"high": said("high"), "moderate": said("moderate"), "low": said("low")}
_UNKNOWN: Final = {
    "health-unknown": said("nothing is known of this person's health"),
    "partial": said("not all of it is known"),
}
"""Statuses of a family history that say how much is known."""
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


def anything(frame: Frame) -> CareRecord:
    """Read a record of any type as far as records are alike: a name, a day, who, notes."""
    sent = frame.sent
    why_empty = sent.one("emptyReason")
    empty = next((_EMPTY[code] for code in codes_of([why_empty]) if code in _EMPTY), None)
    is_bare = frame.opened.type == "List" and not (sent.one("entry") or why_empty)
    called = _called(frame)
    return frame.record(
        called,
        when=when(sent, *_MOMENTS),
        standing="" if sent.code("status") in _DONE_SAYING else _STANDINGS.get(sent.code("status"), ""),
        parts=(*_judged(frame), *_conditions(sent), *_fed(sent)),
        sentences=[
            ours(empty) if empty else ours(_BARE) if is_bare else None,
            ours(_POTENTIAL) if sent.code("actuality") == "potential" else None,
        ],
        facts=_without(
            called, _facts_of_anything(frame, theirs(why_empty.text("text")) if empty else name_of(why_empty))
        ),
        notes=(note for element in sent.all("condition") for note in element.all("note")),
        attachments=frame.attachments(sent.all("content") if frame.opened.type == "Media" else ()),
        links=(
            *frame.links_in(said("In this list"), _entries(sent), "item"),
            *frame.links(said("Visit"), "encounter"),
        ),
    )


def _without(called: Coded | Words | None, told: tuple[Fact, ...]) -> tuple[Fact, ...]:
    """Leave out what gave a record its name; what else is called the same stays."""
    name = called.name if isinstance(called, Coded) else called
    return tuple(fact for fact in told if fact.words != name or fact.label not in _NAMING)


def _entries(sent: Sent) -> Iterator[Sent]:
    """Yield what stands on a list; what was taken off it is sent too."""
    return (element for element in sent.all("entry") if not element.flag("deleted"))


def _called(frame: Frame) -> Coded | Words | None:
    """Return what a record of any type is called, by the first element that says it."""
    sent = frame.sent
    series = sent.all("series")
    itself = [
        *(sent.one(element) for element in ("event", "code", "location", "topic")),
        *sent.one("oralDiet").all("type"),
        *_at(sent, "suppliedItem.itemCodeableConcept"),
    ]
    its_kind = [
        *(sent.one(element) for element in ("type", "category", "relationship")),
        *sent.all("procedureCode"),
        *(element.one("modality") for element in (sent, *series)),
    ]
    read, kind = (
        next((name for name in map(coded, places) if name.name), None) for places in (itself, its_kind)
    )
    title, text = theirs(sent.text("title") or sent.text("name")), theirs(sent.text("description"))
    recommended = names_of(_at(sent, "recommendation.vaccineCode", "recommendation.targetDisease"))
    other = kind or recommended or frame.what(sent.one("device"))
    return _of_family(frame, kind or Coded()) or title or read or text or other


def _of_family(frame: Frame, relative: Coded) -> Words | None:
    """Return of whom a family history tells: its name alone would call that person."""
    if frame.opened.type != "FamilyMemberHistory":
        return None
    return ours(said("Family history: {name}"), name=relative.name) if relative.name else None


def _how_many(sent: Sent) -> Words | None:
    """Return how many stand on a list: not all of them need be told, or be here."""
    number = sum(1 for _entry in _entries(sent))
    return Words(f"{number:,}", "name") if number and not sent.is_cut("entry") else None


def _judged(frame: Frame) -> Iterator[Part]:
    """Yield what a vaccine was recommended, or a risk judged to be, each with how sure or by when."""
    for element in frame.sent.all("recommendation"):
        names = names_of([*element.all("vaccineCode"), *element.all("targetDisease")])
        dates = [*_dates_of(element)]
        state = name_of(element.one("forecastStatus"))
        more = (state, *dates, names_of(element.all("forecastReason")), theirs(element.text("description")))
        told = elements.together([words for words in more if words])
        if names:
            yield Part(names, told or ours(elements.NOT_RECORDED))
        if against := names_of(element.all("contraindicatedVaccineCode")):
            yield Part(against, ours(said("not to be given")))
    for element in frame.sent.all("entry"):
        is_off, flag, item = element.flag("deleted"), name_of(element.one("flag")), element.one("item")
        # What is on the list and has a record of its own stands below, by that.
        is_told_here = is_off or (item.text("reference") or "#").startswith("#")
        if is_told_here and (name := frame.what(item)):
            yield Part(name, flag or ours(said("taken off this list") if is_off else said("on this list")))
    for element in frame.sent.all("prediction"):
        number, age = element.number("probabilityDecimal"), spread(element.one("whenRange"))
        share = spread(element.one("probabilityRange"))
        share = Words(plain(number), "name") if number is not None else share
        judged = [
            name_of(element.one("qualitativeRisk")),
            ours(said("probability {number}"), number=share) if share else None,
            ours(said("at age {age}"), age=age) if age else None,
            (time := when(element, "when")) and time.words,
            theirs(element.text("rationale")),
        ]
        told = elements.together([words for words in judged if words])
        if name := name_of(element.one("outcome")):
            yield Part(name, told or ours(elements.NOT_RECORDED))


def _fed(sent: Sent) -> Iterator[Part]:
    """Yield what was ordered beside a diet, each with how it is to be taken."""
    feeding = sent.one("enteralFormula")
    fed = theirs(feeding.text("baseFormulaProductName")) or name_of(feeding.one("baseFormulaType"))
    several = [(fed, feeding.text("administrationInstruction", 1000))]
    for element in sent.all("supplement"):
        what = theirs(element.text("productName")) or name_of(element.one("type"))
        several.append((what, element.text("instruction", 1000)))
    for name, how in several:
        if name:
            yield Part(name, theirs(how) or ours(elements.NOT_RECORDED))


def _at(sent: Sent, *paths: str) -> Iterator[Sent]:
    """Yield what stands under paths of elements, each of several."""
    for path in paths:
        name, _dot, rest = path.partition(".")
        for element in sent.all(name):
            yield from _at(element, rest) if rest else [element]


def _conditions(sent: Sent) -> Iterator[Part]:
    """Yield what a family member had, each with the age it began at and whether it led to death."""
    for element in sent.all("condition"):
        since, outcome = when(element, "onset"), name_of(element.one("outcome"))
        led_to_death = ours(said("it led to death")) if element.flag("contributedToDeath") else None
        told = [words for words in (since and since.words, led_to_death, outcome) if words]
        if name := name_of(element.one("code")):
            yield Part(name, elements.together(told) or ours(elements.NOT_RECORDED))


def _facts_of_anything(frame: Frame, why_empty: Words | None) -> tuple[Fact, ...]:
    sent = frame.sent
    status = sent.code("status")
    died = sent.flag("deceasedBoolean")
    return facts(
        (
            said("Status"),
            None if status in {*_STANDINGS, *_DONE_SAYING} else listed(_UNKNOWN, status),
        ),
        (said("How many are on it"), _how_many(sent)),
        (said("Of"), name_of(sent.one("relationship"))),
        *((said("What it says"), theirs(text)) for text in _texts(sent)),
        (said("What it says"), theirs(elements.written(sent.text("detail", 4000)))),
        (said("Severity"), listed(_SEVERITIES, sent.code("severity"))),
        *((label, _named_at(frame, paths)) for label, paths in _ALSO),
        (said("Form"), name_of(sent.one("morphology"))),
        (said("What it says"), why_empty),
        (said("Died"), when(sent, "deceased") or elements.yes_or_no(died)),
        (said("Because of"), frame.reasons()),
        (said("View"), name_of(sent.one("view"))),
        (said("Measured with"), frame.who(sent.one("device")) if frame.opened.type == "Media" else None),
        (said("To do about it"), theirs(sent.text("mitigation", 1000))),
        (said("To do about it"), names_of(each.one("action") for each in sent.all("mitigation"))),
        (said("Amount"), quantity(sent.one("suppliedItem").one("quantity"))),
    )


def _texts(sent: Sent) -> Iterator[str]:
    """Yield what a record says in free text."""
    places = [(sent, "description"), (sent, "summary"), (sent.one("oralDiet"), "instruction")]
    for element, name in (*places, *((element, "contentString") for element in sent.all("payload"))):
        if text := element.text(name, 4000):
            yield text


def _named_at(frame: Frame, paths: str) -> Words | None:
    """Return what stands under any of several paths, each once: things by their names, others as they are
    referred to."""
    told = (
        frame.who(element)
        if "display" in element.tree and "code" not in element.tree
        else name_of(element) or frame.who(element)
        for element in _at(frame.sent, *paths.split())
    )
    return elements.together(list(dict.fromkeys(words for words in told if words)))


def _dates_of(recommendation: Sent) -> Iterator[Words]:
    """Yield by when a vaccine is recommended, with what the day is where that is said."""
    for criterion in recommendation.all("dateCriterion"):
        if at := when(criterion, "value"):
            kind = name_of(criterion.one("code"))
            yield ours("{kind}: {date}", kind=kind, date=at.words) if kind else at.words

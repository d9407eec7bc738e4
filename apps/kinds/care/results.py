"""Results and vital signs (Observation); pure."""

from collections.abc import Iterator
from typing import Final

from apps.kinds.care import elements, loinc
from apps.kinds.care.amounts import is_said_by, is_shown, plain, quantity, ratio, spread, unit_of
from apps.kinds.care.coded_values import beyond, value_name
from apps.kinds.care.elements import coded, facts, when
from apps.kinds.care.frame import Frame, focus_of
from apps.kinds.care.likeness import likeness
from apps.kinds.care.points import gaps_of, points_of
from apps.kinds.care.records import MEMBER, CareRecord, Fact, Part, When, Words, is_behind_a_tap, ours, theirs
from apps.kinds.care.sent import NOTHING, Sent, codes_of, remembered
from apps.kinds.care.vocabulary import ABSENT
from apps.plain_language.language import said

STANDINGS: Final = {
    "final": "",
    "registered": "unfinished",
    "partial": "unfinished",
    "preliminary": "may_change",
    "amended": "corrected",
    "corrected": "corrected",
    "appended": "added_to",
}
_COUNTING: Final = frozenset({"final", "amended", "corrected"})
FLAGS: Final = {
    "h": said("High"),
    "hu": said("Very high"),
    "hh": said("Critically high"),
    "l": said("Low"),
    "lu": said("Very low"),
    "ll": said("Critically low"),
    "a": said("Abnormal"),
    "aa": said("Critically abnormal"),
    "n": said("Normal"),
    "pos": said("Positive"),
    "neg": said("Negative"),
    "det": said("Detected"),
    "nd": said("Not detected"),
    "ind": said("Indeterminate"),
    "s": said("Susceptible"),
    "i": said("Intermediate"),
    "r": said("Resistant"),
}
"""HL7 v3-ObservationInterpretation, in our words; any other flag is shown as sent."""
_FLAG_LISTS: Final = (
    *("v3-observationinterpretation", "v3/observationinterpretation", "observation-interpretation"),
    *("v2-0078", "v2/0078"),
)
"""In addresses of that list, of the one before it, and of the page that describes it."""
_CORRECTED: Final = said("Your plan sent this as a correction of an earlier result, issued on {date}.")
_CORRECTED_SOMETIME: Final = said("Your plan sent this as a correction of an earlier result.")
SAMPLE: Final = said("Sample")
_SEE_TOO: Final = said("See also")
NO_VALUE: Final = said("no value sent")
_PRESSURES: Final = (("8480-6", "8462-4"), ("96608-5", "96609-3"), ("8490-5", "8472-3"))
"""LOINC codes of systolic and diastolic pressure: measured once, averaged, and of a whole day."""


def observation(frame: Frame) -> CareRecord:
    """Read an Observation, whatever it is about."""
    sent, status = frame.sent, frame.sent.code("status")
    code = loinc.named(sent.one("code"))
    parts, pressure = (*map(_part, sent.all("component")), *inside(frame, "hasMember")), _pressure(sent)
    value = pressure or value_of(sent) or (None if parts or sent.one("hasMember") else ours(NO_VALUE))
    issued = when(sent, "issued")
    at = when(sent, "effective", "effectiveTiming", may_last=frame.opened.is_answer) or issued
    focus = focus_of(frame)
    is_counted, is_cancelled = status in _COUNTING and not focus.sentence, status == "cancelled"
    return frame.record(
        code,
        when=at,
        standing=STANDINGS.get(status, "unsaid") or ("of_another" if focus.is_another else ""),
        value=value,
        flag=_flags(sent),
        ranges=tuple(_ranges(sent)),
        parts=parts,
        sentences=[focus.sentence, correction(status, issued)],
        facts=_facts_of_observation(frame, at, issued),
        links=(
            *frame.links(MEMBER, "hasMember"),
            *frame.links(said("Made from"), "derivedFrom"),
            *frame.links(said("About"), "focus"),
            *frame.links(said("Asked for by"), "basedOn"),
            *frame.links(SAMPLE, "specimen"),
            *frame.links_to(_SEE_TOO, _supporting(sent)),
        ),
        points=tuple(points_of(sent, code)) if is_counted else (),
        gaps=gaps_of(sent, code, is_cancelled=is_cancelled) if is_counted or is_cancelled else (),
        likeness=likeness(sent),
    )


def _facts_of_observation(frame: Frame, at: When | None, issued: When | None) -> tuple[Fact, ...]:
    sent = frame.sent
    return facts(
        (said("Kind"), elements.names_of(sent.all("category"))),
        (said("Issued"), issued if issued != at else None),
        *frame.doers(),
        (said("Sample"), frame.who(sent.one("specimen"))),
        (said("Method"), elements.name_of(sent.one("method"))),
        (said("Part of the body"), elements.name_of(sent.one("bodySite"))),
        (said("Measured with"), frame.who(sent.one("device"))),
        (said("Full value"), _full(sent)),
        (said("Made from"), frame.whom(sent.all("derivedFrom"))),
        (_SEE_TOO, frame.whom(_supporting(sent))),
    )


def _supporting(sent: Sent) -> list[Sent]:
    """Return what is referred to beside it: US Core 8 names the papers of an advance directive so."""
    return [element.one("valueReference") for element in sent.extension("workflow-supportinginfo")]


def correction(status: str, issued: When | None) -> Words | None:
    """Return the sentence that says that a result was corrected, and since when where that was sent."""
    if STANDINGS.get(status) == "added_to":
        return ours(said("Something was added after it was final; what it said before still holds."))
    if STANDINGS.get(status) != "corrected":
        return None
    return ours(_CORRECTED, date=issued.words) if issued else ours(_CORRECTED_SOMETIME)


def value_of(sent: Sent) -> Words | None:
    """Return the value as sent; why there is none where something says so."""
    return next((words for read in _VALUES if (words := read(sent))), None)


def _amount(sent: Sent) -> Words | None:
    amount = sent.one("valueQuantity")
    if not amount:
        return None
    return quantity(amount) or elements.absent(amount.absent() or amount.beside("value").absent())


def _concept(sent: Sent) -> Words | None:
    """Return a coded value; why there is none where it only says that nobody knows."""
    forms = (sent.one(name) for name in ("valueCodeableConcept", "valueCoding"))
    concept = next((form for form in forms if (read := coded(form)).name or read.absent), NOTHING)
    read = coded(concept)
    if read.name or not read.absent:
        return value_name(concept)
    return elements.absent(read.absent)


def _yes_or_no(sent: Sent) -> Words | None:
    return elements.yes_or_no(sent.flag("valueBoolean"))


def _text(sent: Sent) -> Words | None:
    texts = (sent.text(f"value{form}", 1000) for form in ("String", "Integer", "Decimal", "Time", "Uri"))
    return next((theirs(elements.written(text)) for text in texts if is_shown(text)), None)


def _span(sent: Sent) -> Words | None:
    return spread(sent.one("valueRange"))


def _moment(sent: Sent) -> Words | None:
    read = when(sent, "value")
    return read.words if read and read.words.form in ("day", "span") else None


def _ratio(sent: Sent) -> Words | None:
    return ratio(sent.one("valueRatio"))


def _drawn(sent: Sent) -> Words | None:
    return ours(said("a recording, which is not drawn here")) if sent.one("valueSampledData") else None


def _absence(sent: Sent) -> Words | None:
    """Return why there is no value; a text that stands there instead of a value is the value."""
    concept = sent.one("dataAbsentReason")
    if not concept:
        return None
    codes = [*codes_of([concept])]
    if "as-text" in codes:
        return theirs(concept.text("text")) or coded(concept).name
    absence = next((code for code in codes if code in ABSENT), None)
    if absence is None:
        return coded(concept).name
    words, more = elements.absent(absence), beyond(concept, absence)
    return ours("{how} ({more})", how=words, more=more) if more else words


_VALUES: Final = (_amount, _concept, _yes_or_no, _text, _span, _moment, _ratio, _drawn, _absence)


def _full(sent: Sent) -> Words | None:
    """Return a number in full where the value is rounded."""
    number = sent.one("valueQuantity").number("value")
    if number is None or plain(number) == f"{number:f}":
        return None
    return Words(f"{number:f}", "name")


def _pressure(sent: Sent) -> Words | None:
    """Return blood pressure as one value; a part that is absent is said to be."""
    by_code: dict[str, Sent] = {}
    for component in sent.all("component"):
        for code in coded(component.one("code")).codes:
            by_code.setdefault(code.code, component)
    pairs = ((by_code.get(top), by_code.get(bottom)) for top, bottom in _PRESSURES)
    parts = next((pair for pair in pairs if all(pair)), None)
    if parts is None:
        return None
    sides = [part for part in parts if part]
    units = {unit_of(amount) for part in sides if (amount := part.one("valueQuantity")).text("value")}
    unit = units.pop() if len(units) == 1 else ""
    high, low = (_side(part, unit) for part in sides)
    if high == low and high.form == "ours":
        return high
    line = ours("{high} / {low} {unit}", high=high, low=low, unit=Words(unit, "name"))
    return line if unit else ours("{high} / {low}", high=high, low=low)


def _side(part: Sent, unit: str) -> Words:
    """Return one side of a blood pressure as the part says it, without the unit that both share."""
    words = value_of(part) or ours(NO_VALUE)
    if unit and part.one("valueQuantity") and words.form != "ours":
        return Words(words.text.removesuffix(unit).strip(), words.form)
    return words


def _part(element: Sent) -> Part:
    label, value = loinc.named(element.one("code")), value_of(element) or ours(NO_VALUE)
    name = label.name or ours(elements.NOT_RECORDED)
    return Part(
        name,
        value,
        _flags(element),
        tuple(_ranges(element)),
        is_behind_a_tap=is_behind_a_tap(label.codes),
        others=label.others,
    )


def inside(frame: Frame, name: str) -> Iterator[Part]:
    """Yield the results that stand inside a record, which have no page of their own."""
    for reference in frame.sent.all(name):
        result = frame.opened.contained(reference.text("reference"))
        parts = list(map(_part, result.all("component")))
        if result.code("status") == "entered-in-error":
            yield Part(_part(result).name, ours(said("marked as a mistake")))
        elif result:
            yield from [_part(result), *parts] if value_of(result) or not parts else parts


def _flags(sent: Sent) -> Words | None:
    """Return the flags that came with a value, in words where the code is of HL7's list; never ours."""
    flags = dict.fromkeys(words for concept in sent.all("interpretation") if (words := _flag(concept)))
    return elements.together(list(flags))


@remembered
def _flag(concept: Sent) -> Words | None:
    flags = [ours(text) for text in dict.fromkeys(_known_flags(concept))]
    words = elements.together(flags) or coded(concept).name
    if words is None or (words.form == "ours" and not flags):
        words = theirs(next((element.text("code") for element in concept.all("coding")), None)) or words
    return words


def _known_flags(concept: Sent) -> Iterator[str]:
    """Yield our words for codes of HL7's list; the same letters mean something else in another."""
    for element in [*concept.all("coding")] or [concept]:
        system = (element.text("system") or "").lower()
        code = element.code("code") or element.code("text")
        if code in FLAGS and (not system or any(part in system for part in _FLAG_LISTS)):
            yield FLAGS[code]


def _ranges(sent: Sent) -> Iterator[Words]:
    """Yield every range as sent, with what it means and for whom it is."""
    return filter(None, map(_range, sent.all("referenceRange")))


@remembered
def _range(element: Sent) -> Words | None:
    text = element.text("text")
    words = spread(element) or theirs(text)
    if words is None:
        return None
    if text and words.form == "ours" and not is_said_by(text, element):
        words = ours("{range} ({more})", range=words, more=Words(text))
    whom = elements.names_of(element.all("appliesTo"))
    age = spread(element.one("age"))
    if age:
        words = ours(said("{range}, at age {age}"), range=words, age=age)
    if whom:
        words = ours("{range}, {whom}", range=words, whom=whom)
    kind = elements.name_of(element.one("type"))
    return ours("{kind}: {range}", kind=kind, range=words) if kind else words

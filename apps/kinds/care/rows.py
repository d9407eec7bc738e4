"""What stands inside a record of any other type, row by row; pure."""

from collections.abc import Iterator
from typing import Final

from apps.kinds.care import elements
from apps.kinds.care.amounts import plain, spread
from apps.kinds.care.elements import name_of, names_of, when
from apps.kinds.care.frame import Frame, words_of_page
from apps.kinds.care.records import Part, Words, ours, theirs
from apps.kinds.care.results import value_of
from apps.kinds.care.sent import Sent, at_path
from apps.plain_language.language import said

_EYES: Final = {"right": said("Right eye"), "left": said("Left eye")}
_BASES: Final = {
    "up": said("base up"),
    "down": said("base down"),
    "in": said("base in"),
    "out": said("base out"),
}
"""FHIR R4 vision-base-codes, as opticians say them."""
_LENS: Final = (
    ("sphere", said("sphere {number}")),
    ("cylinder", said("cylinder {number}")),
    ("axis", said("axis {number}")),
    ("add", said("addition {number}")),
    ("power", said("power {number}")),
    ("backCurve", said("base curve {number}")),
    ("diameter", said("diameter {number}")),
)
"""FHIR R4 VisionPrescription.lensSpecification, as opticians call it."""


def rows(frame: Frame) -> tuple[Part, ...]:
    """Return what a record of any other type says row by row, whatever rows its type has."""
    readers = (_recommended, _on_list, _predicted, _conditions, _fed, _lenses, _tasked, _sections, _steps)
    return tuple(part for reader in readers for part in reader(frame))


def entries(sent: Sent) -> Iterator[Sent]:
    """Yield what stands on a list; what was taken off it is sent too."""
    return (element for element in sent.all("entry") if not element.flag("deleted"))


def row(name: Words | None, *parts: Words | None) -> Iterator[Part]:
    """Yield one row, where it has a name; of which nothing more was sent says so."""
    if name:
        yield Part(
            name, elements.together([words for words in parts if words]) or ours(said("no details sent"))
        )


def _recommended(frame: Frame) -> Iterator[Part]:
    """Yield which vaccines were recommended, each with by when."""
    for element in frame.sent.all("recommendation"):
        names = names_of([*element.all("vaccineCode"), *element.all("targetDisease")])
        why, more = names_of(element.all("forecastReason")), theirs(element.text("description"))
        yield from row(names, name_of(element.one("forecastStatus")), *_dates_of(element), why, more)
        if against := names_of(element.all("contraindicatedVaccineCode")):
            yield Part(against, ours(said("not to be given")))


def _on_list(frame: Frame) -> Iterator[Part]:
    """Yield what stands on a list and has no record of its own, and what was taken off it."""
    for element in frame.sent.all("entry"):
        is_off, flag, item = element.flag("deleted"), name_of(element.one("flag")), element.one("item")
        # What is on the list and has a record of its own stands below, by that.
        is_told_here = is_off or (item.text("reference") or "#").startswith("#")
        if is_told_here and (name := frame.what(item)):
            yield Part(name, flag or ours(said("taken off this list") if is_off else said("on this list")))


def _predicted(frame: Frame) -> Iterator[Part]:
    """Yield what a risk was judged to be, each with how sure."""
    for element in frame.sent.all("prediction"):
        number = element.number("probabilityDecimal")
        share = spread(element.one("probabilityRange"))
        share = Words(plain(number), "name") if number is not None else share
        yield from row(
            name_of(element.one("outcome")),
            name_of(element.one("qualitativeRisk")),
            ours(said("probability {number}"), number=share) if share else None,
            time.words if (time := when(element, "when")) else None,
            theirs(element.text("rationale")),
        )


def _fed(frame: Frame) -> Iterator[Part]:
    """Yield what was ordered beside a diet, each with how it is to be taken."""
    sent = frame.sent
    feeding = sent.one("enteralFormula")
    fed = theirs(feeding.text("baseFormulaProductName")) or name_of(feeding.one("baseFormulaType"))
    yield from row(fed, theirs(feeding.text("administrationInstruction", 1000)))
    for element in sent.all("supplement"):
        what = theirs(element.text("productName")) or name_of(element.one("type"))
        yield from row(what, theirs(element.text("instruction", 1000)))


def _conditions(frame: Frame) -> Iterator[Part]:
    """Yield what a family member had, each with the age it began at and whether it led to death."""
    for element in frame.sent.all("condition"):
        since, outcome = when(element, "onset"), name_of(element.one("outcome"))
        led_to_death = ours(said("it led to death")) if element.flag("contributedToDeath") else None
        yield from row(name_of(element.one("code")), since.words if since else None, led_to_death, outcome)


def _dates_of(recommendation: Sent) -> Iterator[Words]:
    """Yield by when a vaccine is recommended, with what the day is where that is said."""
    for criterion in recommendation.all("dateCriterion"):
        if at := when(criterion, "value"):
            kind = name_of(criterion.one("code"))
            yield ours("{kind}: {date}", kind=kind, date=at.words) if kind else at.words


def _lenses(frame: Frame) -> Iterator[Part]:
    """Yield what was prescribed for each eye."""
    for element in frame.sent.all("lensSpecification"):
        eye = element.code("eye")
        name = ours(_EYES[eye]) if eye in _EYES else name_of(element.one("product"))
        numbers = [
            ours(words, number=Words(text, "name")) if (text := element.text(part, 20)) else None
            for part, words in _LENS
        ]
        for prism in element.all("prism"):
            base = elements.listed(_BASES, prism.code("base"))
            sides = [words for words in (elements.named(prism.text("amount")), base) if words]
            number = elements.together(sides, "{a} {b}")
            numbers.append(ours(said("prism {number}"), number=number) if number else None)
        yield from row(name, *numbers, theirs(element.text("color")), theirs(element.text("brand")))


def _tasked(frame: Frame) -> Iterator[Part]:
    """Yield what a task was given, and what came of it."""
    for element in at_path(frame.sent, "input", "output"):
        named = frame.whom(element.all("valueReference"))
        unnamed = ours(said("not named")) if element.one("valueReference") else None
        yield from row(name_of(element.one("type")), value_of(element) or named or unnamed)


def _sections(frame: Frame) -> Iterator[Part]:
    """Yield the sections of a document by title, and those inside them."""
    waiting = [*frame.sent.all("section")]
    while waiting:
        section, *waiting = waiting
        name = theirs(section.text("title")) or name_of(section.one("code"))
        yield from row(name, words_of_page(section.one("text")), name_of(section.one("emptyReason")))
        waiting = [*section.all("section"), *waiting]


def _steps(frame: Frame) -> Iterator[Part]:
    """Yield what a group of requests consists of."""
    for element in frame.sent.all("action"):
        name = theirs(element.text("title")) or names_of(element.all("code"))
        yield from row(name, theirs(element.text("description", 1000)), frame.who(element.one("resource")))

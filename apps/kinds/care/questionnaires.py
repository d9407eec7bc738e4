"""Questionnaires (QuestionnaireResponse): each stands once in a list with all that was answered; pure."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from apps.fhir import values
from apps.kinds.care import elements, results
from apps.kinds.care.elements import facts, when
from apps.kinds.care.entry import CareEntry
from apps.kinds.care.frame import Frame
from apps.kinds.care.records import CareRecord, Code, Part, Words, is_behind_a_tap, ours, theirs
from apps.kinds.care.sent import MOST, Sent
from apps.plain_language.language import said
from apps.records.ties import Ties

ANSWERED: Final = "QuestionnaireResponse/"
MOST_ANSWERS: Final = 200
"""Answers that one panel names."""
_STANDINGS: Final = {
    "completed": "",
    "in-progress": "unfinished",
    "stopped": "unfinished",
    "amended": "corrected",
}
_MADE: Final = re.compile(r"(?:urn:uuid:)?[0-9a-f-]{24,}|\S*\d{5,}\S*", re.ASCII)
_DEEPEST: Final = 8


def ties_of(sent: Sent, record: CareRecord) -> Ties:
    """Return by what the answers of one questionnaire find each other, and those given at other times.

    Of an answer: the questionnaire that it was made from and, of a panel, its answers. Of a questionnaire:
    the address under which its questions are published.
    """
    if record.own.startswith(ANSWERED):
        canonical = (sent.text("questionnaire") or "").partition("|")[0]
        return Ties(names=(canonical,) if canonical else ())
    made_from = (values.relative(element.text("reference")) for element in sent.all("derivedFrom"))
    answers = (values.relative(element.text("reference")) for element in sent.all("hasMember"))
    names = [name for name in made_from if name and name.startswith(ANSWERED)]
    return Ties(names=(*names, *(name for name in answers if name))[:MOST_ANSWERS])


def told_by_others(entries: Iterable[CareEntry]) -> frozenset[str]:
    """Return what stands in another: in a panel its answers, and the questionnaire it was made from.

    Without a panel the answers stand in their questionnaire. Whatever names each other in a circle stands by
    itself.
    """
    parts = defaultdict[str, set[str]](set)
    for entry in (several := list(entries)):
        whole = [] if entry.own.startswith(ANSWERED) else entry.ties.names
        if any(not name.startswith(ANSWERED) for name in whole):
            parts[entry.own].update(whole)
        else:
            for name in whole:
                parts[name].add(entry.own)
    here = {entry.own for entry in several}
    roots = here.difference(*(parts[own] for own in here))
    reached, waiting = set[str](), list(roots)
    while waiting:
        more = (parts[waiting.pop()] & here) - reached
        reached |= more
        waiting += more
    return frozenset(reached - roots)


def stand_elsewhere(entries: Iterable[CareEntry]) -> int:
    """Count what no list has by itself."""
    several = list(entries)
    elsewhere = told_by_others(several)
    return sum(entry.own in elsewhere for entry in several)


def answers(frame: Frame) -> CareRecord:
    """Read a QuestionnaireResponse: each question with what was answered, in the order sent."""
    sent = frame.sent
    return frame.record(
        _title(sent),
        when=when(sent, "authored"),
        standing=_STANDINGS.get(sent.code("status"), "unsaid"),
        parts=tuple(islice(_items(frame, sent), MOST)),
        facts=facts(
            (said("Answered by"), frame.who(sent.one("source"))),
            (said("Written down by"), frame.who(sent.one("author"))),
            (said("Number"), elements.numbers_of(sent)),
        ),
    )


def _title(sent: Sent) -> Words | None:
    beside = sent.beside("questionnaire").extension("display")
    display = next((text for element in beside if (text := element.text("valueString"))), None)
    address = (sent.text("questionnaire") or "").partition("|")[0]
    name = address.rstrip("/").rpartition("/")[2]
    named = ours(said("Questionnaire: {name}"), name=Words(name, "name")) if _is_name(name) else None
    return theirs(display) or named or ours(said("Questionnaire"))


def _is_name(text: str) -> bool:
    """Whether the end of an address is a name: no number, and no id that a machine made."""
    return any(map(str.isalpha, text)) and not _MADE.fullmatch(text.lower())


def _answer(frame: Frame, element: Sent) -> Words | None:
    """Return an answer; one that is a record or a file by what that is called."""
    file = element.one("valueAttachment")
    named = frame.who(element.one("valueReference")) or theirs(elements.title(file))
    return named or (ours(said("a file, which is not shown here")) if file else results.value_of(element))


def _items(frame: Frame, sent: Sent, depth: int = 0, group: Words | None = None) -> Iterator[Part]:
    """Yield the questions that were answered, each with the heading that it stands under."""
    if depth > _DEEPEST:
        return
    for item in sent.all("item"):
        number, text = item.text("linkId") or "", theirs(item.text("text"))
        replies = [reply for element in item.all("answer") if (reply := _answer(frame, element))]
        if replies:
            question = text or ours(said("Question {number}"), number=Words(number, "name"))
            name = ours("{group}: {question}", group=group, question=question) if group else question
            yield Part(
                name,
                elements.together(replies) or ours(results.NO_VALUE),
                is_behind_a_tap=is_behind_a_tap([Code("", number.rpartition("/")[2])]),
            )
        heading = group if replies else text or group
        yield from _items(frame, item, depth + 1, heading)
        for element in item.all("answer"):
            yield from _items(frame, element, depth + 1, group)

"""Questionnaires, of which each stands once in a list with all that was answered; pure."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from apps.fhir import values
from apps.kinds.care.entry import CareEntry
from apps.kinds.care.records import CareRecord
from apps.kinds.care.sent import Sent
from apps.records.ties import Ties

ANSWERED: Final = "QuestionnaireResponse/"
MOST: Final = 200
"""Answers that one panel names."""


def ties_of(sent: Sent, record: CareRecord) -> Ties:
    """Return by what the answers of one questionnaire find each other, and those given at other times.

    Of an answer: the questionnaire that it was made from and, of a panel, its answers. Of a questionnaire:
    the address under which its questions are published.
    """
    if record.own.startswith(ANSWERED):
        asked = (sent.text("questionnaire") or "").partition("|")[0]
        return Ties(names=(asked,) if asked else ())
    made_from = (values.relative(element.text("reference")) for element in sent.all("derivedFrom"))
    answers = (values.relative(element.text("reference")) for element in sent.all("hasMember"))
    names = [name for name in made_from if name and name.startswith(ANSWERED)]
    return Ties(names=(*names, *(name for name in answers if name))[:MOST])


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
    told, waiting = set[str](), list(roots)
    while waiting:
        more = (parts[waiting.pop()] & here) - told
        told |= more
        waiting += more
    return frozenset(told - roots)


def stand_elsewhere(entries: Iterable[CareEntry]) -> int:
    """Count what no list has by itself."""
    several = list(entries)
    told = told_by_others(several)
    return sum(entry.own in told for entry in several)

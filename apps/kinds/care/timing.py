"""How often, how long and for what alone something is to be taken or done; pure."""

from collections.abc import Mapping
from typing import Final

from apps.kinds.care.amounts import quantity
from apps.kinds.care.elements import name_of, together, when, yes_or_no
from apps.kinds.care.records import Words, ours
from apps.kinds.care.sent import Sent
from apps.kinds.care.vocabulary import DAYS, MOMENTS, SPANS
from apps.plain_language.language import said

_TOLD: Final = frozenset(
    {
        *("id", "frequency", "frequencyMax", "period", "periodMax", "periodUnit"),
        *("duration", "durationMax", "durationUnit", "dayOfWeek", "when"),
        *("count", "countMax", "boundsDuration", "boundsPeriod"),
    }
)
"""What of a repeat is told: where anything else was sent, words of ours would say less than the order."""


def rhythm(repeat: Sent) -> Words | None:
    """Return how often something is repeated, when and how long: "2 times every day, before meals"."""
    often, lasts = _often(repeat), _span(repeat, "duration")
    days, moments = _listed(repeat, "dayOfWeek", DAYS), _listed(repeat, "when", MOMENTS)
    count = _bounded(repeat, "count")
    over, bounds = quantity(repeat.one("boundsDuration")), when(repeat, "bounds")
    told = {
        "frequency": often,
        "duration": ours(said("for {span}"), span=lasts) if lasts else None,
        "dayOfWeek": days,
        "when": moments,
        "count": ours(said("{number} in all"), number=count) if count else None,
        "boundsDuration": ours(said("over {span}"), span=over) if over else None,
        "boundsPeriod": bounds and bounds.words,
    }
    is_whole = repeat.tree.keys() <= _TOLD and all(told[name] for name in told if name in repeat.tree)
    return together([words for words in told.values() if words]) if often and is_whole else None


def _often(repeat: Sent) -> Words | None:
    """Return how many times in which span."""
    times, every = _bounded(repeat, "frequency"), _span(repeat, "period")
    if times is None or every is None:
        return None
    if times.text == "1":
        return ours(said("once every {span}"), span=every)
    return ours(said("{times} times every {span}"), times=times, span=every)


def _listed(repeat: Sent, name: str, words: Mapping[str, str]) -> Words | None:
    """Return the words of several codes; None where one of them has none."""
    codes = [code.lower() for code in repeat.texts(name)]
    return together([ours(words[code]) for code in codes]) if words.keys() >= {*codes} else None


def _bounded(repeat: Sent, name: str) -> Words | None:
    """Return a number, with the most it may be where that was sent too."""
    least, most = (
        None if number is None else Words(f"{number.normalize():f}", "name")
        for number in (repeat.number(name), repeat.number(f"{name}Max"))
    )
    return ours(said("{low} to {high}"), low=least, high=most) if least and most else least


def _span(repeat: Sent, name: str) -> Words | None:
    """Return a span of time; one of a unit in which something is repeated is that unit alone ("day")."""
    number, unit = _bounded(repeat, name), SPANS.get(repeat.code(f"{name}Unit"))
    if number is None or unit is None:
        return None
    is_one = number.text == "1"
    words = ours(unit[not is_one])
    return words if is_one and name == "period" else ours("{number} {unit}", number=number, unit=words)


def as_needed(sent: Sent) -> Words | None:
    """Return for what alone something is to be taken or done; a plain yes where nothing says for what."""
    is_needed = sent.flag("asNeededBoolean") or None
    return name_of(sent.one("asNeededCodeableConcept")) or yes_or_no(is_needed)

"""How often, how long and for what alone something is to be taken or done, and how a medicine is; pure."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from apps.kinds.care.amounts import quantity, ratio, spread
from apps.kinds.care.elements import by_code, facts, name_of, names_of, together, when, yes_or_no
from apps.kinds.care.records import Fact, Words, ours, theirs
from apps.kinds.care.sent import Sent, codes_of
from apps.kinds.care.vocabulary import DAYS, MOMENTS, SPANS
from apps.plain_language.language import said

_WITHIN: Final = said("{top} in {bottom}")
_SENTENCES: Final = ("text", "patientInstruction")
_DOSE_TYPES: Final = {"ordered": said("ordered"), "calculated": said("calculated")}
"""HL7 dose-rate-type, in our words; any other is told as sent."""
_TOLD: Final = frozenset(
    {
        *("id", "frequency", "frequencyMax", "period", "periodMax", "periodUnit"),
        *("duration", "durationMax", "durationUnit", "dayOfWeek", "timeOfDay", "when"),
        *("count", "countMax", "boundsDuration", "boundsPeriod"),
    }
)
"""What of a repeat is told: where anything else was sent, words of ours would say less than the order."""
_RATE: Final = frozenset({"frequency", "frequencyMax", "period", "periodMax", "periodUnit"})
_TIMES: Final = {
    "qd": (said("every day"), "1/1 d"),
    "bid": (said("twice a day"), "2/1 d"),
    "tid": (said("three times a day"), "3/1 d"),
    "qid": (said("four times a day"), "4/1 d"),
    "qod": (said("every other day"), "1/2 d"),
    "am": (said("every morning"), "1/1 d"),
    "pm": (said("every afternoon"), "1/1 d"),
    "bed": (said("at bedtime"), "1/1 d"),
    "wk": (said("every week"), "1/1 wk"),
    "mo": (said("every month"), "1/1 mo"),
    "q1h": (said("every hour"), "1/1 h"),
    "q2h": (said("every 2 hours"), "1/2 h"),
    "q3h": (said("every 3 hours"), "1/3 h"),
    "q4h": (said("every 4 hours"), "1/4 h"),
    "q6h": (said("every 6 hours"), "1/6 h"),
    "q8h": (said("every 8 hours"), "1/8 h"),
}
"""HL7 GTSAbbreviation, in our words, and the numbers of a repeat that mean the same."""
_MOMENT: Final = {"am": "morn", "pm": "aft", "bed": "hs"}
"""Codes that name a part of the day, and `when` of the same."""
_WHOLE: Final = {"min": (60, "h"), "h": (24, "d"), "d": (7, "wk")}
"""How many of a unit are one of the next. Nothing is reduced: every 8 hours is not three times a day."""
_ON_ITS_OWN: Final = frozenset({"dayOfWeek", "timeOfDay", "when", "count"})
"""What tells without a rate how often it is; bounds or how long it lasts do not."""
_HOUR: Final = re.compile(r"\d\d:\d\d(:00(\.0+)?)?")
_BOTH: Final = said("{words}; in numbers: {numbers}")
_MORE: Final = said("more was sent about when than is told here")


def how_often(timing: Sent) -> Words | None:
    """Return how often: as coded or written, and in numbers as far as these are not the same.

    Bounds hold beside a code (FHIR R4 Timing.code); where the two contradict each other, both stand. Numbers
    that cannot be told in full are not: that more was sent is.
    """
    code, repeat = timing.one("code"), _without(timing.one("repeat"), frozenset({"id"}))
    words = by_code(code, {name: text for name, (text, _) in _TIMES.items()})
    if not repeat:
        return words
    same = _said_by(words, code, repeat) if words else None
    if words and same is not None:
        rest = _without(repeat, same)
        parts = _parts(rest)
        if parts or not rest:
            return together([words, *(part for part in parts if _english(part) != _english(words))])
    elif numbers := rhythm(repeat):
        return ours(_BOTH, words=words, numbers=numbers) if words else numbers
    return ours("{words}; {more}", words=words, more=ours(_MORE)) if words else ours(_MORE)


def _said_by(words: Words, code: Sent, repeat: Sent) -> frozenset[str] | None:
    """Return which elements of a repeat its words and code tell; None where these say something else."""
    names = [name for name in codes_of([code]) if name in _TIMES]
    if repeat.tree.keys() & _RATE:
        rates = {_TIMES[name][1] for name in names}
        rates |= {rate for text, rate in _TIMES.values() if text == _english(words)}
        if _rate(repeat) not in rates and _english(_often(repeat)) != _english(words):
            return None
    moments = [moment.lower() for moment in repeat.texts("when")]
    named = {_MOMENT[name] for name in names if name in _MOMENT}
    if named and not named.issuperset(moment.partition(".")[0] for moment in moments):
        return None
    return _RATE | {"when"} if named and named == {*moments} else _RATE


def _without(repeat: Sent, names: frozenset[str]) -> Sent:
    return Sent({name: value for name, value in repeat.tree.items() if name not in names})


def _english(words: Words | None) -> str:
    """Return words as they are compared: what the plan wrote as it is, in small letters."""
    text = words.text if words else ""
    for name, part in words.values if words else ():
        text = text.replace(f"{{{name}}}", _english(part))
    return text.casefold()


def _rate(repeat: Sent) -> str:
    """Return frequency, period and unit as `_TIMES` writes them, in whole larger units; "" for bounds."""
    times, every, unit = _bounded(repeat, "frequency"), repeat.number("period"), repeat.code("periodUnit")
    if times is None or not every or {"frequencyMax", "periodMax"} & repeat.tree.keys():
        return ""
    while unit in _WHOLE and every % _WHOLE[unit][0] == 0:
        number, unit = _WHOLE[unit]
        every /= number
    return f"{times.text}/{every.normalize():f} {unit}"


def rhythm(repeat: Sent) -> Words | None:
    """Return how often something is repeated, when and how long: "2 times every day, before meals"."""
    return together(_parts(repeat)) if repeat.tree.keys() & (_RATE | _ON_ITS_OWN) else None


def _parts(repeat: Sent) -> list[Words]:
    """Return each thing that a repeat says, in words; none where not all of it can be told."""
    often, lasts = _often(repeat), _span(repeat, "duration")
    count, over, bounds = (
        _bounded(repeat, "count"), quantity(repeat.one("boundsDuration")), when(repeat, "bounds")
    )  # fmt: skip
    parts = {
        **dict.fromkeys(_RATE - {"frequency"}, often),
        "frequency": often,
        "duration": ours(said("for {span}"), span=lasts) if lasts else None,
        "dayOfWeek": _listed(repeat, "dayOfWeek", DAYS),
        "timeOfDay": _hours(repeat),
        "when": _listed(repeat, "when", MOMENTS),
        "count": ours(said("{number} in all"), number=count) if count else None,
        "boundsDuration": ours(said("over {span}"), span=over) if over else None,
        "boundsPeriod": bounds and bounds.words,
    }
    is_whole = repeat.tree.keys() <= _TOLD and all(parts[name] for name in parts if name in repeat.tree)
    return list(dict.fromkeys(words for words in parts.values() if words)) if is_whole else []


def _hours(repeat: Sent) -> Words | None:
    """Return the hours of the day at which something is due, as sent but for seconds of none."""
    hours = list(repeat.texts("timeOfDay"))
    if not all(_HOUR.fullmatch(hour) for hour in hours):
        return None
    return together([ours(said("at {time}"), time=Words(hour[:5], "clock")) for hour in hours])


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


def doses(sent: Sent, name: str) -> Iterator[Fact]:
    """Yield each dosage whole: what one says is said again of the next, or the next would lack it."""
    several = list(sent.all(name))
    for number, dose in enumerate(several, 1):
        place = {"number": Words(str(number), "name"), "all": Words(str(len(several)), "name")}
        of_several = ours(said("{number} of {all}"), **place) if several[1:] else None
        parts = facts(*_dosage(dose))
        yield from (*facts((said("Dosage"), of_several)), *parts) if parts else ()


def _dosage(dose: Sent) -> tuple[tuple[str, Words | None], ...]:
    """Return what a dosage says: the sentence as written first, then its parts."""
    return (
        *((said("How to take it"), theirs(dose.text(name, 1000))) for name in _SENTENCES),
        (said("Dose"), _amounts(dose, _amount)),
        (said("How often"), how_often(dose.one("timing"))),
        *way(dose),
        (said("Speed"), _amounts(dose, speed)),
        (said("At most"), ratio(dose.one("maxDosePerPeriod"), _WITHIN)),
        (said("At most in one dose"), quantity(dose.one("maxDosePerAdministration"))),
        (said("At most in a lifetime"), quantity(dose.one("maxDosePerLifetime"))),
        (said("Only when needed"), as_needed(dose)),
        (said("To know"), names_of(dose.all("additionalInstruction"))),
    )


def _amounts(dose: Sent, read: Callable[[Sent], Words | None]) -> Words | None:
    """Return how much, or how fast: several amounts are one dose, each with its type, or as alternatives."""
    types: dict[Words, dict[Words, None]] = {}
    for rate in dose.all("doseAndRate"):
        if amount := read(rate):
            kind = by_code(rate.one("type"), _DOSE_TYPES)
            types.setdefault(amount, {}).update({kind: None} if kind else {})
    is_several = len(types) > 1
    several = [
        ours("{amount} ({kind})", amount=amount, kind=together([*kinds])) if kinds and is_several else amount
        for amount, kinds in types.items()
    ]
    return together(several, "{a}, {b}" if all(types.values()) else said("{a} or {b}"))


def _amount(rate: Sent) -> Words | None:
    return quantity(rate.one("doseQuantity")) or spread(rate.one("doseRange"))


def way(dose: Sent) -> tuple[tuple[str, Words | None], ...]:
    """Return how and where a medicine goes into the body."""
    return (
        (said("Way"), name_of(dose.one("route"))),
        (said("How it is given"), name_of(dose.one("method"))),
        (said("Part of the body"), name_of(dose.one("site"))),
    )


def speed(dose: Sent) -> Words | None:
    """Return how fast a medicine is given."""
    amount = quantity(dose.one("rateQuantity")) or spread(dose.one("rateRange"))
    return ratio(dose.one("rateRatio"), _WITHIN) or amount

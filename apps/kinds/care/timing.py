"""How often, how long and for what alone something is to be taken or done; pure."""

from apps.kinds.care.amounts import plain
from apps.kinds.care.elements import name_of, yes_or_no
from apps.kinds.care.records import Words, ours
from apps.kinds.care.sent import Sent
from apps.kinds.care.vocabulary import SPANS
from apps.plain_language.language import said


def rhythm(repeat: Sent) -> Words | None:
    """Return how often something is repeated, and how long: "2 times every day, for 15 to 25 minutes"."""
    times, every = _bounded(repeat, "frequency"), _span(repeat, "period")
    if times is None or every is None:
        return None
    often = ours(said("{times} times every {span}"), times=times, span=every)
    if times.text == "1":
        often = ours(said("once every {span}"), span=every)
    lasts = _span(repeat, "duration")
    return ours(said("{often}, for {span}"), often=often, span=lasts) if lasts else often


def _bounded(repeat: Sent, name: str) -> Words | None:
    """Return a number, with the most it may be where that was sent too."""
    least, most = repeat.number(name), repeat.number(f"{name}Max")
    if least is None:
        return None
    low = Words(plain(least), "name")
    return low if most is None else ours(said("{low} to {high}"), low=low, high=Words(plain(most), "name"))


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

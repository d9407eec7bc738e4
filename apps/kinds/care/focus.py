"""Who or what a result is about, where it is not simply about the patient (Observation.focus); pure."""

from typing import Final, NamedTuple

from apps.fhir import values
from apps.kinds.care.frame import Frame
from apps.kinds.care.records import Words, ours
from apps.kinds.care.sent import Sent
from apps.plain_language.language import said

_PEOPLE: Final = frozenset(
    {"Patient", "RelatedPerson", "Person", "Practitioner", "PractitionerRole", "Group"}
)
_NOT_YOU: Final = said("This is about {what}, not about you yourself.")
"""A fetus, a donor, a spouse: R4 keeps it in the record of whom it has to do with."""
_A_THING: Final = said("This is about {what}.")
"""A tumor, what was implanted, another result: the patient's own all the same."""


class Focus(NamedTuple):
    """What a result says of that; `sentence` is None for one about the patient."""

    sentence: Words | None = None
    is_another: bool = False
    """Whether it is another person, or may be one: of what type it is was not sent."""


def focus_of(frame: Frame) -> Focus:
    """Return who or what a result is about besides the patient of the record."""
    own = _place(frame.opened.about)
    others = [element for element in frame.sent.all("focus") if not own or _place(element) != own]
    if not others:
        return Focus()
    is_another = any(_type(frame, element) in ("", *_PEOPLE) for element in others)
    what = frame.whom(others) or ours(said("something or somebody that is not named"))
    return Focus(ours(_NOT_YOU if is_another else _A_THING, what=what), is_another)


def _place(element: Sent) -> str | None:
    reference = element.text("reference")
    return values.relative(reference) or reference


def _type(frame: Frame, element: Sent) -> str:
    reference = element.text("reference")
    named = frame.opened.contained(reference).text("resourceType") or values.resource_type(reference)
    return named or element.text("type") or ""

"""Teeth, their surfaces and areas of the mouth in words: dentists write letters and numbers alone; pure."""

from collections.abc import Sequence
from typing import Final

from apps.kinds.claim.records import Coded
from apps.kinds.claim.wording import codes
from apps.plain_language.language import _, said
from apps.plain_language.theirs import filled, joined

_IN_MOUTH: Final = frozenset({"tooth", "tooth surface", "area of the mouth"})
_SURFACES: Final = {
    "M": said("side toward the front"),
    "D": said("side toward the back"),
    "O": said("biting side"),
    "I": said("biting edge"),
    "B": said("side at the cheek"),
    "V": said("side at the cheek"),
    "F": said("side at the lips"),
    "L": said("side at the tongue"),
}
"""Letter of a tooth's surface -> where that is, in our own words; several may stand together: MOD."""


def where(sites: Sequence[Coded], *, is_dental: bool) -> str:
    """Return what a line was done to: "In the mouth: tooth 14, biting side (O)"; "" where it is not said."""
    if not sites:
        return ""
    is_in_mouth = is_dental or any(one.system in _IN_MOUTH for one in sites)
    sentence = _("In the mouth: {area}") if is_in_mouth else _("Part of the body: {area}")
    return filled(sentence, area=joined(", ", [_area(one) for one in sites]))


def _area(one: Coded) -> str:
    if told := codes.official_words(one):
        return told
    letters = (one.code or "").upper()
    sides = [_(_SURFACES[letter]) for letter in letters if letter in _SURFACES]
    if one.system == "tooth surface" and len(sides) == len(letters) > 0:
        return filled(_("{words} ({code})"), words=", ".join(dict.fromkeys(sides)), code=letters)
    return codes.bare(one)

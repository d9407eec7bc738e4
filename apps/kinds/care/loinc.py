"""LOINC: codes with their check digit, and official names made short; pure."""

import re
from typing import Final

from msgspec import structs

from apps.kinds.care.elements import coded
from apps.kinds.care.records import Coded, Words, ours
from apps.kinds.care.sent import Sent
from apps.plain_language.language import said

_PROPERTIES: Final = (
    r"(?:Log )?#/volume|#/area|#/mass|Number Fraction|(?:Mass|Moles|Units|Enzymatic activity)"
    r"/(?:volume|time|mass|area)|Entitic (?:mass|volume)|(?:Mass|Volume|Pure mass) Fraction|Volume Rate/Area"
    r"|(?:Mass |Molar |Enzymatic activity )?Ratio|Presence|Titer"
)
"""What sort of quantity it is: the value's unit says so again. Any other bracket tells more, and stays."""
_OFFICIAL: Final = re.compile(
    rf"(?P<what>\S.*?) \[(?i:{_PROPERTIES})\](?: (?:in|of) (?P<specimen>.+?))?(?: by .+?)?(?: --(?P<at>.+))?"
)
"""By what method stands in the official name alone; at what time ("2 hours post meal") is another result."""
_BREAKS: Final = re.compile(r"\u200b|(?<=/)[? ]")
"""Where a name may be broken, and what senders make of that sign."""
_SUBCLASS: Final = re.compile(r"(?<=\w)\.(?=[a-z])")
_SPECIMENS: Final = {
    "Serum or Plasma": said("blood serum or plasma"),
    "Serum": said("blood serum"),
    "Plasma": said("blood plasma"),
    "Serum, Plasma or Blood": said("blood, its serum or plasma"),
    "Blood": said("blood"),
    "Arterial blood": said("blood of an artery"),
    "Venous blood": said("blood of a vein"),
    "Capillary blood": said("blood of the smallest vessels"),
    "Red Blood Cells": said("red blood cells"),
    "Bone marrow": said("bone marrow"),
    "Urine": said("urine"),
    "24 hour Urine": said("urine of 24 hours"),
    "Urine sediment": said("sediment of urine"),
    "Stool": said("stool"),
    "Saliva": said("saliva"),
    "Sputum": said("sputum"),
    "Throat": said("throat"),
    "Respiratory specimen": said("sample of the airways"),
    "Respiratory system specimen": said("sample of the airways"),
    "Cerebral spinal fluid": said("fluid around brain and spine"),
    "Tissue": said("tissue"),
    "Unspecified specimen": "",
    "Specimen": "",
}
"""What was examined, in our words; "" where that says nothing. Any other is told as sent."""


def named(concept: Sent) -> Coded:
    """Return what a test is called: what was measured and in what, where LOINC's own name was sent.

    The official name stays beside it, among the others.
    """
    read = coded(concept)
    is_sent = read.name is not None and read.name.form == "theirs"
    if not is_sent or read.name is None or all(code.kind != "LOINC" for code in read.codes):
        return read
    short = _short(read.name.text)
    return structs.replace(read, name=short, others=(read.name.text, *read.others)) if short else read


def _short(official: str) -> Words | None:
    parts = _OFFICIAL.fullmatch(_BREAKS.sub("", official))
    if parts is None:
        return None
    measured = _SUBCLASS.sub(", ", parts["what"])
    what = Words(f"{measured}, {parts['at']}" if parts["at"] else measured)
    specimen = parts["specimen"] or ""
    specimen_words = _SPECIMENS.get(specimen, specimen)
    if not specimen_words:
        return what
    return ours(
        "{what} ({specimen})",
        what=what,
        specimen=ours(specimen_words) if specimen in _SPECIMENS else Words(specimen_words),
    )


def with_check_digit(code: str) -> str:
    """Return a LOINC code with its check digit, which some senders leave out (mod 10)."""
    if not code.isdigit() or len(code) > 7:
        return code
    doubled = int("".join(code[::-2])) * 2
    rest = "".join(code[-2::-2])
    total = sum(map(int, f"{doubled}{rest}"))
    return f"{code}-{-total % 10}"

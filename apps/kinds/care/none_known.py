"""Records that name no problem, allergy or medicine: none is known, or nobody asked; pure."""

import re
from typing import Final

from apps.kinds.care.records import Coded, Words, ours
from apps.kinds.care.sent import Sent
from apps.plain_language.language import said

NONE: Final = "names_none"
"""How such a record stands: it is no problem, allergy or medicine that somebody has."""
_HOLDS: Final = frozenset(
    {"", "current", "unsaid", "noted", "taking", "reported", "prescribed", "given", "completed"}
)
"""Standings under which it says so still."""
_CODES: Final = frozenset(
    {
        *("716186003", "409137002", "428607008", "429625007", "716184000", "716220001", "428197003"),
        *("716185004", "160244002", "160245001", "787481004"),
    }
)
"""SNOMED CT: no known allergy, of any, drug, environment, food, nut, animal, latex, insect, and as it was
called before; no current problem; no known medicine."""
_NAMING: Final = {
    **dict.fromkeys(("Condition", "AllergyIntolerance", "Procedure"), "code"),
    **dict.fromkeys(("MedicationRequest", "MedicationStatement"), "medicationCodeableConcept"),
    "Immunization": "vaccineCode",
    "Device": "type",
}
"""The element that says which it is, by type."""
_WHAT: Final = (
    r"(?:allerg(?:y|ies)|problems?|conditions?|medic(?:ation|ine)s?|immunizations?|procedures?|devices?)"
)
_NONE_KNOWN: Final = re.compile(rf"nkf?d?a|no(?: known| current|-known-)[a-z -]*?{_WHAT}")
_NOT_ASKED: Final = re.compile(
    r"(?:patient |allergies )?(?:was |were )?(?:not asked|not on file)"
    rf"|no information(?: available| about {_WHAT})?|no-[a-z]+-info"
)
"""As people write it, and as the codes of the International Patient Summary are spelled."""
_NOBODY_ASKED: Final = said("Nobody asked, or the answer is not on file. It does not say that you have none.")


def said_of_none(sent: Sent, called: Coded, standing: str) -> Words | None:
    """Return what a record says that names none, where it holds; None for one that names something."""
    concept = sent.one(_NAMING.get(sent.text("resourceType") or "", ""))
    if not concept or standing not in _HOLDS:
        return None
    texts = (concept.text("text"), *(coding.text("display") for coding in concept.all("coding")))
    codes = [code.code for code in called.codes]
    lines = [text.strip(" .").lower() for text in (next(filter(None, texts), ""), *codes)]
    if not _CODES.isdisjoint(codes) or any(map(_NONE_KNOWN.fullmatch, lines)):
        return ours(said("Your plan's records say that none of these is known."))
    return ours(_NOBODY_ASKED) if any(map(_NOT_ASKED.fullmatch, lines)) else None

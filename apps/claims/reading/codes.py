"""Codes with the words that came with them, else free tables, else the bare code (facts claims 12)."""

from apps.claims.reading.concepts import rows
from apps.claims.records import Coded
from apps.fhir.known import Known
from apps.fhir.values import Coding, Concept, clean, last_part, words
from apps.plain_language.diagnoses import icd10cm_words

ABSENT = frozenset({"not-applicable", "unknown", "unsupported", "asked-unknown", "temp-unknown", "masked"})
_SYSTEMS = (
    ("icd-10-cm", "ICD-10-CM"),
    ("icd-10-pcs", "ICD-10-PCS"),
    ("icd-10", "ICD-10"),
    ("icd-9", "ICD-9"),
    ("icd9", "ICD-9"),
    ("icd10", "ICD-10"),
    ("/ndc", "NDC"),
    ("rxnorm", "RxNorm"),
    ("ama-assn.org", "CPT"),
    ("hcpcs", "HCPCS"),
    ("cdt", "CDT"),
    ("snomed", "SNOMED CT"),
    ("rev_cntr", "revenue code"),
    ("clm-rev-cntr", "revenue code"),
    ("revenuecodes", "revenue code"),
    ("place", "place of service"),
    ("clm_pos", "place of service"),
    ("line_place_of_srvc", "place of service"),
)


def system_name(system: str | None) -> str | None:
    """Return what people call a code system, None for one nobody names."""
    text = (system or "").lower()
    return next((name for part, name in _SYSTEMS if part in text), None)


def coded(concept: Concept | None) -> Coded:
    """Return the best coding of a concept: one with a code, with whatever words the plan sent."""
    if concept is None:
        return Coded()
    usable = [one for one in concept.coding if one.code and not _is_absent(one)]
    if not usable:
        return Coded(words=None if concept.coding else clean(concept.text))
    best = next((one for one in usable if one.display), usable[0])
    text = clean(concept.text)
    shown = clean(best.display) or (text if text != best.code else None)
    return Coded(last_part(best.code or "")[:60], system_name(best.system), shown)


words_of = Known(coded)
"""`words_of[concept]`: the same, remembered; for products, revenue, places and modifiers only."""


def diagnosis(concept: Concept | None) -> Coded:
    """Return a diagnosis; the text of ICD-10-CM stands in where the plan sent only the code."""
    found = coded(concept)
    if found.words or not found.code or found.system not in ("ICD-10-CM", "ICD-10"):
        return found
    return Coded(found.code, found.system, icd10cm_words(found.code))


def place(concept: Concept | None) -> Coded | None:
    """Return where it happened: CMS's name of the place, else the plan's words; None when not said."""
    found = coded(concept)
    if not found.code:
        return found if found.words else None
    table = {row[0]: row[1] for row in rows("places.tsv")}
    return Coded(found.code, "place of service", table.get(found.code.zfill(2)) or found.words)


places = Known(place)


def modifiers(concepts: tuple[Concept, ...]) -> tuple[Coded, ...]:
    """Return all modifiers; payers put several into one concept."""
    return tuple(dict.fromkeys([one for concept in concepts for one in _modifiers[concept]]))


def _modifiers_of(concept: Concept | None) -> tuple[Coded, ...]:
    return tuple(
        Coded((one.code or "")[:20], system_name(one.system), clean(one.display))
        for one in (concept.coding if concept else ())
        if one.code
    )


_modifiers = Known(_modifiers_of)


def _is_absent(coding: Coding) -> bool:
    return "data-absent-reason" in (coding.system or "") or (coding.code or "").lower() in ABSENT


def type_words(concept: Concept | None) -> str | None:
    """Return the words of a line's category when they are words: "Diagnostic laboratory", never "01"."""
    found = words(concept)
    return found if found and any(char.isalpha() for char in found) else None

"""Codes with the words that came with them, and with the name of their list (facts claims 12)."""

import re
from functools import lru_cache

from apps.fhir.placeholders import is_nothing
from apps.fhir.values import Coding, Concept, last_part, stated, words
from apps.kinds.claim.reading.concepts import Known, rows
from apps.kinds.claim.reading.shapes import Item
from apps.kinds.claim.records import Coded

LONGEST_ZERO = 4
_DIGITS_OF_PLACE = 2
ABSENT = frozenset({"not-applicable", "unknown", "unsupported", "asked-unknown", "temp-unknown", "masked"})
_SYSTEMS = (
    # Beside the revenue code stands in v2 and v3 whether the deductible applies.
    ("ddctbl", COST_RULE := "deductible and coinsurance"),
    ("icd-10-cm", "ICD-10-CM"),
    ("icd-10-pcs", "ICD-10-PCS"),
    ("icd-10", "ICD-10"),
    ("icd-9", "ICD-9"),
    ("icd9", "ICD-9"),
    ("icd10", "ICD-10"),
    ("/ndc", "NDC"),
    ("rxnorm", "RxNorm"),
    ("/cvx", "CVX"),
    ("hipps", "HIPPS"),
    ("ms-drg", "MS-DRG"),
    ("clm_drg_cd", "MS-DRG"),
    ("ama-assn.org", "CPT"),
    ("hcpcs", "HCPCS"),
    ("cdt", "CDT"),
    ("snomed", "SNOMED CT"),
    ("rev_cntr", "revenue code"),
    ("clm-rev-cntr", "revenue code"),
    ("revenuecodes", "revenue code"),
    ("toothsurface", "tooth surface"),
    ("fdi-surface", "tooth surface"),
    ("tooth", "tooth"),
    ("oralcavity", "area of the mouth"),
    ("place", PLACE := "place of service"),
    ("clm_pos", PLACE),
    ("clm-pos", PLACE),
    ("line_place_of_srvc", PLACE),
)
_SHAPES = (
    (re.compile(r"\d{4}[0-9AFTUM]", re.ASCII), "CPT"),
    (re.compile(r"D\d{4}", re.ASCII), "CDT"),
    (re.compile(r"[A-CE-V]\d{4}", re.ASCII), "HCPCS"),
)
"""Three lists of one family, which plans send under each other's names; how a code looks tells them apart."""
_WITH_MODIFIERS = frozenset(("CPT", "HCPCS", "CDT"))
_GLUED = re.compile(r"([0-9A-V]\d{3}[0-9AFTUM])([A-Z][0-9A-Z]|[2-9]\d)", re.ASCII)
"""A code of theirs with a modifier behind it."""
_PROCEDURES = {"ICD-10": "ICD-10-PCS", "ICD-10-CM": "ICD-10-PCS", "ICD-9": "ICD-9 procedure"}
_PCS = re.compile(r"[0-9A-HJ-NP-Z]{7}", re.ASCII)


@lru_cache(512)
def system_name(system: str | None) -> str | None:
    """Return what people call a code system, None for one nobody names."""
    text = (system or "").lower()
    return next((name for part, name in _SYSTEMS if part in text), None)


def coded(concept: Concept | None) -> Coded:
    """Return the best coding of a concept: one with a code, with whatever words the plan sent."""
    if concept is None:
        return Coded()
    usable = [coding for coding in concept.coding if coding.code and not _is_absent(coding)]
    if not usable:
        return Coded(words=None if concept.coding else stated(concept.text))
    telling = ((coding, words) for coding in usable if (words := _telling(coding.display, coding.code)))
    best, shown = next(telling, (usable[0], None))
    shown = shown or _telling(concept.text, best.code)
    code = last_part(best.code or "")[:60]
    return Coded(None if is_zero(code) else code, _list_of(best.system, code), shown)


def _telling(text: str | None, code: str | None) -> str | None:
    """Return words that came for *code*, None where they only repeat it or say that there are none."""
    words = stated(text)
    return None if words == code else words


def _list_of(system: str | None, code: str) -> str | None:
    name = system_name(system)
    if name not in _WITH_MODIFIERS:
        return name
    return next((list_name for shape, list_name in _SHAPES if shape.fullmatch(code.upper())), name)


words_of = Known(coded)
"""`words_of[concept]`: the same, remembered; for products, revenue, places and modifiers only."""


def procedure(concept: Concept | None) -> Coded:
    """Return a procedure; ICD has lists of their own for them, which plans often do not name."""
    what = coded(concept)
    system = _PROCEDURES.get(what.system or "", what.system)
    if system == "ICD-10-PCS" and not _PCS.fullmatch((what.code or "").upper()):
        return what
    return Coded(what.code, system, what.words)


def revenue(concept: Concept | None) -> tuple[Coded | None, Coded | None]:
    """Return the revenue code of a line, and whether deductible and coinsurance apply; None: not said."""
    if concept is None:
        return None, None
    rules = [coding for coding in concept.coding if system_name(coding.system) == COST_RULE]
    others = [coding for coding in concept.coding if coding not in rules]
    return _or_none(coded(Concept(tuple(others), concept.text))), _or_none(coded(Concept(tuple(rules))))


revenues = Known(revenue)


def _or_none(what: Coded) -> Coded | None:
    return what if what.code or what.words else None


def place(concept: Concept | None) -> Coded | None:
    """Return where it happened: CMS's name of the place, else the plan's words; None when not said.

    Under no list's name a code is CMS's only where it has both digits, as CMS writes it.
    """
    what = coded(concept)
    if not what.code:
        return what if what.words else None
    if what.system != PLACE and (what.system or len(what.code) != _DIGITS_OF_PLACE):
        return what
    table = {row[0]: row[1] for row in rows("places.tsv")}
    return Coded(what.code, PLACE, table.get(what.code.zfill(2)) or what.words)


places = Known(place)


def without_modifier(what: Coded) -> Coded:
    """Return a service as its list has it, where its modifier is written behind it: "A7030NU"."""
    glued = _glued(what)
    return Coded(glued[1], _list_of(what.system, glued[1]), what.words) if glued else what


def _glued(what: Coded) -> re.Match[str] | None:
    return _GLUED.fullmatch(what.code or "") if what.system in _WITH_MODIFIERS else None


def modifiers_of(item: Item) -> tuple[Coded, ...]:
    """Return the modifiers of a line, and first the one behind its code."""
    own = modifiers(item.modifier) if item.modifier else ()
    glued = _glued(words_of[item.product_or_service]) if item.product_or_service else None
    return tuple(dict.fromkeys([Coded(glued[2]), *own])) if glued else own


def modifiers(concepts: tuple[Concept, ...]) -> tuple[Coded, ...]:
    """Return all modifiers; payers put several into one concept."""
    return tuple(dict.fromkeys([modifier for concept in concepts for modifier in _modifiers[concept]]))


def _modifiers_of(concept: Concept | None) -> tuple[Coded, ...]:
    return tuple(
        Coded((coding.code or "")[:20], system_name(coding.system), _telling(coding.display, coding.code))
        for coding in (concept.coding if concept else ())
        if coding.code and not is_nothing(coding.code) and not _is_unit(coding)
    )


def _is_unit(coding: Coding) -> bool:
    """Whether it is the unit of a drug's amount, which Blue Button sends among the modifiers.

    "UN" is a unit there, and "two patients served" as a modifier.
    """
    return any(sign in (coding.system or "") for sign in ("unitsofmeasure.org", "ndc_qty_qlfr"))


_modifiers = Known(_modifiers_of)


def drug_unit(concepts: tuple[Concept, ...]) -> str | None:
    """Return the unit of a drug's amount that stands among the modifiers, None where none does."""
    units = (coding.code for concept in concepts for coding in concept.coding if _is_unit(coding))
    return next((unit for unit in units if unit), None)


def _is_absent(coding: Coding) -> bool:
    code = (coding.code or "").lower()
    return "data-absent-reason" in (coding.system or "") or code in ABSENT or is_nothing(code)


def is_zero(code: str) -> bool:
    """Return whether zeros fill the place of a number: "00000000000" is no drug; "0" may be a code."""
    return len(code) > LONGEST_ZERO and not code.strip("0-")


def type_words(concept: Concept | None) -> str | None:
    """Return the words of a line's category when they are words: "Diagnostic laboratory", never "01"."""
    type_text = words(concept)
    return type_text if type_text and any(char.isalpha() for char in type_text) else None

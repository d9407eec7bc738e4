"""What sort of coverage it is, and what it is called: pure, from all codes that came, never the first."""

import re
from collections.abc import Iterable
from typing import Final, Literal

from apps.kinds.coverage.records import CoverageClass, CoverageRecord
from apps.plain_language.capitals import calm_name, calm_words
from apps.plain_language.language import _, said
from apps.plain_language.theirs import theirs

Kind = Literal["medical", "dental", "vision", "drug", "other"]

SELF_PAY: Final = "pay"
# HL7 v3-ActCode and coverage-selfpay, in our words; other types show the plan's own words.
TYPES: Final[dict[str, tuple[Kind, str]]] = {
    "HIP": ("medical", said("Health insurance")),
    "EHCPOL": ("medical", said("Extended health insurance")),
    "DENTAL": ("dental", said("Dental insurance")),
    "DENTPRG": ("dental", said("Dental program")),
    "VISPOL": ("vision", said("Vision insurance")),
    "DRUGPOL": ("drug", said("Prescription drug insurance")),
    "HMO": ("medical", said("HMO (health maintenance organization)")),
    "PPO": ("medical", said("PPO (preferred provider organization)")),
    "POS": ("medical", said("POS (point of service plan)")),
    "EPO": ("medical", said("EPO (exclusive provider organization)")),
    "HSAPOL": ("other", said("Health spending account")),
    "MCPOL": ("medical", said("Managed care plan")),
    "SUBSIDIZ": ("medical", said("Public health insurance")),
    "PUBLICPOL": ("medical", said("Public health insurance")),
    SELF_PAY: ("other", said("You pay yourself")),
}
# Codes of https://nahdo.org/sopt as payers send them (facts 10); their names are the plan's to say.
_SOPT: Final[dict[str, Kind]] = {
    "1": "medical", "11": "medical", "14": "medical", "121": "medical", "122": "drug", "3712": "medical",
}  # fmt: skip
_BY_WORDS: Final[tuple[tuple[re.Pattern[str], Kind], ...]] = (
    (re.compile(r"\bdental\b", re.IGNORECASE), "dental"),
    (re.compile(r"\b(vision|eye)\b", re.IGNORECASE), "vision"),
    (re.compile(r"\b(drugs?|pharmacy|prescriptions?|rx)\b", re.IGNORECASE), "drug"),
    (re.compile(r"\b(medical|health|hmo|ppo|pos|epo)\b", re.IGNORECASE), "medical"),
)
HEADINGS: Final[dict[Kind, str]] = {
    "medical": said("Medical coverage"),
    "dental": said("Dental coverage"),
    "vision": said("Vision coverage"),
    "drug": said("Prescription drug coverage"),
    "other": said("Other coverage"),
}
# HL7 coverage-class, with what its guide to insurance cards (C4DIC) adds.
CLASSES: Final = {
    "group": said("Group"),
    "subgroup": said("Subgroup"),
    "plan": said("Plan"),
    "subplan": said("Subplan"),
    "class": said("Class"),
    "subclass": said("Subclass"),
    "sequence": said("Sequence"),
    "rxbin": said("Pharmacy BIN"),
    "rxpcn": said("Pharmacy PCN"),
    "rxid": said("Pharmacy ID"),
    "rxgroup": said("Pharmacy group"),
    "division": said("Division"),
    "network": said("Network"),
}
CMS: Final = frozenset({"cms", "centers for medicare and medicaid services"})
_LEGAL_FORMS: Final = frozenset(("inc", "incorporated", "llc", "corp", "corporation", "co", "company", "ltd"))
_OWN_PARTS: Final = frozenset({"part a", "part b"})
_PHARMACY: Final = frozenset({"rxbin", "rxpcn", "rxgroup", "rxid"})


def is_original_medicare(records: Iterable[CoverageRecord]) -> bool:
    """Whether Medicare itself says Part A or B, and names no Part C, in which another plan decides."""
    parts = {
        (entry.value or entry.name or "").casefold()
        for record in records
        if record.status in (None, "active") and any(payer.casefold() in CMS for payer in record.payers)
        for entry in record.classes
    }
    return bool(parts & _OWN_PARTS) and "medicare" in parts and "part c" not in parts


def kind_of(record: CoverageRecord) -> Kind:
    """Return the sort of coverage: by its codes, else by the plan's own words, else by what a pharmacy needs.

    A plan without type that names a pharmacy's numbers and no group is for drugs only; "other" is not known.
    """
    codes = _codes(record)
    for code in codes:
        if code in TYPES:
            return TYPES[code][0]
    for code in codes:
        if code in _SOPT:
            return _SOPT[code]
    for pattern, kind in _BY_WORDS:
        if record.type_words and pattern.search(record.type_words):
            return kind
    classes = {entry.kind for entry in record.classes}
    return "drug" if classes & _PHARMACY and "group" not in classes else "other"


def is_insurance(codes: Iterable[str]) -> bool:
    """Return whether HL7's codes say that somebody insures, so that who is covered is not who pays."""
    return any(code in TYPES and code != SELF_PAY for code in codes)


def type_words(record: CoverageRecord) -> str:
    """Return what kind of coverage it is in the reader's language, "" when the plan did not say."""
    words = next((TYPES[code][1] for code in _codes(record) if code in TYPES), None)
    return _(words) if words else theirs(calm_words(record.type_words or ""))


def part_of(record: CoverageRecord) -> tuple[str, str] | None:
    """Return ("Medicare", "Part A") for one part of a plan that is shared in parts (Blue Button, facts 10).

    Its group (v2) or subgroup (older answers) is the whole, its plan or subplan the part: both are names
    where other payers have numbers.
    """
    whole = _class(record, "group") or _class(record, "subgroup")
    part = _class(record, "plan") or _class(record, "subplan")
    if not whole or not part or whole.name or part.name:
        return None
    if not _is_name(whole.value) or not re.fullmatch(r"(?i)part [a-z]|dual", part.value or ""):
        return None
    return whole.value or "", part.value or ""


def title_of(record: CoverageRecord) -> str | None:
    """The name a member knows: of the plan, subplan or network, else the kind of coverage, else the payer."""
    if part := part_of(record):
        return theirs(" ".join(part))
    plan, subplan = _class(record, "plan"), _class(record, "subplan")
    candidates: list[str | None] = [name_words(entry) for entry in (plan, subplan) if entry]
    if record.network and any(letter.isalpha() for letter in record.network):
        candidates.append(theirs(calm_name(record.network)))
    candidates += [theirs(entry.value) for entry in (plan, subplan) if entry and _is_name(entry.value)]
    candidates += [type_words(record), *payers(record)]
    return next((name for name in candidates if name), None)


def name_words(entry: CoverageClass) -> str:
    """Return the name of a class, one in capitals in ordinary letters; "" for none."""
    return theirs(calm_name(entry.name or ""))


def payers(record: CoverageRecord) -> tuple[str, ...]:
    """Return the names of who pays; a number alone names nobody."""
    return tuple(calm_name(name) for name in record.payers if not name.startswith("NPI "))


def may_be_of(record: CoverageRecord, payer: str | None) -> bool:
    """Return whether a coverage may be of a payer, by words of their names: one may be longer, spaced or
    written otherwise, and tell its legal form."""
    wanted = [] if (payer or "").startswith("NPI ") else _spelled(payer or "")
    names = [words for name in payers(record) if (words := _spelled(name))]
    return not (wanted and names) or any(
        set(words) <= set(wanted) or set(wanted) <= set(words) or "".join(words) == "".join(wanted)
        for words in names
    )


def _spelled(name: str) -> list[str]:
    words = re.findall(r"\w+", name.casefold().replace(".", ""))
    return [word for word in words if word not in _LEGAL_FORMS]


def _codes(record: CoverageRecord) -> tuple[str, ...]:
    return (record.type_code, *record.more_type_codes) if record.type_code else record.more_type_codes


def _class(record: CoverageRecord, kind: str) -> CoverageClass | None:
    return next((entry for entry in record.classes if entry.kind == kind), None)


def _is_name(value: str | None) -> bool:
    return bool(value) and not any(letter.isdigit() for letter in value or "")

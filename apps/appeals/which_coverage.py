"""Which kind of coverage a claim has: what the member says, what data proves, else a suggestion; pure."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from apps.appeals.days import Certainty
from apps.appeals.rules import KINDS, Kind
from apps.kinds.coverage.kinds import is_original_medicare
from apps.kinds.coverage.records import CoverageRecord

_BY_LINE: Final[dict[str, Kind]] = {
    "chip": "chip", "medicare": "medicare", "medicare_advantage": "advantage", "medicare_part_d": "drug",
    "marketplace": "individual", "individual": "individual", "employer": "employer", "dental": "separate",
    "vision": "separate",
}  # fmt: skip
"""What a plan's row in the directory suggests where it names one line of business; Medicaid is two kinds."""
_BY_CODE: Final[dict[str, Kind]] = {
    **dict.fromkeys(("11", "111", "112", "113", "119"), "advantage"),
    **dict.fromkeys(("12", "121", "129"), "medicare"),
    **dict.fromkeys(("122", "191"), "drug"),
    **dict.fromkeys(("21", "211", "212", "219"), "medicaid_plan"),
    "22": "medicaid_state",
    **dict.fromkeys(("23", "361"), "chip"),
    **dict.fromkeys(("311", "3111", "3112", "3113"), "tricare"),
    "391": "federal",
    **dict.fromkeys(("522", "622"), "employer"),
    **dict.fromkeys(("517", "524", "561", "562", "614", "629", "DENTAL", "DENTPRG", "VISPOL"), "separate"),
}
"""Codes of the Source of Payment Typology and of HL7; 371x say nothing: payers use them otherwise."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The kind and how sure it is; `answer` is what the member said, "" for nothing."""

    kind: Kind
    certainty: Certainty
    answer: str = ""


def coverage(
    *, answer: object, lines: Collection[str], records: Iterable[CoverageRecord], is_drug: bool
) -> Coverage:
    """Return the kind of coverage behind a claim; *is_drug* where a pharmacy sent it.

    *lines* are those of the plan's row in the directory. What data suggests is never taken for sure, but
    Medicare's own words for its own parts.
    """
    kind_told = next((kind for kind in KINDS if kind == answer), None)
    if kind_told not in (None, "unknown"):
        return Coverage(of_drugs(kind_told, is_drug=is_drug), "confirmed", kind_told)
    coverages = list(records)
    if is_original_medicare(coverages):
        return Coverage(of_drugs("medicare", is_drug=is_drug), "certain")
    if kind_told == "unknown":
        return Coverage("unknown", "unknown", kind_told)
    suggested = _suggested(lines, coverages)
    return Coverage(suggested, "unknown" if suggested == "unknown" else "likely")


def of_drugs(kind: Kind, *, is_drug: bool) -> Kind:
    """Drugs from a pharmacy come under Part D, also where the member thinks of Medicare as one."""
    return "drug" if is_drug and kind in ("medicare", "advantage") else kind


def _suggested(lines: Collection[str], records: Iterable[CoverageRecord]) -> Kind:
    kinds = {_BY_CODE[code] for record in records for code in _codes(record) if code in _BY_CODE}
    if len(lines) == 1:
        kinds |= {_BY_LINE[line] for line in lines if line in _BY_LINE}
    return kinds.pop() if len(kinds) == 1 else "unknown"


def _codes(record: CoverageRecord) -> tuple[str, ...]:
    return (record.type_code or "", *record.more_type_codes)

"""What kind of claim this is: the first sign that answers wins (facts claims 4)."""

import re
from typing import NamedTuple

from apps.claims.reading.shapes import Explanation
from apps.claims.records import Kind, Setting
from apps.fhir.known import Known
from apps.fhir.values import Concept, codes, last_part


class KindOf(NamedTuple):
    """A kind and, where known, a finer setting."""

    kind: Kind
    setting: Setting | None = None


UNKNOWN = KindOf("unknown")
FACILITY = KindOf("unknown", "facility")

_CMS_TYPES: dict[str, KindOf] = {
    "CARRIER": KindOf("professional"),
    "DME": KindOf("professional", "equipment"),
    "HHA": KindOf("outpatient", "home_health"),
    "HOSPICE": KindOf("outpatient", "hospice"),
    "INPATIENT": KindOf("inpatient"),
    "OUTPATIENT": KindOf("outpatient"),
    "PDE": KindOf("pharmacy"),
    "SNF": KindOf("inpatient", "nursing_facility"),
}
_CMS_NUMBERS: dict[str, KindOf] = (
    {number: _CMS_TYPES[word] for number, word in (("10", "HHA"), ("40", "OUTPATIENT"), ("50", "HOSPICE"))}
    | dict.fromkeys(("20", "30"), _CMS_TYPES["SNF"])
    | dict.fromkeys(("60", "61", "62", "63", "64"), _CMS_TYPES["INPATIENT"])
    | dict.fromkeys(("71", "72", "1700", "2700"), _CMS_TYPES["CARRIER"])
    | dict.fromkeys(("81", "82", "1800", "2800"), _CMS_TYPES["DME"])
    | dict.fromkeys(("1", "2", "3", "4"), _CMS_TYPES["PDE"])
)
_BILL = re.compile(r"[12]0(\d\d)", re.ASCII)
_BILLS: tuple[tuple[str, str], ...] = (
    ("11", "INPATIENT"),
    ("12", "INPATIENT"),
    ("18", "SNF"),
    ("2", "SNF"),
    ("3", "HHA"),
    ("41", "INPATIENT"),
    ("81", "HOSPICE"),
    ("82", "HOSPICE"),
    ("", "OUTPATIENT"),
)
"""Claims not final yet carry the type of bill: 2013 is bill type 013, an outpatient hospital."""

_CLAIM_TYPES: dict[str, KindOf] = {
    "institutional": FACILITY,
    "professional": KindOf("professional"),
    "pharmacy": KindOf("pharmacy"),
    "oral": KindOf("oral"),
    "vision": KindOf("vision"),
    "inpatient-facility": KindOf("inpatient"),
    "outpatient-facility": KindOf("outpatient"),
    "professional-nonclinician": KindOf("professional"),
}
_PROFILES: tuple[tuple[str, KindOf], ...] = (
    ("inpatient", KindOf("inpatient")),
    ("outpatient", KindOf("outpatient")),
    ("professional", KindOf("professional")),
    ("pharmacy", KindOf("pharmacy")),
    ("oral", KindOf("oral")),
)
_STAY = ("admissionperiod", "admtype", "drg", "discharge-status", "clm_drg_cd", "clm_ip_admsn_type_cd")


def kind_of(claim: Explanation) -> KindOf:
    """Return the kind of *claim*, from Medicare's own types down to hints."""
    stated = _types[claim.type]
    if stated is not None and stated != FACILITY:
        return stated
    found = _sub_type(claim) if stated == FACILITY else None
    return found or _profile(claim) or _hint(claim) or stated or UNKNOWN


def _stated(type_of_claim: Concept | None) -> KindOf | None:
    return _cms_type(type_of_claim) or _claim_type(type_of_claim)


_types = Known(_stated)


def _cms_type(stated: Concept | None) -> KindOf | None:
    by_word = (_CMS_TYPES.get(code) for code in (*codes(stated, "eob-type"), *codes(stated, "EOB-TYPE")))
    numbers = (*codes(stated, "nch_clm_type_cd"), *codes(stated, "CLM-TYPE-CD"))
    by_number = (_CMS_NUMBERS.get(last_part(code)) or _by_bill(last_part(code)) for code in numbers)
    return next((one for one in (*by_word, *by_number) if one), None)


def _by_bill(number: str) -> KindOf | None:
    bill = _BILL.fullmatch(number)
    if bill is None or bill[1] == "00":
        return None
    return next(_CMS_TYPES[word] for digits, word in _BILLS if bill[1].startswith(digits))


def _claim_type(stated: Concept | None) -> KindOf | None:
    known = [_CLAIM_TYPES[code] for code in map(str.lower, codes(stated)) if code in _CLAIM_TYPES]
    # carin-bb-claim-type is finer than plain `institutional` beside it.
    return next((one for one in known if one != FACILITY), known[0] if known else None)


def _sub_type(claim: Explanation) -> KindOf | None:
    found = [code.lower() for code in codes(claim.sub_type)]
    if "inpatient" in found:
        return KindOf("inpatient")
    return KindOf("outpatient") if "outpatient" in found else None


def _profile(claim: Explanation) -> KindOf | None:
    for profile in claim.meta.profile:
        name = last_part(profile.split("|", 1)[0]).lower()
        if "explanationofbenefit" in name:
            for part, kind in _PROFILES:
                if part in name.split("explanationofbenefit", 1)[1]:
                    return kind
    return None


def _hint(claim: Explanation) -> KindOf | None:
    categories = {last_part(code).lower() for one in claim.supporting_info for code in codes(one.category)}
    if categories & set(_STAY):
        return KindOf("inpatient")
    systems = {
        (one.system or "").lower()
        for line in claim.item[:20]
        if line.product_or_service
        for one in line.product_or_service.coding
    }
    if any("/ndc" in system for system in systems):
        return KindOf("pharmacy")
    return KindOf("oral") if any("cdt" in system for system in systems) else None

"""What kind of claim this is: the first sign that answers wins (facts claims 4)."""

import re
from collections.abc import Iterable
from typing import NamedTuple

from apps.fhir.values import Concept, codes, last_part, words
from apps.kinds.claim.reading.concepts import Known
from apps.kinds.claim.reading.facts import TYPE_OF_BILL, Info
from apps.kinds.claim.reading.shapes import Explanation
from apps.kinds.claim.records import Kind, Line, Setting


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

_PLACE_FIELDS = ("clm-bill-fac-type-cd", "clm_fac_type_cd")
_CARE_FIELDS = ("clm-bill-clsfctn-cd", "clm_srvc_clsfctn_type_cd")
_STAY_OR_VISIT: tuple[Kind, ...] = ("inpatient", "outpatient")
_OF_FACILITIES = (*_STAY_OR_VISIT, "unknown")

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


_EMERGENCY = re.compile(r"0?45[0-57-9]", re.ASCII)
"""Revenue codes of an emergency room; 0456 is urgent care."""
_EMERGENCY_ROOM = "23"
"""CMS place of service."""
_LIMITED = re.compile(r"9928[1-5]|G038[0-4]|A043[0156]", re.ASCII)
"""Codes of visits to an emergency room (CPT; HCPCS), and of flights by air ambulance (HCPCS)."""


def kind_of(claim: Explanation, infos: Iterable[Info]) -> KindOf:
    """Return the kind of *claim*, from Medicare's own types down to hints.

    A facility's type of bill tells settings apart that no other sign does: inpatient and outpatient are what
    plans call nursing facilities, hospices and care at home too.
    """
    if (cms_type := _cms_types[claim.type]) is not None:
        return cms_type
    stated = _claim_types[claim.type]
    if stated is not None and stated.kind not in _OF_FACILITIES:
        return stated
    care = stated
    if stated == FACILITY:
        care = stay_or_visit(*codes(claim.sub_type) or (words(claim.sub_type),))
    care = care or _profile(claim)
    if care is None or care.kind in _OF_FACILITIES:
        billed = _billed_as(infos)
        if billed and (billed.setting or care is None):
            return billed
    return care or _hint(claim) or stated or UNKNOWN


def _billed_as(infos: Iterable[Info]) -> KindOf | None:
    """Return the kind that the type of bill says: NUBC's three digits, or Medicare's two fields of them."""
    place, care = "", ""
    for info in infos:
        if "typeofbill" in info.category.codes:
            for code in info.codes:
                if bill := TYPE_OF_BILL.fullmatch(code):
                    return _by_digits(bill[1])
        for coding in info.sent.code.coding if info.sent.code else ():
            system, code = (coding.system or "").lower(), (coding.code or "").strip()
            if len(code) == 1 and code.isascii() and code.isdigit():
                place = code if system.endswith(_PLACE_FIELDS) else place
                care = code if system.endswith(_CARE_FIELDS) else care
    return _by_digits(place + care) if place and care else None


def _by_digits(digits: str) -> KindOf:
    return next(_CMS_TYPES[word] for start, word in _BILLS if digits.startswith(start))


def _cms_type(stated: Concept | None) -> KindOf | None:
    by_word = (_CMS_TYPES.get(code) for code in (*codes(stated, "eob-type"), *codes(stated, "EOB-TYPE")))
    numbers = (*codes(stated, "nch_clm_type_cd"), *codes(stated, "CLM-TYPE-CD"))
    by_number = (_CMS_NUMBERS.get(last_part(code)) or _by_bill(last_part(code)) for code in numbers)
    return next((cms_type for cms_type in (*by_word, *by_number) if cms_type), None)


_cms_types = Known(_cms_type)


def _by_bill(number: str) -> KindOf | None:
    bill = _BILL.fullmatch(number)
    return None if bill is None or bill[1] == "00" else _by_digits(bill[1])


def _claim_type(stated: Concept | None) -> KindOf | None:
    types_stated = [_CLAIM_TYPES[code] for code in map(str.lower, codes(stated)) if code in _CLAIM_TYPES]
    # carin-bb-claim-type is finer than plain `institutional` beside it.
    return next(
        (code for code in types_stated if code != FACILITY), types_stated[0] if types_stated else None
    )


_claim_types = Known(_claim_type)


def stay_or_visit(*said: str | None) -> KindOf | None:
    """Return the stay or the visit that a code, a word or a kind is; None where it is neither."""
    written = {(text or "").strip().lower() for text in said}
    return next((KindOf(kind) for kind in _STAY_OR_VISIT if kind in written), None)


def setting_of(kind: KindOf, lines: Iterable[Line]) -> Setting | None:
    """Return the setting of a claim; of a visit to a hospital, whether a line was in its emergency room."""
    if kind != _CMS_TYPES["OUTPATIENT"]:
        return kind.setting
    return "emergency" if any(map(is_in_emergency_room, lines)) else None


def is_in_emergency_room(line: Line) -> bool:
    """Return whether a line was in an emergency room, by its revenue code or its place."""
    revenue = line.revenue.code if line.revenue else None
    place = line.place.code if line.place else None
    return bool(_EMERGENCY.fullmatch(revenue or "")) or place == _EMERGENCY_ROOM


def may_have_limited_bill(line: Line) -> bool:
    """Return whether federal rules may limit what a provider outside the network asks for a line: of an
    emergency room, or of an air ambulance (45 CFR 149.110 and 149.130)."""
    return is_in_emergency_room(line) or bool(_LIMITED.fullmatch(line.what.code or ""))


def is_basis(claim: Explanation) -> bool:
    """Return whether a claim is in a form that its guide made to leave amounts out (CARIN 2.1, 2.2)."""
    return any(
        profile.split("|", 1)[0].endswith(("-Basis", "-NonFinancial")) for profile in claim.meta.profile
    )


def _profile(claim: Explanation) -> KindOf | None:
    names = (last_part(profile.split("|", 1)[0]).lower() for profile in claim.meta.profile)
    forms = [name.partition("explanationofbenefit")[2] for name in names]
    return next((kind for form in forms for part, kind in _PROFILES if part in form), None)


def _hint(claim: Explanation) -> KindOf | None:
    categories = {last_part(code).lower() for info in claim.supporting_info for code in codes(info.category)}
    if categories & set(_STAY):
        return KindOf("inpatient")
    systems = {
        (coding.system or "").lower()
        for line in claim.item[:20]
        if line.product_or_service
        for coding in line.product_or_service.coding
    }
    if any("/ndc" in system for system in systems):
        return KindOf("pharmacy")
    return KindOf("oral") if any("cdt" in system for system in systems) else None

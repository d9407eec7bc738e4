"""Kind, state, network and dates of a claim: facts claims 4, 5 and 8, in the plainest way."""

import re
from datetime import date
from typing import Any

CLAIM_TYPES = {
    "professional": "professional",
    "pharmacy": "pharmacy",
    "oral": "oral",
    "vision": "vision",
    "inpatient-facility": "inpatient",
    "outpatient-facility": "outpatient",
    "professional-nonclinician": "professional",
}
CMS_TYPES = {
    "CARRIER": "professional",
    "DME": "professional",
    "HHA": "outpatient",
    "HOSPICE": "outpatient",
    "INPATIENT": "inpatient",
    "OUTPATIENT": "outpatient",
    "PDE": "pharmacy",
    "SNF": "inpatient",
}
NETWORK = {"innetwork": "in", "outofnetwork": "out", "other": "other"}
NETWORK_CATEGORIES = (
    *("benefitpaymentstatus", "billingnetworkstatus", "renderingnetworkstatus"),
    *("billingnetworkcontractingstatus",),
)
CMS_NUMBERS = {
    **dict.fromkeys(("10", "40", "50"), "outpatient"),
    **dict.fromkeys(("20", "30", "60", "61"), "inpatient"),
    **dict.fromkeys(("71", "72", "81", "82", "1700", "2700", "1800", "2800"), "professional"),
    **dict.fromkeys(("1", "2", "3", "4"), "pharmacy"),
}


def codings(concept: Any) -> list[tuple[str, str]]:
    """Return (system, code) of all codings."""
    found = concept.get("coding", []) if isinstance(concept, dict) else []
    return [(one.get("system") or "", str(one["code"]).strip()) for one in found if one.get("code")]


def last(text: str) -> str:
    """Return the last segment of an address."""
    return text.rstrip("/").split("/")[-1]


def kind_of(eob: dict[str, Any]) -> str:
    """Return the kind of a claim: facts 4."""
    pairs = codings(eob.get("type"))
    for system, code in pairs:
        if system.lower().endswith("eob-type") and code in CMS_TYPES:
            return CMS_TYPES[code]
    for system, code in pairs:
        if system.endswith(("nch_clm_type_cd", "CLM-TYPE-CD")) and last(code) in CMS_NUMBERS:
            return CMS_NUMBERS[last(code)]
    codes = [code.lower() for _, code in pairs]
    for code in codes:
        if code in CLAIM_TYPES:
            return CLAIM_TYPES[code]
    if "institutional" in codes:
        for _, code in codings(eob.get("subType")):
            if code.lower() in ("inpatient", "outpatient"):
                return code.lower()
    for profile in eob.get("meta", {}).get("profile", []):
        tail = last(profile.split("|")[0]).lower().partition("explanationofbenefit")[2]
        for word in ("inpatient", "outpatient", "professional", "pharmacy", "oral"):
            if word in tail:
                return word
    return _hint(eob)


def _hint(eob: dict[str, Any]) -> str:
    infos = [
        last(code).lower()
        for one in eob.get("supportingInfo", [])
        for _, code in codings(one.get("category"))
    ]
    if {"admissionperiod", "admtype", "drg", "discharge-status", "clm_drg_cd", "clm_ip_admsn_type_cd"} & set(
        infos
    ):
        return "inpatient"
    systems = [
        system.lower() for item in eob.get("item", []) for system, _ in codings(item.get("productOrService"))
    ]
    if any("/ndc" in system for system in systems):
        return "pharmacy"
    return "oral" if any("cdt" in system for system in systems) else "unknown"


def state_of(eob: dict[str, Any]) -> str:
    """Return where a claim stands by what it states itself: facts 5, without what other versions say."""
    use, status, outcome = eob.get("use", "claim"), eob.get("status"), eob.get("outcome")
    is_deleted = any(
        system.endswith("CLM-TYPE-CD") and last(code) == "3" for system, code in codings(eob.get("type"))
    )
    decisions = {_decision(one) for one in eob.get("adjudication", [])} | {_refused(eob)}
    lines = [_line_decision(item) for item in eob.get("item", [])]
    in_order = [
        (use != "claim", use),
        (status in ("cancelled", "entered-in-error"), status),
        (is_deleted, "deleted"),
        (_adjusted(eob) == "void", "void"),
        (outcome in ("error", "queued"), outcome),
        ("denied" in decisions or set(lines) == {"denied"}, "denied"),
        ("partiallypaid" in decisions or "denied" in lines, "partly denied"),
        ("paid" in decisions, "paid"),
    ]
    return next((str(word) for holds, word in in_order if holds), "plain")


def _decision(one: dict[str, Any]) -> str:
    if "benefitpaymentstatus" in [code for _, code in codings(one.get("category"))]:
        answers = [code for _, code in codings(one.get("reason"))]
        return next((code for code in answers if code in ("paid", "denied", "partiallypaid")), "")
    return ""


def _refused(eob: dict[str, Any]) -> str:
    """Return what the carrier's payment code says: 0 is denied."""
    for one in eob.get("extension", []):
        if last(one["url"]).lower() in ("carr_clm_pmt_dnl_cd", "clm-carr-pmt-dnl-cd"):
            return "denied" if one.get("valueCoding", {}).get("code") == "0" else ""
    return ""


def _line_decision(item: dict[str, Any]) -> str:
    for one in item.get("adjudication", []):
        if _decision(one):
            return _decision(one)
        if "line_prcsg_ind_cd" in [last(code) for _, code in codings(one.get("category"))]:
            answers = [last(code) for _, code in codings(one.get("reason"))]
            if set(answers) & set("BCDIMNZ"):
                return "denied"
    for one in item.get("extension", []):
        is_indicator = last(one["url"]).lower() in ("line_prcsg_ind_cd", "clm-prcsg-ind-cd")
        if is_indicator and one.get("valueCoding", {}).get("code") in tuple("BCDIMNZ"):
            return "denied"
    return ""


def _adjusted(eob: dict[str, Any]) -> str:
    for one in eob.get("supportingInfo", []):
        names = [last(code).lower() for _, code in codings(one.get("category"))]
        code = next((last(code) for _, code in codings(one.get("code"))), "")
        if "clm_adjstmt_type_cd" in names and code == "1":
            return "void"
        if "typeofbill" in names and len(code) in (3, 4) and code[-1] == "8":
            return "void"
    return ""


def network_of(eob: dict[str, Any]) -> str:
    """Return the network status the header states: facts 2.3, in 1.x among the supporting information."""
    header = [*eob.get("adjudication", []), *eob.get("total", [])]
    answers = [
        NETWORK.get(code, "") for name in NETWORK_CATEGORIES for code in _answers(header, name, "reason")
    ]
    answers += [
        answer
        for word, answer in NETWORK.items()
        for one in header
        if word in [code.lower() for _, code in codings(one.get("category"))] and not one.get("reason")
    ]
    for name in ("billingnetworkcontractingstatus", "performingnetworkcontractingstatus"):
        told = _answers(eob.get("supportingInfo", []), name, "code")
        answers += [{"contracted": "in", "noncontracted": "out"}.get(code, code) for code in told]
    return next((one for one in answers if one in NETWORK.values()), "")


def _answers(entries: list[dict[str, Any]], name: str, element: str) -> list[str]:
    """Return the codes under *element* of the entries of one category, named by code or by text."""
    found = []
    for one in entries:
        category = one.get("category", {})
        if name in [code.lower() for _, code in codings(category)] or category.get("text") == name:
            found += [code for _, code in codings(one.get(element))]
    return found


def day(text: Any) -> str:
    """Return the date part of a date as written, "" for none: facts 8."""
    if not isinstance(text, str) or not re.fullmatch(r"\d{4}(-\d\d(-\d\d([T ].*)?)?)?", text):
        return ""
    try:
        date.fromisoformat((text[:10] + "-01-01")[:10])
    except ValueError:
        return ""
    return text[:10]


def service_of(eob: dict[str, Any], kind: str) -> tuple[str, str]:
    """Return first and last day of service; the last only where it differs: facts 8."""
    items = eob.get("item", [])
    starts = [day(one.get("servicedDate") or one.get("servicedPeriod", {}).get("start")) for one in items]
    ends = [
        day(one.get("servicedDate") or one.get("servicedPeriod", {}).get("end")) or start
        for one, start in zip(items, starts, strict=True)
    ]
    period = eob.get("billablePeriod", {})
    start = min((one for one in starts if one), default="") or day(period.get("start"))
    end = max((one for one in ends if one), default="") if any(starts) else day(period.get("end"))
    if not start and kind == "pharmacy":
        start = day(eob.get("payment", {}).get("date")) or day(eob.get("created"))
    return start, end if start < end else ""

"""The words of claims that stand on their own: kinds, places, states, networks, roles; English, one place."""

import re

from apps.claims.records import ClaimRecord, Coded
from apps.claims.standing import State

KINDS = {
    "inpatient": "Hospital stay",
    "outpatient": "Outpatient visit",
    "professional": "Medical care",
    "pharmacy": "Prescription",
    "oral": "Dental visit",
    "vision": "Vision care",
    "unknown": "Claim",
}
SETTINGS = {
    "equipment": "Medical equipment",
    "home_health": "Home health care",
    "hospice": "Hospice care",
    "nursing_facility": "Nursing facility stay",
    "facility": "Care at a facility",
}
PLACES = {
    "02": "Telehealth visit",
    "10": "Telehealth visit",
    "11": "Office visit",
    "12": "Visit at home",
    "20": "Urgent care visit",
    "21": "Doctor's care in hospital",
    "23": "Emergency room care",
    "24": "Outpatient surgery",
    "41": "Ambulance ride",
    "42": "Ambulance ride",
    "65": "Dialysis",
    "81": "Laboratory test",
}
"""What care at a place (CMS place of service) is called."""

NETWORKS = {
    "in": "In your plan's network",
    "out": "Outside your plan's network",
    "other": "Your plan says neither in nor outside its network",
}
STATES: dict[State, tuple[str, str, str]] = {
    "mistake": ("Entered in error", "quiet", "x"),
    "deleted": ("Deleted by your plan", "quiet", "x"),
    "cancelled": ("Cancelled", "quiet", "x"),
    "void": ("Voided", "quiet", "x"),
    "taken_back": ("Taken back", "quiet", "x"),
    "error": ("Your plan reports an error", "attention", "alert"),
    "undecided": ("Not decided yet", "attention", "clock"),
    "denied": ("Denied", "denied", "x"),
    "not_covered": ("Not covered", "attention", "alert"),
    "partly_paid": ("Partly paid", "attention", "alert"),
    "incomplete": ("Not every line is decided", "attention", "clock"),
    "draft": ("Draft", "quiet", "clock"),
    "paid": ("Paid by your plan", "ok", "check"),
}
"""State -> words, kind of badge, icon; `plain` has none."""

LINE_DECISIONS = {"paid": "Paid", "denied": "Denied", "partly_paid": "Partly paid"}
DIAGNOSIS_ROLES = {
    "principal": "Main reason",
    "admitting": "At admission",
    "secondary": "Also",
    "other": "Also",
    "external": "Cause from outside",
    "reason": "Reason for the visit",
}
TEAM_ROLES = {
    "attending": "In charge of your care",
    "operating": "Operating",
    "otheroperating": "Also operating",
    "performing": "Treated you",
    "rendering": "Treated you",
    "primary": "Treated you",
    "assist": "Assisted",
    "supervising": "Supervising",
    "referring": "Referred you",
    "prescribing": "Prescribed it",
}
FACTS = {
    "admissionperiod": "In hospital",
    "admtype": "Kind of admission",
    "drg": "Hospital payment group",
    "clm_drg_cd": "Hospital payment group",
    "discharge-status": "At discharge",
    "patientaccountnumber": "Your account number there",
    "medicalrecordnumber": "Your record number there",
    "transportationdistance": "Distance",
    "pickuplocation": "Picked up at",
    "dropofflocation": "Taken to",
    "ambulancetransportreason": "Reason for the ambulance",
    "roudtrippurpose": "Reason for the round trip",
    "stretcherpurpose": "Reason for the stretcher",
    "patientweight": "Your weight, as sent",
    "missingtoothnumber": "Missing tooth",
    "orthodontics": "Orthodontics",
    "prosthesis": "Prosthesis",
    "typeofbill": "Type of bill",
    "pointoforigin": "Where you came from",
    "brandgenericindicator": "Brand or generic",
    "dawcode": "Dispensed as written",
    "rxorigincode": "How the prescription arrived",
    "compoundcode": "Compound",
    "billingnetworkcontractingstatus": "Provider's contract with your plan",
}
_BRACKETS = re.compile(r"\s*\([^()]*\)")
_PERSON = re.compile(
    r"^Dr\b|\b(M\.?D|D\.?O|D\.?D\.?S|D\.?M\.?D|N\.?P|P\.?A|R\.?N|O\.?D|Ph\.?D)\.?$", re.IGNORECASE
)


def subject(record: ClaimRecord) -> str:
    """Return what a claim is about: its kind, or for care without a telling place what was done first."""
    kind = kind_words(record)
    if kind != KINDS["professional"]:
        return kind
    shown = next((line.what.words for line in record.lines if line.what.words), None)
    return short(_BRACKETS.sub("", shown).strip() or shown) if shown else kind


def kind_words(record: ClaimRecord) -> str:
    """Return what kind of care this was: "Hospital stay", "Office visit", "Prescription"."""
    if record.setting:
        return SETTINGS[record.setting]
    if record.kind == "professional":
        places = [line.place.code.zfill(2) for line in record.lines if line.place and line.place.code]
        by_place = next((PLACES[code] for code in places if code in PLACES), None)
        if by_place:
            return by_place
    return KINDS[record.kind]


def code_words(what: Coded) -> str:
    """Return a code's words, else the bare code with its system, else that it was not shared."""
    if what.words:
        return what.words
    return " ".join(part for part in (what.system, what.code) if part) or "not shared by your plan"


def dotted(code: str) -> str:
    """Return an ICD-10 code with its dot: J069 is J06.9."""
    return f"{code[:3]}.{code[3:]}" if len(code) > 3 and "." not in code else code


def drug_name(what: Coded) -> str:
    """Return a drug's name short enough for a title: without package text and number in brackets."""
    if not what.words:
        return code_words(what)
    return short(_BRACKETS.sub("", what.words).strip() or what.words)


def short(text: str, limit: int = 60) -> str:
    """Return text of at most *limit* characters, cut at a word."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1].rsplit(" ", 1)[0].rstrip(" ,;-")
    return f"{cut}…"


def is_person(name: str) -> bool:
    """Return whether a provider's name looks like a person's: "Dr. Lopez", "Ana Lopez, MD"."""
    return bool(_PERSON.search(name.strip()))

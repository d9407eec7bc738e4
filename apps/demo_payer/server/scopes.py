"""SMART scopes: which this payer grants, what they allow, and what they mean in plain words."""

import re
from collections.abc import Iterable

from apps.demo_payer.personalities import Personality

PLAIN: dict[str, str] = {
    "openid": "Confirm that it is you who signed in",
    "fhirUser": "Know which member record is yours",
    "profile": "See your name",
    "launch/patient": "Know which member the records belong to",
    "offline_access": "Keep this access until you take it back, even while you are not here",
}
# SMART App Launch 2.2, "Scopes for requesting FHIR Resources": v1 `.read`, v2 `.r`, `.s`, `.rs`.
_RECORDS = re.compile(r"patient/(\*|[A-Z][A-Za-z]{1,63})\.(read|rs|r|s)")
_TYPES = {
    "Patient": "your name, birth date and contact details",
    "Coverage": "what your plan covers and your member number",
    "ExplanationOfBenefit": "your claims: visits, prescriptions, what was billed and what was paid",
    "RelatedPerson": "family members on your plan",
    "Organization": "the organizations named in your records",
    "Practitioner": "the doctors and clinicians named in your records",
    "Location": "the places named in your records",
    "AllergyIntolerance": "your allergies",
    "Binary": "the files of papers",
    "Condition": "your health problems and diagnoses",
    "DiagnosticReport": "reports of your tests and scans",
    "DocumentReference": "papers such as discharge summaries",
    "Encounter": "your visits and hospital stays",
    "Immunization": "your vaccines",
    "MedicationRequest": "your prescriptions",
    "Observation": "your test results and measurements",
    "Procedure": "what was done for you",
}


def grantable(asked: str) -> str:
    """Return the known scopes of `asked`, once each, in the order they were asked."""
    return " ".join(
        dict.fromkeys(scope for scope in asked.split() if scope in PLAIN or _RECORDS.fullmatch(scope))
    )


def refused(asked: str, personality: Personality) -> str:
    """Return the asked scopes that are refused: wildcards and unknown ones, where it wants names."""
    if not personality.only_scopes_by_name:
        return ""
    allowed = set(personality.scopes)
    bad = [
        scope
        for scope in asked.split()
        if "*" in scope or (scope not in allowed if allowed else not grantable(scope))
    ]
    return " ".join(bad)


def granted(scope: str, personality: Personality) -> str:
    """Return what of `scope` this payer grants at most; a wildcard becomes the types it may have."""
    allowed = personality.scopes
    kept: list[str] = []
    for asked in scope.split():
        of_all = f"patient/*.{asked.rpartition('.')[2]}"
        if not allowed or asked in allowed or (asked.startswith("patient/") and of_all in allowed):
            kept.append(asked)
        elif asked.startswith("patient/*."):
            kept.extend(name for name in allowed if name.startswith("patient/"))
    return " ".join(name for name in dict.fromkeys(kept) if name not in personality.never_grants)


def in_words(scope: str) -> list[str]:
    """Return one plain sentence for each granted scope."""
    return list(dict.fromkeys(_words(name) for name in scope.split()))


def allows(scope: str, type_: str, way: str) -> bool:
    """Tell whether `scope` allows `way` ("r" read, "s" search) for resources of `type_`."""
    for name in scope.split():
        match = _RECORDS.fullmatch(name)
        if match and match[1] in {"*", type_} and (match[2] == "read" or way in match[2]):
            return True
    return False


def supported(types: Iterable[str], personality: Personality) -> list[str]:
    """Return what discovery documents list for a payer holding these resource types."""
    if personality.scopes:
        return list(personality.scopes)
    records = [f"patient/{name}.{way}" for name in ("*", *sorted(types)) for way in ("read", "rs")]
    return [*PLAIN, *records]


def _words(scope: str) -> str:
    match = _RECORDS.fullmatch(scope)
    if not match:
        return PLAIN[scope]
    if match[1] == "*":
        return "Read all your plan keeps about you: claims, payments, coverage and who treated you"
    return f"Read {_TYPES.get(match[1], f'your records of the kind {match[1]}')}"

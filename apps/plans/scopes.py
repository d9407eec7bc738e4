"""Which scopes a plan is asked for: what its quirks list, written the way its server understands; pure."""

import re
from typing import Final

from apps.plans.quirks import Quirks

# What coverage and claims are made of, and what they point to; the least that tells the whole story (O-28).
TYPES: Final = (
    "Patient",
    "Coverage",
    "ExplanationOfBenefit",
    "Organization",
    "Practitioner",
    "PractitionerRole",
    "Location",
    "RelatedPerson",
)
READING: Final = re.compile(r"(?P<who>patient|user)/(?P<type>\*|[A-Z][A-Za-z]*)\.(?:read|rs)")
RIGHTS: Final = {"v1": "read", "types_v1": "read", "v2": "rs", "types_v2": "rs"}
STANDALONE: Final = "launch/patient"
FROM_PORTAL: Final = "launch"
LASTING: Final = "offline_access"


def scopes_to_ask(quirks: Quirks, *, launch: bool = False) -> tuple[str, ...]:
    """The scopes to send, in the listed order and each once.

    Reading scopes are rewritten to the plan's style (SMART App Launch 2.2, "Scopes for requesting FHIR
    Resources"); every other scope stays as listed. A `launch` from a portal brings its own patient, so
    `launch` takes the place of `launch/patient`.
    """
    asked: list[str] = []
    for scope in quirks.scopes:
        asked += _spelled(scope, quirks.scope_style)
    if launch:
        asked = [FROM_PORTAL if scope == STANDALONE else scope for scope in asked]
        asked += [FROM_PORTAL]
    return tuple(dict.fromkeys(asked))


def _spelled(scope: str, style: str) -> list[str]:
    found = READING.fullmatch(scope)
    if found is None or style not in RIGHTS:
        return [scope]
    is_by_type = style.startswith("types_") and found["type"] == "*"
    types = TYPES if is_by_type else (found["type"],)
    return [f"{found['who']}/{kind}.{RIGHTS[style]}" for kind in types]

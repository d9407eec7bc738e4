"""What a plan granted, in a member's words (SMART scopes in both spellings, `.read` and `.rs`)."""

import re
from collections.abc import Iterable
from typing import Final

SCOPE: Final = re.compile(r"(?:patient|user)/(?P<type>\*|[A-Z][A-Za-z]+)\.(?P<rights>[a-z*]+)(?:\?.*)?")
WORDS: Final = {
    "ExplanationOfBenefit": "Claims: what was billed, what your plan paid, your share",
    "Coverage": "What your plan covers",
    "Patient": "Name, address and date of birth",
    "MedicationRequest": "Prescriptions",
    "MedicationDispense": "Prescriptions",
}
EVERYTHING: Final = "Everything your plan shares"
OTHER: Final = "Other health records"
LASTING: Final = "Keep your records up to date without asking each time"


def granted(scopes: str) -> list[str]:
    """What the granted scopes allow, once each, the most telling first; unknown scopes are left out."""
    types = {match["type"] for match in map(SCOPE.fullmatch, scopes.split()) if match and _may_read(match)}
    if "*" in types:
        lines = [EVERYTHING]
    else:
        lines = list(dict.fromkeys(words for kind, words in WORDS.items() if kind in types))
        if types - WORDS.keys() - {"Organization", "Practitioner", "PractitionerRole", "Location"}:
            lines.append(OTHER)
    if "offline_access" in scopes.split():
        lines.append(LASTING)
    return lines


def withheld(scopes: str, *, asked: Iterable[str]) -> list[str]:
    """What was asked for and not granted, in the same words; [] when the plan did not say what it granted."""
    if not scopes:
        return []
    have = granted(scopes)
    if EVERYTHING in have:
        have = [EVERYTHING, OTHER, *WORDS.values(), *have]
    return [line for line in granted(" ".join(asked)) if line not in have]


def _may_read(match: re.Match[str]) -> bool:
    """`read` and `*` of SMART 1; of SMART 2 any of `cruds` with an r."""
    rights = match["rights"]
    return rights in ("read", "*") or ("r" in rights and set(rights) <= set("cruds"))

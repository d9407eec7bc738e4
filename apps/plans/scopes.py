"""Which scopes a plan is asked for: what its quirks list, written the way its server understands; pure."""

import re
from collections.abc import Sequence
from typing import Final

from apps.plans.quirks import Quirks
from config.fhir_types import CLAIMS, CLINICAL, EVERY, Consent, fhir_types

READING: Final = re.compile(r"(?P<who>patient|user)/(?P<type>\*|[A-Z][A-Za-z]*)\.(?P<right>read|rs)")
RIGHTS: Final = {"v1": "read", "types_v1": "read", "v2": "rs", "types_v2": "rs"}
STANDALONE: Final = "launch/patient"
FROM_PORTAL: Final = "launch"
LASTING: Final = "offline_access"


GRANULAR: Final = re.compile(r"patient/(?P<type>[A-Z][A-Za-z]*)\.(?:rs|r)\?category=[^\s&]{1,300}")
"""A scope for one category of a type (SMART App Launch 2.2, "Finer-grained resource constraints")."""
MOST_GRANULAR: Final = 12
"""Of one type: a request to sign in is an address, and ends somewhere."""


def scopes_to_ask(
    quirks: Quirks,
    *,
    launch: bool = False,
    consents: frozenset[Consent] = CLAIMS,
    announced: Sequence[str] = (),
) -> tuple[str, ...]:
    """The scopes to send, in the listed order and each once, for what the member agreed to.

    Reading scopes are rewritten to the plan's style (SMART App Launch 2.2, "Scopes for requesting FHIR
    Resources"); every other scope stays as listed. A `launch` from a portal brings its own patient, so
    `launch` takes the place of `launch/patient`. Where the plan takes names only, clinical types are those
    that its row names: a scope that a server does not know may end the whole request (O-28). Where a server
    has *announced* scopes for categories of such a type, and none for all of it, those are asked for, as it
    writes them; where it has both, all of it is, so that no category is missed that has no scope.
    """
    clinical = clinical_types(quirks) if consents == EVERY else ()
    asked: list[str] = []
    for scope in quirks.scopes:
        asked += _spelled(scope, quirks.scope_style, clinical)
    reading = [match for match in map(READING.fullmatch, asked) if match]
    if reading and not any(match["type"] == "*" for match in reading):
        asked += [f"{reading[0]['who']}/{name}.{reading[0]['right']}" for name in clinical]
    asked = [part for scope in asked for part in _granular(scope, clinical, announced) or (scope,)]
    if launch:
        asked = [FROM_PORTAL if scope == STANDALONE else scope for scope in asked]
        asked += [FROM_PORTAL]
    return tuple(dict.fromkeys(asked))


def _granular(scope: str, clinical: Sequence[str], announced: Sequence[str]) -> list[str]:
    """The announced scopes for categories of the clinical type of *scope*; [] where all is to be had."""
    reading = READING.fullmatch(scope)
    if reading is None or reading["type"] not in clinical:
        return []
    start = f"patient/{reading['type']}."
    if any(other.startswith((start, "patient/*.")) and "?" not in other for other in announced):
        return []
    return [other for other in announced if other.startswith(start) and GRANULAR.fullmatch(other)][
        :MOST_GRANULAR
    ]


def clinical_types(quirks: Quirks) -> tuple[str, ...]:
    """The clinical FHIR types that a plan is known to share; () where it is not known, or shares none."""
    ours = fhir_types(CLINICAL)
    return tuple(name for name in quirks.clinical_types if name in ours) if shares_clinical(quirks) else ()


def shares_clinical(quirks: Quirks) -> bool:
    """Whether a member may be offered the plan's clinical records: it may be asked for them at all."""
    if quirks.clinical == "never":
        return False
    matches = [match for scope in quirks.scopes if (match := READING.fullmatch(scope))]
    by_name = quirks.scope_style.startswith("types_") or not any(match["type"] == "*" for match in matches)
    return bool(quirks.clinical_types) or not (matches and by_name)


def _spelled(scope: str, style: str, clinical: tuple[str, ...]) -> list[str]:
    reading = READING.fullmatch(scope)
    if reading is None or style not in RIGHTS:
        return [scope]
    is_by_type = style.startswith("types_") and reading["type"] == "*"
    types = (*fhir_types(CLAIMS), *clinical) if is_by_type else (reading["type"],)
    return [f"{reading['who']}/{kind}.{RIGHTS[style]}" for kind in types]

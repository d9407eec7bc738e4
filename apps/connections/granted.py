"""Which kinds of records a plan's granted scopes let us read; pure (SMART App Launch 1 and 2)."""

import re
from typing import Final
from urllib.parse import parse_qs

from apps.fhir.errors import NotAllowed
from config.fhir_types import CLINICAL, fhir_types

SCOPE: Final = re.compile(
    r"(?i:patient|user)/(?P<type>\*|[A-Z][A-Za-z]+)\.(?P<rights>(?i:[a-z*]+))(?:\?(?P<query>.*))?"
)
EVERY: Final = "*"
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
"""A category that may stand in a search of ours: nothing that could end there as another parameter."""
MOST_CATEGORIES: Final = 12
"""Each is a search of its own in every update."""
# Scopes that say nothing about records.
ABOUT_OTHERS: Final = frozenset(
    {
        "openid",
        "fhirUser",
        "profile",
        "email",
        "address",
        "phone",
        "launch",
        "launch/patient",
        "offline_access",
        "online_access",
    }
)


class NotGranted(NotAllowed):
    """The plan's answer to the sign-in leaves this kind out, so it is not asked for (O-27)."""

    code = "not_granted"


class AskedOnce(NotGranted):
    """The same of the person: asked once, at connecting, as nothing else said whose records these are."""

    code = "asked_once"


class NotConsented(NotGranted):
    """The member agreed to claims and coverage only: nothing clinical is asked for."""

    code = "no_consent"


class RefusedThoughGranted(NotAllowed):
    """The plan granted this kind at the sign-in, and refuses it now."""

    code = "granted_refused"


def readable(scopes: str, *, asked: str = "") -> frozenset[str] | None:
    """The resource types that may be read, `*` for every one; None when the plan's words do not tell.

    An answer without any scope about records allows none, where such were asked for in SMART's words. But a
    plan that was never asked in them, or that answers in words of its own, has not said.
    """
    words = scopes.split()
    matches = [match for match in map(SCOPE.fullmatch, words) if match]
    if matches:
        return frozenset(match["type"] for match in matches if _may_read(match["rights"]))
    speaks_smart = any(SCOPE.fullmatch(word) for word in asked.split())
    return frozenset() if words and speaks_smart and ABOUT_OTHERS.issuperset(words) else None


def limits(scopes: str, kind: str) -> frozenset[str] | None:
    """The categories of *kind* that may be read, as codes; None where all may be, or nothing tells.

    SMART App Launch 2.2, "Finer-grained resource constraints using search parameters". The address of the
    list is left out: US Core's own table misspells one, and servers copied it.
    """
    reading = _queries(scopes, kind)
    if not reading or not all(reading):
        return None
    wanted = [value for query in reading for value in parse_qs(query).get("category", ())]
    codes = {value.rpartition("|")[2] for several in wanted for value in several.split(",")}
    return frozenset(sorted(filter(_CODE.fullmatch, codes))[:MOST_CATEGORIES]) or None


def limits_of(scopes: str) -> dict[str, frozenset[str]]:
    """The categories that may be read, by clinical type, of each of which not all may be."""
    limits_by_type = {name: limits(scopes, name) for name in fhir_types(CLINICAL)}
    return {name: categories for name, categories in limits_by_type.items() if categories is not None}


def is_narrowed(scopes: str, kind: str) -> bool:
    """Whether every permission to read *kind* is for some of its records only, whatever tells these apart."""
    reading = _queries(scopes, kind)
    return bool(reading) and all(reading)


def _queries(scopes: str, kind: str) -> list[str | None]:
    """Return what narrows each permission to read *kind*; None or "" for what is whole."""
    matches = map(SCOPE.fullmatch, scopes.split())
    of_kind = [match for match in matches if match and match["type"] in (kind, EVERY)]
    return [match["query"] for match in of_kind if _may_read(match["rights"])]


def may_read(kinds: frozenset[str] | None, kind: str) -> bool:
    """Whether `kind` is among what `readable` found; what the plan did not say may be tried."""
    return kinds is None or kind in kinds or EVERY in kinds


def _may_read(rights: str) -> bool:
    """`read` and `*` of SMART 1; of SMART 2 any of `cruds` with an r."""
    rights = rights.lower()
    return rights in ("read", "*") or ("r" in rights and set(rights) <= set("cruds"))

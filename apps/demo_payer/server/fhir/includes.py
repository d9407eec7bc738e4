"""_include: the resources a page's matches refer to (https://hl7.org/fhir/R4/search.html#include)."""

from collections.abc import Sequence
from functools import reduce
from operator import or_

import msgspec
from django.db.models import Q

from apps.demo_payer.server import references
from apps.demo_payer.server.fhir.access import visible_any
from apps.demo_payer.server.models import Resource, Token

INCLUDES: dict[str, dict[str, tuple[str, ...]]] = {
    "ExplanationOfBenefit": {
        "provider": ("provider",),
        "care-team": ("careTeam", "provider"),
        "coverage": ("insurance", "coverage"),
        "insurer": ("insurer",),
        "patient": ("patient",),
        "payee": ("payee", "party"),
        "facility": ("facility",),
    },
    "Coverage": {"payor": ("payor",), "beneficiary": ("beneficiary",), "patient": ("beneficiary",)},
    "PractitionerRole": {"practitioner": ("practitioner",), "organization": ("organization",)},
}
_AT_ONCE = 200  # conditions in one query, well under SQLite's limit


def understood(type_: str, value: str) -> bool:
    """Tell whether this server follows an _include such as `ExplanationOfBenefit:provider` or `*`."""
    return bool(_paths(type_, value))


def included(
    matches: Sequence[Resource], includes: Sequence[str], iterated: Sequence[str], token: Token
) -> list[Resource]:
    """Return what the matches refer to and the token may see, each once, never a match again.

    `iterated` (`_include:iterate`) is followed from the matches and from what was included, to the end.
    """
    added: list[Resource] = []
    keys = {references.Key(match.type, match.fhir_id) for match in matches}
    newest, follow = list(matches), [*includes, *iterated]
    while newest:
        wanted = [key for key in _wanted(newest, follow) if key not in keys]
        keys.update(wanted)
        newest, follow = _fetch(wanted, token), list(iterated)
        added += newest
    return added


def _wanted(rows: Sequence[Resource], includes: Sequence[str]) -> list[references.Key]:
    wanted: dict[references.Key, None] = {}
    for row in rows:
        paths = {path for value in includes for path in _paths(row.type, value)}
        body = msgspec.json.decode(bytes(row.body)) if paths else {}
        for path in sorted(paths):
            for reference in references.along(body, path):
                if key := references.key(reference):
                    wanted[key] = None
    return list(wanted)


def _fetch(wanted: Sequence[references.Key], token: Token) -> list[Resource]:
    rows: list[Resource] = []
    for first in range(0, len(wanted), _AT_ONCE):
        named = reduce(or_, (Q(type=key.type, fhir_id=key.id) for key in wanted[first : first + _AT_ONCE]))
        rows += Resource.objects.filter(named).filter(visible_any(token)).order_by("pk")
    return rows


def _paths(type_: str, value: str) -> tuple[tuple[str, ...], ...]:
    source, _, rest = value.partition(":")
    name = rest.partition(":")[0]  # a third part names a target type, which the references decide anyway
    paths = INCLUDES.get(type_, {})
    if value == "*" or (source == type_ and name == "*"):
        return tuple(paths.values())
    return (paths[name],) if source == type_ and name in paths else ()

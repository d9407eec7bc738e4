"""Types of which a permission covers some categories only (SMART App Launch 2: granular scopes). No query."""

from typing import Final

from apps.connections import granted
from apps.connections.models import Connection
from apps.plain_language.language import _, said
from apps.plain_language.theirs import filled, listed
from config.fhir_types import CLINICAL, Form, fhir_types

_PART: Final = said("{name}: {categories}")


def limits_of(connection: Connection) -> dict[str, frozenset[str]]:
    """Return the categories that may be read of each type of which not all may be."""
    told = {name: granted.limits(connection.scopes_granted, name) for name in fhir_types(CLINICAL)}
    return {name: limits for name, limits in told.items() if limits is not None}


def forms_within(limits: frozenset[str]) -> tuple[Form, ...]:
    """Return how a type is asked for that is covered in part: each category by itself, nothing else at all.

    A search outside the granted categories may be refused, and with it the rest of the answer.
    """
    return (tuple(f"category={category}" for category in sorted(limits)),)


def parts_left_out(connection: Connection) -> dict[str, list[tuple[str, frozenset[str]]]]:
    """Return by state what of partly covered types is missing: pairs of type and categories.

    What was asked for and not granted is not in the permission, whoever left it out: no answer tells whether
    the person did or the plan. What was not asked for, because the plan has scopes for other categories only,
    is not offered.
    """
    left: dict[str, list[tuple[str, frozenset[str]]]] = {"not_allowed": [], "not_offered": []}
    types = fhir_types(CLINICAL)
    for name, given in limits_of(connection).items():
        known = frozenset(code for code, _words in types[name].categories)
        asked = granted.limits(connection.scopes_asked, name)
        wanted = known if asked is None else asked
        for state, categories in (("not_allowed", wanted - given), ("not_offered", known - wanted - given)):
            if categories:
                left[state].append((name, categories))
    return left


def name_of_part(fhir_type: str, categories: frozenset[str]) -> str:
    """Return what some categories of a type are called: "Health problems and diagnoses: health concerns"."""
    told = fhir_types(CLINICAL)[fhir_type]
    known = dict(told.categories)
    order = [*known, *sorted(categories - known.keys())]
    words = [_(known[code]) if code in known else code for code in order if code in categories]
    return filled(_(_PART), name=_(told.granted), categories=listed(words))

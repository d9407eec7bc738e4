"""What people, places and organizations are called, read tolerantly from their resources."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from apps.fhir import contacts, values

NAMED: Final = ("Organization", "Practitioner", "PractitionerRole", "Location", "RelatedPerson")
"""The types claims and coverages refer to for names, in the order in which they are asked for."""


def name_in(body: bytes, names: Mapping[str, str]) -> str | None:
    """Return the display name in a resource's JSON; None when it has none or is unreadable.

    A PractitionerRole is called after its practitioner, else its organization, looked up in *names*
    (``Type/id`` -> name) or shown as the plan displays them.
    """
    resource = _parsed(body)
    if resource.get("resourceType") == "PractitionerRole":
        return next((name for one in _role_links(resource) if (name := values.known_name(one, names))), None)
    name = resource.get("name")
    if isinstance(name, str):
        return values.clean(name, 200)
    return values.human_name(name) if isinstance(name, list | dict) else None


def contacts_in(body: bytes, reference: str) -> dict[str, str]:
    """Return how the organization in *body* is reached, under keys `contacts` finds again; {} for others."""
    return contacts.of(_parsed(body), reference)


def links(body: bytes) -> frozenset[str]:
    """Return the references a PractitionerRole must follow to get its name; empty for other types."""
    resource = _parsed(body)
    if resource.get("resourceType") != "PractitionerRole":
        return frozenset()
    return frozenset(one.reference for one in _role_links(resource) if one.reference)


def _role_links(role: Mapping[str, Any]) -> Iterator[values.Reference]:
    for element in ("practitioner", "organization"):
        try:
            yield msgspec.convert(role.get(element) or {}, values.Reference)
        except msgspec.ValidationError:
            continue


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        resource = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return {}
    return resource if isinstance(resource, dict) else {}

"""What people, places and organizations are called, read tolerantly from their resources."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from apps.fhir import contacts, tolerant, values
from config.fhir_types import fhir_types


class _Numbered(msgspec.Struct, frozen=True):
    identifier: tuple[values.Identifier, ...] = ()


def name_in(body: bytes, names: Mapping[str, str]) -> str | None:
    """Return the display name in a resource's JSON; None when it has none or is unreadable.

    A role is called after its practitioner, else its organization, looked up in *names* (``Type/id`` -> name)
    or shown as the plan displays them; a medicine after its code, a sample that is no mistake after its type.
    """
    resource = _parsed(body)
    if is_role(resource):
        return next(
            (name for link in _role_links(resource) if (name := values.known_name(link, names))), None
        )
    name, code = resource.get("name"), resource.get("code")
    is_mistake = resource.get("status") == "entered-in-error"
    if code is None and isinstance(kind := resource.get("type"), dict) and not is_mistake:
        code = kind
    if isinstance(name, str):
        return values.name_shown(name, 200)
    if name is None and isinstance(code, dict):
        return values.words(tolerant.convert(code, values.Concept))
    return values.human_name(name) if isinstance(name, list | dict) else None


def numbers_in(body: bytes) -> frozenset[str]:
    """Return the national numbers a resource has, as keys (`npi:1407891336`); none of a role's.

    A role has the number of whom it is of, who may do the same elsewhere under another name.
    """
    resource = _parsed(body)
    identifiers = resource.get("identifier")
    if is_role(resource) or not isinstance(identifiers, list):
        return frozenset()
    known = tolerant.convert({"identifier": identifiers[:50]}, _Numbered).identifier
    return frozenset(key for identifier in known if (key := values.key_of(identifier)))


def contacts_in(body: bytes, reference: str) -> dict[str, str]:
    """Return how the organization in *body* is reached, under keys `contacts` finds again; {} for others."""
    resource = _parsed(body)
    fhir_type = fhir_types().get(str(resource.get("resourceType")))
    return contacts.of(resource, reference) if fhir_type and fhir_type.has_contacts else {}


def links(body: bytes) -> frozenset[str]:
    """Return the references a role must follow to get its name; empty for whatever has a name of its own."""
    return frozenset(link.reference for link in _role_links(_parsed(body)) if link.reference)


def is_role(resource: Mapping[str, Any]) -> bool:
    """Return whether a resource in JSON is called after those it names, whatever its type is."""
    return "name" not in resource and any(element in resource for element in values.ROLE_OF)


def _role_links(role: Mapping[str, Any]) -> Iterator[values.Reference]:
    for element in values.ROLE_OF if is_role(role) else ():
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

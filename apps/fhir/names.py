"""What people, places and organizations are called, read tolerantly from their resources."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import msgspec

from apps.fhir import contacts, tolerant, values
from config.fhir_types import fhir_types


class _Numbered(msgspec.Struct, frozen=True):
    identifier: tuple[values.Identifier, ...] = ()


class Named:
    """One resource as others get names from it; its JSON is read once, and of nonsense nothing is known."""

    def __init__(self, body: bytes) -> None:
        self._resource: dict[str, Any] = {}
        with suppress(msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            resource = msgspec.json.decode(body)
            self._resource = resource if isinstance(resource, dict) else {}
        self._is_role = "name" not in self._resource and any(map(self._resource.__contains__, values.ROLE_OF))
        self._linked: list[values.Reference] = []
        for element in values.ROLE_OF if self._is_role else ():
            with suppress(msgspec.ValidationError):
                self._linked.append(msgspec.convert(self._resource.get(element) or {}, values.Reference))

    def name(self, names: Mapping[str, str]) -> str | None:
        """Return the display name; None when it has none.

        A role is called after its practitioner, else its organization, looked up in *names* (``Type/id`` ->
        name) or shown as the plan displays them; a medicine after its code, a sample that is no mistake after
        its type.
        """
        resource = self._resource
        if self._is_role:
            return next((name for link in self._linked if (name := values.known_name(link, names))), None)
        name, code = resource.get("name"), resource.get("code")
        is_mistake = resource.get("status") == "entered-in-error"
        if code is None and isinstance(kind := resource.get("type"), dict) and not is_mistake:
            code = kind
        if isinstance(name, str):
            return values.name_shown(name, 200)
        if name is None and isinstance(code, dict):
            return values.words(tolerant.convert(code, values.Concept))
        return values.human_name(name) if isinstance(name, list | dict) else None

    def numbers(self) -> frozenset[str]:
        """Return the national numbers it has, as keys (`npi:1407891336`); none of a role's.

        A role has the number of whom it is of, who may do the same elsewhere under another name.
        """
        identifiers = self._resource.get("identifier")
        if self._is_role or not isinstance(identifiers, list):
            return frozenset()
        identifiers_sent = tolerant.convert({"identifier": identifiers[:50]}, _Numbered).identifier
        return frozenset(key for identifier in identifiers_sent if (key := values.key_of(identifier)))

    def contacts(self, reference: str) -> dict[str, str]:
        """Return how an organization is reached, under keys `contacts` finds again; {} for others."""
        fhir_type = fhir_types().get(str(self._resource.get("resourceType")))
        return contacts.of(self._resource, reference) if fhir_type and fhir_type.has_contacts else {}

    @property
    def links(self) -> frozenset[str]:
        """The references a role must follow to get its name; empty for whatever has a name of its own."""
        return frozenset(link.reference for link in self._linked if link.reference)

"""By what persons and providers are told apart: names, and keyed digests that stand in addresses."""

import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Protocol

from apps.connections.models import Connection
from apps.connections.people import Person, person_of
from apps.plain_language.capitals import folded_name
from apps.vault.boxes import Box
from apps.vault.errors import VaultError
from config.fhir_types import person_type

_WHOEVER_IS_ASKED_FOR: Final = frozenset({"patient", "self", "member", "beneficiary", "enrollee"})
"""What stands where a name belongs and names nobody; a subscriber or a dependent may be another."""


class Named(Protocol):
    """A record that may say whom it is about."""

    @property
    def patient(self) -> str | None:
        """The name of that person."""

    @property
    def patient_reference(self) -> str | None:
        """`Patient/123`."""


@dataclass(frozen=True)
class Owner:
    """The person a connection is about; `id`, `name` and `born` are empty where they are not known."""

    connection: str
    id: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    born: str = field(default="", repr=False)

    @cached_property
    def identity(self) -> str:
        """By what the person is one across connections: name and birth date, else the connection itself."""
        name = folded_name(self.name)
        return f"{name}|{self.born}" if name and self.born else f"connection:{self.connection}"

    def other_than(self, record: Named) -> str:
        """Return the identity of whom *record* is about when it is somebody else; empty for the owner.

        A record without a name is the owner's: plans answer for the person they were asked about.
        """
        if not record.patient or (self.id and record.patient_reference == f"{person_type()}/{self.id}"):
            return ""
        name = folded_name(record.patient)
        is_theirs = name in _WHOEVER_IS_ASKED_FOR or name == folded_name(self.name)
        return "" if is_theirs else f"connection:{self.connection}|{name}"


def owner_of(connection: Connection, box: Box) -> Owner:
    """Return whom *connection* is about; unknown where that does not open, which its own page says."""
    try:
        person: Person | None = person_of(connection, box)
    except (VaultError, json.JSONDecodeError, TypeError):
        person = None
    if person is None:
        return Owner(str(connection.pk))
    return Owner(str(connection.pk), person.id, person.name, person.born)


KEY_LENGTH: Final = 16
"""Hex digits of a fingerprint that stand in an address."""


def key_of(box: Box, purpose: str, text: str) -> str:
    """Return what stands in an address for a provider or a person."""
    return box.fingerprint(f"records.{purpose}", text).hex()[:KEY_LENGTH]


class Keys:
    """Keyed digests as `key_of` makes them, each once: a year names the same few again and again."""

    def __init__(self, box: Box) -> None:
        self._box = box
        self._known: dict[tuple[str, str], str] = {}

    def of(self, purpose: str, text: str) -> str:
        """Return the keyed digest of *text*; empty for nothing."""
        if text and (purpose, text) not in self._known:
            self._known[purpose, text] = key_of(self._box, purpose, text)
        return self._known[purpose, text] if text else ""

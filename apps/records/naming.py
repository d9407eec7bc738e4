"""What people and places are called that records refer to, and which names an entry was made with."""

from collections.abc import Iterable, Mapping
from typing import Final

from apps.connections.models import Connection
from apps.fhir import names as fhir_names
from apps.fhir.bundles import Resource, read_resource
from apps.fhir.errors import NotFhir
from apps.records import mirror
from apps.vault.boxes import Box

NAMING: Final = ("Patient", *fhir_names.NAMED)
"""FHIR types that others get names from. Roles come last: they are called after those before."""
REFERENCE_BYTES: Final = 8
NAME_BYTES: Final = 4
ENTRY_BYTES: Final = REFERENCE_BYTES + NAME_BYTES
UNNAMED: Final = bytes(NAME_BYTES)


def names_of(connection: Connection, box: Box) -> dict[str, str]:
    """Return display names by reference (``Type/id``, absolute URLs), and how payers are reached."""
    names: dict[str, str] = {}
    base_url = connection.plan.fhir_base_url.rstrip("/")
    others = [one for one in NAMING if one != "PractitionerRole"]
    for types in (others, ["PractitionerRole"]):
        for some in mirror.bodies(connection=connection, box=box, fhir_types=types):
            learn(names, (one for body in some if (one := _read(body))), base_url=base_url)
    return names


def learn(names: dict[str, str], resources: Iterable[Resource], *, base_url: str) -> None:
    """Add what *resources* are called, and how they are reached, to *names*."""
    for resource in resources:
        if resource.type in NAMING:
            name, reference = fhir_names.name_in(resource.body, names), resource.reference
            if name and reference == resource.identity:
                names[reference] = names[f"{base_url}/{reference}"] = name
            elif reference == resource.identity:  # a name that is withdrawn is shown no longer
                names.pop(reference, None)
                names.pop(f"{base_url}/{reference}", None)
            names.update(fhir_names.contacts_in(resource.body, reference))


def _read(body: bytes) -> Resource | None:
    try:
        return read_resource(body)
    except NotFhir:
        return None


class Referring:
    """Packs what entries refer to: 8 bytes for each reference, 4 for its name, zeros where it had none."""

    def __init__(self, box: Box, names: Mapping[str, str]) -> None:
        self._box, self._names = box, names
        self._packed: dict[tuple[str, str | None], bytes] = {}

    def packed(self, references: Iterable[str]) -> bytes:
        """Return `Entry.refers` of what is read now."""
        return b"".join(sorted(self.of(reference) for reference in references))

    def of(self, reference: str) -> bytes:
        """Return what stands in it for one reference."""
        name = self._names.get(reference)
        packed = self._packed.get((reference, name))
        if packed is None:
            packed = self._digest("records.reference", reference, REFERENCE_BYTES)
            packed += self._digest("records.named", f"{reference}\x1f{name}", NAME_BYTES) if name else UNNAMED
            self._packed[reference, name] = packed
        return packed

    def known(self) -> dict[bytes, bytes]:
        """Return the digests of all names there are, by that of their reference."""
        packed = (self.of(reference) for reference in self._names)
        return {one[:REFERENCE_BYTES]: one[REFERENCE_BYTES:] for one in packed}

    def _digest(self, purpose: str, text: str, size: int) -> bytes:
        return self._box.fingerprint(purpose, text)[:size]


def is_behind(refers: bytes, known: Mapping[bytes, bytes]) -> bool:
    """Return whether an entry was made with another name than is *known*."""
    for at in range(0, len(refers), ENTRY_BYTES):
        middle = at + REFERENCE_BYTES
        name = refers[middle : middle + NAME_BYTES]
        if known.get(refers[at:middle], UNNAMED) != name:
            return True
    return False


def digests_in(refers: bytes) -> set[bytes]:
    """Return the digests of the references in `Entry.refers`."""
    return {refers[at : at + REFERENCE_BYTES] for at in range(0, len(refers), ENTRY_BYTES)}

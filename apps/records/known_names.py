"""What people and places are called that records refer to, and which names an entry was made with."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from typing import Any, Final

import msgspec

from apps.connections.models import Connection
from apps.fhir import numbers
from apps.fhir.bundles import Resource, local_reference, read_resource
from apps.fhir.errors import NotFhir
from apps.fhir.names import Named
from apps.records import mirror
from apps.records.entries import NOTHING, Codec, Entry, raw
from apps.vault import boxes
from apps.vault.boxes import Box
from config.fhir_types import naming_types, person_type

REFERENCE_BYTES: Final = 8
NAME_BYTES: Final = 4
ENTRY_BYTES: Final = REFERENCE_BYTES + NAME_BYTES
UNNAMED: Final = bytes(NAME_BYTES)
MOST_TOLD: Final = 5
"""Of what several versions under one name tell newer ones."""
type Called = dict[str, str]
"""Names by key (`values.keys_of`): what records call those they refer to."""
_called: Final = Codec[Called](dict[str, str])


def names_of(connection: Connection, box: Box) -> dict[str, str]:
    """Return names by reference (``Type/id``, absolute URLs) and number, and how payers are reached."""
    names: dict[str, str] = {}
    base_url = connection.plan.fhir_base_url.rstrip("/")
    batches = mirror.bodies(connection=connection, box=box, fhir_types=fhir_types_of_names())
    learn(names, (resource for batch in batches for resource in _read(batch)), base_url=base_url)
    return names


def names_among(
    connection: Connection, box: Box, references: Iterable[str], *, types: Collection[str] = ()
) -> tuple[dict[str, str], list[Resource]]:
    """Return the names of these references alone, as `names_of` has them among all, and what they refer to.

    Only what is here and of one of *types*, where any are given; a role has its name from who is here too.
    """
    kept = types or fhir_types_of_names()
    referred_to = _referred_to(connection, box, references, kept)
    names: dict[str, str] = {}
    linked = {link for resource in referred_to for link in Named(resource.body).links}
    others = _referred_to(connection, box, linked, kept)
    learn(names, [*others, *referred_to], base_url=connection.plan.fhir_base_url.rstrip("/"))
    return names, referred_to


def _referred_to(
    connection: Connection, box: Box, references: Iterable[str], types: Collection[str]
) -> list[Resource]:
    base_url = connection.plan.fhir_base_url
    local = {path for reference in references if (path := local_reference(reference, base_url=base_url))}
    keys = [boxes.source_key(box, path) for path in sorted(local) if path.partition("/")[0] in types]
    return list(_read(mirror.bodies_of(connection, box, keys))) if keys else []


def fhir_types_of_names() -> tuple[str, ...]:
    """Return the FHIR types that others get names from."""
    return (person_type(), *naming_types())


def learn(names: dict[str, str], resources: Iterable[Resource], *, base_url: str) -> frozenset[str]:
    """Add what *resources* are called, and how they are reached, to *names*; roles after those they name.

    Return what the roles among them refer to.
    """
    links = set[str]()
    for resource, named in _roles_last(resources):
        links |= named.links
        name, reference = named.name(names), resource.reference
        if name and reference == resource.identity:
            names[reference] = names[f"{base_url}/{reference}"] = name
        elif reference == resource.identity:  # a name that is withdrawn is shown no longer
            names.pop(reference, None)
            names.pop(f"{base_url}/{reference}", None)
        if name:
            names.update(dict.fromkeys(named.numbers(), name))
        names.update(named.contacts(reference))
    return frozenset(links)


def _roles_last(resources: Iterable[Resource]) -> Iterator[tuple[Resource, Named]]:
    """Yield each with what names it; only roles are held in memory."""
    roles = list[tuple[Resource, Named]]()
    for resource in resources:
        named = Named(resource.body)
        if named.links:
            roles.append((resource, named))
        else:
            yield resource, named
    yield from roles


def _read(bodies: Iterable[bytes]) -> Iterator[Resource]:
    for body in bodies:
        with suppress(NotFhir):
            yield read_resource(body)


def packed(called: Mapping[str, str]) -> msgspec.Raw:
    """Return names as they stand in an entry."""
    return raw(dict(sorted(called.items()))) if called else NOTHING


def opened(called: msgspec.Raw) -> Called:
    """Return what was packed; raise `OtherLayout`."""
    return {} if called == NOTHING else _called.read(called)


class Calling:
    """What the records of a connection call those they refer to: of several names that of the newest."""

    def __init__(self, staying: Callable[[], Iterable[Entry]]) -> None:
        """*staying* gives what is taken once more, for figures that newer versions ask for: few do."""
        self._staying = staying
        self._names: dict[str, tuple[tuple[Any, ...], str]] = {}
        self._older: set[str] = set()

    def take(self, entries: Iterable[Entry]) -> None:
        """Add what these call others, and which versions before them they ask."""
        for entry in entries:
            if entry.facts is not None:
                self._older.update(entry.facts.older)
            if entry.calls != NOTHING:
                for key, name in opened(entry.calls).items():
                    said = (entry.sort_key, name)
                    before = self._names.setdefault(key, said)
                    if key.startswith(numbers.PAID) and before[1] != name:
                        self._names[key] = (before[0], numbers.SEVERAL)
                    elif before < said:
                        self._names[key] = said

    def names_with(self, entries: Sequence[Entry]) -> Called:
        """Return the name under each key as these and *entries* have it."""
        calling = Calling(self._staying)
        calling._names, calling._older = dict(self._names), set(self._older)
        calling.take(entries)
        called = {key: name for key, (_newest, name) in calling._names.items()}
        return called | calling._for_newer(entries)

    def _for_newer(self, entries: Sequence[Entry]) -> Called:
        """Return what versions say to newer ones that ask them."""
        asked = defaultdict[str, set[str]](set)
        for entry in chain(self._staying(), entries) if self._older else ():
            names = self._older.intersection(entry.facts.own) if entry.facts else ()
            if names and (figures := entry.for_newer):
                for name in names:
                    asked[name].add(figures)
        return {
            f"{numbers.BEFORE}{name}": " ".join(sorted(figures)[:MOST_TOLD])
            for name, figures in asked.items()
        }


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
            packed = self._box.fingerprint("records.reference", reference)[:REFERENCE_BYTES]
            called = self._box.fingerprint("records.named", f"{reference}\x1f{name}") if name else UNNAMED
            packed += called[:NAME_BYTES]
            self._packed[reference, name] = packed
        return packed

    def known(self) -> dict[bytes, bytes]:
        """Return the digests of all names there are, by that of their reference."""
        packed = (self.of(reference) for reference in self._names)
        return {name[:REFERENCE_BYTES]: name[REFERENCE_BYTES:] for name in packed}


def is_behind(refers: bytes, current: Mapping[bytes, bytes]) -> bool:
    """Return whether an entry was made with another name than it has in *current*."""
    for at in range(0, len(refers), ENTRY_BYTES):
        middle = at + REFERENCE_BYTES
        name = refers[middle : middle + NAME_BYTES]
        if current.get(refers[at:middle], UNNAMED) != name:
            return True
    return False


def digests_in(refers: bytes) -> set[bytes]:
    """Return the digests of the references in `Entry.refers`."""
    return {refers[at : at + REFERENCE_BYTES] for at in range(0, len(refers), ENTRY_BYTES)}

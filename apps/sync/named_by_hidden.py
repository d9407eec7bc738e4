"""People and places that records of hidden care name: their names tell of it, so no page lists them."""

from collections.abc import Iterable
from itertools import batched
from uuid import UUID

from apps.connections.models import Connection
from apps.fhir.bundles import local_reference
from apps.records import kinds, mirror
from apps.records.shelf import Library
from apps.sync import as_sent
from apps.vault import finding
from config.fhir_types import naming_types

PER_QUERY = 200
_PAYS = frozenset({"insurer", "insurance", "payor", "payee", "patient", "subject", "coverage"})
"""Elements that name whose record it is and who pays, which tells nothing of the care."""


def rows_of(library: Library, connection: Connection) -> frozenset[UUID]:
    """Return the mirrored people and places that hidden records of a connection name, and what these name."""
    is_folded = any(library.has_folded(kind) for kind in kinds.kinds() if kind.is_shelved)
    if not (is_folded or library.household.names_closed(connection.pk)):
        return frozenset()
    new, known = _hidden(library, connection), frozenset[UUID]()
    named = connection.records.filter(fhir_type__in=naming_types())
    while new:
        keys = _references(library, connection, new)
        rows = [
            pk
            for keys_at_once in batched(keys, PER_QUERY)
            for pk in named.filter(source_key__in=keys_at_once).values_list("pk", flat=True)
        ]
        new = frozenset(rows) - known
        known |= new
    return known


def _hidden(library: Library, connection: Connection) -> frozenset[UUID]:
    """Return what is folded, left out, withheld whole, or of people of whom nothing shows."""
    shelved = [kind for kind in kinds.kinds() if kind.is_shelved]
    every = Library(library.member, library.box, is_whole=True)
    plain = {
        held.id for kind in shelved for held in library.held(kind, plan=connection.pk) if not held.is_folded
    }
    return frozenset(
        held.id for kind in shelved for held in every.held(kind, plan=connection.pk) if held.id not in plain
    )


def _references(library: Library, connection: Connection, ids: Iterable[UUID]) -> set[bytes]:
    base_url, keys = connection.plan.fhir_base_url, set[bytes]()
    for ids_at_once in batched(ids, PER_QUERY):
        for row in connection.records.filter(pk__in=ids_at_once):
            body = mirror.opened(library.box, row)
            for reference in as_sent.references(body, but=_PAYS) if body else ():
                if local := local_reference(reference, base_url=base_url):
                    keys.add(finding.source_key(library.box, local))
    return keys

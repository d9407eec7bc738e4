"""One record read from the mirror when its page asks for it, with the names of what it refers to."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from apps.connections.models import Connection
from apps.fhir import names as fhir_names
from apps.fhir.bundles import local_reference, read_resource
from apps.fhir.errors import NotFhir
from apps.fhir.tolerant import Unreadable
from apps.records import activity, mirror, naming
from apps.records.entries import NOTHING
from apps.records.kinds import Kind
from apps.records.models import Record
from apps.vault import finding
from apps.vault.boxes import Box

log = logging.getLogger("plainclaim.records")


def original(row: Record, box: Box, kind: Kind, *, called: msgspec.Raw = NOTHING) -> Any:
    """Return what the record of *row* says, with all its amounts; None where it does not open or read.

    Where the plan's newest text cannot be read, an earlier one is, as in lists. *called* are the names that
    its entry has from other records (`Entry.called`).
    """
    activity.note_read(row.member_id, box, kind)
    for body in mirror.texts(box, row, mirror.opened(box, row)):
        try:
            opened = kind.open(body)
            names = names_for(row.connection, box, kind.references(opened))
            return kind.record(opened, {**names, **naming.opened(called)})
        except Unreadable:
            continue
        except Exception:  # a reader that raises for one record costs that record
            log.exception("%s could not be read", row)
    return None


def names_for(connection: Connection, box: Box, references: Iterable[str]) -> Mapping[str, str]:
    """Return the names of these references alone, as `naming.names_of` has them among all."""
    base_url = connection.plan.fhir_base_url.rstrip("/")
    referred_to = _resources(connection, box, references)
    linked = {link for reference in referred_to for link in fhir_names.links(reference.body)}
    names: dict[str, str] = {}
    naming.learn(names, [*_resources(connection, box, linked), *referred_to], base_url=base_url)
    return names


def _resources(connection: Connection, box: Box, references: Iterable[str]) -> list[Any]:
    base_url = connection.plan.fhir_base_url
    local = {path for reference in references if (path := local_reference(reference, base_url=base_url))}
    keys = [
        finding.source_key(box, path)
        for path in local
        if path.partition("/")[0] in naming.fhir_types_of_names()
    ]
    resources = []
    for body in mirror.bodies_of(connection, box, keys) if keys else ():
        try:
            resources.append(read_resource(body))
        except NotFhir:
            continue
    return resources

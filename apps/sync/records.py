"""The records of a member as the plan has them, opened for their pages."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from django.core.paginator import Page, Paginator

from apps.accounts.models import Member
from apps.claims import reading as claims_reading
from apps.connections.models import Connection
from apps.coverage import reading as coverage_reading
from apps.coverage import wording as coverage_wording
from apps.fhir import names as fhir_names
from apps.fhir.bundles import local_reference
from apps.plain_language.language import _, said
from apps.records import mirror
from apps.records.models import Record
from apps.sync import as_of, as_sent
from apps.sync.as_of import Dated
from apps.vault import finding
from apps.vault.boxes import Box, box_for

KINDS: Final = {
    "Patient": said("Person these records are about"),
    "RelatedPerson": said("Related person"),
    "Coverage": said("Coverage"),
    "Organization": said("Organization"),
    "Practitioner": said("Doctor or other provider"),
    "PractitionerRole": said("Where a provider works"),
    "Location": said("Place"),
}
"""What is shown on the page of people and places, in this order."""
PER_PAGE: Final = 20
MOST_NAMES: Final = 100


@dataclass(frozen=True, slots=True)
class Shown:
    """One record in words; `parts` is empty where it could not be opened or read."""

    name: str
    kind: str
    is_person: bool
    as_of: str
    parts: tuple[as_sent.Part, ...]


def of_claim(claim: Record, box: Box) -> Shown:
    """Return everything the plan sent for *claim*."""
    body = mirror.opened(box, claim)
    names = _names(claim.connection, box, as_sent.references(body)) if body else {}
    return _shown("", said("Claim"), body, names)


def page_of(connection: Connection, box: Box, *, number: str) -> tuple[Page[uuid.UUID], list[Shown]]:
    """Return one page of the people, places and coverages of *connection*."""
    order = list(KINDS)
    rows = connection.records.filter(fhir_type__in=order).values_list("id", "fhir_type")
    ids = [row_id for row_id, _kind in sorted(rows, key=lambda row: (order.index(row[1]), row[0]))]
    page = Paginator(ids, PER_PAGE).get_page(number)
    found = connection.records.in_bulk(list(page.object_list))
    opened = [(row, mirror.opened(box, row)) for one in page.object_list if (row := found.get(one))]
    wanted = {each for _row, body in opened if body for each in as_sent.references(body)}
    names = _names(connection, box, wanted)
    shown = [
        _shown(_called(row.fhir_type, body, names) if body else "", KINDS[row.fhir_type], body, names)
        for row, body in opened
    ]
    return page, shown


def days_of_names(claim: Record, member: Member) -> tuple[str, ...]:
    """Return of which day the records are that *claim* refers to (CARIN BB: meta.lastUpdated)."""
    box = box_for(member)
    body = mirror.opened(box, claim)
    if body is None:
        return ()
    names: dict[str, str] = {}
    found = [
        Dated(fhir_names.name_in(each, names) or _(KINDS[kind]), as_sent.last_updated(each))
        for kind, each in _referred(claim.connection, box, claims_reading.references(body), names)
    ]
    in_order = sorted(found, key=lambda one: (one.name, one.on or ""))
    return as_of.sentences(in_order, care_on=_care_on(body))


def _care_on(body: bytes) -> dt.date | None:
    try:
        return claims_reading.read(body, {}).service_on
    except claims_reading.Unreadable:
        return None


def _shown(name: str, kind: str, body: bytes | None, names: Mapping[str, str]) -> Shown:
    return Shown(
        name=name,
        kind=_(kind),
        is_person=kind == KINDS["Patient"],
        as_of=as_of.sentence(as_sent.last_updated(body)) if body else "",
        parts=as_sent.parts(body, names) if body else (),
    )


def _called(kind: str, body: bytes, names: Mapping[str, str]) -> str:
    """Return what a record is called; a coverage after its plan and period, "" where nothing says."""
    if kind != "Coverage":
        return fhir_names.name_in(body, names) or ""
    try:
        return coverage_wording.heading_of(coverage_reading.read(body, names))
    except coverage_reading.Unreadable:
        return ""


def _names(connection: Connection, box: Box, references: Iterable[str]) -> dict[str, str]:
    """Return the names of these records; those of roles come from the people they refer to."""
    names: dict[str, str] = {}
    _referred(connection, box, references, names)
    return names


def _referred(
    connection: Connection, box: Box, references: Iterable[str], names: dict[str, str]
) -> list[tuple[str, bytes]]:
    """Return kind and JSON of the records referred to that are here, and add their names to *names*."""
    found = _bodies(connection, box, references)
    linked = {link for _local, body in found for link in fhir_names.links(body)}
    others = _bodies(connection, box, linked)
    for is_role in (False, True):
        for local, body in (*others, *found):
            if local.startswith("PractitionerRole/") == is_role and (name := fhir_names.name_in(body, names)):
                names[local] = name
    return [(local.partition("/")[0], body) for local, body in found]


def _bodies(connection: Connection, box: Box, references: Iterable[str]) -> list[tuple[str, bytes]]:
    base_url = connection.plan.fhir_base_url
    local = {one for each in references if (one := local_reference(each, base_url=base_url))}
    by_key = {finding.source_key(box, one): one for one in sorted(local) if one.partition("/")[0] in KINDS}
    rows = connection.records.filter(source_key__in=list(by_key)).order_by("fhir_type", "id")[:MOST_NAMES]
    return [
        (by_key[bytes(row.source_key)], body) for row in rows if (body := mirror.opened(box, row)) is not None
    ]

"""Coverages: one kind, whose entry holds all of it, since a member has few."""

from collections.abc import Callable

from apps.connections.models import Connection
from apps.kinds.coverage import reading
from apps.kinds.coverage.records import VERSION as RECORD_VERSION
from apps.kinds.coverage.records import CoverageRecord
from apps.kinds.coverage.wording import heading_of
from apps.plain_language.language import said
from apps.records.entries import Codec, Entry, raw
from apps.records.kinds import Kind
from apps.records.owners import Keys, owner_of
from apps.vault.boxes import Box
from config.fhir_types import PERSON, FhirType, Purpose

VERSION = 12
_records = Codec[CoverageRecord](CoverageRecord)


def _coverages(connection: Connection, box: Box) -> Callable[[CoverageRecord], Entry | None]:
    owner, keys = owner_of(connection, box), Keys(box)

    def make(record: CoverageRecord) -> Entry | None:
        if record.status == "entered-in-error":
            return None
        person_key = keys.of("person", owner.other_than(record))
        return Entry(person=record.person, person_key=person_key, brief=raw(record))

    return make


COVERAGE = Kind(
    name="coverage",
    types=(
        FhirType(
            name="Coverage",
            purpose=Purpose(
                said("Coverage: your plan, member number, dates and cost sharing"),
                said("To show the plan as a card and to say which plan a claim belongs to."),
            ),
            granted=said("What your plan covers"),
            part=said("Your coverage"),
            forms=((), (f"patient=Patient/{PERSON}",), (f"beneficiary=Patient/{PERSON}",)),
            received=(said("{number} coverage received."), said("{number} coverages received.")),
            shown=said("Coverage"),
            searches="patient _id",
            made_of=(
                "type",
                "subscriberId",
                "beneficiary",
                "relationship",
                "payor",
                "insurer",
                "class",
                "order",
            ),
            is_closed_later=True,
            profiles=("http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-Coverage",),
            is_checked=True,
        ),
    ),
    version=100 * RECORD_VERSION + VERSION,
    words=(said("coverage"), said("coverages")),
    open=reading.opened,
    references=reading.references_of,
    named_by=reading.named_by,
    record=reading.record,
    maker=_coverages,
    heading=heading_of,
    open_brief=_records.read,
)

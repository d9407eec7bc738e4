"""Coverages: one kind, whose entry holds all of it, since a member has few."""

from collections.abc import Callable

from apps.connections.models import Connection
from apps.coverage import reading
from apps.coverage.records import VERSION as RECORD_VERSION
from apps.coverage.records import CoverageRecord
from apps.plain_language.language import said
from apps.records.entries import Codec, Entry, raw
from apps.records.kinds import Kind
from apps.vault.boxes import Box

VERSION = 1
_records = Codec[CoverageRecord](CoverageRecord)


def _coverages(_connection: Connection, _box: Box) -> Callable[[CoverageRecord], Entry | None]:
    def make(record: CoverageRecord) -> Entry | None:
        if record.status == "entered-in-error":
            return None
        return Entry(person=record.person, brief=raw(record))

    return make


COVERAGE = Kind(
    name="coverage",
    fhir_types=("Coverage",),
    version=100 * RECORD_VERSION + VERSION,
    words=(said("coverage"), said("coverages")),
    open=reading.opened,
    references=reading.references_of,
    named_by=reading.named_by,
    record=reading.record,
    maker=_coverages,
    open_brief=_records.read,
)

"""Claims and approvals in advance: the two kinds that an ExplanationOfBenefit may be."""

from collections.abc import Callable

from apps.claims import reading, tallies
from apps.claims.brief import VERSION as BRIEF_VERSION
from apps.claims.brief import brief
from apps.claims.entry import ClaimEntry, entry_of, provider_identity
from apps.claims.reading import Opened
from apps.claims.reading.not_understood import not_understood
from apps.claims.records import VERSION as RECORD_VERSION
from apps.claims.records import ClaimRecord
from apps.connections.models import Connection
from apps.plain_language.language import said
from apps.records.entries import UNDATED, Codec, Entry, raw
from apps.records.keys import Keys
from apps.records.kinds import Kind
from apps.records.owners import owner_of
from apps.vault.boxes import Box

ENTRY_VERSION = 1
"""Raised when the entry of a claim comes out otherwise; also see `brief.VERSION`."""
VERSION = 100 * (100 * RECORD_VERSION + BRIEF_VERSION) + ENTRY_VERSION
_briefs = Codec[ClaimRecord](ClaimRecord)


def _claims(connection: Connection, box: Box) -> Callable[[ClaimRecord], Entry]:
    owner, keys = owner_of(connection, box), Keys(box)

    def make(record: ClaimRecord) -> Entry:
        return entry_of(
            record,
            person_key=keys.of("person", owner.other_than(record)),
            provider_key=keys.of("provider", provider_identity(record)),
            brief=raw(brief(record)),
        )

    return make


def _approvals(_connection: Connection, _box: Box) -> Callable[[ClaimRecord], Entry]:
    def make(record: ClaimRecord) -> Entry:
        on = record.created_on or record.service_on or UNDATED
        return Entry(on=on, person=record.patient, brief=raw(record))

    return make


def _is_claim(opened: Opened) -> bool:
    return reading.use_of(opened) == "claim"


CLAIM = Kind(
    name="claim",
    fhir_types=("ExplanationOfBenefit",),
    version=VERSION,
    words=(said("claim"), said("claims")),
    open=reading.opened,
    holds=_is_claim,
    references=reading.references_of,
    record=reading.record,
    maker=_claims,
    entry_type=ClaimEntry,
    open_brief=_briefs.read,
    summarise=tallies.summary_of,
    summary_type=tallies.Summary,
    oddities=not_understood,
)
APPROVAL = Kind(
    name="approval",
    fhir_types=("ExplanationOfBenefit",),
    version=VERSION,
    words=(said("approval in advance"), said("approvals in advance")),
    is_set_aside=True,
    open=reading.opened,
    references=reading.references_of,
    record=reading.record,
    maker=_approvals,
    open_brief=_briefs.read,
)

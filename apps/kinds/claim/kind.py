"""Claims: what was billed, what the plan paid, the member's share."""

from collections.abc import Callable

from apps.connections.models import Connection
from apps.kinds.claim import reading, tallies
from apps.kinds.claim.brief import BRIEFS, brief, folded
from apps.kinds.claim.brief import VERSION as BRIEF_VERSION
from apps.kinds.claim.entry import ClaimEntry, entry_of, provider_identity
from apps.kinds.claim.oddities import not_understood
from apps.kinds.claim.records import VERSION as RECORD_VERSION
from apps.kinds.claim.records import ClaimRecord
from apps.plain_language.language import said
from apps.records.entries import Entry, raw
from apps.records.kinds import Kind
from apps.records.owners import Keys, owner_of
from apps.vault.boxes import Box
from config.fhir_types import PERSON, FhirType, Purpose

ENTRY_VERSION = 51
"""Raised when the entry of a claim comes out otherwise; also see `brief.VERSION`."""
VERSION = 100 * (100 * RECORD_VERSION + BRIEF_VERSION) + ENTRY_VERSION
CARIN_BB = "http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-ExplanationOfBenefit-"
EXPLANATION_OF_BENEFIT = FhirType(
    name="ExplanationOfBenefit",
    purpose=Purpose(
        said(
            "Claims and approvals in advance: visits, hospital stays, prescriptions, dental and eye care, "
            "with what was billed and paid"
        ),
        said("They are what the app explains: figures, dates, services and decisions."),
    ),
    granted=said("Claims: what was billed, what your plan paid, your share"),
    part=said("Your claims"),
    forms=((), (f"patient=Patient/{PERSON}",)),
    searches="patient _id identifier patient+_lastUpdated patient+type patient+service-date"
    " patient+service-start-date patient+billable-period-start",
    includes=("patient", "provider", "care-team", "coverage", "insurer", "payee", "*"),
    made_of=(
        *("use", "type", "subType", "provider", "related", "prescription", "item", "addItem"),
        *("adjudication", "total", "payment"),
    ),
    profiles=tuple(
        f"{CARIN_BB}{care}{form}"
        for form in ("", "-Basis")
        for care in (
            *("Inpatient-Institutional", "Outpatient-Institutional", "Professional-NonClinician"),
            *("Pharmacy", "Oral"),
        )
    ),
)


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


CLAIM = Kind(
    name="claim",
    types=(EXPLANATION_OF_BENEFIT,),
    version=VERSION,
    words=(said("claim"), said("claims")),
    older_words=(said("older version of a claim"), said("older versions of claims")),
    open=reading.opened,
    holds=lambda opened: reading.use_of(opened) == "claim",
    references=reading.references_of,
    named_by=reading.named_by,
    calls=reading.calls,
    record=reading.record,
    maker=_claims,
    entry_type=ClaimEntry,
    open_brief=BRIEFS.read,
    summarise=tallies.summary_of,
    summary_type=tallies.Summary,
    older=tallies.older,
    oddities=not_understood,
    folded=folded,
)

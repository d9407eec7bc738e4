"""Approvals in advance: the kind that an ExplanationOfBenefit is where it is no claim."""

from collections.abc import Callable

from msgspec import structs

from apps.connections.models import Connection
from apps.kinds.approval.reading import record
from apps.kinds.claim import reading, standing
from apps.kinds.claim.entry import care_of, facts_of, twin_key_of, words_of
from apps.kinds.claim.kind import EXPLANATION_OF_BENEFIT, VERSION
from apps.kinds.claim.records import ClaimRecord
from apps.plain_language.language import said
from apps.records.entries import UNDATED, Codec, Entry, Facts, raw
from apps.records.kinds import Kind
from apps.records.owners import Keys, owner_of
from apps.vault.boxes import Box

_briefs = Codec[ClaimRecord](ClaimRecord)


def _approvals(connection: Connection, box: Box) -> Callable[[ClaimRecord], Entry]:
    owner, keys = owner_of(connection, box), Keys(box)

    def make(record: ClaimRecord) -> Entry:
        return Entry(
            on=record.created_on or record.service_on or UNDATED,
            person=record.patient,
            person_key=keys.of("person", owner.other_than(record)),
            categories=care_of(record, words_of(record)),
            facts=_facts_of(record),
            twin_key=twin_key_of(record, f"{record.use} {_decision(record)}"),
            brief=raw(record),
        )

    return make


def _facts_of(record: ClaimRecord) -> Facts:
    """Return by what versions find each other: as claims do, but an estimate is no version of an approval."""
    facts = facts_of(record, "cancelled" if _decision(record) == "cancelled" else standing.state(record))
    return structs.replace(facts, occasion=f"{record.use}\x1f{facts.occasion}")


def _decision(record: ClaimRecord) -> str:
    return (record.approval and record.approval.decision) or ""


APPROVAL = Kind(
    name="approval",
    types=(EXPLANATION_OF_BENEFIT,),
    version=VERSION,
    words=(said("approval in advance"), said("approvals in advance")),
    is_set_aside=True,
    open=reading.opened,
    references=reading.references_of,
    named_by=reading.named_by,
    calls=reading.calls,
    record=record,
    maker=_approvals,
    open_brief=_briefs.read,
)

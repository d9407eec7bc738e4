"""R4 ExplanationOfBenefit -> ClaimRecord: pure, tolerant, exact about money (facts claims.md)."""

from collections.abc import Mapping
from itertools import islice

from apps.fhir.tolerant import Unreadable, printable
from apps.kinds.claim.reading import payments, people, whole
from apps.kinds.claim.reading.decoded_claim import Opened, opened, use_of
from apps.kinds.claim.records import ClaimRecord

__all__ = [
    "Opened",
    "Unreadable",
    "calls",
    "named_by",
    "opened",
    "read",
    "record",
    "references",
    "references_of",
    "use_of",
]


def read(body: bytes, names: Mapping[str, str]) -> ClaimRecord:
    """Return what *body* (the JSON of one ExplanationOfBenefit) says; raise `Unreadable` when it is none.

    *names* gives display names by reference: `Organization/123`, absolute URLs or `urn:uuid:...`. A field
    that is missing or of a wrong type is unknown in the record and costs nothing else.
    """
    return record(opened(body), names)


def references(body: bytes) -> frozenset[str]:
    """Return the records to read for their names, without version; empty when *body* is unreadable."""
    try:
        return references_of(opened(body))
    except Unreadable:
        return frozenset()


def references_of(opened_claim: Opened) -> frozenset[str]:
    """Return the same of a claim that is already decoded."""
    return opened_claim.mentions.references


def named_by(opened_claim: Opened) -> frozenset[str]:
    """Return what its names depend on: the records it refers to, the numbers it has no name for, and what
    tells whether its payment is its own."""
    claim, mentioned = opened_claim.claim, opened_claim.mentions
    asked = payments.asked(claim) if claim.payment.amount else frozenset[str]()
    return mentioned.references | (mentioned.unnamed - mentioned.named.keys()) | asked


def calls(opened_claim: Opened) -> dict[str, str]:
    """Return what it calls those it refers to, by the keys under which other claims refer to them, and which
    claim states its payment."""
    claim = opened_claim.claim
    called = dict(islice(opened_claim.mentions.named.items(), people.MOST_CALLED))
    return called | (payments.told(claim) if claim.payment.amount else {})


def record(opened_claim: Opened, names: Mapping[str, str]) -> ClaimRecord:
    """Return what a decoded claim says, as `read` does."""
    return printable(whole.record(opened_claim, names), opened_claim.body)

"""Where a record came from (Provenance), and the sample a result was made of (Specimen); pure."""

import re
from collections.abc import Iterator
from typing import Final

from msgspec import structs

from apps.fhir import values
from apps.kinds.care.elements import coded, facts, name_of, names_of, together, when
from apps.kinds.care.frame import Frame
from apps.kinds.care.records import CareRecord, Fact, Words, ours, theirs
from apps.kinds.care.sent import Sent, codes_of
from apps.plain_language.language import said
from apps.records.ties import Ties

MOST_TARGETS: Final = 500
"""Of one Provenance: beyond, it says of everything where it came from, and so of nothing."""
_CLAIM: Final = said(
    "From a claim your plan received. Codes on claims are for payment and may be less exact than your chart."
)
_FORMATS: Final = {
    **dict.fromkeys(("x12837", "x12278", "x12275", "ncpdp"), _CLAIM),
    **dict.fromkeys(("hl7v2oru", "hl7v2adt", "hl7v2mdm", "hl7v2vxu", "hl7ccda", "hl7fhirr4", "hl7v2"),
                    said("From a provider's own records.")),
    "script": said("From an electronic prescription."),
    **dict.fromkeys(("capture", "image", "unstructured", "customtx", "direct"),
                    said("Entered or scanned at your plan.")),
}  # fmt: skip
"""PDex ProvenancePayerDataSource, in our words; any other format is told as sent."""
_SOURCE: Final = "provenancesourcefrom"
_AUTHORS: Final = frozenset(
    {
        *("author", "assembler", "composer", "enterer", "performer", "legal", "custodian"),
        *("aut", "ent", "prf", "cst", "la"),
    }
)
"""Codes of FHIR's list of roles, and of HL7 version 3's before it."""
_TOLD_BY: Final = frozenset({"informant", "inf"})
_PASSED_ON: Final = frozenset({"transmitter"})
_NOTED: Final = re.compile(r"\b(derived|sourced|taken|created) from\b.{0,60}\b(claims?|provider)\b", re.I)
_BY_NOTE: Final = {
    "claim": said("A note with it says that it was made from claims, as far as we can tell."),
    "provider": said("A note with it says that it came from your provider, as far as we can tell."),
}
_UNSATISFACTORY: Final = said("The sample is noted as unsatisfactory. That may affect the result.")
_MAY_AFFECT: Final = said("Of the sample it was noted: {condition}. That may affect the result.")


def provenance(frame: Frame) -> CareRecord:
    """Read a Provenance: its value says where what it names came from; nobody inside it is ever named."""
    sent = frame.sent
    recorded = when(sent, "recorded")
    sentences = [*_formats(sent), *_agents(frame)]
    if recorded:
        sentences.append(ours(said("Written down on {date}."), date=recorded.words))
    record = frame.record(
        ours(said("Where a record came from")),
        when=recorded,
        value=together(list(dict.fromkeys(sentences)), "{a} {b}"),
    )
    targets = (values.relative(target.text("reference")) for target in sent.all("target"))
    return structs.replace(
        record, ties=Ties(tuple(dict.fromkeys(path for path in targets if path))[:MOST_TARGETS])
    )


def _formats(sent: Sent) -> Iterator[Words]:
    """Yield in what form it reached the plan."""
    for entity in sent.all("entity"):
        for extension in entity.extension(_SOURCE):
            concept = extension.one("valueCodeableConcept")
            code = next(codes_of([concept]), "")
            if code in _FORMATS:
                yield ours(_FORMATS[code])
            elif name := coded(concept).name:
                yield ours(said("In the form: {form}."), form=name)


def _agents(frame: Frame) -> Iterator[Words]:
    """Yield who wrote it, told it and passed it on; who they did it for too."""
    for agent in frame.sent.all("agent"):
        who, whom = _named(frame, agent.one("who")), _named(frame, agent.one("onBehalfOf"))
        name = who or whom
        if name is None:
            continue
        if who and whom:
            name = ours(said("{who}, for {whom}"), who=who, whom=whom)
        roles = set(codes_of([agent.one("type"), *agent.all("role")]))
        if roles & _PASSED_ON:
            yield ours(said("Passed on by {who}."), who=name)
        elif roles & _TOLD_BY:
            yield ours(said("Told by {who}."), who=name)
        elif roles & _AUTHORS or not roles:
            yield ours(said("Recorded by {who}."), who=name)
        elif role := name_of(agent.one("type")):
            yield ours(said("{role}: {who}."), role=role, who=name)


def _named(frame: Frame, reference: Sent) -> Words | None:
    """Return a name; a person who stands inside it is never looked at (CareEvolution: SSN)."""
    return None if (reference.text("reference") or "").startswith("#") else frame.who(reference)


def noted(record: CareRecord) -> list[str]:
    """Return what the notes of a record say of where it came from, as untranslated sentences."""
    sources = (match[2].lower() for note in record.notes if (match := _NOTED.search(note)))
    return list(dict.fromkeys(_BY_NOTE[word.removesuffix("s")] for word in sources))


def sample(sent: Sent) -> tuple[tuple[Fact, ...], list[Words]]:
    """Return what a Specimen says: facts, and warnings where its state may affect the result."""
    collection, condition = sent.one("collection"), names_of(sent.all("condition"))
    numbers = (sent.one("accessionIdentifier"), *sent.all("identifier"))
    details = facts(
        (said("Sample"), name_of(sent.one("type"))),
        (said("Sample taken"), when(collection, "collected")),
        (said("Sample taken from"), name_of(collection.one("bodySite"))),
        *((said("Number of the sample"), theirs(number.text("value", 80))) for number in numbers),
        (said("State of the sample"), condition),
    )
    warnings = [ours(_UNSATISFACTORY)] if sent.code("status") == "unsatisfactory" else []
    warnings += [ours(_MAY_AFFECT, condition=condition)] if condition else []
    return details, warnings

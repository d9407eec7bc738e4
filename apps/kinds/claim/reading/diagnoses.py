"""What a claim says somebody was treated for and how: its diagnoses, lines that only name one, procedures."""

from collections.abc import Callable, Mapping, Sequence

from apps.fhir import values
from apps.fhir.values import Concept, Reference, last_part
from apps.kinds.claim.reading import codes
from apps.kinds.claim.reading.shapes import Diagnosis as Sent
from apps.kinds.claim.reading.shapes import Explanation, Item
from apps.kinds.claim.records import Coded, Diagnosis, Line, Procedure

_ROLES = {
    "principal": "principal",
    "admitting": "admitting",
    "secondary": "secondary",
    "other": "other",
    "externalcauseofinjury": "external",
    "patientreasonforvisit": "reason",
}
_IS_PRIMARY = {"primary": True, "principal": True, "secondary": False, "other": False}
_ADMITTED = {"y": True, "n": False}
_ON_ADMISSION = "poa_ind_sw"
_CONDITIONS = "SNOMED CT"
"""The list that has illnesses beside services."""
_OF_AN_ILLNESS = ("(disorder)", "(finding)")


type Named = tuple[Sent, Coded | None]
"""A diagnosis as it was sent, and what it says; None for what is a reference alone."""


def named(claim: Explanation) -> list[Named]:
    """Return each diagnosis with what it says itself."""
    return [
        (sent, what(claim, sent.diagnosis_codeable_concept, sent.diagnosis_reference, codes.coded))
        for sent in claim.diagnosis
    ]


def unnamed(claim: Explanation, diagnoses: Sequence[Named]) -> frozenset[str]:
    """Return the sequences of the diagnoses that are a reference alone: lines may say what they are."""
    open_ones = [sent.sequence for sent, coded in diagnoses if coded is None] if len(claim.item) > 1 else []
    return frozenset([str(sequence) for sequence in open_ones if sequence is not None])


def is_one(item: Item, named: Coded, open_ones: frozenset[str]) -> bool:
    """Return whether a line is no service, but names an illness.

    Its words say so; or it points to a diagnosis that is not named elsewhere (*open_ones*), and nothing was
    billed for it.
    """
    if named.system != _CONDITIONS:
        return False
    if (named.words or "").endswith(_OF_AN_ILLNESS):
        return True
    if item.adjudication or item.net or len(item.diagnosis_sequence) != 1:
        return False
    return str(item.diagnosis_sequence[0]) in open_ones


def diagnoses(
    claim: Explanation, named_diagnoses: Sequence[Named], lines: Sequence[Line]
) -> tuple[Diagnosis, ...]:
    """Return each diagnosis once, the main one first; one that only a line names by that line.

    *named_diagnoses* is what `named` gives.
    """
    by_line = _by_line(claim, lines)
    diagnoses = []
    for sent, coded in named_diagnoses:
        named = coded or by_line.get(str(sent.sequence))
        if named is not None:
            kinds_of = [code.lower() for concept in sent.type for code in values.codes(concept)]
            role = next((_ROLES[code] for code in kinds_of if code in _ROLES), None)
            diagnoses.append(Diagnosis(named, role, _on_admission(sent)))
    diagnoses.sort(key=lambda diagnosis: diagnosis.role != "principal")
    first_of_code: dict[str | None, Diagnosis] = {}
    for diagnosis in diagnoses:
        first_of_code.setdefault(diagnosis.what.code or diagnosis.what.words, diagnosis)
    return tuple(first_of_code.values())


def _by_line(claim: Explanation, lines: Sequence[Line]) -> Mapping[str, Coded]:
    """Return what lines name, by the sequence of the diagnosis they point to."""
    named = {line.path: line.what for line in lines if line.is_diagnosis}
    return {
        str(item.diagnosis_sequence[0]): named[path]
        for place, item in enumerate(claim.item if named else ())
        if (path := f"item[{place}]") in named and item.diagnosis_sequence
    }


def _on_admission(sent: Sent) -> bool | None:
    """Return whether a diagnosis was there on admission, which Blue Button v2 says in an extension.

    u, w and 1 say that nobody can tell.
    """
    named = [
        extension.value_coding.code or ""
        for extension in sent.extension
        if extension.value_coding and _ON_ADMISSION in last_part(extension.url or "")
    ]
    codes = (code.lower() for code in (*values.codes(sent.on_admission), *named))
    return next((_ADMITTED[code] for code in codes if code in _ADMITTED), None)


def what(
    claim: Explanation,
    concept: Concept | None,
    reference: Reference | None,
    read: Callable[[Concept | None], Coded],
) -> Coded | None:
    """Return what a concept says, else a contained record or the words of the reference; None for nothing."""
    named = read(concept)
    if not named.code and not named.words and reference:  # other records than contained ones are not followed
        wanted = values.target(reference.reference)
        named = read(
            next(
                (
                    contained.code
                    for contained in claim.contained
                    if contained.id and wanted == f"#{contained.id}"
                ),
                None,
            )
        )
        shown = values.clean(reference.display)
        named = named if named.code or named.words else Coded(words=shown)
    return named if named.code or named.words else None


def procedures(claim: Explanation) -> tuple[Procedure, ...]:
    """Return each procedure once, the main one first."""
    procedures = []
    for sent in claim.procedure:
        done = what(claim, sent.procedure_codeable_concept, sent.procedure_reference, codes.procedure)
        if done is not None:
            kinds_of = [code.lower() for concept in sent.type for code in values.codes(concept)]
            primary = next((_IS_PRIMARY[code] for code in kinds_of if code in _IS_PRIMARY), None)
            procedures.append(Procedure(done, day.text if (day := values.day(sent.date)) else None, primary))
    procedures.sort(key=lambda procedure: procedure.is_primary is not True)
    return tuple(dict.fromkeys(procedures))

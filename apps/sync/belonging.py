"""Whose record it is: what a plan sends about another patient is refused, never stored and never shown."""

import re
from typing import Final

import msgspec

from apps.fhir.bundles import Resource

NAMES_PATIENT: Final = {
    "ExplanationOfBenefit": "patient",
    "Coverage": "beneficiary",
    "RelatedPerson": "patient",
}
# Relative or absolute, with or without a version: http://hl7.org/fhir/R4/references.html#literal
PATIENT_ID: Final = re.compile(r"(?:^|/)Patient/([A-Za-z0-9\-.]{1,64})(?:/_history/[^/]+)?$")


class _Reference(msgspec.Struct):
    reference: object = None


class _Subject(msgspec.Struct):
    patient: _Reference | None = None
    beneficiary: _Reference | None = None


def is_about_another(resource: Resource, *, patient_id: str) -> bool:
    """Return whether *resource* names, by a literal reference, a Patient other than *patient_id*.

    A resource that names nobody, or in a form that cannot be compared (contained, urn), is taken as what was
    asked for, since plans answer a search by patient: R-29 refuses the wrong one, not the unnamed one.
    """
    if resource.type == "Patient":
        return resource.id != patient_id
    element = NAMES_PATIENT.get(resource.type)
    if element is None:
        return False
    try:
        reference = getattr(msgspec.json.decode(resource.body, type=_Subject), element)
    except msgspec.DecodeError:
        return False  # unreadable: counted as such where it is read
    text = reference.reference if reference else None
    found = PATIENT_ID.search(text) if isinstance(text, str) else None
    return found is not None and found[1] != patient_id

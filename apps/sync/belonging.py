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
    named = _named(resource)
    return named is not None and named != patient_id


def names_patient(resource: Resource, *, patient_id: str) -> bool:
    """Return whether *resource* names this Patient, or is of a type that names none."""
    return resource.type not in ("Patient", *NAMES_PATIENT) or _named(resource) == patient_id


def _named(resource: Resource) -> str | None:
    """Return the id of the Patient a resource is about, None where it names none that can be compared."""
    if resource.type == "Patient":
        return resource.id
    element = NAMES_PATIENT.get(resource.type)
    if element is None:
        return None
    try:
        reference = getattr(msgspec.json.decode(resource.body, type=_Subject), element)
    except msgspec.DecodeError:
        return None  # unreadable: counted as such where it is read
    text = reference.reference if reference else None
    found = PATIENT_ID.search(text) if isinstance(text, str) else None
    return found[1] if found else None

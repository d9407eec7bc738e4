"""How far a plan's low-volume resources keep to FHIR R4, judged by SMART's own models (fhirclient)."""

from typing import Final

import msgspec
from fhirclient.models import (
    coverage,
    location,
    organization,
    patient,
    practitioner,
    practitionerrole,
    relatedperson,
)
from fhirclient.models.fhirabstractbase import FHIRAbstractBase, FHIRValidationError

MODELS: Final[dict[str, type[FHIRAbstractBase]]] = {
    "Coverage": coverage.Coverage,
    "Location": location.Location,
    "Organization": organization.Organization,
    "Patient": patient.Patient,
    "Practitioner": practitioner.Practitioner,
    "PractitionerRole": practitionerrole.PractitionerRole,
    "RelatedPerson": relatedperson.RelatedPerson,
}


def departures(type: str, body: bytes) -> int:
    """Return how many elements of *body* depart from R4: wrong type, missing although required, unknown.

    0 for types not judged here. Only counted: a departure never stops a resource from being read, and the
    messages of the models are dropped because they can quote values.
    """
    model = MODELS.get(type)
    if model is None:
        return 0
    try:
        model(msgspec.json.decode(body))
    except FHIRValidationError as error:
        return _leaves(error)
    except (msgspec.MsgspecError, TypeError, ValueError, AttributeError, KeyError, RecursionError):
        return 1
    return 0


def _leaves(error: Exception) -> int:
    if isinstance(error, FHIRValidationError):
        return sum(_leaves(inner) for inner in error.errors) or 1
    return 1

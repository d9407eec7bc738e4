"""How far a plan's low-volume resources keep to FHIR R4, judged by SMART's own models (fhirclient)."""

import msgspec
from fhirclient.models.fhirabstractbase import FHIRValidationError
from fhirclient.models.fhirelementfactory import FHIRElementFactory

from config.fhir_types import fhir_types


def departures(type: str, body: bytes, *, of_any: bool = False) -> int:
    """Return how many elements of *body* depart from R4: wrong type, missing although required, unknown.

    0 for types that arrive in bulk, which are judged only where evidence is gathered (*of_any*). Only
    counted: a departure never stops a resource from being read, and the messages of the models are dropped
    because they can quote values.
    """
    if not of_any and not (type in fhir_types() and fhir_types()[type].is_checked):
        return 0
    try:
        FHIRElementFactory.instantiate(type, msgspec.json.decode(body))
    except FHIRValidationError as error:
        return _leaves(error)
    except (msgspec.MsgspecError, TypeError, ValueError, AttributeError, KeyError, RecursionError):
        return 1
    return 0


def _leaves(error: Exception) -> int:
    if isinstance(error, FHIRValidationError):
        return sum(_leaves(inner) for inner in error.errors) or 1
    return 1

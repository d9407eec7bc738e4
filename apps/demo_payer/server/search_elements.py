"""By which elements searches find a resource: CARIN Blue Button's parameters beyond ids, types and days."""

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from apps.demo_payer.server import dates, references

STRING, TOKEN, DATE = "string", "token", "date"


class Parameter(NamedTuple):
    """A search parameter: its FHIR type, and the paths of the elements it looks at."""

    type: str
    paths: tuple[tuple[str, ...], ...]


_IDENTIFIER = Parameter(TOKEN, (("identifier",),))
_ADDRESS = ("text", "line", "city", "district", "state", "postalCode", "country")
_PERSON = {
    "identifier": _IDENTIFIER,
    "name": Parameter(
        STRING, tuple(("name", part) for part in ("text", "family", "given", "prefix", "suffix"))
    ),
    "family": Parameter(STRING, (("name", "family"),)),
    "given": Parameter(STRING, (("name", "given"),)),
}
FINDS: dict[str, dict[str, Parameter]] = {
    "Patient": {
        **_PERSON,
        "gender": Parameter(TOKEN, (("gender",),)),
        "birthdate": Parameter(DATE, (("birthDate",),)),
    },
    "Practitioner": _PERSON,
    "Organization": {
        "identifier": _IDENTIFIER,
        "name": Parameter(STRING, (("name",), ("alias",))),
        "address": Parameter(STRING, tuple(("address", part) for part in _ADDRESS)),
    },
    "ExplanationOfBenefit": {
        "identifier": _IDENTIFIER,
        "billable-period-start": Parameter(DATE, (("billablePeriod", "start"),)),
        "service-start-date": Parameter(
            DATE, (("billablePeriod", "start"), ("item", "servicedDate"), ("item", "servicedPeriod", "start"))
        ),
    },
}
_CATEGORY = Parameter(TOKEN, (("category", "coding"),))
_STATUS = Parameter(TOKEN, (("status",),))
_CODE = Parameter(TOKEN, (("code", "coding"),))
_INTENT = Parameter(TOKEN, (("intent",),))
FINDS |= {
    "CarePlan": {"category": _CATEGORY, "status": _STATUS},
    "CareTeam": {"status": _STATUS},
    "Condition": {
        "category": _CATEGORY,
        "clinical-status": Parameter(TOKEN, (("clinicalStatus", "coding"),)),
        "code": _CODE,
    },
    "DiagnosticReport": {"category": _CATEGORY, "code": _CODE, "status": _STATUS},
    "DocumentReference": {"category": _CATEGORY, "status": _STATUS},
    "Encounter": {"identifier": _IDENTIFIER, "status": _STATUS},
    "Immunization": {"status": _STATUS},
    "MedicationDispense": {"status": _STATUS},
    "MedicationRequest": {"intent": _INTENT, "status": _STATUS},
    "Observation": {"category": _CATEGORY, "code": _CODE, "status": _STATUS},
    "Procedure": {"code": _CODE, "status": _STATUS},
    "ServiceRequest": {"category": _CATEGORY, "code": _CODE, "status": _STATUS},
}
"""US Core's parameters, in FHIR's words: what its servers have to be able to search by."""


def terms(resource: Mapping[str, Any]) -> dict[str, str | list[str]]:
    """Return what each parameter of the resource's type finds it by; what it lacks is left out.

    Strings and tokens are lines between line breaks, so that a search for one looks for "\\n" and its
    beginning; a date is the span of its earliest value, both ends as `moment` writes them.
    """
    findable: dict[str, str | list[str]] = {}
    for name, parameter in FINDS.get(str(resource.get("resourceType")), {}).items():
        values = [value for path in parameter.paths for value in references.leaves(resource, path)]
        spans = sorted(filter(None, map(dates.span_of, values))) if parameter.type == DATE else []
        if spans:
            findable[name] = [moment(spans[0].start), moment(spans[0].end)]
        elif parameter.type != DATE:
            lines = [line for value in values for line in _lines(parameter.type, value)]
            if lines:
                findable[name] = "\n" + "".join(f"{line}\n" for line in lines)
    return findable


def folded(text: str) -> str:
    """Return text as string searches compare it: without case and accents (https://hl7.org/fhir/R4/search.html#string)."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def moment(at: Any) -> str:
    """Return a UTC datetime as text that sorts as time does."""
    return str(at.isoformat(timespec="microseconds"))


def _lines(type_: str, value: object) -> Iterator[str]:
    if isinstance(value, str) and value:
        yield folded(value) if type_ == STRING else f"|{value}"
    elif type_ == TOKEN and isinstance(value, dict) and (named := value.get("value") or value.get("code")):
        yield f"{value.get('system', '')}|{named}"

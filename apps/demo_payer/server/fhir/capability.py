"""What this server can do, as a CapabilityStatement (R4 4.0.1)."""

from collections.abc import Iterable
from typing import Any

from apps.demo_payer.personalities import Paths
from apps.demo_payer.plan import PAYER_NAME
from apps.demo_payer.server.fhir.includes import INCLUDES
from apps.demo_payer.server.fhir.parameters import names
from apps.demo_payer.server.search_elements import FINDS

CARIN = "http://hl7.org/fhir/us/carin-bb"
_OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"
_SECURITY_SERVICE = "http://terminology.hl7.org/CodeSystem/restful-security-service"
_PARAMETER_TYPES = {
    "_id": "token",
    "_lastUpdated": "date",
    "patient": "reference",
    "beneficiary": "reference",
    "type": "token",
    "service-date": "date",
}
_PROFILES = {
    "Patient": ["C4BB-Patient"],
    "Coverage": ["C4BB-Coverage"],
    "ExplanationOfBenefit": [
        f"C4BB-ExplanationOfBenefit-{kind}"
        for kind in (
            "Inpatient-Institutional",
            "Outpatient-Institutional",
            "Oral",
            "Pharmacy",
            "Professional-NonClinician",
        )
    ],
    "Organization": ["C4BB-Organization"],
    "Practitioner": ["C4BB-Practitioner"],
    "RelatedPerson": ["C4BB-RelatedPerson"],
}


def statement(*, base: str, oauth: str, paths: Paths, types: Iterable[str]) -> dict[str, Any]:
    """Return the statement of the server at this FHIR base; `oauth` is where OAuth begins."""
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": "2026-11-01",
        "publisher": PAYER_NAME,
        "kind": "instance",
        "instantiates": [f"{CARIN}/CapabilityStatement/c4bb"],
        "software": {"name": "Harborlight demo payer"},
        "implementation": {
            "description": f"{PAYER_NAME}, an invented payer for demonstrations and tests",
            "url": base,
        },
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "implementationGuide": [f"{CARIN}/ImplementationGuide/hl7.fhir.us.carin-bb"],
        "rest": [
            {
                "mode": "server",
                "security": _security(oauth, paths),
                "resource": [_resource(type_) for type_ in sorted(types)],
            }
        ],
    }


def _security(oauth: str, paths: Paths) -> dict[str, Any]:
    places = {
        "authorize": paths.statement_authorize or paths.authorize,
        "token": paths.token,
        "revoke": paths.revoke,
    }
    uris = [{"url": name, "valueUri": f"{oauth}/{place}"} for name, place in places.items() if place]
    return {
        "extension": [{"url": _OAUTH_URIS, "extension": uris}],
        "service": [
            {"coding": [{"system": _SECURITY_SERVICE, "code": "SMART-on-FHIR"}], "text": "SMART on FHIR"}
        ],
        "description": "OAuth 2.0 authorization code with PKCE (S256); every read is bound to one patient.",
    }


def _resource(type_: str) -> dict[str, Any]:
    if type_ == "Binary":
        return {"type": type_, "interaction": [{"code": "read"}]}
    described: dict[str, Any] = {
        "type": type_,
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "searchParam": [{"name": name, "type": _type(type_, name)} for name in names(type_)],
    }
    if type_ in _PROFILES:
        described["supportedProfile"] = [f"{CARIN}/StructureDefinition/{name}" for name in _PROFILES[type_]]
    if type_ in INCLUDES:
        described["searchInclude"] = [f"{type_}:*", *(f"{type_}:{name}" for name in INCLUDES[type_])]
    return described


def _type(type_: str, name: str) -> str:
    own = FINDS.get(type_, {})
    return own[name].type if name in own else _PARAMETER_TYPES[name]

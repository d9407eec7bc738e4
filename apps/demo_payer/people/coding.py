"""Code systems and the small FHIR shapes (concept, amount, reference) everything here is written with."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

type Json = dict[str, Any]

CARIN = "http://hl7.org/fhir/us/carin-bb/"
C4BB = f"{CARIN}CodeSystem/"
THO = "http://terminology.hl7.org/CodeSystem/"
CARIN_VERSION = "2.2.0"

ADJUDICATION = f"{THO}adjudication"
C4BB_ADJUDICATION = f"{C4BB}C4BBAdjudication"
DISCRIMINATOR = f"{C4BB}C4BBAdjudicationDiscriminator"
PAYER_STATUS = f"{C4BB}C4BBPayerAdjudicationStatus"
INFO = f"{C4BB}C4BBSupportingInfoType"
CARE_TEAM_ROLE = f"{C4BB}C4BBClaimCareTeamRole"
IDENTIFIER_TYPE = f"{C4BB}C4BBIdentifierType"
V2_0203 = f"{THO}v2-0203"

ICD_10_CM = "http://hl7.org/fhir/sid/icd-10-cm"
ICD_10_PCS = "http://www.cms.gov/Medicare/Coding/ICD10"
MS_DRG = (
    "https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/AcuteInpatientPPS/"
    "MS-DRG-Classifications-and-Software"
)
CPT = "http://www.ama-assn.org/go/cpt"
CDT = "http://www.ada.org/cdt"
HCPCS = "https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
NDC = "http://hl7.org/fhir/sid/ndc"
PLACE_OF_SERVICE = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"
REVENUE = "https://www.nubc.org/CodeSystem/RevenueCodes"
TAXONOMY = "http://nucc.org/provider-taxonomy"
CARC_GROUP = "https://x12.org/codes/claim-adjustment-group-codes"
CARC = "https://x12.org/codes/claim-adjustment-reason-codes"
NPI = "http://hl7.org/fhir/sid/us-npi"

# Where the payer's own numbers live. The `.example` domain can never be somebody's (RFC 2606).
OWN = "https://harborlight.example/fhir/identifier/"


# U+0000 cannot stand in a FHIR string (R4 datatypes: string), so it marks a number safely.
_MARK = "\x00"
_OPEN, _CLOSE = '"\\u0000', '\\u0000"'


def profile(name: str) -> str:
    """The canonical of a C4BB profile, as the IG's own examples write it in `meta.profile`."""
    return f"{CARIN}StructureDefinition/C4BB-{name}|{CARIN_VERSION}"


def coding(system: str, code: str, display: str = "") -> Json:
    """One Coding; `display` only where the code set's licence lets us ship it (never CPT, CDT, NUBC, X12)."""
    element: Json = {"system": system, "code": code}
    if display:
        element["display"] = display
    return element


def concept(system: str, code: str, display: str = "", *, text: str = "") -> Json:
    """A CodeableConcept with one coding; `text` is always in our own words."""
    element: Json = {"coding": [coding(system, code, display)]}
    if text:
        element["text"] = text
    return element


def usd(amount: Decimal) -> Json:
    """A FHIR Money in US dollars; the Decimal keeps its two places through `to_json`."""
    return {"value": amount, "currency": "USD"}


def ref(resource_type: str, resource_id: str, display: str = "") -> Json:
    """A relative Reference."""
    element: Json = {"reference": f"{resource_type}/{resource_id}"}
    if display:
        element["display"] = display
    return element


def instant(day: date) -> str:
    """Midnight in UTC of that day as a FHIR instant, as many payers write days."""
    return f"{day.isoformat()}T00:00:00+00:00"


def meta(profile_name: str, day: date) -> Json:
    """`meta` with the profile (none when the name is empty) and the day of the last update."""
    element: Json = {"lastUpdated": instant(day)}
    if profile_name:
        element["profile"] = [profile(profile_name)]
    return element


def to_json(resource: Json) -> str:
    """The resource as compact JSON text, in ASCII; Decimals appear digit for digit.

    Raises TypeError for a value that is neither JSON nor Decimal, ValueError for NaN or infinity.
    """
    text = json.dumps(resource, separators=(",", ":"), allow_nan=False, default=_marked)
    return text.replace(_OPEN, "").replace(_CLOSE, "")


def _marked(value: object) -> str:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} is not JSON")
    if not value.is_finite():
        raise ValueError("an amount must be a finite number")
    return f"{_MARK}{value:f}{_MARK}"

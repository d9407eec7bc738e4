"""Records that hold every Must Support element of CARIN BB 2.0.0; what is shown of each: must_support_shown.

The elements are those of the profiles C4BB ExplanationOfBenefit (inpatient, outpatient, professional,
pharmacy, oral), Coverage, Patient, Organization, Practitioner and RelatedPerson, and of US Core where these
rest on it. One claim holds the elements of all five kinds: which of them a plan sends is for the plan to say.
"""

from typing import Any, Final

type Json = dict[str, Any]

C4BB: Final = "http://hl7.org/fhir/us/carin-bb/CodeSystem/"
CORE: Final = "http://hl7.org/fhir/us/core/StructureDefinition/"


def coded(code: str, display: str = "", system: str = "https://plan.example/codes") -> Json:
    """Return a CodeableConcept."""
    return {"coding": [{"system": system, "code": code} | ({"display": display} if display else {})]}


def info(category: str, number: int, **value: Any) -> Json:
    """Return supporting information."""
    return {"sequence": number, "category": coded(category, system=f"{C4BB}C4BBSupportingInfoType"), **value}


def amount(category: str, value: float) -> Json:
    """Return an adjudication or a total."""
    return {
        "category": coded(category, system=f"{C4BB}C4BBAdjudication"),
        "amount": {"value": value, "currency": "USD"},
    }


def dated(day: str, profile: str) -> Json:
    """Return a meta."""
    return {
        "lastUpdated": f"{day}T08:00:00Z",
        "profile": [f"http://hl7.org/fhir/us/carin-bb/StructureDefinition/{profile}"],
    }


INFOS: Final = [
    info("clmrecvddate", 1, timingDate="2026-03-11"),
    info("admissionperiod", 2, timingPeriod={"start": "2026-03-02", "end": "2026-03-06"}),
    info("pointoforigin", 3, code=coded("A1", "From the clinic downstairs")),
    info("admtype", 4, code=coded("A2", "Planned admission")),
    info("discharge-status", 5, code=coded("A3", "Home with a nurse")),
    info("drg", 6, code=coded("A4", "Group of knees")),
    info("typeofbill", 7, code=coded("A5", "First bill")),
    info("medicalrecordnumber", 8, valueString="MRN-5511"),
    info("patientaccountnumber", 9, valueString="ACC-7722"),
    info("dayssupply", 10, valueQuantity={"value": 31}),
    info("dawcode", 11, code=coded("A6", "Brand asked for")),
    info("refillnum", 12, valueQuantity={"value": 4}),
    info("rxorigincode", 13, code=coded("A7", "By telephone")),
    info("refillsauthorized", 14, valueQuantity={"value": 6}),
    info("brandgenericindicator", 15, code=coded("A8", "Generic of the house")),
    info("compoundcode", 16, code=coded("A9", "Mixed")),
    info("servicefacility", 17, valueReference={"reference": "Organization/org"}),
    info("billingnetworkcontractingstatus", 18, code=coded("B1", "Under contract")),
    info("performingnetworkcontractingstatus", 19, code=coded("B2", "Under another contract")),
    info("additionalbodysite", 20, code=coded("B3", "Tooth 12")),
    info("missingtoothnumber", 21, code=coded("B4", "Tooth 17")),
    info("orthodontics", 22, valueBoolean=True, code=coded("B5", "Braces")),
    info("prosthesis", 23, code=coded("B6", "Bridge")),
]
CLAIM: Final[Json] = {
    "resourceType": "ExplanationOfBenefit",
    "id": "everything",
    "meta": dated("2026-03-21", "C4BB-ExplanationOfBenefit-Inpatient-Institutional"),
    "identifier": [{"type": coded("uc"), "system": "https://plan.example/claims", "value": "CLM-90210"}],
    "status": "active",
    "type": coded("institutional", "Institutional", "http://terminology.hl7.org/CodeSystem/claim-type"),
    "subType": coded("inpatient", "Inpatient"),
    "use": "claim",
    "patient": {"reference": "Patient/alice"},
    "billablePeriod": {"start": "2026-03-02", "end": "2026-03-06"},
    "created": "2026-03-20",
    "insurer": {"reference": "Organization/payer"},
    "provider": {"reference": "Organization/org"},
    "related": [{"relationship": coded("prior"), "reference": {"value": "CLM-80000"}}],
    "prescription": {"identifier": {"value": "RX-1234"}},
    "payee": {"type": coded("provider", "The provider itself"), "party": {"reference": "Organization/org"}},
    "outcome": "complete",
    "disposition": "Settled in the usual way.",
    "careTeam": [
        {
            "sequence": 1,
            "provider": {"reference": "Practitioner/doc"},
            "responsible": True,
            "role": coded("attending", "Attending physician"),
            "qualification": coded("207X", "Bones and joints"),
        }
    ],
    "supportingInfo": INFOS,
    "diagnosis": [
        {
            "sequence": 1,
            "diagnosisCodeableConcept": coded("M17.11", "Worn right knee"),
            "type": [coded("principal", "Principal")],
            "onAdmission": coded("Y"),
        }
    ],
    "procedure": [
        {
            "sequence": 1,
            "type": [coded("secondary")],
            "date": "2026-03-04",
            "procedureCodeableConcept": coded("0QS604Z", "Repair of the thigh bone"),
        },
        {
            "sequence": 2,
            "type": [coded("primary")],
            "date": "2026-03-03",
            "procedureCodeableConcept": coded("0SRC0J9", "New right knee"),
        },
    ],
    "insurance": [{"focal": True, "coverage": {"reference": "Coverage/cov", "display": "Gold coverage"}}],
    "item": [
        {
            "sequence": 1,
            "careTeamSequence": [1],
            "diagnosisSequence": [1],
            "procedureSequence": [1],
            "informationSequence": [20],
            "noteNumber": [1],
            "revenue": coded("0360", "Operating room"),
            "productOrService": coded("P-27447", "Knee operation"),
            "modifier": [coded("RT", "Right side")],
            "servicedDate": "2026-03-03",
            "locationCodeableConcept": coded("21", "Inpatient hospital"),
            "quantity": {"value": 2, "unit": "units"},
            "net": {"value": 4321.5, "currency": "USD"},
            "bodySite": coded("8", "Tooth 8"),
            "subSite": [coded("M", "Middle side")],
            "adjudication": [
                amount("submitted", 4321.5),
                {"category": coded("denialreason"), "reason": coded("R-9", "A form was missing")},
                {"category": coded("allowedunits"), "value": 7},
            ],
            "detail": [
                {
                    "sequence": 1,
                    "productOrService": coded("00001", "Part of the mixture"),
                    "quantity": {"value": 5, "unit": "mL"},
                }
            ],
        },
        {
            "sequence": 2,
            "productOrService": coded("P-2", "Second thing"),
            "servicedPeriod": {"start": "2026-03-04", "end": "2026-03-05"},
            "locationReference": {"reference": "Location/loc"},
        },
    ],
    "adjudication": [
        {"category": coded("billingnetworkstatus"), "reason": coded("innetwork", "In the network")},
        amount("coinsurance", 12.25),
    ],
    "total": [amount("submitted", 4321.5), amount("benefit", 4000.25), amount("memberliability", 111.75)],
    "payment": {
        "type": coded("complete", "Complete"),
        "date": "2026-03-25",
        "amount": {"value": 4000.25, "currency": "USD"},
        "adjustment": {"value": 2.5, "currency": "USD"},
        "identifier": {"value": "CHECK-88"},
    },
    "processNote": [{"number": 1, "text": "Please keep this letter."}],
}
PATIENT: Final[Json] = {
    "resourceType": "Patient",
    "id": "alice",
    "meta": dated("2026-03-03", "C4BB-Patient"),
    "extension": [
        {
            "url": f"{CORE}us-core-race",
            "extension": [
                {"url": "ombCategory", "valueCoding": {"code": "2106-3", "display": "White"}},
                {"url": "text", "valueString": "White, from Wales"},
            ],
        },
        {"url": f"{CORE}us-core-ethnicity", "extension": [{"url": "text", "valueString": "Not Hispanic"}]},
        {"url": f"{CORE}us-core-birthsex", "valueCode": "F"},
    ],
    "identifier": [
        {"type": coded("MB", "Member number"), "system": "https://plan.example/members", "value": "M-4711"},
        {"type": coded("SS"), "system": "http://hl7.org/fhir/sid/us-ssn", "value": "123-45-6789"},
    ],
    "active": True,
    "name": [{"family": "Adams", "given": ["Alice", "Jo"], "suffix": ["III"]}],
    "telecom": [{"system": "phone", "value": "555-0100", "use": "home"}],
    "gender": "female",
    "birthDate": "1980-02-29",
    "deceasedBoolean": False,
    "address": [
        {
            "line": ["1 Elm Street", "Door 7"],
            "city": "Springfield",
            "state": "OH",
            "postalCode": "45501",
            "country": "US",
            "period": {"start": "2019-05-01"},
        }
    ],
    "maritalStatus": coded("M", "Married"),
    "communication": [{"language": coded("cy", "Welsh"), "preferred": True}],
}
COVERAGE: Final[Json] = {
    "resourceType": "Coverage",
    "id": "cov",
    "meta": dated("2026-01-02", "C4BB-Coverage"),
    "identifier": [{"type": coded("MB", "Member number"), "value": "M-4711"}],
    "status": "active",
    "type": coded("HIP", "Health insurance plan policy"),
    "policyHolder": {"reference": "RelatedPerson/rel"},
    "subscriber": {"reference": "RelatedPerson/rel"},
    "subscriberId": "S-3131",
    "beneficiary": {"reference": "Patient/alice"},
    "dependent": "02",
    "relationship": coded("spouse", "Spouse"),
    "period": {"start": "2026-01-01", "end": "2026-12-31"},
    "payor": [{"reference": "Organization/payer"}],
    "class": [
        {"type": coded("group"), "value": "G-500", "name": "Bakers of Ohio"},
        {"type": coded("plan"), "value": "P-600", "name": "Gold Plan"},
    ],
    "network": "Blue River",
    "order": 1,
}
PAYER: Final[Json] = {
    "resourceType": "Organization",
    "id": "payer",
    "meta": dated("2026-03-03", "C4BB-Organization"),
    "identifier": [
        {"system": "http://hl7.org/fhir/sid/us-npi", "value": "1112223334"},
        {"type": coded("TAX"), "system": "urn:oid:2.16.840.1.113883.4.4", "value": "98-7654321"},
        {"system": "urn:oid:2.16.840.1.113883.6.300", "value": "95216"},
    ],
    "active": True,
    "type": [coded("pay", "Payer")],
    "name": "Harborlight Health",
    "telecom": [{"system": "phone", "value": "555-0199"}],
    "address": [{"line": ["9 Harbor Way"], "city": "Toledo", "state": "OH", "postalCode": "43601"}],
}
CLINIC: Final[Json] = {
    "resourceType": "Organization",
    "id": "org",
    "meta": dated("2026-03-03", "C4BB-Organization"),
    "active": True,
    "name": "Riverside Clinic",
}
DOCTOR: Final[Json] = {
    "resourceType": "Practitioner",
    "id": "doc",
    "meta": dated("2026-03-03", "C4BB-Practitioner"),
    "identifier": [{"system": "http://hl7.org/fhir/sid/us-npi", "value": "9998887776"}],
    "name": [{"family": "Okafor", "given": ["Ruth"], "prefix": ["Dr."]}],
    "telecom": [{"system": "phone", "value": "555-0142"}],
    "address": [{"line": ["3 Bone Lane"], "city": "Dayton", "state": "OH", "postalCode": "45402"}],
}
RELATED: Final[Json] = {
    "resourceType": "RelatedPerson",
    "id": "rel",
    "meta": dated("2026-03-03", "C4BB-RelatedPerson"),
    "active": True,
    "patient": {"reference": "Patient/alice"},
    "relationship": [coded("SPS", "Husband")],
    "name": [{"family": "Adams", "given": ["Ben"]}],
    "telecom": [{"system": "phone", "value": "555-0177"}],
    "address": [{"line": ["1 Oak Street"], "city": "Akron", "state": "OH", "postalCode": "44301"}],
}
PLACE: Final[Json] = {"resourceType": "Location", "id": "loc", "name": "East wing"}

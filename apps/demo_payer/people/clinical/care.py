"""What else stands in a chart for one visit: the visit, its diagnoses, medicines, vaccines, procedures."""

import re
from collections.abc import Iterator
from decimal import Decimal

from apps.demo_payer.people.clinical import papers
from apps.demo_payer.people.clinical.labs import CATEGORY, LOINC, Test, quantity, value_on
from apps.demo_payer.people.clinical.visit import Visit
from apps.demo_payer.people.coding import CPT, HCPCS, NDC, OWN, THO, Json, coding, concept, instant, ref

CLINICAL = f"{THO}condition-clinical"
VERIFIED = f"{THO}condition-ver-status"
CONDITION_CATEGORY = f"{THO}condition-category"
CVX = "http://hl7.org/fhir/sid/cvx"
FLU = {"90656": "140", "90686": "150"}
"""Code of a flu vaccine in CPT -> in CVX."""
LASTING = frozenset({"E11.65", "I10", "E78.5", "M06.9", "J45.20", "I25.10", "F33.1"})
"""Diagnoses that stay: on the list of problems once, the first time a claim names them."""
_CLASSES = {"inpatient": ("IMP", "inpatient encounter"), "emergency": ("EMER", "emergency")}
_SHAPES = {CPT: r"\d{4}[0-9A-Z]", HCPCS: r"[A-V]\d{4}"}
PROCEDURES = frozenset({"92928", "25600", "62323"})
PICTURES = frozenset({"73110", "71046", "72148", "77067"})
OFFICE = frozenset({"99213", "99214", "99396", "99393", "99394", "99203"})
_UPPER = Test("8480-6", "Upper blood pressure", "mm[Hg]", "", "", "138", "12", "-3")
_LOWER = Test("8462-4", "Lower blood pressure", "mm[Hg]", "", "", "84", "7", "-1")


def encounter(visit: Visit) -> Json:
    """The visit itself; its identifier is the number of the claim, as payers have it from there (PDex)."""
    is_emergency = any(code in ("99283", "99285") for code, _words in visit.lines)
    code, display = _CLASSES.get("emergency" if is_emergency else visit.kind, ("AMB", "ambulatory"))
    resource = visit.made("Encounter", "visit", "encounter") | {
        "identifier": [{"system": f"{OWN}claim", "value": visit.number}],
        "status": "finished",
        "class": coding(papers.ACT_CODES, code, display),
        "type": [_type(visit)],
        "subject": visit.patient,
        "period": {"start": visit.on.isoformat(), "end": visit.until.isoformat()},
        "serviceProvider": visit.at,
    }
    if visit.by:
        resource["participant"] = [{"individual": visit.by}]
    if visit.diagnoses:
        resource["reasonCode"] = [{"coding": [diagnosis]} for diagnosis in visit.diagnoses]
    return resource


def _type(visit: Visit) -> Json:
    """What kind of visit it was: the code of its first line where that is one, as payers have it from claims.

    A stay begins with the line of its room, which has a revenue code and no procedure: it is told in words.
    """
    code, words = visit.lines[0]
    if visit.kind == "inpatient":
        return {"text": "Hospital stay"}
    system = next((system for system, shape in _SHAPES.items() if re.fullmatch(shape, code)), None)
    return concept(system, code, text=words) if system else {"text": words}


def diagnosis(visit: Visit, code: Json, *, is_lasting: bool) -> Json:
    """A diagnosis of the visit: on the list of problems where it stays, else noted for that visit alone."""
    profile = "condition-problems-health-concerns" if is_lasting else "condition-encounter-diagnosis"
    category = (
        ("problem-list-item", "Problem List Item")
        if is_lasting
        else ("encounter-diagnosis", "Encounter Diagnosis")
    )
    resource = visit.made("Condition", f"condition-{code['code'].lower()}", profile) | {
        "clinicalStatus": concept(CLINICAL, "active" if is_lasting else "resolved"),
        "verificationStatus": concept(VERIFIED, "confirmed"),
        "category": [concept(CONDITION_CATEGORY, *category)],
        "code": {"coding": [code]},
        "subject": visit.patient,
        "encounter": visit.reference,
        "recordedDate": visit.on.isoformat(),
    }
    if visit.by:
        resource["recorder"] = visit.by
    return resource


def order(visit: Visit) -> Json:
    """The prescription, as it was ordered when the drug was filled first."""
    ndc, words = visit.lines[0]
    return visit.made("MedicationRequest", f"order-{ndc}", "medicationrequest") | {
        "status": "active",
        "intent": "order",
        "reportedBoolean": False,
        "medicationCodeableConcept": concept(NDC, ndc, words),
        "subject": visit.patient,
        "authoredOn": visit.on.isoformat(),
        "requester": visit.by or visit.at,
        "dosageInstruction": [{"text": "Take as your doctor told you."}],
    }


def dispense(visit: Visit, ordered: str) -> Json:
    """One fill; its identifier is the number of the pharmacy's claim (PDex). `ordered` is the order's id."""
    ndc, words = visit.lines[0]
    resource = visit.made("MedicationDispense", "fill", "medicationdispense") | {
        "identifier": [{"system": f"{OWN}claim", "value": visit.number}],
        "status": "completed",
        "medicationCodeableConcept": concept(NDC, ndc, words),
        "subject": visit.patient,
        "performer": [{"actor": visit.at}],
        "authorizingPrescription": [ref("MedicationRequest", ordered)],
        "whenHandedOver": visit.on.isoformat(),
        "type": concept(papers.ACT_CODES, "RF" if visit.refill else "FF"),
    }
    if visit.quantity:
        resource["quantity"] = visit.quantity
    if visit.days:
        resource["daysSupply"] = {**visit.days, "unit": "days"}
    return resource


def vaccine(visit: Visit, code: str) -> Json:
    """The flu vaccine of the visit; `code` is its claim's."""
    return visit.made("Immunization", "vaccine", "immunization") | {
        "status": "completed",
        "vaccineCode": concept(CVX, FLU[code], text="Flu vaccine"),
        "patient": visit.patient,
        "encounter": visit.reference,
        "occurrenceDateTime": visit.on.isoformat(),
        "primarySource": True,
        "lotNumber": f"FL{visit.on:%y}-{visit.on:%m%d}",
        "performer": [{"actor": visit.at}],
    }


def procedure(visit: Visit, code: str, words: str) -> Json:
    """What was done, under the number of its claim (PDex)."""
    return visit.made("Procedure", f"procedure-{code}", "procedure") | {
        "identifier": [{"system": f"{OWN}claim", "value": visit.number}],
        "status": "completed",
        "code": concept(CPT, code, text=words),
        "subject": visit.patient,
        "encounter": visit.reference,
        "performedDateTime": visit.on.isoformat(),
        "performer": [{"actor": visit.by or visit.at}],
    }


def picture(visit: Visit, code: str, words: str) -> Iterator[Json]:
    """The report of a scan or X-ray, and its paper."""
    finding = f"{words}: compared with what was there before, nothing new that needs care."
    title = f"{words}, report"
    yield visit.made("DiagnosticReport", f"picture-{code}", "diagnosticreport-note") | {
        "status": "final",
        "category": [concept(LOINC, "LP29684-5", text="Radiology")],
        "code": concept(CPT, code, text=words),
        "subject": visit.patient,
        "encounter": visit.reference,
        "effectiveDateTime": visit.on.isoformat(),
        "issued": instant(visit.on),
        "performer": [visit.at],
        "conclusion": finding,
    }
    yield papers.paper(visit, f"paper-{code}", papers.IMAGING, title, [finding])


def pressure(visit: Visit) -> Json:
    """The blood pressure taken at an office visit."""
    parts = [(test, value_on(visit, test)) for test in (_UPPER, _LOWER)]
    return visit.made("Observation", "pressure", "blood-pressure") | {
        "status": "final",
        "category": [concept(CATEGORY, "vital-signs", "Vital Signs")],
        "code": concept(LOINC, "85354-9", text="Blood pressure"),
        "subject": visit.patient,
        "encounter": visit.reference,
        "effectiveDateTime": visit.on.isoformat(),
        "component": [
            {"code": concept(LOINC, test.loinc, text=test.words), "valueQuantity": quantity(value, "mm[Hg]")}
            for test, value in parts
        ],
    }


def spoilt(result: Json, value: str) -> Json:
    """A result that was entered by mistake beside the right one."""
    wrong = {**result, "id": f"{result['id']}-x", "status": "entered-in-error"}
    return wrong | {"valueQuantity": result["valueQuantity"] | {"value": Decimal(value)}}

"""Writes a decided claim as an ExplanationOfBenefit in the shape of CARIN Blue Button 2.2."""

from datetime import date

from apps.demo_payer.people import lines
from apps.demo_payer.people.bills import Claim
from apps.demo_payer.people.cast import PAYER_ID, PAYER_NAME
from apps.demo_payer.people.coding import (
    C4BB,
    CARE_TEAM_ROLE,
    ICD_10_CM,
    ICD_10_PCS,
    IDENTIFIER_TYPE,
    OWN,
    PAYER_STATUS,
    TAXONOMY,
    THO,
    Json,
    coding,
    concept,
    instant,
    meta,
    ref,
    usd,
)
from apps.demo_payer.people.diagnoses import TEXTS
from apps.demo_payer.people.payer import LAB
from apps.demo_payer.people.supporting_info import supporting_info

# Profile by kind. No C4BB profile has the type `vision`, so vision claims name none (as Humana's do).
_PROFILES = {
    "professional": "ExplanationOfBenefit-Professional-NonClinician",
    "outpatient": "ExplanationOfBenefit-Outpatient-Institutional",
    "inpatient": "ExplanationOfBenefit-Inpatient-Institutional",
    "pharmacy": "ExplanationOfBenefit-Pharmacy",
    "oral": "ExplanationOfBenefit-Oral",
    "vision": "",
}
_OTHER_INSURER = "Cinderpoint Mutual"
_STATUS_WORDS = {"paid": "Paid", "partiallypaid": "Partially Paid", "denied": "Denied"}
_RELATIONSHIPS = {
    "prior": f"{THO}ex-relatedclaimrelationship",
    "replacedby": f"{C4BB}C4BBRelatedClaimRelationshipCodes",
}


def claim_type(kind: str) -> str:
    """The claim-type code of a kind."""
    return "institutional" if kind in ("inpatient", "outpatient") else kind


def unique_claim_id(number: str) -> Json:
    """The payer's number of a claim as an Identifier of type `uc`."""
    return {
        "type": {"coding": [coding(IDENTIFIER_TYPE, "uc", "Unique Claim ID")]},
        "system": f"{OWN}claim",
        "value": number,
    }


def eob(
    claim: Claim,
    *,
    status: str = "active",
    related: tuple[str, Claim] | None = None,
    changed_on: date | None = None,
) -> Json:
    """The ExplanationOfBenefit of a claim.

    `related` is (prior | replacedby, the other claim); `changed_on` the day of a later change of status.
    """
    bill, kind = claim.bill, claim.bill.kind
    code = claim_type(kind)
    explanation: Json = {
        "resourceType": "ExplanationOfBenefit",
        "id": claim.id,
        "meta": meta(_PROFILES[kind], changed_on or claim.paid_on or claim.decided_on),
        "language": "en-US",
        "identifier": [unique_claim_id(claim.number)],
        "status": status,
        "type": concept(f"{THO}claim-type", code, text=code.capitalize()),
        "use": "claim",
        "patient": ref("Patient", bill.member.patient_id),
        "billablePeriod": {"start": bill.on.isoformat(), "end": (bill.until or bill.on).isoformat()},
        "created": instant(claim.decided_on),
        "insurer": ref("Organization", PAYER_ID, PAYER_NAME),
        "provider": bill.by.reference(),
        "outcome": "complete",
    }
    if code == "institutional":
        explanation["subType"] = concept(f"{C4BB}C4BBInstitutionalClaimSubType", kind, text=kind.capitalize())
        explanation["facility"] = ref(
            "Location", f"{(bill.facility or bill.by).id}-site", (bill.facility or bill.by).name
        )
    if related:
        relationship, other = related
        explanation["related"] = [
            {
                "relationship": {"coding": [coding(_RELATIONSHIPS[relationship], relationship)]},
                "reference": unique_claim_id(other.number),
            }
        ]
    explanation["payee"] = _payee(claim)
    team = _care_team(claim)
    if team:
        explanation["careTeam"] = team
    explanation["supportingInfo"] = supporting_info(claim)
    if bill.diagnoses:
        explanation["diagnosis"] = [_diagnosis(claim, n, icd) for n, icd in enumerate(bill.diagnoses, 1)]
    if bill.procedures:
        explanation["procedure"] = [
            _procedure(n, *procedure) for n, procedure in enumerate(bill.procedures, 1)
        ]
    coverage = claim.policy.coverage_id(bill.member, bill.on.year)
    explanation["insurance"] = [
        {"focal": True, "coverage": ref("Coverage", coverage, claim.policy.benefits.name)}
    ]
    if claim.total("prior_paid"):
        # The IG names another carrier by display only.
        explanation["insurance"].append({"focal": False, "coverage": {"display": _OTHER_INSURER}})
    explanation["item"] = lines.items(claim)
    explanation["adjudication"] = lines.header_adjudication(claim)
    explanation["total"] = lines.totals(claim)
    explanation["payment"] = _payment(claim)
    notes = lines.process_notes(claim)
    if notes:
        explanation["processNote"] = notes
    return explanation


def without_amounts(explanation: Json) -> Json:
    """The same claim under its Basis profile (CARIN BB 2.2): no total, no payment, no amount anywhere."""
    bare = {key: value for key, value in explanation.items() if key not in ("total", "payment")}
    bare["meta"] = explanation["meta"] | {
        "profile": [profile.replace("|", "-Basis|") for profile in explanation["meta"]["profile"]],
    }
    bare["adjudication"] = [entry for entry in explanation["adjudication"] if "amount" not in entry]
    bare["item"] = [_bare_item(item) for item in explanation["item"]]
    return bare


def _bare_item(item: Json) -> Json:
    kept = [entry for entry in item.get("adjudication", []) if "amount" not in entry]
    bare = {key: value for key, value in item.items() if key != "adjudication"}
    return bare | {"adjudication": kept} if kept else bare


def _payee(claim: Claim) -> Json:
    bill = claim.bill
    if bill.paid_to == "subscriber":
        subscriber = claim.policy.subscriber
        party = (
            ref("Patient", subscriber.patient_id)
            if subscriber == bill.member
            else ref("RelatedPerson", f"parent-of-{bill.member.number}", subscriber.name)
        )
        return {"type": concept(f"{THO}payeetype", "subscriber", "Subscriber"), "party": party}
    return {"type": concept(f"{THO}payeetype", "provider", "Provider"), "party": bill.by.reference()}


def _care_team(claim: Claim) -> list[Json]:
    bill = claim.bill
    team: list[Json] = []
    # Nobody is seen at a laboratory: who stands there ordered the tests.
    ordered_by = bill.seen_by if bill.by == LAB else bill.referred_by
    if bill.seen_by and bill.by != LAB:
        role, words = {
            "inpatient": ("attending", "Attending"),
            "outpatient": ("attending", "Attending"),
            "pharmacy": ("prescribing", "Prescribing provider"),
        }.get(bill.kind, ("rendering", "Rendering provider"))
        who = bill.seen_by.role_reference() if bill.kind == "vision" else bill.seen_by.reference()
        member: Json = {"sequence": 1, "provider": who, "role": concept(CARE_TEAM_ROLE, role, words)}
        if role == "rendering":
            member["qualification"] = concept(TAXONOMY, bill.seen_by.taxonomy, text=bill.seen_by.words)
        team.append(member)
    if ordered_by:
        team.append(
            {
                "sequence": len(team) + 1,
                "provider": ordered_by.reference(),
                "role": concept(CARE_TEAM_ROLE, "referring", "Referring"),
            }
        )
    return team


def _diagnosis(claim: Claim, sequence: int, code: str) -> Json:
    if sequence == 1:
        kind = (
            coding(f"{C4BB}C4BBClaimDiagnosisType", "patientreasonforvisit", "Patient Reason for Visit")
            if claim.bill.kind == "outpatient"
            else coding(f"{THO}ex-diagnosistype", "principal", "Principal Diagnosis")
        )
    else:
        other = "other" if claim_type(claim.bill.kind) == "institutional" else "secondary"
        kind = coding(f"{C4BB}C4BBClaimDiagnosisType", other, other.capitalize())
    return {
        "sequence": sequence,
        "diagnosisCodeableConcept": concept(ICD_10_CM, code, TEXTS[code]),
        "type": [{"coding": [kind]}],
    }


def _procedure(sequence: int, code: str, on: date) -> Json:
    kind = ("principal", "Principal") if sequence == 1 else ("other", "Other")
    return {
        "sequence": sequence,
        "type": [concept(f"{C4BB}C4BBClaimProcedureType", *kind)],
        "date": on.isoformat(),
        "procedureCodeableConcept": concept(ICD_10_PCS, code),
    }


def _payment(claim: Claim) -> Json:
    status = claim.payment_status
    payment: Json = {"type": concept(PAYER_STATUS, status, _STATUS_WORDS[status])}
    if claim.paid_on:
        payment["date"] = claim.paid_on.isoformat()
    payment["amount"] = usd(claim.total("benefit"))
    return payment

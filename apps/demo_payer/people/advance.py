"""Answers before treatment: prior authorisations and cost estimates, which no client may list as claims."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from apps.demo_payer.people.bills import Entry
from apps.demo_payer.people.cast import PAYER_ID, PAYER_NAME, Member
from apps.demo_payer.people.claims import claim_type, unique_claim_id
from apps.demo_payer.people.coding import (
    ADJUDICATION,
    ICD_10_CM,
    OWN,
    THO,
    Json,
    coding,
    concept,
    instant,
    ref,
    usd,
)
from apps.demo_payer.people.diagnoses import TEXTS
from apps.demo_payer.people.money import ZERO, Split
from apps.demo_payer.people.payer import Organization
from apps.demo_payer.people.policies import Policy

_PDEX = "http://hl7.org/fhir/us/davinci-pdex/StructureDefinition/"
_VALUES = "http://hl7.org/fhir/us/davinci-pdex/CodeSystem/PriorAuthorizationValueCodes"


@dataclass(frozen=True, kw_only=True)
class Request:
    """What a provider asks in advance. `approved` is None where nothing is to be approved (an estimate).

    `used` are the days on which a part of what was approved was used; `why` is the payer's sentence.
    """

    key: str
    kind: str
    policy: Policy
    member: Member
    by: Organization
    asked_on: date
    answered_on: date
    until: date
    diagnosis: str
    entries: Sequence[Entry]
    approved: bool | None = None
    used: Sequence[date] = ()
    why: str = ""


def preauthorization(request: Request) -> Json:
    """A prior authorisation, approved or refused: `use` preauthorization, as Da Vinci PDex has it."""
    answer = _answer(request, "preauthorization")
    answer["meta"]["profile"] = [f"{_PDEX}pdex-priorauthorization"]
    # X12 306: A1 certified in total, A3 not certified. Their texts are licensed.
    code = "A1" if request.approved else "A3"
    review = {
        "url": f"{_PDEX}extension-reviewAction",
        "extension": [
            {"url": "number", "valueString": f"AUTH-{request.key}"},
            {
                "url": f"{_PDEX}extension-reviewActionCode",
                "valueCodeableConcept": {"coding": [coding("https://codesystem.x12.org/005010/306", code)]},
            },
        ],
    }
    decided = {
        "url": f"{_PDEX}base-ext-when-adjudicated",
        "valueDateTime": instant(request.answered_on),
    }
    for item in answer["item"]:
        item["adjudication"][0]["extension"] = [review, decided]
    if request.why:
        answer["disposition"] = request.why
    if request.approved:
        answer["meta"]["lastUpdated"] = instant(max([request.answered_on, *request.used]))
        answer["total"] = [_utilization(request)]
        answer["preAuthRef"] = [f"AUTH-{request.key}"]
        answer["preAuthRefPeriod"] = [
            {"start": request.answered_on.isoformat(), "end": request.until.isoformat()}
        ]
    return answer


def predetermination(request: Request, splits: Sequence[Split]) -> Json:
    """An ExplanationOfBenefit with `use` predetermination: what the plan would pay, if nothing changes."""
    answer = _answer(request, "predetermination")
    answer["disposition"] = "This is an estimate, not a promise of payment."
    for item, split in zip(answer["item"], splits, strict=True):
        item["adjudication"].append(_amount("benefit", "Benefit Amount", split.benefit))
    answer["total"] = [
        _amount("submitted", "Submitted Amount", sum((split.billed for split in splits), ZERO)),
        _amount("eligible", "Eligible Amount", sum((split.allowed for split in splits), ZERO)),
        _amount("benefit", "Benefit Amount", sum((split.benefit for split in splits), ZERO)),
    ]
    return answer


def _utilization(request: Request) -> Json:
    """How often the approval was used, beside what all of it may cost."""
    agreed = (entry.service.prices(request.asked_on.year)[1] * entry.quantity for entry in request.entries)
    return {
        "extension": [
            {
                "url": f"{_PDEX}PriorAuthorizationUtilization",
                "valueQuantity": {"value": len(request.used)},
            }
        ],
        "category": concept(_VALUES, "eligible", "Eligible"),
        "amount": usd(sum(agreed, ZERO)),
    }


def _amount(code: str, display: str, amount: Decimal) -> Json:
    return {"category": concept(ADJUDICATION, code, display), "amount": usd(amount)}


def _answer(request: Request, use: str) -> Json:
    code = claim_type(request.kind)
    coverage = request.policy.coverage_id(request.member, request.answered_on.year)
    return {
        "resourceType": "ExplanationOfBenefit",
        "id": f"advance-{request.member.number}-{request.key.lower()}",
        "meta": {"lastUpdated": instant(request.answered_on)},
        "language": "en-US",
        "identifier": [
            unique_claim_id(f"P{request.member.number}{request.key}") | {"system": f"{OWN}request"}
        ],
        "status": "active",
        "type": concept(f"{THO}claim-type", code, text=code.capitalize()),
        "use": use,
        "patient": ref("Patient", request.member.patient_id),
        "billablePeriod": {"start": request.answered_on.isoformat(), "end": request.until.isoformat()},
        "created": instant(request.answered_on),
        "insurer": ref("Organization", PAYER_ID, PAYER_NAME),
        "provider": request.by.reference(),
        "priority": concept(f"{THO}processpriority", "normal", "Normal"),
        "outcome": "complete",
        "diagnosis": [
            {
                "sequence": 1,
                "diagnosisCodeableConcept": concept(ICD_10_CM, request.diagnosis, TEXTS[request.diagnosis]),
                "type": [concept(f"{THO}ex-diagnosistype", "principal", "Principal Diagnosis")],
            }
        ],
        "insurance": [{"focal": True, "coverage": ref("Coverage", coverage, request.policy.benefits.name)}],
        "item": [_item(request, index, entry) for index, entry in enumerate(request.entries, 1)],
    }


def _item(request: Request, sequence: int, entry: Entry) -> Json:
    service = entry.service
    billed = service.prices(request.asked_on.year)[0] * entry.quantity
    return {
        "sequence": sequence,
        "productOrService": concept(service.system, service.code, text=service.words),
        "quantity": {"value": entry.quantity},
        "adjudication": [
            {"category": concept(ADJUDICATION, "submitted", "Submitted Amount"), "amount": usd(billed)}
        ],
    }

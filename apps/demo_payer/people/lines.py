"""The money of a claim as C4BB writes it: lines, header adjudication, totals and notes."""

from decimal import Decimal

from apps.demo_payer.people.bills import Claim, Entry
from apps.demo_payer.people.coding import (
    ADJUDICATION,
    C4BB_ADJUDICATION,
    CARC,
    CARC_GROUP,
    DISCRIMINATOR,
    PAYER_STATUS,
    PLACE_OF_SERVICE,
    REVENUE,
    THO,
    Json,
    coding,
    concept,
    usd,
)
from apps.demo_payer.people.money import Split
from apps.demo_payer.people.supporting_info import tooth_sequences

_PLACES = {
    "10": "Telehealth Provided in Patient’s Home",
    "11": "Office",
    "20": "Urgent Care Facility",
    "21": "Inpatient Hospital",
    "22": "On Campus-Outpatient Hospital",
    "23": "Emergency Room – Hospital",
    "41": "Ambulance - Land",
    "81": "Independent Laboratory",
}
# Part of a Split -> (system, code, the code system's display), in the order a receipt is read.
_AMOUNTS = {
    "billed": (ADJUDICATION, "submitted", "Submitted Amount"),
    "discount": (C4BB_ADJUDICATION, "discount", "Discount"),
    "noncovered": (C4BB_ADJUDICATION, "noncovered", "Noncovered"),
    "allowed": (ADJUDICATION, "eligible", "Eligible Amount"),
    "prior_paid": (C4BB_ADJUDICATION, "priorpayerpaid", "Prior payer paid"),
    "deductible": (ADJUDICATION, "deductible", "Deductible"),
    "copay": (ADJUDICATION, "copay", "CoPay"),
    "coinsurance": (C4BB_ADJUDICATION, "coinsurance", "Co-insurance"),
    "benefit": (ADJUDICATION, "benefit", "Benefit Amount"),
    "liability": (C4BB_ADJUDICATION, "memberliability", "Member liability"),
}
_TO_PROVIDER = (C4BB_ADJUDICATION, "paidtoprovider", "Paid to provider")
_TO_PATIENT = (C4BB_ADJUDICATION, "paidtopatient", "Paid to patient")
_BY_PATIENT = (C4BB_ADJUDICATION, "paidbypatient", "Paid by patient")
_STATUS_WORDS = {"innetwork": "In Network", "outofnetwork": "Out Of Network"}
_DISCRIMINATORS = {
    "benefitpaymentstatus": "Benefit Payment Status",
    "billingnetworkstatus": "Billing Network Status",
    "renderingnetworkstatus": "Rendering Network Status",
}
# Which statuses stand at the header, by kind, as in the IG's examples.
_HEADERS = {
    "professional": ("billingnetworkstatus", "renderingnetworkstatus"),
    "vision": ("billingnetworkstatus", "renderingnetworkstatus"),
    "oral": ("renderingnetworkstatus", "benefitpaymentstatus", "billingnetworkstatus"),
    "outpatient": ("benefitpaymentstatus", "billingnetworkstatus"),
    "inpatient": ("benefitpaymentstatus", "billingnetworkstatus"),
    "pharmacy": ("benefitpaymentstatus", "billingnetworkstatus"),
}
# The payer's own sentences; X12's texts of these codes are licensed.
_NOTES = {
    "45": "This provider has no contract with us and may bill you for the amount above what we allow.",
    "50": "Our reviewers found no medical need for this service. The provider may not bill you for it.",
    "119": "You have reached your plan's limit for this service.",
    "197": "This service needed our approval in advance, and we have none. You can appeal within 180 days.",
    "242": "Your HMO plan covers care outside its network only in an emergency.",
}


def _adjudication(category: tuple[str, str, str], amount: Decimal) -> Json:
    return {"category": concept(*category), "amount": usd(amount)}


def _status(discriminator: str, *, in_network: bool) -> Json:
    code = "innetwork" if in_network else "outofnetwork"
    return {
        "category": concept(DISCRIMINATOR, discriminator, _DISCRIMINATORS[discriminator]),
        "reason": concept(PAYER_STATUS, code, _STATUS_WORDS[code]),
    }


def _paid(claim: Claim) -> tuple[str, str, str]:
    return _TO_PROVIDER if claim.bill.paid_to == "provider" else _TO_PATIENT


def header_adjudication(claim: Claim) -> list[Json]:
    """Network statuses, and a hospital stay's amounts: C4BB wants those here or on lines, never both."""
    adjudications = [
        _status(status, in_network=claim.bill.in_network) for status in _HEADERS[claim.bill.kind]
    ]
    if claim.bill.kind == "inpatient":
        adjudications += totals(claim)
    return adjudications


def totals(claim: Claim) -> list[Json]:
    """Every amount as the sum of its lines; zero is stated, prior payer paid only where there is one."""
    sums = [
        _adjudication(category, claim.total(part))
        for part, category in _AMOUNTS.items()
        if part != "prior_paid" or claim.total(part)
    ]
    sums.append(_adjudication(_paid(claim), claim.total("benefit")))
    if claim.bill.kind == "pharmacy":
        sums.append(_adjudication(_BY_PATIENT, claim.total("liability")))
    return sums


def _line_adjudication(claim: Claim, split: Split) -> list[Json]:
    adjudications: list[Json] = []
    if claim.bill.kind in ("professional", "oral", "vision"):
        adjudications.append(_status("benefitpaymentstatus", in_network=claim.bill.in_network))
    for part, category in _AMOUNTS.items():
        amount = getattr(split, part)
        if part != "prior_paid" or amount:
            adjudications.append(_adjudication(category, amount))
    adjudications.append(_adjudication(_paid(claim), split.benefit))
    if split.reason:
        group = "PR" if split.noncovered_is_members else "CO"
        adjudications.append(
            {
                "category": concept(DISCRIMINATOR, "adjustmentreason", "Adjustment Reason"),
                "reason": {"coding": [coding(CARC_GROUP, group), coding(CARC, split.reason)]},
            }
        )
    return adjudications


def _product(entry: Entry) -> Json:
    service = entry.service
    if not service.code:
        return concept(f"{THO}data-absent-reason", "not-applicable", "Not Applicable")
    # Drug names are the FDA's; every other text is ours, never the code set's.
    display = service.words if entry.drug else ""
    return concept(service.system, service.code, display, text="" if entry.drug else service.words)


def _quantity(entry: Entry) -> Json:
    if entry.drug:
        return {"value": entry.drug.quantity, "unit": entry.drug.unit}
    return {"value": entry.quantity}


def items(claim: Claim) -> list[Json]:
    """The lines. A hospital stay's carry no amounts: it is priced as one case."""
    bill = claim.bill
    teeth = tooth_sequences(claim) if bill.kind == "oral" else {}
    place = bill.place or bill.by.place
    notes = _note_numbers(claim)
    lines: list[Json] = []
    for index, (entry, split) in enumerate(zip(bill.lines, claim.splits, strict=True)):
        item: Json = {"sequence": index + 1, "productOrService": _product(entry)}
        if bill.kind in ("inpatient", "outpatient"):
            item["revenue"] = concept(REVENUE, entry.service.revenue)
        item["servicedDate"] = bill.on.isoformat()
        if bill.kind in ("professional", "oral", "vision"):
            item["locationCodeableConcept"] = concept(PLACE_OF_SERVICE, place, _PLACES[place])
        item["quantity"] = _quantity(entry)
        if index in teeth:
            item["informationSequence"] = [teeth[index]]
        if entry.surfaces:
            item["subSite"] = [concept(f"{THO}ADAToothSurfaceCodes", surface) for surface in entry.surfaces]
        if bill.kind != "inpatient":
            item["adjudication"] = _line_adjudication(claim, split)
        if split.reason in notes:
            item["noteNumber"] = [notes[split.reason]]
        lines.append(item)
    return lines


def _note_numbers(claim: Claim) -> dict[str, int]:
    reasons = dict.fromkeys(split.reason for split in claim.splits if split.reason)
    return {reason: number for number, reason in enumerate(reasons, 1)}


def process_notes(claim: Claim) -> list[Json]:
    """One note per reason something was not covered, in the payer's own words."""
    return [
        {"number": number, "type": "display", "text": _NOTES[reason]}
        for reason, number in _note_numbers(claim).items()
    ]

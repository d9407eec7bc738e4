"""The supportingInfo of a claim: the facts around it, by C4BBSupportingInfoType code."""

from typing import Any

from apps.demo_payer.people.bills import Bill, Claim
from apps.demo_payer.people.coding import INFO, MS_DRG, THO, Json, coding, concept

_NUBC = "https://www.nubc.org/CodeSystem/"
_NCPDP = f"{THO}NCPDP"
_WORDS = {
    "admissionperiod": "Admission Period",
    "admtype": "Admission Type",
    "additionalbodysite": "Additional Body Site",
    "brandgenericindicator": "Brand Generic Indicator",
    "clmrecvddate": "Claim Received Date",
    "compoundcode": "Compound Code",
    "dawcode": "DAW (Dispense As Written) Code",
    "dayssupply": "Days Supply",
    "discharge-status": "Discharge Status",
    "drg": "DRG",
    "medicalrecordnumber": "Medical Record Number",
    "patientaccountnumber": "Patient Account Number",
    "pointoforigin": "Point Of Origin",
    "refillnum": "Refill Number",
    "refillsauthorized": "Refills Authorized",
    "rxorigincode": "Rx Origin Code",
    "servicefacility": "Service Facility",
    "typeofbill": "Type of Bill",
}


def supporting_info(claim: Claim) -> list[Json]:
    """All supportingInfo of one claim, numbered from 1."""
    entries: list[tuple[str, str, Any]] = [("clmrecvddate", "timingDate", claim.received_on.isoformat())]
    bill = claim.bill
    if bill.kind in ("inpatient", "outpatient"):
        entries += _institutional(claim)
    elif bill.kind == "pharmacy":
        entries += _pharmacy(claim)
    else:
        entries.append(("patientaccountnumber", "valueString", _account(bill)))
        if bill.facility:
            entries.append(("servicefacility", "valueReference", bill.facility.reference()))
    if bill.kind == "oral":
        entries += [
            ("additionalbodysite", "code", concept(f"{THO}ADAUniversalToothDesignationSystem", line.tooth))
            for line in bill.lines
            if line.tooth
        ]
    return [
        {"sequence": n, "category": {"coding": [coding(INFO, category, _WORDS[category])]}, key: value}
        for n, (category, key, value) in enumerate(entries, 1)
    ]


def tooth_sequences(claim: Claim) -> dict[int, int]:
    """Index of a dental line -> sequence of the supportingInfo that names its tooth."""
    first = 1 + len(supporting_info(claim)) - sum(1 for line in claim.bill.lines if line.tooth)
    with_tooth = [index for index, line in enumerate(claim.bill.lines) if line.tooth]
    return {index: first + n for n, index in enumerate(with_tooth)}


def _account(bill: Bill) -> str:
    """The provider's account for one visit or stay: however often it is billed, that stays the same."""
    return f"A{bill.on:%y%j}{bill.member.number}"


def _institutional(claim: Claim) -> list[tuple[str, str, Any]]:
    bill = claim.bill
    stay = bill.kind == "inpatient"
    frequency = "7" if bill.replaces else "8" if bill.voids else "1"
    entries: list[tuple[str, str, Any]] = []
    if stay:
        end = bill.until or bill.on
        entries.append(
            ("admissionperiod", "timingPeriod", {"start": bill.on.isoformat(), "end": end.isoformat()})
        )
    emergency = stay or bill.lines[0].service.care == "emergency"
    entries += [
        ("typeofbill", "code", concept(f"{_NUBC}TypeOfBill", f"0{'11' if stay else '13'}{frequency}")),
        ("pointoforigin", "code", concept(f"{_NUBC}PointOfOrigin", "1")),
        ("admtype", "code", concept(f"{_NUBC}PriorityTypeOfAdmitOrVisit", "1" if emergency else "3")),
        ("discharge-status", "code", concept(f"{_NUBC}PatDischargeStatus", "01")),
    ]
    if bill.drg:
        entries.append(("drg", "code", concept(MS_DRG, bill.drg)))
    entries += [
        ("medicalrecordnumber", "valueString", f"MR-{bill.member.number}"),
        ("patientaccountnumber", "valueString", _account(bill)),
    ]
    return entries


def _pharmacy(claim: Claim) -> list[tuple[str, str, Any]]:
    entry = claim.bill.lines[0]
    drug = entry.drug
    if drug is None:
        raise ValueError("a pharmacy bill needs a drug")
    return [
        ("dayssupply", "valueQuantity", {"value": drug.days}),
        ("refillnum", "valueQuantity", {"value": entry.refill}),
        ("refillsauthorized", "valueQuantity", {"value": 11 if drug.days >= 28 else 0}),
        ("dawcode", "code", concept(f"{_NCPDP}DispensedAsWrittenOrProductSelectionCode", "0")),
        (
            "brandgenericindicator",
            "code",
            concept(f"{_NCPDP}BrandGenericIndicator", "G" if drug.care == "generic" else "B"),
        ),
        ("rxorigincode", "code", concept(f"{_NCPDP}PrescriptionOriginCode", "3")),
        ("compoundcode", "code", concept(f"{_NCPDP}CompoundCode", "1")),
    ]

"""Claims made by hand for what published data does not show; plain dicts in, bytes out."""

import json
import re
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from apps.kinds.claim.counted import Counted
from apps.kinds.claim.entry import entry_of
from apps.kinds.claim.reading import read
from apps.kinds.claim.records import ClaimRecord, Figure
from apps.records.entries import NOTHING
from tests.claims.systems import (
    BALANCE,
    C4BB,
    CARC,
    CLAIM_TYPE,
    DISCRIMINATOR,
    INFO,
    REMARKS,
    SNOMED,
    STATUS,
    THO,
    V2,
)

CARINS = {
    "coinsurance", "discount", "memberliability", "noncovered",
    "paidbypatient", "paidtopatient", "paidtoprovider", "priorpayerpaid",
}  # fmt: skip


def counted(
    record: ClaimRecord, plan: UUID, on: date, pk: UUID, *, kept: ClaimRecord | None = None, **more: Any
) -> Counted:
    """Return a claim as sums count it, with what a book says of *record*; *kept* where that is its brief."""
    entry = entry_of(record, person_key="", provider_key="", brief=NOTHING)
    return Counted(
        kept or record,
        plan,
        on,
        pk,
        state=entry.state,
        counts=entry.counts and not entry.is_repeat,
        disagrees=entry.disagrees,
        uncovered=entry.uncovered,
        on_top=entry.on_top or Decimal(0),
        **more,
    )


def number(text: str) -> str:
    """Return what `body` writes as a JSON number with exactly this text."""
    return f"§{text}§"


def concept(*codings: tuple[str, str], text: str | None = None) -> dict[str, Any]:
    """Return a CodeableConcept of (system, code) pairs."""
    made: dict[str, Any] = {"coding": [{"system": system, "code": code} for system, code in codings if code]}
    return made | ({"text": text} if text else {})


def priced(code: str, amount: Any, *, system: str = THO, currency: str | None = "USD") -> dict[str, Any]:
    """Return a total or an adjudication; *amount* text is written as a JSON number as it is."""
    value = number(amount) if isinstance(amount, str) else amount
    money = {"value": value} | ({"currency": currency} if currency else {})
    return {"category": concept((system, code)), "amount": money}


def money(amounts: str, *, system: str = "") -> list[dict[str, Any]]:
    """Return totals or adjudications, told as "submitted 480.00, discount 212.40".

    A code is of the list that has it, CARIN's or HL7's, unless another *system* is named.
    """
    pairs = [amount.split() for amount in amounts.split(", ")]
    return [priced(code, text, system=system or (C4BB if code in CARINS else THO)) for code, text in pairs]


def cms(name: str, amount: str, half: str | None = None) -> dict[str, Any]:
    """Return an amount of Blue Button v2: the CMS name as URL, beside the C4BB or HL7 half."""
    url = f"https://bluebutton.cms.gov/resources/variables/{name}"
    return {
        "category": concept((C4BB, half or ""), (V2, url)),
        "amount": {"value": number(amount), "currency": "USD"},
    }


def balance(**amounts: str) -> list[dict[str, Any]]:
    """Return a benefitBalance as Blue Button v2 abuses it."""
    url = "https://bluebutton.cms.gov/resources/variables/"
    financial = [
        {"type": concept((BALANCE, url + name)), "usedMoney": {"value": number(amount), "currency": "USD"}}
        for name, amount in amounts.items()
    ]
    return [{"category": {"text": "Medical"}, "financial": financial}]


def line(sequence: int, *adjudication: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return one item."""
    return {"sequence": sequence, "servicedDate": "2026-03-09", "adjudication": list(adjudication)} | changes


def status(category: str, answer: str) -> dict[str, Any]:
    """Return an adjudication that carries a status instead of an amount."""
    return {"category": concept((DISCRIMINATOR, category)), "reason": concept((STATUS, answer))}


def claim(*totals: dict[str, Any], kind: str = "professional", **changes: Any) -> dict[str, Any]:
    """Return an office visit at Riverside Clinic with these totals; *changes* replace elements."""
    made: dict[str, Any] = {
        "resourceType": "ExplanationOfBenefit",
        "id": "visit",
        "status": "active",
        "use": "claim",
        "outcome": "complete",
        "type": concept((CLAIM_TYPE, kind)),
        "identifier": [{"type": concept((C4BB, "uc")), "value": "CLM-1"}],
        "created": "2026-03-20",
        "insurer": {"display": "Harborlight Health"},
        "provider": {"display": "Riverside Clinic"},
        "billablePeriod": {"start": "2026-03-09", "end": "2026-03-09"},
        "total": list(totals),
    }
    return {key: value for key, value in (made | changes).items() if value is not None}


def body(made: dict[str, Any]) -> bytes:
    """Return a claim as JSON."""
    return re.sub(r'"§([^"§]*)§"', r"\1", json.dumps(made, ensure_ascii=False)).encode()


def reading(made: dict[str, Any], **names: str) -> ClaimRecord:
    """Return the record of a claim made here."""
    return read(body(made), names)


def stating(figures: str, **changes: Any) -> ClaimRecord:
    """Return the record of a claim whose totals are *figures*, told as `money` takes them."""
    return reading(claim(*money(figures), **changes))


def visit(**changes: Any) -> dict[str, Any]:
    """Return the office visit of the design: 480.00 billed, 212.40 off, 214.08 paid, 53.52 is 20 %."""
    place = "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set"
    return claim(
        *money(
            "submitted 480.00, eligible 267.60, discount 212.40, benefit 214.08, "
            "memberliability 53.52, deductible 0.00, copay 0.00, coinsurance 53.52, noncovered 0.00"
        ),
        adjudication=[status("billingnetworkstatus", "innetwork"), status("benefitpaymentstatus", "paid")],
        item=[
            line(
                1,
                *money("submitted 480.00, benefit 214.08, memberliability 53.52"),
                productOrService={"coding": [{"code": "99213", "system": "http://www.ama-assn.org/go/cpt"}]},
                locationCodeableConcept=concept((place, "11")),
            )
        ],
        diagnosis=[
            {
                "sequence": 1,
                "diagnosisCodeableConcept": concept(("http://hl7.org/fhir/sid/icd-10-cm", "J069")),
                "type": [concept(("http://terminology.hl7.org/CodeSystem/ex-diagnosistype", "principal"))],
            }
        ],
        careTeam=[
            {"sequence": 1, "role": concept((C4BB, "rendering")), "provider": {"display": "Ana Lopez, MD"}}
        ],
        **changes,
    )


def amounts(record: ClaimRecord) -> dict[str, str]:
    """Return the known figures as exact text."""
    figures = {name: getattr(record.money, name) for name in record.money.__struct_fields__}
    return {name: str(one.amount) for name, one in figures.items() if one.is_known}


def amount(figure: Figure) -> str | None:
    """Return one figure as exact text."""
    return None if figure.amount is None else str(figure.amount)


OUT = status("billingnetworkstatus", "outofnetwork")
DENIED = status("benefitpaymentstatus", "denied")


def why(*codes: str) -> dict[str, Any]:
    """Return an adjustment reason: "CO 50", or "CO" and "50" as codes of their own, "N781" a remark."""
    codings = [(REMARKS if code.startswith("N") else CARC, code) for code in codes]
    return {"category": concept((DISCRIMINATOR, "adjustmentreason")), "reason": concept(*codings)}


def why_of(code: str, amount: str) -> dict[str, Any]:
    """Return an adjustment reason with its own amount."""
    return why(code) | {"amount": {"value": number(amount), "currency": "USD"}}


def of_one_line(figures: str, *reasons: dict[str, Any], **changes: Any) -> ClaimRecord:
    """Return a claim of one line, which states what the claim does and why."""
    return reading(claim(*money(figures), item=[line(1, *money(figures), *reasons)], **changes))


def info(category: str | dict[str, Any], **value: Any) -> dict[str, Any]:
    """Return supporting information, under a category or a code of CARIN's list of them."""
    named = concept((INFO, category)) if isinstance(category, str) else category
    return {"sequence": 1, "category": named} | value


def displayed(words: str, code: str, system: str = SNOMED) -> dict[str, Any]:
    """Return a concept of one coding with the plan's words."""
    return {"coding": [{"system": system, "code": code, "display": words}]}

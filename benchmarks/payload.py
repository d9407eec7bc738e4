"""Claims as large as real ones, 20 KB each, no two alike: a benchmark of compression must not flatter."""

import datetime as dt
import json
import random
from typing import Any

SIZE = 20_000
FHIR = "http://terminology.hl7.org/CodeSystem"
CARIN = "http://hl7.org/fhir/us/carin-bb/CodeSystem"
PRACTITIONERS, ORGANIZATIONS = 40, 8
FIRST_NAMES = ("Ana", "Ben", "Chloe", "Dev", "Ella", "Finn", "Gina", "Hugo", "Iris", "Jon", "Kira", "Luis")
LAST_NAMES = (
    "Abbott",
    "Brandt",
    "Castro",
    "Duarte",
    "Eng",
    "Foster",
    "Grant",
    "Haas",
    "Ito",
    "Jensen",
    "Kim",
)
PARTS = ("shoulder", "knee", "hip", "spine", "wrist", "ankle", "chest", "abdomen", "pelvis", "skull", "elbow")
ACTS = (
    "Radiologic examination",
    "Injection",
    "Office visit for",
    "Therapeutic exercise",
    "Ultrasound",
    "Physical therapy for",
    "Arthroscopy",
    "Biopsy of tissue",
    "Removal of foreign body",
    "Drainage of abscess",
    "Repair of wound",
    "Strapping",
)
KINDS = ("professional", "professional", "pharmacy", "institutional", "oral")
SUBTYPES = {"institutional": "outpatient"}
CATEGORIES = (
    ("submitted", f"{FHIR}/adjudication", "Submitted Amount"),
    ("eligible", f"{FHIR}/adjudication", "Eligible Amount"),
    ("benefit", f"{FHIR}/adjudication", "Benefit Amount"),
    ("deductible", f"{FHIR}/adjudication", "Deductible"),
    ("copay", f"{FHIR}/adjudication", "CoPay"),
    ("coinsurance", f"{CARIN}/C4BBAdjudication", "Coinsurance"),
    ("noncovered", f"{CARIN}/C4BBAdjudication", "Noncovered"),
    ("discount", f"{CARIN}/C4BBAdjudication", "Discount"),
    ("memberliability", f"{CARIN}/C4BBAdjudication", "Member liability"),
)


def eob(number: int, *, years: int = 5, patient: str = "bench", seed: int = 0) -> bytes:
    """Return the JSON of claim *number*: the same bytes for the same numbers."""
    dice = random.Random(seed * 1_000_003 + number)  # noqa: S311 - a reproducible benchmark
    on = dt.date(2026, 11, 20) - dt.timedelta(days=dice.randrange(365 * years))
    kind = dice.choice(KINDS)
    claim: dict[str, Any] = {
        "resourceType": "ExplanationOfBenefit",
        "id": f"{seed}-{number}-{dice.getrandbits(64):016x}",
        "meta": {
            "lastUpdated": f"{on}T{dice.randrange(24):02}:{dice.randrange(60):02}:07.000Z",
            "profile": ["http://hl7.org/fhir/us/carin-bb/StructureDefinition/C4BB-ExplanationOfBenefit"],
        },
        "identifier": [
            {
                "type": {"coding": [{"system": f"{CARIN}/C4BBIdentifierType", "code": "uc"}]},
                "system": "https://bench.example/claims",
                "value": f"{dice.getrandbits(48):015d}",
            }
        ],
        "status": "active",
        "type": {"coding": [{"system": f"{FHIR}/claim-type", "code": kind}]},
        "use": "claim",
        "patient": {"reference": f"Patient/{patient}"},
        "billablePeriod": {"start": str(on), "end": str(on + dt.timedelta(days=dice.randrange(4)))},
        "created": f"{on + dt.timedelta(days=9)}T08:30:00-05:00",
        "insurer": {"reference": "Organization/o0", "display": "Harborlight Health"},
        "provider": {"reference": f"Practitioner/p{dice.randrange(PRACTITIONERS)}"},
        "facility": {"display": f"{dice.choice(LAST_NAMES)} Medical Center"},
        "outcome": "complete",
        "careTeam": [
            {
                "sequence": n,
                "provider": {"reference": f"Practitioner/p{dice.randrange(PRACTITIONERS)}"},
                "role": {"coding": [{"system": f"{FHIR}/claimcareteamrole", "code": role}]},
            }
            for n, role in enumerate(("performing", "referring"), 1)
        ],
        "insurance": [{"focal": True, "coverage": {"reference": "Coverage/c0", "display": "Choice PPO"}}],
        "diagnosis": [_diagnosis(dice, n) for n in range(1, dice.randrange(2, 7))],
        "item": [],
        "total": _amounts(dice),
        "payment": {"date": str(on + dt.timedelta(days=21)), "amount": _money(dice.uniform(0, 900))},
    }
    if kind in SUBTYPES:
        claim["subType"] = {
            "coding": [{"system": f"{CARIN}/C4BBInstitutionalClaimSubType", "code": SUBTYPES[kind]}]
        }
    written = len(json.dumps(claim))
    while written < SIZE:
        line = _line(dice, len(claim["item"]) + 1, on)
        claim["item"].append(line)
        written += len(json.dumps(line)) + 2
    return json.dumps(claim).encode()


def places() -> dict[str, list[dict[str, Any]]]:
    """Return the people and organizations that the claims refer to, by type."""
    return {
        "Practitioner": [
            {
                "resourceType": "Practitioner",
                "id": f"p{n}",
                "name": [{"given": [FIRST_NAMES[n % 12]], "family": LAST_NAMES[n * 7 % 10]}],
            }
            for n in range(PRACTITIONERS)
        ],
        "Organization": [
            {
                "resourceType": "Organization",
                "id": f"o{n}",
                "active": True,
                "name": f"Harborlight Health {n or ''}",
            }
            for n in range(ORGANIZATIONS)
        ],
    }


def _line(dice: random.Random, number: int, on: dt.date) -> dict[str, Any]:
    act = f"{dice.choice(ACTS)} {dice.choice(PARTS)}, {dice.randrange(1, 5)} or more views or units"
    amounts = _amounts(dice)
    return {
        "sequence": number,
        "careTeamSequence": [1, 2],
        "diagnosisSequence": [1],
        "productOrService": {
            "coding": [
                {
                    "system": "https://www.cms.gov/hcpcs",
                    "code": f"G{dice.randrange(10000):04}",
                    "display": act,
                }
            ],
            "text": act,
        },
        "servicedDate": str(on + dt.timedelta(days=dice.randrange(3))),
        "locationCodeableConcept": {
            "coding": [
                {
                    "system": "https://www.cms.gov/Medicare/Coding/place-of-service-codes/Place_of_Service_Code_Set",
                    "code": dice.choice(("11", "22", "23", "12")),
                }
            ]
        },
        "quantity": {"value": dice.randrange(1, 9)},
        "net": amounts[0]["amount"],
        "noteNumber": [number],
        "adjudication": amounts,
    }


def _amounts(dice: random.Random) -> list[dict[str, Any]]:
    billed = round(dice.uniform(40, 3000), 2)
    discount, copay = round(billed * dice.uniform(0.1, 0.5), 2), float(dice.choice((0, 0, 20, 35)))
    allowed = round(billed - discount, 2)
    deductible = round(dice.choice((0, 0, 1)) * allowed * dice.random(), 2)
    coinsurance = round(max(allowed - deductible - copay, 0) * 0.2, 2)
    share = round(min(allowed, deductible + copay + coinsurance), 2)
    values = {
        "submitted": billed,
        "eligible": allowed,
        "benefit": round(allowed - share, 2),
        "deductible": deductible,
        "copay": copay,
        "coinsurance": coinsurance,
        "noncovered": 0.0,
        "discount": discount,
        "memberliability": share,
    }
    return [
        {
            "category": {"coding": [{"system": system, "code": code, "display": display}]},
            "amount": _money(values[code]),
        }
        for code, system, display in CATEGORIES
    ]


def _money(value: float) -> dict[str, Any]:
    return {"value": round(value, 2), "currency": "USD"}


def _diagnosis(dice: random.Random, number: int) -> dict[str, Any]:
    code = f"{dice.choice('EFGIJKMNRSZ')}{dice.randrange(10, 100)}.{dice.randrange(10)}"
    return {
        "sequence": number,
        "diagnosisCodeableConcept": {
            "coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code}],
            "text": f"Disorder of {dice.choice(PARTS)}, {dice.choice(('left', 'right', 'unspecified'))} side",
        },
        "type": [
            {
                "coding": [
                    {"system": f"{FHIR}/ex-diagnosistype", "code": "principal" if number == 1 else "other"}
                ]
            }
        ],
    }

"""Records of invented members for the payers of these journeys; made here, so that amounts are known."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

ADJUDICATION = "http://terminology.hl7.org/CodeSystem/adjudication"
CLAIM_TYPE = "http://terminology.hl7.org/CodeSystem/claim-type"
CARIN = "http://hl7.org/fhir/us/carin-bb/CodeSystem/C4BBAdjudication"
CLAIMS = 5
"""More than a page of the plans that are told to ask for two at once."""


@dataclass(frozen=True)
class Insured:
    """A member of such a payer: how she signs in there, and her number, from which her amounts follow."""

    login: str
    number: int

    @property
    def names(self) -> tuple[str, str]:
        """Given name and family name."""
        return self.login.capitalize(), "Quillfeather"

    @property
    def patient_id(self) -> str:
        """The id of her Patient."""
        return f"member-{self.number}"

    def amounts(self, claim: int) -> dict[str, Decimal]:
        """What was billed, taken off, paid and left to her for a claim, in dollars; they add up."""
        billed, discount, share = Decimal(100 * self.number + claim), Decimal("30.25"), Decimal("20.50")
        return {"billed": billed, "discount": discount, "paid": billed - discount - share, "share": share}

    def resources(self) -> list[dict[str, Any]]:
        """Her Patient, her Coverage and her claims."""
        return [self._patient(), self._coverage(), *map(self._claim, range(1, CLAIMS + 1))]

    def _patient(self) -> dict[str, Any]:
        given, family = self.names
        return {
            "resourceType": "Patient", "id": self.patient_id, "birthDate": f"1970-01-{self.number:02}",
            "name": [{"use": "official", "given": [given], "family": family}], "gender": "female",
        }  # fmt: skip

    def _coverage(self) -> dict[str, Any]:
        return {
            "resourceType": "Coverage", "id": f"coverage-{self.number}", "status": "active",
            "subscriberId": f"QF{self.number:06}", "relationship": {"coding": [{"code": "self"}]},
            "beneficiary": {"reference": f"Patient/{self.patient_id}"},
            "payor": [{"display": "Wrenhaven Mutual"}], "period": {"start": "2026-01-01"},
            "class": [{"type": {"coding": [{"code": "plan"}]}, "value": "W1", "name": "Wrenhaven Open"}],
        }  # fmt: skip

    def _claim(self, claim: int) -> dict[str, Any]:
        day = (date(2026, 3, 1) + timedelta(days=claim)).isoformat()
        amounts = self.amounts(claim)
        figures = [
            _figure(ADJUDICATION, "submitted", amounts["billed"]),
            _figure(CARIN, "discount", amounts["discount"]),
            _figure(ADJUDICATION, "benefit", amounts["paid"]),
            _figure(CARIN, "memberliability", amounts["share"]),
        ]
        visit = {"coding": [{"system": CLAIM_TYPE, "code": "professional"}]}
        return {
            "resourceType": "ExplanationOfBenefit", "id": f"claim-{self.number}-{claim}", "status": "active",
            "type": visit, "use": "claim", "patient": {"reference": f"Patient/{self.patient_id}"},
            "created": day, "insurer": {"display": "Wrenhaven Mutual"}, "outcome": "complete",
            "provider": {"display": "Marigold Family Clinic"},
            "insurance": [{"focal": True, "coverage": {"reference": f"Coverage/coverage-{self.number}"}}],
            "billablePeriod": {"start": day, "end": day},
            "item": [{
                "sequence": 1, "servicedDate": day, "productOrService": {"text": "Office visit"},
                "adjudication": figures,
            }],
            "total": figures,
        }  # fmt: skip


def _figure(system: str, code: str, amount: Decimal) -> dict[str, Any]:
    return {
        "category": {"coding": [{"system": system, "code": code}]},
        "amount": {"value": float(amount), "currency": "USD"},
    }

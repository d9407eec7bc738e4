"""What a claim says of the care behind it, taken from the ExplanationOfBenefit as the payer wrote it."""

from dataclasses import dataclass
from datetime import date

from apps.demo_payer.people.coding import Json, instant, ref

US_CORE = "http://hl7.org/fhir/us/core/StructureDefinition/us-core-"


@dataclass(frozen=True, slots=True)
class Visit:
    """The care of one claim; `lines` are (code, our words), `diagnoses` the codings of the claim."""

    key: str
    number: str
    kind: str
    patient: Json
    on: date
    until: date
    at: Json
    by: Json | None
    lines: tuple[tuple[str, str], ...]
    diagnoses: tuple[Json, ...]
    quantity: Json
    days: Json
    refill: int

    @property
    def reference(self) -> Json:
        """A reference to the Encounter made of it."""
        return ref("Encounter", f"visit-{self.key}")

    def made(self, resource_type: str, name: str, profile: str = "") -> Json:
        """The beginning of a record of this visit; `name` tells it from others of its type."""
        begun: Json = {
            "resourceType": resource_type,
            "id": f"{name}-{self.key}",
            "meta": {"lastUpdated": instant(self.until)},
        }
        if profile:
            begun["meta"]["profile"] = [f"{US_CORE}{profile}"]
        return begun


def visit_of(claim: Json) -> Visit | None:
    """Return the care behind a claim that stands; None for approvals, estimates, and what was taken back."""
    if claim["use"] != "claim" or claim["status"] != "active" or _relation(claim) == "replacedby":
        return None
    info = {entry["category"]["coding"][0]["code"]: entry for entry in claim.get("supportingInfo", [])}
    team = claim.get("careTeam", [])
    return Visit(
        key=claim["id"].removeprefix("eob-"),
        number=claim["identifier"][0]["value"],
        kind=(claim.get("subType") or claim["type"])["coding"][0]["code"],
        patient=claim["patient"],
        on=date.fromisoformat(claim["billablePeriod"]["start"]),
        until=date.fromisoformat(claim["billablePeriod"]["end"]),
        at=claim["provider"],
        by=team[0]["provider"] if team else None,
        lines=tuple(_line(item["productOrService"]) for item in claim["item"]),
        diagnoses=tuple(
            diagnosis["diagnosisCodeableConcept"]["coding"][0] for diagnosis in claim.get("diagnosis", [])
        ),
        quantity=claim["item"][0].get("quantity", {}),
        days=info.get("dayssupply", {}).get("valueQuantity", {}),
        refill=int(info.get("refillnum", {}).get("valueQuantity", {}).get("value", 0)),
    )


def voided_by(claim: Json) -> str:
    """Return the number of the claim that this one says never was, "" where it says nothing like that."""
    info = {entry["category"]["coding"][0]["code"]: entry for entry in claim.get("supportingInfo", [])}
    bill = info.get("typeofbill", {}).get("code", {}).get("coding", [{"code": ""}])[0]["code"]
    return str(claim["related"][0]["reference"]["value"]) if bill.endswith("8") else ""


def _relation(claim: Json) -> str:
    related = claim.get("related", [{}])[0].get("relationship", {})
    return str(related.get("coding", [{}])[0].get("code", ""))


def _line(product: Json) -> tuple[str, str]:
    coding = product["coding"][0]
    return coding["code"], product.get("text") or coding.get("display", "")

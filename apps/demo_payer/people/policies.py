"""Insurance policies: who is covered, since when, and the Coverage resources that say so."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from apps.demo_payer.people.cast import PAYER_ID, PAYER_NAME, Member
from apps.demo_payer.people.coding import OWN, THO, V2_0203, Json, coding, concept, meta, ref, usd
from apps.demo_payer.people.money import Benefits
from apps.demo_payer.people.plans import NO_LIMIT

_CLASS = f"{THO}coverage-class"
_KIND_WORDS = {
    "HIP": "health insurance plan policy",
    "DENTAL": "dental care policy",
    "VISPOL": "vision care policy",
}


@dataclass(frozen=True)
class Covered:
    """One person on a policy: how they are related to the subscriber, and since when."""

    member: Member
    relationship: str  # subscriber-relationship: self, spouse, child
    since: date


@dataclass(frozen=True)
class Policy:
    """One contract; the first person covered is the subscriber.

    `yearly` policies renew every January under a new Coverage and the old one is marked cancelled, as several
    payers do (facts: Coverage status); the others keep one Coverage without an end.
    """

    key: str
    benefits: Benefits
    kind: str  # v3-ActCode: HIP, DENTAL, VISPOL
    group: tuple[str, str]  # number and name
    covered: tuple[Covered, ...]
    yearly: bool = True

    @property
    def subscriber(self) -> Member:
        """Who holds the contract."""
        return self.covered[0].member

    def coverage_id(self, member: Member, year: int) -> str:
        """The id of the Coverage that was in force for a member in a year."""
        base = f"coverage-{self.key}-{member.number}"
        return f"{base}-{year}" if self.yearly else base

    def coverages(self, today: date) -> Iterator[Json]:
        """Every Coverage so far, oldest first within each person."""
        for person in self.covered:
            years = range(person.since.year, today.year + 1) if self.yearly else [person.since.year]
            for year in years:
                yield self._coverage(person, year, today)

    def _coverage(self, person: Covered, year: int, today: date) -> Json:
        start = max(person.since, date(year, 1, 1)) if self.yearly else person.since
        ended = self.yearly and year < today.year
        period = {"start": start.isoformat()}
        if self.yearly:
            period["end"] = date(year, 12, 31).isoformat()
        member, subscriber = person.member, ref("Patient", self.subscriber.patient_id)
        return {
            "resourceType": "Coverage",
            "id": self.coverage_id(member, year),
            "meta": meta("Coverage", date(year + 1, 1, 1) if ended else start),
            "language": "en-US",
            "identifier": [
                {
                    "type": {"coding": [coding(V2_0203, "MB", "Member Number")]},
                    "system": f"{OWN}member",
                    "value": member.number,
                    "assigner": ref("Organization", PAYER_ID, PAYER_NAME),
                }
            ],
            "status": "cancelled" if ended else "active",
            "type": concept(f"{THO}v3-ActCode", self.kind, text=_KIND_WORDS[self.kind]),
            "policyHolder": subscriber,
            "subscriber": subscriber,
            "subscriberId": self.subscriber.number[:-2],
            "beneficiary": ref("Patient", member.patient_id),
            "dependent": member.suffix,
            "relationship": concept(f"{THO}subscriber-relationship", person.relationship),
            "period": period,
            "payor": [ref("Organization", PAYER_ID, PAYER_NAME)],
            "class": [
                self._class("group", "An employee group", *self.group),
                self._class("plan", "Plan", self.benefits.code, self.benefits.name),
            ],
            "network": f"{self.benefits.name} network",
            "costToBeneficiary": self._costs(),
        }

    @staticmethod
    def _class(code: str, words: str, value: str, name: str) -> Json:
        return {"type": concept(_CLASS, code, text=words), "value": value, "name": name}

    def _costs(self) -> list[Json]:
        limits, rules = self.benefits.inside, self.benefits.rules
        costs = {"deductible": limits.deductible}
        if limits.out_of_pocket != NO_LIMIT:
            costs["maxoutofpocket"] = limits.out_of_pocket
        for code, care in (("gpvisit", "primary"), ("spvisit", "specialist"), ("emergency", "emergency")):
            if care in rules and rules[care].copay:
                costs[code] = rules[care].copay
        return [
            {"type": concept(f"{THO}coverage-copay-type", code), "valueMoney": usd(amount)}
            for code, amount in costs.items()
        ]

"""All amounts of a claim and the figure of each concept: facts claims 2 and 3, in the plainest way."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.claims.expected.signs import codings, last

MONEY = (
    *("billed", "allowed", "discount", "not_covered", "plan_paid", "paid_to_provider", "paid_to_you"),
    *("other_payer", "your_share", "deductible", "copay", "coinsurance", "you_paid", "drug_cost", "tax"),
)
PLAIN = {
    "submitted": "billed",
    "eligible": "allowed",
    "allowed": "allowed",
    "benefit": "plan_paid",
    "payment": "plan_paid",
    "paidtoprovider": "paid_to_provider",
    "paidtopatient": "paid_to_you",
    "memberliability": "liability",
    "deductible": "deductible",
    "unallocdeduct": "deductible",
    "copay": "copay",
    "copayment": "copay",
    "coinsurance": "coinsurance",
    "coins": "coinsurance",
    "noncovered": "not_covered",
    "disallowed": "not_covered",
    "discount": "discount",
    "drugcost": "drug_cost",
    "paidbypatient": "you_paid",
    "patientpay": "you_paid",
    "paidbypatientcash": "you_paid",
    "paidbypatientother": "you_paid",
    "paidbypatienthealthaccount": "you_paid",
    "priorpayerpaid": "other_payer",
    "cob": "other_payer",
    "tax": "tax",
    "eligpercent": "none",
    "allowedunits": "none",
}
STATUS = (
    *("benefitpaymentstatus", "billingnetworkstatus", "renderingnetworkstatus"),
    *("billingnetworkcontractingstatus", "denialreason", "adjustmentreason", "rejectreason"),
    *("innetwork", "outofnetwork", "other", "paid", "denied", "partiallypaid"),
)
CODES = {
    cells[0].lower(): (rank, cells[1], len(cells) > 2)
    for rank, cells in enumerate(
        line.split("\t")
        for line in (Path(__file__).parent / "codes.tsv").read_text().splitlines()
        if not line.startswith("#")
    )
}
PARTS = ("deductible", "copay", "coinsurance")


class Entry:
    """One amount of the JSON."""

    def __init__(self, category: Any, amount: Any) -> None:
        self.concept, self.rank, self.adds, self.name, self.is_cms = meaning(category)
        amount = amount if isinstance(amount, dict) else {}
        self.amount = number(amount.get("value"))
        self.currency = amount.get("currency") or "USD"


def number(value: Any) -> Decimal | None:
    """Return a JSON number."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return Decimal(value)


def meaning(category: Any) -> tuple[str, int, bool, str, bool]:
    """Return (concept, rank, adds, name, is Medicare's) of a category: facts 3, rules 1 and 2."""
    pairs = codings(category)
    plain = [re.sub("amount$", "", code.lower()).strip() for _, code in pairs]
    if not pairs and isinstance(category, dict):
        plain = [re.sub("amount$", "", str(category.get("text", "")).strip().lower()).strip()]
    for _, code in pairs:
        name = last(code).lower()
        if name in CODES:
            rank, concept, adds = CODES[name]
            if name == "clm_tot_chrg_amt" and "priorpayerpaid" in plain:
                concept = "none"
            return concept, rank, adds, name, True
    if any(code.lower() in STATUS for _, code in pairs):
        return "status", 0, False, "", False
    for code in plain:
        if code in PLAIN:
            return PLAIN[code], 1000 + list(PLAIN).index(code), False, code, False
    return "unknown", 0, False, "", False


def chosen(entries: list[Entry], concept: str) -> Decimal | None:
    """Return the amount of a concept at one place: facts 3, rule 4."""
    by_name: dict[str, Entry] = {}
    for one in entries:
        if one.concept == concept and one.amount is not None:
            by_name.setdefault(one.name, one)
    ranked = sorted(by_name.values(), key=lambda one: one.rank)
    taken = [one for one in ranked if not one.adds][:1] + [one for one in ranked if one.adds]
    if len({one.currency for one in taken}) > 1:
        taken = taken[:1]
    return sum((one.amount for one in taken if one.amount is not None), Decimal(0)) if taken else None


def is_once(entries: list[Entry], concept: str) -> bool:
    """Return whether a line states a concept once."""
    found = [one for one in entries if one.concept == concept and one.amount is not None]
    return len({one.name for one in found if not one.adds}) < 2 and len(
        {(one.name, one.amount) for one in found}
    ) == len({one.name for one in found})


class Claim:
    """All amounts of one claim by place."""

    def __init__(self, eob: dict[str, Any]) -> None:
        self.eob = eob
        self.total = [Entry(one.get("category"), one.get("amount")) for one in eob.get("total", [])]
        self.header = [Entry(one.get("category"), one.get("amount")) for one in eob.get("adjudication", [])]
        balances = [each for one in eob.get("benefitBalance", []) for each in one.get("financial", [])]
        self.balance = [Entry(one.get("type"), one.get("usedMoney")) for one in balances]
        self.balance = [one for one in self.balance if one.is_cms]
        self.lines = [
            [Entry(one.get("category"), one.get("amount")) for one in item.get("adjudication", [])]
            for item in eob.get("item", [])
            if not {code for _, code in codings(item.get("revenue"))} & {"0001", "001"}
        ]
        everywhere = [*self.total, *self.header, *self.balance, *(e for line in self.lines for e in line)]
        self.is_cms = any(one.is_cms for one in everywhere)
        payment = eob.get("payment", {}).get("amount")
        self.payment = number(payment.get("value")) if isinstance(payment, dict) else None

    def over_lines(self, concept: str) -> Decimal | None:
        """Return the sum of the lines where each states the concept once: facts 3, rule 3."""
        amounts = [chosen(line, concept) for line in self.lines]
        if not amounts or any(one is None for one in amounts):
            return None
        if len(amounts) > 1 and not all(is_once(line, concept) for line in self.lines):
            return None
        return sum((one for one in amounts if one is not None), Decimal(0))

    def of(self, concept: str) -> Decimal | None:
        """Return total, header, balance, lines: facts 3, rule 3."""
        for place in (self.total, self.header, self.balance):
            found = chosen(place, concept)
            if found is not None:
                return found
        return self.over_lines(concept)

    def plan_paid(self, kind: str) -> Decimal | None:
        """Return what the plan paid: facts 3, rule 5."""
        if self.is_cms and kind != "pharmacy" and self.payment is not None:
            return self.payment
        found = _paid(chosen(self.total, "plan_paid"), self.total)
        if found is not None or self.payment is not None:
            return self.payment if found is None else found
        for place in (self.header, self.balance):
            found = _paid(chosen(place, "plan_paid"), place)
            if found is not None:
                return found
        found = self.over_lines("plan_paid")
        if found is not None:
            return found
        return _sum(self.over_lines("paid_to_provider"), self.over_lines("paid_to_you"))

    def your_share(self, kind: str) -> Decimal | None:
        """Return the member's share: facts 3, rule 6."""
        stated, parts = self.of("liability"), _sum(*(self.of(part) for part in PARTS))
        if kind == "pharmacy" and self.is_cms and self.of("you_paid") is not None:
            return self.of("you_paid")
        if stated is not None:
            return parts if stated == 0 and parts else stated
        if parts is None and kind == "pharmacy":
            return self.of("you_paid")
        return parts


def _paid(benefit: Decimal | None, place: list[Entry]) -> Decimal | None:
    if benefit is not None:
        return benefit
    return _sum(chosen(place, "paid_to_provider"), chosen(place, "paid_to_you"))


def _sum(*amounts: Decimal | None) -> Decimal | None:
    known = [one for one in amounts if one is not None]
    return sum(known, Decimal(0)) if known else None

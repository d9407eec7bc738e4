"""A plan's own counts toward yearly limits, where `benefitBalance` is what its definition says (FHIR R4).

Blue Button writes the claim's own money there instead: its types are never a balance (facts claims 1.27).
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final, Literal

from apps.fhir import values
from apps.fhir.values import Amount, Concept
from apps.kinds.claim.reading.shapes import BenefitBalance, Explanation, Financial
from apps.kinds.claim.records import Balance

_CONCEPTS: Final[dict[tuple[str, str], Literal["deductible", "out_of_pocket"]]] = {
    ("benefit-type", "deductible"): "deductible",
    ("coverage-copay-type", "deductible"): "deductible",
    ("coverage-copay-type", "maxoutofpocket"): "out_of_pocket",
}
"""By code system (the end of its address) and code; no system means that of the binding, benefit-type."""
_WHOSE: Final[dict[str, Literal["individual", "family"]]] = {"individual": "individual", "family": "family"}
_NETWORKS: Final[dict[str, Literal["in", "out"]]] = {"in": "in", "out": "out"}


def balances(claim: Explanation) -> tuple[Balance, ...]:
    """Return every count toward a yearly limit that the plan states with the claim, each once."""
    return tuple(dict.fromkeys(one for balance in claim.benefit_balance for one in _of(balance)))


def _of(balance: BenefitBalance) -> Iterator[Balance]:
    terms = {code.lower() for code in values.codes(balance.term)}
    if balance.excluded is True or (balance.term is not None and terms != {"annual"}):
        return
    for financial in balance.financial:
        concept = _concept(financial.type)
        allowed, used = _amount(financial.allowed_money), _amount(financial.used_money)
        units = {unit for unit in (_unit(financial, "allowed"), _unit(financial, "used")) if unit}
        if concept and len(units) == 1:
            yield Balance(
                concept,
                units.pop(),
                allowed,
                used,
                _told(balance.unit, _WHOSE),
                _told(balance.network, _NETWORKS),
            )


def _concept(concept: Concept | None) -> Literal["deductible", "out_of_pocket"] | None:
    codings = concept.coding if concept else ()
    known = {
        _CONCEPTS.get(
            (values.last_part(coding.system or "benefit-type").lower(), (coding.code or "").lower())
        )
        for coding in codings
    }
    return known.pop() if len(known) == 1 else None


def _amount(amount: Amount | None) -> Decimal | None:
    """Return an amount that can be one of a limit: never below zero."""
    value = values.number(amount.value) if amount else None
    return value if value is not None and value >= 0 else None


def _unit(financial: Financial, name: Literal["allowed", "used"]) -> str:
    amount: Amount | None = getattr(financial, f"{name}_money")
    return (values.currency(amount.currency) or "USD") if amount and _amount(amount) is not None else ""


def _told[T: str](concept: Concept | None, known: Mapping[str, T]) -> T | Literal[""]:
    told = {known[code.lower()] for code in values.codes(concept) if code.lower() in known}
    return told.pop() if len(told) == 1 else ""

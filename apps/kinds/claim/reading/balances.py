"""Limits of a plan's year that it states with a claim, and how much of each is used.

In `benefitBalance` Blue Button writes the claim's own money and days, which are no balance (1.27); elsewhere
it is what its definition says (FHIR R4).
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
_GENERAL: Final = frozenset(
    {("ex-benefitcategory", "1"), ("ex-benefitcategory", "30"), ("1365", "1"), ("1365", "30")}
)
"""Categories that are medical care as a whole, by code system and code; 1365 is X12's list."""
_GENERAL_WORDS: Final = frozenset({"", "medical", "medical care", "overall", "health benefit plan coverage"})
_WHOSE: Final[dict[str, Literal["individual", "family"]]] = {"individual": "individual", "family": "family"}
_NETWORKS: Final[dict[str, Literal["in", "out"]]] = {"in": "in", "out": "out"}


def balances(claim: Explanation) -> tuple[Balance, ...]:
    """Return every count toward a yearly limit that the plan states with the claim, each once."""
    return tuple(dict.fromkeys(limit for balance in claim.benefit_balance for limit in _limits(balance)))


def _limits(balance: BenefitBalance) -> Iterator[Balance]:
    terms = {code.lower() for code in values.codes(balance.term)}
    is_yearly = balance.term is None or terms == {"annual"}
    if balance.excluded is True or not is_yearly or not _is_general(balance):
        return
    for financial in balance.financial:
        concept = _concept(financial.type)
        allowed, used = _never_less(financial.allowed_money), _never_less(financial.used_money)
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


def _is_general(balance: BenefitBalance) -> bool:
    """Whether a balance is of care as a whole: one of equipment, say, is no limit of the plan's year."""
    category = balance.category or Concept()
    codings_are = (
        (values.last_part(coding.system or "ex-benefitcategory").lower(), (coding.code or "").strip().lower())
        in _GENERAL
        or _is_general_word(coding.code or coding.display)
        for coding in category.coding
    )
    return all((*codings_are, _is_general_word(category.text), _is_general_word(balance.name)))


def _is_general_word(words: str | None) -> bool:
    return (words or "").strip().lower() in _GENERAL_WORDS


def _concept(concept: Concept | None) -> Literal["deductible", "out_of_pocket"] | None:
    codings = concept.coding if concept else ()
    meanings = {
        _CONCEPTS.get(
            (values.last_part(coding.system or "benefit-type").lower(), (coding.code or "").lower())
        )
        for coding in codings
    }
    return meanings.pop() if len(meanings) == 1 else None


def _never_less(amount: Amount | None) -> Decimal | None:
    """Return an amount that can be one of a limit: never below zero."""
    value = values.number(amount.value) if amount else None
    return value if value is not None and value >= 0 else None


def _unit(financial: Financial, name: Literal["allowed", "used"]) -> str:
    amount: Amount | None = getattr(financial, f"{name}_money")
    return (values.currency(amount.currency) or "USD") if amount and _never_less(amount) is not None else ""


def _told[T: str](concept: Concept | None, meanings: Mapping[str, T]) -> T | Literal[""]:
    meant = {meanings[code.lower()] for code in values.codes(concept) if code.lower() in meanings}
    return meant.pop() if len(meant) == 1 else ""

"""The amounts of a record in the columns of a spreadsheet; pure."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from apps.kinds.claim.records import Disagreement, Money

FIGURES: Final = (
    "billed",
    "discount",
    "reduction",
    "not_covered",
    "allowed",
    "plan_paid",
    "other_payer",
    "your_share",
    "deductible",
    "copay",
    "coinsurance",
    "you_paid",
    "paid_to_provider",
    "paid_to_you",
    "drug_cost",
    "tax",
)
"""Fields of `Money`, in the order of the columns."""
_PARTS_OF_BILL: Final = ("discount", "reduction", "not_covered", "plan_paid", "other_payer", "your_share")


def by_currency(money: Money) -> list[tuple[str | None, list[Decimal | None]]]:
    """Amounts of different currencies never share a row, because a column is there to be added up."""
    figures = [getattr(money, name) for name in FIGURES]
    currencies = dict.fromkeys(figure.unit for figure in figures if figure.is_known)
    return [
        (currency, [figure.amount if figure.unit == currency else None for figure in figures])
        for currency in currencies
    ] or [(None, [None] * len(FIGURES))]


def left_over(figures: Mapping[str, Decimal | None]) -> Decimal | None:
    """What the columns of a row leave of the bill (or of the cost of the drug): with it they add up."""
    whole = figures["drug_cost"] if figures["billed"] is None else figures["billed"]
    if whole is None or figures["your_share"] is None:
        return None
    return whole - sum((figures[name] or Decimal(0) for name in _PARTS_OF_BILL), Decimal(0))


def disagreement(one: Disagreement) -> str:
    """The figures that contradict each other, the one in the column first: `plan_paid: 2855.94 or 0`."""
    amounts = [
        format(figure.amount, "f") for figure in (one.chosen, *one.others) if figure.amount is not None
    ]
    return f"{one.concept}: {' or '.join(dict.fromkeys(amounts))}"

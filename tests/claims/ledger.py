"""Every amount in the JSON of a claim against every amount its record tells: none lost, none invented.

The walk over the JSON is written here once more and shares nothing with the reader but the way places are
written: `item[0].adjudication[2]`, lists counted among their objects, one object in place of a list as a list
of one, and a list of one in place of an object as that.
"""

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from apps.kinds.claim.reading.money import PAID_TO
from apps.kinds.claim.records import ClaimRecord, Figure, Line, Money
from tests.oracle.categories import category

CONCEPTS = {
    "billed": "billed",
    "allowed": "allowed",
    "benefit": "plan_paid",
    "paid to provider": "paid_to_provider",
    "paid to patient": "paid_to_you",
    "liability": "your_share",
    "deductible": "deductible",
    "blood deductible": "deductible",
    "copay": "copay",
    "coinsurance": "coinsurance",
    "not covered": "not_covered",
    "drug cost": "drug_cost",
    "extra help": "discount",
    "manufacturer": "discount",
    "paid by patient": "you_paid",
    "second payer": "other_payer",
    "other payer": "other_payer",
}
"""What the second reading calls a category -> the field of `Money`; it leaves others open."""
LISTS = ("total", "adjudication", "item", "addItem", "benefitBalance", "financial", "detail", "subDetail")
MONEY = ("amount", "net", "unitPrice", "usedMoney", "allowedMoney", "adjustment", "valueMoney")
STATUSES = (
    *("benefitpaymentstatus", "denialreason", "adjustmentreason", "rejectreason", "billingnetworkstatus"),
    *("innetwork", "outofnetwork"),
)
"""Codes whose zero says nothing, whatever stands beside them: facts 2.3."""
SKIPPED = ("contained", "meta", "text")
Amounts = dict[str, Decimal]
LARGEST = Decimal(10) ** 12


def parsed(body: bytes) -> Any:
    """Return the JSON with exact numbers."""
    return json.loads(body, parse_float=Decimal)


def usable(value: Any) -> Decimal | None:
    """Return what may be taken for an amount: a plain number of sensible size, as number or as text."""
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,30}(\.[0-9]{1,30})?", value.strip()):
        value = Decimal(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not Decimal(value).is_finite():
        return None
    exact = Decimal(value)
    exponent = exact.as_tuple().exponent
    is_sensible = isinstance(exponent, int) and exponent >= -30 and exact.adjusted() <= 12
    return exact if is_sensible and abs(exact) <= LARGEST else None


def well_typed(category: Any) -> dict[str, Any]:
    """Return what is text where a category has text, and nothing else of it."""
    category = only(category)
    category = {"text": category} if isinstance(category, str) else category
    category = category if isinstance(category, dict) else {}
    codings = category.get("coding")
    codings = codings if isinstance(codings, list) else [codings]
    kept = [texts(one, "system", "code") for one in map(only, codings) if isinstance(one, dict)]
    return {"coding": kept} | texts(category, "text")


def texts(beside: dict[str, Any], *names: str) -> dict[str, str]:
    """Return what of these names is text, or a list of one text."""
    return {name: value for name in names if isinstance(value := only(beside.get(name)), str)}


def only(value: Any) -> Any:
    """Return the one element of a list that stands where an object belongs."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value


def in_json(tree: dict[str, Any]) -> tuple[Amounts, dict[str, str]]:
    """Return every amount of the claim by its place, and its concept where it stands beside a category."""
    amounts: Amounts = {}
    concepts: dict[str, str] = {}
    balances = iter(range(10**6))

    def visit(here: str, beside: dict[str, Any]) -> None:
        for name, sent in beside.items():
            if not here and name in SKIPPED:
                continue
            stated = only(sent) if name in (*MONEY, "payment") else sent
            is_bare = name in (*MONEY, "payment") and usable(stated) is not None  # it stands for its object
            value = {"amount" if name == "payment" else "value": stated} if is_bare else stated
            objects = [value] if isinstance(value, dict) else value if isinstance(value, list) else []
            is_list = isinstance(value, list) or name in LISTS
            for index, each in enumerate(one for one in map(only, objects) if isinstance(one, dict)):
                place = f"{here}.{name}" if here else name
                place += f"[{index}]" if is_list else ""
                if re.fullmatch(r"benefitBalance\[\d+\]\.financial\[\d+\]", place):
                    place = f"benefitBalance.financial[{next(balances)}]"
                if name in MONEY or ("value" in each and "currency" in each):
                    entry(here, name, place, each, beside)
                else:
                    visit(place, each)

    def entry(here: str, name: str, place: str, each: dict[str, Any], beside: dict[str, Any]) -> None:
        amount = usable(each.get("value"))
        if amount is None:
            return
        # Of several amounts in the place of one, each has a place of its own.
        is_entry = name in ("amount", "usedMoney") and here.endswith("]") and not place.endswith("]")
        path = here if is_entry else place
        amounts[path] = amount
        sent = well_typed(beside.get("type") if name == "usedMoney" else beside.get("category"))
        is_status = not amount and any(one.get("code") in STATUSES for one in sent["coding"])
        is_told = path == here and not is_status
        concepts[path] = CONCEPTS.get(category(sent).concept, "") if is_told else ""

    visit("", tree)
    return amounts, concepts


def is_smuggled(path: str, amounts: Amounts, concepts: dict[str, str]) -> bool:
    """Return whether an amount is a status in disguise: 1.5, and Medicare's total that is always 0: 2.4."""
    return amounts[path] == 0 and not concepts[path]


def figures(record: ClaimRecord) -> Iterator[tuple[str, Figure]]:
    """Return every figure with the field it stands in, "" for what is told beside the story."""
    for money in (record.money, *(line.money for line in record.lines)):
        # A share or a sum made of parts comes last: the parts say better what they are.
        for name in sorted(
            money.__struct_fields__, key=lambda one: (one == "your_share", one == "plan_paid")
        ):
            yield name, getattr(money, name)
    for detail in (*record.details, *(one for line in record.lines for one in line.details)):
        yield "", detail.figure
    for one in record.disagreements:
        for figure in (one.chosen, *one.others):
            yield "", figure
    for sent in record.also_sent:
        if sent.figure:
            yield "", sent.figure


def told(record: ClaimRecord) -> dict[str, str]:
    """Return every place the record speaks of, with the field that speaks of it first."""
    found: dict[str, str] = {}
    for name, figure in figures(record):
        if name != "reduction" and figure.source:
            for where in (figure.source.path, *figure.source.same_at, *figure.source.zeros_at):
                for path in where.split(" + "):
                    found.setdefault(path, name)
    return found


def _over_lines(lines: tuple[Line, ...], name: str, *, is_partial: bool) -> Decimal | None:
    """Return the sum of what all lines say; of a part of the share, of one who was paid, or of what is said
    to be *partial*, also where only some lines say it."""
    amounts = [getattr(line.money, name).amount for line in lines if not line.is_total]
    if None in amounts and not is_partial and name not in ("deductible", "copay", "coinsurance", *PAID_TO):
        return None
    return sum((amount for amount in amounts if amount is not None), Decimal(0))


def check(body: bytes, record: ClaimRecord) -> None:
    """Assert that no amount is lost, none invented, and none changed."""
    amounts, concepts = in_json(parsed(body))
    places = told(record)
    kept = {(path.rpartition("[")[0], concepts[path], amounts[path]) for path in amounts if path in places}
    lost = [
        path
        for path in amounts
        if path not in places
        and not is_smuggled(path, amounts, concepts)
        # What the same list says twice of the same is told once.
        and not (concepts[path] and (path.rpartition("[")[0], concepts[path], amounts[path]) in kept)
    ]
    assert not lost, f"lost: {lost}"
    for name, figure in figures(record):
        _check_figure(name, figure, amounts, record)
    for path, concept in concepts.items():
        assert places.get(path, "") in ("", concept or places.get(path)), f"{path}: {concept}"


def _check_figure(name: str, figure: Figure, amounts: Amounts, record: ClaimRecord) -> None:
    """A figure is exactly what stands at its place, or exactly the sum of what stands at its places."""
    if figure.amount is None:
        assert figure.source is None
        return
    assert figure.source is not None, f"{name} {figure.amount} comes from nowhere"
    if name == "reduction":
        assert figure.amount == _needed(record.money, "bill") - _needed(record.money, "allowed")
        return
    for where in (figure.source.path, *figure.source.same_at):
        if "item.adjudication" in where.split(" + "):
            assert (
                not name
                or name == "your_share"
                or figure.amount == _over_lines(record.lines, name, is_partial=figure.source.partial > 0)
            )
        else:
            assert figure.amount == sum((amounts[path] for path in where.split(" + ")), Decimal(0)), where
    assert not any(amounts.get(path) for path in figure.source.zeros_at), figure.source.zeros_at


def _needed(money: Money, name: str) -> Decimal:
    amount = getattr(money, name).amount
    assert isinstance(amount, Decimal)
    return amount

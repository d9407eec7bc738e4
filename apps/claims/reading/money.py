"""From coded amounts to one figure per concept and place: equal names once, no guessing (facts 3.3, 3.4)."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from msgspec import structs

from apps.claims.reading import concepts
from apps.claims.reading.concepts import Meaning, Place
from apps.claims.reading.shapes import Adjudication, Explanation
from apps.claims.records import NOT_SHARED, Detail, Figure, Money, Source
from apps.fhir import values
from apps.plain_language.language import said

PARTS = ("deductible", "copay", "coinsurance")
CONCEPTS = tuple(name for name in Money.__struct_fields__ if name not in ("your_share", "reduction"))


class Entry(NamedTuple):
    """One amount as the plan sent it."""

    meaning: Meaning
    figure: Figure


class Choice(NamedTuple):
    """The figure of one concept at one place; `rest` is not in it; `is_clean` lets lines be summed."""

    figure: Figure = NOT_SHARED
    rest: tuple[Entry, ...] = ()
    is_clean: bool = True
    is_extra: bool = False
    """Made only of amounts that come in addition to others (the deductible for blood)."""


Choices = dict[str, Choice]
NOTHING = Choice()


class Book(NamedTuple):
    """All amounts of a claim: by place of the header, and by line (pseudo lines left out)."""

    places: dict[Place, Choices]
    payment: Figure
    adjustment: Figure
    lines: tuple[Choices, ...]
    is_cms: bool

    def at(self, place: Place, concept: str) -> Figure:
        """Return the figure of a concept at a place of the header."""
        return self.places[place].get(concept, NOTHING).figure

    def compared_at(self, place: Place, concept: str) -> Figure:
        """Return the same as far as it can be compared with other places: not what only comes in addition."""
        choice = self.places[place].get(concept, NOTHING)
        return NOT_SHARED if choice.is_extra else choice.figure


def book(claim: Explanation, lines: tuple[Choices, ...]) -> Book:
    """Collect the header's amounts; *lines* are what `choices` gave for each real line."""
    balances = tuple(financial for balance in claim.benefit_balance for financial in balance.financial)
    as_adjudication = tuple(Adjudication(category=one.type, amount=one.used_money) for one in balances)
    found: dict[Place, tuple[Entry, ...]] = {
        "T": entries(claim.total, "total"),
        "A": entries(claim.adjudication, "adjudication"),
        # Only Medicare's names: elsewhere it is what is left of a benefit, not this claim's money.
        "B": tuple(
            entry for entry in entries(as_adjudication, "benefitBalance.financial") if entry.meaning.is_cms
        ),
    }
    is_cms = any(entry.meaning.is_cms for group in found.values() for entry in group)
    is_cms = is_cms or any(_is_cms(one) for item in claim.item[:50] for one in item.adjudication)
    return Book(
        places={place: choices(group) for place, group in found.items()},
        payment=figure(claim.payment.amount, said("Payment of the claim"), "payment.amount"),
        adjustment=figure(claim.payment.adjustment, said("Change of the payment"), "payment.adjustment"),
        lines=lines,
        is_cms=is_cms,
    )


def _is_cms(adjudication: Adjudication) -> bool:
    return concepts.meaning(adjudication.category).is_cms


def entries(adjudications: Iterable[Adjudication], path: str) -> tuple[Entry, ...]:
    """Return what carries an amount; statuses, reasons, units and weights are no money."""
    found = []
    for index, one in enumerate(adjudications):
        if one.amount is None:
            continue
        meaning = concepts.meaning(one.category)
        if meaning.concept in ("status", "ignore", "unknown"):
            continue  # what is neither status nor zero is kept by `also_sent`
        seen = figure(one.amount, meaning.label, f"{path}[{index}]", meaning.name)
        if seen.is_known:
            found.append(Entry(meaning, seen))
    return tuple(found)


def figure(amount: values.Amount | None, label: str, path: str, code: str | None = None) -> Figure:
    """Return an amount of the plan's data with its source; `NOT_SHARED` when there is no usable number."""
    seen = values.amount(amount)
    return Figure(seen[0], seen[1], Source(label, path, code)) if seen else NOT_SHARED


def choices(group: Sequence[Entry]) -> Choices:
    """Group entries of one place by concept and choose among those of one concept."""
    by_concept: dict[str, list[Entry]] = {}
    for entry in group:
        by_concept.setdefault(entry.meaning.concept, []).append(entry)
    details = tuple(by_concept.pop("detail", ()))
    chosen = {concept: _choose(found) for concept, found in by_concept.items()}
    if details:
        chosen["detail"] = Choice(rest=details)
    return chosen


def _choose(group: list[Entry]) -> Choice:
    first_of_name: dict[str, Entry] = {}
    rest: list[Entry] = []
    repeats: list[Entry] = []
    for entry in group:
        kept = first_of_name.setdefault(entry.meaning.name, entry)
        if kept is not entry:
            (repeats if same(kept.figure, entry.figure) else rest).append(entry)
    is_clean = not rest
    ranked = sorted(first_of_name.values(), key=lambda entry: entry.meaning.rank)
    alternatives = [entry for entry in ranked if not entry.meaning.adds]
    counted = alternatives[:1] + [entry for entry in ranked if entry.meaning.adds]
    rest += alternatives[1:]
    added = add([entry.figure for entry in counted], counted[0].meaning.label)
    if not added.is_known:  # different currencies: take the first, show the others as they are
        added, rest = counted[0].figure, rest + counted[1:]
    if len(counted) == 1:
        added = agreeing(added, [entry.figure for entry in repeats if entry.meaning == counted[0].meaning])
        repeats = [entry for entry in repeats if entry.meaning != counted[0].meaning]
    return Choice(added, (*rest, *repeats), is_clean and len(alternatives) < 2, not alternatives)


def same(one: Figure, other: Figure) -> bool:
    """Return whether two figures are one amount of one currency."""
    return one.amount == other.amount and one.unit == other.unit


def agreeing(figure: Figure, others: Iterable[Figure]) -> Figure:
    """Return *figure* with the places where the plan says the same, so that none of its amounts is lost."""
    paths = [other.source.path for other in others if other.source]
    if figure.source is None or not paths:
        return figure
    source = structs.replace(figure.source, same_at=tuple(dict.fromkeys((*figure.source.same_at, *paths))))
    return structs.replace(figure, source=source)


def paths(figures: Iterable[Figure]) -> Iterator[str]:
    """Return every place of the plan's data that figures speak of."""
    for figure in figures:
        for where in (figure.source.path, *figure.source.same_at) if figure.source else ():
            yield from re.split(r" [+-] ", where)


def add(figures: Sequence[Figure], label: str, path: str | None = None) -> Figure:
    """Return the sum of figures of one currency; `NOT_SHARED` when one is absent or currencies differ."""
    if not figures or len({one.unit for one in figures}) > 1:
        return NOT_SHARED
    total = Decimal(0)
    for one in figures:
        if one.amount is None:
            return NOT_SHARED
        total += one.amount
    if len(figures) == 1 and path is None:
        return figures[0]
    sources = [one.source for one in figures if one.source]
    names = dict.fromkeys(source.code for source in sources if source.code)
    where = path or " + ".join(source.path for source in sources)
    currency = next((one.currency for one in figures if one.currency), None)
    return Figure(total, currency, Source(label, where, " + ".join(names) or None, len(figures)))


def over_lines(lines: Sequence[Choices], concept: str) -> Figure:
    """Return the sum of a concept over all lines, only where every line states it once (facts 3.3)."""
    found = [line.get(concept, NOTHING) for line in lines]
    if len(found) == 1:
        return found[0].figure  # nothing to add up, so nothing to count twice
    if not all(choice.is_clean for choice in found):
        return NOT_SHARED
    label = concepts.LABELS.get(concept, concept)
    return add([choice.figure for choice in found], label, "item.adjudication")


def paid_out(to_provider: Figure, to_you: Figure) -> Figure:
    """Return what the plan paid to provider and member together; one of them alone stands for itself."""
    known = [one for one in (to_provider, to_you) if one.is_known]
    return add(
        known, said("Paid to the provider and to you") if len(known) > 1 else concepts.LABELS["plan_paid"]
    )


def details(found: Choices) -> tuple[Detail, ...]:
    """Return what is shown only behind "more details": unknown names and alternatives not taken."""
    return tuple(
        Detail(entry.meaning.label or entry.meaning.name, entry.figure)
        for choice in found.values()
        for entry in choice.rest
    )


def of_line(found: Choices, *, is_drug: bool) -> Money:
    """Return the money of one line."""
    plain = {concept: found[concept].figure for concept in CONCEPTS if concept in found}
    paid = plain.get("plan_paid") or paid_out(
        plain.get("paid_to_provider", NOT_SHARED), plain.get("paid_to_you", NOT_SHARED)
    )
    stated = found.get("liability", NOTHING).figure
    if not stated.is_known and is_drug:
        stated = plain.get("you_paid", NOT_SHARED)
    share = stated if stated.is_known else parts_of_share(plain)
    return Money(**(plain | {"plan_paid": paid, "your_share": share}))


_LISTED = {
    ("deductible",): said("What your plan lists as yours (deductible)"),
    ("copay",): said("What your plan lists as yours (copay)"),
    ("coinsurance",): said("What your plan lists as yours (coinsurance)"),
    ("deductible", "copay"): said("What your plan lists as yours (deductible, copay)"),
    ("deductible", "coinsurance"): said("What your plan lists as yours (deductible, coinsurance)"),
    ("copay", "coinsurance"): said("What your plan lists as yours (copay, coinsurance)"),
    PARTS: said("What your plan lists as yours (deductible, copay, coinsurance)"),
}
"""A whole text for each combination, so that it can be translated."""


def parts_of_share(figures: Mapping[str, Figure]) -> Figure:
    """Return deductible + copay + coinsurance as far as stated.

    A lone zero says nothing: a plan that lists only a deductible of 0 has not said that you pay nothing.
    """
    known = {name: figures[name] for name in PARTS if name in figures and figures[name].is_known}
    added = add(list(known.values()), "")
    if added.source is None or (len(known) == 1 and not added.amount):
        return NOT_SHARED
    source = Source(_LISTED[tuple(known)], added.source.path, added.source.code, len(known))
    return Figure(added.amount, added.currency, source)

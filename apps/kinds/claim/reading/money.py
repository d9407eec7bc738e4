"""From coded amounts to one figure per concept and place: equal names once, no guessing (facts 3.3, 3.4)."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Final, NamedTuple

import msgspec
from msgspec import structs

from apps.fhir.values import Amount, currency, number
from apps.kinds.claim.reading import categories, concepts, decisions
from apps.kinds.claim.reading.categories import Category
from apps.kinds.claim.reading.concepts import NO_MONEY, Meaning, Place
from apps.kinds.claim.reading.figures import (
    SUM_OF_LINES,
    SUM_WITH_ADDED,
    add,
    agreeing,
    by_lines,
    paid_out,
    same,
    tells_payee,
)
from apps.kinds.claim.reading.shapes import Adjudication, Explanation
from apps.kinds.claim.records import NOT_SHARED, Detail, Figure, Money, Source
from apps.plain_language.language import said

PAID_TO: Final = ("paid_to_provider", "paid_to_you")

CONCEPTS = tuple(name for name in Money.__struct_fields__ if name not in ("your_share", "reduction"))
FIELDS = frozenset(CONCEPTS)


class Choice(msgspec.Struct, frozen=True, gc=False):
    """The figure of one concept at one place; `rest` is not in it; `is_clean` lets lines be summed."""

    figure: Figure
    rest: tuple["Entry", ...]
    is_clean: bool
    is_extra: bool
    """Made only of amounts that come in addition to others (the deductible for blood)."""


class Entry(Choice, frozen=True):
    """One amount as the plan sent it; where it is alone there is nothing else to choose."""

    meaning: Meaning
    why: str = ""
    """The adjustment and group that it is said to be for: "CO 45"."""


Choices = Mapping[str, Choice]
NOTHING = Choice(NOT_SHARED, (), True, False)


class Book(NamedTuple):
    """All amounts of a claim: by place of the header, and summed over the lines (pseudo lines left out)."""

    places: dict[Place, Choices]
    header: tuple[Choices, ...]
    """The places that hold anything, best first; mostly there is one."""
    payment: Figure
    adjustment: Figure
    lines: Mapping[str, Figure]
    each_line: Sequence[Choices]
    is_cms: bool
    booked: tuple[Figure, ...]
    """Every amount of the header, as sent: each is told somewhere in the story."""
    repeated: frozenset[str] = frozenset()
    """Concepts of which a place of the header or a line states more than its first figure."""
    sum_at: str = SUM_OF_LINES
    is_payment_apart: bool = False
    """The payment is no telling of what the plan paid for this claim (`payments.apart`)."""
    net: Figure = NOT_SHARED
    """What the totals of all lines come to (R4 `item.net`, quantity by unit price), where each has one."""

    def with_lines(self, lines: Sequence[Choices]) -> "Book":
        """Return the same header over other lines: those that the plan added, in place of others."""
        sums = {concept: _over_lines(lines, concept, SUM_WITH_ADDED) for concept in lines[0]}
        sums |= _by_payee(lines, SUM_WITH_ADDED)
        repeated = self.repeated | _repeated(lines)
        return self._replace(lines=sums, each_line=lines, repeated=repeated, sum_at=SUM_WITH_ADDED)

    def with_repeats_added(self) -> "Book":
        """Return it with what a place of the header states again under one name added, as if these were parts
        of a whole; itself where nothing is stated so. No sum proves that of what the member paid."""
        places: dict[Place, Choices] = {
            place: {
                concept: choice if concept == "you_paid" else with_repeats(choice)
                for concept, choice in choices.items()
            }
            for place, choices in self.places.items()
        }
        if places == self.places:
            return self
        return self._replace(places=places, header=tuple(choices for choices in places.values() if choices))

    def is_in_header(self, concept: str) -> bool:
        """Return whether a place of the header states a concept."""
        return any(concept in choices for choices in self.header)

    @property
    def only_line(self) -> Sequence[Choices]:
        """The line, where there is one alone: what it states is no sum."""
        return self.each_line if len(self.each_line) == 1 else ()

    def at(self, place: Place, concept: str) -> Figure:
        """Return the figure of a concept at a place of the header."""
        return self.places[place].get(concept, NOTHING).figure

    def over_lines(self, concept: str) -> Figure:
        """Return the sum of a concept over all lines, only where every line states it once (facts 3.3)."""
        return self.lines.get(concept, NOT_SHARED)

    def is_clean(self, concept: str) -> bool:
        """Return whether no line states a concept in two ways that differ."""
        return all(line[concept].is_clean for line in self.each_line if concept in line)

    def adds_by_lines(self, concept: str) -> bool:
        """Return whether all that lines state of a concept comes in addition to what stands elsewhere."""
        stated = [line[concept] for line in self.each_line if concept in line]
        return bool(stated) and all(choice.is_extra for choice in stated)

    def ways_over_lines(self, concept: str) -> list[Figure]:
        """Return the sum over those lines that state a concept, for each way in which they state it.

        Mostly there is one way; Medicare's lines state a coinsurance adjusted, and reduced beside it. Nothing
        where one of several lines states one way twice, or only some state it and one of them with a minus.
        """
        whole, stated = (
            self.over_lines(concept),
            [line[concept] for line in self.each_line if concept in line],
        )
        if whole.amount is not None and not [choice for choice in stated if choice.rest]:
            return [whole]  # nearly always: every line states it, and once
        is_partial = len(stated) < len(self.each_line)
        if not stated and concept == "billed":
            return [self.net]
        if not stated or (is_partial and any((choice.figure.amount or 0) < 0 for choice in stated)):
            return []
        if len(self.each_line) == 1:  # here one way twice is two amounts, and there is no sum to make
            return [stated[0].figure, *[entry.figure for entry in stated[0].rest]]
        others = [{entry.meaning.name: entry.figure for entry in choice.rest} for choice in stated]
        for choice, by_name in zip(stated, others, strict=True):
            if len(by_name) < len(choice.rest) or choice.figure.origin.code in by_name:
                return []
        label = concepts.LABELS.get(concept, concept)
        names = dict.fromkeys(name for by_name in others for name in by_name)
        ways = [[choice.figure for choice in stated]] + [
            [by_name.get(name, choice.figure) for choice, by_name in zip(stated, others, strict=True)]
            for name in names
        ]
        return [add(figures, label, self.sum_at) for figures in ways]


def book(claim: Explanation, lines: Sequence[Choices], *, is_cms: bool) -> Book:
    """Collect the header's amounts.

    *lines* are what `choices` gave for each real line; *is_cms* when some of their names are Medicare's.
    """
    as_adjudication = [
        Adjudication(category=financial.type, amount=financial.used_money)
        for balance in claim.benefit_balance
        for financial in balance.financial
    ]
    entries_at: dict[Place, list[Entry]] = {
        "T": entries(claim.total, "total"),
        "A": entries(claim.adjudication, "adjudication"),
        # Only Medicare's names: elsewhere it is what is left of a benefit, not this claim's money.
        "B": [
            entered_amount
            for entered_amount in entries(as_adjudication, "benefitBalance.financial")
            if entered_amount.meaning.is_cms
        ],
    }
    places = {place: choices(group) for place, group in entries_at.items()}
    payment = figure(claim.payment.amount, said("Payment of the claim"), "payment.amount")
    adjustment = figure(claim.payment.adjustment, said("Change of the payment"), "payment.adjustment")
    entered = [entry for group in entries_at.values() for entry in group]
    header = tuple([choices_there for choices_there in places.values() if choices_there])
    return Book(
        places=places,
        header=header,
        payment=payment,
        adjustment=adjustment,
        # What the first line does not state is not stated by every line.
        lines={concept: _over_lines(lines, concept) for concept in (lines[0] if lines else ())}
        | ({} if set(PAID_TO).isdisjoint(chain.from_iterable(lines)) else _by_payee(lines, SUM_OF_LINES)),
        each_line=lines,
        is_cms=is_cms or any(entry.meaning.is_cms for entry in entered),
        repeated=_repeated((*header, *lines)),
        booked=(
            *[entry.figure for entry in entered],
            *[figure_sent for figure_sent in (payment, adjustment) if figure_sent.is_known],
        ),
    )


def _repeated(places: Iterable[Choices]) -> frozenset[str]:
    """Return the concepts of which any of *places* states more than its first figure."""
    return frozenset([name for choices in places for name, choice in choices.items() if choice.rest])


def entries(
    adjudications: Sequence[Adjudication], path: str, categories_known: Sequence[Category] | None = None
) -> list[Entry]:
    """Return what carries an amount; statuses, reasons, units and weights are no money.

    *path* says where they stand, *categories_known* are their categories where somebody looked them up
    already.
    """
    kept: list[Entry] = []
    if not adjudications:
        return kept
    categories_known = categories_known or [
        categories.known_category[adjudication.category] for adjudication in adjudications
    ]
    for index, (adjudication, category) in enumerate(zip(adjudications, categories_known, strict=True)):
        amount, meaning = adjudication.amount, category.meaning
        if amount is None:
            continue
        exact = number(amount.value)
        if meaning.concept in NO_MONEY:
            # What is neither status nor zero is kept by `also_sent`.
            beside = categories.told_beside(index, adjudications, categories_known) if exact else None
            if beside is None:
                continue
            meaning = beside
        if exact is not None and (exact or not concepts.may_be_status(adjudication.category)):
            source = Source(meaning.label, f"{path}[{index}]", meaning.name)
            unit = "USD" if amount.currency == "USD" else currency(amount.currency)
            seen = Figure(exact, unit, source)
            is_refused = meaning.concept == "not_covered" and adjudication.reason is not None
            why = decisions.adjustment_of(adjudication) if is_refused else ""
            kept.append(Entry(seen, (), True, meaning.adds, meaning, why))
    return kept


def figure(amount: Amount | None, label: str, path: str) -> Figure:
    """Return an amount of the plan's data with its source; `NOT_SHARED` when there is no usable number."""
    exact = number(amount.value) if amount else None
    if amount is None or exact is None:
        return NOT_SHARED
    return Figure(exact, currency(amount.currency), Source(label, path))


def choices(group: Iterable[Entry]) -> Choices:
    """Group entries of one place by concept and choose among those of one concept."""
    alone: dict[str, Entry] = {}
    others = [entry for entry in group if alone.setdefault(entry.meaning.concept, entry) is not entry]
    if not others and "detail" not in alone:
        return alone  # nearly always
    by_concept = {concept: [entry] for concept, entry in alone.items()}
    for entry in others:
        by_concept[entry.meaning.concept].append(entry)
    details = by_concept.pop("detail", None)
    chosen = {concept: _choose(of_concept) for concept, of_concept in by_concept.items()}
    if details:
        chosen["detail"] = Choice(NOT_SHARED, tuple(details), True, False)
    return chosen


def is_by_reason(entry: Entry) -> bool:
    """Return whether only a reason says what an amount is."""
    return entry.meaning in concepts.BY_REASON.values()


def _choose(group: list[Entry]) -> Choice:
    by_reason = list(filter(is_by_reason, group))
    if not by_reason:
        return _choose_of_names(group)
    named = [entry for entry in group if not is_by_reason(entry)]
    chosen = _choose_of_names(named) if named else by_reason[0]
    agreeing_with = [entry for entry in by_reason if same(entry.figure, chosen.figure)]
    apart = [entry for entry in by_reason if entry not in agreeing_with]
    if apart and not named:
        return Choice(NOT_SHARED, tuple(group), False, False)  # nobody says that they add up
    figure = agreeing(chosen.figure, [entry.figure for entry in agreeing_with if entry is not chosen])
    return Choice(figure, (*chosen.rest, *apart), chosen.is_clean, chosen.is_extra)


def _choose_of_names(group: list[Entry]) -> Choice:
    if _is_told_by_adjustments(group):
        total = add([entry.figure for entry in group], group[0].meaning.label)
        if total.is_known:
            return Choice(total, (), True, False)
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
    if len(alternatives) > 1 and alternatives[0].meaning.rank >= concepts.OF_WORDS:
        return Choice(NOT_SHARED, tuple(group), False, False)  # codes of nobody's that share their words
    wholes = [
        alternative for alternative in alternatives if alternative.meaning.name not in concepts.PAID_IN_PARTS
    ]
    chosen = wholes[:1] or alternatives  # the whole goes before its parts, which are one by one all of it
    counted = chosen + [entry for entry in ranked if entry.meaning.adds]
    rest += [entry for entry in alternatives if entry not in chosen]
    added = add([entry.figure for entry in counted], counted[0].meaning.label)
    if not added.is_known:  # different currencies: take the first, show the others as they are
        added, rest = counted[0].figure, rest + counted[1:]
    if len(counted) == 1:
        added = agreeing(added, [entry.figure for entry in repeats if entry.meaning == counted[0].meaning])
        repeats = [entry for entry in repeats if entry.meaning != counted[0].meaning]
    return Choice(
        added, (*rest, *repeats), is_clean and len(alternatives) <= max(len(chosen), 1), not alternatives
    )


def again(choice: Choice) -> list[Entry]:
    """Return what is stated besides the first amount under the very same name."""
    name = choice.figure.origin.code
    return [entry for entry in choice.rest if entry.meaning.name == name]


def with_repeats(choice: Choice) -> Choice:
    """Return a choice with what is stated again under its name added, each amount once; itself where one is
    nothing, or of another currency."""
    repeats = again(choice) if choice.rest else []
    figures = [choice.figure, *(entry.figure for entry in repeats)]
    if not repeats or not all(figure.amount for figure in figures):  # a zero is no part
        return choice
    first = {figure.amount: figure for figure in reversed(figures)}
    parts = [figure for figure in figures if first[figure.amount] is figure]
    added = agreeing(add(parts, ""), [figure for figure in figures if figure not in parts])
    if added.source is None or choice.figure.source is None:
        return choice
    source = structs.replace(added.source, label=choice.figure.source.label)
    rest = tuple(entry for entry in choice.rest if entry not in repeats)
    is_clean = choice.is_clean or not rest
    return Choice(structs.replace(added, source=source), rest, is_clean, choice.is_extra)


def _is_told_by_adjustments(group: Sequence[Entry]) -> bool:
    """Return whether each amount of one name is for an adjustment of its own, as X12 takes a charge apart."""
    reasons, amounts = {entry.why for entry in group}, {entry.figure.amount for entry in group}
    is_of_one_name = len({entry.meaning.name for entry in group}) == 1
    return is_of_one_name and "" not in reasons and len(group) == len(reasons) == len(amounts) > 1


def _over_lines(lines: Sequence[Choices], concept: str, where: str = SUM_OF_LINES) -> Figure:
    stated = [line[concept] for line in lines if concept in line]
    if len(stated) < len(lines):
        return NOT_SHARED
    if len(stated) == 1:
        return stated[0].figure  # nothing to add up, so nothing to count twice
    if [choice for choice in stated if not choice.is_clean]:
        return NOT_SHARED
    label = concepts.LABELS.get(concept, concept)
    return add([choice.figure for choice in stated], label, where)


def _by_payee(lines: Sequence[Choices], where: str) -> dict[str, Figure]:
    """Return what lines that name different payees paid, and to whom: a line that names one paid that one
    alone (`paid_out`). Beside lines that name none, what went to each is told with the number of lines.
    """
    payees_of_some_lines = [name for name in PAID_TO if 0 < sum(name in line for line in lines) < len(lines)]
    paid_by_line = [[line.get(name, NOTHING) for name in ("plan_paid", *PAID_TO)] for line in lines]
    if not payees_of_some_lines or not all(choice.is_clean for line in paid_by_line for choice in line):
        return {}
    paid = [(benefit.figure, paid_out(*[choice.figure for choice in to])) for benefit, *to in paid_by_line]
    by_payee, is_whole = {}, all(map(tells_payee, *zip(*paid, strict=True)))
    for name in payees_of_some_lines:
        figures, label = [line.get(name, NOTHING).figure for line in lines], concepts.LABELS[name]
        if is_whole:
            by_payee[name] = add([figure for figure in figures if figure.is_known], label, where)
        elif not any((figure.amount or 0) < 0 for figure in figures):
            by_payee[name] = by_lines(figures, label, where)
    every = [benefit if benefit.is_known else payee for benefit, payee in paid]
    return by_payee | {"plan_paid": add(every, concepts.LABELS["plan_paid"], where)}


def over_priced(lines: Sequence[Money], concept: str, where: str = SUM_OF_LINES) -> Figure:
    """Return what all lines that have amounts state, with their number, where others have none."""
    figures = [getattr(money, concept) for money in lines]
    total = by_lines(figures, concepts.LABELS.get(concept, concept), where)
    priced = [money for money in lines if money.is_shared]
    return total if total.source and total.source.partial == len(priced) else NOT_SHARED


def takes_back(money: Money) -> bool:
    """Return whether a line has a minus before what was billed, or what was paid."""
    return (money.bill.amount or 0) < 0 or (money.plan_paid.amount or 0) < 0


def details(chosen: Choices) -> tuple[Detail, ...]:
    """Return what is shown only behind "more details": unknown names and alternatives not taken."""
    return tuple(
        [
            Detail(concepts.label_of(entry.meaning), entry.figure)
            for choice in chosen.values()
            for entry in choice.rest
        ]
    )

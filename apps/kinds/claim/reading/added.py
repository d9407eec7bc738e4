"""Lines that a plan added (R4 `addItem`): beside those that were sent to it, or in place of some of them."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import NamedTuple

from msgspec import structs

from apps.fhir.values import number
from apps.kinds.claim.reading import money, stated_again
from apps.kinds.claim.reading.contradictions import Rule
from apps.kinds.claim.reading.figures import add, is_of_added, paid_out
from apps.kinds.claim.reading.money import Choices
from apps.kinds.claim.reading.shapes import Explanation, Item
from apps.kinds.claim.records import NOT_SHARED, Disagreement, Figure, Money

type Placed = tuple[str, Item]
"""A line, and where it stands: `item[0]`."""


def with_added(sent: Sequence[Placed], claim: Explanation) -> list[Placed]:
    """Return the lines that were sent to the plan, and those it added.

    One that it added in place of others that have amounts is left out, or they would count twice, and what it
    says of the decision stands at them; others without amounts give way to it.
    """
    priced = {str(line.sequence) for _, line in sent if _has_amount(line)}
    by_sequence = {str(line.sequence): line for _, line in sent}
    added, decided = [], dict[str, list[Item]]()
    for path, line in _added(claim):
        sequences = _stands_for(line)
        if priced.isdisjoint(sequences):
            stood_for = next((by_sequence[key] for key in sequences if key in by_sequence), None)
            added.append((path, _completed(line, stood_for) if stood_for else line))
        for key in sequences:
            decided.setdefault(key, []).append(line)
    replaced = {key for _, line in added for key in _stands_for(line)}
    kept = [(path, line) for path, line in sent if str(line.sequence) not in replaced]
    return [(path, _decided(line, decided.get(str(line.sequence), ()))) for path, line in kept] + added


class Exchange(NamedTuple):
    """The amounts of lines of the claim, and of those that the plan added in their place."""

    sent: list[Choices]
    added: list[Choices]


def exchanges(claim: Explanation, lines: Iterable[tuple[int | None, Choices]]) -> list[Exchange]:
    """Return where a plan added lines in place of others that have amounts too: two tellings of one service.

    *lines* are the number and the amounts of each that is read. Where two have one number, or only a part of
    a line is replaced, nobody can tell what is to be compared.
    """
    by_number: dict[str, list[Choices]] = {}
    for key, choices in lines:
        by_number.setdefault(str(key), []).append(choices)
    found_exchanges = []
    for keys, group in _groups(claim):
        sent = [by_number.get(key, []) for key in keys]
        amounts = [
            stated_again.of_line(money.entries(line.adjudication, f"{path}.adjudication"))
            for path, line in group
        ]
        is_whole = not any(line.detail_sequence for _, line in group)
        if is_whole and all(amounts) and all(len(choices_of) == 1 and choices_of[0] for choices_of in sent):
            found_exchanges.append(Exchange([*chain.from_iterable(sent)], amounts))
    return found_exchanges


def with_exchanged(lines: Sequence[Choices], moves: Sequence[Exchange]) -> list[Choices]:
    """Return the amounts of each line, with those that the plan added in place of others."""
    replaced = {id(choices) for exchange in moves for choices in exchange.sent}
    kept = [choices for choices in lines if id(choices) not in replaced]
    return [*kept, *(choices for exchange in moves for choices in exchange.added)]


def of_exchanges(
    exchanges: Iterable[Exchange], shown: Money, concepts: Iterable[str], rule: Rule
) -> list[Disagreement]:
    """Return what of *concepts* lines say otherwise than those that the plan added in their place.

    A line of nothing under a known amount of the claim was not split, here as elsewhere.
    """
    by_concept: dict[str, Disagreement] = {}
    for exchange in exchanges:
        sides = [_of_side(exchange.sent), _of_side(exchange.added)]
        for concept in concepts:
            (sent, is_sent), (added, is_added) = (side.get(concept, (NOT_SHARED, True)) for side in sides)
            head: Figure = getattr(shown, concept)
            is_split = bool(sent.amount) or is_of_added(head) or not head.amount
            # A line that is silent on it may hold the rest.
            is_apart = rule.exceeds(sent, added) if is_added else False
            is_apart = is_apart or (rule.exceeds(added, sent) if is_sent else False)
            if is_split and is_apart:
                first, second = (sent, added) if sent.amount else (added, sent)
                by_concept.setdefault(concept, Disagreement(concept, "added", first, (second,)))
    return [*by_concept.values()]


def without_zeros(shown: Money, of_added: Iterable[Disagreement]) -> Money:
    """Return the figures without each zero that *of_added*, of single lines, contradicts."""
    names = {
        against.concept
        for against in of_added
        if getattr(shown, against.concept).amount == 0 and (against.chosen.amount or 0) > 0
    }
    return structs.replace(shown, **dict.fromkeys(names, NOT_SHARED)) if names else shown


def _of_side(lines: Sequence[Choices]) -> dict[str, tuple[Figure, bool]]:
    """Return the sum of each concept over these lines, and whether all of them state it."""
    by_line = [{concept: choice.figure for concept, choice in line.items()} for line in lines]
    for line in by_line:
        line["your_share"] = line.get("liability", NOT_SHARED)
        if "plan_paid" not in line:
            names = ("paid_to_provider", "paid_to_you")
            line["plan_paid"] = paid_out(*[line.get(name, NOT_SHARED) for name in names])
    sums = {}
    for concept in dict.fromkeys(concept for line in by_line for concept in line):
        stated_figures = [stated for line in by_line if (stated := line.get(concept, NOT_SHARED)).is_known]
        sums[concept] = (add(stated_figures, ""), len(stated_figures) == len(by_line))
    return sums


def _groups(claim: Explanation) -> list[tuple[set[str], list[Placed]]]:
    """Return lines that the plan added by those they stand for; what shares one of them belongs together."""
    groups: list[tuple[set[str], list[Placed]]] = []
    for path, line in _added(claim):
        keys, together = _stands_for(line), [(path, line)]
        if not keys:
            continue
        for group in [group for group in groups if not keys.isdisjoint(group[0])]:
            groups.remove(group)
            keys, together = keys | group[0], [*group[1], *together]
        groups.append((keys, together))
    return groups


def _added(claim: Explanation) -> Iterator[Placed]:
    return ((f"addItem[{index}]", line) for index, line in enumerate(claim.add_item))


def _stands_for(line: Item) -> set[str]:
    return {str(sequence) for sequence in line.item_sequence}


def _decided(line: Item, by: Iterable[Item]) -> Item:
    """Return a line with the decisions and reasons of those that the plan added in its place, no amounts."""
    decisions = [
        structs.replace(adjudication, amount=None)
        for other in by
        for adjudication in other.adjudication
        if adjudication.amount is None or adjudication.reason is not None
    ]
    more = [extension for other in by for extension in other.extension]
    if not decisions and not more:
        return line
    return structs.replace(
        line, adjudication=(*line.adjudication, *decisions), extension=(*line.extension, *more)
    )


def _has_amount(line: Item) -> bool:
    return any(
        adjudication.amount and number(adjudication.amount.value) is not None
        for adjudication in line.adjudication
    )


_OF_THE_SERVICE = (
    *("product_or_service", "category", "revenue", "serviced_date", "serviced_period", "quantity"),
    *("location_codeable_concept", "location_reference", "body_site", "sub_site", "encounter"),
)


def _completed(added: Item, stood_for: Item) -> Item:
    """Return a line that the plan added with what it leaves to the line that it stands for."""
    missing = [name for name in _OF_THE_SERVICE if not getattr(added, name)]
    if "serviced_date" not in missing or "serviced_period" not in missing:
        missing = [name for name in missing if not name.startswith("serviced")]
    if "product_or_service" in missing:
        missing.append("modifier")
    return structs.replace(added, **{name: getattr(stood_for, name) for name in missing})

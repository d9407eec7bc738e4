"""What the category of an adjudication tells, looked up once for all who ask."""

from collections.abc import Iterable, Sequence

import msgspec

from apps.fhir.values import Concept, number
from apps.kinds.claim.reading import concepts, decisions
from apps.kinds.claim.reading.concepts import Known, Meaning
from apps.kinds.claim.reading.shapes import Adjudication


class Category(msgspec.Struct, frozen=True, gc=False):
    """Which money it is, and whether it tells of a network, a decision or a reason itself."""

    meaning: Meaning
    decides: bool


def _category(concept: Concept | None) -> Category:
    return Category(concepts.meaning(concept), decisions.decides(concept))


known_category = Known(_category)
"""A claim repeats its categories on every line: this look-up replaces most of the reading of money."""


def deciding(adjudications: Iterable[Adjudication]) -> list[Adjudication]:
    """Return those beside which a network, a decision or a reason may stand."""
    return [
        adjudication
        for adjudication in adjudications
        if adjudication.reason or known_category[adjudication.category].decides
    ]


def told_beside(
    index: int, adjudications: Sequence[Adjudication], categories: Sequence[Category]
) -> Meaning | None:
    """Return what an amount is whose category alone is no sum: by its reason, or by a name beside a network.

    What is inside or outside the network may be a part: it is a sum where no other at its place is of that.
    """
    adjudication, name = adjudications[index], categories[index].meaning.name
    if categories[index].meaning.concept != "status" or not name:
        return decisions.part_of_share(adjudication) if adjudication.reason else None
    beside = concepts.of_code(name, name)
    others = [
        pair for place, pair in enumerate(zip(adjudications, categories, strict=True)) if place != index
    ]
    is_sum = beside.concept not in concepts.NO_MONEY
    return beside if is_sum and not any(_states(beside.concept, *pair) for pair in others) else None


def _states(concept: str, adjudication: Adjudication, category: Category) -> bool:
    """Return whether an amount is one of a sum; beside a network a zero only fills its place."""
    amount, meaning = adjudication.amount, category.meaning
    if amount is None or meaning.concept != "status":
        return amount is not None and meaning.concept == concept
    return concepts.PLAIN_CODES.get(meaning.name) == concept and number(amount.value) != 0

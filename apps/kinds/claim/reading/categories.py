"""What the category of an adjudication tells, looked up once for all who ask."""

from collections.abc import Iterable

import msgspec

from apps.fhir.values import Concept
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

"""Days and visits that Medicare counted, which it writes among amounts of money (facts claims 1.4)."""

from collections.abc import Iterator
from decimal import Decimal

from apps.fhir import values
from apps.fhir.values import Concept
from apps.kinds.claim.reading import concepts, facts
from apps.kinds.claim.reading.concepts import Meaning
from apps.kinds.claim.reading.shapes import Explanation
from apps.kinds.claim.records import Fact


def counts(claim: Explanation) -> tuple[Fact, ...]:
    """Return what was counted of the whole claim and has a name of ours, each once."""
    return tuple(dict.fromkeys(_counts(claim)))


def is_counted(meaning: Meaning) -> bool:
    """Return whether numbers of this name are told as facts of the claim."""
    return meaning.name in facts.labels()


def _counts(claim: Explanation) -> Iterator[Fact]:
    for one in claim.adjudication:
        yield from _fact(one.category, values.number(one.value))
    for balance in claim.benefit_balance:
        for financial in balance.financial:
            yield from _fact(financial.type, values.number(financial.used_unsigned_int))


def _fact(category: Concept | None, number: Decimal | None) -> Iterator[Fact]:
    meaning = concepts.meaning(category)
    if number is not None and is_counted(meaning):
        yield Fact(
            meaning.name,
            facts.plain(number) or "0",
            meaning.label,
            not facts.labels()[meaning.name].is_on_page,
        )

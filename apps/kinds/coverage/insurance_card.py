"""CoverageRecord -> the two sides of an insurance card: pure, in the reader's language."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from apps.kinds.coverage.costs import CostWords, cost_words
from apps.kinds.coverage.kinds import name_words
from apps.kinds.coverage.records import CoverageClass, CoverageRecord
from apps.kinds.coverage.wording import PRIVATE_CLASSES, Card, class_facts
from apps.plain_language.capitals import calm_name
from apps.plain_language.dates import date_words
from apps.plain_language.language import _
from apps.plain_language.theirs import theirs

_BACK: Final = ("rxbin", "rxpcn", "rxgroup", "rxid")
_AT_THE_DESK: Final = frozenset({"gpvisit", "spvisit", "emergency", "urgentcare", "televisit", "copay"})
"""What is asked for at a counter, so what cards print; yearly limits stand on the page of coverage."""


@dataclass(frozen=True, slots=True)
class InsuranceCard:
    """Both sides. Lines are (label, words); `phone` and `address` are the payer's, "" when not shared.

    `hides` tells whether a number is masked that the member may ask for.
    """

    card: Card
    hides: bool
    front: tuple[tuple[str, str], ...]
    costs: tuple[CostWords, ...]
    pharmacy: tuple[tuple[str, str], ...]
    phone: str
    address: str


def insurance_card(card: Card, *parts: CoverageRecord, with_number: bool = False) -> InsuranceCard:
    """Return the insurance card of a plan whose *card* was made of *parts*; numbers only *with_number*."""
    classes = tuple(entry for part in parts for entry in part.classes)
    has_pharmacy_number = any(entry.kind in PRIVATE_CLASSES and entry.value for entry in classes)
    asked_for = (cost for part in parts for cost in part.costs if cost.kind in _AT_THE_DESK)
    return InsuranceCard(
        card=card,
        hides=not with_number and (card.is_masked or has_pharmacy_number),
        front=tuple(dict.fromkeys(_front(card, parts, with_number))),
        costs=tuple(dict.fromkeys(cost_words(cost) for cost in asked_for)),
        pharmacy=tuple(dict.fromkeys(_lines(classes, _BACK, with_number))),
        phone=next((part.payer_phone for part in parts if part.payer_phone), ""),
        address=next((part.payer_address for part in parts if part.payer_address), ""),
    )


def _front(card: Card, parts: tuple[CoverageRecord, ...], with_number: bool) -> Iterator[tuple[str, str]]:
    """Group, plan number and dates, as cards have them; what the title says already is not said again."""
    if card.parts:
        for part in card.parts:
            yield part.name, part.period
        return
    [record] = parts
    yield from _lines(record.classes, ("group", "subgroup"), with_number)
    for entry in record.classes:
        if entry.kind in ("plan", "subplan"):
            bare = CoverageClass(entry.kind, entry.value) if name_words(entry) == card.title else entry
            yield from (
                line
                for line in class_facts([bare], with_number=with_number)
                if line[1] not in ("", card.title)
            )
    if record.dependent:
        yield _("Dependent"), record.dependent
    if record.starts:
        yield _("Coverage starts"), date_words(record.starts)
    if record.ends:
        yield _("Coverage ends"), date_words(record.ends)
    network = theirs(calm_name(record.network or ""))
    if network and network != card.title:
        yield _("Network"), network


def _lines(
    classes: tuple[CoverageClass, ...], wanted: tuple[str, ...], with_number: bool
) -> Iterator[tuple[str, str]]:
    for kind in wanted:
        found = [entry for entry in classes if entry.kind == kind]
        yield from (line for line in class_facts(found, with_number=with_number) if line[1])

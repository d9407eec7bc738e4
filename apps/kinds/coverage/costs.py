"""What a member pays for one kind of care, in words: pure."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from apps.kinds.coverage.records import Cost, CostException
from apps.plain_language.capitals import calm_words
from apps.plain_language.dates import span_words
from apps.plain_language.language import _, said
from apps.plain_language.money import NOT_SHARED, money
from apps.plain_language.theirs import filled, joined, theirs

# HL7 coverage-copay-type, and of the guide to insurance cards (C4DIC) what has no words in it.
COSTS: Final = {
    "gpvisit": said("Primary care visit"),
    "spvisit": said("Specialist visit"),
    "emergency": said("Emergency room"),
    "inpthosp": said("Hospital stay"),
    "televisit": said("Visit by telephone or video"),
    "urgentcare": said("Urgent care"),
    "copaypct": said("Coinsurance"),
    "copay": said("Copay"),
    "deductible": said("Deductible"),
    "maxoutofpocket": said("Out-of-pocket maximum"),
    "rx": said("Prescription"),
}
LIMITS: Final = frozenset({"deductible", "maxoutofpocket"})
"""What claims count toward over a year: the first thing looked for on a card."""
# HL7 ex-coverage-financial-exception.
EXCEPTIONS: Final = {"retired": said("for retired people"), "foster": said("for foster children")}


@dataclass(frozen=True, slots=True)
class CostWords:
    """What one kind of care costs the member, and when it does not apply ("" when it always does)."""

    label: str
    value: str
    exceptions: str
    is_limit: bool = False


def cost_words(cost: Cost) -> CostWords:
    """Return the words of *cost*; a value that did not come is said to be missing, never zero."""
    label = (
        _(COSTS[cost.kind])
        if cost.kind in COSTS
        else theirs(calm_words(cost.words or cost.kind or "")) or _("Cost")
    )
    exceptions = joined("; ", [_exception(exception) for exception in cost.exceptions])
    return CostWords(label, _value(cost), exceptions, is_limit=cost.kind in LIMITS)


def costs_words(costs: Iterable[Cost]) -> tuple[CostWords, ...]:
    """Return the words of what stands on one card; what our words alone would not tell apart has the plan's.

    A family's limit has the code of a person's: only the plan's words say which is which.
    """
    words_of = {cost: cost_words(cost) for cost in costs}
    values = Counter(words.label for words in set(words_of.values()))
    return tuple(
        dict.fromkeys(
            words if values[words.label] == 1 or cost.kind not in COSTS else _in_both(words, cost)
            for cost, words in words_of.items()
        )
    )


def _in_both(words: CostWords, cost: Cost) -> CostWords:
    own = theirs(calm_words(cost.words or ""))
    is_more = own.casefold() not in ("", words.label.casefold())
    return replace(words, label=filled("{label}: {own}", label=words.label, own=own)) if is_more else words


def _value(cost: Cost) -> str:
    if cost.amount is not None:
        return money(cost.amount, cost.currency or "USD")
    if cost.share is not None:
        return f"{(cost.share * 100).normalize():f}%"
    if cost.quantity is not None:
        return f"{cost.quantity:f} {cost.unit or ''}".strip()
    return theirs(cost.unread or "") or _(NOT_SHARED)


def _exception(exception: CostException) -> str:
    reason = exception.reason or ""
    ours = EXCEPTIONS.get(reason) or COSTS.get(reason)
    words = _(ours) if ours else theirs(reason) or _("in some cases")
    dates = span_words(exception.starts, exception.ends)
    return filled(_("{reason} ({dates})"), reason=words, dates=dates) if dates else words

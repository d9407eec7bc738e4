"""Figures of a claim that differ by just what a reason of the plan is of: these contradict nothing."""

from collections.abc import Sequence
from decimal import Decimal

from msgspec import structs

from apps.kinds.claim.reading.precedence import Story
from apps.kinds.claim.reading.reasons import filling, is_interest
from apps.kinds.claim.records import Disagreement, Money, Reason


def explained(story: Story, stated: Sequence[Reason]) -> Story:
    """Return *story* without what disagrees by the amount of a reason: a share and its parts, and what the
    plan paid with interest and without, of which the higher is shown."""
    shown, left = story.money, list[Disagreement]()
    for told in story.disagreements:
        with_interest = _with_interest(shown, told, stated)
        shown = with_interest or shown
        if not (with_interest or _is_filled(told, stated)):
            left.append(told)
    return story._replace(money=shown, disagreements=tuple(left))


def _is_filled(told: Disagreement, stated: Sequence[Reason]) -> bool:
    """Return whether a reason is of what a share and its parts are apart."""
    share, parts = told.chosen, told.others[:1]
    if told.about != "stated" or len(told.others) != 1 or parts[0].unit != share.unit:
        return False
    gap = (parts[0].amount or Decimal(0)) - (share.amount or Decimal(0))
    return filling(stated, gap, share.unit) is not None


def _with_interest(shown: Money, told: Disagreement, stated: Sequence[Reason]) -> Money | None:
    """Return the figures with interest in what the plan paid; None where they differ by something else."""
    if told.concept != "plan_paid" or len(told.others) != 1:
        return None
    less, more = sorted((told.chosen, *told.others), key=lambda figure: figure.amount or Decimal(0))
    gap = (more.amount or Decimal(0)) - (less.amount or Decimal(0))
    is_of_gap = more.unit == less.unit and is_interest(stated, gap, more.unit)
    return structs.replace(shown, plan_paid=more) if is_of_gap else None

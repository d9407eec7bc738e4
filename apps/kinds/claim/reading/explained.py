"""Figures of a claim that differ by just what a reason of the plan is of: these contradict nothing."""

from collections.abc import Sequence
from decimal import Decimal

from msgspec import structs

from apps.kinds.claim.reading.precedence import Story
from apps.kinds.claim.reading.reasons import filling, is_interest, is_off_payment
from apps.kinds.claim.records import Disagreement, Money, Reason


def explained(story: Story, stated: Sequence[Reason]) -> Story:
    """Return *story* without what disagrees by the amount of a reason: a share and its parts, and what the
    plan paid with and without its interest, or what it holds back: shown is what it paid in the end."""
    shown, left = story.money, list[Disagreement]()
    for disagreement in story.disagreements:
        in_the_end = _in_the_end(shown, disagreement, stated)
        shown = in_the_end or shown
        if not (in_the_end or _is_filled(disagreement, stated)):
            left.append(disagreement)
    return story._replace(money=shown, disagreements=tuple(left))


def _is_filled(disagreement: Disagreement, stated: Sequence[Reason]) -> bool:
    """Return whether a reason is of what a share and its parts are apart."""
    share, parts = disagreement.chosen, disagreement.others[:1]
    if disagreement.about != "stated" or len(disagreement.others) != 1 or parts[0].unit != share.unit:
        return False
    gap = (parts[0].amount or Decimal(0)) - (share.amount or Decimal(0))
    return filling(stated, gap, share.unit) is not None


def _in_the_end(shown: Money, disagreement: Disagreement, stated: Sequence[Reason]) -> Money | None:
    """Return the figures with what the plan paid with its interest, or less what it holds back; None where
    they differ by something else, or may by both."""
    if disagreement.concept != "plan_paid" or len(disagreement.others) != 1:
        return None
    less, more = sorted(
        (disagreement.chosen, *disagreement.others), key=lambda figure: figure.amount or Decimal(0)
    )
    gap = (more.amount or Decimal(0)) - (less.amount or Decimal(0))
    has_interest, is_lowered = is_interest(stated, gap, more.unit), is_off_payment(stated, gap, more.unit)
    if more.unit != less.unit or has_interest is is_lowered:
        return None
    return structs.replace(shown, plan_paid=more if has_interest else less)

"""What becomes of a permission at its plan when it ends here: to be promised before, and told after."""

import enum
from collections.abc import Iterable

from apps.connections import revocations
from apps.connections.models import Connection, Revocation
from apps.connections.tokens import open_tokens
from apps.plans.models import Plan
from apps.vault.boxes import box_for
from apps.vault.errors import SealBroken


class AtPlan(enum.StrEnum):
    """The ways it goes; templates and sessions know them by these words."""

    ASKED = "asked"
    """The plan is asked to end it there too."""
    NOT_OFFERED = "not_offered"
    """The plan offers no way to ask it."""
    UNREADABLE = "unreadable"
    """The tokens do not open here, so nobody can be asked."""
    OVER = "over"
    """It ended before, and its tokens with it."""


def expected(connection: Connection) -> AtPlan:
    """What ending this permission now would do at its plan, as far as is known without asking the plan."""
    if not connection.sealed_tokens:
        return AtPlan.OVER
    try:
        open_tokens(connection, box_for(connection.member))
    except SealBroken:
        return AtPlan.UNREADABLE
    return AtPlan.ASKED if revocations.is_offered(connection.plan) else AtPlan.NOT_OFFERED


def begun(revocation: Revocation) -> AtPlan:
    """The same of a permission that has just ended."""
    if revocation.state == Revocation.State.GIVEN_UP:
        return AtPlan.UNREADABLE
    is_asked = revocation.state != Revocation.State.NOT_OFFERED and revocations.is_offered(revocation.plan)
    return AtPlan.ASKED if is_asked else AtPlan.NOT_OFFERED


def by_way(pairs: Iterable[tuple[AtPlan, Plan]]) -> dict[AtPlan, tuple[Plan, ...]]:
    """The plans of each way, once each; a plan with two people's permissions may stand under two."""
    ways: dict[AtPlan, tuple[Plan, ...]] = {}
    for way, plan in pairs:
        ways[way] = tuple(dict.fromkeys((*ways.get(way, ()), plan)))
    return ways

"""The client secret we hold at a plan: sealed with the house key, opened only to speak to that plan.

While it is swapped there are two: the old one goes on working until the plan has taken the new one.
"""

import logging
from typing import Final

from django.core.cache import cache

from apps.plans.models import Plan
from apps.vault.boxes import house_box

log = logging.getLogger("plainclaim.plans")

COLUMN: Final = "sealed_client_secret"
NEXT: Final = "sealed_next_client_secret"
REST_SECONDS: Final = 600
"""So long after a refusal of the new secret the old one goes first again."""


def seal_client_secret(plan: Plan, text: str) -> None:
    """Put the sealed secret on the row (the caller saves it); an empty text removes it. It ends a swap."""
    plan.sealed_client_secret = house_box().seal(plan, COLUMN, text.encode()) if text else None
    plan.sealed_next_client_secret = None


def client_secret(plan: Plan, column: str = COLUMN) -> str | None:
    """The secret in clear, or None when there is none. Raises vault SealBroken when it was tampered with."""
    if not getattr(plan, column):
        return None
    return house_box().open(plan, column).decode()


def begin_swap(plan: Plan, text: str) -> None:
    """Keep the new secret beside the old one, on the row as it is now."""
    sealed = house_box().seal(plan, NEXT, text.encode())
    Plan.objects.filter(pk=plan.pk).update(**{NEXT: sealed})
    cache.delete(_rest_key(plan))


def columns_in_turn(plan: Plan, *, is_code: bool) -> tuple[str, ...]:
    """Under which of its secrets the plan is asked, as the row is now; the next is tried when one is refused.

    A code is spent by whoever shows it (`is_code`), so it goes with the secret that is known to work.
    """
    if plan.pk and not plan._state.adding:
        plan.refresh_from_db(fields=[COLUMN, NEXT])
    if not plan.sealed_next_client_secret:
        return (COLUMN,)
    return (COLUMN, NEXT) if is_code or cache.get(_rest_key(plan)) else (NEXT, COLUMN)


def note_secret_refused(plan: Plan, column: str) -> None:
    """Have the old secret go first for a while, when it was the new one that the plan refused."""
    if column == NEXT:
        log.warning("plan %s did not take the new client secret yet; the old one is used", plan.slug)
        cache.set(_rest_key(plan), True, REST_SECONDS)


def note_secret_taken(plan: Plan, column: str) -> None:
    """Forget the old secret, when it was the new one that the plan gave tokens for: that proves it."""
    sealed, text = plan.sealed_next_client_secret, client_secret(plan, NEXT)
    if column != NEXT or not text:
        return
    seal_client_secret(plan, text)
    row = Plan.objects.filter(pk=plan.pk, **{NEXT: sealed})  # not one that an operator wrote meanwhile
    if row.update(**{COLUMN: plan.sealed_client_secret, NEXT: None}):
        log.warning("plan %s took the new client secret: the old one is forgotten", plan.slug)


def _rest_key(plan: Plan) -> str:
    return f"plans.secrets:{plan.pk}"

"""Our client secrets: sealed with the house key, opened only to speak to a plan of their registration.

While one is swapped there are two: the old one works until every plan with members took the new one.
"""

import logging
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

from django.core.cache import cache
from django.db import transaction

from apps.audit import trail
from apps.plans.models import Plan
from apps.plans.registrations import Registration
from apps.vault.boxes import house_box
from apps.vault.errors import SealBroken

log = logging.getLogger("plainclaim.plans")

COLUMN: Final = "sealed_client_secret"
NEXT: Final = "sealed_next_client_secret"
TAKEN_BY: Final = "next_secret_taken_by"
SECRET_COLUMNS: Final = (COLUMN, NEXT, TAKEN_BY, "updated_at")
"""What `seal_client_secret` writes."""
FORGOTTEN: Final = "forgot the old client secret"
"""What the audit calls the end of a swap."""
REST_SECONDS: Final = 600
"""So long after a refusal of the new secret the old one goes first again."""


def seal_client_secret(registration: Registration, text: str) -> None:
    """Put the sealed secret on the row (the caller saves it); an empty text removes it. It ends a swap."""
    registration.sealed_client_secret = (
        house_box().seal(registration, COLUMN, text.encode()) if text else None
    )
    registration.sealed_next_client_secret = None
    registration.next_secret_taken_by = []


def client_secret(registration: Registration | None, column: str = COLUMN) -> str | None:
    """The secret in clear, or None when there is none.

    Raises vault SealBroken when it was tampered with, or where it may go (`origins`).
    """
    if registration is None or not getattr(registration, column):
        return None
    return house_box().open(registration, column).decode()


def let_go_to(registration: Registration, origins: Iterable[str]) -> Registration:
    """Let its secrets go to these origins, too; return the row as it is then. In a transaction of the caller.

    Where they may go is part of their seal. One that does not open is left as it is, for an operator to see.
    """
    row = Registration.objects.select_for_update().get(pk=registration.pk)
    texts = {}
    for column in (COLUMN, NEXT):
        with suppress(SealBroken):
            texts[column] = client_secret(row, column)
    row.origins = sorted({*row.origins, *origins})
    for column, text in texts.items():
        setattr(row, column, house_box().seal(row, column, text.encode()) if text else None)
    row.save(update_fields=["origins", COLUMN, NEXT, "updated_at"])
    return row


def insist_on_old(registration: Registration) -> None:
    """Raise vault SealBroken unless it has a secret that opens: that alone proves where one may go."""
    if client_secret(registration) is None:
        raise SealBroken(str(registration), "it has no secret to swap")


def begin_swap(registration: Registration, text: str) -> None:
    """Keep the new secret beside the old one, on the row as it is now.

    Raises vault SealBroken where no old one opens: where they may go is nobody's word then.
    """
    with transaction.atomic():
        row = Registration.objects.select_for_update().get(pk=registration.pk)
        insist_on_old(row)
        setattr(row, NEXT, house_box().seal(row, NEXT, text.encode()))
        row.next_secret_taken_by = []
        row.save(update_fields=[NEXT, TAKEN_BY])
    cache.delete_many([_rest_key(plan) for plan in registration.plans.only("pk")])


def columns_in_turn(plan: Plan, *, is_code: bool) -> tuple[str, ...]:
    """Under which of our secrets the plan is asked, as the row is now; the next is tried when one is refused.

    A code is spent by whoever shows it (`is_code`), so it goes with the secret that is known to work there.
    """
    registration = plan.registration
    if registration is None:
        return (COLUMN,)
    if not registration._state.adding:
        registration.refresh_from_db(fields=[COLUMN, NEXT, TAKEN_BY, "origins"])
    if not registration.sealed_next_client_secret:
        return (COLUMN,)
    if str(plan.pk) in registration.next_secret_taken_by:
        return (NEXT, COLUMN)
    return (COLUMN, NEXT) if is_code or cache.get(_rest_key(plan)) else (NEXT, COLUMN)


def note_secret_refused(plan: Plan, column: str) -> None:
    """Have the old secret go first for a while, when it was the new one that the plan refused."""
    if column == NEXT:
        log.warning("plan %s did not take the new client secret yet; the old one is used", plan.slug)
        cache.set(_rest_key(plan), True, REST_SECONDS)


def note_secret_taken(plan: Plan, column: str) -> None:
    """Note that the plan gave tokens for the new secret: that proves it there.

    The old one is forgotten when all plans of the registration that have members took the new one.
    """
    held = plan.registration
    if column != NEXT or held is None:
        return
    if str(plan.pk) in held.next_secret_taken_by and waits_for(held):
        return
    with transaction.atomic():
        rows = Registration.objects.select_for_update()
        row = rows.filter(pk=held.pk, **{NEXT: held.sealed_next_client_secret}).first()
        if row is None:  # an operator wrote another one meanwhile
            return
        row.next_secret_taken_by = sorted({*row.next_secret_taken_by, str(plan.pk)})
        text = client_secret(row, NEXT)
        if text and not waits_for(row):
            _forget_old(row, text)
            log.warning("plan %s took the new client secret: the old one is forgotten", plan.slug)
        else:
            row.save(update_fields=SECRET_COLUMNS)


def _forget_old(row: Registration, new: str) -> None:
    """End the swap on the row, and say so in the audit, where its beginning stands."""
    before = trail.values_of(row)
    seal_client_secret(row, new)
    row.save(update_fields=SECRET_COLUMNS)
    changes = trail.difference(before, trail.values_of(row))
    trail.record(action=FORGOTTEN, actor=trail.SITE, subject=trail.name_of(row), changes=changes)


def waits_for(row: Registration) -> list[Plan]:
    """Return the plans with members that have not taken the new secret yet, while one is swapped."""
    used = row.plans.filter(connections__sealed_tokens__gt=b"").distinct().order_by("slug")
    return [plan for plan in used if str(plan.pk) not in row.next_secret_taken_by]


def goes_with_codes_only(plan: Plan) -> bool:
    """Whether the plan sees our secret with sign-ins alone, where the old one goes first while it works."""
    return plan.quirks.refresh == "none"


def _rest_key(plan: Plan) -> str:
    return f"plans.secrets:{plan.pk}"

"""Counting attempts: how far each came and why it ended, without saying who tried."""

import secrets
from datetime import datetime, timedelta
from typing import Final

from apps.connections.errors import ConnectionFailed
from apps.connections.models import Attempt
from apps.plans.models import Plan

# No vowels and nothing that looks like something else: read aloud on the telephone, and never a word.
LETTERS: Final = "23456789BCDFGHJKLMNPQRSTVWXZ"
KEPT_FOR: Final = timedelta(days=400)  # a year and a bit: this month can be compared with the same one before
STAGES: Final = [stage.value for stage in Attempt.Stage]


def start(*, plan: Plan, purpose: str, now: datetime) -> Attempt:
    """Note that somebody began; the reference is 40 bits, unique, and says nothing."""
    reference = "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(2))
    return Attempt.objects.create(plan=plan, reference=reference, purpose=purpose, started_at=now)


def advance(attempt: Attempt | None, stage: Attempt.Stage) -> None:
    """Note that it came this far; never backwards, also when two workers write at once."""
    if attempt is None:
        return
    earlier = STAGES[: STAGES.index(stage)]
    if Attempt.objects.filter(pk=attempt.pk, stage__in=earlier).update(stage=stage):
        attempt.stage = stage


def remark(attempt: Attempt | None, detail: str) -> None:
    """Note, in our own words, what operators should look at although it went well."""
    if attempt is not None:
        attempt.detail = detail
        attempt.save(update_fields=["detail"])


def fail(attempt: Attempt | None, error: ConnectionFailed, *, now: datetime) -> None:
    """Note why it ended, by the name of the error and our own words about it."""
    error.attempt = attempt
    if attempt is None:
        return
    attempt.failure, attempt.detail = type(error).__name__, str(error)[:200]
    attempt.fault, attempt.ended_at = error.fault, now
    attempt.save(update_fields=["failure", "detail", "fault", "ended_at"])


def first_claim(attempt: Attempt | None) -> None:
    """Note that the first claim of this try is here; costs nothing once it is noted."""
    if attempt is not None and attempt.stage != Attempt.Stage.FIRST_CLAIM:
        advance(attempt, Attempt.Stage.FIRST_CLAIM)


def forget_old(*, now: datetime) -> int:
    """Delete attempts of more than 400 days ago; return how many."""
    _, gone = Attempt.objects.filter(started_at__lt=now - KEPT_FOR).delete()
    return gone.get(Attempt._meta.label, 0)

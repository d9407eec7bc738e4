"""Asking a plan at its pace: each question takes its turn, and what the answer says is kept for all."""

import logging
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from apps.connections.errors import RefreshDelayed
from apps.connections.retrying import asked_to_wait
from apps.outbound.door import Answer
from apps.outbound.errors import OutboundError
from apps.plans.models import Plan
from apps.sync.models.paces import NotNow, PlanPace, Turn

log = logging.getLogger("plainclaim.sync")
SPREAD: Final = timedelta(seconds=30)


def locked(plan: Plan) -> PlanPace:
    """The plan's pace, made on first use, locked until the transaction ends."""
    pace, _is_new = PlanPace.objects.select_for_update().get_or_create(plan=plan)
    return pace


def spread(until: datetime, *, now: datetime) -> datetime:
    """*until*, or up to a tenth of the wait later: those who wait for one moment do not come together."""
    most = min(max((until - now) / 10, timedelta(seconds=1)), SPREAD)
    return until + most * random.random()  # noqa: S311 - spreads load, hides nothing


def note_too_many(plan: Plan, asked: int, *, now: datetime) -> int:
    """Note that a page of *asked* records was too much for the plan; return how many to ask for now."""
    with transaction.atomic():
        pace = locked(plan)
        fewer = pace.note_too_many(asked, now=now)
        pace.save(update_fields=["page_size", "page_size_until"])
    log.warning("plan %s cannot do pages of %s records: it is asked for %s for now", plan.slug, asked, fewer)
    return fewer


def note_taken(plan: Plan, size: int, *, refused: int, now: datetime) -> None:
    """Note that the plan gave a page of *size* records where it had refused one of *refused* (C-01)."""
    with transaction.atomic():
        pace = locked(plan)
        pace.note_taken(size, now=now)
        pace.save(update_fields=["page_size", "page_size_until"])
    instead = f"for {size}" if size else "without _count"
    log.warning(
        "plan %s refuses pages of %s records: it is asked %s from now on", plan.slug, refused, instead
    )


def most_at_once(plan: Plan, stated: int, *, now: datetime) -> int:
    """How many records to ask a plan for at once, where *stated* are wanted; 0: without `_count`."""
    pace = PlanPace.objects.filter(plan=plan).first()
    return pace.most_at_once(stated, now=now) if pace else stated


@dataclass(frozen=True)
class Pace:
    """One run's way to its plan. Any number of runs, workers and threads share what they learn in the row."""

    plan: Plan
    run_id: uuid.UUID
    now_fn: Callable[[], datetime]
    pause: Callable[[float], object]

    def ask(self, question: Callable[[], Answer]) -> Answer:
        """Return the answer to *question*, asked when it is its turn.

        Raises NotNow where the plan wants a wait, before asking or by its answer; or what *question* raises.
        """
        turn = self._turn()
        asked_at = self.now_fn()
        try:
            answer = question()
        except (OutboundError, RefreshDelayed) as error:
            if isinstance(error, RefreshDelayed) and (
                wait := asked_to_wait(error.retry_after, now=self.now_fn())
            ):
                self._note_busy(asked_at, wait)
            if error.retry:
                self._note_outage()
            raise
        wait = asked_to_wait(answer.headers.get("Retry-After", ""), now=self.now_fn())
        if answer.status == 429 or (answer.status >= 500 and wait):
            self._note_busy(asked_at, wait)
        elif answer.status >= 500:
            self._note_outage()
        elif turn.is_troubled:
            with transaction.atomic():
                pace = locked(self.plan)
                pace.note_answer()
                pace.save()
        return answer

    def _turn(self) -> Turn:
        with transaction.atomic():
            now, pace = self.now_fn(), locked(self.plan)
            turn = pace.take_turn(self.plan.quirks, now=now)
            pace.save(update_fields=["free_at", "paused_until", "learned_per_minute", "slowed_at"])
        if turn.at > now:
            self.pause((turn.at - now).total_seconds())
        return turn

    def _note_busy(self, asked_at: datetime, wait: timedelta) -> None:
        with transaction.atomic():
            pace = locked(self.plan)
            until = pace.note_busy(self.plan.quirks, asked_at=asked_at, wait=wait, now=self.now_fn())
            pace.save()
        raise NotNow(until, "busy")

    def _note_outage(self) -> None:
        with transaction.atomic():
            pace = locked(self.plan)
            until = pace.note_outage(self.run_id, now=self.now_fn())
            pace.save()
        if until is not None:
            raise NotNow(until, "outage")

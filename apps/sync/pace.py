"""Asking a plan at its pace: each question takes its turn, and what the answer says is kept for all."""

import logging
import random
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from apps.connections.errors import RefreshDelayed
from apps.fhir.client import Transport
from apps.fhir.refusals import is_busy
from apps.outbound.door import Answer
from apps.outbound.errors import OutboundError
from apps.outbound.limits import asked_to_wait
from apps.plans.models import Plan
from apps.sync.models.paces import REFUSED_FOR, NotNow, PlanPace, Turn
from apps.sync.models.runs import Met
from config.fhir_types import fhir_types

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


@contextmanager
def changed(plan: Plan) -> Iterator[PlanPace]:
    """Yield the plan's pace, to be changed in this block, where nobody else does meanwhile."""
    with transaction.atomic():
        pace = locked(plan)
        yield pace
        pace.save()


def known(plan: Plan) -> PlanPace:
    """Return what is known of how the plan wants to be asked, to be looked at only."""
    return PlanPace.objects.filter(plan=plan).first() or PlanPace(plan=plan)


def note_too_many(plan: Plan, asked: int, *, now: datetime) -> None:
    """Note that a page of *asked* records was too much for the plan."""
    with changed(plan) as pace:
        fewer = pace.note_too_many(asked, now=now)
    log.warning("plan %s cannot do pages of %s records: it is asked for %s for now", plan.slug, asked, fewer)


def note_taken(plan: Plan, size: int, *, refused: int, now: datetime) -> None:
    """Note that the plan gave a page of *size* records where it had refused one of *refused* (C-01)."""
    with changed(plan) as pace:
        pace.note_taken(size, now=now)
    instead = f"for {size}" if size else "without _count"
    log.warning(
        "plan %s refuses pages of %s records: it is asked %s from now on", plan.slug, refused, instead
    )


def note_without_changes(plan: Plan, *, now: datetime) -> None:
    """Note that the plan gave everything where it had refused to be asked for changes only (C-01)."""
    with changed(plan) as pace:
        pace.without_changes_until = now + REFUSED_FOR
    log.warning("plan %s refuses _lastUpdated: it is asked for everything from now on", plan.slug)


def note_form(plan: Plan, fhir_type: str, form: int, *, tried: Collection[int], now: datetime) -> None:
    """Note in which form the plan takes the question for a type, where it had refused others *tried*."""
    count = len(fhir_types()[fhir_type].forms)
    refuses_source = form < count <= max(tried)
    with changed(plan) as pace:
        pace.note_form(fhir_type, form, refuses_source=refuses_source, now=now)
    log.warning("plan %s wants %s to be asked for in form %s", plan.slug, fhir_type, form + 1)


def note_met(plan: Plan, met_of_types: Mapping[str, Met], *, now: datetime) -> None:
    """Note what a member's update met of some types at the plan; not again where that is known."""
    pace = known(plan)
    news = {name: met for name, met in met_of_types.items() if not pace.knows(name, met, now=now)}
    if news:
        with changed(plan) as pace:
            for name, met in news.items():
                pace.note_met(name, met, now=now)


def note_method(plan: Plan, by_post: bool, *, now_fn: Callable[[], datetime]) -> None:
    """Note which method the plan takes for searches, where it had refused the other (C-01)."""
    with changed(plan) as pace:
        pace.by_post_until = now_fn() + REFUSED_FOR if by_post else None
    refused, accepted = ("GET", "POST") if by_post else ("POST", "GET")
    log.warning(
        "plan %s refuses searches by %s: they are sent by %s from now on", plan.slug, refused, accepted
    )


@dataclass(frozen=True)
class Pace:
    """One run's way to its plan. Any number of runs, workers and threads share what they learn in the row.

    A `Transport`, each question asked through another one when it is its turn, after *before_each*. Raises
    NotNow where the plan wants a wait, before asking or by its answer; or what that one raises.
    """

    plan: Plan
    run_id: uuid.UUID
    now_fn: Callable[[], datetime]
    pause: Callable[[float], object]
    through: Transport
    before_each: Callable[[], object]

    def ask(self, url: str, form: str | None = None) -> Answer:
        """Return the complete answer."""
        self.before_each()
        turn = self._turn()
        asked_at = self.now_fn()
        try:
            answer = self.through.ask(url, form)
        except (OutboundError, RefreshDelayed) as error:
            if isinstance(error, RefreshDelayed) and (
                wait := asked_to_wait(error.retry_after, now=self.now_fn())
            ):
                self._note_busy(asked_at, wait)
            if error.retry:
                self._note_outage()
            raise
        wait = asked_to_wait(answer.headers.get("Retry-After", ""), now=self.now_fn())
        if is_busy(answer.status, wait) or (answer.status >= 500 and wait):
            self._note_busy(asked_at, wait or timedelta())
        elif answer.status >= 500:
            self._note_outage()
        elif turn.is_troubled:
            with changed(self.plan) as pace:
                pace.note_answer()
        return answer

    def _turn(self) -> Turn:
        with changed(self.plan) as pace:
            now = self.now_fn()
            turn = pace.take_turn(self.plan.quirks, now=now)
        if turn.at > now:
            self.pause((turn.at - now).total_seconds())
        return turn

    def _note_busy(self, asked_at: datetime, wait: timedelta) -> None:
        with changed(self.plan) as pace:
            until = pace.note_busy(self.plan.quirks, asked_at=asked_at, wait=wait, now=self.now_fn())
        raise NotNow(until, "busy")

    def _note_outage(self) -> None:
        with changed(self.plan) as pace:
            until = pace.note_outage(self.run_id, now=self.now_fn())
        if until is not None:
            raise NotNow(until, "outage")

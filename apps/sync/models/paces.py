"""How fast one plan is asked, all members and workers together: the row and its rules, without a query."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Self

from django.db import models
from django.db.models import Q
from django.utils.crypto import salted_hmac

from apps.fhir.client import FEWEST_AT_ONCE, fewer
from apps.plans.models import Plan
from apps.plans.quirks import Quirks
from config.fhir_types import fhir_types

DEFAULT_PER_MINUTE: Final = 600
"""Where a plan states no limit: what one member's pages, 100 ms apart, need in the long run."""
DEFAULT_BURST: Final = 150
"""And so many at once before that counts: a first update of a thousand claims is over before."""
PATIENCE: Final = timedelta(seconds=1.5)
"""A turn that comes within this is waited for by the worker; a later one, in the database."""
SLOWER: Final = 0.4
"""What is left of the rate after a 429: below the half, so that one 429 is most often the only one."""
FASTER: Final = 1.5
QUIET: Final = timedelta(minutes=10)
"""Without another 429 for so long, the rate grows by `FASTER`, up to what the plan's row says."""
FEWEST_PER_MINUTE: Final = 12.0
"""As far as 429s slow a plan that states more: slower would starve all its members for what may be chance."""
FIRST_BUSY_WAIT: Final = timedelta(seconds=5)
"""After a 429 without Retry-After; doubled with every further one."""
LONGEST_WAIT: Final = timedelta(days=1)
SMALL_FOR: Final = timedelta(days=1)
"""How long pages stay small: what was too slow may have been an outage."""
REFUSED_FOR: Final = timedelta(days=90)
"""How long a number that a plan refused is not asked for again: that is a rule of its server (C-01)."""
LACKS_FOR: Final = timedelta(days=30)
"""How long a plan that does not have a type at all is not asked for it again, but by who wants everything."""
MET_AGAIN: Final = timedelta(days=7)
"""How long what was met of a type stands before it is noted anew."""
OF_THE_PLAN: Final = frozenset({"refused", "not_offered"})
"""What an update meets that is so for every member of the plan."""
OUTAGES: Final = 5
"""So many failures in a row, of more than one member's update, stop the questions to a plan (R-14)."""
PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (30, 60, 120, 300))
CLOCKS: Final = timedelta(minutes=1)
"""How far clocks of hosts may be apart. What is further ahead than any wait of ours was written by a wrong
one and counts for nothing: else a plan would stand still until that day."""
PROBE: Final = timedelta(seconds=60)
"""How long the one question that tries a paused plan may take: longer than the door's own time limits."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Leave to ask at *at*, at most `PATIENCE` from now; `is_troubled`: a good answer has to be told."""

    at: datetime
    is_troubled: bool


class NotNow(Exception):
    """The plan may not be asked before `until`; `why` is a problem code of runs: busy, outage or in_line."""

    def __init__(self, until: datetime, why: str) -> None:
        self.until, self.why = until, why
        super().__init__(why)


class PlanPaceQuerySet(models.QuerySet["PlanPace"]):
    """Questions asked about paces."""

    def shut(self, *, now: datetime) -> Self:
        """Plans that nobody may ask now: they asked us to wait, or do not answer."""
        waits = Q(wait_until__gt=now, wait_until__lte=now + LONGEST_WAIT + CLOCKS)
        return self.filter(
            waits | Q(pauses__gt=0, paused_until__gt=now, paused_until__lte=now + PAUSES[-1] + CLOCKS)
        )


class PlanPace(models.Model):
    """What all workers know about how a plan wants to be asked: one row a plan, changed under its lock.

    Rate: `free_at` is when the next evenly spaced question would be due (the generic cell rate algorithm,
    ITU-T I.371: a token bucket in one column). Breaker: closed while `pauses` is 0; after that one question
    alone is let through whenever `paused_until` has passed, and its answer opens or closes.
    """

    plan = models.OneToOneField(Plan, on_delete=models.CASCADE, primary_key=True, related_name="pace")
    free_at = models.DateTimeField(null=True, blank=True, help_text="When the next question would be due.")
    taken_at = models.DateTimeField(null=True, blank=True, help_text="When a worker last took an update.")
    learned_per_minute = models.FloatField(
        null=True, blank=True, help_text="Slower than the plan's row says, because it answered 429."
    )
    slowed_at = models.DateTimeField(null=True, blank=True, help_text="When the rate was last changed.")
    busy_in_a_row = models.PositiveSmallIntegerField(default=0)
    wait_until = models.DateTimeField(null=True, blank=True, help_text="As the plan asked (Retry-After).")
    outages = models.PositiveSmallIntegerField(default=0, help_text="Failures since the last answer.")
    # A mark of the update (`_mark`): the row is about a plan, and says not whose question showed it.
    failing_run = models.UUIDField(null=True, blank=True, editable=False)
    is_widespread = models.BooleanField(default=False, help_text="More than one member's update failed.")
    pauses = models.PositiveSmallIntegerField(default=0, help_text="Pauses in a row; 0: not paused.")
    page_size = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="Fewer records at once than the plan's row says: more were too many.",
    )
    page_size_until = models.DateTimeField(null=True, blank=True, help_text="As long as that holds.")
    without_changes_until = models.DateTimeField(
        null=True, blank=True, help_text="Until then everything is asked for: it refused _lastUpdated."
    )
    by_post_until = models.DateTimeField(
        null=True, blank=True, help_text="Until then searches are sent by POST: it refused GET."
    )
    paused_until = models.DateTimeField(null=True, blank=True)
    forms = models.JSONField(
        default=dict,
        db_default={},
        help_text="By FHIR type, in which form it takes the question, and until when that holds.",
    )
    met = models.JSONField(
        default=dict,
        db_default={},
        help_text="By clinical FHIR type, whether the plan refuses or lacks it, and since when.",
    )

    objects = PlanPaceQuerySet.as_manager()

    class Meta:
        verbose_name = "pace of a plan"
        verbose_name_plural = "paces of plans"

    def __str__(self) -> str:
        return f"pace of {self.plan_id}"

    def shut_until(self, *, now: datetime) -> tuple[datetime, str] | None:
        """Until when nobody may ask, and why; None while questions are let through."""
        if self.wait_until is not None and _is_ahead(self.wait_until, LONGEST_WAIT, now=now):
            return self.wait_until, "busy"
        if self.pauses and self.paused_until and _is_ahead(self.paused_until, PAUSES[-1], now=now):
            return self.paused_until, "outage"
        return None

    def take_turn(self, quirks: Quirks, *, now: datetime) -> Turn:
        """Let one question through, now or in a moment; raise NotNow, having changed nothing."""
        if shut := self.shut_until(now=now):
            raise NotNow(*shut)
        at, free_at, spacing = self._next(quirks, now=now)
        if at - now > PATIENCE:
            raise NotNow(at, "in_line")
        self.free_at = free_at + spacing
        if self.pauses:  # half open: this is the one that tries
            self.paused_until = now + PROBE
        return Turn(at, bool(self.pauses or self.outages or self.busy_in_a_row))

    def far_turn(self, quirks: Quirks, *, now: datetime) -> tuple[datetime, str] | None:
        """When the next question may be asked, and why not now; None where nobody has to wait for it."""
        at, _free_at, _spacing = self._next(quirks, now=now)
        return (at, "in_line") if at - now > PATIENCE else None

    def turns(self, quirks: Quirks, *, now: datetime) -> int:
        """How many questions may be asked without a wait in the database: who has none need not be woken."""
        at, _free_at, spacing = self._next(quirks, now=now)
        return max(0, int((now + PATIENCE - at) / spacing) + 1) if at - now <= PATIENCE else 0

    def _next(self, quirks: Quirks, *, now: datetime) -> tuple[datetime, datetime, timedelta]:
        """When the next question may be asked, when one would be due that is evenly spaced, and how far apart
        those are."""
        per_minute, burst = self._rate(quirks, now=now)
        spacing = timedelta(minutes=1) / per_minute
        due = self.free_at or now
        free_at = due if _is_ahead(due, spacing * burst + PATIENCE, now=now) else now
        return max(now, free_at - spacing * (burst - 1)), free_at, spacing

    def note_answer(self) -> None:
        """The plan answered: what went before was an outage that is over."""
        self.outages = self.pauses = self.busy_in_a_row = 0
        self.failing_run, self.is_widespread, self.paused_until = None, False, None

    def note_busy(self, quirks: Quirks, *, asked_at: datetime, wait: timedelta, now: datetime) -> datetime:
        """429, or 5xx with Retry-After: wait as asked, and go on more slowly; return until when.

        Several workers may hear it of questions that were under way together: the rate is lowered once.
        """
        self.busy_in_a_row = min(self.busy_in_a_row + 1, 1000)
        growing = FIRST_BUSY_WAIT * 2 ** min(self.busy_in_a_row - 1, 10)
        until = now + min(wait or growing, LONGEST_WAIT)
        before = self.wait_until or until
        self.wait_until = max(until, before) if _is_ahead(before, LONGEST_WAIT, now=now) else until
        if self.slowed_at is None or asked_at > self.slowed_at or self.slowed_at > now + CLOCKS:
            per_minute, _burst = self._rate(quirks, now=now)
            stated = float(quirks.requests_per_minute or DEFAULT_PER_MINUTE)
            self.learned_per_minute = max(per_minute * SLOWER, min(FEWEST_PER_MINUTE, stated * SLOWER))
            self.slowed_at = now
        self.free_at = max(self.wait_until, self.free_at or self.wait_until)
        return self.wait_until

    def note_outage(self, run_id: uuid.UUID, *, now: datetime) -> datetime | None:
        """No answer, or 5xx; return until when the plan is paused, if it is now."""
        self.outages = min(self.outages + 1, 1000)
        mark = _mark(run_id)
        if self.failing_run is None:
            self.failing_run = mark
        elif self.failing_run != mark:
            self.is_widespread = True
        if self.pauses or (self.is_widespread and self.outages >= OUTAGES):
            self.paused_until = now + PAUSES[min(self.pauses, len(PAUSES) - 1)]
            self.pauses = min(self.pauses + 1, 1000)
            return self.paused_until
        return None

    def most_at_once(self, stated: int, *, now: datetime) -> int:
        """How many records to ask for at once, where *stated* are wanted; 0: without `_count`."""
        until = self.page_size_until
        if self.page_size is None or until is None or not _is_ahead(until, REFUSED_FOR, now=now):
            return stated
        return min(stated, self.page_size)

    def note_too_many(self, asked: int, *, now: datetime) -> int:
        """A page of *asked* records was too large or took too long (R-27); return how many to ask for now."""
        self.page_size = min(self.most_at_once(asked, now=now), fewer(asked) or FEWEST_AT_ONCE)
        self.page_size_until = now + SMALL_FOR
        return self.page_size

    def note_taken(self, size: int, *, now: datetime) -> None:
        """The plan gave a page of *size* records (0: without `_count`) where it had refused more (C-01)."""
        self.page_size = size
        self.page_size_until = now + REFUSED_FOR

    def asks_for_changes(self, *, now: datetime) -> bool:
        """Whether the plan may be asked for changes only (`_lastUpdated`): it has not refused that."""
        until = self.without_changes_until
        return until is None or not _is_ahead(until, REFUSED_FOR, now=now)

    def searches_by_post(self, *, now: datetime) -> bool:
        """Whether searches begin by POST (FHIR R4 search: `_search`), because the plan refused GET."""
        until = self.by_post_until
        return until is not None and _is_ahead(until, REFUSED_FOR, now=now)

    def forms_in_order(
        self, *, now: datetime, with_source: Collection[str] = ()
    ) -> dict[str, tuple[int, ...]]:
        """In which order the forms of each type are tried, where it has several: the one it takes first.

        Of types *with source* each form goes first that asks for where records came from too, whose places
        follow those of the others; not where the plan refused that a while ago.
        """
        order = {}
        for name, fhir_type in fhir_types().items():
            held, count = self._form(name, now=now), len(fhir_type.forms)
            first = held["form"] % count if held else 0
            plain = sorted(range(count), key=lambda place: (place != first, place))
            if name in with_source and not (held and held.get("refuses_source")):
                order[name] = tuple(place for form in plain for place in (count + form, form))
            elif count > 1:
                order[name] = tuple(plain)
        return order

    def note_form(self, fhir_type: str, form: int, *, refuses_source: bool, now: datetime) -> None:
        """The plan answered a question in this form where it had refused it in another one.

        *refuses_source*: it was asked for where records came from too, and took no question with that.
        """
        self.forms[fhir_type] = {"form": form, "until": (now + REFUSED_FOR).isoformat()}
        if refuses_source:
            self.forms[fhir_type]["refuses_source"] = True

    def note_met(self, fhir_type: str, met: str, *, now: datetime) -> None:
        """A member's update met this of a type: what the plan refuses or lacks is kept. An answer takes that
        back, and leaves nothing: whether there was one, and records in it, is its member's alone."""
        if met in OF_THE_PLAN:
            self.met[fhir_type] = {"state": met, "at": now.isoformat()}
        else:
            self.met.pop(fhir_type, None)

    def knows(self, fhir_type: str, met: str, *, now: datetime) -> bool:
        """Whether it is known already, since a short while."""
        held = self.met.get(fhir_type)
        if held is None or met not in OF_THE_PLAN:
            return held is None and met not in OF_THE_PLAN
        return bool(held["state"] == met) and now - datetime.fromisoformat(held["at"]) < MET_AGAIN

    def lacks(self, fhir_type: str, *, now: datetime) -> bool:
        """Whether the plan said a while ago that it has no such type at all."""
        held = self.met.get(fhir_type)
        if held is None or held["state"] != "not_offered":
            return False
        return bool(now - datetime.fromisoformat(held["at"]) < LACKS_FOR)

    def refuses(self, fhir_type: str) -> bool:
        """Whether the newest word of the plan about a type is that it does not give it to apps, so asked."""
        return bool(self.met.get(fhir_type, {}).get("state") == "refused")

    def _form(self, fhir_type: str, *, now: datetime) -> dict[str, Any] | None:
        """Which form the plan was found to take; None while it has refused none."""
        held = self.forms.get(fhir_type)
        if held is None or not _is_ahead(datetime.fromisoformat(held["until"]), REFUSED_FOR, now=now):
            return None
        return dict(held)

    def _rate(self, quirks: Quirks, *, now: datetime) -> tuple[float, int]:
        """Questions a minute and how many of them at once; a slowed rate grows again when all is quiet."""
        stated = float(quirks.requests_per_minute or DEFAULT_PER_MINUTE)
        while self.learned_per_minute is not None and self.slowed_at is not None:
            if -CLOCKS <= now - self.slowed_at < QUIET:
                return self.learned_per_minute, 1
            faster = self.learned_per_minute * FASTER
            self.learned_per_minute = faster if faster < stated else None
            self.slowed_at += QUIET
        return stated, 1 if quirks.requests_per_minute else DEFAULT_BURST


def _mark(run_id: uuid.UUID) -> uuid.UUID:
    """Return what tells an update from another one, and whoever reads the row not which it is."""
    return uuid.UUID(bytes=salted_hmac("apps.sync.paces", run_id.hex, algorithm="sha256").digest()[:16])


def _is_ahead(moment: datetime, most: timedelta, *, now: datetime) -> bool:
    """Whether *moment* is still to come, and no further away than *most*, as a right clock says."""
    return now < moment <= now + most + CLOCKS

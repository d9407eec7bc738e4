"""A long fetch of claims cut into windows of dates, asked for at once; what they miss comes as ever."""

import threading
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import partial
from typing import Final

from django.db import transaction

from apps.claims import reading
from apps.fhir import values
from apps.fhir.bundles import FIRST_STAMP, LAST_STAMP, Page, Resource
from apps.fhir.client import Client, Params
from apps.sync import last_page, seen
from apps.sync.fetching import MANY, Lane
from apps.sync.models import PlanPace, SyncStep
from apps.sync.models.paces import DEFAULT_PER_MINUTE
from apps.sync.work import Work

FEWEST: Final = 2
MOST: Final = 8
PAGES_EACH: Final = 2
"""Worth it only from so many pages for each window on: each costs a question more than the pages in a row."""
MOST_AGAIN: Final = 1.5
"""Windows that say they hold more than so many times everything bring too much of it twice."""
FEWEST_DAYS: Final = 5
"""Fewer dates on a page tell neither an order nor how claims are spread."""
YEAR: Final = timedelta(days=365)


def number_for(work: Work, step: SyncStep) -> int:
    """Return into how many windows this pass may be cut, 0 for none: a lane is left for people and places.

    Not where the plan's pace is the limit, which every window's last page would use up for nothing.
    """
    quirks = work.connection.plan.quirks
    if quirks.window_by == "never" or step.resource_type != MANY or not step.is_full:
        return 0
    is_slow = (quirks.requests_per_minute or DEFAULT_PER_MINUTE) < DEFAULT_PER_MINUTE
    slowed = PlanPace.objects.filter(plan=work.connection.plan_id, learned_per_minute__isnull=False)
    number = min(work.lanes - 1, MOST)
    return 0 if number < FEWEST or is_slow or slowed.exists() else number


def brought_before(work: Work, step: SyncStep) -> set[bytes] | None:
    """Return the digests of what the pass has brought, where windows may have: pages bring it again."""
    if work.connection.plan.quirks.window_by == "never" or step.resource_type != MANY or not step.is_full:
        return None
    return seen.brought(step) if step.total <= seen.AT_ONCE else None


class Windows:
    """The windows of one pass, and whether they are still of use.

    Nothing that they bring is taken for complete by itself: a claim without a date is in no window, servers
    ignore parameters, and totals are no promise. `conclude` compares. While they run, the step keeps the
    link of its first page as its checkpoint, so whatever happens the pass goes on from there.
    """

    def __init__(self, *, by: str, number: int, params: Params) -> None:
        self.is_over = False
        """Given up: what still comes from a window is not stored any more."""
        self._by, self._number, self._params = by, number, params
        self._stop = threading.Event()
        self._whole = self._first = 0
        self._lead: Lane | None = None
        self._open: set[Lane] = set()
        self._totals: dict[Lane, int] = {}

    def __contains__(self, lane: Lane) -> bool:
        """Whether this lane asks for a window and has not ended."""
        return lane in self._open

    def follow(self, lane: Lane) -> bool:
        """Whether this is the lane that brought the first page: what comes after it is theirs."""
        return lane is self._lead

    @property
    def have_begun(self) -> bool:
        """Whether any window was asked for."""
        return self._lead is not None

    @property
    def have_ended(self) -> bool:
        """Whether every window was asked for to its end."""
        return self.have_begun and not self._open

    def lead(self, pages: Iterator[Page]) -> Iterator[Page]:
        """Yield the first page of the whole search, and the others only where windows are not worth it.

        Called in the thread that asks.
        """
        for page in pages:
            yield page
            if self._are_worth(page):
                return
            self._number = 0  # the first page decides

    def begin(self, lane: Lane, page: Page, *, today: date) -> list[Lane]:
        """Return the lanes that follow from a lane's first page, none where they are not worth it."""
        if self.have_begun or not self._are_worth(page):
            return []
        self._lead = lane
        self._whole, self._first = page.total or 0, len(_claims(page))
        days = [day for each in _claims(page) if (day := _day_of(each)) is not None]
        where = cuts(days, left=self._whole - self._first, number=self._number, today=today)
        lanes = [Lane(lane.step, MANY, partial(self._ask, window)) for window in between(where)]
        self._open.update(lanes)
        return lanes

    def are_in_vain(self, lane: Lane, page: Page) -> bool:
        """Note a page that came; return whether windows do not help with this plan.

        One that holds everything was not looked at by the server, or is where all claims are.
        """
        if lane in self._totals:
            return False
        if page.total is None or page.total >= self._whole:
            return True
        self._totals[lane] = page.total
        if self._open - self._totals.keys():
            return False
        held = sum(self._totals.values())
        return held < self._whole - self._first or held > self._whole * MOST_AGAIN

    def ended(self, lane: Lane) -> None:
        """Note that a window came to its end."""
        self._open.discard(lane)

    def give_up(self) -> None:
        """Ask for no further page of any window."""
        self.is_over = True
        self._stop.set()

    def _are_worth(self, page: Page) -> bool:
        here = len(_claims(page))
        if self._number < FEWEST or page.next_url is None or page.has_gaps or not here:
            return False
        left = (page.total or 0) - here
        return left >= self._number * PAGES_EACH * here and left + here <= seen.AT_ONCE

    def _ask(self, window: tuple[str, ...], client: Client) -> Iterator[Page]:
        for page in client.search(MANY, {**self._params, self._by: window}):
            yield page
            if self._stop.is_set():
                return


def conclude(work: Work, step: SyncStep) -> bool:
    """End the pass as its last page would, where first page and windows brought exactly what the plan counts.

    Return False where the pages have to be gone through: also where something seems to be gone, which is
    never told from windows.
    """
    with transaction.atomic():
        work.hold.lock()
        number, missing = seen.unseen(step, work.connection, with_windows=True)
        if number != step.total or missing or step.has_gaps:
            return False
        step.sealed_checkpoint = b""
        step.save(update_fields=["sealed_checkpoint"])
        last_page.conclude(step, run=work.run, now=work.now_fn(), with_windows=True)
    return True


def cuts(days: Sequence[date], *, left: int, number: int, today: date) -> list[date]:
    """Return in order the days that cut time into *number* windows with about as many claims each.

    *days* are those of the first page as they came, *left* is how many claims there are besides. A page in no
    order is a sample of all; one in order goes on at the same rate; without usable days, it is a year each.
    """
    known = [day.toordinal() for day in days if FIRST_STAMP <= day.year <= LAST_STAMP]
    parts = range(1, number)
    in_order = sorted(known)
    if len(known) < FEWEST_DAYS:
        found = set()
    elif known in (in_order, in_order[::-1]):
        found = _onwards(known, left, number, today.toordinal())
    else:
        found = {in_order[len(in_order) * part // number] for part in parts}
    if len(found) < number - 1:
        found = {(today - YEAR * part).toordinal() for part in parts}
    return [date.fromordinal(each) for each in sorted(found)]


def between(where: Sequence[date]) -> list[tuple[str, ...]]:
    """Return the search values of the windows before, between and after these days (FHIR R4 search, date)."""
    starts = [f"ge{day.isoformat()}" for day in where]
    ends = [f"lt{day.isoformat()}" for day in where]
    return [(ends[0],), *zip(starts, ends[1:], strict=False), (starts[-1],)]


def _onwards(known: Sequence[int], left: int, number: int, today: int) -> set[int]:
    """Return where to cut what follows a page in order of time, forwards or back."""
    first, last = known[0], known[-1]
    reach = (last - first) * left // len(known)
    reach = min(reach, today - last) if reach > 0 else max(reach, date(FIRST_STAMP, 1, 1).toordinal() - last)
    return {last + reach * part // number for part in range(1, number)} if reach else set()


def _claims(page: Page) -> list[Resource]:
    return [each for each in page.resources if each.type == MANY]


def _day_of(resource: Resource) -> date | None:
    try:
        claim = reading.opened(resource.body).claim
    except reading.Unreadable:
        return None
    day = values.day(claim.billable_period.start) or values.day(claim.created)
    return day.first if day else None

"""What the parts of a try share: the run in hand, how its plan is reached, what may end it at any moment."""

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import cached_property, partial
from typing import Final
from uuid import UUID

from apps.connections import granted
from apps.connections.access import Access
from apps.connections.models import Connection
from apps.connections.people import person_of
from apps.fhir.client import PAGE_SIZE, Client
from apps.fhir.errors import FhirError, NotAllowed, NotOffered
from apps.kinds.care.types import PROVENANCE
from apps.outbound.limits import Budget
from apps.plans.reading import Unreadable, read_statement
from apps.plans.scopes import shares_clinical
from apps.records import known_names
from apps.records.projection import Projector
from apps.sync import turn
from apps.sync.course import MOST_SECONDS, SLICE, Course
from apps.sync.leases import Hold, LeaseLost
from apps.sync.models import MOST_ATTEMPTS, SyncRun, SyncStep
from apps.sync.pace import Pace, known, note_method
from apps.sync.questions import End, Stands
from apps.vault.boxes import box_for
from apps.vault.errors import SealBroken
from config.fhir_types import CLAIMS, EVERY, asked_types, fhir_types, main_type, person_type

LOOK: Final = timedelta(seconds=1)
"""So often it is looked whether a try may go on."""


class Ended(Exception):
    """The try ends here, with what is in flight; `end` says why."""

    def __init__(self, end: End) -> None:
        self.end = end
        super().__init__(end)


def _narrowed_by(scopes: str) -> frozenset[str]:
    return frozenset(name for name in fhir_types() if granted.is_narrowed(scopes, name))


class Work:
    """One try of a run, for the thread that stores; `open_client` alone is for others.

    `names` maps references to display names and grows while the run goes on; `books` puts what was mirrored
    into books, after the first claims, now and then, and at the end. Raises AccessProblem or KeyUnavailable.
    """

    def __init__(
        self, run: SyncRun, hold: Hold, *, stop: threading.Event, connect: Callable[..., Access]
    ) -> None:
        self.run, self.hold, self.now_fn = run, hold, hold.now_fn
        self.connection, self.box = run.connection, box_for(run.member)
        self._stop, self._connect, self.budget = stop, connect, Budget(MOST_SECONDS)
        self._began_at = self._looked_at = self.now_fn()
        access, plan = self._open(run.connection), run.connection.plan
        self.client, self.patient_id = self._client(access), access.patient_id
        self._pace = known(plan)
        self.limits = granted.limits_of(run.connection.scopes_granted)
        self.narrowed = _narrowed_by(run.connection.scopes_granted)
        page_size = self._pace.most_at_once(plan.quirks.page_size or PAGE_SIZE, now=self._began_at)
        is_last_try = run.attempts >= MOST_ATTEMPTS
        with_source = self._with_source()
        order = self._pace.forms_in_order(now=self._began_at, with_source=with_source)
        self.course = Course(
            plan.fhir_base_url,
            main_type(),
            page_size,
            is_last_try,
            # A type covered in part has one form only.
            forms={name: forms for name, forms in order.items() if name not in self.limits},
            with_source=with_source - self.limits.keys(),
            after=frozenset(asked_types(EVERY)) - frozenset(asked_types(CLAIMS)),
        )
        self.names = dict(known_names.names_of(self.connection, self.box))
        self.books = Projector(self.connection, self.box, names=self.names)
        self.apart: dict[UUID, str] | None = None
        """What books say of records that could not be read or are set aside, looked up once a run."""

    def look(self, *, is_idle: bool = False) -> None:
        """Raise what ends the try now; call between two pages, and while nothing comes (*is_idle*)."""
        stands: Stands = ""
        now, base_url, waits = self.now_fn(), self.course.base_url, False
        since = now - self._began_at
        if is_idle or now - self._looked_at >= LOOK:
            self._looked_at = now
            waits = since >= SLICE and turn.somebody_waits(self.connection.plan_id, now=now)
            stands, base_url = self._standing()
        if end := self.course.end(
            stands=stands,
            is_stopping=self._stop.is_set(),
            base_url=base_url,
            since=since,
            seconds_left=self.budget.left(),
            somebody_waits=waits,
        ):
            raise Ended(end)

    def open_client(self, before_each: Callable[[], None]) -> Client:
        """Return one more client for the thread that calls this, which calls *before_each* question."""
        # Rows of its own: opening and renewing write to them, and threads share none.
        row = self._row()
        if row is None:
            raise LeaseLost
        self._stop_if_asked()
        return self._client(self._open(row), before_each)

    def note_progress(self) -> None:
        """Count tries anew from here on: the run got further than any try of it before (R-17, R-35).

        Call for what cannot come twice; else a run that never ends would never be given up.
        """
        if self.run.attempts > 1:
            SyncRun.objects.filter(pk=self.run.pk, fence=self.hold.fence, state=SyncRun.State.RUNNING).update(
                attempts=1
            )
            self.run.attempts = 1

    def may_read(self, kind: str) -> bool:
        """Whether the permission covers this resource type, as far as the plan said."""
        return granted.may_read(self._kinds(), kind)

    def _with_source(self) -> frozenset[str]:
        """The types asked for together with where they came from: the plan takes no question for that alone.

        Never without a permission for it, under which some servers send nothing at all.
        """
        if not self._pace.refuses(PROVENANCE.name) or not self.may_read(PROVENANCE.name):
            return frozenset()
        return frozenset(name for name, fhir_type in fhir_types().items() if fhir_type.with_source)

    def offers(self, kind: str) -> bool | None:
        """Whether the plan's own statement names the type; None where it says nothing, or cannot be read."""
        return kind in self._offered if self._offered else None

    @cached_property
    def _offered(self) -> frozenset[str]:
        """The types that the plan's statement names, none where it cannot be read. Asked once a try."""
        try:
            statement = read_statement(self.client.statement(), base=self.client.base_url)
        except (FhirError, Unreadable):
            return frozenset()
        return frozenset(statement.searches)

    def is_of_permission_before(self, step: SyncStep) -> bool:
        """Whether the pass began under an earlier permission, which may have covered less.

        The run is of before it too: web servers and workers need not have one clock.
        """
        since = self.connection.connected_at
        return step.began_at is not None and step.began_at < since and self.run.created_at < since

    def refusal_of(self, kind: str) -> FhirError | None:
        """Return why a resource type need not be asked for, None where it is: the permission does not cover
        it; of clinical ones also that nobody agreed to them, or that the plan is known to have none.
        """
        if kind in self.course.after and (refusal := self._refusal_of_clinical(kind)):
            return refusal
        if self.may_read(kind):
            return None
        is_asked = kind == person_type() and self._is_named()
        return granted.AskedOnce() if is_asked else granted.NotGranted()

    def lock_for(self, step: SyncStep) -> None:
        """Prove the hold inside the current transaction, and that the member still agrees to what *step* asks
        for; raise LeaseLost, or granted.NotConsented, also where the step was erased meanwhile.
        """
        mine, row = self.connection, self.hold.lock()
        mine.clinical_since, mine.connected_at = row.clinical_since, row.connected_at
        if row.scopes_granted != mine.scopes_granted:  # once narrower, it stays so for this try
            self.narrowed |= _narrowed_by(row.scopes_granted)
        kind = step.resource_type
        if kind in self.course.after and not (
            kind in fhir_types(self.connection.consents) and SyncStep.objects.filter(pk=step.pk).exists()
        ):
            raise granted.NotConsented

    def _refusal_of_clinical(self, kind: str) -> FhirError | None:
        if kind not in fhir_types(self.connection.consents):
            return granted.NotConsented()
        quirks = self.connection.plan.quirks
        is_listed = not quirks.clinical_types or kind in quirks.clinical_types
        is_known_absent = not self.run.asks_everything and self._pace.lacks(kind, now=self.now_fn())
        is_absent = is_known_absent or not (is_listed and shares_clinical(quirks))
        return NotOffered("known already") if is_absent else None

    def why_refused(self, kind: str, error: FhirError) -> FhirError:
        """Return what a refusal of this type is, held against what the plan granted (C-07)."""
        kinds = self._kinds()
        if type(error) is not NotAllowed or kinds is None or not granted.may_read(kinds, kind):
            return error
        refusal = granted.RefusedThoughGranted(status=error.status, issues=error.issues, says=error.says)
        refusal.asked = error.asked
        return refusal

    def _kinds(self) -> frozenset[str] | None:
        row = self.connection
        return granted.readable(row.scopes_granted, asked=row.scopes_asked)

    def _is_named(self) -> bool:
        """Whether the plan was asked for the person when the member connected."""
        try:
            person = person_of(self.connection, self.box)
        except SealBroken:
            return False
        return bool(person.name or person.born)

    def _open(self, row: Connection) -> Access:
        return self._connect(row, clock=self.now_fn, budget=self.budget, pause=self._pause)

    def _client(self, access: Access, before_each: Callable[[], None] = lambda: None) -> Client:
        plan = self.connection.plan

        def may_ask() -> None:
            before_each()
            self._stop_if_asked()
            self.hold.extend_if_aging()

        return Client(
            plan.fhir_base_url,
            Pace(plan, self.run.pk, self.now_fn, self._pause, access, may_ask),
            pause=self._pause,
            back_link=plan.quirks.back_link,
            by_post=known(plan).searches_by_post(now=self.now_fn()),
            note_method=partial(note_method, plan, now_fn=self.now_fn),
        )

    def _stop_if_asked(self) -> None:
        if self._stop.is_set():
            raise Ended("stopping")

    def _pause(self, seconds: float) -> None:
        """Wait, no longer than until the worker is to stop."""
        self._stop.wait(seconds)
        self._stop_if_asked()

    def _row(self) -> Connection | None:
        return Connection.objects.select_related("plan", "member").filter(pk=self.connection.pk).first()

    def _standing(self) -> tuple[Stands, str]:
        """Return how the connection stands now, and its plan's address."""
        row = self._row()
        if row is None:
            return "gone", ""
        stands: Stands = "kept" if row.is_kept else "" if row.is_active else "ended"
        return row.stopped_because(now=self.now_fn()) or stands, row.plan.fhir_base_url

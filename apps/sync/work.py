"""What the parts of a run share: the run and its hold, the member's box, the client, the names learned."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from apps.connections import granted
from apps.connections.models import Connection
from apps.fhir.client import PAGE_SIZE, Client, Transport
from apps.sync.leases import Hold
from apps.sync.models import SyncRun
from apps.vault.boxes import Box


class Access(Transport, Protocol):
    """What a run needs of a connection: authorised calls, and whose records these are."""

    @property
    def patient_id(self) -> str:
        """The member's id at the plan."""
        ...


class Stopping(Exception):
    """The worker is asked to stop: give the run back."""


@dataclass
class Work:
    """Everything a step needs. `names` maps references to display names and grows while the run goes on.

    `client` is for the thread that stores; `open_client` makes one more for the thread that calls it, given
    what it has to call before each question.
    """

    run: SyncRun
    connection: Connection
    box: Box
    client: Client
    patient_id: str
    hold: Hold
    now_fn: Callable[[], datetime]
    stop_if_asked: Callable[[], None]
    open_client: Callable[[Callable[[], None]], Client]
    page_size: int = PAGE_SIZE
    """How many records are asked for at once; 0: as many as the plan likes."""
    lanes: int = 1
    """How many questions are asked at once; 1 asks in turn, without threads."""
    names: dict[str, str] = field(default_factory=dict)

    def note_progress(self) -> None:
        """Count tries anew from here on: the run got further than any try of it before (R-17, R-35).

        Call for what cannot come twice; else a run that never ends would never be given up.
        """
        if self.run.attempts > 1:
            mine = SyncRun.objects.filter(pk=self.run.pk, fence=self.hold.fence, state=SyncRun.State.RUNNING)
            mine.update(attempts=1)
            self.run.attempts = 1

    def may_read(self, kind: str) -> bool:
        """Whether the permission covers this resource type, as far as the plan said."""
        row = self.connection
        return granted.may_read(granted.readable(row.scopes_granted, asked=row.scopes_asked), kind)

    def insist_on(self, kind: str) -> None:
        """Raise granted.NotGranted where the permission does not cover this resource type."""
        if not self.may_read(kind):
            raise granted.NotGranted

"""Looking at runs, and transports that something happens to."""

from collections.abc import Callable
from typing import Any

from apps.claims import records
from apps.connections.models import Connection
from apps.outbound.door import Answer
from apps.sync.models import SyncRun, SyncStep
from apps.vault import finding
from apps.vault.boxes import box_for
from tests.fhir.stub import Door


def step(run: SyncRun, kind: str) -> SyncStep:
    return run.steps.get(resource_type=kind)


def key_of(connection: Connection, identity: str) -> str:
    """Return the source key of a record (`Type/id`) of this connection."""
    return finding.source_key(box_for(connection.member), identity)


def states(run: SyncRun) -> list[str]:
    return [each.state for each in run.steps.all()]


def record_of(connection: Connection) -> Any:
    claim = connection.claims.order_by("source_key").first()
    assert claim is not None
    return records.from_bytes(box_for(connection.member).open(claim, "sealed_record"))


class Interrupted(Door):
    """A transport that does something before its n-th call."""

    def __init__(self, call: int, effect: Callable[[], None]) -> None:
        super().__init__()
        self.calls, self.call, self.effect = 0, call, effect

    def get(self, url: str) -> Answer:
        self.calls += 1
        if self.calls == self.call:
            self.effect()
        return super().get(url)


def raises(error: Exception) -> Callable[[], None]:
    def effect() -> None:
        raise error

    return effect

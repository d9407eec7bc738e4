"""A kind that a test brings is asked for, kept and watched as the others are."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from apps.connections.models import Connection
from apps.records.shelf import Library
from apps.sync.models import SyncChange, SyncRun
from apps.vault.boxes import box_for
from tests.fhir.stub import Stub, bundle
from tests.records.conftest import with_glasses
from tests.records.toy import GLASSES, sent
from tests.sync.looking import step

__all__ = ["with_glasses"]
KIND = "EnrollmentRequest"
DAY = timedelta(days=1)


@pytest.mark.usefixtures("with_glasses")
@pytest.mark.parametrize(("lens", "is_ours"), [("hopeless", True), ("broken", True), (7, False)])
def test_a_mistake_of_a_reader_is_told_and_a_record_that_is_none_is_not(
    bring: Callable[..., SyncRun],
    stub: Stub,
    caplog: pytest.LogCaptureFixture,
    lens: object,
    *,
    is_ours: bool,
) -> None:
    """A reader that gave up on what it had opened left no line in the log."""
    stub.on(KIND, bundle(sent("a", lens=lens), sent("b")))
    run = bring()
    assert (step(run, KIND).unreadable, step(run, KIND).received) == (1, 2)
    assert ("could not be read" in caplog.text) is is_ours


@pytest.mark.usefixtures("with_glasses")
def test_a_kind_more_is_asked_for_and_what_becomes_of_its_records_is_noted(
    bring: Callable[..., SyncRun], stub: Stub, connection: Connection, now: datetime
) -> None:
    stub.on(KIND, bundle(sent("a"), sent("b", written="2025-01-01")))
    run = bring()
    assert (run.state, step(run, KIND).new, step(run, KIND).unreadable) == (SyncRun.State.FINISHED, 2, 0)
    assert not SyncChange.objects.exists(), "what the first import brings is no news"
    stub.on(KIND, bundle(sent("b", written="2025-01-01", lens="Single"), sent("c")))
    run = bring(at=now + DAY)
    assert (step(run, KIND).new, step(run, KIND).changed, step(run, KIND).gone) == (1, 1, 1)
    noted = SyncChange.objects.filter(record__fhir_type=KIND).values_list("what", flat=True)
    assert sorted(noted) == ["changed", "gone", "new"]
    held = Library(connection.member, box_for(connection.member)).held(GLASSES)
    lenses = sorted((GLASSES.open_brief(glasses.entry.brief).lens, glasses.entry.is_gone) for glasses in held)
    assert lenses == [("Progressive", False), ("Progressive", True), ("Single", False)]

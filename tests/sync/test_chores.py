"""The worker's chores: one that fails is noted and tried again later, and the others go on."""

import logging

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from apps.connections.models import Revocation
from apps.plans.models import Plan
from apps.sync.chores import REST_SECONDS, Chore
from apps.sync.models import SyncRun


def raiser(error: Exception) -> object:
    raise error


@pytest.mark.parametrize(
    "error", [ValueError("Rosa Quill"), OperationalError("Rosa Quill"), RecursionError()]
)
def test_what_fails_ends_nothing_and_rests_before_the_next_try(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    done = []
    chores = [Chore("one", 0, lambda: raiser(error)), Chore("two", 0, lambda: done.append("two"))]
    with caplog.at_level(logging.WARNING):
        assert [chore.do() for chore in chores] == [False, True]
    assert done == ["two"]
    assert "one" in caplog.text
    assert "Rosa" not in " ".join(record.getMessage() for record in caplog.records)
    assert not chores[0].is_due
    assert chores[1].is_due
    assert chores[0].next_at - chores[1].next_at > REST_SECONDS - 1


@pytest.mark.parametrize("command", ["sync_sweep", "sync_worker"])
def test_a_timer_hears_of_a_failure_after_everything_was_tried(
    db: None, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    """A query of the first chore breaks; the last one is done all the same."""
    asked = []
    monkeypatch.setattr(type(SyncRun.objects.all()), "free_to_take", lambda *_, **__: raiser(ValueError()))
    due = type(Revocation.objects.all()).due
    monkeypatch.setattr(
        type(Revocation.objects.all()), "due", lambda rows, **given: asked.append(1) or due(rows, **given)
    )
    with pytest.raises(CommandError, match="the sweep"):
        call_command(command, **({"once": True} if command == "sync_worker" else {}))
    assert asked
    assert not Plan.objects.exists()

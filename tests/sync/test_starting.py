"""Starting what is due: an update that does not begin stays due."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError

from apps.connections.models import Connection
from apps.sync import actions, schedule, scheduler
from apps.sync.models import Refresh, SyncRun


def test_an_update_whose_start_was_cut_off_is_due_again_at_once(
    connection: Connection, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R-37: a worker that is killed between the next moment and the run loses neither."""
    schedule.begin(connection=connection, now=now)
    Refresh.objects.update(due_at=now)

    def killed(**_: Any) -> None:
        raise OperationalError

    with monkeypatch.context() as patch, pytest.raises(OperationalError):
        patch.setattr(actions, "start", killed)
        scheduler.start_due(now=now)
    assert scheduler.start_due(now=now + timedelta(minutes=5)) == 1
    assert SyncRun.objects.get().is_scheduled
    assert scheduler.start_due(now=now + timedelta(minutes=6)) == 0

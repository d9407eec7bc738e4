"""After our reading changed everything is read once more: in the end, however often the worker is killed."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.claims import actions as claims
from apps.connections.models import Connection
from apps.sync import actions, marks, running, shelves
from apps.sync.models import LEASE, MOST_ATTEMPTS, SyncMark, SyncRun
from tests.claims.given import claims_of, coverages_of
from tests.fhir.stub import Door, Stub, bundle
from tests.sync.conftest import COVERAGE, PRACTITIONER, an_eob
from tests.sync.looking import record_of

Bring = Callable[..., SyncRun]
NUMBER = 900
"""More than four batches of raw records, and more saves than a run has tries."""


@pytest.fixture
def read_before(connection: Connection, stub: Stub, bring: Bring) -> Connection:
    """Return a connection whose claims were read by an earlier version of ours."""
    stub.on("ExplanationOfBenefit", bundle(*map(an_eob, range(NUMBER))))
    assert bring().state == SyncRun.State.FINISHED
    connection.claims.update(digest="of an earlier reading")
    SyncMark.objects.update(read_as="0.0.0")
    return connection


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the types of the raw records that were opened since, one by one."""
    rows, really = list[str](), shelves.opened

    def noting(box: Any, row: Any) -> bytes | None:
        body = really(box, row)
        rows.append("claim" if body and b"ExplanationOfBenefit" in body else "other")
        return body

    monkeypatch.setattr(shelves, "opened", noting)
    return rows


def die_at_save(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Kill the worker at its n-th save of claims from now on."""
    really, saves = claims.save, iter(range(1, 10**6))

    def save(**given: Any) -> Any:
        if next(saves) == number:
            raise KeyboardInterrupt
        return really(**given)

    monkeypatch.setattr(claims, "save", save)


def one_try(run: SyncRun, at: datetime) -> None:
    with suppress(KeyboardInterrupt):
        running.run(run_id=run.pk, now_fn=lambda: at, connect=lambda *_, **__: Door())
    run.refresh_from_db()


def test_a_new_reading_comes_to_its_end_although_every_try_is_killed(
    read_before: Connection, opened: list[str], now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = now + timedelta(days=1)
    run, tries = actions.start(connection=read_before, now=at), 0
    while run.is_active and tries < 4 * MOST_ATTEMPTS:
        with monkeypatch.context() as patch:
            die_at_save(patch, 2)
            one_try(run, at)
        at, tries = at + LEASE + timedelta(seconds=1), tries + 1
    assert run.state == SyncRun.State.FINISHED
    assert not marks.is_read_otherwise(read_before)
    assert not read_before.claims.filter(digest="of an earlier reading").exists()
    # Once to look at its key, once to be read, and once more what a kill cut off; nothing else.
    assert opened.count("claim") <= 3 * NUMBER


def test_names_that_came_after_a_kill_are_in_what_was_gone_over_before_it(
    read_before: Connection, bring: Bring, stub: Stub, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = now + timedelta(days=1)
    run = actions.start(connection=read_before, now=at)
    with monkeypatch.context() as patch:
        die_at_save(patch, 5)
        one_try(run, at)
    assert read_before.claims.exclude(digest="of an earlier reading").exists()
    married = PRACTITIONER | {"name": [{"given": ["Ruth"], "family": "Stein"}]}
    stub.on("ExplanationOfBenefit", bundle(*map(an_eob, range(NUMBER)), married))
    SyncRun.objects.filter(pk=run.pk).update(state=SyncRun.State.FAILED, lease_until=None)
    assert bring(at=at + timedelta(days=1)).state == SyncRun.State.FINISHED
    assert {record_of(read_before, number).provider for number in range(0, NUMBER, 90)} == {"Ruth Stein"}


def test_another_new_reading_begins_from_the_start(
    read_before: Connection, bring: Bring, now: datetime
) -> None:
    """How far one reading came says nothing about the next."""
    marks.are_read_to(read_before, max(read_before.resources.values_list("pk", flat=True)))
    SyncMark.objects.update(reading_as="1.1.1")
    bring(at=now + timedelta(days=1))
    assert not read_before.claims.filter(digest="of an earlier reading").exists()


def test_what_a_new_reading_lists_for_the_first_time_is_gone_where_the_plan_no_longer_sends_it(
    bring: Bring, connection: Connection, stub: Stub, now: datetime
) -> None:
    """It could not be read when it was sent; now it would count in every sum."""
    day = timedelta(days=1)
    stub.on("ExplanationOfBenefit", bundle(an_eob(1), an_eob(2)), bundle(an_eob(1)))
    stub.on("Coverage", bundle(COVERAGE, COVERAGE | {"id": "cov-2"}), bundle(COVERAGE))
    bring()
    bring(at=now + day)
    gone = connection.claims.exclude(gone_at=None), connection.coverages.exclude(gone_at=None)
    assert [rows.count() for rows in gone] == [1, 1]
    for rows in gone:
        rows.delete()
    SyncMark.objects.update(read_as="0.0.0")
    bring(at=now + day * 2)
    assert [rows.count() for rows in gone] == [1, 1]
    assert (len(claims_of(connection)), len(coverages_of(connection))) == (2, 2)
    assert set(gone[0].values_list("gone_at", flat=True)) == {now + day}

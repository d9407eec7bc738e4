"""Databases from before D-12 held: their plain digests get keys, and every record is found again."""

import importlib
import logging
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connection as database
from django.db.migrations.loader import MigrationLoader
from django.test import Client

from apps.accounts.models import Member
from apps.claims.models import Claim
from apps.connections.models import Connection
from apps.fhir import identity
from apps.sync import past
from apps.sync.models import EarlierVersion, SyncChange, SyncRun, SyncSeen, WantedRecord
from apps.vault.boxes import Box
from apps.vault.errors import KeyUnavailable
from apps.vault.models import DataKey
from tests.fhir.stub import Stub, bundle, reply
from tests.sync.conftest import an_eob
from tests.sync.looking import Interrupted, key_of, raises, step
from tests.sync.test_keyed import KIND, stored
from tests.sync.test_without_ids import nameless

Bring = Callable[..., SyncRun]
DAY = timedelta(days=1)
PURPOSES = ("source key", "digest")


@pytest.fixture(scope="module")
def of_then() -> Any:
    """Return the models as they were when digests got keys."""
    loader = MigrationLoader(None)
    return loader.project_state([("sync", "0009_keyed_digests")]).apps


@pytest.fixture
def upgrade(of_then: Any) -> Callable[[], None]:
    """Return a verb that keys what there is, as `migrate` does."""
    module = importlib.import_module("apps.sync.migrations.0009_keyed_digests")
    return lambda: module.key_all(of_then, SimpleNamespace(connection=database))


@pytest.fixture
def unkeyed(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Have plain digests stored, until this is undone."""
    keyed = Box.fingerprint

    def fingerprint(box: Box, purpose: str, text: str) -> str:
        return text if purpose in PURPOSES else keyed(box, purpose, text)

    with monkeypatch.context() as patch:
        patch.setattr(Box, "fingerprint", fingerprint)
        yield patch


@pytest.fixture
def before(
    unkeyed: pytest.MonkeyPatch, bring: Bring, connection: Connection, stub: Stub, now: datetime
) -> Connection:
    """Return a connection that brought a claim, changed since, two more, an approval and all they name."""
    others = (an_eob(2), an_eob(3), an_eob(7, use="preauthorization"))
    stub.on(KIND, bundle(an_eob(1), *others), bundle(an_eob(1, disposition="Changed"), *others))
    bring(at=now - DAY), bring()
    unkeyed.undo()
    return connection


def rows(connection: Connection) -> list[Any]:
    kept = (connection.resources, connection.claims, connection.approvals, connection.coverages)
    more = (EarlierVersion.objects, SyncChange.objects, WantedRecord.objects)
    return [sorted(every.values_list("pk", flat=True)) for every in (*kept, *more)]


def test_d_12_after_the_upgrade_every_record_is_found_again(
    before: Connection, upgrade: Callable[[], None], bring: Bring, now: datetime
) -> None:
    ids, plain = rows(before), stored()
    assert all(ids)
    upgrade()
    assert not stored() & plain
    run = bring(at=now + DAY)
    assert run.state == SyncRun.State.FINISHED
    for kind in (KIND, "Coverage", "Patient"):
        found = step(run, kind)
        assert (found.new, found.changed, found.gone, found.back) == (0, 0, 0, 0)
    assert rows(before) == ids
    assert not before.claims.filter(read_at__gt=now).exists(), "unchanged, so none is read again"
    assert not before.resources.exclude(gone_at=None).exists()


def test_what_changed_before_the_upgrade_is_told_after_it(
    before: Connection, upgrade: Callable[[], None], alice: Member
) -> None:
    upgrade()
    claim = before.claims.get(source_key=key_of(before, f"{KIND}/eob-1"))
    assert len(past.of_claim(claim, alice)) == 1
    keys = {claim.source_key for claim in Claim.objects.all()}
    assert set(SyncChange.objects.values_list("source_key", flat=True)) <= keys
    assert WantedRecord.objects.filter(source_key=key_of(before, "Practitioner/p1")).exists()


def test_lists_say_the_same_and_are_written_again_by_the_next_change(
    before: Connection,
    upgrade: Callable[[], None],
    alice_client: Client,
    bring: Bring,
    stub: Stub,
    now: datetime,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Entries of the index carry the start of a claim's digest: those of plain ones are made anew."""

    def listed() -> int:
        answer = alice_client.get("/claims/")
        assert answer.status_code == 200
        return answer.content.decode().count("March 9, 2026")

    shown = listed()
    assert shown >= 3
    upgrade()
    assert listed() == shown
    others = (an_eob(3), an_eob(7, use="preauthorization"))
    stub.on(KIND, bundle(an_eob(1, disposition="Changed"), an_eob(2, disposition="Changed"), *others))
    with caplog.at_level(logging.ERROR):
        assert step(bring(at=now + DAY), KIND).changed == 1
        assert listed() == shown
    assert not caplog.records


def test_a_pass_cut_off_by_the_upgrade_begins_anew_and_calls_nothing_gone(
    unkeyed: pytest.MonkeyPatch,
    upgrade: Callable[[], None],
    bring: Bring,
    connection: Connection,
    stub: Stub,
    now: datetime,
) -> None:
    with pytest.raises(KeyboardInterrupt):
        bring(through=Interrupted(4, raises(KeyboardInterrupt())))
    assert SyncSeen.objects.exists()
    unkeyed.undo()
    upgrade()
    assert not SyncSeen.objects.exists()
    stub.on(KIND, bundle(an_eob(1), an_eob(2), next=f"{KIND}?page=2"), bundle(an_eob(3)))
    run = bring(at=now + DAY)
    assert run.state == SyncRun.State.FINISHED
    assert (step(run, KIND).gone, step(run, KIND).received) == (0, 3)
    assert (
        connection.claims.filter(gone_at=None).count() == connection.resources.filter(kind=KIND).count() == 3
    )


def test_claims_without_id_of_a_first_pass_that_is_under_way_come_once(
    unkeyed: pytest.MonkeyPatch,
    upgrade: Callable[[], None],
    bring: Bring,
    connection: Connection,
    stub: Stub,
    now: datetime,
) -> None:
    """No pass has come to its end yet, so nothing was known of what they are stored under."""
    other = nameless(billablePeriod={"start": "2026-02-01"})
    pages = bundle(nameless(), next=f"{KIND}?page=2"), bundle(other)
    stub.on("Coverage", reply("", 403))
    stub.on(KIND, *pages)
    unkeyed.setattr(identity, "MADE_OF", {})
    with pytest.raises(KeyboardInterrupt):
        bring(through=Interrupted(4, raises(KeyboardInterrupt())))
    assert connection.claims.count() == 1
    unkeyed.undo()
    upgrade()
    stub.on(KIND, *pages)
    found = step(bring(at=now + DAY), KIND)
    assert (found.received, found.gone) == (2, 0)
    assert connection.resources.filter(kind=KIND).count() == connection.claims.count() == 2


@pytest.mark.parametrize("lost", [True, False])
def test_a_member_whose_keys_are_gone_or_broken_is_left_alone_and_counted(
    before: Connection, upgrade: Callable[[], None], caplog: pytest.LogCaptureFixture, lost: bool
) -> None:
    keys = DataKey.objects.filter(member=before.member)
    keys.delete() if lost else keys.update(wrapped=b"cut off")
    plain = stored()
    upgrade()
    assert stored() == plain
    assert "1 members have no keys that open" in caplog.text
    assert before.member.email not in caplog.text


def test_without_the_wrapping_key_the_upgrade_stops_and_changes_nothing(
    before: Connection, upgrade: Callable[[], None], settings: Any
) -> None:
    plain = stored()
    settings.VAULT_KEYS = [f"another:{'Q' * 43}="]
    with pytest.raises(KeyUnavailable):
        upgrade()
    assert stored() == plain


def test_with_a_wrong_wrapping_key_nothing_is_migrated(before: Connection, settings: Any) -> None:
    """A key that opens nothing is no reason to leave everybody out."""
    settings.VAULT_KEYS = [f"test:{'Q' * 43}="]
    with pytest.raises(SystemCheckError, match="vault"):
        call_command("migrate", verbosity=0, skip_checks=False)


def test_a_kms_that_does_not_answer_stops_the_upgrade(
    before: Connection, upgrade: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.vault import keys, wrapping  # noqa: PLC0415

    def down(*_: Any, **__: Any) -> bytes:
        raise wrapping.WrapperDown("no answer")

    monkeypatch.setattr(keys.KeyList, "unwrap", down)
    plain = stored()
    with pytest.raises(KeyUnavailable, match="no answer"):
        upgrade()
    assert stored() == plain


def test_a_database_without_records_needs_no_keys(
    alice: Member, upgrade: Callable[[], None], settings: Any
) -> None:
    settings.VAULT_KEYS = []
    upgrade()

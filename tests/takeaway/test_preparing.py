"""Long files: made in the background, killed, doubled, stopped, disconnected, over."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from apps.accounts.models import Member
from apps.connections import endings
from apps.connections.models import Connection
from apps.records import remarks
from apps.records.remarks import Topic
from apps.takeaway import actions, contents, formats, preparation
from apps.takeaway.models import KEPT_FOR, LEASE, MOST_ATTEMPTS, QUEUE_PATIENCE, Export, Piece
from apps.vault.boxes import box_for
from tests.claims.given import NOW, a_connection, an_eob, claims_of
from tests.takeaway.given import bring, cells, content, prepare

State = Export.State
SOON = NOW + timedelta(minutes=1)


def ask(member: Member, key: str = "claims", *, year: int = 0, now: datetime = NOW) -> Export:
    return actions.request(member=member, format_=formats.ALL[key], year=year, now=now)


def text_of(export: Export) -> bytes:
    return content(contents.prepared(export))


class Killed(BaseException):
    """The process is gone: nothing of ours catches this."""


class Before(threading.Event):
    """Asked before each part whether to stop: does something before the part of that number instead."""

    def __init__(self, part: int, effect: Callable[[], None]) -> None:
        super().__init__()
        self.left, self.effect = part, effect

    def is_set(self) -> bool:
        """Never ask the worker to stop."""
        self.left -= 1
        if self.left < 0:
            self.effect()
        return False


def die() -> None:
    raise Killed


def kill(export: Export, *, after: int, at: datetime) -> None:
    """Let a worker take the file and die when it has written so many parts."""
    with pytest.raises(Killed):
        preparation.run(export_id=export.pk, now_fn=lambda: at, stop=Before(after, die))
    export.refresh_from_db()


@pytest.mark.parametrize("key", list(formats.ALL))
def test_a_prepared_file_is_the_same_as_one_made_at_once(
    browser: Client, alice: Member, many: Connection, small_parts: None, key: str
) -> None:
    export = prepare(ask(alice, key), at=SOON)
    assert (export.state, export.done, export.lease_until) == (State.READY, export.total, None)
    format_ = formats.ALL[key]
    at_once = contents.at_once(member=alice, format_=format_, scope=contents.Scope(), now=export.created_at)
    assert text_of(export) == content(at_once)


@pytest.mark.parametrize(("key", "parts"), [("reading", 0), ("claims", 1), ("originals", 3)])
def test_a_killed_worker_is_followed_by_one_that_goes_on(
    *, alice: Member, many: Connection, small_parts: None, key: str, parts: int
) -> None:
    """What was written is not written again, nothing is missing, nothing is there twice."""
    whole = text_of(prepare(ask(alice, key), at=SOON))
    Export.objects.all().delete()
    export = ask(alice, key)
    kill(export, after=parts, at=SOON)
    assert (export.state, export.written) == (State.RUNNING, parts)
    before = set(export.pieces.values_list("pk", flat=True))
    assert prepare(export, at=SOON + LEASE / 2).state == State.RUNNING, "its lease still holds"
    done = prepare(export, at=SOON + LEASE + timedelta(seconds=1))
    assert (done.state, done.done) == (State.READY, 9)
    assert before <= set(export.pieces.values_list("pk", flat=True))
    assert text_of(done) == whole


def test_what_the_member_said_is_gone_on_with_behind_a_mark_that_the_column_holds(
    alice: Member, many: Connection, small_parts: None
) -> None:
    """PostgreSQL refused the moment with topic and subject; they were readable, too."""
    moment, longest = NOW.replace(microsecond=123456), Export._meta.get_field("cursor").max_length or 0
    for claim in claims_of(many):
        subject, own = remarks.subject_of(claim.entry), {"connection_id": many.pk, "box": box_for(alice)}
        remarks.say(member=alice, topic=Topic.PAID, subject=subject, value={"amount": "5"}, now=moment, **own)
    whole, marks = text_of(prepare(ask(alice, "reading"), at=SOON)), set()
    for parts in range(1, 9):
        Export.objects.all().delete()
        export = ask(alice, "reading")
        kill(export, after=parts, at=SOON)
        marks.add(export.cursor)
        assert len(export.cursor) <= longest and "paid" not in export.cursor
        assert text_of(prepare(export, at=SOON + LEASE + timedelta(seconds=1))) == whole
    assert any(mark.startswith(moment.isoformat()) for mark in marks)


def test_a_worker_thought_dead_writes_nothing_more(
    alice: Member, many: Connection, small_parts: None
) -> None:
    """The fence: the first comes back when the second is done."""
    export = ask(alice)
    first = preparation.take(export_id=export.pk, now_fn=lambda: SOON)
    assert first is not None
    whole = text_of(prepare(export, at=SOON + LEASE))
    for write in (first.finish, lambda: first.write(a_part(many), box_for(alice))):
        with pytest.raises(preparation.NotOurs):
            write()
    assert text_of(export) == whole


def a_part(connection: Connection) -> contents.Part:
    return contents.Part(contents.Place(0, connection.pk, "x"), connection.pk, [b"late"], 1, 0, 4)


def test_a_doubled_task_finds_nothing_to_do(alice: Member, many: Connection) -> None:
    export = prepare(ask(alice), at=SOON)
    assert prepare(export, at=SOON + LEASE * 3).attempts == 1
    preparation.run(export_id=alice.pk, now_fn=lambda: SOON)  # no such file


def test_a_worker_that_is_stopped_gives_the_file_back(alice: Member, many: Connection) -> None:
    export = ask(alice)
    stop = threading.Event()
    stop.set()
    preparation.run(export_id=export.pk, now_fn=lambda: SOON, stop=stop)
    export.refresh_from_db()
    assert (export.state, export.attempts) == (State.WAITING, 0)
    assert actions.sweep(now=SOON) == 1
    assert prepare(export, at=SOON).state == State.READY


def test_a_file_that_kills_every_worker_is_given_up(alice: Member, many: Connection) -> None:
    export = ask(alice)
    at = SOON
    for _ in range(MOST_ATTEMPTS):
        kill(export, after=0, at=at)
        at += LEASE
    assert prepare(export, at=at).state == State.FAILED
    assert actions.sweep(now=at + LEASE) == 0


def test_a_file_given_up_behind_its_first_pieces_says_that_it_failed(
    browser: Client, alice: Member, many: Connection, small_parts: None
) -> None:
    """Its pieces go; it is not taken for one whose records were erased, which would be told otherwise."""
    export = ask(alice, now=timezone.now())
    at = timezone.now()
    kill(export, after=2, at=at)
    for _ in range(MOST_ATTEMPTS - 1):
        at += LEASE
        kill(export, after=0, at=at)
    assert prepare(export, at=at + LEASE).state == State.FAILED
    assert not Piece.objects.exists()
    assert actions.tidy(now=at + LEASE) == 0
    assert "We could not make this file." in browser.get(export.get_absolute_url()).content.decode()


def test_while_the_key_cannot_be_had_a_file_waits_and_no_try_is_counted(
    alice: Member, many: Connection, settings: Any
) -> None:
    export, kept, at = ask(alice), settings.VAULT_KEYS, SOON
    settings.VAULT_KEYS = [f"other:{'B' * 43}="]
    for _ in range(MOST_ATTEMPTS + 2):
        export = prepare(export, at=at)
        assert (export.state, export.attempts) == (State.WAITING, 0)
        assert actions.sweep(now=at) == 0, "not at once again"
        at += QUEUE_PATIENCE
        assert actions.sweep(now=at) == 1
    settings.VAULT_KEYS = kept
    assert prepare(export, at=at).state == State.READY


def test_a_file_that_comes_forward_is_never_given_up(
    alice: Member, many: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A release a minute: each worker writes one part before it is killed."""
    monkeypatch.setattr(contents, "PART_RECORDS", 1)
    export = prepare(ask(alice, "reading"), at=SOON)
    whole, parts = text_of(export), export.written
    Export.objects.all().delete()
    export, at = ask(alice, "reading"), SOON
    assert parts > MOST_ATTEMPTS + 1
    for _ in range(parts - 1):
        kill(export, after=1, at=at)
        at += LEASE
    assert text_of(prepare(export, at=at)) == whole


def test_a_lost_queue_entry_is_made_again(alice: Member, many: Connection) -> None:
    export = ask(alice)
    assert actions.sweep(now=NOW) == 0
    assert actions.sweep(now=NOW + timedelta(seconds=31)) == 1
    assert actions.sweep(now=NOW + timedelta(seconds=32)) == 0
    assert export.state == State.WAITING


def test_the_worker_prepares_it_and_the_queue_knows_only_its_id(
    transactional_db: None, alice: Member, many: Connection
) -> None:
    export = ask(alice, now=timezone.now())
    call_command("sync_worker", once=True)
    export.refresh_from_db()
    assert export.state == State.READY
    (row,) = DBTaskResult.objects.filter(task_path="apps.takeaway.tasks.prepare_file")
    assert row.args_kwargs == {"args": [], "kwargs": {"export_id": str(export.pk)}}


def test_it_is_deleted_after_a_day(alice: Member, many: Connection) -> None:
    prepare(ask(alice), at=SOON)
    assert actions.tidy(now=NOW + KEPT_FOR - timedelta(seconds=1)) == 0
    assert actions.tidy(now=NOW + KEPT_FOR) == 1
    assert not Piece.objects.exists()


def test_erasing_a_connection_takes_its_part_of_every_file_at_once(
    alice: Member, many: Connection, connection: Connection, small_parts: None
) -> None:
    """In the same transaction; what is left is offered to nobody, and goes with the next tidying."""
    export = prepare(ask(alice), at=SOON)
    endings.erase(connection=many, now=SOON)
    assert not Piece.objects.filter(connection_id=many.pk).exists()
    assert actions.is_gone(export, now=SOON)
    with pytest.raises(contents.Torn):
        text_of(export)
    assert actions.tidy(now=SOON) == 1
    assert not Piece.objects.exists()


def test_keeping_the_records_keeps_the_file(alice: Member, many: Connection) -> None:
    export = prepare(ask(alice), at=SOON)
    endings.keep(connection=many, now=SOON)
    assert not actions.is_gone(export, now=SOON)
    assert len(cells(text_of(export))) == 9


@pytest.mark.parametrize("part", [0, 1, 4, 5])
def test_a_connection_erased_while_the_file_is_made_is_not_in_it(
    alice: Member, many: Connection, small_parts: None, part: int
) -> None:
    """Before its first piece the work begins again without it; afterwards the file is gone."""
    bring(a_connection(alice, plan="Lakeside"), an_eob(50))
    export = ask(alice)
    erase = Before(part, lambda: endings.erase(connection=many, now=SOON) and None)
    preparation.run(export_id=export.pk, now_fn=lambda: SOON, stop=erase)
    prepare(export, at=SOON)
    assert not Piece.objects.filter(connection_id=many.pk).exists()
    if not actions.is_gone(export, now=SOON):
        assert export.state == State.READY
        assert [row["plan"] for row in cells(text_of(export))] == ["Lakeside"]
    else:
        assert export.written > 1
        assert actions.tidy(now=SOON) == 1


def test_a_file_torn_while_it_is_read_does_not_end_as_if_whole(
    alice: Member, many: Connection, small_parts: None
) -> None:
    export = prepare(ask(alice), at=SOON)
    stream = iter(contents.prepared(export).streaming_content)
    next(stream), next(stream), next(stream)  # the header, and the first piece
    endings.erase(connection=many, now=SOON)
    with pytest.raises(contents.Torn):
        list(stream)


def test_pieces_are_sealed_and_belong_to_their_row(alice: Member, many: Connection) -> None:
    export = prepare(ask(alice), at=SOON)
    for piece in export.pieces.all():
        assert b"CLM-" not in bytes(piece.sealed_body)
        assert box_for(alice).open(piece, "sealed_body")


def test_closing_the_account_takes_files_along(alice: Member, many: Connection) -> None:
    prepare(ask(alice), at=SOON)
    alice.delete()
    assert not Export.objects.exists()
    assert not Piece.objects.exists()

"""The wrapping key in a place of the operator's, reached through a program: slow, down or wrong at times."""

import logging
import os
import sys
import time
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections import endings, revocations
from apps.connections.models import Revocation
from apps.sync import runner
from apps.sync.models import SyncRun
from apps.vault import wrapping
from apps.vault.boxes import box_for, house_box
from apps.vault.command import command_wrapper
from apps.vault.errors import KeyUnavailable, SealBroken, WrapperFailed
from apps.vault.models import DataKey
from tests.vault.given import TOKENS, body_of, of_the_house, resources

PROGRAM = Path(__file__).with_name("kms.py")


class Kms:
    """The program and its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def make(self, name: str) -> None:
        """Make a key of this name."""
        (self.folder / name).write_bytes(os.urandom(32))

    def fail(self, how: str) -> None:
        """Fail from now on: down, slow or strange."""
        (self.folder / how).touch()

    def work(self) -> None:
        """Work again."""
        for how in ("down", "slow", "strange"):
            (self.folder / how).unlink(missing_ok=True)

    @property
    def calls(self) -> list[str]:
        """What it was asked."""
        return (self.folder / "calls").read_text().splitlines() if (self.folder / "calls").exists() else []


@pytest.fixture
def kms(tmp_path: Path, settings: Any) -> Kms:
    """Return a KMS with one key, configured as the wrapper; nothing is kept in memory by default."""
    wrapping._kept.clear()
    settings.VAULT_WRAPPER = "apps.vault.command.command_wrapper"
    settings.VAULT_COMMAND = f"{sys.executable} {PROGRAM} {tmp_path}"
    settings.VAULT_COMMAND_KEYS = ["spring"]
    settings.VAULT_COMMAND_SECONDS = 30.0
    settings.VAULT_UNWRAPPED_SECONDS = 0.0
    made = Kms(tmp_path)
    made.make("spring")
    return made


def test_records_are_sealed_and_opened_with_the_wrapping_key_elsewhere(kms: Kms, alice: Member) -> None:
    row = resources(alice, 1)[0]
    assert box_for(alice).open(row, "sealed_body") == body_of(row, 0)
    assert set(DataKey.objects.values_list("key_name", flat=True)) == {"spring"}
    assert kms.calls[:2] == ["wrap spring", "wrap spring"]
    assert "unwrap spring" in kms.calls
    assert wrapping._kept._cache == {}, "told to keep no key in memory, it keeps none"


def test_the_way_to_a_kms_and_back_and_its_own_rotation(kms: Kms, alice: Member, settings: Any) -> None:
    settings.VAULT_WRAPPER = "apps.vault.keys.key_list"
    row = resources(alice, 1)[0]
    assert set(DataKey.objects.values_list("key_name", flat=True)) == {"test"}

    def move(wrapper: str, names: list[str]) -> set[str]:
        settings.VAULT_WRAPPER, settings.VAULT_COMMAND_KEYS = wrapper, names
        call_command("rotate_keys", stdout=StringIO())
        assert box_for(alice).open(row, "sealed_body") == body_of(row, 0)
        return set(DataKey.objects.values_list("key_name", flat=True))

    assert move("apps.vault.command.command_wrapper", ["spring"]) == {"spring"}
    kms.make("autumn")
    assert move("apps.vault.command.command_wrapper", ["autumn", "spring"]) == {"autumn"}
    (kms.folder / "spring").unlink()
    assert box_for(alice).open(row, "sealed_body") == body_of(row, 0)
    assert move("apps.vault.keys.key_list", ["autumn"]) == {"test"}


def test_unwrapped_keys_are_kept_for_a_bounded_time(
    kms: Kms, alice: Member, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VAULT_UNWRAPPED_SECONDS = 300.0
    resources(alice, 1)
    box_for(alice)
    before = len(kms.calls)
    kms.fail("down")
    box_for(alice)
    assert len(kms.calls) == before
    later = time.time() + 301
    monkeypatch.setattr(time, "time", lambda: later)
    with pytest.raises(WrapperFailed):
        box_for(alice)


@pytest.mark.parametrize(
    ("how", "words"), [("down", "exit code 1"), ("slow", "within 0.5 s"), ("strange", None)]
)
def test_what_the_program_does_wrong_is_said_by_row_without_what_it_printed(
    kms: Kms, alice: Member, settings: Any, how: str, words: str | None
) -> None:
    resources(alice, 1)
    row = DataKey.objects.of(alice.pk).sealing().get()
    if how == "slow":
        settings.VAULT_COMMAND_SECONDS = 0.5
    kms.fail(how)
    expected = SealBroken if words is None else WrapperFailed
    with pytest.raises(expected, match=str(row.pk)) as caught:
        box_for(alice)
    assert words is None or words in str(caught.value)
    assert "the bytes were" not in str(caught.value)


@pytest.mark.parametrize("seconds", [0.0, 300.0])
def test_a_wrapped_key_moved_to_another_row_does_not_open_whatever_the_program_checks(
    kms: Kms, alice: Member, bob: Member, settings: Any, seconds: float
) -> None:
    """D-04: the program knows nothing of rows; a key that is kept in memory was unwrapped for its row."""
    settings.VAULT_UNWRAPPED_SECONDS = seconds
    box_for(alice), box_for(bob)
    box_for(alice)
    hers, his = (DataKey.objects.of(member.pk).sealing().get() for member in (alice, bob))
    DataKey.objects.filter(pk=his.pk).update(wrapped=bytes(hers.wrapped))
    with pytest.raises(SealBroken, match=str(his.pk)):
        box_for(bob)


def test_a_wrong_key_at_the_kms_is_an_error(kms: Kms, alice: Member) -> None:
    box_for(alice)
    kms.make("spring")
    with pytest.raises(SealBroken, match="does not open with key 'spring'"):
        box_for(alice)


@pytest.mark.parametrize("command", ["/nowhere/at/all", "/etc/passwd"])
def test_a_program_that_cannot_be_run_is_said(kms: Kms, alice: Member, settings: Any, command: str) -> None:
    settings.VAULT_COMMAND = command
    with pytest.raises(WrapperFailed, match="cannot be run"):
        box_for(alice)
    assert not DataKey.objects.exists()


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("cat", "the key as it was"),
        ("cat >&2", "returned nothing"),
        ("head -c 5000 /dev/zero", "more than a wrapped key can be"),
        ("exit 3", "as if it were one to unwrap"),
    ],
    ids=["the-key", "nothing", "too-much", "not-this-key"],
)
def test_a_program_that_gives_no_wrapped_key_wraps_nothing(
    kms: Kms, alice: Member, settings: Any, tmp_path: Path, script: str, words: str
) -> None:
    lazy = tmp_path / "lazy"
    lazy.write_text(f"#!/bin/sh\n{script}\n")
    lazy.chmod(0o700)
    settings.VAULT_COMMAND = str(lazy)
    with pytest.raises(WrapperFailed, match=words):
        box_for(alice)
    assert not DataKey.objects.exists()


@pytest.mark.parametrize(("command", "names"), [("", ["a"]), ("program", []), ("program", ["Not A Name"])])
def test_half_a_configuration_is_refused(settings: Any, command: str, names: list[str]) -> None:
    settings.VAULT_COMMAND, settings.VAULT_COMMAND_KEYS = command, names
    with pytest.raises(ImproperlyConfigured, match="VAULT_COMMAND_KEYS"):
        command_wrapper()


def test_two_keys_of_one_name_are_refused(kms: Kms, settings: Any) -> None:
    settings.VAULT_COMMAND_KEYS = ["test"]
    with pytest.raises(ImproperlyConfigured, match="same name"):
        wrapping.all_wrappers()


def test_while_the_kms_is_down_pages_answer_503_and_come_back_by_themselves(
    kms: Kms, alice: Member, alice_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    resources(alice, 1)
    kms.fail("down")
    for address in ("/home/", "/claims/"):
        answer = alice_client.get(address)
        assert answer.status_code == 503
        assert int(answer["Retry-After"]) > 0
        assert "They are safe, and nothing was changed" in answer.content.decode()
        assert "en este momento" in answer.content.decode()
    assert str(DataKey.objects.of(alice.pk).sealing().get().pk) in caplog.text
    kms.work()
    assert alice_client.get("/claims/").status_code == 200


def test_while_the_kms_is_down_an_update_waits_and_nothing_is_overwritten(
    kms: Kms, alice: Member, caplog: pytest.LogCaptureFixture
) -> None:
    row = resources(alice, 1)[0]
    now = timezone.now()
    run = SyncRun.objects.create(
        member=alice, connection=row.connection, created_at=now, next_try_at=now, queued_at=now
    )
    kms.fail("down")
    with caplog.at_level(logging.CRITICAL):
        runner.run(run_id=run.pk, now_fn=timezone.now)
    run.refresh_from_db()
    assert (run.state, run.lease_until, run.attempts) == (SyncRun.State.WAITING, None, 0)
    assert run.next_try_at > now
    kms.work()
    row.refresh_from_db()
    assert box_for(alice).open(row, "sealed_body") == body_of(row, 0)
    row.connection.refresh_from_db()
    assert box_for(alice).open(row.connection, "sealed_tokens") == TOKENS


def test_while_the_kms_is_down_tokens_that_a_plan_should_forget_are_kept(kms: Kms, bob: Member) -> None:
    """O-34: not to have the key is no reason to give up: the tokens stay, and are asked for again."""
    of_the_house(bob)
    kms.fail("down")
    now = timezone.now()
    Revocation.objects.update(created_at=now, next_try_at=now - timedelta(seconds=1))
    revocations.ask_due(clock=timezone.now)
    row = Revocation.objects.get()
    assert row.state == Revocation.State.WAITING
    assert row.problem == revocations.NO_KEY
    kms.work()
    assert house_box().open(row, "sealed_tokens") == b"[false, []]"


@pytest.mark.parametrize("end", [endings.keep, endings.erase])
def test_while_the_kms_is_down_no_permission_ends_with_its_tokens_forgotten(
    kms: Kms, alice: Member, end: Any
) -> None:
    connection = resources(alice, 1)[0].connection
    kms.fail("down")
    with pytest.raises(KeyUnavailable):
        end(connection=connection, now=timezone.now())
    connection.refresh_from_db()
    kms.work()
    assert box_for(alice).open(connection, "sealed_tokens") == TOKENS


def test_while_the_kms_is_down_a_rotation_says_which_keys_it_could_not_have(kms: Kms, alice: Member) -> None:
    resources(alice, 1)
    before = sorted(map(bytes, DataKey.objects.values_list("wrapped", flat=True)))
    kms.fail("down")
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("rotate_keys", "--members", "--grace", "0", stdout=out, stderr=out)
    assert "exit code 1" in out.getvalue()
    assert sorted(map(bytes, DataKey.objects.values_list("wrapped", flat=True))) == before
    kms.work()
    call_command("rotate_keys", "--members", "--grace", "0", stdout=out, stderr=out)
    assert DataKey.objects.of(alice.pk).sealing().get().number == 2


def test_the_context_of_a_key_is_bound_by_the_wrapper_itself(kms: Kms) -> None:
    wrapper, key = command_wrapper(), os.urandom(32)
    wrapped = wrapper.wrap(key, context=b"a")
    assert wrapper.unwrap(wrapped, name="spring", context=b"a") == key
    with pytest.raises(wrapping.NotThisKey):
        wrapper.unwrap(wrapped, name="spring", context=b"b")
    assert key.hex() not in repr(wrapper)

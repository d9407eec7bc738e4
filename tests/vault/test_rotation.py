"""Keys rotate: nothing is lost, digests stay, and what cannot be done is said (D-06, D-07)."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from apps.accounts.models import Member
from apps.accounts.passkeys import PURPOSE
from apps.connections.models import ClientKey, Revocation
from apps.plans.models import Plan
from apps.records.models import Record
from apps.vault import boxes, reseal, rings, rotation
from apps.vault.boxes import Box, box_for, house_box
from apps.vault.errors import SealBroken
from apps.vault.models import DataKey, Rotation
from apps.vault.rings import FRESH_SECONDS, OLDEST, Ring
from apps.vault.rotation import Told
from apps.vault.sealed_bytes import number_of
from tests.registered import secret_of
from tests.vault.given import (
    CLIENT_SECRET,
    SEED,
    TOKENS,
    body_of,
    first_of_all,
    numbers,
    of_the_house,
    opened,
    resources,
)

NEW, OLD = f"new:{'B' * 43}=", f"old:{'A' * 43}="


def rotate(*options: str) -> str:
    """Run the command without waiting for old keys, and return what it printed."""
    out = StringIO()
    call_command("rotate_keys", *options, "--grace", "0", stdout=out, stderr=out)
    return out.getvalue()


def keys_of(member: Member | None) -> list[tuple[str, int]]:
    owner = member.pk if member else None
    return sorted(DataKey.objects.of(owner).values_list("use", "number"))


def test_d_07_a_member_gets_a_new_key_and_every_record_is_sealed_under_it(alice: Member, bob: Member) -> None:
    rows, his = resources(alice, 5), resources(bob, 2)
    said = rotate("--member", str(alice.pk))
    assert numbers(alice) == {2}
    assert numbers(bob) == {1}
    for row in rows:
        row.refresh_from_db()
        assert box_for(alice).open(row, "sealed_body") == body_of(row, 0)
    assert box_for(bob).open(Record.objects.get(pk=his[0].pk), "sealed_body") == body_of(his[0], 0)
    assert box_for(alice).open(rows[0].connection, "sealed_tokens") == TOKENS
    assert keys_of(alice) == [("find", 1), ("seal", 2)]
    assert keys_of(bob) == [("find", 1), ("seal", 1)]
    assert "1 new keys, 0 to come; 6 values sealed again; 1 old keys destroyed, 0 still there." in said
    assert Rotation.objects.get().finished_at is not None


def test_d_07_all_members_and_the_house_get_new_keys(alice: Member, bob: Member) -> None:
    resources(alice, 2), resources(bob, 2), of_the_house(alice)
    rotate("--members")
    rotate("--members")
    assert numbers(alice) == numbers(bob) == numbers() == {3}
    for owner in (alice, bob, None):
        assert keys_of(owner) == [("find", 1), ("seal", 3)]
    assert Rotation.objects.filter(finished_at__isnull=False).count() == 2


def test_d_07_whatever_the_house_seals_is_sealed_again_also_what_others_store(alice: Member) -> None:
    of_the_house(alice)
    rotate("--house")
    assert keys_of(None) == [("find", 1), ("seal", 2)]
    assert secret_of(Plan.objects.get()) == CLIENT_SECRET
    assert opened(ClientKey, "sealed_private_jwk", house_box()) == [b"{}"]
    assert opened(Revocation, "sealed_tokens", house_box()) == [b"[false, []]"]
    texts = Authenticator.objects.get().data
    assert house_box().open_text(PURPOSE, texts["seed"]) == SEED
    assert [house_box().open_text(PURPOSE, code) for code in texts["migrated_codes"]] == ["1111", "2222"]
    assert texts["used_mask"] == 5


def test_d_12_digests_stay_when_data_keys_rotate_for_old_and_new_members(alice: Member, bob: Member) -> None:
    resources(alice, 1), resources(bob, 1)
    first_of_all(alice)  # she came when the first data key was also the key of digests
    marks = [box_for(member).fingerprint("claims.person", "x") for member in (alice, bob)]
    rotate("--members")
    rotate("--members")
    assert [box_for(member).fingerprint("claims.person", "x") for member in (alice, bob)] == marks
    assert keys_of(alice) == keys_of(bob) == [("find", 1), ("seal", 3)]


def test_a_new_member_has_a_key_for_digests_that_is_none_for_sealing(alice: Member) -> None:
    ring = Ring(alice.pk)
    data_key = rings.unwrapped(DataKey.objects.of(alice.pk).sealing().get())
    assert ring.finding_key() != data_key
    assert len(ring.finding_key()) == 32


def test_an_old_key_stays_until_its_grace_is_over(alice: Member) -> None:
    resources(alice, 1)
    naps: list[float] = []

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        assert keys_of(alice) == [("find", 1), ("seal", 1), ("seal", 2)]
        if len(naps) == 3:
            long_ago = timezone.now() - rotation.GRACE
            DataKey.objects.retired().update(retired_at=long_ago)

    row, is_new = rotation.asked(whose=Rotation.Whose.MEMBER, member_id=alice.pk, now=timezone.now())
    assert is_new
    rotation.rotate(row, counts=Told(), say=[].append, sleep=sleep)
    assert naps == [rotation.LONGEST_NAP.total_seconds()] * 3
    assert keys_of(alice) == [("find", 1), ("seal", 2)]


def test_what_somebody_writes_under_the_old_key_meanwhile_is_sealed_again_and_begins_the_grace_anew(
    alice: Member,
) -> None:
    """A worker that read its keys before the rotation, and writes after it."""
    rows = resources(alice, 2)
    slow = box_for(alice)
    late: list[Record] = []

    def sleep(seconds: float) -> None:
        """The grace ends; the first time, a value under the old key has arrived shortly before."""
        used_at = DataKey.objects.retired().values_list("retired_at", flat=True).get()
        assert used_at is not None
        assert used_at > timezone.now() - timedelta(minutes=1), "what was used a moment ago is kept anew"
        DataKey.objects.retired().update(retired_at=timezone.now() - timedelta(hours=1))
        if not late:
            late.append(rows[0])
            body = slow.seal(rows[0], "sealed_body", b"late")
            assert number_of(body) == 1
            Record.objects.filter(pk=rows[0].pk).update(sealed_body=body)

    row, _ = rotation.asked(whose=Rotation.Whose.MEMBER, member_id=alice.pk, now=timezone.now())
    before = timezone.now()
    rotation.rotate(row, counts=Told(), grace=timedelta(minutes=15), say=[].append, sleep=sleep)
    assert DataKey.objects.of(alice.pk).sealing().get().created_at <= before + timedelta(minutes=1)
    assert box_for(alice).open(Record.objects.get(pk=rows[0].pk), "sealed_body") == b"late"
    assert numbers(alice) == {2}


def test_a_box_that_is_kept_long_seals_under_the_newest_key_and_opens_what_others_sealed(
    alice: Member,
) -> None:
    row = resources(alice, 1)[0]
    ring = Ring(alice.pk)
    box = Box(ring)
    rings.renew(DataKey.objects.of(alice.pk).sealing().get())
    assert number_of(box.seal(row, "sealed_body", b"x")) == 1
    row.sealed_body = box_for(alice).seal(row, "sealed_body", b"of another process")
    assert number_of(row.sealed_body) == 2
    assert box.open(row, "sealed_body") == b"of another process"
    other = Ring(alice.pk)
    rings.renew(DataKey.objects.of(alice.pk).sealing().get())
    other._loaded -= FRESH_SECONDS + 1
    assert number_of(Box(other).seal(row, "sealed_body", b"x")) == 3


def test_a_value_that_does_not_open_keeps_its_key_and_is_named(alice: Member) -> None:
    """D-02: nothing is thrown away that an operator might still put back where it was."""
    rows = resources(alice, 3)
    moved = bytes(Record.objects.get(pk=rows[1].pk).sealed_body)
    Record.objects.filter(pk=rows[0].pk).update(sealed_body=moved)
    out = StringIO()
    with pytest.raises(CommandError, match="needs you"):
        call_command("rotate_keys", "--members", "--grace", "0", stdout=out, stderr=out)
    assert f"records.record.sealed_body of {rows[0].pk}" in out.getvalue()
    assert keys_of(alice) == [("find", 1), ("seal", 1), ("seal", 2)]
    assert bytes(Record.objects.get(pk=rows[0].pk).sealed_body) == moved
    Record.objects.filter(pk=rows[0].pk).delete()
    rotate("--members")
    assert keys_of(alice) == [("find", 1), ("seal", 3)]
    assert numbers(alice) == {3}


def test_a_text_of_the_house_that_does_not_open_keeps_its_key_too(alice: Member) -> None:
    """D-02: a seed of a code generator, which another library stores."""
    of_the_house(alice)
    row = Authenticator.objects.get()
    spoilt = row.data["seed"][:-8] + ("A" * 8)
    Authenticator.objects.update(data={**row.data, "seed": spoilt})
    out = StringIO()
    with pytest.raises(CommandError, match="needs you"):
        call_command("rotate_keys", "--house", "--grace", "0", stdout=out, stderr=out)
    assert f"mfa.authenticator.data of {row.pk}" in out.getvalue()
    assert ("seal", 1) in keys_of(None)
    assert Authenticator.objects.get().data["seed"] == spoilt


def test_what_is_locked_while_it_would_be_sealed_again_keeps_its_key_until_the_next_pass(
    alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, locked, passes = resources(alice, 2), reseal._locked, iter(range(9))

    def without_them(model: Any, ids: Any, fields: list[str]) -> Any:
        held = locked(model, ids, fields)
        return held.none() if model is Record and next(passes) < 2 else held

    monkeypatch.setattr(reseal, "_locked", without_them)
    row, _ = rotation.asked(whose=Rotation.Whose.MEMBER, member_id=alice.pk, now=timezone.now())
    rotation.rotate(row, counts=Told(), grace=timedelta(0), say=[].append, sleep=lambda _seconds: None)
    assert numbers(alice) == {2}
    assert box_for(alice).open(Record.objects.get(pk=rows[0].pk), "sealed_body") == body_of(rows[0], 0)
    assert keys_of(alice) == [("find", 1), ("seal", 2)]


def test_an_erased_member_is_no_obstacle_and_leaves_no_trace_in_a_rotation(alice: Member) -> None:
    resources(alice, 1)
    row, _ = rotation.asked(whose=Rotation.Whose.MEMBER, member_id=alice.pk, now=timezone.now())
    alice.delete()
    told = Told()
    rotation.rotate(row, counts=told, say=[].append)
    assert not told.failed
    assert not Rotation.objects.exists()


def test_a_member_who_is_erased_between_two_steps_of_a_rotation_is_no_obstacle(
    transactional_db: None, alice: Member, bob: Member
) -> None:
    """D-07: the new key is there, the account goes, and only then the records would be sealed again."""
    resources(alice, 1), resources(bob, 1)
    row, _ = rotation.asked(whose=Rotation.Whose.ALL, member_id=None, now=timezone.now())

    def erase(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        renewed = DataKey.objects.of(alice.pk).filter(number=2).exists() if "renewed" in sql else False
        if sql.startswith("UPDATE") and renewed:
            Member.objects.get(pk=alice.pk).delete()
        return result

    told, naps = Told(), list[float]()
    with connection.execute_wrapper(erase):
        rotation.rotate(row, counts=told, grace=timedelta(0), say=[].append, sleep=naps.append)
    assert not naps, "nobody waits for who is gone"
    assert not Member.objects.filter(pk=alice.pk).exists()
    assert not told.failed
    assert keys_of(bob) == [("find", 1), ("seal", 2)]


def test_a_rotation_asked_for_by_a_clock_that_is_ahead_gives_each_member_one_new_key(alice: Member) -> None:
    """R-43: hosts differ, and clocks are put right."""
    resources(alice, 1)
    naps: list[float] = []

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 3:
            DataKey.objects.retired().update(retired_at=timezone.now() - timedelta(hours=1))

    ahead = timezone.now() + timedelta(minutes=10)
    row, _ = rotation.asked(whose=Rotation.Whose.MEMBER, member_id=alice.pk, now=ahead)
    rotation.rotate(row, counts=Told(), say=[].append, sleep=sleep)
    assert keys_of(alice) == [("find", 1), ("seal", 2)]
    row.refresh_from_db()
    assert row.renewed == 1


def test_asking_twice_goes_on_with_the_same_rotation(alice: Member) -> None:
    resources(alice, 1)
    first, _ = rotation.asked(whose=Rotation.Whose.ALL, member_id=None, now=timezone.now())
    said = rotate("--members")
    assert "Going on with the rotation asked for" in said
    first.refresh_from_db()
    finished = first.finished_at
    assert finished is not None
    assert first.renewed == 1
    first.finish(now=finished + timedelta(days=1))  # as another process at work on it does
    first.refresh_from_db()
    assert first.finished_at == finished


@pytest.mark.parametrize("who", ["nobody", "00000000-0000-4000-8000-000000000000"])
def test_an_unknown_member_is_said(db: None, who: str) -> None:
    with pytest.raises(CommandError, match="no member"):
        rotate("--member", who)


def test_d_06_every_data_key_is_wrapped_anew_and_the_old_key_may_go(
    alice: Member, bob: Member, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rotation, "PER_QUERY", 1)
    settings.VAULT_KEYS = [OLD]
    rows = resources(alice, 2)
    of_the_house(alice)
    settings.VAULT_KEYS = [NEW, OLD]
    assert box_for(alice).open(rows[0], "sealed_body") == body_of(rows[0], 0)
    resources(bob, 1)
    assert set(DataKey.objects.values_list("key_name", flat=True)) == {"new", "old"}
    said = rotate()
    assert "'old' wraps nothing any more" in said
    assert set(DataKey.objects.values_list("key_name", flat=True)) == {"new"}
    settings.VAULT_KEYS = [NEW]
    assert box_for(alice).open(rows[0], "sealed_body") == body_of(rows[0], 0)
    assert secret_of(Plan.objects.get()) == CLIENT_SECRET
    assert numbers(alice) == {1}


def test_d_06_a_data_key_whose_wrapping_key_is_lost_is_named_and_left(
    alice: Member, bob: Member, settings: Any
) -> None:
    settings.VAULT_KEYS = [f"lost:{'C' * 43}="]
    resources(bob, 1)
    settings.VAULT_KEYS = [OLD]
    resources(alice, 1)
    before = {bytes(wrapped) for wrapped in DataKey.objects.of(bob.pk).values_list("wrapped", flat=True)}
    settings.VAULT_KEYS = [NEW, OLD]
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("rotate_keys", "--members", "--grace", "0", stdout=out, stderr=out)
    assert "'lost'" in out.getvalue()
    assert DataKey.objects.of(alice.pk).sealing().get().key_name == "new"
    assert {
        bytes(wrapped) for wrapped in DataKey.objects.of(bob.pk).values_list("wrapped", flat=True)
    } == before
    assert not Rotation.objects.exists()


def test_the_status_changes_nothing(alice: Member, settings: Any) -> None:
    resources(alice, 1)
    rotation.asked(whose=Rotation.Whose.ALL, member_id=None, now=timezone.now())
    before = list(DataKey.objects.values_list("pk", "key_name", "wrapped"))
    settings.VAULT_KEYS = [NEW, *settings.VAULT_KEYS]
    out = StringIO()
    call_command("rotate_keys", "--status", stdout=out)
    assert "wrapped by 'test': 2 keys" in out.getvalue()
    assert "wraps nothing" not in out.getvalue(), "'test' does, and 'new' is about to"
    assert "0 new keys, 1 to come" in out.getvalue()
    assert list(DataKey.objects.values_list("pk", "key_name", "wrapped")) == before


def test_d_05_a_key_that_is_a_year_old_gets_a_successor_by_itself(alice: Member) -> None:
    row = resources(alice, 1)[0]
    sealing = DataKey.objects.of(alice.pk).sealing()
    sealing.update(created_at=timezone.now() - OLDEST + timedelta(minutes=1))
    assert number_of(box_for(alice).seal(row, "sealed_body", b"x")) == 1
    sealing.update(created_at=timezone.now() - OLDEST)
    assert number_of(box_for(alice).seal(row, "sealed_body", b"x")) == 2
    assert number_of(box_for(alice).seal(row, "sealed_body", b"x")) == 2
    assert box_for(alice).open(row, "sealed_body") == body_of(row, 0)


def test_d_05_a_key_cannot_seal_as_much_as_nonces_allow_before_it_is_renewed() -> None:
    """NIST SP 800-38D section 8.3; more than any member's rows are written in a day."""
    rows, rewrites_a_day = 50_000, 100
    assert rows * rewrites_a_day * OLDEST.days < 2**31


def test_d_05_a_hundred_thousand_nonces_are_all_different(alice: Member) -> None:
    row, box = resources(alice, 1)[0], box_for(alice)
    header = 1 + 4
    nonces = {box.seal(row, "sealed_body", b"")[header : header + 12] for _ in range(100_000)}
    assert len(nonces) == 100_000


def test_a_key_of_no_number_that_is_there_is_said(alice: Member) -> None:
    row = resources(alice, 1)[0]
    sealed = bytearray(row.sealed_body)
    sealed[4] = 9
    row.sealed_body = bytes(sealed)
    with pytest.raises(SealBroken, match="data key 9"):
        boxes.box_for(alice).open(row, "sealed_body")

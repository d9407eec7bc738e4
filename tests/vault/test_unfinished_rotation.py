"""A rotation that cannot do everything at once goes on until it can, and is not done before."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts.models import Member
from apps.vault import reseal, rings, rotation
from apps.vault.models import DataKey, Rotation
from apps.vault.rotation import Told
from tests.vault.given import numbers, resources

OLD, LOST = f"old:{'A' * 43}=", f"lost:{'C' * 43}="


def without_waiting(run: Rotation) -> Told:
    """Do what can be done of a rotation, and return what it met."""
    told = Told()
    rotation.rotate(run, counts=told, grace=timedelta(0), say=[].append, sleep=lambda _seconds: None)
    run.refresh_from_db()
    return told


def sealing(member: Member) -> list[int]:
    """Return the numbers of the keys that values of a member may be sealed under."""
    return sorted(DataKey.objects.of(member.pk).filter(use="seal").values_list("number", flat=True))


def test_d_07_a_rotation_that_could_not_have_a_key_goes_on_once_the_key_is_back(
    alice: Member, bob: Member, settings: Any
) -> None:
    settings.VAULT_KEYS = [LOST]
    resources(bob, 1)
    settings.VAULT_KEYS = [OLD]
    resources(alice, 1)
    ask = partial(rotation.asked, whose=Rotation.Whose.ALL, member_id=None, now=timezone.now())
    run, _ = ask()
    (failed,) = without_waiting(run).failed
    assert "'lost'" in failed
    assert run.finished_at is None
    assert (numbers(alice), sealing(alice)) == ({2}, [2])
    assert numbers(bob) == {1}
    settings.VAULT_KEYS = [OLD, LOST]
    assert ask() == (run, False)
    assert without_waiting(run).failed == []
    assert run.finished_at is not None
    assert (numbers(bob), sealing(bob)) == ({2}, [2])


def test_each_member_who_is_asked_for_gets_a_rotation_of_their_own(alice: Member, bob: Member) -> None:
    for member in (alice, bob):
        run, is_new = rotation.asked(whose=Rotation.Whose.MEMBER, member_id=member.pk, now=timezone.now())
        assert (run.member_id, is_new) == (member.pk, True)


def test_a_key_that_is_locked_just_now_gets_its_successor_in_the_next_round(
    alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources(alice, 1)
    tries = iter(range(9))
    monkeypatch.setattr(rotation, "renew", lambda key: next(tries) > 0 and rings.renew(key))
    run, _ = rotation.asked(whose=Rotation.Whose.MEMBER, member_id=alice.pk, now=timezone.now())
    without_waiting(run)
    assert (numbers(alice), sealing(alice)) == ({2}, [2])


def test_an_old_key_that_another_process_finds_in_use_at_the_last_moment_begins_its_grace_anew(
    alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources(alice, 1)
    naps: list[list[int]] = []

    def sleep(_seconds: float) -> None:
        naps.append(sealing(alice))
        DataKey.objects.retired().update(retired_at=timezone.now() - timedelta(hours=1))

    def beside_another(member_id: Any, *, counted: Any) -> reseal.Pass:
        done = reseal.reseal(member_id, counted=counted)
        if len(naps) == 1:
            DataKey.objects.retired().update(retired_at=timezone.now())
        return done

    monkeypatch.setattr(rotation, "reseal", beside_another)
    run, _ = rotation.asked(whose=Rotation.Whose.MEMBER, member_id=alice.pk, now=timezone.now())
    rotation.rotate(run, counts=Told(), say=[].append, sleep=sleep)
    assert naps == [[1, 2], [1, 2]]
    assert sealing(alice) == [2]

"""Rotating keys while the site runs: wrapping keys, and the data keys of members and of the house."""

import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.vault import wrapping
from apps.vault.errors import VaultError
from apps.vault.models import DataKey, DataKeyQuerySet, Rotation
from apps.vault.reseal import Pass, reseal
from apps.vault.rings import context_of, renew, unwrapped

PER_QUERY: Final = 200
GRACE: Final = timedelta(minutes=15)
"""How long an old key stays after its last use: longer than anybody holds a value before writing it."""
LONGEST_NAP: Final = timedelta(seconds=5)
SOON: Final = timedelta(seconds=0.2)
"""When something was locked just now."""
REPORT_SECONDS: Final = 1.0


@dataclass
class Told:
    """What one run met. `held`: names of values that do not open and for whose sake an old key is kept."""

    held: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def rewrap(*, counts: Told, say: Callable[[str], None]) -> None:
    """Wrap every data key under the current wrapping key. Any number may run; each can be cut off."""
    current = wrapping.wrapper().current
    last, done = uuid.UUID(int=0), 0
    others = DataKey.objects.exclude(key_name=current).order_by("pk")
    left = others.count()
    while keys := list(others.filter(pk__gt=last)[:PER_QUERY]):
        for row in keys:
            last = row.pk
            try:
                name, wrapped = wrapping.wrap(
                    unwrapped(row), context=context_of(row), row=f"vault.datakey {row.pk}"
                )
            except VaultError as error:
                counts.failed.append(str(error))
                continue
            # Somebody else may have done it, or the member may be gone: then nothing is written.
            same = DataKey.objects.filter(pk=row.pk, wrapped=bytes(row.wrapped))
            same.update(key_name=name, wrapped=wrapped)
            done += 1
        say(f"{done} of {left} data keys wrapped by {current!r}.")


def asked(*, whose: Rotation.Whose, member_id: uuid.UUID | None, now: datetime) -> tuple[Rotation, bool]:
    """Return the rotation to work on and whether it is new: one that is not finished is gone on with."""
    # For everybody's keys the member is ``None``, which the types of a lookup do not allow.
    open_one: dict[str, Any] = {"whose": whose, "member_id": member_id, "finished_at": None}
    return Rotation.objects.get_or_create(**open_one, defaults={"asked_at": now})


def rotate(
    rotation: Rotation,
    *,
    counts: Told,
    grace: timedelta = GRACE,
    say: Callable[[str], None],
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Give every owner concerned a new key, seal their values again, delete the old keys.

    Cut off anywhere, the next run goes on from what the tables say. Any number may run at once.
    """
    run = _Run(rotation, counts, grace, say)
    while (wait := run.once()) is not None:
        run.report()
        sleep(min(wait, LONGEST_NAP).total_seconds())
    if not counts.failed:
        rotation.finish(now=timezone.now())


def progress(rotation: Rotation) -> str:
    """Return how far it is, in one line, from the tables."""
    row = Rotation.objects.filter(pk=rotation.pk).first() or rotation  # gone with its member
    return (
        f"{row.renewed} new keys, {row.left().count()} to come; {row.resealed} values sealed again; "
        f"{row.destroyed} old keys destroyed, {row.keys().retired().count()} still there."
    )


@dataclass
class _Run:
    """One process at work on a rotation."""

    rotation: Rotation
    told: Told
    grace: timedelta
    say: Callable[[str], None]
    given_up: set[uuid.UUID] = field(default_factory=set)
    """Keys that cannot be had, or that values need which do not open."""
    said_at: float = field(default_factory=time.monotonic)

    def once(self) -> timedelta | None:
        """Look at every key concerned once; return how long to wait before the next time, None when done."""
        waits = [SOON for key in self._each(self.rotation.left()) if not self._guarded(self._renew, key)]
        for key in self._each(self.rotation.keys().retired()):
            due = key.retired_at + self.grace - timezone.now() if key.retired_at else SOON
            if due > timedelta(0):
                waits.append(due)
            elif not self._guarded(self._destroy, key):
                waits.append(SOON)
        return min(waits, default=None)

    def report(self) -> None:
        """Say how far it is, now and then."""
        if time.monotonic() - self.said_at >= REPORT_SECONDS:
            self.said_at = time.monotonic()
            self.say(progress(self.rotation))

    def _each(self, keys: DataKeyQuerySet) -> Iterator[DataKey]:
        last = uuid.UUID(int=0)
        while (key := keys.filter(pk__gt=last).order_by("pk").first()) is not None:
            last = key.pk
            if key.pk not in self.given_up:
                yield key
                self.report()

    def _guarded(self, step: Callable[[DataKey], bool], key: DataKey) -> bool:
        """Do one step; a key that cannot be had is said and left, so that the others get their turn."""
        try:
            return step(key)
        except VaultError as error:
            self.told.failed.append(str(error))
            self.given_up.add(key.pk)
            return True
        except IntegrityError:
            if DataKey.objects.filter(pk=key.pk).exists():
                raise
            return True  # the member is gone, who can get no new keys

    def _renew(self, key: DataKey) -> bool:
        """Give the owner the next key and seal again; False when the key was locked just now."""
        if renew(key):
            # Where the clock of whoever asked is ahead of ours, the new key is not older than the question.
            self.rotation.left().of(key.member_id).update(created_at=self.rotation.asked_at)
            Rotation.objects.count_on(self.rotation.pk, renewed=1)
            self._reseal(key)
        return not self.rotation.left().filter(pk=key.pk).exists()

    def _destroy(self, key: DataKey) -> bool:
        """Delete the key if nothing is sealed under it any more; False to look again.

        One that values need which do not open is kept: an operator may still put them back where they were.
        """
        resealed = self._reseal(key)
        if resealed.resealed or resealed.left:
            return False
        if resealed.broken:
            self.told.held += [name for name in resealed.broken if name not in self.told.held]
            self.given_up.add(key.pk)
            return True
        with transaction.atomic():
            # Another process may have found a use meanwhile, which moves the date.
            same = DataKey.objects.retired().select_for_update(skip_locked=True)
            row = same.filter(pk=key.pk, retired_at=key.retired_at).first()
            if row is None:
                return not DataKey.objects.filter(pk=key.pk).exists()
            row.delete()
            Rotation.objects.count_on(self.rotation.pk, destroyed=1)
        return True

    def _reseal(self, key: DataKey) -> Pass:
        pk = self.rotation.pk
        return reseal(key.member_id, counted=lambda count: Rotation.objects.count_on(pk, resealed=count))

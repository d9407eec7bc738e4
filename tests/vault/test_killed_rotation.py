"""Rotations killed at many points, while others read and write: nothing lost, and it ends (D-06, D-07)."""

import itertools
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection, connections, transaction

from apps.accounts.models import Member
from apps.plans.models import Plan
from apps.records.models import Record
from apps.vault.boxes import box_for
from apps.vault.models import DataKey, Rotation
from apps.vault.sealed_bytes import number_of
from tests.registered import secret_of
from tests.vault.given import CLIENT_SECRET, body_of, of_the_house, resources

ROOT = Path(__file__).resolve().parents[2]
NEW, OLD = f"new:{'B' * 43}=", f"old:{'A' * 43}="
# Close together at first: making keys, then sealing in the middle of transactions, then looking once more.
STATEMENTS = (2, 7, 12, 16, 20, 26, 33, 41, 50, 60, 70)
GRACE = "2"


class Rotating:
    """The process of `tests.vault.rotating`."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def run(self, *children: tuple[list[str], int]) -> list[int]:
        """Begin these at once and return their exit codes when all have ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(children) + "\n")
        self._process.stdin.flush()
        codes: list[int] = json.loads(self._process.stdout.readline())
        return codes


@contextmanager
def rotating() -> Iterator[Rotating]:
    name, kept = connection.settings_dict["NAME"], connection.settings_dict
    address = f"sqlite:///{name}"
    if connection.vendor == "postgresql":
        host = f"{kept['HOST'] or ''}{':' + str(kept['PORT']) if kept['PORT'] else ''}"
        user = f"{kept['USER']}{':' + kept['PASSWORD'] if kept['PASSWORD'] else ''}@" if kept["USER"] else ""
        address = f"postgres://{user}{host}/{name}"
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.vault.rotating"],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": address, "DATABASE_POOL": "2", "VAULT_KEYS": f"{NEW},{OLD}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Rotating(process)
    finally:
        process.kill()
        process.wait()


class Life:
    """A member at work: one thread writes new versions, one reads and never finds less than was written."""

    def __init__(self, member: Member, rows: list[Record]) -> None:
        self.member, self.rows = member, rows
        self.written = {row.pk: 0 for row in rows}
        self.reads, self.failures = 0, list[str]()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._go, args=(act,)) for act in (self._write, self._read)]

    def __enter__(self) -> "Life":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _go(self, step: Any) -> None:
        try:
            for row in itertools.cycle(self.rows):
                step(row.pk)
                if self._stop.wait(0.005):
                    return
        except Exception as error:  # noqa: BLE001 - told to the test
            self.failures.append(f"{step.__name__}: {type(error).__name__}: {error}")
        finally:
            connections.close_all()

    def _write(self, pk: Any) -> None:
        with transaction.atomic():
            row = Record.objects.select_for_update().get(pk=pk)
            version = self.written[pk] + 1
            row.sealed_body = box_for(self.member).seal(row, "sealed_body", body_of(row, version))
            row.save()
        self.written[pk] = version

    def _read(self, pk: Any) -> None:
        least = self.written[pk]
        row = Record.objects.get(pk=pk)
        version = int(box_for(self.member).open(row, "sealed_body").split()[1])
        assert version >= least, f"version {version} after {least} was written"
        self.reads += 1


def test_d_06_d_07_killed_at_many_points_beside_readers_and_writers_a_rotation_loses_nothing_and_ends(
    shared_database: None, alice: Member, bob: Member, settings: Any
) -> None:
    settings.VAULT_KEYS = [OLD]
    rows, his = resources(alice, 40), resources(bob, 10)
    of_the_house(bob)
    marks = [box_for(member).fingerprint("x", "y") for member in (alice, bob)]
    settings.VAULT_KEYS = [NEW, OLD]
    members = ["--members", "--grace", GRACE]
    with rotating() as rotations, Life(alice, rows) as hers, Life(bob, his) as others:
        killed = [rotations.run(([], number)) for number in (1, 4, 6, 8)]
        killed += [rotations.run((members, number)) for number in STATEMENTS]
        *whole, third = rotations.run((members, 0), (members, 0), (members, 25))
        assert whole == [0, 0]
        assert third in (0, -9)  # the others may leave it less to do than it takes to be killed
        assert rotations.run((members, 0)) == [
            0
        ]  # or all of it: then it began another, and was killed in that
        assert hers.written != {row.pk: 0 for row in rows}
    assert not hers.failures
    assert not others.failures
    assert min(hers.reads, others.reads) > 10
    assert killed.count([-9]) >= 12
    assert set(DataKey.objects.values_list("key_name", flat=True)) == {"new"}
    settings.VAULT_KEYS = [NEW]
    assert [box_for(member).fingerprint("x", "y") for member in (alice, bob)] == marks
    assert secret_of(Plan.objects.get()) == CLIENT_SECRET
    for life, member in ((hers, alice), (others, bob)):
        (_, number), *more = DataKey.objects.of(member.pk).order_by("-use").values_list("use", "number")
        assert number > 1
        assert more == [("find", 1)]
        for row in Record.objects.filter(member=member):
            assert box_for(member).open(row, "sealed_body") == body_of(row, life.written[row.pk])
            assert number_of(bytes(row.sealed_body)) == number
    assert not Rotation.objects.filter(finished_at__isnull=True).exists()

"""One refresh, however many workers in however many processes want it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from django.db import connections as databases

from apps.connections.models import Connection
from tests.connections.stub_plan import StubPlan
from tests.length import is_exploring, is_on_postgresql

PROCESSES, THREADS = 4, 13
ROUNDS = 200 if is_exploring() else 40 if is_on_postgresql() else 20
ROOT = Path(__file__).resolve().parent.parent.parent
Child = subprocess.Popen[str]


@contextmanager
def worker_process(connection: Connection, threads: int) -> Iterator[Child]:
    """Run `refresh_workers` on the database of the test until the block ends."""
    database = str(databases["default"].settings_dict["NAME"])
    command = [sys.executable, "-m", "tests.connections.refresh_workers"]
    with subprocess.Popen(
        [*command, database, str(connection.pk), str(threads)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as child:
        try:
            yield child
        finally:
            child.kill()


def play(children: list[Child], number: int) -> list[int | str]:
    """Let all workers of all processes want the plan's answer at the same moment; return what they got."""
    for child in children:
        assert child.stdin
        child.stdin.write(f"{number}\n")
        child.stdin.flush()
    answers: list[int | str] = []
    for child in children:
        assert child.stdout
        answers += json.loads(child.stdout.readline())
    return answers


def test_r_01_fifty_workers_in_four_processes_refresh_an_expired_token_once(
    shared_database: None, quiet: Connection, stub: StubPlan
) -> None:
    """R-01: 200 rounds with the profile `explore`; a refresh token used twice ends the permission."""
    stub.strict = True
    databases["default"].close()
    with ExitStack() as stack:
        children = [stack.enter_context(worker_process(quiet, THREADS)) for _ in range(PROCESSES)]
        for number in range(1, ROUNDS + 1):
            assert play(children, number) == [200] * (PROCESSES * THREADS)
            assert (stub.refreshed, stub.reused) == (number, 0)
    quiet.refresh_from_db()
    assert quiet.is_active
    assert quiet.tokens_version == 1 + ROUNDS

"""Several workers from one command, and a worker that hangs."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from apps.sync import running, supervising
from apps.sync.leases import Hold
from apps.sync.models import LEASE
from tests.conftest import ROOT


def eventually(what: Callable[[], bool]) -> bool:
    """Whether it becomes true within half a minute."""
    give_up_at = time.monotonic() + 30
    while time.monotonic() < give_up_at:
        if what():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Callable[[str], subprocess.Popen[bytes]]]:
    """Return a verb that supervises two processes which note their ids in a file and do what a line says."""
    started: list[subprocess.Popen[bytes]] = []
    script = (
        "import sys, threading, signal\n"
        "from apps.sync.supervising import supervise\n"
        "stop = threading.Event()\n"
        "signal.signal(signal.SIGTERM, lambda *_: stop.set())\n"
        "supervise([sys.executable, '-c', sys.argv[1]], number=2, stop=stop, grace=1)\n"
    )

    def verb(child: str) -> subprocess.Popen[bytes]:
        child = (
            f"import os, time, signal; print(os.getpid(), file=open({str(tmp_path / 'ids')!r}, 'a')); {child}"
        )
        setup = "import django; django.setup()\n"
        process = subprocess.Popen([sys.executable, "-c", setup + script, child], cwd=ROOT)
        started.append(process)
        return process

    yield verb
    for process in started:
        process.kill()
        process.wait()


def ids(folder: Path) -> list[int]:
    file = folder / "ids"
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_worker_that_dies_is_replaced_and_all_end_together(
    supervisor: Callable[[str], subprocess.Popen[bytes]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one that does not listen to the polite signal."""
    process = supervisor("signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(100)")
    assert eventually(lambda: len(ids(tmp_path)) == 2)
    os.kill(ids(tmp_path)[0], signal.SIGKILL)
    assert eventually(lambda: len(ids(tmp_path)) == 3)
    process.terminate()
    assert process.wait(20) == 0
    assert not any(is_alive(pid) for pid in ids(tmp_path))


def test_the_command_starts_workers_which_end_with_it(tmp_path: Path) -> None:
    """Killed or stopped: no worker of a supervisor that is gone works on."""
    process = subprocess.Popen(
        [sys.executable, "-u", "manage.py", "sync_worker", "--processes", "2"],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": f"sqlite:///{tmp_path}/worker.sqlite3", "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert [process.stdout.readline() for _ in range(2)] == ["Worker ready.\n"] * 2
        children = _children(process.pid)
        assert len(children) == 2
        process.kill()
        assert eventually(lambda: not any(is_alive(pid) for pid in children))
    finally:
        process.kill()
        process.wait()


def _children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.fixture
def held(now: datetime, monkeypatch: pytest.MonkeyPatch) -> Hold:
    """Return what this process is said to do at the moment."""
    hold = Hold(uuid4(), uuid4(), 1, lambda: now, now + LEASE)
    monkeypatch.setattr(running, "in_hand", hold)
    return hold


def looks(at: datetime, times: int) -> list[str]:
    ended: list[str] = []
    dog = supervising.Watchdog(lambda: at, lambda: ended.append("ended"))
    for _ in range(times):
        dog.look()
    return ended


def test_a_run_that_hangs_ends_its_worker(held: Hold) -> None:
    """R-35: its lease is over for a minute, so it is another worker's by now."""
    late = held.until + supervising.HANGS_AFTER + timedelta(seconds=1)
    assert looks(late, supervising.SEEN_OFTEN) == ["ended"]


def test_a_worker_that_was_only_stopped_for_a_while_gets_its_chance(held: Hold) -> None:
    late = held.until + supervising.HANGS_AFTER + timedelta(seconds=1)
    assert looks(late, supervising.SEEN_OFTEN - 1) == []


def test_a_run_that_proves_its_hold_is_left_alone(held: Hold) -> None:
    assert looks(held.until, 20) == []


def test_an_idle_worker_is_left_alone(now: datetime) -> None:
    assert running.in_hand is None
    assert looks(now + timedelta(days=9), 20) == []


def test_the_watch_ends_with_the_worker(now: datetime) -> None:
    stop = threading.Event()
    dog = supervising.Watchdog(lambda: now, lambda: None)
    thread = threading.Thread(target=dog.watch, args=[stop], kwargs={"every": 0.001})
    thread.start()
    stop.set()
    thread.join(10)
    assert not thread.is_alive()

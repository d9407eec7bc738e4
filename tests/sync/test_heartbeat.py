"""A supervisor tells a worker that hangs from one that works, by the file that the worker touches."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from apps.sync.chores import Chore
from apps.sync.management.commands import sync_worker
from config.healthcheck import gets_on

ROOT = Path(__file__).resolve().parents[2]


def health(*arguments: str) -> int:
    """What `python -m config.healthcheck` exits with."""
    command = [sys.executable, "-m", "config.healthcheck", *arguments]
    return subprocess.run(command, cwd=ROOT, check=False, capture_output=True, timeout=30).returncode


def test_a_worker_that_works_is_told_from_one_that_hangs(tmp_path: Path) -> None:
    """A whole process, stopped in the middle as a hang would stop it, and let go on."""
    beat = tmp_path / "beat"
    worker = subprocess.Popen(
        [sys.executable, "-u", "manage.py", "sync_worker", "--heartbeat", str(beat)],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": f"sqlite:///{tmp_path}/worker.sqlite3"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "Worker ready.\n"
        assert health(str(beat), "60") == 0
        worker.send_signal(signal.SIGSTOP)
        os.utime(beat, (time.time() - 2,) * 2)
        assert health(str(beat), "1") == 1
        worker.send_signal(signal.SIGCONT)
        for _ in range(100):
            if time.time() - beat.stat().st_mtime < 1:
                break
            time.sleep(0.1)
        assert health(str(beat), "5") == 0
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(timeout=10) == 0, "it stops soon"
    finally:
        worker.kill()
        worker.wait(10)


@pytest.mark.parametrize(("age", "answer"), [(0, True), (299, True), (310, False), (None, False)])
def test_the_file_is_too_old_after_five_minutes(tmp_path: Path, age: int | None, answer: bool) -> None:
    beat = tmp_path / "beat"
    if age is not None:
        beat.touch()
        os.utime(beat, (time.time() - age,) * 2)
    assert gets_on(str(beat)) is answer


@pytest.mark.django_db(transaction=True)
def test_a_chore_that_hangs_gives_no_sign(tmp_path: Path) -> None:
    """Only what was finished does, even if it failed: a database that is down is no reason to start anew."""
    beat = tmp_path / "beat"
    command = sync_worker.Command()
    command.heartbeat = beat
    seen: list[bool] = []
    command._round([Chore("one that looks", 60, lambda: seen.append(beat.exists()))], command._gets_on)
    assert (seen, beat.exists()) == ([False], True)
    beat.unlink()
    command._round([Chore("one that fails", 60, lambda: 1 / 0)], command._gets_on)
    assert beat.exists()

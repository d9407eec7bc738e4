"""`make demo` leaves nothing running, whatever signal comes, when, and how often (P-12)."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from tests.journeys import stack

PROCESSES = Path("/proc")
pytestmark = pytest.mark.skipif(not PROCESSES.is_dir(), reason="what runs is read in /proc")


def started_for(var: Path) -> set[int]:
    """Return the processes that were given this folder: by the environment, or the payer by its options."""
    processes = set()
    for process in PROCESSES.glob("[0-9]*"):
        try:
            told = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
            if f"{var}".encode() in told:
                processes.add(int(process.name))
        except OSError:
            continue
    return processes


def demo(var: Path, mark: str, database: str) -> "subprocess.Popen[bytes]":
    """Start the demo as the head of a group, as make is; return when *mark* stands in its output."""
    port, payer_port = stack.free_ports(2)
    env = os.environ | {
        "PORT": str(port), "DEMO_PAYER_PORT": str(payer_port), "VAR_DIR": str(var), "DATABASE_URL": database,
    }  # fmt: skip
    log = var.parent / f"{var.name}.log"
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # what nohup set would be handed on, and be kept
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "bin/demo.py"],
            cwd=stack.ROOT, env=env, stdout=output, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
    deadline = time.monotonic() + stack.START_SECONDS
    while mark not in log.read_text(errors="replace"):
        assert process.poll() is None, log.read_text(errors="replace")
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return process


def end(process: "subprocess.Popen[bytes]", var: Path, *signals: signal.Signals) -> None:
    """Send one signal after the other: the demo ends well, and nothing of it runs on."""
    assert len(started_for(var)) > 1
    for signal_ in signals:
        if process.poll() is None:
            os.killpg(process.pid, signal_)
        time.sleep(0.1)
    assert process.wait(60) == 0
    assert started_for(var) == set()


@pytest.mark.parametrize(
    ("mark", "signals"),
    [
        pytest.param("is ready", [signal.SIGINT, *[signal.SIGINT] * 20, signal.SIGQUIT], id="Ctrl-C held"),
        pytest.param("Preparing", [signal.SIGTERM, signal.SIGHUP], id="while it prepares"),
    ],
)
def test_p_12_nothing_is_left_running(mark: str, signals: list[signal.Signals], tmp_path: Path) -> None:
    var = tmp_path / "var"
    with stack.fresh_database(tmp_path) as with_tables:
        process = demo(var, mark, "" if mark == "Preparing" else with_tables)
        try:
            if mark == "Preparing":
                time.sleep(1.5)  # the payer runs, and what the site needs is being made
            end(process, var, *signals)
        finally:
            for left in started_for(var):
                os.kill(left, signal.SIGKILL)
            process.wait(60)


def announced_before_the_operator_came(var: Path) -> bool:
    """Whether the newest policies were known to the site before there was anybody to be told of them."""
    announced = "SELECT max(announced_at) FROM accounts_policyannouncement"
    asked = f"SELECT ({announced}) < min(date_joined) FROM accounts_member"  # noqa: S608 - our own words
    with closing(sqlite3.connect(next(var.glob("*.sqlite3")))) as database:
        return bool(database.execute(asked).fetchone()[0])


def test_item_1_the_demo_prints_names_and_a_link_for_the_operator_and_answers_at_its_number_too(
    tmp_path: Path,
) -> None:
    """Browsers make no passkeys at an address of numbers; who kept the stable one still comes in.

    P-12: nothing of it is left when its window is closed.
    """
    var = tmp_path / "var"
    process = demo(var, "is ready", "")
    try:
        said = (tmp_path / "var.log").read_text(errors="replace")
        link = re.search(r"http://(localhost):(\d+)(/account/operator/\S+)", said)
        assert link
        for host in ("localhost", "127.0.0.1"):
            with urllib.request.urlopen(f"http://{host}:{link[2]}{link[3]}") as answer:
                assert answer.status == 200
        assert announced_before_the_operator_came(var), "the first mail in the window is the member's code"
        end(process, var, signal.SIGHUP, signal.SIGTERM, signal.SIGTERM)
    finally:
        for left in started_for(var):
            os.kill(left, signal.SIGKILL)
        process.wait(60)

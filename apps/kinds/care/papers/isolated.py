"""Has a paper read by a process of its own, which may fail, hang or fall: this one goes on."""

import logging
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Final

from django.conf import settings

from apps.kinds.care.papers import turns

log = logging.getLogger("plainclaim.care")

SECONDS: Final = 8.0
"""From start to end; the child gives itself less time of the processor."""
MOST_BYTES: Final = 8 * 1024 * 1024
"""Of what a child may answer."""
_seats: Final = threading.BoundedSemaphore(2)
"""So many papers are read at once by one web process, whatever is asked for."""


def read(job: str, body: bytes, number: int = 0) -> bytes | None:
    """Return what the child (`child.JOBS`) made of *body*; None where it gave up or took too long.

    Raises `turns.Busy` where others are being read.
    """
    if not _seats.acquire(timeout=turns.WAIT_SECONDS):
        raise turns.Busy
    try:
        return _answer(job, body, number)
    finally:
        _seats.release()


def _answer(job: str, body: bytes, number: int) -> bytes | None:
    command = [sys.executable, "-s", "-P", "-B", "-m", "apps.kinds.care.papers.child", job, str(number)]
    with subprocess.Popen(  # noqa: S603 - the command is ours; the paper goes in as bytes
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={"PYTHONPATH": str(settings.BASE_DIR)},  # and none of ours, for there are keys among it
    ) as child:
        timer = threading.Timer(SECONDS, child.kill)
        timer.start()
        try:
            answer = _exchanged(child, body)
        finally:
            timer.cancel()
            child.kill()
    if child.returncode == 0 and len(answer) <= MOST_BYTES:
        return answer
    log.info("a paper was not shown (%s, ended with %s)", job, child.returncode)
    return None


def _exchanged(child: "subprocess.Popen[bytes]", body: bytes) -> bytes:
    """Give the child all it reads before it writes, then take as much as it may say."""
    assert child.stdin and child.stdout
    with suppress(BrokenPipeError):
        child.stdin.write(body)
    with suppress(BrokenPipeError):
        child.stdin.close()
    answer = child.stdout.read(MOST_BYTES + 1)
    if len(answer) <= MOST_BYTES:
        child.wait()
    return answer

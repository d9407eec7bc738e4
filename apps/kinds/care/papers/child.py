"""Reads the bytes of one paper in a process that may die of it: ``python -m ... JOB NUMBER``.

It is given the paper and nothing else: no settings, no environment, no files. Before the first byte is parsed
it gives up memory, time, and the means to open a file, to reach a network or to begin a process.
"""

import codecs
import resource
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Final

MEMORY_BYTES: Final = 512 * 1024 * 1024
SECONDS: Final = 6
LETTERS: Final = (
    "utf-8-sig",
    "utf-16",
    "utf-16-le",
    "latin-1",
    "ascii",
    "cp437",
    "cp850",
    *(f"cp125{n}" for n in range(9)),
)
"""Ways to write letters that papers come in: each is a file of Python's, so it is opened before."""
JOBS: Final = {
    "pdf": "apps.kinds.care.papers.pdf:told",
    "pdf-picture": "apps.kinds.care.papers.pdf:picture",
    "picture": "apps.kinds.care.papers.pictures:told",
    "picture-picture": "apps.kinds.care.papers.pictures:picture",
    "page": "apps.kinds.care.papers.markup:page",
    "record": "apps.kinds.care.papers.markup:record",
    "rtf": "apps.kinds.care.papers.markup:rtf",
}


def main() -> None:
    """Read one paper as standard input has it, and write what is to be shown of it."""
    module, _, name = JOBS[sys.argv[1]].partition(":")
    job: Callable[[bytes, int], bytes] = getattr(import_module(module), name)
    for letters in LETTERS:
        codecs.lookup(letters)
    _go_first()
    body = sys.stdin.buffer.read()
    _confine()
    sys.stdout.buffer.write(job(body, int(sys.argv[2])))


def _go_first() -> None:
    """Where the machine or the container runs out of memory, this process ends, and none that serves."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _confine() -> None:
    """Give up what reading needs not, for good: no process may raise a hard limit again, but root's."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    # What is open goes on working; no number is free, not even that of a standard one which is closed first.
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    if sys.platform == "linux":  # elsewhere an address space knows no limit
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))


if __name__ == "__main__":
    main()

"""A clock that stands still, ids in the order they are made, and chance that is always the same.

python -m tests.harness.frozen MOMENT MODULE|FILE.py ARGUMENT...   runs a program in such a world
"""

import itertools
import os
import random
import runpy
import sys
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import time_machine

START: Final = datetime(2026, 11, 25, 17, 0, tzinfo=UTC)
"""Wednesday noon in New York, where the site's days begin."""
_EPOCH: Final = datetime(2026, 1, 1, tzinfo=UTC)
_MADE = itertools.count()
_travel: Any = None


def travel_to(moment: datetime) -> None:
    """Stand still at *moment*; timeouts and pauses, which go by the monotonic clock, are not touched."""
    global _travel  # noqa: PLW0603 - one clock a process
    if _travel is not None:
        _travel.stop()
    _travel = time_machine.travel(moment, tick=False)
    _travel.start()
    random.seed(17)


def wait(**length: float) -> None:
    """Let so much time pass."""
    travel_to(datetime.now(UTC) + timedelta(**length))


def order_ids() -> None:
    """Have `uuid.uuid4` give ids that ascend as they are made: claims of one day are listed by id.

    The last 64 bits stay random, so that nobody can count on more than the order.
    """

    def uuid4() -> uuid.UUID:
        minutes = int((datetime.now(UTC) - _EPOCH).total_seconds()) & 0xFFFFFFFF
        made = next(_MADE) & 0xFFFFFFF
        chance = int.from_bytes(os.urandom(8))
        high = (minutes << 32) | ((made >> 12) << 16) | 0x4000 | (made & 0xFFF)
        return uuid.UUID(int=(high << 64) | (chance & ~(3 << 62)) | (2 << 62))

    uuid.uuid4 = uuid4


def main() -> None:
    """Run the program that is named."""
    moment, program, *arguments = sys.argv[1:]
    order_ids()
    travel_to(datetime.fromisoformat(moment))
    sys.argv = [program, *arguments]
    if program.endswith(".py"):
        runpy.run_path(program, run_name="__main__")
    else:
        runpy.run_module(program, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()

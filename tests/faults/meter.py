"""What programs cost: seconds of the processor and memory, with all processes that they started."""

import os
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Meter:
    """Looks at processes again and again, for one that ended tells nothing any more."""

    seconds: dict[int, tuple[str, float]] = field(default_factory=dict)
    """Of each process: what it belongs to, and what it had used when it was seen last."""
    most_bytes: dict[str, int] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    def look(self, roots: Mapping[str, Iterable[int]]) -> None:
        """Measure now; *roots* are the first processes of each name."""
        below, stats = _processes()
        for name, first in roots.items():
            waiting, resident = list(first), 0
            while waiting:
                pid = waiting.pop()
                waiting += below.get(pid, [])
                if pid in stats:
                    self.seconds[pid] = (name, stats[pid][0])
                    resident += stats[pid][1]
            self.most_bytes[name] = max(self.most_bytes.get(name, 0), resident)

    def since(self, earlier: "Mapping[int, tuple[str, float]]") -> dict[str, float]:
        """Return the seconds by name since *earlier*, an older copy of `seconds`."""
        used: dict[str, float] = defaultdict(float)
        for pid, (name, seconds) in self.seconds.items():
            used[name] += seconds - earlier.get(pid, (name, 0.0))[1]
        return dict(used)


def _processes() -> tuple[dict[int, list[int]], dict[int, tuple[float, int]]]:
    """Return the children of each process, and what each has used: seconds, bytes of its own and shared."""
    below: dict[int, list[int]] = defaultdict(list)
    stats: dict[int, tuple[float, int]] = {}
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            told = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        pid = int(folder.name)
        below[int(told[1])].append(pid)
        stats[pid] = ((int(told[11]) + int(told[12])) / TICKS, int(told[21]) * PAGE_BYTES)
    return below, stats

"""Writes docs/reliability.md from a run's JSON lines: `python -m tests.faults.report var/faults/*.jsonl`."""

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.length import KILLS_IN_GATE, MOST_MINUTES

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reliability.md"
DATABASES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
COUNTED = ("lost", "duplicated", "leaked", "untrue")
type Line = dict[str, Any]

HEAD = f"""# Reliability

What was done to a running site, how often, and what was wrong afterwards. After every round the same
question is asked: is what is stored what the plan has (each record, its exact content, once), is nothing of
anybody else there, does the list show each claim once, does the state shown say the truth, would the plan
take the refresh token we hold, and is no name, number, diagnosis, id or token in any log? "Lost",
"duplicated", "leaked" and "untrue" count the answers no.

The rounds are `tests/faults`: real workers in processes of their own, on databases of their own, against a
plan that rotates refresh tokens strictly and ends the permission when one is used twice. `make test` plays
a sample, `make chaos` plays more (`ROUNDS`), `make soak` lets members, workers, plan and faults loose
together (`MINUTES`). The gate kills a worker at {KILLS_IN_GATE} places of an update on each database, and
on one of them at each place where a new token may be lost; it
fails when the rounds on one database take more than {MOST_MINUTES} minutes. This page is written from the
lines of such runs by `python -m tests.faults.report`; nothing in it is written by hand.

`make scale` kills pooler, broker, beat, worker, web process and database of a large site, each once
(docs/operations.md, "A million claims"). Not played: a full disk under PostgreSQL, two versions of the site
side by side.
"""


@dataclass
class Tally:
    """One row of the table."""

    rounds: int = 0
    kinds: set[str] = field(default_factory=set)
    databases: set[str] = field(default_factory=set)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(COUNTED, 0))

    def add(self, line: Line) -> None:
        """Count one round."""
        self.rounds += 1
        self.kinds.add(line["fault"])
        self.databases.add(DATABASES[line["database"]])
        for name in COUNTED:
            self.counts[name] += line[name]


@dataclass
class Played:
    """The matrix on one database, over all processes of pytest."""

    rounds: int = 0
    minutes: float = 0.0
    processes: int = 1

    def add(self, line: Line) -> None:
        """Count one round."""
        self.rounds += 1
        self.processes = line["processes"]
        self.minutes += line["seconds"] / 60 / self.processes

    def __str__(self) -> str:
        by = "one process" if self.processes == 1 else f"{self.processes} processes"
        return f"{self.rounds} rounds, played in {self.minutes:.1f} minutes by {by} of pytest"


def page_of(lines: Iterable[Line]) -> str:
    """Return the page; rows in the order of the alphabet, so that two runs can be compared."""
    rows: dict[str, Tally] = defaultdict(Tally)
    total, soaks, days, spans = (
        Tally(),
        list[Line](),
        set[str](),
        defaultdict[str, Played](Played),
    )
    for line in lines:
        days.add(line["at"][:10])
        if line["fault"] == "soak":
            soaks.append(line)
            continue
        rows[line["fault"].partition(":")[0]].add(line)
        total.add(line)
        if "seconds" in line:  # lines of before do not tell
            spans[DATABASES[line["database"]]].add(line)
    parts = [HEAD, f"Run on {' and '.join(sorted(days))}.\n"]
    if spans:
        parts.append("\n".join(f"- {name}: {spans[name]}." for name in sorted(spans)) + "\n")
    if rows:
        parts += ["## Faults, round by round\n", table(rows, total)]
    parts += [text for number, soak in enumerate(soaks, 1) for text in soaked(soak, number, len(soaks))]
    return "\n".join(parts)


def table(rows: dict[str, Tally], total: Tally) -> str:
    """Return the table of faults; those of a family, such as all bodies that are none, in one row."""
    lines = [
        "| fault | rounds | lost | duplicated | leaked | untrue | databases |",
        "|---|---:|---:|---:|---:|---:|---|",
    ]
    for name, tally in [*sorted(rows.items()), ("**all**", total)]:
        counts = " | ".join(str(tally.counts[one]) for one in COUNTED)
        is_family = tally is not total and len(tally.kinds) > 1
        title = f"{name}, {len(tally.kinds)} kinds" if is_family else name
        lines.append(f"| {title} | {tally.rounds} | {counts} | {', '.join(sorted(tally.databases))} |")
    return "\n".join(lines) + "\n"


def soaked(soak: Line, number: int, count: int) -> Sequence[str]:
    """Return what one soak did and measured."""
    title = "## Soak" if count == 1 else f"## Soak {number}"
    done: dict[str, int] = soak["done"]
    ours = {name: times for name, times in done.items() if not name.startswith("plan: ")}
    plans = {name.removeprefix("plan: "): times for name, times in done.items() if name.startswith("plan: ")}
    facts = {
        "database": DATABASES[soak["database"]],
        "minutes": soak["minutes"],
        "members, and visitors at once": f"{soak['members']}, {soak['visitors']}",
        "done to us": said(ours),
        "done by the plan": said(plans),
        "pages read": soak["pages"],
        "page time, median / p95 / p99": " / ".join(
            f"{soak[f'page_p{part}_ms']} ms" for part in (50, 95, 99)
        ),
        "pages that failed within 12 seconds of a kill": soak["page_failures_in_blackouts"],
        "pages that failed otherwise": soak["page_failures_otherwise"],
        "requests to the plan": soak["plan_requests"],
        "tokens renewed": soak["refreshes"],
        "token answers lost by a kill (the member signs in again)": soak["lost_token_answers"],
        "memory of a web process": memory(soak["web_memory_mb"]),
        "memory of a worker": memory(soak["worker_memory_mb"]),
        "records compared at the end": soak["records"],
        **{name: soak[name] for name in COUNTED},
    }
    lines = ["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in facts.items())]
    ended = (
        f"Ended {soak['at']}, seed {soak['seed']}, on {soak['cores']} cores where {soak['load']:g} processes"
        " were waiting or at work on average over the last 15 minutes.\n"
    )
    return [title + "\n", ended, "\n".join(lines) + "\n"]


def said(counts: dict[str, int]) -> str:
    """Return counts as words."""
    return ", ".join(f"{name.replace('_', ' ')} {times}" for name, times in sorted(counts.items()))


def memory(seen: Sequence[float]) -> str:
    """Return how much it was over time, and how much it grew in the later half.

    Not by a line through all looks: hashing a password takes 100 MB for a moment, which bends it at will.
    """
    over_time = ", ".join(f"{each:g}" for each in seen)
    return f"{over_time} MB; {seen[-1] - seen[len(seen) // 2]:+.1f} MB in the later half"


def main(files: Sequence[str]) -> int:
    """Return the exit code: 1 when something was wrong in any round."""
    lines = [json.loads(line) for file in files for line in Path(file).read_text().splitlines()]
    PAGE.write_text(page_of(lines))
    print(f"{PAGE.relative_to(ROOT)}: {len(lines)} lines")  # noqa: T201 - a program for people
    return int(any(line[name] for line in lines for name in COUNTED))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

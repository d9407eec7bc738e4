"""Tests that cannot fail, found: code is made wrong at one place, and its tests have to notice.

`make mutants` plays the list in tests/mutants/*.toml; `--drawn 50 --seed 7` makes further mutants by rule, in
the files that the list names. All is played in a copy of the checkout, never in the checkout itself.
"""

import argparse
import ast
import os
import random
import resource
import statistics
import sys
import time
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
from mutants_played import LEAST_SECONDS, LONGEST_SECONDS, ROOT, TIMES_AS_LONG, Mutant, played, say

LISTS = ROOT / "tests" / "mutants"
LEAST_KILLED = 0.97
MOST_MINUTES = 40
"""By the clock, for all of the list, on two processors that nobody else uses; more is told, and fails not."""
SWAPS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}


def listed(folder: Path = LISTS) -> list[Mutant]:
    """Return the list: in each file a table for each module, with its tests and its mutants."""
    mutants = []
    for path in sorted(folder.glob("*.toml")):
        for module in tomllib.loads(path.read_text(encoding="utf-8"))["module"]:
            tests = tuple(module["tests"])
            database = module.get("database", "")
            mutants += [
                Mutant(module["file"], *pair[:2], tests, "".join(pair[2:]), database)
                for pair in module["mutants"]
            ]
    return mutants


def drawn(number: int, seed: int, *, only: str = "") -> list[Mutant]:
    """Return mutants made by rule, drawn by *seed* in the listed files whose path holds *only*."""
    tests = defaultdict[str, set[str]](set)
    for mutant in listed():
        if mutant.is_imported and not mutant.database:
            tests[mutant.file].update(mutant.tests)
    possible = [
        Mutant(file, before, after, tuple(sorted(tests[file])), is_drawn=True)
        for file in sorted(tests)
        if only in file
        for before, after in _by_rule((ROOT / file).read_text(encoding="utf-8"))
    ]
    return random.Random(seed).sample(possible, min(number, len(possible)))  # noqa: S311 - drawn, not secret


def _by_rule(source: str) -> Iterator[tuple[str, str]]:
    """Yield lines and what they become: comparisons turned, `and` for `or`, no `not`, another answer."""
    lines = source.splitlines(keepends=True)
    for node in ast.walk(ast.parse(source)):
        wrong = _wrong(node)
        if wrong is None or node.lineno != node.end_lineno:
            continue
        line = lines[node.lineno - 1]
        changed = line[: node.col_offset] + wrong + line[node.end_col_offset :]
        if source.count(line) == 1 and changed != line:
            yield line, changed


def _wrong(node: ast.AST) -> str | None:
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in SWAPS:
        return ast.unparse(ast.Compare(node.left, [SWAPS[type(node.ops[0])]()], node.comparators))
    if isinstance(node, ast.BoolOp):
        other = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
        return f"({ast.unparse(ast.BoolOp(other, node.values))})"
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return f"({ast.unparse(node.operand)})"
    if (
        isinstance(node, ast.Return)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, bool)
    ):
        return f"return {not node.value.value}"
    return None


def main() -> int:
    """Play, print, and return 1 where too many survive, or any that nobody explained."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--drawn", type=int, default=0, help="so many more, made by rule")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--only", default="", help="those of files whose path holds this")
    parser.add_argument("--at-once", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    if asked.drawn:
        say(f"drawn with --seed {asked.seed}")
    mutants = [mutant for mutant in listed() if asked.only in mutant.file]
    mutants += drawn(asked.drawn, asked.seed, only=asked.only)
    if not mutants:
        parser.error("of no such file there is any")
    say(
        f"a test has {LEAST_SECONDS} seconds and {TIMES_AS_LONG} times its own, "
        f"a mutant {LONGEST_SECONDS} and as many times what its tests take; "
        'then it is ended, told as "no end", and counts as killed'
    )
    begun = time.monotonic()
    run = played(mutants, at_once=asked.at_once)
    unexplained = [mutant for mutant in run.survived if not mutant.why]
    used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    of_processors = sum(usage.ru_utime + usage.ru_stime for usage in used) / 60
    killed = len(mutants) - len(run.survived)
    say(f"{killed} of {len(mutants)} killed; {len(unexplained)} survived unexplained")
    say(f"{statistics.median(run.seconds):.1f} seconds of processors a mutant, the median")
    by_clock = (time.monotonic() - begun) / 60
    how = "within the" if by_clock <= MOST_MINUTES else "MORE than the"
    say(f"{of_processors:.1f} minutes of processors, {by_clock:.1f} in all: {how} {MOST_MINUTES} it may take")
    return int(killed < LEAST_KILLED * len(mutants) or bool(unexplained and not asked.drawn))


if __name__ == "__main__":
    sys.exit(main())

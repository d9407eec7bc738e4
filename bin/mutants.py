"""Tests that cannot fail, found: code is made wrong at one place, and its tests have to notice.

`make mutants` plays the list in tests/mutants/*.toml; `--drawn 50 --seed 7` makes further mutants by rule, in
the files that the list names. Each is played in a copy of the checkout, never in the checkout itself.
"""

import argparse
import ast
import os
import random
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).resolve().parents[1]
LISTS = ROOT / "tests" / "mutants"
LONGEST_SECONDS = 600
LEAST_KILLED = 0.97
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "var", ".*_cache", "node_modules")
"""What is compiled goes along, and holds for all but the file that is made wrong: half of a run's time."""
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


@dataclass(frozen=True)
class Mutant:
    """One place made wrong: `before`, which stands in `file` once, becomes `after`; `tests` have to fail."""

    file: str
    before: str
    after: str
    tests: tuple[str, ...]
    why: str = ""
    """Why it changes nothing that anybody could notice; empty where it has to be killed."""

    @property
    def name(self) -> str:
        """Where it is and what it does, on one line."""
        short = " ".join(self.before.split()), " ".join(self.after.split())
        return f"{self.file}: {short[0][:60]} -> {short[1][:60]}"


def listed(folder: Path = LISTS) -> list[Mutant]:
    """Return the list: in each file a table for each module, with its tests and its mutants."""
    mutants = []
    for path in sorted(folder.glob("*.toml")):
        for module in tomllib.loads(path.read_text(encoding="utf-8"))["module"]:
            tests = tuple(module["tests"])
            mutants += [Mutant(module["file"], *pair[:2], tests, *pair[2:]) for pair in module["mutants"]]
    return mutants


def drawn(number: int, seed: int) -> list[Mutant]:
    """Return mutants made by rule, drawn by *seed* from all that the listed files allow."""
    tests = {one.file: one.tests for one in listed()}
    every = [
        Mutant(file, before, after, tests[file])
        for file in sorted(tests)
        for before, after in _by_rule((ROOT / file).read_text(encoding="utf-8"))
    ]
    return random.Random(seed).sample(every, min(number, len(every)))  # noqa: S311 - drawn, not secret


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


def say(line: str) -> None:
    """Write one line at once: a run takes minutes."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def is_killed(mutant: Mutant, copy: Path) -> bool:
    """Return whether the tests notice, in *copy*, which is as it was afterwards."""
    path = copy / mutant.file
    source = path.read_text(encoding="utf-8")
    if source.count(mutant.before) != 1:
        raise SystemExit(f"{mutant.name}: this stands {source.count(mutant.before)} times in the file")
    try:
        path.write_text(source.replace(mutant.before, mutant.after), encoding="utf-8")
        # A mutant as long as the one before it, written in the same second, would be taken for it.
        command = ["bin/with-test-env", "env", "PYTHONDONTWRITEBYTECODE=1", ".venv/bin/pytest"]
        command += ["-q", "-x", "-n0", "-p", "no:cacheprovider"]
        environment = {**os.environ, "VAR_DIR": str(copy / "var")}
        environment.pop("TEST_OUTCOMES", None)
        played = subprocess.run(
            [*command, *mutant.tests],
            cwd=copy,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=LONGEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return True
    finally:
        path.write_text(source, encoding="utf-8")
    if played.returncode not in (0, 1, 2):  # 2: what is wrong cannot even be imported
        raise SystemExit(f"{mutant.name}: pytest ended with {played.returncode}")
    return played.returncode != 0


def play(mutants: list[Mutant], *, at_once: int) -> list[Mutant]:
    """Play all, *at_once* side by side, each in a copy of its own; return who survived."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(at_once):
            copy = Path(folder, str(number))
            shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
            (copy / ".venv").symlink_to(ROOT / ".venv")
            copies.put(copy)

        def one(mutant: Mutant) -> bool:
            copy = copies.get()
            try:
                killed = is_killed(mutant, copy)
            finally:
                copies.put(copy)
            say(f"{'killed  ' if killed else 'SURVIVED'} {mutant.name}")
            return killed

        with ThreadPoolExecutor(at_once) as workers:
            return [
                mutant
                for mutant, killed in zip(mutants, workers.map(one, mutants), strict=True)
                if not killed
            ]


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
    mutants = [one for one in (*listed(), *drawn(asked.drawn, asked.seed)) if asked.only in one.file]
    survived = play(mutants, at_once=asked.at_once)
    unexplained = [one for one in survived if not one.why]
    say(f"{len(mutants) - len(survived)} of {len(mutants)} killed; {len(unexplained)} survived unexplained")
    return int(len(survived) > (1 - LEAST_KILLED) * len(mutants) or bool(unexplained and not asked.drawn))


if __name__ == "__main__":
    sys.exit(main())

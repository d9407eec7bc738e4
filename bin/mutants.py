"""Tests that cannot fail, found: code is made wrong at one place, and its tests have to notice.

`make mutants` plays the list in tests/mutants/*.toml; `--drawn 50 --seed 7` makes further mutants by rule, in
the files that the list names. Each is played in a copy of the checkout, never in the checkout itself.
"""

import argparse
import ast
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

ROOT = Path(__file__).resolve().parents[1]
LISTS = ROOT / "tests" / "mutants"
ADDRESSES = {"postgresql": os.environ.get("MUTANTS_POSTGRESQL", "postgres://")}
"""Where mutants are played that need a database of their own: without more, at the local socket."""
LONGEST_SECONDS = 600
LEAST_KILLED = 0.97
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "var", ".*_cache", "node_modules")
"""What is compiled goes along, and holds for all but the file that is made wrong."""
REACHED = "reached.json"
"""Which test comes to which lines, in each copy."""
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
    database: str = ""
    """The database that its place is for; empty where any notices, and SQLite is quickest."""

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
            database = module.get("database", "")
            mutants += [
                Mutant(module["file"], *pair[:2], tests, "".join(pair[2:]), database)
                for pair in module["mutants"]
            ]
    return mutants


def drawn(number: int, seed: int) -> list[Mutant]:
    """Return mutants made by rule, drawn by *seed* from all that the listed files allow."""
    tests = {mutant.file: mutant.tests for mutant in listed() if not mutant.database}
    possible = [
        Mutant(file, before, after, tests[file])
        for file in sorted(tests)
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


def say(line: str) -> None:
    """Write one line at once: a run takes minutes."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def ended_with(tests: Sequence[str], copy: Path, *, database: str = "", is_first: bool = False) -> int | None:
    """Return what pytest ends with in *copy*; None where it takes too long.

    The first run of some tests leaves behind what is compiled, the tables of the database, and what each
    test reaches.
    """
    # A mutant as long as the one before it, written in the same second, would be taken for it.
    quietly = [] if is_first else ["env", "PYTHONDONTWRITEBYTECODE=1"]
    command = ["bin/with-test-env", *quietly, ".venv/bin/pytest", "-q", "-x", "-n0"]
    command += ["-p", "no:cacheprovider"]
    command += ["-p", "tests.reached"] if is_first else []
    own = {
        "VAR_DIR": str(copy / "var"),
        "REACHED": str(copy / REACHED),
    }
    if database:  # one for each copy: Django makes and drops `test_...` beside it
        own["DATABASE_URL"] = f"{ADDRESSES[database]}/mutants_{copy.name}"
    environment = {**os.environ, **own}
    environment.pop("TEST_OUTCOMES", None)
    try:
        return subprocess.run(
            [*command, *tests],
            cwd=copy,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=LONGEST_SECONDS,
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        return None


def reaching(mutant: Mutant, source: str, copy: Path) -> list[str]:
    """Return the tests that come to the lines of *mutant*, the quickest first, by what the first run left."""
    first = source[: source.index(mutant.before)].count("\n") + 1
    its_lines = set(range(first, first + mutant.before.rstrip("\n").count("\n") + 1))
    found: list[tuple[str, dict[str, list[int]]]] = json.loads((copy / REACHED).read_text(encoding="utf-8"))
    return [test for test, lines in found if not its_lines.isdisjoint(lines.get(mutant.file, []))]


def is_killed(mutant: Mutant, copy: Path) -> bool:
    """Return whether the tests notice, in *copy*, which is as it was afterwards."""
    path = copy / mutant.file
    source = path.read_text(encoding="utf-8")
    if source.count(mutant.before) != 1:
        raise SystemExit(f"{mutant.name}: this stands {source.count(mutant.before)} times in the file")
    nearest = reaching(mutant, source, copy)
    try:
        path.write_text(source.replace(mutant.before, mutant.after), encoding="utf-8")
        code = ended_with(nearest, copy, database=mutant.database) if nearest else 0
        if code == 0:  # another process, or an import, may come to it
            code = ended_with(mutant.tests, copy, database=mutant.database)
    finally:
        path.write_text(source, encoding="utf-8")
    if code not in (None, 0, 1, 2):  # 2: what is wrong cannot even be imported
        raise SystemExit(f"{mutant.name}: pytest ended with {code}")
    say(f"{'SURVIVED' if code == 0 else 'killed  '} {mutant.name}")
    return code != 0


def survivors(mutants: list[Mutant], copy: Path) -> list[Mutant]:
    """Play those of the same tests in *copy*: tests that fail without a mutant would kill every one."""
    tests, database = mutants[0].tests, mutants[0].database
    if ended_with(tests, copy, database=database, is_first=True) != 0:
        raise SystemExit(f"these do not pass as the code stands: {' '.join(tests)} {database}".rstrip())
    return [mutant for mutant in mutants if not is_killed(mutant, copy)]


def play(mutants: list[Mutant], *, at_once: int) -> list[Mutant]:
    """Play all, *at_once* side by side, each in a copy of its own; return who survived."""
    groups: dict[tuple[tuple[str, ...], str], list[Mutant]] = {}
    for mutant in mutants:
        groups.setdefault((mutant.tests, mutant.database), []).append(mutant)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        copies: SimpleQueue[Path] = SimpleQueue()
        for number in range(at_once):
            copy = Path(folder, str(number))
            shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
            (copy / ".venv").symlink_to(ROOT / ".venv")
            copies.put(copy)

        def survivors_of(group: list[Mutant]) -> list[Mutant]:
            copy = copies.get()
            try:
                return survivors(group, copy)
            finally:
                copies.put(copy)

        with ThreadPoolExecutor(at_once) as workers:
            return [mutant for survived in workers.map(survivors_of, groups.values()) for mutant in survived]


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
    mutants = [mutant for mutant in (*listed(), *drawn(asked.drawn, asked.seed)) if asked.only in mutant.file]
    survived = play(mutants, at_once=asked.at_once)
    unexplained = [mutant for mutant in survived if not mutant.why]
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = used.ru_utime + used.ru_stime
    say(f"{len(mutants) - len(survived)} of {len(mutants)} killed; {len(unexplained)} survived unexplained")
    say(f"{seconds:.0f} seconds of processors, {seconds / max(len(mutants), 1):.1f} a mutant")
    return int(len(survived) > (1 - LEAST_KILLED) * len(mutants) or bool(unexplained and not asked.drawn))


if __name__ == "__main__":
    sys.exit(main())

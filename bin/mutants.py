"""Tests that cannot fail, found: code is made wrong at one place, and its tests have to notice.

`make mutants` plays the list in tests/mutants/*.toml; `--drawn 50 --seed 7` makes further mutants by rule, in
the files that the list names. All is played in a copy of the checkout, never in the checkout itself.

One process collects the tests, and a child of it is forked for each mutant: all is imported there, the wrong
code is put into the functions that stand in memory, and the tests that come to it are run. What they do not
notice, what is done on import, and what needs a database of its own is played once more in a new process.
"""

import argparse
import ast
import gc
import importlib
import json
import os
import random
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
import traceback
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import CodeType, FunctionType
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parents[1]
LISTS = ROOT / "tests" / "mutants"
ADDRESSES = {"postgresql": os.environ.get("MUTANTS_POSTGRESQL", "postgres://")}
"""Where mutants are played that need a database of their own: without more, at the local socket."""
LONGEST_SECONDS = 600
LEAST_KILLED = 0.97
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "var", ".*_cache", "node_modules")
"""What is compiled goes along, and holds for all but the file that is made wrong."""
OPTIONS = ("-q", "-x", "-n0", "-p", "no:cacheprovider", "--tb=line")
OUT = os.dup(1)
"""Where results are told, whatever tests do with this process's output."""
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
    tests = defaultdict[str, set[str]](set)
    for mutant in listed():
        if not mutant.database:
            tests[mutant.file].update(mutant.tests)
    possible = [
        Mutant(file, before, after, tuple(sorted(tests[file])))
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


@dataclass(frozen=True)
class Job:
    """What one child plays: these tests, with the code as it stands or with a mutant."""

    tests: tuple[str, ...]
    database: str = ""
    mutant: Mutant | None = None


def say(line: str) -> None:
    """Write one line at once: a run takes minutes."""
    os.write(OUT, f"{line}\n".encode())


def lines_of(mutant: Mutant, source: str) -> range:
    """Return the lines of *source* that are made wrong."""
    first = source[: source.index(mutant.before)].count("\n") + 1
    return range(first, first + mutant.before.rstrip("\n").count("\n") + 1)


def put_in_place(mutant: Mutant) -> bool:
    """Make the functions in memory wrong; False where that cannot be: what is done on import has been done."""
    path = Path(mutant.file).absolute()
    source = path.read_text(encoding="utf-8")
    lines = lines_of(mutant, source)
    bodies = [node.body for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    if not any(body[0].lineno <= lines[0] and lines[-1] <= (body[-1].end_lineno or 0) for body in bodies):
        return False
    with suppress(SyntaxError, ValueError):  # that closes over other variables than before, or says nothing
        right, wrong = (
            [*_codes(compile(text, str(path), "exec"))]
            for text in (source, source.replace(mutant.before, mutant.after))
        )
        if [code.co_qualname for code in right] == [code.co_qualname for code in wrong]:
            becomes = dict(zip(right, wrong, strict=True))
            gc.unfreeze()  # else they are not among all objects
            for thing in gc.get_objects():
                if type(thing) is FunctionType and thing.__code__.co_filename == str(path):
                    thing.__code__ = becomes.get(thing.__code__, thing.__code__)
            gc.freeze()
            return True
    return False


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner)


def play(session: pytest.Session, tests: Collection[str]) -> int:
    """Return 1 where one of *tests* fails, else 0."""
    named = {item.nodeid: item for item in session.items}
    for item, following in pairwise([*map(named.__getitem__, tests), None]):
        assert item
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        if session.testsfailed:
            break
    session.config.hook.pytest_sessionfinish(session=session, exitstatus=0)
    return int(session.testsfailed > 0)


def play_and_note(session: pytest.Session, test_file: str) -> int:
    """Play a file of tests; which lines each of them comes to is left at REACHED."""
    reached = importlib.import_module("tests.reached")
    session.config.pluginmanager.register(reached)
    code = play(session, [item.nodeid for item in session.items if item.nodeid.startswith(f"{test_file}::")])
    reached.pytest_unconfigure()
    return code


def play_anew(job: Job, base: Path, own: Path) -> int:
    """Return what pytest ends with in a process and a copy of its own."""
    copy = own / "copy"
    shutil.copytree(base, copy, symlinks=True, copy_function=os.link)
    if job.mutant:
        path = copy / job.mutant.file
        source = path.read_text(encoding="utf-8")
        path.unlink()  # it is the same file as the one in *base*
        path.write_text(source.replace(job.mutant.before, job.mutant.after), encoding="utf-8")
    environment = os.environ | {"VAR_DIR": str(own / "var")}
    if job.database:  # one for each: Django makes and drops `test_...` beside it
        environment["DATABASE_URL"] = f"{ADDRESSES[job.database]}/mutants_{own.name}"
    command = [".venv/bin/pytest", *OPTIONS, *job.tests]
    return subprocess.run(command, cwd=copy, env=environment, check=False).returncode


@dataclass
class Run:
    """A pytest plugin that plays mutants, *at_once* side by side, with the tests that were collected."""

    mutants: list[Mutant]
    at_once: int
    folder: Path
    survived: list[Mutant] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    """Of processors, for each mutant that was played."""
    nearest: dict[Mutant, list[tuple[float, str]]] = field(default_factory=lambda: defaultdict(list))
    """The tests that come to its lines, and how long each takes."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Play everything as it stands first: tests that fail without a mutant would kill every one."""
        self._warm_up(session)
        files = sorted({test for mutant in self.mutants if not mutant.database for test in mutant.tests})
        others = {Job(mutant.tests, mutant.database) for mutant in self.mutants if mutant.database}
        failed = []
        for job, code, _ in self._ended(session, [*(Job((file,)) for file in files), *others]):
            if code:
                failed.append(f"{' '.join(job.tests)} {job.database}".rstrip())
            elif not job.database:
                self._note(job)
        if failed:
            raise pytest.UsageError(f"these do not pass as the code stands: {', '.join(failed)}")
        for job, code, seconds in self._ended(session, [Job(m.tests, m.database, m) for m in self.mutants]):
            assert job.mutant
            is_killed = code in (1, 2, -signal.SIGKILL)  # 2: cannot even be imported; killed: took too long
            odd = "" if is_killed or code == 0 else f" ({code})"
            say(f"{'killed  ' if is_killed else 'SURVIVED'}{odd} {seconds:4.1f} s {job.mutant.name}")
            self.seconds.append(seconds)
            self.survived += [] if is_killed else [job.mutant]
        return True

    def _warm_up(self, session: pytest.Session) -> None:
        """Import all, make the tables and show a page, once for all children."""
        for mutant in self.mutants:
            importlib.import_module(mutant.file.removesuffix(".py").replace("/", "."))
        pages = [item for item in session.items if "alice_client" in getattr(item, "fixturenames", ())]
        page = min(pages, key=lambda item: len(vars(item)["fixturenames"]), default=None)
        if page:
            page.config.hook.pytest_runtest_protocol(item=page, nextitem=session)
        if session.testsfailed:
            raise pytest.UsageError(f"this does not pass as the code stands: {page}")

    def _ended(self, session: pytest.Session, jobs: Sequence[Job]) -> Iterator[tuple[Job, int, float]]:
        """Yield each job when it has ended, with its exit code and the seconds of processors that it took."""
        waiting, running = [*reversed(jobs)], dict[int, tuple[Job, float]]()
        try:
            while waiting or running:
                while waiting and len(running) < self.at_once:
                    job = waiting.pop()
                    number = os.fork()
                    if not number:
                        self._child(session, job)
                    running[number] = job, time.monotonic() + LONGEST_SECONDS
                time.sleep(0.01)
                number, status, used = os.wait4(-1, os.WNOHANG)
                if number:
                    job, _ = running.pop(number)
                    self._clear(number)
                    yield job, os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime
                for late in [number for number, (_, end) in running.items() if end < time.monotonic()]:
                    self._clear(late)
        finally:
            for number in running:
                self._clear(number)

    def _clear(self, number: int) -> None:
        """End all that a child began, and remove what it left."""
        with suppress(ProcessLookupError):
            os.killpg(number, signal.SIGKILL)
        shutil.rmtree(self.folder / str(number), ignore_errors=True)

    def _child(self, session: pytest.Session, job: Job) -> NoReturn:
        os.setpgid(0, 0)
        own = self.folder / str(os.getpid())
        code = 70
        try:
            own.mkdir()
            os.environ |= {"TMPDIR": str(own), "REACHED": str(self._reached(job))}
            tempfile.tempdir = str(own)
            code = self._played(session, job, own)
        except BaseException:  # noqa: BLE001 - told, and the child ends
            say(traceback.format_exc())
        finally:
            os._exit(code)

    def _played(self, session: pytest.Session, job: Job, own: Path) -> int:
        if not job.database and not job.mutant:
            return play_and_note(session, job.tests[0])
        if job.mutant and (tests := self.nearest.get(job.mutant)) and put_in_place(job.mutant):
            with suppress(Exception, pytest.exit.Exception):
                if play(session, [test for _, test in sorted(tests)]):
                    return 1
        return play_anew(job, Path.cwd(), own)

    def _reached(self, job: Job) -> Path:
        return self.folder / f"{job.tests[0].replace('/', '.')}.json"

    def _note(self, job: Job) -> None:
        found = json.loads(self._reached(job).read_text(encoding="utf-8"))
        for mutant in self.mutants:
            if not mutant.database and job.tests[0] in mutant.tests:
                its_lines = {*lines_of(mutant, Path(mutant.file).read_text(encoding="utf-8"))}
                self.nearest[mutant] += [
                    (seconds, test)
                    for seconds, test, lines in found
                    if not its_lines.isdisjoint(lines.get(mutant.file, ()))
                ]


def played(mutants: list[Mutant], *, at_once: int) -> Run:
    """Play all in a copy of the checkout."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        folder = Path(name).resolve()
        copy, output = folder / "copy", folder / "output"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT)
        (copy / ".venv").symlink_to(ROOT / ".venv")
        os.chdir(copy)
        os.environ["VAR_DIR"] = str(folder / "var")
        os.environ.pop("TEST_OUTCOMES", None)
        with output.open("w") as written:
            for standard in (1, 2):
                os.dup2(written.fileno(), standard)
        run = Run(mutants, at_once, folder)
        tests = sorted({test for mutant in mutants for test in mutant.tests})
        if pytest.main([*OPTIONS, "-s", *tests], plugins=[run]):
            say(output.read_text(encoding="utf-8")[-5000:])
            raise SystemExit(1)
        return run


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
    begun = time.monotonic()
    run = played(mutants, at_once=asked.at_once)
    unexplained = [mutant for mutant in run.survived if not mutant.why]
    used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    minutes = sum(each.ru_utime + each.ru_stime for each in used) / 60
    say(
        f"{len(mutants) - len(run.survived)} of {len(mutants)} killed; {len(unexplained)} survived unexplained"
    )
    say(
        f"{minutes:.1f} minutes of processors, {statistics.median(run.seconds):.1f} seconds the median of a mutant;"
        f" {(time.monotonic() - begun) / 60:.1f} minutes in all"
    )
    return int(len(run.survived) > (1 - LEAST_KILLED) * len(mutants) or bool(unexplained and not asked.drawn))


if __name__ == "__main__":
    sys.exit(main())

"""How `bin/mutants.py` plays mutants: one process collects the tests and forks a child for each.

All is imported there and the tables are made, so a child only puts the wrong code into the functions that
stand in memory, and runs the tests that come to it. What these do not notice, what is done on import, and
what needs a database of its own is played in a new process, from a copy of the checkout.
"""

import ast
import gc
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, NoReturn

import pytest

ROOT = Path(__file__).resolve().parents[1]
ADDRESSES = {"postgresql": os.environ.get("MUTANTS_POSTGRESQL", "postgres://")}
"""Where mutants are played that need a database of their own: without more, at the local socket."""
LEAST_SECONDS, TIMES_AS_LONG, LONGEST_SECONDS = 20, 10, 300
"""By the clock, as what is wrong may also wait for ever: a test has the first and so many times what it takes
as the code stands; all of a mutant together has the last and as many times what all its tests take."""
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "var", ".*_cache", "node_modules")
ENDS = {1: "killed", 2: "killed", -signal.SIGALRM: "no end", -signal.SIGKILL: "no end"}
"""How one ends that was noticed: tests failed, it was not imported, a test or all of it took too long."""
OPTIONS = ("-q", "-x", "-n0", "-p", "no:cacheprovider", "--tb=line")
OURS = ("apps/", "config/")
"""What the site's own processes import."""
TOOL = 3
"""Of the ids that `sys.monitoring` leaves to whoever wants one; `tests.tracing` has the other."""
OUT = os.dup(1)
"""Where results are told, whatever tests do with this process's output."""


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
    is_drawn: bool = False
    """Whether any test of the list may notice it: nobody said which have to."""

    @property
    def name(self) -> str:
        """Where it is and what it does, on one line."""
        short = " ".join(self.before.split()), " ".join(self.after.split())
        return f"{self.file}: {short[0][:60]} -> {short[1][:60]}"

    @property
    def is_imported(self) -> bool:
        """Whether it is code that stands in memory; texts, data, tools and tests are read anew."""
        return self.file.startswith(OURS) and self.file.endswith(".py")

    def lines(self, source: str) -> range:
        """Return which lines of *source* it makes wrong."""
        first = source[: source.index(self.before)].count("\n") + 1
        return range(first, first + self.before.rstrip("\n").count("\n") + 1)


def say(line: str) -> None:
    """Write one line at once: a run takes minutes."""
    os.write(OUT, f"{line}\n".encode())


def put_in_place(mutant: Mutant, functions: Iterable[FunctionType]) -> bool:
    """Make its file's functions in memory wrong; False where that cannot be, for what is done on import."""
    path = Path(mutant.file).absolute()
    source = path.read_text(encoding="utf-8")
    lines = mutant.lines(source)
    bodies = [node.body for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
    if not any(body[0].lineno <= lines[0] and lines[-1] <= (body[-1].end_lineno or 0) for body in bodies):
        return False
    with suppress(SyntaxError, ValueError):  # ValueError: it closes over other variables than before
        right, wrong = (
            [*_codes(compile(text, str(path), "exec"))]
            for text in (source, source.replace(mutant.before, mutant.after))
        )
        if [code.co_qualname for code in right] == [code.co_qualname for code in wrong]:
            becomes = dict(zip(right, wrong, strict=True))
            for function in functions:
                function.__code__ = becomes.get(function.__code__, function.__code__)
            return True
    return False


def _codes(code: CodeType) -> Iterator[CodeType]:
    if code.co_name != "<genexpr>":  # part of its function, and nobody holds it
        yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner)


def play(session: pytest.Session, tests: Iterable[pytest.Item], most: Mapping[str, float]) -> int:
    """Return 1 where one of *tests* fails, else 0; one that takes longer than *most*, by name, ends all."""
    for test, following in pairwise([*tests, None]):
        assert test
        signal.setitimer(signal.ITIMER_REAL, most.get(test.nodeid, 0))
        test.config.hook.pytest_runtest_protocol(item=test, nextitem=following)
        if session.testsfailed:
            break
    signal.setitimer(signal.ITIMER_REAL, 0)
    session.config.hook.pytest_sessionfinish(session=session, exitstatus=0)
    return int(session.testsfailed > 0)


def play_anew(mutant: Mutant, own: Path) -> int:
    """Return what pytest ends with in a process and a copy of its own."""
    copy = own / "copy"
    shutil.copytree(own.parent / "copy", copy, symlinks=True, copy_function=os.link)
    if mutant.file:
        path = copy / mutant.file
        source = path.read_text(encoding="utf-8")
        path.unlink()  # a link: the file itself stays as it is
        path.write_text(source.replace(mutant.before, mutant.after), encoding="utf-8")
    environment = os.environ | {"VAR_DIR": str(own / "var")}
    if mutant.database:  # one for each: Django makes and drops `test_...` beside it
        environment["DATABASE_URL"] = f"{ADDRESSES[mutant.database]}/mutants_{own.name}"
    command = [".venv/bin/pytest", *OPTIONS, *mutant.tests]
    return subprocess.run(command, cwd=copy, env=environment, check=False).returncode


class Reached:
    """A pytest plugin that keeps, for each test, its seconds and the lines of ours that it comes to.

    What is done in another process, and when a module is imported, belongs to no test.
    """

    def __init__(self, copy: Path) -> None:
        self.ours = tuple(f"{copy}/{folder}" for folder in OURS)
        self.start = len(f"{copy}/")
        self.lines = defaultdict[str, set[int]](set)
        self.tests: list[tuple[float, str, dict[str, list[int]]]] = []
        sys.monitoring.use_tool_id(TOOL, "plainclaim-reached")
        sys.monitoring.register_callback(TOOL, sys.monitoring.events.LINE, self.note)
        sys.monitoring.set_events(TOOL, sys.monitoring.events.LINE)

    def note(self, code: CodeType, line: int) -> Any:
        """Note a line the first time that a test comes to it."""
        if code.co_filename.startswith(self.ours):
            self.lines[code.co_filename[self.start :]].add(line)
        return sys.monitoring.DISABLE

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        """Keep what one test, with its fixtures, came to."""
        self.lines.clear()
        sys.monitoring.restart_events()
        begun = time.perf_counter()
        result = yield
        seconds = time.perf_counter() - begun
        self.tests.append((seconds, item.nodeid, {file: [*lines] for file, lines in self.lines.items()}))
        return result


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
    functions: dict[str, list[FunctionType]] = field(default_factory=lambda: defaultdict(list))
    """All that stand in memory, by file."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Play all as it stands first: tests that fail without a mutant would kill every one."""
        self._warm_up(session)
        lists = {(mutant.tests, mutant.database) for mutant in self.mutants}
        files = sorted({(file,) for tests, database in lists if not database for file in tests})
        right = [Mutant("", "", "", file) for file in files]
        right += [Mutant("", "", "", tests, database=database) for tests, database in lists if database]
        failed = [f"{part.tests} {part.database}" for part, code, _ in self._ended(session, right) if code]
        if failed:
            raise pytest.UsageError(f"these do not pass as the code stands: {', '.join(failed)}")
        for file in files:
            self._find_nearest(*file)
        for mutant, code, seconds in self._ended(session, self.mutants):
            say(f"{ENDS.get(code, 'SURVIVED'):8} {seconds:4.1f} s  {mutant.name}")
            self.seconds.append(seconds)
            self.survived += [] if code in ENDS else [mutant]
        return True

    def _warm_up(self, session: pytest.Session) -> None:
        """Import all, make the tables and show a page, once for all children."""
        for mutant in filter(lambda mutant: mutant.is_imported, self.mutants):
            name = mutant.file.removesuffix(".py").removesuffix("/__init__")
            importlib.import_module(name.replace("/", "."))
        fixtures = {item: getattr(item, "fixturenames", ()) for item in session.items}
        pages = [item for item, names in fixtures.items() if "alice_client" in names]
        for page in sorted(pages, key=lambda item: len(fixtures[item]))[:1]:
            page.config.hook.pytest_runtest_protocol(item=page, nextitem=session)
            if session.testsfailed:
                raise pytest.UsageError(f"this does not pass as the code stands: {page}")
        gc.unfreeze()  # what is frozen is not among all objects
        for thing in gc.get_objects():
            if type(thing) is FunctionType:  # lazy objects only say that they are one
                self.functions[thing.__code__.co_filename].append(thing)
        gc.freeze()  # a child that looked for garbage there would copy all of it

    def _find_nearest(self, file: str) -> None:
        reached = json.loads(self._reached(file).read_text(encoding="utf-8"))
        for mutant in self.mutants:
            if file in mutant.tests or mutant.is_drawn:
                its_lines = {*mutant.lines(Path(mutant.file).read_text(encoding="utf-8"))}
                self.nearest[mutant] += [
                    (seconds, test)
                    for seconds, test, lines in reached
                    if not its_lines.isdisjoint(lines.get(mutant.file, ()))
                ]

    def _reached(self, file: str) -> Path:
        return self.folder / f"{file.replace('/', '.')}.json"

    def _ended(
        self, session: pytest.Session, mutants: Iterable[Mutant]
    ) -> Iterator[tuple[Mutant, int, float]]:
        """Yield each when it has been played, with its exit code and the seconds of processors it took."""
        waiting, running = [*mutants][::-1], dict[int, tuple[Mutant, float]]()
        try:
            while waiting or running:
                while waiting and len(running) < self.at_once:
                    mutant = waiting.pop()
                    child = os.fork()
                    if not child:
                        self._be_child(session, mutant)
                    # What is right may be slow on a busy machine, and then says nothing of a mutant.
                    tests = sum(seconds for seconds, _ in self.nearest[mutant])
                    longest = LONGEST_SECONDS * (1 if mutant.file else 4) + TIMES_AS_LONG * tests
                    running[child] = mutant, time.monotonic() + longest
                time.sleep(0.01)
                child, status, used = os.wait4(-1, os.WNOHANG)
                if child:
                    self._clear(child)
                    yield (
                        running.pop(child)[0],
                        os.waitstatus_to_exitcode(status),
                        used.ru_utime + used.ru_stime,
                    )
                for late in [child for child, (_, end) in running.items() if end < time.monotonic()]:
                    self._clear(late)
        finally:
            for child in running:
                self._clear(child)

    def _clear(self, child: int) -> None:
        """End all that a child began, and remove what it left."""
        with suppress(ProcessLookupError):
            os.killpg(child, signal.SIGKILL)
        shutil.rmtree(self.folder / str(child), ignore_errors=True)

    def _be_child(self, session: pytest.Session, mutant: Mutant) -> NoReturn:
        os.setpgid(0, 0)
        own = self.folder / str(os.getpid())
        code = 70
        try:
            own.mkdir()
            os.environ["TMPDIR"] = tempfile.tempdir = str(own)
            code = self._played(session, mutant, own)
        except BaseException:  # noqa: BLE001 - told, and the child ends
            say(traceback.format_exc())
        finally:
            os._exit(code)

    def _played(self, session: pytest.Session, mutant: Mutant, own: Path) -> int:
        if not mutant.file and not mutant.database:
            reached = Reached(self.folder / "copy")
            session.config.pluginmanager.register(reached)
            (file,) = mutant.tests
            code = play(session, [item for item in session.items if item.nodeid.startswith(f"{file}::")], {})
            self._reached(file).write_text(json.dumps(reached.tests), encoding="utf-8")
            return code
        most = {
            test: LEAST_SECONDS + TIMES_AS_LONG * seconds for seconds, test in sorted(self.nearest[mutant])
        }
        if most and put_in_place(mutant, self.functions[str(Path(mutant.file).absolute())]):
            named = {item.nodeid: item for item in session.items}
            with suppress(Exception, pytest.exit.Exception):
                if play(session, map(named.__getitem__, most), most):
                    return 1
            signal.setitimer(signal.ITIMER_REAL, 0)
        return play_anew(mutant, own)


def played(mutants: list[Mutant], *, at_once: int) -> Run:
    """Play all in a copy of the checkout."""
    with tempfile.TemporaryDirectory(prefix="mutants-") as name:
        folder = Path(name).resolve()
        shutil.copytree(ROOT, folder / "copy", ignore=LEFT_OUT)
        (folder / "copy" / ".venv").symlink_to(ROOT / ".venv")
        os.chdir(folder / "copy")
        os.environ["VAR_DIR"] = str(folder / "var")
        os.environ.pop("TEST_OUTCOMES", None)
        run = Run(mutants, at_once, folder)
        tests = sorted({test for mutant in mutants for test in mutant.tests})
        with (folder / "output").open("w+", encoding="utf-8") as output:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            if pytest.main([*OPTIONS, "-s", *tests], plugins=[run]):
                say((folder / "output").read_text(encoding="utf-8")[-5000:])
                raise SystemExit(1)
        return run

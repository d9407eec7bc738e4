"""The rows of docs/conformance/*.toml, the tests that prove them, and what does not fit between the two."""

import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LISTS = ROOT / "docs" / "conformance"
TEST = re.compile(r"^def (test_\w+)\(", re.MULTILINE)
DAY = re.compile(r"\d{4}-\d\d-\d\d")
# Names of tests that claim to prove a row.
NAMED = re.compile(r"test_([bdgorw]_\d\d|oidc_|fapi_|smart_\d|carin_)")


class OutOfStep(Exception):
    """The lists and the tests do not fit; the text names every row."""


@dataclass(frozen=True)
class Row:
    """One demand: proven by tests named after it, by its `own` tests or `by` other rows; or why it is not."""

    prefix: str
    id: str
    text: str
    strength: str = ""
    by: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    not_ours: str = ""
    not_met: str = ""
    checked_on: str = ""
    """Of what is met though no test of ours repeats it: the day on which somebody looked."""
    checked: str = ""
    """How that was done, and what came of it."""
    suite_run: str = ""
    """How a run of the published suite ended for this row, where that has to be said."""

    @classmethod
    def read(cls, prefix: str, listed: Mapping[str, Any]) -> "Row":
        """Return the row as its list says it; `by` and `own` are one name or several."""
        several = {key: (value,) if isinstance(value, str) else tuple(value) for key, value in listed.items()}
        plural = {key: several[key] for key in ("by", "own") if key in several}
        return cls(prefix=prefix, **{**listed, **plural})

    @cached_property
    def test_name(self) -> str:
        """How the names of its tests begin."""
        number = self.id.removeprefix(f"{self.prefix.upper()}-")
        return f"test_{self.prefix}_" + re.sub(r"[^a-z0-9]+", "_", number.lower()).strip("_")

    @property
    def is_tested(self) -> bool:
        """Whether we say that we do what it demands, and that tests of ours prove it."""
        return self.stand == "met"

    @property
    def stand(self) -> str:
        """`met`, `by_hand`, `not_met` or `not_ours`."""
        if self.not_met or self.not_ours:
            return "not_met" if self.not_met else "not_ours"
        return "by_hand" if self.checked_on or self.checked else "met"

    def is_called(self, name: str) -> bool:
        """Whether `by` means this row: its id, or list and id where ids of two lists are the same."""
        return name in (self.id, f"{self.prefix} {self.id}")

    def is_proven_by(self, name: str) -> bool:
        """Whether a test of this name is one of its."""
        return name in self.own or name == self.test_name or name.startswith(self.test_name + "_")


@dataclass(frozen=True)
class SuiteRun:
    """Whether a published suite was run itself: the day, which `revision`, `passed` of its `total` tests.

    Without a day it was not run; without numbers it was, and nobody wrote down how many passed.
    """

    run_on: str = ""
    revision: str = ""
    passed: int | None = None
    total: int | None = None
    note: str = ""

    @property
    def count(self) -> str:
        """The short answer: ``run on 2026-11-27: 27 of 28``."""
        if not self.run_on:
            return "not run"
        of = "how many passed was not recorded" if self.total is None else f"{self.passed} of {self.total}"
        return f"run on {self.run_on}: {of}"

    @property
    def words(self) -> str:
        """The whole answer, on what and with the note."""
        head = self.count.replace(":", f" (revision {self.revision}):", 1) if self.revision else self.count
        return f"{head}. {self.note}".strip() if self.note else f"{head}."

    @property
    def problem(self) -> str:
        """What keeps it from being an answer, "" for nothing."""
        if not self.run_on:
            has_more = self.revision or self.total is not None or self.passed is not None
            return "numbers of a run without its day" if has_more else ""
        if not DAY.fullmatch(self.run_on):
            return f"{self.run_on} is no day"
        if not self.revision:
            return "a run without the revision it was of"
        is_whole = self.total is None or (self.passed is not None and 0 <= self.passed <= self.total)
        return "" if is_whole else "more passed than there are"


@dataclass(frozen=True)
class Section:
    """A part of the page."""

    title: str
    source: str
    rows: tuple[Row, ...]
    suite: SuiteRun | None = None
    """Of a list of a published suite: whether that was run."""
    demands: int = 0
    """Of a checklist of ours: how many it has, numbered from 01. What is not met is not left out."""

    def numbers(self) -> Counter[str]:
        """How many rows have tests of ours, were checked by hand, are not met, and do not apply."""
        return Counter(row.stand for row in self.rows)


@cache
def tests() -> dict[str, list[Path]]:
    """Every test function by name, with the files it stands in."""
    files: dict[str, list[Path]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for name in TEST.findall(path.read_text()):
            files[name].append(path.relative_to(ROOT))
    return dict(files)


def sections() -> list[Section]:
    """The lists, file by file."""
    listed = []
    for file in sorted(LISTS.glob("*.toml")):
        for part in tomllib.loads(file.read_text())["section"]:
            why = {"not_ours": part["not_ours"]} if "not_ours" in part else {}
            rows = tuple(Row.read(part["prefix"], why | item) for item in part["items"])
            suite = SuiteRun(**part["suite"]) if "suite" in part else None
            listed.append(Section(part["title"], part["source"], rows, suite, part.get("demands", 0)))
    return listed


def proofs_of(rows: Iterable[Row], names: Iterable[str]) -> dict[Row, list[str]]:
    """The names of the tests that prove each row by themselves."""
    return {row: [name for name in names if row.is_proven_by(name)] for row in rows}


def problems_of(proofs: Mapping[Row, list[str]], known_tests: Mapping[str, list[Path]]) -> list[str]:
    """What does not fit between the lists and the tests, a line each."""
    problems = []
    for row, names in proofs.items():
        problems += [f"{row.id}: no test is named {name}" for name in row.own if name not in known_tests]
        for other in row.by:
            meant = [candidate for candidate in proofs if candidate.is_called(other)]
            if len(meant) != 1 or meant == [row]:
                problems.append(f"{row.id}: proven by {other}, which is not one other row of the lists")
            elif not proofs[meant[0]]:
                problems.append(f"{row.id}: proven by {other}, which has no test of its own")
        if not row.is_tested and (names or row.by):
            problems.append(f"{row.id}: said not to be tested, yet {(*names, *row.by)[0]} proves it")
        elif row.is_tested and not (names or row.by):
            problems.append(f"{row.id}: no test is named {row.test_name}...")
        if (row.checked_on or row.checked) and not (DAY.fullmatch(row.checked_on) and row.checked):
            problems.append(f"{row.id}: checked by hand needs a day and how")
    claimed = {name for names in proofs.values() for name in names}
    for name in sorted(set(known_tests) - claimed):
        if NAMED.match(name):
            problems.append(f"{known_tests[name][0]}: {name} names a row that is not listed")
    return problems


def unsaid(parts: Iterable[Section]) -> list[str]:
    """What the lists leave out, a line each: whether, when and how a published suite was run; demands."""
    problems = []
    for part in parts:
        numbers = {int(row.id.rpartition("-")[2]) for row in part.rows if part.demands}
        missing = sorted(set(range(1, part.demands + 1)) - numbers)
        problems += [
            f"{part.title}: {part.rows[0].prefix.upper()}-{number:02} is left out" for number in missing
        ]
        if part.suite is None and "suite" in f"{part.title} {part.source}":
            problems.append(f"{part.title}: says neither that the suite was run nor that it was not")
        elif part.suite is not None and part.suite.problem:
            problems.append(f"{part.title}: {part.suite.problem}")
    return problems

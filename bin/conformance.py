"""Joins docs/conformance/*.toml with the tests that prove its rows into docs/conformance.md.

``python bin/conformance.py`` writes the page; with ``--check`` it fails when the page is out of step, when a
row has no proof, or when a test names a row that is not listed. With ``--outcomes FILE...`` it fails when a
test that the page names did not run and pass in one of those runs (tests/outcomes.py writes the files);
``--may-skip`` lets skipped tests be, for a machine without a browser or PostgreSQL.
"""

import argparse
import ast
import json
import re
import sys
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LISTS = ROOT / "docs" / "conformance"
PAGE = ROOT / "docs" / "conformance.md"
SUITE_RUN = re.compile(r"not run\b|run on \d{4}-\d\d-\d\d\b")
# Names of tests that claim to prove a row.
NAMED = re.compile(r"test_([or]_\d\d|oidc_|fapi_|smart_\d|carin_)")
TEST_ID = re.compile(r"(?P<file>[^:]+)::(?P<name>\w+)")
HEAD = """# Conformance: what is demanded of a connecting app, and our tests of it

Made by `make conformance` from [the lists](conformance/) and the names of the tests: edit those.
Every test named here is our own. Where a list is that of a published suite, our tests were written after the
suite's, and none of them is a run of it: whether the suite itself was run, when, on what and how it ended,
stands under the list's title.
The gate runs the suite on SQLite and on PostgreSQL. It fails when a test named here fails, or when neither
run ran it to its end: a test that was skipped proves nothing.
"""


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
    def is_claimed(self) -> bool:
        """Whether we say that we do what it demands."""
        return not (self.not_ours or self.not_met)

    def is_called(self, name: str) -> bool:
        """Whether `by` means this row: its id, or list and id where ids of two lists are the same."""
        return name in (self.id, f"{self.prefix} {self.id}")

    def is_proven_by(self, name: str) -> bool:
        """Whether a test of this name is one of its."""
        return name in self.own or name == self.test_name or name.startswith(self.test_name + "_")


@dataclass(frozen=True)
class Section:
    """A part of the page."""

    title: str
    source: str
    rows: tuple[Row, ...]
    suite_run: str = ""
    """Of a list of a published suite: "not run", or "run on" its date, on what, and how it ended."""


@cache
def tests() -> dict[str, list[Path]]:
    """Every test function by name, with the files it stands in."""
    found: dict[str, list[Path]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found[node.name].append(path.relative_to(ROOT))
    return dict(found)


def sections() -> list[Section]:
    """The lists, file by file."""
    found = []
    for file in sorted(LISTS.glob("*.toml")):
        for part in tomllib.loads(file.read_text())["section"]:
            why = {"not_ours": part["not_ours"]} if "not_ours" in part else {}
            rows = tuple(Row.read(part["prefix"], why | one) for one in part["items"])
            found.append(Section(part["title"], part["source"], rows, part.get("suite_run", "")))
    return found


def proofs_of(rows: Iterable[Row], names: Iterable[str]) -> dict[Row, list[str]]:
    """The names of the tests that prove each row by themselves."""
    return {row: [name for name in names if row.is_proven_by(name)] for row in rows}


def problems_of(proofs: Mapping[Row, list[str]], known: Mapping[str, list[Path]]) -> list[str]:
    """What does not fit between the lists and the tests, a line each."""
    problems = []
    for row, names in proofs.items():
        problems += [f"{row.id}: no test is named {name}" for name in row.own if name not in known]
        for other in row.by:
            meant = [one for one in proofs if one.is_called(other)]
            if len(meant) != 1 or meant == [row]:
                problems.append(f"{row.id}: proven by {other}, which is not one other row of the lists")
            elif not proofs[meant[0]]:
                problems.append(f"{row.id}: proven by {other}, which has no test of its own")
        if not row.is_claimed and (names or row.by):
            problems.append(f"{row.id}: said not to be done, yet {(*names, *row.by)[0]} proves it")
        elif row.is_claimed and not (names or row.by):
            problems.append(f"{row.id}: no test is named {row.test_name}...")
    claimed = {name for names in proofs.values() for name in names}
    for name in sorted(set(known) - claimed):
        if NAMED.match(name):
            problems.append(f"{known[name][0]}: {name} names a row that is not listed")
    return problems


def undated(parts: Iterable[Section]) -> list[str]:
    """Lists of published suites that do not say whether and when the suite was run, a line each."""
    return [
        f"{part.title}: suite_run says neither that it was not run nor the day on which it was"
        for part in parts
        if (part.suite_run or "suite" in f"{part.title} {part.source}")
        and not SUITE_RUN.match(part.suite_run)
    ]


def page() -> str:
    """The page as it should be. Raises OutOfStep."""
    parts, known = sections(), tests()
    proofs = proofs_of((row for part in parts for row in part.rows), known)
    if problems := [*problems_of(proofs, known), *undated(parts)]:
        raise OutOfStep("\n".join(problems))
    lines = [HEAD, _count(proofs)]
    for part in parts:
        has_strength = any(row.strength for row in part.rows)
        head = ["row", *(["strength"] if has_strength else []), "demand", "our test"]
        lines += [f"\n## {part.title}\n", f"Source: {part.source}.\n"]
        lines += [f"The published suite: {part.suite_run}.\n"] if part.suite_run else []
        lines += [_line(head), "|---" * len(head) + "|"]
        for row in part.rows:
            strength = [row.strength] if has_strength else []
            lines.append(_line([row.id, *strength, row.text, _proof(row, proofs[row], known)]))
    return "\n".join(lines) + "\n"


def _count(rows: Iterable[Row]) -> str:
    of = Counter("met" if row.is_claimed else "not met" if row.not_met else "not ours" for row in rows)
    return f"{of['met']} rows have tests of ours, {of['not met']} are not met, {of['not ours']} do not apply."


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _proof(row: Row, names: list[str], known: Mapping[str, list[Path]]) -> str:
    if row.not_ours:
        return f"does not apply: {row.not_ours}"
    if row.not_met:
        return f"**not met**: {row.not_met}"
    links = [f"[`{name}`](../{file.as_posix()})" for name in names for file in known[name]]
    see = [f"see {', '.join(row.by)}"] if row.by else []
    return "<br>".join([*links, *see, *([f"the published suite: {row.suite_run}"] if row.suite_run else [])])


def unproven(files: Iterable[Path], *, may_skip: bool) -> list[str]:
    """What those runs leave unproven, a line for each row and test. Files are lines of JSON."""
    outcomes: dict[tuple[str, str], dict[str, list[dict[str, str]]]] = defaultdict(lambda: defaultdict(list))
    for file in files:
        for line in file.read_text().splitlines():
            told = json.loads(line)
            if found := TEST_ID.match(told["test"]):
                outcomes[found["file"], found["name"]][told["test"]].append(told)
    known = tests()
    problems = []
    for row, names in proofs_of((row for part in sections() for row in part.rows), known).items():
        for test in ((file.as_posix(), name) for name in names for file in known[name]):
            cases = outcomes.get(test, {})
            if not cases:
                problems.append(f"{row.id}: {'::'.join(test)} was not run at all")
            for case, runs in cases.items():
                problems += [f"{row.id}: {case} {why}" for why in _why_not(runs, may_skip=may_skip)]
    return problems


def _why_not(runs: list[dict[str, str]], *, may_skip: bool) -> list[str]:
    how = {one["outcome"] for one in runs}
    if "failed" in how:
        return ["failed"]
    if "passed" in how or may_skip:
        return []
    return [f"was skipped in every run: {', '.join(dict.fromkeys(one['why'] for one in runs))}"]


def main() -> int:
    """Write the page, check it, or compare it with what was run. Says nothing when all is well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--outcomes", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--may-skip", action="store_true")
    asked = parser.parse_args()
    if asked.outcomes:
        problems = unproven(asked.outcomes, may_skip=asked.may_skip)
        if problems:
            sys.stderr.write("\n".join(["docs/conformance.md says more than was run:", *problems, ""]))
        return 1 if problems else 0
    try:
        wanted = page()
    except OutOfStep as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if not asked.check:
        PAGE.write_text(wanted)
    elif not PAGE.exists() or PAGE.read_text() != wanted:
        sys.stderr.write("docs/conformance.md is out of step: run `make conformance`.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Joins docs/conformance/*.toml with the tests that prove its rows into docs/conformance.md.

What they come to is written into apps/listing/data/evidence.json, for the page that payers' reviewers read.
``python bin/conformance.py`` writes both; with ``--check`` it fails when one is out of step, when a
row has no proof, or when a test names a row that is not listed. With ``--outcomes FILE...`` it fails when a
test that the page, a packet or the ledger of sentences names did not run and pass in one of those runs
(tests/outcomes.py writes the files);
``--may-skip`` lets skipped tests be, for a machine without a browser or PostgreSQL.
"""

import argparse
import ast
import json
import re
import runpy
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent)]  # the lists, tables of tests

from conformance_lists import (  # noqa: E402
    ROOT,
    OutOfStep,
    Row,
    Section,
    SuiteRun,
    problems_of,
    proofs_of,
    sections,
    tests,
    unsaid,
)

__all__ = ["Row", "Section", "SuiteRun", "proofs_of"]
PAGE = ROOT / "docs" / "conformance.md"
EVIDENCE = ROOT / "apps" / "listing" / "data" / "evidence.json"
# What tests keep in tables: elements and what is shown of them; folders of published claims and how many.
SHOWN = ROOT / "tests" / "sync" / "must_support_shown.py"
SECOND_OPINION = ROOT / "tests" / "claims" / "test_reading_second_opinion.py"
PACKET = [ROOT / "apps" / "listing" / "data" / name for name in ("packet.toml", "askers.toml")]
SENTENCES = ROOT / "tests" / "listing" / "sentences.toml"
CHECKLIST = re.compile(r"[OWDRGB]-\d+")
STANDS = ("met", "by_hand", "not_met", "not_ours")
TEST_ID = re.compile(r"(?P<file>[^:]+)::(?P<name>\w+)")
HEAD = """# Conformance: what is demanded of a connecting app, and our tests of it

Made by `make conformance` from [the lists](conformance/) and the names of the tests: edit those.
Every test named here is our own. Where a list is that of a published suite, our tests were written after the
suite's, and none of them is a run of it: whether the suite itself was run, when, on what and how many of its
tests passed, stands in a column of its own and under the list's title. Those in `tests/peers` are run
against servers of others, as published: oidc-provider before Medplum's FHIR router, and Canaille.
The gate runs the suite on SQLite and on PostgreSQL. It fails when a test named here fails, or when neither
run ran it to its end: a test that was skipped proves nothing.
"""


def page() -> str:
    """The page as it should be. Raises OutOfStep."""
    parts, known_tests = sections(), tests()
    proofs = proofs_of((row for part in parts for row in part.rows), known_tests)
    if problems := [*problems_of(proofs, known_tests), *unsaid(parts)]:
        raise OutOfStep("\n".join(problems))
    lines = [HEAD, *_summary(parts)]
    for part in parts:
        has_strength = any(row.strength for row in part.rows)
        head = ["row", *(["strength"] if has_strength else []), "demand", "our test"]
        lines += [f"\n## {part.title}\n", f"Source: {part.source}.\n"]
        lines += [f"The published suite: {part.suite.words}\n"] if part.suite else []
        lines += [_line(head), "|---" * len(head) + "|"]
        for row in part.rows:
            strength = [row.strength] if has_strength else []
            lines.append(_line([row.id, *strength, row.text, _proof(row, proofs[row], known_tests)]))
    return "\n".join(lines) + "\n"


def _summary(parts: Iterable[Section]) -> list[str]:
    head = [
        "list",
        "rows with our tests",
        "checked by hand",
        "not met",
        "do not apply",
        "the published suite",
    ]
    lines = [_line(head), "|---" * len(head) + "|"]
    for part in parts:
        numbers = part.numbers()
        suite = part.suite.count if part.suite else "there is none"
        lines.append(_line([part.title, *(str(numbers[key]) for key in STANDS), suite]))
    return lines


def evidence() -> str:
    """What the lists and the tables of tests come to, as JSON. The page has to fit the tests before."""
    counted = [
        {
            "title": part.title,
            "source": part.source,
            **{key: part.numbers()[key] for key in STANDS},
            "suite": asdict(part.suite) if part.suite else None,
        }
        for part in sections()
    ]
    rows = [
        (row, {"row": row.id, "title": part.title, "demand": row.text})
        for part in sections()
        for row in part.rows
    ]
    shown = runpy.run_path(str(SHOWN))
    elements = Counter(name.partition(".")[0] for name in shown["AMONG_THE_PEOPLE"])
    content = {
        "lists": counted,
        "by_hand": [
            entry | {"checked_on": row.checked_on, "how": row.checked}
            for row, entry in rows
            if row.stand == "by_hand"
        ],
        "not_met": [entry | {"why": row.not_met} for row, entry in rows if row.not_met],
        "must_support": {
            "ExplanationOfBenefit": len({*shown["ON_THE_CLAIM"], *shown["IN_THE_RECORD"]}),
            **dict(sorted(elements.items())),
        },
        "second_opinion": _table(SECOND_OPINION, "FOLDERS"),
        "controls": _controls(),
        "named_tests": _named_tests(),
    }
    return json.dumps(content, indent=1, ensure_ascii=False).replace("`", "") + "\n"


def _controls() -> dict[str, Any]:
    """Every row of our own checklists, with its tests."""
    known_tests = tests()
    rows = [row for part in sections() for row in part.rows if CHECKLIST.fullmatch(row.id)]
    return {
        row.id: {
            "text": row.text,
            "stand": _stand(row),
            "tests": [f"{file.as_posix()}::{name}" for name in names for file in known_tests[name]],
            "by": list(row.by),
        }
        for row, names in proofs_of(rows, known_tests).items()
    }


def _stand(row: Row) -> str:
    if row.not_met:
        return f"Not there: {row.not_met}"
    if row.stand == "by_hand":
        return f"Met, checked by hand on {row.checked_on}: {row.checked}"
    return f"Does not apply: {row.not_ours}" if row.not_ours else "Tested"


def _named_tests() -> dict[str, str]:
    """The tests that packets name themselves, each with its file."""
    names, known_tests = _quoted(PACKET), tests()
    if missing := [name for name in names if name not in known_tests]:
        raise OutOfStep("\n".join(f"packets: no test is named {name}" for name in missing))
    return {name: f"{known_tests[name][0].as_posix()}::{name}" for name in names}


def _quoted(files: Iterable[Path]) -> list[str]:
    return sorted({name for file in files for name in re.findall(r'"(test_\w+)"', file.read_text())})


def _table(file: Path, name: str) -> Any:
    """Return a literal that a module assigns to *name*, without importing it."""
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == [name]:
            return ast.literal_eval(node.value)
    raise OutOfStep(f"{file.name}: no table is called {name}")


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _proof(row: Row, names: list[str], known_tests: Mapping[str, list[Path]]) -> str:
    if row.not_ours:
        return f"does not apply: {row.not_ours}"
    if row.not_met:
        return f"**not met**: {row.not_met}"
    if row.stand == "by_hand":
        return f"met, checked by hand on {row.checked_on}: {row.checked}"
    links = [f"[`{name}`](../{file.as_posix()})" for name in names for file in known_tests[name]]
    see = [f"see {', '.join(row.by)}"] if row.by else []
    return "<br>".join([*links, *see, *([f"the published suite: {row.suite_run}"] if row.suite_run else [])])


def unproven(files: Iterable[Path], *, may_skip: bool) -> list[str]:
    """What those runs leave unproven, a line for each row and test. Files are lines of JSON."""
    outcomes: dict[tuple[str, str], dict[str, list[dict[str, str]]]] = defaultdict(lambda: defaultdict(list))
    for file in files:
        for line in file.read_text().splitlines():
            entry = json.loads(line)
            if test_id := TEST_ID.match(entry["test"]):
                outcomes[test_id["file"], test_id["name"]][entry["test"]].append(entry)
    known_tests = tests()
    rows = proofs_of((row for part in sections() for row in part.rows), known_tests)
    proofs = [(row.id, names) for row, names in rows.items()]
    proofs.append(("a sentence", [name for name in _quoted([*PACKET, SENTENCES]) if name in known_tests]))
    problems = []
    for proved, names in proofs:
        for test in ((file.as_posix(), name) for name in names for file in known_tests[name]):
            cases = outcomes.get(test, {})
            if not cases:
                problems.append(f"{proved}: {'::'.join(test)} was not run at all")
            for case, runs in cases.items():
                problems += [f"{proved}: {case} {why}" for why in _why_not(runs, may_skip=may_skip)]
    return problems


def _why_not(runs: list[dict[str, str]], *, may_skip: bool) -> list[str]:
    how = {run["outcome"] for run in runs}
    if "failed" in how:
        return ["failed"]
    if "passed" in how or may_skip:
        return []
    return [f"was skipped in every run: {', '.join(dict.fromkeys(run['why'] for run in runs))}"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page, check it, or compare it with what was run. Says nothing when all is well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--outcomes", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--may-skip", action="store_true")
    asked = parser.parse_args(arguments)
    if asked.outcomes:
        problems = unproven(asked.outcomes, may_skip=asked.may_skip)
        if problems:
            sys.stderr.write("\n".join(["docs/conformance.md says more than was run:", *problems, ""]))
        return 1 if problems else 0
    try:
        wanted = {PAGE: page(), EVIDENCE: evidence()}
    except OutOfStep as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if not asked.check:
        EVIDENCE.parent.mkdir(exist_ok=True)
        for file, text in wanted.items():
            file.write_text(text)
        return 0
    stale = [file for file, text in wanted.items() if not file.exists() or file.read_text() != text]
    for file in stale:
        sys.stderr.write(f"{file.relative_to(ROOT)} is out of step: run `make conformance`.\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())

"""docs/conformance.md tells what was run, and nothing more."""

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "bin" / "conformance.py"
type Compared = Callable[..., tuple[int, str]]
ROW, TEST = "O-41", "test_o_41_the_session_cookie_is_lax_and_answers_come_in_the_address"


def loaded() -> Any:
    """Return bin/conformance.py as a module."""
    spec = importlib.util.spec_from_file_location("conformance", SCRIPT)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


conformance = loaded()


def ended(
    outcome: str = "passed", *, why: str = "", only: str = "", case: str = ""
) -> Iterator[dict[str, str]]:
    """Yield how all tests of the repository ended: passed, but for *only* this one."""
    for name, files in conformance.tests().items():
        for file in files:
            is_meant = name == only
            yield {
                "test": f"{file.as_posix()}::{name}{case if is_meant else ''}",
                "outcome": outcome if is_meant else "passed",
                "why": why if is_meant else "",
            }


@pytest.fixture
def compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Compared:
    """Return what compares the page with runs as the gate does: the exit code and what was said."""

    def compare(*runs: Iterable[dict[str, str]], flags: tuple[str, ...] = ()) -> tuple[int, str]:
        files = []
        for number, run in enumerate(runs):
            files.append(tmp_path / f"{number}.jsonl")
            files[-1].write_text("".join(f"{json.dumps(outcome)}\n" for outcome in run))
        code = conformance.main(["--outcomes", *map(str, files), *flags])
        said = capsys.readouterr()
        return code, said.out + said.err

    return compare


def without(name: str) -> list[dict[str, str]]:
    """Return a run in which this test was deselected."""
    return [outcome for outcome in ended() if not outcome["test"].endswith(f"::{name}")]


def test_a_run_in_which_everything_passed_is_enough_and_nothing_is_said(compared: Compared) -> None:
    """The last line of the gate stays pytest's own."""
    assert compared(ended()) == (0, "")


def test_a_named_test_that_was_skipped_in_every_run_names_its_row_and_the_reason(compared: Compared) -> None:
    run = list(ended("skipped", why="needs a moon", only=TEST))
    code, said = compared(run, run)
    assert code == 1
    assert f"{ROW}: " in said
    assert f"{TEST} was skipped in every run: needs a moon" in said


def test_a_test_skipped_in_one_run_is_proven_by_the_other(compared: Compared) -> None:
    """For one thing on SQLite, for another on PostgreSQL."""
    assert compared(ended("skipped", why="needs PostgreSQL", only=TEST), ended()) == (0, "")


def test_a_named_test_that_was_not_run_names_its_row(compared: Compared) -> None:
    """Deselected, not collected, or lost with its file."""
    code, said = compared(without(TEST), without(TEST), flags=("--may-skip",))
    assert code == 1
    assert f"{ROW}: tests/connections/test_landing.py::{TEST} was not run at all" in said


def test_a_test_that_failed_once_is_no_proof_whatever_the_other_run_says(compared: Compared) -> None:
    code, said = compared(ended(), ended("failed", only=TEST))
    assert code == 1
    assert f"{TEST} failed" in said


def test_each_case_of_a_test_has_to_have_passed_somewhere(compared: Compared) -> None:
    """One value of many may be skipped where the others are not."""
    more = [*ended(only=TEST, case="[one]"), *ended("skipped", why="no", only=TEST, case="[two]")]
    code, said = compared(more, more)
    assert code == 1
    assert f"{TEST}[two] was skipped" in said
    assert f"{TEST}[one]" not in said


def test_at_a_desk_what_was_skipped_for_a_reason_is_let_be(compared: Compared) -> None:
    """Without Chromium or PostgreSQL, `make test` passes."""
    run = ended("skipped", why="Chromium is not installed", only=TEST)
    assert compared(run, flags=("--may-skip",)) == (0, "")


def test_the_outcomes_are_those_of_the_run(tmp_path: Path) -> None:
    """With several workers: a line for each test, with the worst of its setup, call and teardown."""
    (tmp_path / "conftest.py").write_text(
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom tests import outcomes\n"
        "def pytest_configure(config):\n    outcomes.record(config, 'new/ended.jsonl')\n"
    )
    (tmp_path / "test_some.py").write_text(
        "import pytest\n"
        "@pytest.fixture\ndef late():\n    yield\n    raise OSError\n"
        "@pytest.fixture\ndef early():\n    raise OSError\n"
        "@pytest.fixture\ndef not_here():\n    pytest.skip('needs a moon')\n"
        "def test_good(): pass\n"
        "@pytest.mark.parametrize('n', [1, 2])\ndef test_half(n): assert n == 1\n"
        "def test_late(late): pass\n"
        "def test_early(early): pass\n"
        "def test_away(not_here): pass\n"
        "@pytest.mark.skip(reason='not now')\ndef test_not_now(): pass\n"
        "@pytest.mark.xfail(reason='known')\ndef test_known(): assert False\n"
    )
    run = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-n",
        "2",
        "-p",
        "no:django",
        "--rootdir",
        tmp_path,
        tmp_path,
    ]
    subprocess.run(run, cwd=tmp_path, capture_output=True, check=False)
    told = [json.loads(line) for line in (tmp_path / "new" / "ended.jsonl").read_text().splitlines()]
    assert {outcome["test"].partition("::")[2]: (outcome["outcome"], outcome["why"]) for outcome in told} == {
        "test_good": ("passed", ""),
        "test_half[1]": ("passed", ""),
        "test_half[2]": ("failed", "call"),
        "test_late": ("failed", "teardown"),
        "test_early": ("failed", "setup"),
        "test_away": ("skipped", "needs a moon"),
        "test_not_now": ("skipped", "not now"),
        "test_known": ("skipped", "expected to fail: known"),
    }
    assert len(told) == 8


GOOD = {"test_x_1_works": [Path("tests/a.py")], "test_other": [Path("tests/a.py")]}


def problems(*listed: dict[str, Any], known: dict[str, list[Path]] | None = None) -> list[str]:
    """Return what does not fit between made-up rows and tests."""
    rows = [conformance.Row.read("x", {"text": "", **row}) for row in listed]
    known = GOOD if known is None else known
    faults: list[str] = conformance.problems_of(conformance.proofs_of(rows, known), known)
    return faults


def test_rows_may_be_proven_by_name_by_tests_of_other_names_and_by_other_rows() -> None:
    rows = [{"id": "@1"}, {"id": "@2", "own": "test_other"}, {"id": "@3", "by": ["@1", "x @2"]}]
    by_hand = {"id": "@6", "checked_on": "2026-11-30", "checked": "130 of 130"}
    assert problems(*rows, {"id": "@4", "not_met": "why"}, {"id": "@5", "not_ours": "why"}, by_hand) == []


@pytest.mark.parametrize(
    ("listed", "said"),
    [
        ({"id": "@9"}, "@9: no test is named test_x_9..."),
        ({"id": "@9", "own": "test_gone"}, "@9: no test is named test_gone"),
        ({"id": "@9", "by": "@7"}, "@9: proven by @7, which is not one other row of the lists"),
        ({"id": "@9", "by": "@9"}, "@9: proven by @9, which is not one other row of the lists"),
        ({"id": "@9", "by": "@8"}, "@9: proven by @8, which has no test of its own"),
        (
            {"id": "@9", "own": "test_other", "not_met": "why"},
            "@9: said not to be tested, yet test_other proves it",
        ),
        ({"id": "@9", "checked_on": "lately", "checked": "well"}, "@9: checked by hand needs a day and how"),
        ({"id": "@9", "checked_on": "2026-11-30"}, "@9: checked by hand needs a day and how"),
        ({"id": "@9", "checked": "well"}, "@9: checked by hand needs a day and how"),
        ({"id": "@9", "by": "@1", "not_ours": "why"}, "@9: said not to be tested, yet @1 proves it"),
    ],
)
def test_a_row_that_nothing_proves_is_named(listed: dict[str, Any], said: str) -> None:
    assert said in problems({"id": "@1"}, {"id": "@8", "not_met": "why"}, listed)


def test_a_test_that_names_no_row_is_found() -> None:
    known = {"test_o_99_something": [Path("tests/a.py")]}
    assert problems(known=known) == ["tests/a.py: test_o_99_something names a row that is not listed"]


@pytest.mark.parametrize(
    ("suite", "said"),
    [
        (None, "says neither that the suite was run nor that it was not"),
        ({}, ""),
        ({"run_on": "yesterday", "revision": "abc"}, "yesterday is no day"),
        ({"run_on": "2026-11-27"}, "a run without the revision it was of"),
        ({"passed": 28, "total": 28}, "numbers of a run without its day"),
        (
            {"run_on": "2026-11-27", "revision": "abc", "passed": 29, "total": 28},
            "more passed than there are",
        ),
        ({"run_on": "2026-11-27", "revision": "abc", "passed": 28, "total": 28}, ""),
    ],
)
def test_c_04_the_list_of_a_published_suite_says_whether_when_and_how_the_suite_was_run(
    suite: dict[str, Any] | None, said: str
) -> None:
    """C-04: a ported test is no run of the suite."""
    run = None if suite is None else conformance.SuiteRun(**suite)
    section = conformance.Section("A suite", "https://example.com", (), run)
    assert conformance.unsaid([section]) == ([f"A suite: {said}"] if said else [])
    assert conformance.unsaid([conformance.Section("A checklist", "RFC 6749", ())]) == []


def test_s_15_a_demand_that_is_not_met_cannot_be_left_out() -> None:
    rows = [conformance.Row("w", f"W-0{number}", "a demand", not_met="no") for number in (1, 3)]
    section = conformance.Section("A checklist", "ASVS", tuple(rows), demands=4)
    assert conformance.unsaid([section]) == [f"A checklist: W-0{number} is left out" for number in (2, 4)]
    assert sum(part.demands for part in conformance.sections()) == 176


def test_c_04_a_run_is_told_by_its_day_and_by_how_many_passed_of_how_many() -> None:
    run = conformance.SuiteRun("2026-11-27", "abc", 27, 28, "One fails.")
    assert run.count == "run on 2026-11-27: 27 of 28"
    assert run.words == "run on 2026-11-27 (revision abc): 27 of 28. One fails."
    assert conformance.SuiteRun().words == "not run."
    assert "not recorded" in conformance.SuiteRun("2026-11-27", "abc").count


def test_c_04_what_the_published_suite_said_stands_beside_our_test_and_is_not_called_it() -> None:
    text = conformance.page()
    (row,) = (line for line in text.splitlines() if line.startswith("| eob_required_searches"))
    ours, _, theirs = row.partition("the published suite: ")
    assert "test_every_search_the_client_suite_looks_for_is_asked_and_answered" in ours
    assert theirs.startswith("failed on 2026-11-27")
    assert "| proof |" not in text
    for part in conformance.sections():
        (summary,) = (line for line in text.splitlines() if line.startswith(f"| {part.title} |"))
        assert summary.endswith(f"| {part.suite.count if part.suite else 'there is none'} |")
        assert not part.suite or f"The published suite: {part.suite.words}" in text


def test_c_04_the_numbers_that_reviewers_read_are_those_of_the_lists() -> None:
    told = json.loads(conformance.evidence())
    assert json.loads(conformance.EVIDENCE.read_text()) == told
    rows = [row for part in conformance.sections() for row in part.rows]
    assert sum(part["met"] for part in told["lists"]) == sum(row.is_tested for row in rows)
    for stand in ("by_hand", "not_met"):
        assert [told_row["row"] for told_row in told[stand]] == [row.id for row in rows if row.stand == stand]
    assert told["must_support"]["Patient"] > 10

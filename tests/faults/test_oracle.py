"""The oracle itself: what it is there to notice, it notices; and the page written from its verdicts."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.faults import length, oracle, report
from tests.faults.conftest import Stage
from tests.faults.length import Played, most_minutes
from tests.faults.oracle import Verdict
from tests.faults.payer import Payer
from tests.faults.report import COUNTED, page_of

ROOT = Path(__file__).resolve().parents[2]
type Row = dict[str, Any]


@pytest.fixture(scope="module")
def seen(stage: Stage) -> dict[str, Any]:
    """Return what is stored after a quiet run."""
    with stage.round() as site:
        found: dict[str, Any] = site.do("finish")
        return found


STRANGE = ("ExplanationOfBenefit/claim-p-2-0", "0" * 64)
WRONG: dict[str, tuple[str, Callable[[Row], object]]] = {
    "a record less": ("lost", lambda row: row["stored"].pop()),
    "another content": ("lost", lambda row: row["stored"].__setitem__(0, (row["stored"][0][0], "0" * 64))),
    "a stranger": ("leaked", lambda row: row["stored"].append(STRANGE)),
    "a record twice": ("doubled", lambda row: row["stored"].append(row["stored"][0])),
    "a claim listed twice": ("doubled", lambda row: row["listed"].append(row["listed"][0])),
    "a claim not in the list": ("lost", lambda row: row["listed"].pop()),
    "a record marked as gone": ("lost", lambda row: row["gone"].append(row["stored"].pop()[0])),
    "a claim in no book": ("lost", lambda row: row["booked"].pop(0)),
    "a claim in two books": ("doubled", lambda row: row["booked"].append(row["booked"][0])),
    "a stranger in a book": ("leaked", lambda row: row["booked"].append(["nothing", False])),
    "gone in its book only": ("untrue", lambda row: row["booked"][0].__setitem__(1, True)),
    "an amount of before": ("untrue", lambda row: row["billed"].__setitem__(0, "99")),
    "books behind": ("untrue", lambda row: row.update(are_books_behind=True)),
    "books that say otherwise": ("untrue", lambda row: row.update(are_books_the_same_again=False)),
    "a spent refresh token": ("lost", lambda row: row.update(refresh_token="rt-spent")),
    "rows of another member": ("leaked", lambda row: row.update(strangers=1)),
    "still running": ("untrue", lambda row: row["runs"][0].update(state="running")),
    "partial without a word": ("untrue", lambda row: row["runs"][0].update(state="partial")),
    "signed out": ("untrue", lambda row: row.update(status="needs_sign_in")),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_the_oracle_notices(stage: Stage, seen: dict[str, Any], wrong: str) -> None:
    """Each kind of loss, doubling, leak and untruth; and nothing where all is well."""
    kind, change = WRONG[wrong]
    row = copy.deepcopy(seen["connections"][0])
    assert oracle.compare(stage.payer, row, patient="p-1").is_clean
    change(row)
    assert getattr(oracle.compare(stage.payer, row, patient="p-1"), kind)


def test_the_oracle_reads_the_logs(stage: Stage, payer: Payer, seen: dict[str, Any]) -> None:
    """Names, ids, diagnoses and tokens."""
    words = ["canary-diagnosis-p-1-3", "Patient/p-1", "claim-p-1-7", str(payer.living_refresh("p-1"))]
    with stage.round() as site:
        process = site.start("migrate")
        assert process.wait() == 0
        with process.order.log.open("a") as log:
            log.write(" ".join(words))
        leaked = oracle.judge(site, payer, seen).leaked
    assert {f"in a log: {word}" for word in words} <= set(leaked)


def a_line(fault: str, **more: Any) -> dict[str, Any]:
    zero = dict.fromkeys(COUNTED, 0)
    return {"fault": fault, "database": "sqlite", "at": "2026-11-25T21:00:00+00:00", **zero, **more}


def test_the_page_adds_up_what_was_found() -> None:
    page = page_of(
        [
            *(a_line("kill"), a_line("kill", lost=2, database="postgresql"), a_line("freeze", leaked=1)),
            *(a_line("body: null"), a_line("body: a list")),
        ]
    )
    assert "| body, 2 kinds | 2 | 0 | 0 | 0 | 0 | SQLite |" in page
    assert "| kill | 2 | 2 | 0 | 0 | 0 | PostgreSQL, SQLite |" in page
    assert "| **all** | 5 | 2 | 0 | 1 | 0 | PostgreSQL, SQLite |" in page


def test_a_run_with_a_loss_ends_with_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "ROOT", tmp_path)
    monkeypatch.setattr(report, "PAGE", tmp_path / "page.md")
    lines = tmp_path / "lines.jsonl"
    for line, code in ((a_line("kill"), 0), (a_line("kill", lost=1), 1)):
        lines.write_text(json.dumps(line))
        assert report.main([str(lines)]) == code


def test_rounds_are_written_down_where_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "deep" / "lines.jsonl"
    monkeypatch.setenv("FAULTS_RESULTS", str(file))
    oracle.record("kill", Verdict(lost=["x"]), vendor="sqlite")
    (line,) = map(json.loads, file.read_text().splitlines())
    assert (line["fault"], line["lost"], line["leaked"]) == ("kill", 1, 0)


def test_the_published_page_tells_of_no_loss() -> None:
    """docs/reliability.md: the last row adds up the table, and every count in it is 0."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (ROOT / "docs" / "reliability.md").read_text().splitlines()
        if line.startswith("| ") and line.count("|") == 8
    ]
    header, *faults = rows
    assert header[1] == "rounds"
    assert len(faults) > 20
    assert [row[0] for row in faults if row[2:6] != ["0"] * 4] == []


def test_the_page_tells_how_long_each_database_was_played() -> None:
    times = {"seconds": 585.0, "processes": 3}
    page = page_of([a_line("kill", **times), a_line("kill", **times), a_line("kill", database="postgresql")])
    assert "- SQLite: 2 rounds, played in 6.5 minutes by 3 processes of pytest." in page
    assert "- PostgreSQL" not in page, "lines of before do not tell"


def test_all_processes_of_a_run_have_ten_minutes_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(length, "PROCESSES", 3)
    monkeypatch.setenv("CI", "true")
    monkeypatch.delenv("ROUNDS", raising=False)
    one, other = Played(tmp_path / "took"), Played(tmp_path / "took")
    one.check(most_minutes())
    one.add(900.0)
    other.add(899.0)
    other.check(most_minutes())
    other.add(2.0)
    with pytest.raises(AssertionError, match="10 is the most"):
        one.check(most_minutes())
    monkeypatch.setenv("ROUNDS", "600")
    one.check(most_minutes())

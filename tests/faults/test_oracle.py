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


def without_a_record(row: Row) -> None:
    row["stored"].pop()


def with_another_content(row: Row) -> None:
    row["stored"][0] = (row["stored"][0][0], "0" * 64)


def with_a_stranger(row: Row) -> None:
    row["stored"].append(("ExplanationOfBenefit/claim-p-2-0", "0" * 64))


def with_a_record_twice(row: Row) -> None:
    row["stored"].append(row["stored"][0])


def with_a_claim_listed_twice(row: Row) -> None:
    row["listed"].append(row["listed"][0])


def without_a_claim_in_the_list(row: Row) -> None:
    row["listed"].pop()


def with_a_record_marked_as_gone(row: Row) -> None:
    row["gone"].append(row["stored"].pop()[0])


def with_a_spent_refresh_token(row: Row) -> None:
    row["refresh_token"] = "rt-spent"


def with_rows_of_another_member(row: Row) -> None:
    row["strangers"] = 1


def still_running(row: Row) -> None:
    row["runs"][0]["state"] = "running"


def partial_without_a_word(row: Row) -> None:
    row["runs"][0]["state"] = "partial"


def signed_out(row: Row) -> None:
    row["status"] = "needs_sign_in"


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (without_a_record, "lost"),
        (with_another_content, "lost"),
        (with_a_stranger, "leaked"),
        (with_a_record_twice, "doubled"),
        (with_a_claim_listed_twice, "doubled"),
        (without_a_claim_in_the_list, "lost"),
        (with_a_record_marked_as_gone, "lost"),
        (with_a_spent_refresh_token, "lost"),
        (with_rows_of_another_member, "leaked"),
        (still_running, "untrue"),
        (partial_without_a_word, "untrue"),
        (signed_out, "untrue"),
    ],
)
def test_the_oracle_notices(
    stage: Stage, seen: dict[str, Any], change: Callable[[Row], None], kind: str
) -> None:
    """Each kind of loss, doubling, leak and untruth; and nothing where all is well."""
    row = copy.deepcopy(seen["connections"][0])
    assert oracle.compare(stage.payer, row, patient="p-1").is_clean
    change(row)
    assert getattr(oracle.compare(stage.payer, row, patient="p-1"), kind)


@pytest.mark.parametrize("word", ["canary-diagnosis-p-1-3", "Patient/p-1", "claim-p-1-7", "a refresh token"])
def test_the_oracle_reads_the_logs(stage: Stage, payer: Payer, seen: dict[str, Any], word: str) -> None:
    """Names, ids, diagnoses and tokens."""
    with stage.round() as site:
        process = site.start("migrate")
        assert process.wait() == 0
        with process.order.log.open("a") as log:
            log.write(str(payer.living_refresh("p-1")) if word == "a refresh token" else word)
        assert oracle.judge(site, payer, seen).leaked


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

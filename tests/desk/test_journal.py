"""The log is kept no longer than the privacy page says: what `doctor` sees of it, and what it cannot see."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from apps.desk import journal
from apps.desk.findings import Level
from tests.conftest import ROOT

SHIPPED = re.search(
    r"^ {4}\[Journal\]\n(?: {4}\S+\n)+", (ROOT / "docs/operations.md").read_text(), re.MULTILINE
)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: Any, settings: Any, db: None) -> Path:
    settings.SITE_URL = "https://plainclaim.example"
    monkeypatch.setattr(journal, "ROOT", tmp_path)
    return tmp_path


def written(machine: Path, name: str, text: str) -> None:
    file = machine / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


def test_what_cannot_be_seen_is_said_with_the_days_that_are_promised(machine: Path) -> None:
    [finding] = journal.log(None)  # type: ignore[arg-type]
    assert "not seen from here; the privacy page promises 30 days" in finding.says


def test_a_journal_as_it_comes_keeps_too_long_and_with_the_documented_file_it_does_not(machine: Path) -> None:
    written(machine, "usr/local/lib/systemd/journald.conf", "[Journal]\n#MaxRetentionSec=1day\n")
    [finding] = journal.log(None)  # type: ignore[arg-type]
    assert (finding.level, "has no limit of days" in finding.says) == (Level.WARNING, True)
    written(machine, "etc/systemd/journald.conf.d/plainclaim.conf", "[Journal]\nMaxRetentionSec=30day\n")
    [finding] = journal.log(None)  # type: ignore[arg-type]
    assert (finding.level, "keeps lines for 60 days" in finding.says) == (Level.WARNING, True)
    assert SHIPPED
    written(machine, "etc/systemd/journald.conf.d/plainclaim.conf", SHIPPED[0].replace("    ", ""))
    [finding] = journal.log(None)  # type: ignore[arg-type]
    assert (finding.level, "for 30 days at most" in finding.says) == (Level.OK, True)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("29day", 29),
        ("1month", 30),
        ("4weeks", 28),
        ("2592000", 30),
        ("1d 24h", 2),
        ("1.5d 12h", 2),
        ("86400000ms", 1),
        ("86400000000us", 1),
        ("infinity", 0),
        ("0", 0),
    ],
)
def test_spans_are_read_as_systemd_writes_them(text: str, kept: int) -> None:
    assert journal.span(text) // timedelta(days=1) == kept

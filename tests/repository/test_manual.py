"""The numbers of docs/operations.md are those of the code, each in the sentence that tells it."""

import re
import shutil
import subprocess
import textwrap
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from django.conf import settings
from django.db.backends.postgresql.features import DatabaseFeatures

from apps.accounts import mail_rounds, operators, policies, proxies, retention, security_log, support_codes
from apps.appeals import models as rules
from apps.audit import trail
from apps.connections import acts, attempts, handshakes, revocation_answers, revocations
from apps.desk import alarms, fleet, house, outside
from apps.plans import held_changes
from apps.sync.models import LEASE, QUEUE_PATIENCE
from apps.takeaway import models as files
from apps.vault import backups
from config import celery, healthcheck
from tests.conftest import ROOT

WRITTEN: Final = (ROOT / "docs" / "operations.md").read_text()
MANUAL: Final = " ".join(WRITTEN.split())
DAY: Final = timedelta(days=1)
WORDS: Final = {
    1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 7: "seven", 10: "ten",
}  # fmt: skip


def times(span: timedelta, unit: timedelta) -> str:
    """How often the unit is in the span, as a figure."""
    number = span / unit
    assert number == int(number)
    return str(int(number))


def in_words(span: timedelta, unit: timedelta) -> str:
    """The same as a word."""
    return WORDS[int(times(span, unit))]


MINUTE, HOUR, SECOND = timedelta(minutes=1), timedelta(hours=1), timedelta(seconds=1)
OUTBOUND: Final = settings.OUTBOUND_CONNECT_SECONDS + settings.OUTBOUND_READ_SECONDS

POOL_SECONDS: Final = re.search(
    r'"pool",\n\s+{.*?"timeout": (\d+)', (ROOT / "config" / "settings.py").read_text(), re.DOTALL
)[1]  # type: ignore[index]


@pytest.mark.parametrize(
    "told",
    [
        f"PostgreSQL {DatabaseFeatures.minimum_database_version[0]} or newer",
        f"when the lease ({times(LEASE, SECOND)} s) is over",
        f"none was here for {in_words(house.WORKER_PATIENCE, MINUTE)} minutes",
        f"fails where that is {WORDS[int(healthcheck.LONGEST_SECONDS) // 60]} minutes ago",
        f"again when {WORDS[operators.PROOF_SECONDS // 60]} minutes have passed",
        f"leaves {in_words(mail_rounds.SOON, MINUTE)} minutes later",
        f"how far the attempts of {WORDS[fleet.DAYS]} days came",
        f"when it is over for {in_words(alarms.OVER_AFTER, MINUTE)} minutes",
        f"it lasts {times(support_codes.LASTS, HOUR)} hours",
        f"Buttons reach at most {acts.MOST_BY_BUTTON} members",
        f"for {OUTBOUND:.0f} seconds at most (`OUTBOUND_CONNECT_SECONDS` and `OUTBOUND_READ_SECONDS`)",
        f"or for {times(held_changes.WAIT, HOUR)} hours, and every operator",
        f"the keys of backups that are older than {in_words(backups.KEYS_KEPT, DAY)} days",
        f"`BACKUP_RECORDS_DAYS` ({settings.BACKUP_RECORDS_DAYS}; the privacy policy",
        f"After a pause of more than {times(backups.LONGEST_STEP, DAY)} days",
        f"sign-ups that nobody confirmed | {times(retention.UNCONFIRMED, DAY)} days",
        f"{settings.SESSION_HOURS:.0f} hours at most or, kept behind a passkey, 30 days; "
        f"{times(support_codes.LASTS, HOUR)} hours; {times(files.KEPT_FOR, HOUR)} hours",
        f"revocations of which no receipt tells | {times(attempts.KEPT_FOR, DAY)} days",
        f"never sooner than {times(policies.NOTICE + policies.QUEUE, DAY)} days after the worker found it: "
        f"{times(policies.NOTICE, DAY)}, and {times(policies.QUEUE, DAY)} for the queue of mails",
        f"A page or worker waits {POOL_SECONDS} seconds for one at most",
        f"A page waits at most {celery.SECONDS} s for a broker",
        f"again by the sweep within {times(QUEUE_PATIENCE, SECOND)} s",
    ],
)
def test_each_number_of_the_manual_is_that_of_the_code(told: str) -> None:
    assert told in MANUAL


def test_what_the_manual_tells_in_words_is_so() -> None:
    """“Every minute”, “once an hour” and the like stand for these."""
    assert alarms.EVERY == MINUTE
    assert (outside.LINKS_EVERY, outside.CERTIFICATE_EVERY, outside.DAYS_LEFT) == (HOUR, DAY / 4, (21, 7))
    assert timedelta(seconds=proxies.KEPT_SECONDS) == DAY
    assert revocations.KEPT_FOR == attempts.KEPT_FOR
    assert revocations.HELD_FOR == 7 * DAY
    assert security_log.KEPT_FOR == retention.ADMIN_LOG == trail.KEPT_FOR == rules.HOLDS_FOR == 365 * DAY
    assert handshakes.REMEMBERED == DAY
    minutes = tuple(wait / MINUTE for wait in revocation_answers.BACKOFF)
    assert minutes == (1, 5, 30, 2 * 60, 8 * 60, 24 * 60), "a minute, then 5 and 30 minutes, ..."


def test_the_figures_for_a_million_members_follow_from_those_that_were_measured() -> None:
    """Of the larger of the two sizes; how much members read is an assumption, and said to be one."""
    works, *others = (int(ms) for ms in re.findall(r"\d+", row_of("processor of a daily update alone"))[-4:])
    web, workers = (int(mb) / 1000 for mb in re.findall(r"\d+", row_of("memory of two web processes"))[-2:])
    update, a_day = (works + sum(others)) / 1000, 24 * 3600
    pages = 10**5 * 10 * 4 / a_day
    worker_gb, web_gb, indexes = round(workers / 6, 2), round(web / 3, 2), 0.15 * 50
    by_workers, by_web = 8 * (4 + 2), 6 * 8  # SYNC_LANES, and the threads of the units above
    for told in (
        f"a daily update {update:.2f} s of a processor, so {round(update * 10**6 / 3600, -1):.0f} core-hours",
        f"keep {works * 1000 / a_day:.1f} cores of workers busy",
        f"it is {pages:.0f} pages a second, {pages * 0.6 / 9:.1f} cores",
        f"8 workers of {worker_gb} GB",
        f"6 web processes of {web_gb} GB are {8 * worker_gb + 6 * web_gb:.1f} GB",
        f"{indexes} GB",
        f"so {by_workers + by_web} before the pooler",
    ):
        assert told in MANUAL


def row_of(measured: str) -> str:
    """Return the row of the table of `make scale` that begins with these words."""
    (row,) = re.findall(rf"^\| {measured}.*$", WRITTEN, re.M)
    return str(row)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="no systemd is installed")
def test_systemd_takes_the_units_as_they_are_written(tmp_path: Path) -> None:
    """The worker's is the site's with the lines that are told; nothing is run."""
    part = WRITTEN[WRITTEN.index("**As services.**") : WRITTEN.index("**The proxy**")]
    web, own = map(textwrap.dedent, re.findall(r"^(?: {4}.*\n|\n(?= {4}))+", part, re.MULTILINE))
    description, service = own.strip().split("\n", 1)
    worker = re.sub(r"^(?:Description|ExecStart|ExecReload)=.*\n", "", web, flags=re.MULTILINE)
    worker = worker.replace("[Unit]", f"[Unit]\n{description}").replace("[Service]", f"[Service]\n{service}")
    part = WRITTEN[
        WRITTEN.index("For systemd, `plainclaim-backup.service`") : WRITTEN.index("The backup writes")
    ]
    backup, timer = map(textwrap.dedent, re.findall(r"^(?: {4}.*\n|\n(?= {4}))+", part, re.MULTILINE))
    for program in ("gunicorn", "python"):
        started = tmp_path / ".venv" / "bin" / program
        started.parent.mkdir(parents=True, exist_ok=True)
        started.touch(mode=0o755)
    units = {"plainclaim-web.service": web, "plainclaim-worker@1.service": worker}
    units |= {"plainclaim-backup.service": backup, "plainclaim-backup.timer": timer}
    for name, unit in units.items():
        (tmp_path / name).write_text(unit.replace("/srv/plainclaim", str(tmp_path)))
    judged = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(tmp_path / name for name in units)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (judged.returncode, judged.stderr) == (0, "")

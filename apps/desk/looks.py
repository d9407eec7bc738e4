"""Looks at the house, one after the other, each standing on its own."""

import re
import ssl
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from apps.appeals import rules
from apps.appeals.models import CheckedRule
from apps.desk.findings import Finding, Level, lasted, listed_at
from apps.desk.house import (
    backup,
    broker,
    checks,
    clock,
    database,
    disk,
    keys,
    listing,
    mail,
    mail_now,
    proxies,
    queue,
    revocations,
    workers,
)
from apps.outbound.addresses import holds_until, serves_this_machine
from apps.sync.models import Beat

BEATS: Final = ("certificate", "certificate tried")
"""Names of the moments (`Beat`) until which it holds, and when it was last asked for."""
CERTIFICATE_EVERY: Final = timedelta(hours=6)
DAYS_LEFT: Final = (21, 7)
"""Renewed by itself it never has fewer; with the second, somebody has to act now."""


def note_certificate(now: datetime) -> None:
    """Keep the day that it shows; where the address is not reached from here, the one that is known stays."""
    try:
        until = holds_until(settings.SITE_URL)
    except ssl.SSLError:
        until = now
    except OSError:
        return
    Beat.objects.update_or_create(name=BEATS[0], defaults={"at": until})


def has_certificate() -> bool:
    """Whether the site has an address of https."""
    return bool(settings.SITE_URL.startswith("https://"))


def certificate(now: datetime) -> Iterator[Finding]:
    """How long it still holds, as a worker last found it."""
    if not has_certificate():
        return
    beats = dict(Beat.objects.filter(name__in=BEATS).values_list("name", "at"))
    until = beats.get(BEATS[0])
    remedy = "Renew it, and let the proxy read it again; then see that its timer runs (docs/operations.md)."
    if until is None and BEATS[1] not in beats:
        yield Finding("certificate", Level.OK, "No worker has looked at the certificate yet.")
    elif until is None:
        says = "The site's own address was not reached from here, so nobody watches its certificate."
        yield Finding(
            "certificate", Level.WARNING, says, "Let this host call SITE_URL, or watch it from outside."
        )
    elif until <= now:
        says = "The certificate at SITE_URL is over, or browsers do not trust it."
        yield Finding("certificate", Level.WRONG, says, remedy)
    else:
        level = Level(sum(until - now < timedelta(days=days) for days in DAYS_LEFT))
        says = f"The certificate holds for {lasted(now, now=until)} more."
        yield Finding("certificate", level, says, remedy)


def certificate_now(now: datetime) -> Iterator[Finding]:
    """The same, asked for now."""
    if has_certificate():
        Beat.objects.update_or_create(name=BEATS[1], defaults={"at": now})
        note_certificate(now)
    yield from certificate(now)


ROOT: Final = Path("/")
FOLDERS: Final = ("usr/lib/systemd", "usr/local/lib/systemd", "run/systemd", "etc/systemd")
"""Where journald reads its settings: what comes later goes before (journald.conf(5))."""
SECONDS: Final = {
    "us": 1e-6, "ms": 1e-3, "": 1, "s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400, "w": 604800,
    "M": 2629800, "y": 31557600,
}  # fmt: skip
SPELLED: Final = {
    "usec": "us", "µs": "us", "μs": "us", "msec": "ms", "sec": "s", "second": "s", "minute": "min", "hr": "h",
    "hour": "h", "day": "d", "week": "w", "month": "M", "year": "y",
}  # fmt: skip
"""As systemd.time(7) writes spans."""
KEPT, FILE = "MaxRetentionSec", "MaxFileSec"
REMEDY: Final = "docs/operations.md, How long things are kept, has the settings."


def log(_now: datetime) -> Iterator[Finding]:
    """Whether this machine's journal deletes lines in time; where it is not seen from here, say so."""
    days = import_string(settings.DESK_LOG_DAYS)()
    promise = f"the privacy page promises {days} days"
    kept = keeps(ROOT)
    if not _files(ROOT):
        yield Finding("log", Level.OK, f"Who deletes it is not seen from here; {promise}. {REMEDY}")
    elif kept is None or kept > timedelta(days=days):
        told = f"keeps lines for {kept.days} days" if kept else "has no limit of days"
        level = Level.OK if serves_this_machine() else Level.WARNING
        yield Finding("log", level, f"The journal of this machine {told}; {promise}.", REMEDY)
    else:
        yield Finding("log", Level.OK, f"The journal here keeps lines for {kept.days} days at most.")


def keeps(root: Path) -> timedelta | None:
    """How long journald keeps a line at most, as its files say; None: no limit.

    It deletes whole files, and none that it still writes: so the span of a file is added.
    """
    said = {KEPT: "0", FILE: "1month"}
    for file in _files(root):
        lines = re.findall(r"^\s*(\w+)\s*=(.*)$", file.read_text("utf-8"), re.MULTILINE)
        said |= {name: value.strip() for name, value in lines}
    kept, of_file = span(said[KEPT]), span(said[FILE])
    return kept + of_file if kept and of_file else None


def _files(root: Path) -> list[Path]:
    """The main file, then drop-ins by their names; none where there is no journal."""
    folders = [root / folder for folder in FOLDERS]
    mains = [file for folder in folders if (file := folder / "journald.conf").is_file()]
    drop_ins = {file.name: file for folder in folders for file in folder.glob("journald.conf.d/*.conf")}
    return [*mains[-1:], *(drop_ins[name] for name in sorted(drop_ins))]


def span(text: str) -> timedelta:
    """A span as systemd writes it ("29day", "1h 30min"); none where it cannot be read."""
    seconds = 0.0
    for number, unit in re.findall(r"(\d+(?:\.\d+)?)\s*([A-Za-zµμ]*)", text):
        short = SPELLED.get(unit) or SPELLED.get(unit.removesuffix("s"), unit)
        seconds += float(number) * SECONDS.get(short, 0)
    return timedelta(seconds=seconds)


def appeals(now: datetime) -> Iterator[Finding]:
    """How many rules of appeals wait for an operator who compares them, those that count days first."""
    holding = CheckedRule.objects.keys(today=timezone.localdate(now))
    counting = [rule.key for rule in rules.rules() if rule.period]
    waiting = sum(key not in holding for key in counting)
    others = sum(rule.key not in holding for rule in rules.rules()) - waiting
    if not waiting and not others:
        yield Finding("appeals", Level.OK, "Every rule of appeals was compared with its official page.")
        return
    says = (
        f"{waiting} of the {len(counting)} rules that count days to appeal wait to be compared with their "
        f"official pages, and {others} others. Until then members read how long it usually is, and no last "
        "day."
    )
    remedy, where = "Open each page, compare, and press one button a row.", listed_at("appeals_checkedrule")
    yield Finding("appeals", Level.WARNING, says, remedy, link=where)


type Look = Callable[[datetime], Iterator[Finding]]

ON_THE_DESK: Final[tuple[Look, ...]] = (
    workers, queue, mail, backup, keys, certificate, proxies, revocations, listing, appeals, disk,
)  # fmt: skip
"""What is looked at in moments, without a word to anybody outside."""
BY_COMMAND: Final[tuple[Look, ...]] = (
    database, checks, keys, workers, queue, broker, mail_now, backup, certificate_now, proxies, revocations,
    listing, appeals, disk, log, clock,
)  # fmt: skip
WITHOUT_DATABASE: Final = frozenset({checks, broker, mail_now, disk})


def look(looks: tuple[Look, ...], *, now: datetime) -> list[Finding]:
    """Look at all of these, each by itself: one that fails, or waits too long, hides no other.

    Where the database answers nothing at all it is asked no more: each question would wait for it anew.
    """
    findings: list[Finding] = []
    is_silent = False
    for ask in looks:
        if is_silent and ask not in WITHOUT_DATABASE:
            continue
        try:
            findings += _asked(ask, now)
        except DatabaseError as error:
            is_silent = not _database_answers()
            findings.append(_unknown(ask, error, is_silent=is_silent))
    return findings


def _asked(ask: Look, now: datetime) -> list[Finding]:
    """The findings of one look; where a transaction is open it fails alone."""
    with transaction.atomic() if connection.in_atomic_block else nullcontext():
        return list(ask(now))


def _database_answers() -> bool:
    try:
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _unknown(ask: Look, error: DatabaseError, *, is_silent: bool) -> Finding:
    kind = type(error).__name__
    says = (
        f"The database does not answer ({kind})."
        if is_silent
        else f"Not known: the database answers, but not this question ({kind})."
    )
    remedy = "Look at DATABASE_URL and at the database's own log."
    return Finding(ask.__name__, Level.WRONG, says, remedy)

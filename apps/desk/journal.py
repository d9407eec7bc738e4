"""How long the log is kept where it goes to systemd's journal, beside what the privacy page promises."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.module_loading import import_string

from apps.desk.findings import Finding, Level
from apps.outbound.addresses import serves_this_machine

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
        words = f"keeps lines for {kept.days} days" if kept else "has no limit of days"
        level = Level.OK if serves_this_machine() else Level.WARNING
        yield Finding("log", level, f"The journal of this machine {words}; {promise}.", REMEDY)
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

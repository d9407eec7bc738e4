"""What differs from what was recorded, line by line, and whether there is a reason for it."""

import difflib
import fnmatch
import hashlib
import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
DIGESTS: Final = HERE / "digests.txt"
DIFFERENCES: Final = HERE / "differences.toml"
MOST_LINES: Final = 60
"""So many lines of one file's differences are printed."""


@dataclass(frozen=True)
class Reason:
    """A difference that is meant: in files like *files*, lines that fit *pattern*, because of *reason*."""

    files: str
    pattern: re.Pattern[str]
    reason: str


def digests_of(folder: Path, names: list[str]) -> dict[str, str]:
    """Return the SHA-256 of each file of these scenarios, by its path."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for name in names
        for path in sorted((folder / name).rglob("*"))
        if path.is_file()
    }


def written_digests() -> dict[str, str]:
    """Return the digests that are committed."""
    if not DIGESTS.is_file():
        return {}
    pairs = (line.split("  ", 1) for line in DIGESTS.read_text().splitlines())
    return {path: digest for digest, path in pairs}


def write_digests(folder: Path, names: list[str]) -> None:
    """Commit to what was just recorded: replace the digests of these scenarios, keep all others."""
    kept = {path: digest for path, digest in written_digests().items() if path.split("/")[0] not in names}
    every = kept | digests_of(folder, names)
    DIGESTS.write_text("".join(f"{every[path]}  {path}\n" for path in sorted(every)))


def compare(reference: Path, now: Path, names: list[str]) -> int:
    """Print each difference and return how many have no reason."""
    before = {path: digest for path, digest in written_digests().items() if path.split("/")[0] in names}
    after, reasons = digests_of(now, names), _reasons()
    unexplained, explained = 0, 0
    used: set[Reason] = set()
    for path in sorted(before.keys() | after.keys()):
        if before.get(path) == after.get(path):
            continue
        lines = _difference(reference / path, now / path, before.get(path))
        open_lines = [line for line in lines if not _is_meant(path, line, reasons, used)]
        if not open_lines:
            explained += 1
            continue
        unexplained += 1
        _print_difference(path, reference / path, now / path, lines)
    for reason in used:
        _say(f"Meant: {reason.files}: {reason.reason}")
    _say(f"{len(after)} files compared: {unexplained} differ without a reason, {explained} with one.")
    return unexplained


def _reasons() -> list[Reason]:
    listed = tomllib.loads(DIFFERENCES.read_text()).get("difference", []) if DIFFERENCES.is_file() else []
    return [Reason(one["files"], re.compile(one["pattern"]), one["reason"]) for one in listed]


def _is_meant(path: str, line: str, reasons: list[Reason], used: set[Reason]) -> bool:
    for reason in reasons:
        if fnmatch.fnmatch(path, reason.files) and reason.pattern.search(line):
            used.add(reason)
            return True
    return False


def _difference(before: Path, after: Path, digest: str | None) -> list[str]:
    """Return the lines that went ("-") and came ("+"); the reference is believed only with its digest."""
    old = before.read_bytes() if before.is_file() else b""
    if digest and hashlib.sha256(old).hexdigest() != digest:
        return ["?what was recorded is not in var/harness/reference: see README.md"]
    new = after.read_bytes() if after.is_file() else b""
    lines = list(difflib.unified_diff(_lines(old), _lines(new), n=0))[2:]
    changed = [line for line in lines if line[:1] in "+-"]
    return changed or [f"{'+' if after.is_file() else '-'}(the file itself)"]


def _print_difference(path: str, before: Path, after: Path, lines: list[str]) -> None:
    _say(f"--- {path}")
    if lines[0].startswith("?"):
        _say(lines[0])
        return
    old = _lines(before.read_bytes()) if before.is_file() else []
    new = _lines(after.read_bytes()) if after.is_file() else []
    told = list(difflib.unified_diff(old, new, "recorded", "now", lineterm="", n=2))
    _say("\n".join(line[:400] for line in told[:MOST_LINES]))
    if len(told) > MOST_LINES:
        _say(f"... and {len(told) - MOST_LINES} lines more")


def _lines(body: bytes) -> list[str]:
    return body.decode("utf-8", "replace").splitlines()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")

"""What differs from what was recorded, line by line, and whether there is a reason for it."""

import difflib
import fnmatch
import hashlib
import re
import sys
import tomllib
from collections import Counter
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


def digests_of(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file below *folder*, by its path."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


def digest_of(folder: Path) -> str:
    """Return one SHA-256 of all files of a scenario: of their paths and digests."""
    lines = (f"{digest}  {path}\n" for path, digest in sorted(digests_of(folder).items()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def written_digests() -> dict[str, str]:
    """Return the digests that are committed, by scenario."""
    if not DIGESTS.is_file():
        return {}
    pairs = (line.split("  ", 1) for line in DIGESTS.read_text().splitlines())
    return {name: digest for digest, name in pairs}


def write_digests(folder: Path, names: list[str]) -> None:
    """Commit to what was just recorded: replace the digests of these scenarios, keep all others."""
    every = written_digests() | {name: digest_of(folder / name) for name in names}
    DIGESTS.write_text("".join(f"{every[name]}  {name}\n" for name in sorted(every)))


def compare(reference: Path, now: Path, names: list[str]) -> int:
    """Print each difference and return how many have no reason."""
    committed, reasons = written_digests(), _reasons()
    unexplained, meant = 0, Counter[Reason]()
    for name in names:
        if name not in committed:
            _say(f"{name}: was never recorded")
            unexplained += 1
        elif digest_of(now / name) == committed[name]:
            continue
        elif digest_of(reference / name) != committed[name]:
            _say(f"{name}: differs, and what was recorded is not in {reference}: see tests/harness/README.md")
            unexplained += 1
        else:
            unexplained += _compare_scenario(reference / name, now / name, name, reasons, meant)
    for reason, times in meant.items():
        _say(f"Meant, {times} lines: {reason.files}: {reason.reason}")
    _say(f"{len(names)} scenarios compared: {unexplained} differences without a reason.")
    return unexplained


def _compare_scenario(
    reference: Path, now: Path, name: str, reasons: list[Reason], meant: "Counter[Reason]"
) -> int:
    before, after = digests_of(reference), digests_of(now)
    unexplained = 0
    for path in sorted(before.keys() | after.keys()):
        if before.get(path) == after.get(path):
            continue
        lines = _difference(reference / path, now / path)
        found = [_reason_of(f"{name}/{path}", line, reasons) for line in lines]
        meant.update(reason for reason in found if reason)
        if None in found:
            unexplained += 1
            _print_difference(f"{name}/{path}", reference / path, now / path)
    return unexplained


def _reasons() -> list[Reason]:
    listed = tomllib.loads(DIFFERENCES.read_text()).get("difference", []) if DIFFERENCES.is_file() else []
    return [Reason(one["files"], re.compile(one["pattern"]), one["reason"]) for one in listed]


def _reason_of(path: str, line: str, reasons: list[Reason]) -> Reason | None:
    fitting = (one for one in reasons if fnmatch.fnmatch(path, one.files) and one.pattern.search(line))
    return next(fitting, None)


def _difference(before: Path, after: Path) -> list[str]:
    """Return the lines that went ("-") and came ("+")."""
    lines = difflib.unified_diff(_lines(before), _lines(after), n=0)
    changed = [line for line in list(lines)[2:] if line[:1] in "+-"]
    return changed or ["+(the file itself)" if after.is_file() else "-(the file itself)"]


def _print_difference(path: str, before: Path, after: Path) -> None:
    told = list(difflib.unified_diff(_lines(before), _lines(after), path, "now", lineterm="", n=2))
    _say("\n".join(line[:400] for line in told[:MOST_LINES]) or f"{path}: only its bytes differ")
    if len(told) > MOST_LINES:
        _say(f"... and {len(told) - MOST_LINES} lines more")


def _lines(path: Path) -> list[str]:
    body = path.read_bytes() if path.is_file() else b""
    return body.decode("utf-8", "replace").splitlines()


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")

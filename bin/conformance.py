"""Joins docs/conformance.toml with the tests that prove its items into docs/conformance.md.

``python bin/conformance.py`` writes the page; with ``--check`` it fails when the page is out of step, when an
item has no proof, or when a test names an item that is not listed.
"""

import ast
import re
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIST = ROOT / "docs" / "conformance.toml"
PAGE = ROOT / "docs" / "conformance.md"
# Names that claim to prove an item.
NAMED = re.compile(r"test_([or]_\d\d|oidc_|fapi_)")
HEAD = """# Conformance: what is demanded of a connecting app, and the tests that prove it

Made by `make conformance` from [conformance.toml](conformance.toml) and the names of the tests: edit those.
Every test named here runs in the gate, on SQLite and on PostgreSQL; nothing lands unless all of them pass.
"""


class OutOfStep(Exception):
    """The list and the tests do not fit; the text names every item."""


@dataclass(frozen=True)
class Item:
    """One demand: proven by tests of its own, by another item, or not ours for a reason."""

    id: str
    text: str
    prefix: str
    by: str = ""
    own: str = ""
    not_ours: str = ""

    @property
    def test_name(self) -> str:
        """How the names of its tests begin."""
        number = self.id.removeprefix(f"{self.prefix.upper()}-")
        return self.own or f"test_{self.prefix}_" + re.sub(r"[^a-z0-9]+", "_", number.lower())

    def is_proven_by(self, name: str) -> bool:
        """Whether a test of this name is one of its."""
        return name == self.test_name or (not self.own and name.startswith(self.test_name + "_"))


def tests() -> dict[str, Path]:
    """Every test function by name, with the file it stands in."""
    found: dict[str, Path] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found.setdefault(node.name, path.relative_to(ROOT))
    return found


def sections() -> list[tuple[str, str, list[Item]]]:
    """The list: title, source and items of each section."""
    listed = tomllib.loads(LIST.read_text())["section"]
    return [
        (part["title"], part["source"], [Item(prefix=part["prefix"], **one) for one in part["items"]])
        for part in listed
    ]


def page() -> str:
    """The page as it should be. Raises OutOfStep."""
    parts, known, all_items = sections(), tests(), [item for _, _, items in sections() for item in items]
    proofs = {item: [name for name in known if item.is_proven_by(name)] for item in all_items}
    problems = _problems(proofs, known)
    if problems:
        raise OutOfStep("\n".join(problems))
    lines = [HEAD]
    for title, source, items in parts:
        lines += [f"\n## {title}\n", f"Source: {source}.\n", "| item | demand | proof |", "|---|---|---|"]
        lines += [f"| {item.id} | {item.text} | {_proof(item, proofs[item], known)} |" for item in items]
    mine = [item for item in all_items if not item.not_ours]
    lines.append(f"\n{len(mine)} items proven, {len(all_items) - len(mine)} not ours.")
    return "\n".join(lines) + "\n"


def _problems(proofs: dict[Item, list[str]], known: dict[str, Path]) -> list[str]:
    ids = {item.id for item in proofs}
    problems = []
    for item, names in proofs.items():
        if item.by and item.by not in ids - {item.id}:
            problems.append(f"{item.id}: proven by {item.by}, which is not listed")
        elif item.not_ours and names:
            problems.append(f"{item.id}: said not to be ours, yet {names[0]} proves it")
        elif not (item.by or item.not_ours or names):
            problems.append(f"{item.id}: no test is named {item.test_name}...")
    claimed = {name for names in proofs.values() for name in names}
    for name in sorted(set(known) - claimed):
        if NAMED.match(name):
            problems.append(f"{known[name]}: {name} names an item that is not listed")
    return problems


def _proof(item: Item, names: list[str], known: dict[str, Path]) -> str:
    if item.not_ours:
        return f"does not apply: {item.not_ours}"
    if item.by and not names:
        return f"see {item.by}"
    return "<br>".join(f"[`{name}`](../{known[name].as_posix()})" for name in names)


def main() -> int:
    """Write or check the page."""
    try:
        wanted = page()
    except OutOfStep as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if "--check" not in sys.argv:
        PAGE.write_text(wanted)
        return 0
    if not PAGE.exists() or PAGE.read_text() != wanted:
        sys.stderr.write("docs/conformance.md is out of step: run `make conformance`.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

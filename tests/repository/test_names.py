"""Names say what they hold: none of the words below, which fit anything (house style)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

FITS_ANYTHING = frozenset(
    {"told", "found", "one", "some", "each", "those", "made", "known", "taken", "which", "given"}
)


@pytest.mark.parametrize("folder", ["apps", "config", "bin", "benchmarks"])
def test_no_variable_is_named_by_a_word_that_fits_anything(folder: str) -> None:
    """`sentence`, `coverage`, `rows_made`, never `told`: who reads a name is far from where it was bound."""
    vague = list(_vague_names(folder))
    assert not vague, "\n".join(vague)


def _vague_names(folder: str) -> Iterator[str]:
    for path in sorted((ROOT / folder).rglob("*.py")):
        place = str(path.relative_to(ROOT))
        if "migrations" in path.parts:
            continue
        for line, name in _bound(path):
            if name in FITS_ANYTHING:
                yield f"{place}:{line} {name}"


def _bound(path: Path) -> Iterator[tuple[int, str]]:
    """Yield what functions and modules bind; a field is read beside its object's name."""
    tree = ast.parse(path.read_bytes())
    classes = (node for node in ast.walk(tree) if isinstance(node, ast.ClassDef))
    fields = {id(field.target) for node in classes for field in node.body if isinstance(field, ast.AnnAssign)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) and id(node) not in fields:
            yield node.lineno, node.id
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg

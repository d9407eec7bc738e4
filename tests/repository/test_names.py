"""Names say what they hold: none of the words below, which fit anything (house style)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

FITS_ANYTHING = frozenset("told found one some each those made known taken which given thing stuff data2".split())
GIVEN_NAMES = frozenset({("apps/demo_payer/people/payer.py", "given"), ("apps/demo_payer/server/demo_data.py", "given")})
"""FHIR's own word for a person's first names (HumanName.given)."""


@pytest.mark.parametrize("folder", ["apps", "config", "bin", "benchmarks"])
def test_no_variable_is_named_by_a_word_that_fits_anything(folder: str) -> None:
    """A reader meets a name far from where it was given: `sentence`, `coverage`, `rows_made`, never `told`."""
    assert not list(_vague_names(folder))


def _vague_names(folder: str) -> Iterator[str]:
    for path in sorted((ROOT / folder).rglob("*.py")):
        place = str(path.relative_to(ROOT))
        if "migrations" in path.parts:
            continue
        for line, name in _bound(path):
            if name in FITS_ANYTHING and (place, name) not in GIVEN_NAMES:
                yield f"{place}:{line} {name}"


def _bound(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg

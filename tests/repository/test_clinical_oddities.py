"""Each oddity of clinical records has a test that names it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
FILES = sorted(
    [
        *(TESTS / "care").glob("test_*.py"),
        *(TESTS / f"sync/test_{name}.py" for name in ("asking", "clinical")),
        *(TESTS / "joined").glob("test_*.py"),
    ]
)
NUMBERS = re.compile(r"[Oo]ddit(?:y|ies) ((?:\d+(?:, | and )?)+)")


def cited(path: Path) -> Iterator[int]:
    """Yield the oddities that the tests of a file name: in a docstring, a comment, or the id of a case."""
    text = path.read_text()
    for numbers in NUMBERS.findall(text):
        yield from map(int, re.findall(r"\d+", numbers))
    if path.name == "test_oddities.py":
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Tuple) and node.elts and isinstance(node.elts[0], ast.Constant):
                yield from map(int, re.findall(r"^\d+(?= )", str(node.elts[0].value)))


@pytest.mark.parametrize("number", range(1, 62))
def test_each_oddity_of_clinical_records_is_named_by_a_test(number: int) -> None:
    assert number in {oddity for path in FILES for oddity in cited(path)}

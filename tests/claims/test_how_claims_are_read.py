"""The page that tells the rules of reading names rules, modules and tests that are there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "how-claims-are-read.md").read_text()
ROWS = re.findall(r"^\| ([0-9.]+) \| (.+?) \| `([^`]+)` \| `([^`]+)::(\w+)` \|$", PAGE, re.MULTILINE)
ODDITIES = sorted((ROOT / "tests" / "claims").glob("test_*.py"))


def functions(path: Path) -> dict[str, str]:
    """Return each test of a file with its docstring."""
    tree = ast.parse(path.read_text())
    found = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return {node.name: ast.get_docstring(node) or "" for node in found}


def cited(text: str) -> set[str]:
    """Return the fact numbers a text cites."""
    return {number.rstrip(".") for number in re.findall(r"(?<![\w.$-])\d{1,2}(?:\.\d{1,2})?\b", text)}


def test_every_rule_of_precedence_is_on_the_page() -> None:
    assert {fact for fact, *_ in ROWS} >= {
        *(f"3.{number}" for number in range(1, 10)),
        *("4", "4.1", "5.1", "5.2", "5.3", "6", "7", "8", "9", "1.6", "2.3"),
    }
    assert len(ROWS) == PAGE.count("::test_")


@pytest.mark.parametrize(("fact", "rule", "module", "file", "name"), ROWS)
def test_each_rule_has_its_module_and_a_test_that_cites_it(
    fact: str, rule: str, module: str, file: str, name: str
) -> None:
    assert (ROOT / module).exists()
    tests = functions(ROOT / file)
    assert name in tests
    assert fact in cited(tests[name]), f"{name} does not cite {fact}"


@pytest.mark.parametrize("number", range(1, 30))
def test_each_of_the_oddities_is_cited_by_a_test(number: int) -> None:
    """1.1 to 1.29: in the docstring of a test, not merely somewhere in a file."""
    files = [path for path in ODDITIES if path.name.startswith(("test_oddities", "test_reading"))]
    assert any(f"1.{number}" in cited(text) for path in files for text in functions(path).values())


def test_each_module_of_the_reader_is_told_of_or_has_no_rule_of_its_own() -> None:
    told = {Path(module).name for _, _, module, *_ in ROWS}
    plain = {
        "shapes.py",
        "codes.py",
        "lines.py",
        "categories.py",
        "decoded_claim.py",
        "drugs.py",
        "elsewhere.py",
    }
    modules = {path.name for path in (ROOT / "apps" / "kinds" / "claim" / "reading").glob("*.py")}
    elsewhere = {
        "values.py",
        "reading.py",
        "standing.py",
        "excess.py",
        "unpaid.py",
        "share.py",
        "causes.py",
        "bill_checklist.py",
        "waterfall.py",
        "wording.py",
        "decided.py",
    }
    elsewhere |= {"entry.py", "line_details.py", "titles.py", "sources.py", "whose.py", "cms_amounts.tsv"}
    elsewhere |= {"balance.py", "denials.py", "to_pay.py", "next_steps.py", "receipt.py"}
    elsewhere |= {"adding_up.py", "counted.py", "history.py", "left_to_pay.py", "vocabulary.py"}
    assert modules == told - elsewhere | plain

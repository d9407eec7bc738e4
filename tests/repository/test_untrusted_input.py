"""What comes from outside is data, never code."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
RUNS_TEXT = {"eval", "exec", "compile", "__import__"}
RUNS_BYTES = {"pickle", "marshal", "shelve", "dill", "yaml", "subprocess", "os.system", "os.popen", "code"}
# Processes of our own, PostgreSQL's programs, and what an operator named for keys: with our words alone.
STARTERS = {
    *("apps/demo_payer/demo_process.py", "apps/vault/backups.py", "apps/vault/command.py"),
    "apps/kinds/care/papers/isolated.py",
}


def what_runs_code(source: str) -> list[str]:
    """Return the names of builtins and modules in *source* with which text or bytes could be run."""
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in RUNS_TEXT:
            names.append(node.func.id)
        elif isinstance(node, ast.Attribute) and ast.unparse(node) in RUNS_BYTES:
            names.append(ast.unparse(node))
        elif isinstance(node, ast.Import):
            names += [alias.name for alias in node.names if alias.name.partition(".")[0] in RUNS_BYTES]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in RUNS_BYTES:
            names.append(str(node.module))
    return names


def test_smart_5_no_module_can_run_text_or_bytes_as_code() -> None:
    """@5; that words of a plan are no markup either is told by the tests of pages."""
    by_file = {
        path.relative_to(ROOT).as_posix(): runs
        for path in sorted((ROOT / "apps").rglob("*.py"))
        if (runs := what_runs_code(path.read_text()))
    }
    assert by_file.keys() <= STARTERS, by_file


@pytest.mark.parametrize(
    "source", ["eval(x)", "import pickle", "from yaml import load", "import os\nos.system(x)", "exec(x)"]
)
def test_smart_5_the_looking_finds_what_is_there(source: str) -> None:
    assert what_runs_code(source)

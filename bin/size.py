"""How large the code of apps and config is, without the demo payer and migrations: `make size` prints it."""

import ast
import os
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LONG_FUNCTION, LONG_FILE = 25, 300


def files() -> Iterator[Path]:
    """Yield the modules that count."""
    for path in sorted([*(ROOT / "apps").rglob("*.py"), *(ROOT / "config").rglob("*.py")]):
        parts = path.relative_to(ROOT).parts
        if "migrations" not in parts and "demo_payer" not in parts:
            yield path


def statements(tree: ast.AST) -> int:
    """Return how many statements there are; a docstring is none."""
    return sum(isinstance(node, ast.stmt) and not _is_text(node) for node in ast.walk(tree))


def long_functions(tree: ast.AST) -> int:
    """Return how many functions have more lines than a reader keeps in mind, docstrings aside."""
    functions = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))
    return sum(_lines(node) > LONG_FUNCTION for node in functions)


def tables() -> int:
    """Return how many tables the models of apps have."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    sys.path.insert(0, str(ROOT))
    import django  # noqa: PLC0415 - only now the path is set
    from django.apps import apps  # noqa: PLC0415

    django.setup()
    models = apps.get_models(include_auto_created=True)
    return sum(
        model.__module__.startswith("apps.") and "demo_payer" not in model.__module__ for model in models
    )


def main() -> None:
    """Print the figures, a line each."""
    paths = list(files())
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in paths]
    lengths = [len(path.read_text(encoding="utf-8").splitlines()) for path in paths]
    tests = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in (ROOT / "tests").rglob("*.py"))
    figures = {
        "statements": sum(map(statements, trees)),
        "files": len(paths),
        "tables": tables(),
        f"functions over {LONG_FUNCTION} lines": sum(map(long_functions, trees)),
        f"files over {LONG_FILE} lines": sum(length > LONG_FILE for length in lengths),
        "lines of tests": tests,
    }
    sys.stdout.write("".join(f"{name:<28}{number:>8,}\n" for name, number in figures.items()))


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _lines(function: ast.FunctionDef) -> int:
    body = function.body[1:] if _is_text(function.body[0]) and function.body[1:] else function.body
    return (function.end_lineno or 0) - body[0].lineno + 1


if __name__ == "__main__":
    main()

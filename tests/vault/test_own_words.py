"""Masking leaves our own fixed words alone, just where an operator needs them."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from apps.vault.errors import KeyMissing, UnknownKey, VaultError
from config.logs import masked

ROOT = Path(__file__).resolve().parents[2]
CODE = [
    path
    for folder in ("apps", "config")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if "demo_payer" not in path.parts
]
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


@pytest.mark.parametrize(
    "error", [KeyMissing("house"), UnknownKey("old")], ids=lambda error: type(error).__name__
)
def test_an_error_that_names_a_key_is_logged_whole(error: VaultError) -> None:
    assert masked(str(error)) == str(error)


def test_nothing_we_write_into_the_log_looks_like_a_secret() -> None:
    eaten = [
        f"{path.name}:{line}: {words}"
        for path in CODE
        for line, words in _logged(path)
        if masked(words) != words
    ]
    assert eaten == []


def _logged(path: Path) -> Iterator[tuple[int, str]]:
    """The fixed words of every line that is logged, and of every error of the vault, with their lines."""
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        is_log = (
            isinstance(node.func.value, ast.Name) and node.func.value.id == "log" and node.func.attr in LEVELS
        )
        is_error = "vault" in path.parts and node.func.attr == "__init__"
        for words in node.args[:1] if is_log or is_error else ():
            if isinstance(words, ast.Constant) and isinstance(words.value, str):
                yield words.lineno, words.value
            if isinstance(words, ast.JoinedStr):
                parts = (part.value if isinstance(part, ast.Constant) else "x" for part in words.values)
                yield words.lineno, "".join(map(str, parts))

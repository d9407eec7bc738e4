"""FHIR types are named where a kind of record declares them, and nowhere else."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from fhirclient.models import fhirelementfactory

from config.fhir_types import fhir_types

ROOT = Path(__file__).resolve().parents[2]
AT_HOME = ("apps/kinds/", "apps/demo_payer/", "apps/plans/profiles.py")
FRAMES = frozenset({"OperationOutcome", "CapabilityStatement", "StructureDefinition", "CodeSystem", "Binary"})
"""What answers and files come in, and what describes FHIR itself: no record of anybody."""
OTHERS = frozenset(
    node.value
    for node in ast.walk(ast.parse(Path(fhirelementfactory.__file__).read_text(encoding="utf-8")))
    if isinstance(node, ast.Constant)
    and isinstance(node.value, str)
    and sum(map(str.isupper, node.value)) > 1
)
"""Types of FHIR R4 that are no words of English."""
OURS = frozenset({"Basic", "Consent"})
"""Types that are words of other rooms too: a way to authenticate (RFC 7617), what a member agreed to."""
WORDS = frozenset({"said", "_", "lazy", "plural", "gettext_noop", "gettext", "ngettext"})
"""What is said to members may be called Coverage too."""


def named(source: str) -> Iterator[tuple[int, str]]:
    """Yield line and type of every FHIR type named in a text of *source*, docstrings aside."""
    tree, aside = ast.parse(source), set[int]()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            aside.add(id(node.value))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in WORDS:
            aside.update(map(id, ast.walk(node)))
    types = (OTHERS | fhir_types().keys()) - FRAMES - OURS
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in aside:
            # A hyphen makes another word: the header List-Unsubscribe is no List.
            for word in "".join(
                char if char.isalnum() or char == "-" else " " for char in node.value
            ).split():
                if word in types:
                    yield node.lineno, word


@pytest.mark.parametrize("text", ['"Coverage"', 'f"{base}/Patient?x"', '"patient/MedicationRequest.read"'])
def test_a_type_is_found_in_any_text(text: str) -> None:
    assert list(named(f"kind = {text}"))


def test_fhir_types_are_named_by_kinds_the_demo_payer_and_profiles_of_plans_alone() -> None:
    """Every other room gets them as data (`config.fhir_types`): a kind more is a folder more."""
    strays = [
        f"{path.relative_to(ROOT)}:{line} {word}"
        for folder in ("apps", "config")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if not str(path.relative_to(ROOT)).startswith(AT_HOME) and path.parent.name != "migrations"
        for line, word in named(path.read_text(encoding="utf-8"))
    ]
    assert not strays

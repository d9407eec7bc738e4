"""The list of mutants fits the code: else it would shrink unnoticed with each change."""

import ast
import builtins
import importlib.util
import re
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
GATES = [ROOT / "tests" / "mutants" / name for name in ("gate.toml", "owners.toml")]
ROOMS = {
    "apps/vault": "*.py",
    "apps/outbound": "*.py",
    "apps/connections": (
        "access.py handshakes.py held_answers.py id_tokens.py identities.py key_sets.py oauth.py "
        "revocation_answers.py revocations.py token_renewal.py tokens.py"
    ),
    "apps/accounts": "session_lives.py session_names.py",
    "config": "operators.py operator_pages.py sessions.py",
}
"""Of keys, tokens, sessions, operators and the one door: whatever is in these counts, on the lists or not."""
NOTHING_TO_DECIDE = {"__init__.py", "__main__.py", "apps.py", "errors.py", "trace.py"}
NAMED = re.compile(r"\(\.\./(tests/[\w/]+\.py)\)")
"""A file of tests, as docs/conformance.md leads to it."""
PLAYED_BY_NONE = {
    "tests/journeys/": "in a browser, at a site of its own: minutes for each mutant",
    "tests/peers/": "against servers of others, which are fetched first",
    "tests/connections/test_in_browser.py": "in a browser",
    "tests/config/test_nginx.py": "in a browser, behind nginx",
    "tests/config/test_odd_requests.py": "a thousand requests behind nginx",
    "tests/faults/": "rounds of faults and kills, up to a minute each",
    "tests/sync/test_celery.py": "a broker and its workers are started and killed",
    "tests/claims/test_lead_and_receipt.py": "ten thousand changed claims",
}
"""What of it no list names, and why."""
LEAST = 8
"""Of each module that decides who comes in or whose rows are asked for; `GATES` lists them."""


@pytest.fixture(scope="module")
def mutants() -> ModuleType:
    """Return bin/mutants.py as a module."""
    spec = importlib.util.spec_from_file_location("mutants", ROOT / "bin" / "mutants.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["mutants"] = module  # dataclasses look there
    spec.loader.exec_module(module)
    return module


def test_every_mutant_changes_a_place_that_stands_once_and_names_tests_that_are_there(
    mutants: ModuleType,
) -> None:
    listed = mutants.listed()
    files = [mutant.file for mutant in listed]
    for path in mutants.LISTS.glob("*.toml"):
        modules = tomllib.loads(path.read_text())["module"]
        assert [module["file"] for module in modules if not module["mutants"]] == [], "an empty list"
    gates = {module["file"] for name in GATES for module in tomllib.loads(name.read_text())["module"]}
    gates |= {
        str(path.relative_to(ROOT))
        for room, patterns in ROOMS.items()
        for pattern in patterns.split()
        for path in (ROOT / room).glob(pattern)
        if path.name not in NOTHING_TO_DECIDE
    }
    assert [file for file in sorted(gates) if files.count(file) < LEAST] == []
    assert len(set(listed)) == len(listed)
    for mutant in listed:
        assert (ROOT / mutant.file).read_text(encoding="utf-8").count(mutant.before) == 1, mutant.name
        assert mutant.before != mutant.after
        assert [test for test in mutant.tests if not (ROOT / test).is_file()] == [], mutant.name


def test_every_file_of_tests_that_demands_name_is_played_by_a_mutant(mutants: ModuleType) -> None:
    """Else a test could stand there that cannot fail."""
    named = set(NAMED.findall((ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")))
    left = named - {test for mutant in mutants.listed() for test in mutant.tests}
    apart = {file for file in left if file.startswith(tuple(PLAYED_BY_NONE))}
    assert [place for place in PLAYED_BY_NONE if not any(file.startswith(place) for file in apart)] == []
    assert sorted(left - apart) == []


def test_no_mutant_names_what_its_module_does_not_know(mutants: ModuleType) -> None:
    """Such a one would die of a `NameError`, whatever its tests ask."""
    for mutant in mutants.listed():
        if mutant.file.endswith(".py"):
            source = (ROOT / mutant.file).read_text(encoding="utf-8")
            wrong = ast.parse(source.replace(mutant.before, mutant.after))
            names = [node for node in ast.walk(wrong) if isinstance(node, ast.Name)]
            stored = {name.id for name in names if isinstance(name.ctx, ast.Store)}
            unknown = (
                {name.id for name in names} - stored - set(re.findall(r"\w+", source)) - set(dir(builtins))
            )
            assert unknown == set(), mutant.name


def test_what_is_drawn_by_rule_still_parses_and_is_the_same_for_the_same_seed(mutants: ModuleType) -> None:
    drawn = mutants.drawn(40, seed=7)
    assert drawn == mutants.drawn(40, seed=7)
    assert len(drawn) == len(mutants.drawn(40, seed=7, only="apps/vault")) == 40
    assert {mutant.file[:10] for mutant in mutants.drawn(40, seed=7, only="apps/vault")} == {"apps/vault"}
    for mutant in drawn:
        source = (ROOT / mutant.file).read_text(encoding="utf-8")
        compile(source.replace(mutant.before, mutant.after), mutant.file, "exec")


@pytest.fixture
def end_of(
    mutants: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[[str, float, float], str | None]:
    """Return how a mutant ends that waits so many seconds in such a place; None where it survives."""

    def played(waits_in: str, seconds: float, its_tests_take: float) -> str | None:
        def wait(*_args: object, **_named: object) -> int:
            time.sleep(seconds)
            return 0

        player: Any = sys.modules[mutants.Mutant.__module__]
        monkeypatch.setattr(player, "put_in_place", lambda *_: waits_in == "a test")
        monkeypatch.setattr(player, "play_anew", wait)
        monkeypatch.setattr(player, "LEAST_SECONDS", 0.2)
        monkeypatch.setattr(player, "LONGEST_SECONDS", 60 if waits_in == "a test" else 0.5)
        hook = SimpleNamespace(pytest_runtest_protocol=wait, pytest_sessionfinish=wait)
        test = SimpleNamespace(nodeid="test", config=SimpleNamespace(hook=hook))
        mutant = player.Mutant("a.py", "right", "wrong", ("test",))
        run = player.Run([mutant], 1, tmp_path)
        run.nearest[mutant] = [(its_tests_take, "test")]
        session = SimpleNamespace(items=[test], testsfailed=0, config=test.config)
        [(_, code, _)] = run._ended(session, [mutant])
        end: str | None = player.ENDS.get(code)
        return end

    return played


@pytest.mark.parametrize("waits_in", ["a test", "a process of its own"])
def test_a_mutant_that_waits_for_ever_is_ended_and_told_as_such(
    end_of: Callable[[str, float, float], str | None], waits_in: str
) -> None:
    assert end_of(waits_in, 20, 0.01) == "no end"


def test_a_mutant_has_as_long_as_its_tests_take(
    end_of: Callable[[str, float, float], str | None],
) -> None:
    """Else one whose tests take long would count as killed that nobody noticed."""
    assert end_of("a process of its own", 1, 0.3) is None

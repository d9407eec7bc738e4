"""No module of ours imports itself by any detour, not even for types alone."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def modules() -> dict[str, Path]:
    """Return our modules by dotted name."""
    paths = [path for folder in ("apps", "config") for path in (ROOT / folder).rglob("*.py")]
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
        for path in paths
        if "migrations" not in path.parts
    }


def imports(path: Path, known: set[str]) -> set[str]:
    """Return which of *known* a file imports anywhere, also inside functions and TYPE_CHECKING."""
    imported: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            imported |= (names & known) or {node.module}
    return imported & known


NETWORK = {
    "socket", "ssl", "http.client", "urllib.request", "ftplib", "telnetlib", "xmlrpc.client", "requests",
    "urllib3", "httpx", "aiohttp", "asyncio.streams",
}  # fmt: skip
ELSEWHERE = {
    "config.healthcheck": "asks this machine whether the site answers",
    "apps.desk.outside": "looks at the site's own certificate",
}
"""What calls something other than a plan."""


def test_every_request_to_a_plan_passes_the_one_door() -> None:
    """Mail and the broker have clients of their own; the demo payer is a plan, not a caller of one."""
    callers = {
        name
        for name, path in modules().items()
        if not name.startswith(("apps.outbound", "apps.demo_payer"))
        and imports(path, NETWORK | {module.partition(".")[0] for module in NETWORK if "." not in module})
    }
    assert callers == ELSEWHERE.keys()


def test_there_is_no_import_cycle() -> None:
    known = modules()
    assert len(known) > 150
    graph = {name: imports(path, set(known)) - {name} for name, path in known.items()}
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


ASKED_BY_MIGRATIONS = {
    "apps.vault.boxes": "seals with the keys that are there",
    "apps.vault.errors": "tells what does not open",
    "apps.records.models": "a field's own default",
    "apps.plans.profiles": "a field's own choices",
    "apps.plans.registrations": "a field's own choices",
}
"""What Django names for a field, and the vault: else a migration would do what the code of the day does."""


def test_a_migration_does_what_it_did_when_it_was_written() -> None:
    known = set(modules())
    paths = [path for path in (ROOT / "apps").rglob("migrations/0*.py") if path.is_file()]
    assert len(paths) > 30
    live = {
        f"{path.relative_to(ROOT)}: {name}"
        for path in paths
        for name in imports(path, known) - ASKED_BY_MIGRATIONS.keys()
    }
    assert live == set()

"""The repository stays small, private by default and free of dead ends."""

import ast
import subprocess
from pathlib import Path

import pytest

from tests.conftest import SAME_ON_EVERY_DATABASE
from tests.journeys.pages import PAGES
from tests.journeys.screenshots import camera, kept

ROOT = Path(__file__).resolve().parents[2]
MAX_LINES = 400
MAX_VIEW_LINES = 25
FORBIDDEN_NAMES = {"utils", "helpers", "common", "core", "manager", "managers", "service", "misc"}


def files(*suffixes: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.splitlines()  # fmt: skip
    return [ROOT / name for name in listed if name.endswith(suffixes) and (ROOT / name).is_file()]


def views() -> list[Path]:
    return [
        path
        for path in files(".py")
        if "apps" in path.parts
        and (path.stem == "views" or (path.parent.name == "views" and path.stem != "__init__"))
    ]


def test_there_is_something_to_look_at() -> None:
    assert len(files(".py")) > 50
    assert len(views()) >= 7


def test_no_source_file_is_longer_than_400_lines() -> None:
    long = {
        str(path.relative_to(ROOT)): count
        for path in files(".py", ".html", ".css", ".js", ".sh")
        if "migrations" not in path.parts and (count := len(path.read_text().splitlines())) > MAX_LINES
    }
    assert long == {}


def test_no_module_has_a_name_that_says_nothing() -> None:
    assert [
        path for path in files(".py") if path.stem in FORBIDDEN_NAMES or path.parent.name in FORBIDDEN_NAMES
    ] == []


def test_no_picture_is_in_the_repository_but_those_that_stay() -> None:
    """About a dozen, for README and docs; `make screenshots` makes the others, into a folder git ignores."""
    pictures = {str(path.relative_to(kept.FOLDER).with_suffix("")) for path in files(".webp")}
    assert pictures == set(kept.KEPT)
    ignored = subprocess.run(["git", "check-ignore", "-q", str(camera.TARGET)], cwd=ROOT, check=False)
    assert ignored.returncode == 0


def test_a_picture_that_stays_is_of_a_page() -> None:
    assert {picture.rpartition("/")[2] for picture in kept.KEPT} <= {place.name for place in PAGES}


def test_what_is_left_out_of_the_second_run_is_there() -> None:
    """A name that begins no file hides that its tests went, or took another name and run twice."""
    tests = [path.relative_to(ROOT).as_posix() for path in files(".py")]
    stale = [name for name in SAME_ON_EVERY_DATABASE if not any(test.startswith(name) for test in tests)]
    assert stale == []


def test_views_are_short() -> None:
    long = [
        f"{path.relative_to(ROOT)}:{node.name}"
        for path in views()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno + 1 > MAX_VIEW_LINES
    ]
    assert long == []


PRIVATE = {
    "Connection",
    "Handshake",
    "Record",
    "Book",
    "Catalogue",
    "SyncRun",
    "SyncStep",
    "EarlierVersion",
    "Remark",
    "FetchedPaper",
    "SyncChange",
    "SyncMark",
    "SyncSeen",
    "LastVisit",
    "Export",
    "Piece",
    "DataKey",
    "Member",
}


@pytest.mark.parametrize("path", views(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_views_reach_private_rows_only_through_the_signed_in_member(path: Path) -> None:
    """A view never names a private model's manager, so it cannot forget whose rows it shows (W-05)."""
    if "server" in path.parts:
        pytest.skip("the demo payer is another project")
    reached = [
        f"line {node.lineno}: {node.value.id}.{node.attr}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in PRIVATE
        and node.attr in {"objects", "_default_manager", "_base_manager"}
    ]
    assert reached == []


@pytest.mark.parametrize("path", views(), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_views_hand_no_private_model_to_a_shortcut(path: Path) -> None:
    """``get_object_or_404(Record, pk=...)`` would serve anybody's record."""
    handed = [
        f"line {node.lineno}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") in {"get_object_or_404", "get_list_or_404"}
        and node.args
        and isinstance(node.args[0], ast.Name)
        and node.args[0].id in PRIVATE
    ]
    assert handed == []


def test_nothing_names_a_machine_or_a_package_registry() -> None:
    registries = ("pypi" + ".org", "pythonhosted" + ".org", "/ro" + "ot/", "/wo" + "rk/")
    bad = [
        f"{path.relative_to(ROOT)}: {word}"
        for path in files(
            ".py", ".html", ".md", ".toml", ".lock", ".yaml", ".yml", ".json", "Dockerfile", "run", "Makefile"
        )
        for word in registries
        if word in path.read_text()
    ]
    assert bad == []

"""The documents say what the code does."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def test_the_configuration_table_lists_exactly_the_variables_that_are_read_with_their_defaults() -> None:
    """What is made of others (a folder, a table of the database) is told in words, which nothing compares."""
    code = (ROOT / "config" / "settings.py").read_text()
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', code))
    told = dict(re.findall(r"^\| `([A-Z_]+)` \| (.+?) \|", README, re.MULTILINE))
    assert read == told.keys()
    written = re.findall(r'"([A-Z_]+)", default=([\d.]+|"[^"]*"|\[\]|True|False)[,)]', code)
    defaults = {name: ast.literal_eval(text) for name, text in written}
    shown = {name: value.strip("`").lower() for name, value in told.items() if value.startswith("`")}
    compared = {name for name in shown if defaults.get(name)}
    assert len(compared) > 15
    plain = {name: str(defaults[name]).lower().removesuffix(".0") for name in compared}
    assert plain == {name: shown[name] for name in compared}
    assert {name for name, value in told.items() if value == "empty" and defaults[name]} == set()


def test_the_example_environment_names_every_variable_that_is_read_and_no_other() -> None:
    """Beside the site's there is only what compose.yaml asks for."""
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / "config" / "settings.py").read_text()))
    compose = (ROOT / "compose.yaml").read_text()
    example = (ROOT / ".env.example").read_text()
    assert set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE)) == read | {"POSTGRES_PASSWORD"}
    demanded = set(re.findall(r"\$\{([A-Z_]+):\?", compose))
    assert demanded <= set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE))


def test_the_architecture_has_a_row_for_every_app_and_no_other() -> None:
    apps = {
        name.removeprefix("apps.").replace(".", "/")
        for name in settings.INSTALLED_APPS
        if name.startswith("apps.")
    }
    rows = set(re.findall(r"`apps/([\w/]+)`", (ROOT / "ARCHITECTURE.md").read_text()))
    assert rows == apps


def test_the_architecture_is_read_in_three_minutes_and_every_place_it_names_is_there() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    assert len(text.split()) <= 850
    places = re.findall(r"`([a-z_]+(?:/[\w.]+)+)`", text)
    assert len(places) > 20
    where = [ROOT, ROOT / "apps"]
    assert [
        place
        for place in places
        if not any((root / f"{place}{end}").exists() for root in where for end in ("", ".py"))
    ] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_management_command_and_make_target_in_a_document_exists(document: Path) -> None:
    text = document.read_text()
    commands = set(re.findall(r"manage\.py ([a-z_]+)", text))
    targets = set(
        re.findall(
            r"`?make ([a-z]+)\b(?=[`\s,;]|$)", "\n".join(re.findall(r"(?m)`make [^`]+`|^ {4}make .*$", text))
        )
    )
    known = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert commands <= set(get_commands())
    assert targets <= known


def test_the_page_of_the_audit_says_of_every_command_whether_it_is_told() -> None:
    ours = {name for name, app in get_commands().items() if str(app).startswith("apps.")}
    told = (ROOT / "docs" / "operations.md").read_text().split("## The audit")[1].split("\n## ")[0]
    assert ours - set(re.findall(r"`([a-z_]+)", told)) == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_to_a_file_leads_to_one(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", document.read_text())
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_every_dependency_says_why_it_is_there() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    project = tomllib.loads(text)
    for requirement in project["project"]["dependencies"] + project["dependency-groups"]["dev"]:
        (line,) = [line for line in text.splitlines() if line.strip().startswith(f'"{requirement}"')]
        assert re.search(r"# \S+ \S+ \S+", line), requirement


def test_each_release_in_the_changelog_is_a_tag_at_a_commit_of_that_version() -> None:
    """The newest is not released yet, or just now; `git checkout` of any other leads to what its entry tells.

    And no entry of a release tells what came after it, as a merge makes it do.
    """
    changelog = (ROOT / "CHANGELOG.md").read_text()
    entries = re.findall(r"^## (.*)", changelog, re.MULTILINE)
    told_by = dict(entry.split("\n", 1) for entry in re.split(r"^## ", changelog, flags=re.MULTILINE)[1:])
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    newest = rf"{re.escape(version)}, (not released yet|tag `v{re.escape(version)}`, \d{{4}}-\d\d-\d\d)"
    assert re.fullmatch(newest, entries[0]), "no commit knows its own name"
    assert len(entries) > 1, "who upgrades has to know from where to read"
    assert told_by[entries[0]].lstrip().startswith("### Before you upgrade\n"), "and what to do, at its head"
    for entry in entries[1:]:
        told = re.fullmatch(r"(\S+), tag `(v\S+)` \(commit ([0-9a-f]{8})\), \d{4}-\d\d-\d\d", entry)
        assert told, entry
        release, tag, commit = told.groups()
        assert tag == f"v{release}"
        if not _git("log", "-1", "--format=%h", commit, is_there=False):
            pytest.skip("a clone without its history")
        project = _git("show", f"{commit}:pyproject.toml")
        assert tomllib.loads(project)["project"]["version"] == release
        assert set(told_by[entry].splitlines()) <= set(_git("show", f"{commit}:CHANGELOG.md").splitlines())
        assert _git("tag", "--list", tag) == "" or _git("rev-list", "-1", tag).startswith(commit)


def _git(*question: str, is_there: bool = True) -> str:
    asked = subprocess.run(["git", *question], cwd=ROOT, check=is_there, capture_output=True, text=True)
    return asked.stdout

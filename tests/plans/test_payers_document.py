"""docs/payers.md and the README against the code: the table of profiles is written from PROFILES."""

import os
import re

import pytest

from apps.plans.plan_lists import KEYS
from apps.plans.profiles import PROFILES, STANDARD, Profile
from apps.plans.quirks import QUIRKS, Quirk, Quirks
from tests.conftest import ROOT

DOCUMENT = ROOT / "docs" / "payers.md"


def profile_table() -> str:
    rows = ["| profile | for | quirks | source |", "|---|---|---|---|"]
    for name, profile in PROFILES.items():
        sure = " (second-hand)" if profile.is_hearsay else ""
        rows.append(f"| `{name}` | {profile.label} | {quirks(name, profile)} | <{profile.source}>{sure} |")
    return "\n" + "\n".join(rows) + "\n\n"


def quirks(name: str, profile: Profile) -> str:
    standard = Quirks()
    told = [
        f"{quirk} {words(value)}"
        for quirk in QUIRKS
        if (value := getattr(profile.quirks, quirk)) != getattr(standard, quirk) or name == STANDARD
    ]
    return "; ".join(told) or "as the standard profile"


def words(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(f"`{item}`" if " " not in item else f'"{item}"' for item in value) or "nothing"
    told = {"None": "ours", "True": "yes", "False": "no", "": "not set"}
    return told.get(str(value), f"`{value}`")


def quirk_table() -> str:
    rows = [f"| `{quirk.name}` | {values(quirk)} | {quirk.words} |" for quirk in QUIRKS.values()]
    return "\n" + "\n".join(["| quirk | values | what it changes |", "|---|---|---|", *rows]) + "\n\n"


def values(quirk: Quirk) -> str:
    if quirk.choices:
        return ", ".join(f"`{value}`" for value in quirk.choices)
    if quirk.span:
        return f"{quirk.span[0]} to {quirk.span[1]}"
    return {bool: "true, false", tuple: "a list of texts"}.get(quirk.kind, "a text")


TABLES = {"profiles": profile_table, "quirks": quirk_table}


@pytest.mark.parametrize("name", TABLES)
def test_the_tables_are_what_the_code_says(name: str) -> None:
    """Run with UPDATE_TOLD=1 to write them anew."""
    text = DOCUMENT.read_text(encoding="utf-8")
    written = rf"<!-- {name}: written by tests/plans/test_payers_document.py with UPDATE_TOLD=1 -->\n"
    table = re.compile(rf"(?<={written}).*?(?=<!-- end of {name} -->)", re.DOTALL)
    if os.environ.get("UPDATE_TOLD"):
        DOCUMENT.write_text(table.sub(lambda _: TABLES[name](), text), encoding="utf-8")
    else:
        match = table.search(text)
        assert match
        assert match[0] == TABLES[name]()


def test_the_readme_names_every_key_of_load_plans_and_no_other() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## Plans\n")[2].partition("\n## ")[0]
    first_cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    assert {name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)} == set(KEYS) - set(QUIRKS)

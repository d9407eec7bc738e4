"""docs/payers.md and the README against the code: the table of profiles is written from PROFILES."""

import os
import re

from apps.plans.loading.json_list import KEYS
from apps.plans.profiles import NAMES, PROFILES, STANDARD, Profile, Quirks
from tests.conftest import ROOT

DOCUMENT = ROOT / "docs" / "payers.md"
TABLE = re.compile(r"(?<=with UPDATE_TOLD=1 -->\n).*?(?=<!-- end of profiles -->)", re.DOTALL)


def table() -> str:
    rows = ["| profile | for | quirks | source |", "|---|---|---|---|"]
    for name, profile in PROFILES.items():
        sure = " (second-hand)" if profile.is_hearsay else ""
        rows.append(f"| `{name}` | {profile.label} | {quirks(name, profile)} | <{profile.source}>{sure} |")
    return "\n" + "\n".join(rows) + "\n\n"


def quirks(name: str, profile: Profile) -> str:
    standard = Quirks()
    told = [
        f"{quirk} {words(value)}"
        for quirk in NAMES
        if (value := getattr(profile.quirks, quirk)) != getattr(standard, quirk) or name == STANDARD
    ]
    return "; ".join(told) or "as the standard profile"


def words(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(f"`{item}`" if " " not in item else f'"{item}"' for item in value) or "nothing"
    return f"`{value}`".replace("`None`", "ours").replace("`True`", "yes").replace("`False`", "no")


def test_the_table_of_profiles_is_what_the_code_says() -> None:
    """Run with UPDATE_TOLD=1 to write it anew."""
    text = DOCUMENT.read_text(encoding="utf-8")
    if os.environ.get("UPDATE_TOLD"):
        DOCUMENT.write_text(TABLE.sub(lambda _: table(), text), encoding="utf-8")
    else:
        found = TABLE.search(text)
        assert found
        assert found[0] == table()


def test_every_quirk_is_explained_and_no_other() -> None:
    text = DOCUMENT.read_text(encoding="utf-8").partition("## What each quirk does")[2].partition("\n## ")[0]
    first_cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    assert {name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)} == set(NAMES)


def test_the_readme_names_every_key_of_load_plans_and_no_other() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## Plans\n")[2].partition("\n## ")[0]
    first_cells = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    assert {name for cell in first_cells for name in re.findall(r"`(\w+)`", cell)} == KEYS

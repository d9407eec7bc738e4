"""The versions of the policies: their digests are those of the texts, and a change is told in time."""

import json
from pathlib import Path

import pytest

from apps.accounts.policies import NOTICE
from apps.listing.policies import digests, text_of
from config.policies import newest, read, versions
from tests.conftest import ROOT

HOW = (
    "A policy's text is not that of its newest version: .venv/bin/python bin/policies.py writes it "
    "(see --help: what members read under its date already becomes a version of its own)."
)


def test_g_22_the_newest_version_is_of_the_texts_as_they_are() -> None:
    """G-22: whoever agreed, agreed to these words: none changes under the same version unnoticed."""
    assert newest().sha256 == digests(), HOW


def test_no_text_is_of_one_installation_and_every_language_has_its_own() -> None:
    texts = {text_of(policy, code) for policy in ("privacy", "terms") for code in ("en", "es")}
    assert len(texts) == 4
    assert not [text for text in texts if "Plainclaim" in text or "plainclaim" in text]


def test_every_change_is_told_in_both_languages_and_not_too_late() -> None:
    for row in versions()[1:]:
        assert row.in_force >= row.day + NOTICE
        assert row.changes.keys() == {"en", "es"} and all(row.changes.values())


@pytest.mark.parametrize("days", [[], ["2027-03-01", "2026-11-29"], ["2026-11-29", "2026-11-29"]])
def test_versions_out_of_order_stop_the_start(days: list[str], tmp_path: Path) -> None:
    kept = json.loads((ROOT / "apps/listing/data/policies.json").read_text())[0]
    file = tmp_path / "policies.json"
    file.write_text(json.dumps([kept | {"version": day} for day in days]))
    with pytest.raises(ValueError, match="one for each day"):
        read(file)

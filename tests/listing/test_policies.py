"""The versions of the policies: their digests are those of the texts, and a change is told in time."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.accounts.policies import NOTICE
from apps.listing.models import AppListing
from apps.listing.policies import POLICIES, digest, digests, keep, kept, text_of
from config.policies import newest, read, versions
from tests.conftest import ROOT

HOW = (
    "A policy's text is not that of its newest version: .venv/bin/python bin/policies.py writes it "
    "(see --help: what members read under its date already becomes a version of its own)."
)


def test_g_22_the_newest_version_is_of_the_texts_as_they_are() -> None:
    """G-22: whoever agreed, agreed to these words: none changes under the same version unnoticed."""
    assert newest().sha256 == digests(), HOW


def test_g_22_the_text_of_each_version_is_kept_as_its_digest_says(settings: Any, tmp_path: Path) -> None:
    """G-22: what holds until the newest is in force can be read; the newest is kept as the page has it."""
    for row in versions():
        for policy, of_languages in row.sha256.items():
            for code, wanted in of_languages.items():
                assert digest(kept(policy, code, row.version)) == wanted, (
                    f"{row.version} {policy} {code}: {HOW}"
                )
    texts = [kept(policy, "en", newest().version) for policy in POLICIES]
    settings.POLICIES_FILE = str(tmp_path / "policies.json")
    assert kept("privacy", "en", newest().version) == ""
    keep(newest().version)
    assert [kept(policy, "en", newest().version) for policy in POLICIES] == texts


@pytest.mark.django_db
@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(
    ("language", "words"), [("en", "The newest version"), ("es", "La versión más nueva")]
)
def test_each_version_is_read_under_its_day_with_the_names_of_this_site(
    settings: Any, policy: str, language: str, words: str
) -> None:
    settings.SITE_URL = "https://claims.lee.org"
    listing = AppListing(name="Lee & Co", operator="The Lees", privacy_email="lee@lee.org", log_days=14)
    listing.security_email = "safe@lee.org"
    listing.save()
    browser = Client(headers={"accept-language": language})
    shown = browser.get(f"/{policy}/").content.decode()
    for row in versions():
        assert f'href="{row.version}/"' in shown
        told = browser.get(f"/{policy}/{row.version}/").content.decode()
        assert words in told and f'href="/{policy}/"' in told
        assert not re.search(r"\[[a-z_]+\]|site\.example|Plainclaim|href=\"\"", told)
    paragraphs = re.findall(
        r"<(?:p|li)>.*?</(?:p|li)>", shown.partition("</details>")[2].partition("</main>")[0]
    )
    assert paragraphs and [text for text in paragraphs if text not in told] == [], (
        "the newest, as it is shown"
    )
    assert browser.get(f"/{policy}/2026-11-28/").status_code == 404


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

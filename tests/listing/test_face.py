"""The listing as payers read it, and what they would send back."""

import tomllib
from datetime import UTC, datetime

import pytest

from apps.listing import published
from apps.listing.admin import findings
from apps.listing.face import Face
from apps.listing.models import AccessedData, AppListing
from tests.conftest import ROOT

pytestmark = pytest.mark.django_db


def face(site: str = "https://claims.family.org", **fields: str) -> Face:
    """Return the face of a listing with these words."""
    return Face(listing=AppListing(**fields), site=site)


def ready(**more: str) -> Face:
    """Return a listing nobody would send back."""
    mails = {
        name: f"{name[:4]}@claims.family.org" for name in ("support_email", "privacy_email", "security_email")
    }
    return face(**{"operator": "The Lee family", "support_phone": "555 0100", **mails, **more})


def test_empty_addresses_mean_our_own_pages() -> None:
    mine = face()
    assert mine.privacy_url == "https://claims.family.org/privacy/"
    assert mine.logo_url == "https://claims.family.org/app/logo-512.png"


def test_the_operators_own_pages_win() -> None:
    assert face(terms_url="https://lee.org/terms").client_metadata()["tos_uri"] == "https://lee.org/terms"


def test_the_operators_words_on_data_replace_those_of_the_software() -> None:
    listing = AppListing.objects.for_editing()
    listing.accessed.all().delete()
    AccessedData.objects.create(
        listing=listing, what="Claims", fhir_types="ExplanationOfBenefit", why="To show them"
    )
    mine = Face(listing=listing, site="https://a.org")
    assert [kind.what for kind in mine.accessed()] == ["Claims"]


def test_the_version_is_that_of_the_project() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["version"] == published.SOFTWARE_VERSION


def test_security_txt_is_stable_within_a_month() -> None:
    texts = {face().security_txt(now=datetime(2026, 11, day, tzinfo=UTC)) for day in (1, 25, 30)}
    assert len(texts) == 1
    assert "Expires: 2027-05-03T00:00:00Z" in texts.pop()


def test_a_finished_listing_has_nothing_to_repair() -> None:
    assert findings(ready()) == []


def test_each_thing_a_payer_would_send_back_is_named() -> None:
    assert len(findings(ready(operator="The Plainclaim project"))) == 1
    assert "placeholder" in findings(ready(support_email="a@plainclaim.example"))[0]
    local = Face(listing=ready().listing, site="http://127.0.0.1:8000")
    assert len(findings(local)) == 2

"""The listing as payers read it, and what they would send back."""

import tomllib
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

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


def test_what_is_registered_are_the_policies_that_members_agree_to() -> None:
    """No listing leads a payer to a text that nobody here was asked about."""
    mine = face()
    told = mine.client_metadata()
    assert (told["policy_uri"], told["tos_uri"]) == (
        f"https://claims.family.org{reverse('listing:privacy')}",
        f"https://claims.family.org{reverse('listing:terms')}",
    )
    assert not {field.name for field in AppListing._meta.fields} & {"privacy_url", "terms_url"}
    assert mine.privacy_url == "https://claims.family.org/privacy/"
    assert mine.logo_url == "https://claims.family.org/app/logo-512.png"


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
    texts = {ready().security_txt(now=datetime(2026, 11, day, tzinfo=UTC)) for day in (1, 25, 30)}
    assert len(texts) == 1
    assert "Expires: 2027-05-03T00:00:00Z" in texts.pop()
    assert face().security_txt(now=datetime(2026, 11, 1, tzinfo=UTC)) == "", "nobody reads a placeholder"


def test_a_placeholder_is_published_to_no_program_and_pages_say_that_it_is_one(client: Client) -> None:
    paths = ["/app/", "/privacy/", "/consumer-health/", "/terms/", "/accessibility/"]
    told = client.get("/app/capability-statement.json").json()
    assert {"publisher", "contact"}.isdisjoint(told)
    assert client.get("/.well-known/security.txt").status_code == 404
    assert b"security.txt" not in client.get("/app/").content
    assert [path for path in paths if 'data-testid="unnamed"' not in client.get(path).content.decode()] == []
    ready().listing.save()
    told = client.get("/app/capability-statement.json").json()
    assert told["publisher"] == "The Lee family"
    assert told["contact"][0]["telecom"][0]["value"] == "supp@claims.family.org"
    assert [path for path in paths if 'data-testid="unnamed"' in client.get(path).content.decode()] == []


def test_a_finished_listing_has_nothing_to_repair() -> None:
    assert findings(ready()) == []


def test_each_thing_a_payer_would_send_back_is_named() -> None:
    assert len(findings(ready(operator="The Plainclaim project"))) == 1
    assert "placeholder" in findings(ready(support_email="a@plainclaim.example"))[0]
    local = Face(listing=ready().listing, site="http://127.0.0.1:8000")
    assert len(findings(local)) == 2
    assert len(findings(Face(listing=ready().listing, site="https://localhost:8000"))) == 1

"""The public pages, as Charlie and a payer's reviewer read them."""

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from apps.listing import published
from apps.listing.models import AppListing

PAGES = (
    *("landing", "app", "privacy", "terms", "accessibility", "fhir_r4"),
    *("client_metadata", "capability_statement", "security_txt", "robots_txt"),
)

pytestmark = pytest.mark.django_db


def test_everyone_may_read_public_pages_and_caches_may_keep_them(client: Client) -> None:
    AppListing.objects.create(security_email="security@acme.org")
    for name in PAGES:
        answer = client.get(reverse(f"listing:{name}"))
        assert answer.status_code == 200, name
        assert "public" in answer.headers["Cache-Control"], name
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert not answer.cookies, name
        assert client.post(reverse(f"listing:{name}")).status_code == 405, name


def test_public_pages_hold_nothing_inline_and_nothing_from_elsewhere(client: Client) -> None:
    for name in PAGES[:6]:
        html = client.get(reverse(f"listing:{name}")).content.decode()
        inline = ("style=", "<style", "<script>", " onclick", 'src="http')
        assert [part for part in inline if part in html] == [], name
        assert html.count("<h1") == 1, name


def test_a_members_copy_of_a_public_page_is_never_kept_by_a_cache(alice_client: Client) -> None:
    answer = alice_client.get(reverse("listing:landing"))
    assert "no-store" in answer.headers["Cache-Control"]
    assert reverse("overview:home") in answer.content.decode()


def test_s_12_what_was_said_to_one_visitor_is_kept_by_no_cache(alice_client: Client) -> None:
    signed_out = alice_client.post("/account/logout/")
    assert signed_out.headers["Cache-Control"] == "no-store, private"
    told = alice_client.get(signed_out.headers["Location"])
    assert "You are signed out." in told.content.decode()
    assert told.headers["Cache-Control"] == "no-store, private"
    again = Client().get("/")
    assert again.headers["Cache-Control"] == "public, max-age=300"
    assert not again.cookies


def test_the_landing_page_leads_in(client: Client) -> None:
    """P-03: by looking for the plan; no account comes first where the plan says who somebody is."""
    html = client.get("/").content.decode()
    assert f'action="{reverse("plans:list")}"' in html
    assert 'name="q"' in html
    assert f'href="{reverse("account_login")}"' in html
    assert f'href="{reverse("account_signup")}"' not in html


def test_the_questions_that_payers_tell_members_to_ask_are_answered_in_their_order(client: Client) -> None:
    html = client.get("/app/").content.decode()
    asked = re.findall("<dt>([^<]*[?])</dt>", html[html.index('id="questions"') :])
    topics = (
        "collected", "location", "complaints", "stored", "used", "sold", "limits", "family", "corrected",
        "stop it", "deleted", "changes of the policy",
    )  # fmt: skip
    assert len(asked) == len(topics)
    assert [topic for topic, question in zip(topics, asked, strict=True) if topic not in question] == []


def test_the_example_on_the_landing_page_adds_up(client: Client) -> None:
    html = client.get("/").content.decode()
    billed, discount, paid, share = map(Decimal, re.findall(r"\$([\d.]+)</dd>", html))
    assert billed - discount - paid == share
    assert "Your share is your 20% coinsurance." in html
    assert share == (billed - discount) * 20 / 100


def test_a_reviewer_finds_everything_the_gallery_needs(client: Client) -> None:
    AppListing.objects.create(security_email="security@acme.org")
    html = client.get("/app/").content.decode()
    for wanted in (
        'data-testid="app-logo"',
        'data-testid="app-name"',
        'data-testid="app-description"',
        "/privacy/",
        "/terms/",
        "mailto:support@",
        "4.0.1",
        "CARIN Blue Button",
        "ExplanationOfBenefit",
        "/connections/callback",
        "offline_access",
        "client-metadata.json",
        "security.txt",
        "not endorsed or certified by the Centers for Medicare",
    ):
        assert wanted in html, wanted
    assert html.count('data-testid="accessed"') == len(published.accessed())


def test_the_privacy_page_answers_every_topic_reviewers_check(client: Client) -> None:
    # facts: union of the Blue Button, Highmark, Wellmark, Elevance and 1upHealth questions.
    listing = AppListing.objects.for_editing()
    listing.privacy_officer, listing.privacy_email = "Nora Lee", "nora@acme.org"
    listing.save()
    html = client.get("/privacy/").content.decode()
    assert 'Nora Lee answers for this: <a href="mailto:nora@acme.org">' in html
    for topic in (
        "https://reportfraud.ftc.gov/",
        "https://www.hhs.gov/hipaa/filing-a-complaint/",
        "your coverage, claims and approvals",
        "HIPAA",
        "What we collect",
        "What we use it for",
        "sell, rent or share",
        "Nothing else on your device is read",
        "How you stop it",
        "accounts that nobody uses",
        "Changes of this policy",
        "when you agreed to which version of this policy, for which plan",
        "under the same rules",
        "Breach Notification",
        "changes hands",
        "service ends",
        "Seeing, correcting, taking along",
        "AES-256-GCM",
        "complain",
        "backups",
    ):
        assert topic in html, topic


def test_client_metadata_has_the_names_of_rfc_7591(client: Client) -> None:
    answer = client.get("/app/client-metadata.json")
    assert answer.headers["Content-Type"] == "application/json"
    data = json.loads(answer.content)
    assert data["client_name"] == "Plainclaim"
    assert data["redirect_uris"] == ["http://127.0.0.1:8000/connections/callback"]
    assert data["grant_types"] == ["authorization_code", "refresh_token"]
    assert data["response_types"] == ["code"]
    assert data["scope"].split()[0] == "openid"
    for name in ("client_uri", "logo_uri", "tos_uri", "policy_uri"):
        assert data[name].startswith("http://127.0.0.1:8000/"), name
    assert "contacts" not in data, "what came with the software is read by nobody"
    assert data["extras"]["operator"] == data["extras"]["support_email"] == ""
    del data["token_endpoint_auth_method"], data["extras"]["token_endpoint_auth_methods"]
    assert "secret" not in json.dumps(data)


def test_a_payer_reads_the_launch_url_and_that_it_chooses_the_client_authentication(client: Client) -> None:
    """SMART @20: the launch URL is registered, and it is the address that answers."""
    extras = client.get("/app/client-metadata.json").json()["extras"]
    assert extras["launch_url"] == f"http://127.0.0.1:8000{reverse('launch')}"
    assert "private_key_jwt" in extras["token_endpoint_auth_methods"]
    html = client.get("/app/").content.decode()
    assert f'<code data-testid="launch-url">{extras["launch_url"]}</code>' in html
    assert "Each plan chooses." in html


def test_what_forms_ask_and_the_rfc_has_no_name_for_stands_in_the_extras(client: Client) -> None:
    """Versions, audience, address, recording and statements were on some covers alone."""
    told = {"duns": "123456789", "company_address": "1 Main St", "recording_url": "https://acme.org/film"}
    AppListing.objects.create(**told)
    extras = client.get("/app/client-metadata.json").json()["extras"]
    assert [extras[name] for name in ("duns", "address", "recording")] == list(told.values())
    assert "CARIN Blue Button" in extras["fhir"] and "no app for iOS" in extras["audience"]
    assert {"notice", "carin", "policy"} <= extras["statements"].keys()
    for address in extras["statements"].values():
        assert client.get(address.removeprefix("http://127.0.0.1:8000")).status_code == 200


def test_contacts_that_somebody_reads_are_registered_each_once(db: None, client: Client) -> None:
    listing = AppListing.objects.for_editing()
    listing.support_email = listing.privacy_email = "help@acme.org"
    listing.save()
    assert client.get("/app/client-metadata.json").json()["contacts"] == ["help@acme.org"]


def test_security_txt_names_a_contact_and_an_expiry_within_a_year(client: Client) -> None:
    AppListing.objects.create(security_email="security@acme.org")
    answer = client.get("/.well-known/security.txt")
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    fields = dict(line.split(": ", 1) for line in answer.content.decode().splitlines())
    assert fields["Contact"].startswith("mailto:")
    assert fields["Canonical"].endswith("/.well-known/security.txt")
    expires = datetime.fromisoformat(fields["Expires"])
    assert timedelta(days=30) < expires - datetime.now(UTC) < timedelta(days=365)


def test_robots_are_kept_out_of_members_pages(client: Client) -> None:
    lines = client.get("/robots.txt").content.decode().splitlines()
    assert lines[0] == "User-agent: *"
    assert {"Disallow: /claims/", "Disallow: /account/", "Disallow: /admin/"} <= set(lines)
    assert "Disallow: /app/" not in lines

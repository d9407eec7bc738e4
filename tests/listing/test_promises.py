"""What the public pages promise, held against what the code does (P-08, P-09)."""

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from allauth.account import app_settings as accounts
from allauth.account.models import EmailAddress
from allauth.core.internal.ratelimit import parse_rates
from django.core import mail
from django.test import Client

from apps.accounts import known_devices, policies, retention, security_log, support_codes
from apps.accounts.models import Member
from apps.accounts.passkeys import PasskeyAdapter
from apps.audit import trail
from apps.connections import (
    account_closure,
    attempts,
    handshakes,
    held_answers,
    launches,
    limits,
    revocations,
)
from apps.listing.models import AppListing
from apps.sync import marks
from apps.takeaway import models as files
from tests.conftest import ROOT
from tests.new_policies import next_version

COUNTED_UNDER = {
    "ip": "of the network address",
    "user": "of the number of your account",
    "connection": "or of a permission",
    "key": "of what was typed to sign in or to get a mail",
}
"""Under what tries are counted, in the words of the policy; "user" also by `limits.counted`, "connection" by
sync/actions.py."""
POLICIES = ("/", "/app/", "/privacy/", "/consumer-health/", "/terms/")
pytestmark = pytest.mark.django_db


def words(client: Client, path: str) -> str:
    """Return what a page says, without its tags."""
    html = client.get(path).content.decode()
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_p_08_taking_the_permission_back_leaves_the_records_to_the_member(client: Client) -> None:
    listed = client.get("/app/client-metadata.json").json()["extras"]["description"]
    for told in (listed, words(client, "/"), words(client, "/app/")):
        assert "deletes what was read" not in told
        assert "kept or erased" in told


def test_p_08_a_button_that_the_policies_quote_stands_on_a_members_page(client: Client) -> None:
    pages = "".join(
        path.read_text() for path in (ROOT / "templates").rglob("*.html") if path.parent.name != "listing"
    )
    quoted = {name for path in POLICIES for name in re.findall("“([^”]+)”", words(client, path))}
    assert {"Disconnect and erase", "Disconnect and keep my records"} <= quoted
    assert [
        name for name in quoted - {"not shared by your plan"} if not re.search(f'"{name}[…"]', pages)
    ] == []


def test_p_08_a_mail_about_a_new_version_is_promised_as_it_is_sent(client: Client) -> None:
    told = words(client, "/privacy/")
    assert "at least 30 days before that day" in told
    assert "for 30 days from your next visit" in told
    assert timedelta(days=30) == policies.NOTICE < policies.NOTICE + policies.QUEUE


def test_p_08_a_new_version_of_the_policy_is_what_the_page_and_the_next_trip_name(
    client: Client, alice: Member, settings: Any
) -> None:
    next_version(settings, is_material=True)
    first_words = {
        "/privacy/": "This policy is",
        "/consumer-health/": "This page is",
        "/terms/": "These terms are",
    }
    for path, first in first_words.items():
        told = words(client, path)
        assert f"{first} of March 1, 2027" in told
        assert "in force from April 20, 2027" in told
        assert "We <b>ask</b> more. Members are asked to agree to this change." in told
        assert "November 29, 2026, in force from that day The first version." in told
    assert "asked to agree to the newest version" in words(client, "/privacy/")


def test_p_08_the_times_that_are_promised_are_those_of_the_code(client: Client, settings: Any) -> None:
    told = words(client, "/privacy/")
    assert timedelta(days=7) == revocations.HELD_FOR
    assert "for up to seven days" in told
    assert f"kept for {attempts.KEPT_FOR.days} days" in told
    assert revocations.KEPT_FOR == attempts.KEPT_FOR
    assert timedelta(days=1) == handshakes.REMEMBERED
    assert "deleted a day after it is over" in told
    assert timedelta(days=7) == retention.UNCONFIRMED
    assert timedelta(days=365) == retention.ADMIN_LOG == trail.KEPT_FOR == security_log.KEPT_FOR
    assert "about once a month" in told and timedelta(days=30) == marks.FULL_EVERY
    assert timedelta(days=1) == files.KEPT_FOR
    assert "waits here for a day at most" in told
    assert account_closure.AT_ONCE_SECONDS <= 10 and timedelta(minutes=2) >= account_closure.HEAD_START
    assert "within seconds as a rule, and within minutes where there is very much" in told
    assert f"lasts {known_devices.LASTS_SECONDS // 86400} days" in told
    code, trip = (
        accounts.EMAIL_VERIFICATION_BY_CODE_TIMEOUT // 60,
        handshakes.LIFETIME // timedelta(minutes=1),
    )
    there = words(client, "/accessibility/")
    assert f"work for {code} minutes, the way to your plan’s sign-in and back for {trip}," in there
    assert held_answers.LIFETIME == handshakes.LIFETIME
    assert f"our question whose records you mean, where one comes after it, for {trip} more," in there
    assert "a link from a plan’s own pages for 30," in there
    assert timedelta(minutes=30) == launches.LIFETIME
    assert f"for a new password for {settings.PASSWORD_RESET_TIMEOUT // 60}," in there
    assert "made for you waits for a day." in there
    assert f"who you are after {settings.ACCOUNT_REAUTHENTICATION_TIMEOUT // 60} minutes." in there
    assert f"support for {support_codes.LASTS // timedelta(hours=1)} hours." in there
    shipped = (ROOT / "config/settings.py").read_text()
    assert '"SESSION_IDLE_MINUTES", default=30.0' in shipped and '"SESSION_HOURS", default=12.0' in shipped
    assert "after 30 minutes without a page" in there and "after 12 hours in any case" in there


def test_p_08_no_page_says_that_the_server_notes_who_opened_what_and_no_server_of_ours_does(
    client: Client,
) -> None:
    told = words(client, "/privacy/")
    assert "Our software notes in no log which page you open or from which network address" in told
    assert "accesslog" not in (ROOT / "gunicorn.conf.py").read_text()
    assert "--access-logfile /dev/null" in (ROOT / "Dockerfile").read_text()
    proxy = (ROOT / "docs" / "operations.md").read_text()
    servers = re.findall(r"^    server \{.*?^    \}", proxy, re.M | re.S)
    assert len(servers) == proxy.count("    server {") == 2
    for server in servers:
        assert "access_log off;" in server
        assert re.findall(r"error_log [^;]*", server) == ["error_log /dev/null"]


def test_p_08_the_policy_counts_every_cookie(client: Client, alice: Member, alice_client: Client) -> None:
    alice_client.post("/account/password/change/")
    alice_client.post("/account/logout/")
    assert alice_client.cookies["messages"].value
    alice_client.get("/account/login/")
    assert not alice_client.cookies["messages"].value, "it goes when it was read"
    alice_client.post("/language/", {"language": "es"})
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=True)
    form = {"login": alice.email, "password": "a long password of alice"}
    alice_client.post("/account/login/", form)
    names = {"csrftoken", "session", "messages", "django_language", "device"}
    assert set(alice_client.cookies) == names
    told = words(client, "/privacy/")
    assert "Two are needed" in told
    assert "third remembers" in told
    assert "fourth carries a line from one page to the next" in told
    assert "fifth lets us know a browser" in told


def test_every_limit_of_tries_is_over_within_an_hour(client: Client) -> None:
    ours = [limits.WINDOW_SECONDS]
    written = "".join(path.read_text() for path in (ROOT / "apps").rglob("*.py"))
    rates = [*filter(None, accounts.RATE_LIMITS.values()), *re.findall(r'"(\d+/\d*[smhd][/\w,]*)"', written)]
    ours += [rate.duration for text in rates for rate in parse_rates(text)]
    assert len(ours) > 10 and max(ours) == 3600
    told = words(client, "/privacy/")
    assert "we count them for up to an hour" in told
    counted_under = {rate.per for text in rates for rate in parse_rates(text)} | {"user", "connection"}
    assert counted_under == COUNTED_UNDER.keys()
    (sentence,) = re.findall(r"To notice too many tries, [^.]*\.", told)
    assert [name for name in COUNTED_UNDER.values() if name not in sentence] == []


@pytest.mark.parametrize("path", [*POLICIES, "/accessibility/", "/account/login/", "/plans/"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_p_09_the_listings_name_is_the_only_one_on_public_pages(
    client: Client, path: str, language: str
) -> None:
    listing = AppListing.objects.for_editing()
    listing.name, listing.operator = "Harbor Reader", "The Lee family"
    listing.support_email = listing.privacy_email = listing.security_email = "lee@lee.example"
    listing.save()
    told = words(Client(headers={"accept-language": language}), path)
    assert "Harbor Reader" in told
    assert "Plainclaim" not in told


OF_THE_SOFTWARE = {
    "apps/listing/models.py": "the words that an operator begins with",
    "apps/outbound/door.py": "User-Agent: which software asks, in which release, and where to read for whom",
    "apps/appeals/packet.py": "what made the PDF, among its properties",
    "apps/appeals/rules.py": "PRODID: what made the calendar file (RFC 5545 section 3.7.3)",
}


def test_p_09_no_page_mail_or_setting_of_any_kind_has_a_name_of_its_own() -> None:
    """P-09: what a member agrees to before the trip names the app that the listing names.

    The pages for when nothing works have none: the listing may not be asked then.
    """
    code = [path for room in ("apps", "config") for path in (ROOT / room).rglob("*.py")]
    shown = [*(ROOT / "templates").rglob("*.*"), *(ROOT / "apps").rglob("django.po"), *code]
    named = {str(path.relative_to(ROOT)) for path in shown if "Plainclaim" in path.read_text()}
    ours = {path for path in named if not re.search("^apps/demo_payer/|/migrations/", path)}
    assert ours == OF_THE_SOFTWARE.keys()


def test_p_09_mails_are_from_the_listings_name(client: Client, alice: Member) -> None:
    AppListing.objects.create(name="Harbor Reader")
    for address in (alice.email, "nobody@example.com"):
        client.post("/account/password/reset/", {"email": address})
    for sent in mail.outbox:
        assert "Harbor Reader" in sent.body
        assert "Plainclaim" not in f"{sent.subject} {sent.body}"
    assert len(mail.outbox) == 2


def test_p_09_what_devices_keep_has_the_listings_name(client: Client, alice: Member) -> None:
    """Passkeys, codes of an app, and the site on a home screen."""
    AppListing.objects.create(name="Harbor Reader")
    adapter = PasskeyAdapter()
    assert adapter.get_public_key_credential_rp_entity()["name"] == "Harbor Reader"
    assert adapter.get_totp_issuer() == "Harbor Reader"
    told = client.get("/app/site.webmanifest")
    assert told.headers["Content-Type"] == "application/manifest+json"
    assert told.json()["name"] == told.json()["short_name"] == "Harbor Reader"

"""Passkeys in a real Chromium, with a device that exists only in it."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings as site
from django.test import Client, RequestFactory
from django.urls import reverse
from playwright.sync_api import Browser, BrowserContext, Page

from apps.accounts import passkeys
from apps.accounts.models import Member
from apps.vault.errors import SealBroken
from config.sessions import SessionStore
from tests.accounts.conftest import by_plan
from tests.conftest import signed_in
from tests.journeys.conftest import beside, browser  # noqa: F401 - a fixture
from tests.journeys.member import device

PASSWORD = "a long password of alice"


@pytest.fixture
def window(browser: Browser, live_server: Any, settings: Any) -> Iterator[BrowserContext]:  # noqa: F811
    """Return a Chromium on a host with a name; skip where there is none, but never in CI."""
    settings.SITE_URL = live_server.url
    with beside(browser, live_server.url) as context:
        yield context


def listen(page: Page) -> list[str]:
    """Collect what the page complains about: its policy must have nothing to block."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


def by_password(page: Page, member: Member) -> None:
    """Sign in as ever."""
    page.goto("/account/login/")
    page.get_by_label("E-mail").fill(str(member.email))
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def add_passkey(page: Page) -> list[str]:
    """Go from the account to a passkey; return the codes for a lost device."""
    page.goto("/account/")
    page.get_by_role("link", name="Add a passkey").click()
    if page.get_by_role("heading", name="Is it still you?").is_visible():
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Go on").click()
    page.get_by_label("Name").fill("My phone")
    page.get_by_role("button", name="Make the passkey").click()
    page.get_by_role("heading", name="Codes for a lost device").wait_for()
    return page.get_by_test_id("recovery-codes").locator("li").all_inner_texts()


def sign_out(page: Page) -> None:
    page.goto("/account/logout/")
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("link", name="Sign in").first.wait_for()


@pytest.mark.journey
def test_a_passkey_is_added_and_signs_in_without_an_address(
    window: BrowserContext, confirmed_alice: Member
) -> None:
    """W-15: the device checks who holds it; nothing is blocked by the page's policy."""
    page = window.new_page()
    complaints = listen(page)
    device(page)
    by_password(page, confirmed_alice)
    codes = add_passkey(page)
    assert len(codes) == 10
    page.goto("/account/")
    assert "1 on your account" in page.get_by_test_id("ways-in").inner_text()
    page.goto("/account/2fa/webauthn/")
    assert "My phone" in page.locator("main").inner_text()
    sign_out(page)
    page.goto("/account/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/home/")
    assert [text for text in complaints if "Content Security Policy" in text or "Error" in text] == []


@pytest.mark.journey
def test_a_member_who_came_with_a_plan_signs_in_with_the_passkey_alone(
    window: BrowserContext, live_server: Any
) -> None:
    """W-15: without an address there is none to confirm first; asking for it led round and round."""
    client = by_plan(Member.objects.create_from_plan())
    cookie = client.cookies[site.SESSION_COOKIE_NAME]
    window.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    page = window.new_page()
    device(page)
    page.goto("/account/2fa/webauthn/add/")
    page.get_by_label("Name").fill("My phone")
    page.get_by_role("button", name="Make the passkey").click()
    page.get_by_role("button", name="Use my passkey").click()
    page.get_by_role("heading", name="Codes for a lost device").wait_for()
    sign_out(page)
    page.goto("/account/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/home/")


@pytest.mark.journey
def test_after_a_password_the_passkey_or_a_code_is_asked_for(
    window: BrowserContext, confirmed_alice: Member
) -> None:
    """W-17: a code works once."""
    page = window.new_page()
    device(page)
    by_password(page, confirmed_alice)
    codes = add_passkey(page)
    sign_out(page)
    by_password(page, confirmed_alice)
    page.get_by_role("heading", name="One more step").wait_for()
    page.get_by_role("button", name="Use my passkey").click()
    page.wait_for_url("**/home/")
    sign_out(page)
    for code, is_good in ((codes[0], True), (codes[0], False)):
        by_password(page, confirmed_alice)
        page.get_by_text("My device is not at hand").click()
        page.get_by_label("Code").fill(code)
        page.get_by_role("button", name="Go on").click()
        if is_good:
            page.wait_for_url("**/home/")
            sign_out(page)
        else:
            page.get_by_text("That did not work. Please try again.").wait_for()


@pytest.mark.journey
def test_a_second_tab_that_asks_for_the_passkey_too_costs_one_more_try(
    window: BrowserContext, confirmed_alice: Member
) -> None:
    """O-39: the later page's question is the one that counts; the earlier page says so and asks anew."""
    page = window.new_page()
    device(page)
    by_password(page, confirmed_alice)
    add_passkey(page)
    sign_out(page)
    by_password(page, confirmed_alice)
    page.get_by_role("heading", name="One more step").wait_for()
    other = window.new_page()
    other.goto("/account/login/")
    other.get_by_role("heading", name="One more step").wait_for()
    page.get_by_role("button", name="Use my passkey").click()
    page.get_by_text("That did not work. Please try again.").wait_for()
    page.get_by_role("button", name="Use my passkey").click()
    page.wait_for_url("**/home/")


@pytest.mark.journey
def test_a_device_that_does_not_check_who_holds_it_is_refused(
    window: BrowserContext, confirmed_alice: Member
) -> None:
    """W-15: user verification is required."""
    page = window.new_page()
    wire, made = device(page)
    by_password(page, confirmed_alice)
    add_passkey(page)
    sign_out(page)
    wire.send("WebAuthn.setUserVerified", {"authenticatorId": made, "isUserVerified": False})
    page.goto("/account/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_text("That did not work, or it was cancelled").wait_for()
    assert "/account/login/" in page.url


@pytest.mark.journey
def test_passkeys_are_renamed_and_removed(window: BrowserContext, confirmed_alice: Member) -> None:
    page = window.new_page()
    device(page)
    by_password(page, confirmed_alice)
    add_passkey(page)
    page.goto("/account/2fa/webauthn/")
    page.get_by_role("link", name=re.compile("Rename")).click()
    page.get_by_label("Name").fill("The tablet")
    page.get_by_role("button", name="Save the name").click()
    page.get_by_role("link", name=re.compile("Remove The tablet")).click()
    page.get_by_role("button", name="Remove the passkey").click()
    page.get_by_text("There are none yet").wait_for()
    assert not Authenticator.objects.exists(), "the codes go with the last passkey"


def test_the_last_passkey_of_a_member_without_another_way_stays(alice: Member) -> None:
    member = Member.objects.create_from_plan()
    stored = {"name": "My phone", "credential": {}}
    row = Authenticator.objects.create(user=member, type="webauthn", data=stored)
    client = signed_in(member)
    path = reverse("accounts:remove_passkey", args=[row.pk])
    for page in (client.get(path, follow=True), client.post(path, follow=True)):
        assert "only way into your account" in page.content.decode()
    hers = Authenticator.objects.create(user=alice, type="webauthn", data=stored)
    assert client.get(reverse("accounts:remove_passkey", args=[hers.pk])).status_code == 404
    assert Authenticator.objects.filter(pk=row.pk).exists()


def test_the_seed_of_the_codes_is_sealed(db: None, alice: Member) -> None:
    """W-16: the database holds no seed."""
    adapter = passkeys.PasskeyAdapter()
    sealed = adapter.encrypt("a seed of codes")
    assert "seed" not in sealed
    assert adapter.encrypt("a seed of codes") != sealed
    assert adapter.decrypt(sealed) == "a seed of codes"
    for broken in ("a seed of codes", "", sealed[:-8] + "AAAAAAA=", "é"):
        with pytest.raises(SealBroken):
            adapter.decrypt(broken)


@pytest.mark.parametrize(
    ("address", "possible"),
    [("https://testserver", True), ("http://localhost:8000", True), ("http://127.0.0.1:8000", False)],
)
def test_passkeys_are_offered_only_where_browsers_make_them(
    db: None, client: Client, rf: RequestFactory, settings: Any, address: str, possible: bool
) -> None:
    """A number is no name: browsers refuse, so the button would be a promise nobody keeps."""
    settings.SITE_URL = address
    assert passkeys.are_possible(rf.get("/")) is possible
    assert ("Sign in with a passkey" in client.get("/account/login/").content.decode()) is possible


@pytest.mark.parametrize("host", ["www.plainclaim.example", "plainclaim.example:8443"])
def test_w_15_under_https_they_are_offered_at_the_sites_own_address_alone(
    db: None, rf: RequestFactory, settings: Any, host: str
) -> None:
    """At another the browser would make one, and each try to sign in with it would be refused."""
    settings.SITE_URL, settings.IS_HTTPS, settings.ALLOWED_HOSTS = "https://plainclaim.example", True, ["*"]
    assert passkeys.are_possible(rf.get("/", headers={"host": "plainclaim.example"}))
    assert not passkeys.are_possible(rf.get("/", headers={"host": host}))


HOSTILE = [
    "",
    "{}",
    "[]",
    "null",
    "7",
    '{"response": 5}',
    '{"id": "x", "response": {"userHandle": "AA"}}',
    '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "e30", '
    '"authenticatorData": "AA", "signature": "AA", "userHandle": "AA"}}',
    '{"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "e30", '
    '"attestationObject": "oA"}}',
    "[" * 100_000,
    '{"a":' * 50_000,
]


@pytest.mark.django_db
@pytest.mark.parametrize("credential", HOSTILE, ids=lambda text: text[:20])
def test_a_hostile_passkey_signs_nobody_in_and_breaks_nothing(client: Client, credential: str) -> None:
    client.get("/account/2fa/webauthn/login/", headers={"accept": "application/json"})
    page = client.post("/account/2fa/webauthn/login/", {"credential": credential})
    assert page.status_code < 500
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("credential", HOSTILE, ids=lambda text: text[:20])
def test_a_hostile_device_adds_no_passkey(alice_client: Client, credential: str) -> None:
    alice_client.post("/account/reauthenticate/", {"password": PASSWORD})
    alice_client.get("/account/2fa/webauthn/add/")
    page = alice_client.post("/account/2fa/webauthn/add/", {"credential": credential, "name": "x"})
    assert page.status_code == 200
    assert "Add a passkey" in page.content.decode()
    assert not Authenticator.objects.exists()


def test_the_browser_of_the_tests_has_a_name(live_server: Any) -> None:
    """Else the journeys above would prove nothing."""
    assert "localhost" in live_server.url
    assert site.MFA_WEBAUTHN_USER_VERIFICATION == "required"


@pytest.mark.journey
def test_s_04_a_device_that_is_kept_signed_in_opens_by_the_passkey_alone(
    window: BrowserContext, confirmed_alice: Member
) -> None:
    """S-04: the cookie outlives the browser; after a while only the passkey shows records again."""
    page = window.new_page()
    device(page)
    by_password(page, confirmed_alice)
    add_passkey(page)
    sign_out(page)
    page.goto("/account/login/")
    page.get_by_label("keep me signed in on this device").check()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/home/")
    (cookie,) = (cookie for cookie in window.cookies() if cookie["name"] == site.SESSION_COOKIE_NAME)
    assert cookie["expires"] - time.time() > 29 * 86400
    session = SessionStore(cookie["value"])
    session["life"] = {**session["life"], "seen": time.time() - 1801}
    session.save()
    page.goto("/account/")
    page.get_by_test_id("locked").wait_for()
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_test_id("ways-in").wait_for()
    assert confirmed_alice.open_sessions.get().is_kept

"""S-04, W-11: nobody stays signed in for long where nothing is done; members see where they are signed in."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import EmailAddress
from django.conf import settings as site
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.test import Client, RequestFactory
from django.urls import reverse

from apps.accounts import session_lives
from apps.accounts.models import Member, OpenSession
from config.sessions import SessionStore
from tests.accounts.made_passkeys import a_passkey
from tests.conftest import came_in, signed_in

ACCOUNT = reverse("accounts:account")
START = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def clock(db: None) -> Iterator[Any]:
    with time_machine.travel(START, tick=False) as travel:
        yield travel


def by_password(member: Member, client: Client | None = None) -> Client:
    EmailAddress.objects.get_or_create(user=member, email=member.email, primary=True, verified=True)
    client = client or Client(headers={"user-agent": FIREFOX})
    password = f"a long password of {member.email.partition('@')[0]}"
    client.post(reverse("account_login"), {"login": member.email, "password": password, "keep": "on"})
    return client


def is_signed_in(client: Client, **headers: str) -> bool:
    return client.get(ACCOUNT, headers=headers).status_code == 200


def go_on(clock: Any, *, minutes: float = 0, seconds: float = 0) -> None:
    clock.shift(minutes * 60 + seconds)


def test_w_11_half_an_hour_without_doing_anything_signs_out(clock: Any, alice: Member) -> None:
    client = signed_in(alice)
    go_on(clock, minutes=29, seconds=59)
    assert is_signed_in(client)
    go_on(clock, minutes=29, seconds=59)
    assert is_signed_in(client)
    go_on(clock, minutes=30, seconds=1)
    assert not is_signed_in(client)


def test_w_11_after_twelve_hours_no_activity_helps(clock: Any, alice: Member) -> None:
    client = signed_in(alice)
    for _ in range(12 * 3 - 1):
        go_on(clock, minutes=20)
        assert is_signed_in(client)
    go_on(clock, minutes=19, seconds=59)
    assert is_signed_in(client)
    go_on(clock, seconds=2)
    assert not is_signed_in(client)


def test_w_11_operators_stay_for_a_quarter_of_an_hour_and_eight_hours(clock: Any, alice: Member) -> None:
    alice.is_staff = True
    alice.save()
    client = signed_in(alice)
    go_on(clock, minutes=15, seconds=1)
    assert not is_signed_in(client)
    client = signed_in(alice)
    for _ in range(8 * 6 - 1):
        go_on(clock, minutes=10)
        assert is_signed_in(client)
    go_on(clock, minutes=10, seconds=1)
    assert not is_signed_in(client)


def test_w_11_a_page_that_asks_by_itself_how_far_something_is_keeps_nobody_signed_in(
    clock: Any, alice: Member
) -> None:
    client = signed_in(alice)
    for _ in range(6):
        go_on(clock, minutes=5)
        is_signed_in(client, **{"hx-request": "true", "hx-trigger": "sync-progress"})
    go_on(clock, seconds=1)
    assert not is_signed_in(client)


def test_w_11_the_row_of_a_session_ends_with_it_even_if_the_browser_never_comes_back(
    clock: Any, alice: Member
) -> None:
    """Whoever copied the cookie has no more time than the browser."""
    signed_in(alice)
    assert (Session.objects.get().expire_date - START).total_seconds() == 30 * 60


def test_w_11_a_session_of_before_these_rules_is_over(alice: Member, alice_client: Client) -> None:
    session = alice_client.session
    del session["life"]
    session.save()
    assert not OpenSession.objects.exists(), "it is no device that is signed in"
    assert not is_signed_in(alice_client)
    assert not Session.objects.exists()


def test_w_11_shorter_times_hold_for_sessions_that_are_open_already(
    clock: Any, alice: Member, settings: Any
) -> None:
    client = signed_in(alice)
    settings.SESSION_IDLE_MINUTES = 10
    go_on(clock, minutes=10, seconds=1)
    assert not is_signed_in(client)
    assert not Session.objects.exists()


def test_w_11_the_browser_forgets_the_session_when_it_is_closed(clock: Any, alice: Member) -> None:
    client = signed_in(alice)
    go_on(clock, minutes=2)
    client.get(ACCOUNT)
    assert client.cookies[site.SESSION_COOKIE_NAME]["max-age"] == ""


def kept(member: Member) -> Client:
    """A browser that was signed in with a passkey, to be kept: as `session_lives.begin` leaves it."""
    client = came_in(member, Client(), method="mfa", type="webauthn", passwordless=True)
    session = client.session
    session["life"] = {**session["life"], "is_kept": True}
    session.save()
    return client


def test_s_04_a_kept_device_shows_nothing_after_the_idle_time_but_is_remembered(
    clock: Any, alice: Member
) -> None:
    client = kept(alice)
    go_on(clock, minutes=31)
    answer = client.get(ACCOUNT)
    assert answer.headers["Location"].startswith(reverse("account_login"))
    page = client.get(answer.headers["Location"]).content.decode()
    assert alice.email not in client.get("/").content.decode()
    assert 'data-testid="locked"' in page
    go_on(clock, minutes=30 * 24 * 60)
    client.get(ACCOUNT)
    assert "_auth_user_id" not in client.session


def test_s_04_w_17_a_password_alone_opens_no_kept_device(clock: Any, alice: Member) -> None:
    """The passkey that it was kept by is no second step for whoever sits there later with the password."""
    a_passkey(alice, "her phone")
    client = kept(alice)
    go_on(clock, minutes=31)
    assert not is_signed_in(client)
    by_password(alice, client)
    assert not is_signed_in(client)


def test_s_04_a_password_keeps_nobody_signed_in(alice: Member) -> None:
    """Asked for in the form of a password, "keep" does nothing."""
    client = by_password(alice)
    assert client.session["_auth_user_id"] == str(alice.pk)
    assert client.session["life"]["is_kept"] is False
    assert client.session.get_expiry_age() <= 30 * 60
    assert client.session.get_expire_at_browser_close()


@pytest.mark.parametrize("is_operator", [False, True])
def test_s_04_a_passkey_keeps_a_member_signed_in_and_no_operator(alice: Member, is_operator: bool) -> None:
    """W-11: whoever finds the device of an operator finds no session there."""
    alice.is_staff = is_operator
    request = RequestFactory().post("/", {"keep": "on"})
    request.user, request.session = alice, SessionStore()
    request.session[SESSION_KEY] = str(alice.pk)
    record_authentication(request, alice, "mfa", type="webauthn")
    session_lives.begin(request, alice)
    assert request.session["life"]["is_kept"] is not is_operator


def test_s_04_the_account_page_lists_each_browser_and_ends_one(alice: Member, bob: Member) -> None:
    here, there, bobs = by_password(alice), by_password(alice), by_password(bob)
    for client in (here, there, bobs):
        assert is_signed_in(client)
    page = here.get(ACCOUNT).content.decode()
    assert page.count("Firefox, Linux") == 2
    assert page.count("this browser") == 1
    assert "127.0.0.1" not in page
    rows = {row.session_id: row.pk for row in alice.open_sessions.all()}
    mine, other = rows[here.session.stored_key], rows[there.session.stored_key]
    for foreign in (mine, bob.open_sessions.get().pk, 10**9):
        assert here.post(reverse("accounts:sign_out_one", args=[foreign])).status_code == 404
    assert here.get(reverse("accounts:sign_out_one", args=[other])).status_code == 405
    assert (
        "That browser is signed out."
        in here.post(reverse("accounts:sign_out_one", args=[other]), follow=True).content.decode()
    )
    assert [is_signed_in(client) for client in (here, there, bobs)] == [True, False, True]


def test_s_04_what_is_listed_follows_what_is_done(clock: Any, alice: Member) -> None:
    client = signed_in(alice)
    client.get(ACCOUNT)
    go_on(clock, minutes=5)
    client.get(ACCOUNT)
    row = alice.open_sessions.get()
    assert (row.seen_at - row.began_at).total_seconds() == 300
    assert time.time() - row.seen_at.timestamp() == 0


def test_w_12_a_password_gives_the_session_a_new_key(alice: Member) -> None:
    """W-12: a key planted before is dead."""
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=True)
    browser, intruder = Client(), Client()
    session = browser.session
    session["kept"] = "by a visitor"
    session.save()
    planted = browser.cookies["session"].value
    form = {"login": alice.email, "password": "a long password of alice"}
    assert browser.post(reverse("account_login"), form).status_code == 302
    assert browser.get(ACCOUNT).status_code == 200
    assert browser.cookies["session"].value != planted
    intruder.cookies["session"] = planted
    assert intruder.get(ACCOUNT).status_code == 302


def test_w_10_signing_out_empties_the_browser(alice: Member) -> None:
    answer = signed_in(alice).post(reverse("account_logout"))
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'
    assert "Clear-Site-Data" not in signed_in(alice).get(ACCOUNT).headers


def test_w_11_the_icon_that_comes_with_each_page_is_nobodys_doing_and_is_kept_by_caches(
    clock: Any, alice: Member
) -> None:
    """Browsers fetch it with the cookie: it must not keep anybody signed in, nor be asked for every time."""
    client = signed_in(alice)
    go_on(clock, minutes=29)
    answer = client.get("/app/logo-192.png")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/png")
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert "Vary" not in answer.headers and not answer.cookies
    go_on(clock, minutes=1, seconds=1)
    assert not is_signed_in(client)

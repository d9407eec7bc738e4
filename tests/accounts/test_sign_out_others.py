"""W-13: a lost telephone is signed out from any other browser, whatever opened its session."""

from collections.abc import Callable

import pytest
from django.conf import settings as site
from django.contrib.sessions.exceptions import SessionInterrupted
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse

from apps.accounts import session_names
from apps.accounts.actions import sign_out
from apps.accounts.curtain import CurtainMiddleware
from apps.accounts.models import Member
from config.sessions import SessionStore
from tests.accounts.conftest import by_plan
from tests.at_once import at_once
from tests.conftest import signed_in

OTHERS = reverse("accounts:sign_out_others")


def is_signed_in(client: Client) -> bool:
    return client.get(reverse("accounts:account")).status_code == 200


def test_every_other_browser_is_signed_out_at_once_and_this_one_stays_w_13(
    alice: Member, bob_client: Client
) -> None:
    here, lost, by_her_plan, bobs = signed_in(alice), signed_in(alice), by_plan(alice), bob_client
    assert all(map(is_signed_in, (here, lost, by_her_plan)))
    key = here.cookies[site.SESSION_COOKIE_NAME].value
    page = here.post(OTHERS, follow=True)
    assert "Every other browser is signed out." in page.content.decode()
    assert is_signed_in(here)
    assert here.cookies[site.SESSION_COOKIE_NAME].value != key
    assert not is_signed_in(lost)
    assert not is_signed_in(by_her_plan)
    assert is_signed_in(bobs)


@pytest.mark.parametrize("ends", ["an operator", "the member"])
def test_a_sign_in_that_waits_for_a_passkey_or_a_code_ends_too(
    ends: str, alice: Member, alice_client: Client
) -> None:
    waiting = Client()
    waiting.post(
        reverse("account_login"), {"login": alice.email, "password": "a long password of alice"}
    )  # her address is not confirmed: a code is asked for
    assert "account_login" in waiting.session
    session = (by_address := Client()).session
    session["form"] = alice.email  # all that some forms keep until the code comes
    session.save()
    sign_out(member=alice) if ends == "an operator" else alice_client.post(OTHERS)
    assert not [*waiting.session.keys(), *by_address.session.keys()]


def test_a_session_stuffed_with_names_does_not_hide_from_it(alice: Member, alice_client: Client) -> None:
    """Whoever has the telephone can leave a form waiting that names more than are told apart."""
    lost = signed_in(alice)
    session = lost.session
    session["form"] = [f"x{number}@example.com" for number in range(session_names.MOST + 1)]
    session.save()
    alice_client.post(OTHERS)
    assert not is_signed_in(lost)


def test_it_is_asked_for_by_a_form_of_the_account_page(alice: Member, alice_client: Client) -> None:
    assert OTHERS in alice_client.get(reverse("accounts:account")).content.decode()
    other = signed_in(alice)
    assert alice_client.get(OTHERS).status_code == 405
    forged = Client(enforce_csrf_checks=True)
    forged.cookies = alice_client.cookies
    assert forged.post(OTHERS).status_code == 403
    assert is_signed_in(other)


@pytest.mark.parametrize("ends", ["an operator", "the member"])
def test_s_03_a_session_that_was_ended_while_its_request_was_under_way_does_not_come_back(
    alice: Member, monkeypatch: pytest.MonkeyPatch, ends: str
) -> None:
    """S-03, W-13: whoever took it could keep such a request open, its form half sent, and begin the next."""
    taken, hers = signed_in(alice), signed_in(alice)

    def end_it(*_: object) -> None:
        monkeypatch.undo()
        sign_out(member=alice) if ends == "an operator" else hers.post(OTHERS)

    meanwhile(monkeypatch, end_it)
    assert taken.post(OTHERS).status_code == 400
    assert not is_signed_in(taken)
    assert is_signed_in(hers) is (ends == "the member")


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[..., None]) -> None:
    """Have *act* done after a request was let in, before its view."""

    def view_begins(_middleware: CurtainMiddleware, _request: HttpRequest, *_view: object) -> None:
        act()

    monkeypatch.setattr(CurtainMiddleware, "process_view", view_begins)


def test_s_03_a_sign_in_that_was_ended_before_its_last_step_is_none(alice: Member) -> None:
    """S-03: its last request may be under way while an operator ends every session."""
    waiting = Client()
    waiting.post(reverse("account_login"), {"login": alice.email, "password": "a long password of alice"})
    under_way = waiting.session
    assert "account_login" in under_way
    sign_out(member=alice)
    with pytest.raises(SessionInterrupted):
        under_way.cycle_key()


def test_a_session_that_names_nobody_signs_in_though_another_tab_was_faster() -> None:
    """Both tabs, and a form that is sent twice, begin with the same session: nobody ended it."""
    began = SessionStore()
    began["language"] = "es"
    began.save()
    faster, slower = SessionStore(began.session_key), SessionStore(began.session_key)
    assert (faster["language"], slower["language"]) == ("es", "es")
    faster.cycle_key()
    slower.cycle_key()
    assert SessionStore(slower.session_key)["language"] == "es"


@pytest.mark.usefixtures("shared_database")
def test_of_browsers_that_sign_each_other_out_at_the_same_moment_one_stays() -> None:
    """S-03, W-13: they wait for each other's rows in one order, and whoever was ended says so."""
    alice = Member.objects.create_user("alice@example.com", "a long password of alice")
    browsers = [signed_in(alice) for _ in range(4)]
    assert 500 not in at_once(lambda browser: browser.post(OTHERS).status_code, browsers)
    assert [is_signed_in(browser) for browser in browsers].count(True) == 1

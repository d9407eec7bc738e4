"""W-14: a form that came too late for "is it you?" is done by nobody: it is sent once more."""

import json

import pytest
from allauth.account.internal.flows.reauthentication import STATE_SESSION_KEY
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client

from apps.accounts.models import Member
from apps.connections.account_closure import PHRASE
from tests.accounts.test_first_password import browser

PASSWORD = "a long password of alice"
ADDRESS = {"email": "stranger@example.com", "action_add": ""}
PAGE = "/account/email/"
ASKED = "/account/reauthenticate/"


def says_who_she_is(client: Client, page: str) -> str:
    """Give the password where the page sends her; return where she is led."""
    return str(client.post(ASKED, {"password": PASSWORD, "next": page})["Location"])


def mailed_to(address: str) -> bool:
    """Return whether a mail went there."""
    return any(message.to == [address] for message in mail.outbox)


@pytest.mark.parametrize("steps", [(), ("open",), ("curtain",), ("open", "curtain")])
def test_w_14_who_says_it_is_her_does_nothing_that_somebody_else_had_sent(
    confirmed_alice: Member, steps: tuple[str, ...]
) -> None:
    """Whoever had her browser for a moment sends a form, leaves it at the question or under the curtain."""
    left_open = browser(confirmed_alice, proven=False)
    assert left_open.post(PAGE, ADDRESS)["Location"].startswith(ASKED)
    assert "stranger" not in repr([row.get_decoded() for row in Session.objects.all()])
    if "open" in steps:
        left_open.get(PAGE)
    if "curtain" in steps:
        left_open.post("/account/curtain/")
        assert "next=%2Faccount%2Femail%2F" in left_open.get(PAGE).content.decode()
    assert says_who_she_is(left_open, PAGE) == PAGE
    assert not mailed_to(ADDRESS["email"])


def test_w_14_a_form_that_an_older_version_kept_is_done_by_nobody(confirmed_alice: Member) -> None:
    left_open = browser(confirmed_alice, proven=False)
    session = left_open.session
    meta = {"REQUEST_METHOD": "POST", "PATH_INFO": PAGE, "SERVER_NAME": "testserver", "SERVER_PORT": "80"}
    body = "email=stranger%40example.com&action_add="
    kept = {"path": PAGE, "path_info": PAGE, "method": "POST", "META": meta, "body": body}
    session[STATE_SESSION_KEY] = {"request": json.dumps(kept | {"GET": "", "POST": body, "scheme": "http"})}
    session.save()
    assert says_who_she_is(left_open, PAGE) == PAGE
    assert not mailed_to(ADDRESS["email"])


def test_who_sent_it_is_told_and_led_back_to_the_page_and_sends_it_once_more(confirmed_alice: Member) -> None:
    hers, site = browser(confirmed_alice, proven=False), "http://testserver"
    sent = {"data": ADDRESS, "headers": {"Referer": f"{site}{PAGE}?from=menu"}}
    question = hers.post(PAGE, **sent)["Location"]  # type: ignore[arg-type]
    assert question == f"{ASKED}?next=%2Faccount%2Femail%2F%3Ffrom%3Dmenu"
    assert "Nothing was done yet." in hers.get(question).content.decode()
    assert says_who_she_is(hers, PAGE) == PAGE
    hers.post(PAGE, ADDRESS)
    assert mailed_to(ADDRESS["email"])


def test_the_way_back_leads_to_no_other_site(confirmed_alice: Member) -> None:
    hers = browser(confirmed_alice, proven=False)
    elsewhere = {"Referer": "https://elsewhere.example/account/email/"}
    assert hers.post(PAGE, ADDRESS, headers=elsewhere)["Location"] == f"{ASKED}?next=%2Fhome%2F"


def test_w_14_words_that_close_an_account_wait_for_nobody(confirmed_alice: Member) -> None:
    """She finds her browser at "is it still you?", and says so."""
    left_open = browser(confirmed_alice, proven=False)
    assert left_open.post("/account/close/", {"phrase": PHRASE})["Location"].startswith(ASKED)
    says_who_she_is(left_open, "/account/close/")
    assert Member.objects.filter(pk=confirmed_alice.pk).exists()
    assert left_open.get("/account/close/").status_code == 200

"""W-14: a form that waits for "is it you?" is done by who sent it, at once, and by nobody who comes later."""

from django.core import mail
from django.test import Client

from apps.accounts.models import Member
from apps.connections.account_closure import PHRASE
from tests.accounts.test_first_password import browser

PASSWORD = "a long password of alice"
ADDRESS = {"email": "stranger@example.com", "action_add": ""}


def says_who_she_is(client: Client, page: str) -> None:
    """Give the password where the page sends her."""
    client.post("/account/reauthenticate/", {"password": PASSWORD, "next": page})


def test_w_14_who_lifts_the_curtain_does_nothing_that_was_sent_before_it_was_drawn(
    confirmed_alice: Member,
) -> None:
    """Whoever had her browser for a moment sends a form, opens its page, and draws the curtain over it."""
    left_open = browser(confirmed_alice, proven=False)
    assert left_open.post("/account/email/", ADDRESS)["Location"].startswith("/account/reauthenticate/")
    left_open.get("/account/email/")
    left_open.post("/account/curtain/")
    assert "next=%2Faccount%2Femail%2F" in left_open.get("/account/email/").content.decode()
    says_who_she_is(left_open, "/account/email/")
    assert [message.to for message in mail.outbox if message.to == [ADDRESS["email"]]] == []


def test_w_14_words_that_close_an_account_wait_for_nobody(confirmed_alice: Member) -> None:
    """She finds her browser at "is it still you?", and says so."""
    left_open = browser(confirmed_alice, proven=False)
    assert left_open.post("/account/close/", {"phrase": PHRASE})["Location"] == "/account/close/"
    assert left_open.get("/account/close/")["Location"].startswith("/account/reauthenticate/")
    says_who_she_is(left_open, "/account/close/")
    assert Member.objects.filter(pk=confirmed_alice.pk).exists()
    assert left_open.get("/account/close/").status_code == 200

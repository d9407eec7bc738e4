"""W-14: whoever finds a browser that was left signed in cannot give the account a password of their own; and
what a form that waits for "is it you?" leaves in the session.
"""

import json
import time
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core import mail
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from apps.accounts.models import Member
from apps.accounts.waiting_forms import KEPT, ForgetSecretsMiddleware
from tests.accounts.made_passkeys import a_passkey
from tests.conftest import signed_in

PAGE = reverse("account_set_password")
PASSWORD = "a password of a stranger"
FORM = {"password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture
def with_passkey(alice: Member) -> Member:
    """Return Alice, who signs in with a passkey alone; her address is confirmed."""
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=True)
    alice.set_unusable_password()
    alice.save()
    a_passkey(alice, "telephone")
    return alice


def browser(member: Member, *, proven: bool) -> Client:
    """Return the member's browser, in which the passkey was asked for now, or not since long ago."""
    client = signed_in(member)
    record: dict[str, Any] = {"method": "mfa", "type": "webauthn", "at": time.time() - 3600}
    session = client.session
    session["account_authentication_methods"] = [
        record,
        *([record | {"at": time.time(), "reauthenticated": True}] if proven else []),
    ]
    session["account_authentication_methods_user"] = str(member.pk)
    session.save()
    return client


def test_a_first_password_beside_a_passkey_asks_whether_it_is_you_w_14(with_passkey: Member) -> None:
    left_open = browser(with_passkey, proven=False)
    asked = left_open.get(PAGE)
    assert asked.status_code == 302
    assert asked["Location"].startswith(reverse("mfa_reauthenticate").partition("2fa")[0])
    assert "reauthenticate" in asked["Location"]
    left_open.post(PAGE, FORM)
    with_passkey.refresh_from_db()
    assert not with_passkey.has_usable_password()


def test_the_password_of_a_form_that_came_too_late_waits_nowhere(with_passkey: Member) -> None:
    """allauth keeps a form in the session until it is answered who sends it: in clear, in every backup."""
    left_open = browser(with_passkey, proven=False)
    assert left_open.post(PAGE, FORM)["Location"] == PAGE
    assert Session.objects.count() == 1
    assert "stranger" not in repr([row.get_decoded() for row in Session.objects.all()])


def test_after_the_passkey_it_is_set(with_passkey: Member) -> None:
    sure = browser(with_passkey, proven=True)
    assert sure.get(PAGE).status_code == 200
    sure.post(PAGE, FORM)
    with_passkey.refresh_from_db()
    assert with_passkey.check_password(PASSWORD)


def test_a_form_that_waits_keeps_no_cookie_and_nothing_of_the_servers_environment(alice: Member) -> None:
    """D-10: Django's own server hands on its whole environment with each request, VAULT_KEYS too."""
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=True)
    left_open = browser(alice, proven=False)
    key = str(left_open.session.session_key)
    form = {"email": "new@example.com", "action_add": ""}
    besides = {
        "VAULT_KEYS": "home:canary", "HTTP_AUTHORIZATION": "Basic canary", "HTTP_USER_AGENT": "canary/1 Edg",
        "REMOTE_ADDR": "198.51.100.77", "HTTP_X_FORWARDED_FOR": "198.51.100.78",
    }  # fmt: skip
    asked = left_open.post(reverse("account_email"), form, **besides)  # type: ignore[arg-type]
    for answered in ("no password of hers", ""):
        kept = left_open.session["account_reauthentication_state"]["request"]
        assert "new%40example.com" in kept
        assert not [sign for sign in ("canary", "198.51", key) if sign in kept], answered
        left_open.post(asked["Location"], {"password": answered}, **besides)  # type: ignore[arg-type]
    sure = {"HTTP_USER_AGENT": "Firefox/1 Windows"}
    left_open.post(asked["Location"], {"password": "a long password of alice"}, **sure)  # type: ignore[arg-type]
    assert [message.to for message in mail.outbox][-1:] == [["new@example.com"]]


def test_a_form_that_goes_on_has_the_headers_of_who_says_who_it_is_and_gives_them_back(
    rf: RequestFactory,
) -> None:
    request = rf.post("/", HTTP_USER_AGENT="Firefox", HTTP_X_FORWARDED_FOR="2", REMOTE_ADDR="3")
    waiting: dict[str, Any] = {KEPT: {"request": json.dumps({"META": {"PATH_INFO": "/here/"}})}}
    request.session = waiting  # type: ignore[assignment]
    lent: list[dict[str, str]] = []

    def answer(request: HttpRequest) -> HttpResponse:
        lent.append(json.loads(request.session[KEPT]["request"])["META"])
        return HttpResponse()

    ForgetSecretsMiddleware(answer)(request)
    signs = ("PATH_INFO", "HTTP_USER_AGENT", "HTTP_X_FORWARDED_FOR", "REMOTE_ADDR")
    assert [lent[0].get(name) for name in signs] == ["/here/", "Firefox", "2", "3"]
    assert json.loads(waiting[KEPT]["request"])["META"] == {"PATH_INFO": "/here/"}

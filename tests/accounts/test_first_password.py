"""W-14: whoever finds a browser that was left signed in cannot give the account a password of their own."""

import time
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Member
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
    assert "/reauthenticate/" in left_open.post(PAGE, FORM)["Location"]
    assert Session.objects.count() == 1
    assert "stranger" not in repr([row.get_decoded() for row in Session.objects.all()])


def test_after_the_passkey_it_is_set(with_passkey: Member) -> None:
    sure = browser(with_passkey, proven=True)
    assert sure.get(PAGE).status_code == 200
    sure.post(PAGE, FORM)
    with_passkey.refresh_from_db()
    assert with_passkey.check_password(PASSWORD)

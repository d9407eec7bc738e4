"""S-06, W-35: members read what happened to their account, and hear of new devices and ways in by mail."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from apps.accounts import security_log
from apps.accounts.models import Member, SecurityEvent
from tests.accounts.made_passkeys import a_passkey

PASSWORD = "a long password of alice"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
ACTIVITY = reverse("accounts:activity")


@pytest.fixture
def confirmed_alice(alice: Member) -> Member:
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=True)
    return alice


def browser() -> Client:
    return Client(REMOTE_ADDR="203.0.113.7", headers={"user-agent": FIREFOX})


def sign_in(client: Client, member: Member) -> Client:
    client.post(reverse("account_login"), {"login": member.email, "password": PASSWORD})
    return client


def kinds(member: Member) -> list[str]:
    return [event.kind for event in member.security_events.all()]


def test_s_06_the_first_sign_in_is_noted_and_a_new_browser_is_told_by_mail(confirmed_alice: Member) -> None:
    first = sign_in(browser(), confirmed_alice)
    assert (kinds(confirmed_alice), mail.outbox) == (["signed_in"], [])
    first.post(reverse("account_logout"))
    sign_in(first, confirmed_alice)
    assert (kinds(confirmed_alice), mail.outbox) == (["signed_in"] * 2, [])
    sign_in(browser(), confirmed_alice)
    assert kinds(confirmed_alice)[0] == "new_device"
    (message,) = mail.outbox
    assert (message.to, message.subject) == (
        [confirmed_alice.email],
        "A new browser signed in to your account",
    )
    assert "Firefox, Linux" in message.body
    assert "203.0.113.7" not in message.body
    assert confirmed_alice.email not in message.body


def test_s_06_members_read_their_own_log_and_nobody_elses(
    confirmed_alice: Member, bob_client: Client
) -> None:
    client = sign_in(browser(), confirmed_alice)
    page = client.get(ACTIVITY).content.decode()
    assert "You signed in" in page
    assert "Firefox, Linux" in page
    assert "203.0.113.7" not in page
    assert "Firefox, Linux" not in bob_client.get(ACTIVITY).content.decode()
    assert ACTIVITY in client.get(reverse("accounts:account")).content.decode()


def test_s_06_changes_of_ways_in_are_noted_one_line_each(confirmed_alice: Member) -> None:
    client = sign_in(browser(), confirmed_alice)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    a_passkey(confirmed_alice, "kept")
    client.post(reverse("accounts:remove_passkey", args=[a_passkey(confirmed_alice, "gone").pk]))
    new = "nine slow paper boats"
    client.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    client.post(reverse("accounts:sign_out_others"))
    assert kinds(confirmed_alice) == ["signed_out", "password", "passkey_removed", "signed_in"]
    assert {message.subject for message in mail.outbox} >= {"Your password was changed"}
    assert all("203.0.113.7" not in message.body for message in mail.outbox)


def test_s_06_what_is_older_than_a_year_goes(confirmed_alice: Member) -> None:
    security_log.note(confirmed_alice, "exported")
    old = timezone.now() - security_log.KEPT_FOR - timedelta(seconds=1)
    SecurityEvent.objects.update(at=old)
    security_log.note(confirmed_alice, "connected")
    assert kinds(confirmed_alice) == ["connected"]


def test_s_06_each_kind_has_words_in_both_languages() -> None:
    assert set(security_log.SENTENCES) == set(SecurityEvent.Kind.values)
    with translation.override("es"):
        untranslated = [words for words in security_log.SENTENCES.values() if gettext(words) == words]
    assert untranslated == []


def test_s_06_the_log_goes_with_the_account(confirmed_alice: Member) -> None:
    security_log.note(confirmed_alice, "exported")
    confirmed_alice.delete()
    assert not SecurityEvent.objects.exists()

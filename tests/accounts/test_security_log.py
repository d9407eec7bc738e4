"""S-06, W-35: members read what happened to their account, and hear of new devices and ways in by mail."""

import html
import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext

from apps.accounts import retention, security_log
from apps.accounts.models import Member, SecurityEvent
from tests.accounts.made_passkeys import a_passkey

PASSWORD = "a long password of alice"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
ACTIVITY = reverse("accounts:activity")


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


def test_s_06_who_did_not_come_for_a_year_hears_of_a_new_browser(confirmed_alice: Member) -> None:
    """The log forgets by then that anybody signed in before."""
    sign_in(browser(), confirmed_alice)
    SecurityEvent.objects.update(at=timezone.now() - security_log.KEPT_FOR - timedelta(days=1))
    retention.forget_old(now=timezone.now())
    sign_in(browser(), confirmed_alice)
    assert kinds(confirmed_alice) == ["new_device"]
    assert len(mail.outbox) == 1


def test_s_06_however_much_came_after_it_a_line_can_be_read(confirmed_alice: Member) -> None:
    """Whoever made a passkey could else bury that under buttons pressed 200 times."""
    security_log.note(confirmed_alice, "passkey_added")
    client, address, pages = sign_in(browser(), confirmed_alice), ACTIVITY, []
    SecurityEvent.objects.bulk_create(
        SecurityEvent(member=confirmed_alice, kind="signed_out", at=timezone.now()) for _ in range(450)
    )
    while address:
        pages.append(client.get(address).content.decode())
        older = re.search(r'href="(\?before=[^"]+)"', pages[-1])
        address = ACTIVITY + html.unescape(older[1]) if older else ""
    assert [page.count("Other browsers were signed out") for page in pages] == [200, 200, 50]
    assert "A passkey was added" in pages[-1]
    for odd in ("yesterday", "9999-12-31", "-62135596800000001", "\0", "9" * 20):
        assert client.get(ACTIVITY, {"before": odd}).status_code == 200


def test_s_06_a_password_that_an_operator_sets_is_told_like_any_other(
    confirmed_alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("getpass.getpass", lambda **_: "nine slow paper boats")
    call_command("changepassword", confirmed_alice.email)
    assert kinds(confirmed_alice) == ["password", "signed_out"]
    assert [message.subject for message in mail.outbox] == ["Your password was changed"]


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
    security_log.note(confirmed_alice, "password")
    old = timezone.now() - security_log.KEPT_FOR - timedelta(seconds=1)
    SecurityEvent.objects.update(at=old)
    security_log.note(confirmed_alice, "connected")
    assert kinds(confirmed_alice) == ["connected"]


def test_s_06_each_kind_has_words_in_both_languages() -> None:
    assert set(security_log.SENTENCES) == set(SecurityEvent.Kind.values)
    with translation.override("es"):
        untranslated = [words for words in security_log.SENTENCES.values() if gettext(words) == words]
    assert untranslated == []

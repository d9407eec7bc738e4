"""S-07, S-08, W-13: a change of how one signs in ends other sessions; strangers lock nobody out."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.actions import sign_out
from apps.accounts.models import Member
from config.sessions import SessionStore, stored
from tests.accounts.made_passkeys import a_passkey
from tests.accounts.test_sign_out_others import is_signed_in, signed_in

PASSWORD = "a long password of alice"
NEW = "nine slow paper boats"


def sign_in(client: Client, email: str, password: str = PASSWORD) -> Any:
    return client.post(reverse("account_login"), {"login": email, "password": password})


def test_s_07_a_changed_address_ends_the_other_sessions(confirmed_alice: Member) -> None:
    here, there = Client(), signed_in(confirmed_alice)
    half_way = SessionStore()  # waits for a code under the old address, and names nothing else
    half_way["a state"] = {"login": confirmed_alice.email}
    half_way.create()
    sign_in(here, confirmed_alice.email)
    here.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    here.post(reverse("account_email"), {"action_add": "", "email": "new@mail.example"})
    code = re.search(r"^ {4}(\S+)$", str(mail.outbox[-1].body), re.MULTILINE)
    assert code, mail.outbox[-1].body
    assert is_signed_in(there)
    mail.outbox.clear()
    here.post(reverse("account_email_verification_sent"), {"code": code[1]})
    (told,) = mail.outbox
    assert told.to == [confirmed_alice.email], "S-06: the owner hears of it where the thief does not read"
    assert reverse("account_reset_password") not in told.body, "its link would go to the thief"
    assert f"change it back: http://127.0.0.1:8000{reverse('account_email')}\n" in told.body
    confirmed_alice.refresh_from_db()
    assert confirmed_alice.email == "new@mail.example"
    assert confirmed_alice.browsers_known_since
    assert is_signed_in(here)
    assert not is_signed_in(there)
    assert not Session.objects.filter(pk=stored(half_way.session_key)).exists()


@pytest.mark.parametrize("act", ["suspended", "signed out"])
def test_s_07_what_an_operator_does_while_a_password_is_being_changed_stands(
    confirmed_alice: Member, monkeypatch: pytest.MonkeyPatch, act: str
) -> None:
    """It is hashed for a while: then it alone is written, and nothing for a session that was ended since."""
    here, real = Client(), Member.set_password
    sign_in(here, confirmed_alice.email)

    def meanwhile(member: Member, password: str) -> None:
        Member.objects.filter(pk=member.pk).update(is_active=act != "suspended", language="es")
        if act == "signed out":
            sign_out(member=Member.objects.get(pk=member.pk))
        real(member, password)

    monkeypatch.setattr(Member, "set_password", meanwhile)
    typed = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    here.post(reverse("account_change_password"), typed)
    row = Member.objects.get()
    assert (row.is_active, row.language) == (act != "suspended", "es")
    assert row.check_password(NEW if act == "suspended" else PASSWORD)
    assert not (act == "signed out" and is_signed_in(here))


def test_s_07_a_removed_passkey_ends_the_other_sessions(confirmed_alice: Member) -> None:
    a_passkey(confirmed_alice, "kept")
    gone = a_passkey(confirmed_alice, "gone")
    here, there = signed_in(confirmed_alice), signed_in(confirmed_alice)
    here.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    here.post(reverse("accounts:remove_passkey", args=[gone.pk]))
    assert not Authenticator.objects.filter(pk=gone.pk).exists()
    confirmed_alice.refresh_from_db()
    assert confirmed_alice.browsers_known_since
    assert is_signed_in(here)
    assert not is_signed_in(there)


def test_s_07_a_link_to_a_new_password_holds_half_an_hour(confirmed_alice: Member) -> None:
    there = signed_in(confirmed_alice)

    def link() -> str:
        Client().post(reverse("account_reset_password"), {"email": confirmed_alice.email})
        address = re.search(r"http://[^/]+(/account/password/reset/key/\S+)", str(mail.outbox[-1].body))
        assert address
        return address[1]

    first = link()
    with time_machine.travel(timezone.now() + timedelta(minutes=30, seconds=2)):
        assert "This link no longer works" in Client().get(first, follow=True).content.decode()
    browser = Client()
    with time_machine.travel(timezone.now() + timedelta(minutes=29)):
        form = browser.get(link(), follow=True)
        browser.post(form.request["PATH_INFO"], {"password1": NEW, "password2": NEW})
    confirmed_alice.refresh_from_db()
    assert confirmed_alice.check_password(NEW)
    assert not confirmed_alice.open_sessions.exists()
    assert not is_signed_in(there)


def test_s_08_strangers_lock_nobody_out_of_a_browser_that_is_known(confirmed_alice: Member) -> None:
    known = Client()
    sign_in(known, confirmed_alice.email)
    known.post(reverse("account_logout"))
    for number in range(6):
        stranger = sign_in_from(f"203.0.113.{number}", confirmed_alice.email)
    assert stranger.status_code == 429
    assert int(stranger.headers["Retry-After"]) == 300
    assert "Too many tries" in stranger.content.decode()
    for host in ("testserver", "localhost", "127.0.0.1:8000"):  # a second name of the site counts no anew
        right = sign_in_from("203.0.113.99", confirmed_alice.email, PASSWORD, host=host)
        assert right.status_code == 429, host
    assert sign_in(known, confirmed_alice.email).status_code == 302
    assert is_signed_in(known)


def test_s_08_a_known_browser_guesses_no_more_than_others(confirmed_alice: Member) -> None:
    known, other = Client(), Client()
    for browser in (known, other):
        sign_in(browser, confirmed_alice.email)
        browser.post(reverse("account_logout"))
    answers = [sign_in(known, confirmed_alice.email, "wrong").status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]
    assert sign_in(other, confirmed_alice.email).status_code == 302, "nor does it lock another out"


def test_s_08_a_browser_is_known_for_its_members_only_and_cannot_be_made_up(
    confirmed_alice: Member, bob: Member
) -> None:
    EmailAddress.objects.create(user=bob, email=bob.email, primary=True, verified=True)
    known = Client()
    sign_in(known, confirmed_alice.email)
    known.post(reverse("account_logout"))
    cookie = known.cookies["device"].value
    assert confirmed_alice.email not in cookie
    assert known.cookies["device"]["httponly"]
    for number in range(5):
        sign_in_from(f"203.0.113.{number}", bob.email)
        sign_in_from(f"203.0.113.{number}", confirmed_alice.email)
    assert sign_in(known, bob.email, "a long password of bob").status_code == 429
    forged = Client()
    forged.cookies["device"] = "0" * 32 + cookie[32:]
    assert sign_in(forged, confirmed_alice.email).status_code == 429


def test_s_08_a_browser_is_known_for_each_of_a_family_and_a_made_up_cookie_is_replaced(
    confirmed_alice: Member, settings: Any
) -> None:
    settings.SESSION_COOKIE_SECURE = True
    browser, family = Client(), [confirmed_alice.email]
    browser.cookies["device"] = "made up; Path=/"
    for number in range(6):
        made = Member.objects.create_user(f"member{number}@example.com", PASSWORD)
        EmailAddress.objects.create(user=made, email=made.email, primary=True, verified=True)
        family.append(made.email)
    for email in family:
        assert sign_in(browser, email).status_code == 302
        browser.post(reverse("account_logout"), secure=True)
    cookie = browser.cookies["device"]
    assert re.fullmatch(r"[0-9a-f]{32}(\.[0-9a-f]{64}){6}", cookie.value), "the last six, and no more"
    assert cookie["secure"]
    for email in family[1:]:
        for number in range(5):
            sign_in_from(f"203.0.113.{number}", email)
        assert sign_in(browser, email.upper()).status_code == 302
        browser.post(reverse("account_logout"), secure=True)


def change_password(here: Client, _member: Member) -> None:
    fields = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    here.post(reverse("account_change_password"), fields)


def sign_out_the_others(here: Client, _member: Member) -> None:
    here.post(reverse("accounts:sign_out_others"))


def sign_out_the_other_one(here: Client, member: Member) -> None:
    other = next(opened for opened in member.open_sessions.all() if not opened.is_of(here.session))
    here.post(reverse("accounts:sign_out_one", args=[other.pk]))


def reset_the_password(_here: Client, member: Member) -> None:
    Client().post(reverse("account_reset_password"), {"email": member.email})
    link = re.search(r"http://[^/]+(/account/password/reset/key/\S+)", str(mail.outbox[-1].body))
    assert link
    browser = Client()
    form = browser.get(link[1], follow=True)
    browser.post(form.request["PATH_INFO"], {"password1": NEW, "password2": NEW})
    assert "device" not in browser.cookies, "it has not signed in yet"


def end_every_session(_here: Client, member: Member) -> None:
    sign_out(member=member)


@pytest.mark.parametrize(
    ("change", "is_known_here"),
    [
        (change_password, True),
        (sign_out_the_others, True),
        (sign_out_the_other_one, True),
        (reset_the_password, False),
        (end_every_session, False),
    ],
)
def test_s_07_what_ends_other_sessions_ends_what_other_browsers_are_known_by(
    confirmed_alice: Member, change: Callable[[Client, Member], None], is_known_here: bool
) -> None:
    """S-07, S-08: a lost telephone guesses no longer beside the limit of strangers, nor comes in untold."""
    here, there = Client(), Client()
    for browser in (there, here):
        sign_in(browser, confirmed_alice.email)
    change(here, confirmed_alice)
    confirmed_alice.refresh_from_db()
    password = NEW if confirmed_alice.check_password(NEW) else PASSWORD
    for number in range(5):
        sign_in_from(f"203.0.113.{number}", confirmed_alice.email)
    assert sign_in(there, confirmed_alice.email, password).status_code == 429
    here.post(reverse("account_logout"))
    assert (sign_in(here, confirmed_alice.email, password).status_code == 302) is is_known_here


def sign_in_from(address: str, email: str, password: str = "wrong", *, host: str = "testserver") -> Any:
    stranger = Client(REMOTE_ADDR=address, headers={"host": host})
    return stranger.post(reverse("account_login"), {"login": email, "password": password})


def test_s_08_every_limit_says_when_to_come_back(db: None) -> None:
    client = Client()
    for _ in range(31):
        answer = client.post(reverse("account_login"), {"login": "", "password": ""})
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "60")
    assert "Too many tries in a short time" in answer.content.decode(), "on a page of ours"


@pytest.mark.parametrize("page", ["account_reset_password", "account_signup"])
def test_w_18_nobodys_mailbox_is_flooded_and_a_link_that_works_is_always_in_it(
    confirmed_alice: Member, page: str
) -> None:
    """W-18, W-20: however many networks ask; an address without an account gets the same answers."""
    began, answers = timezone.now(), list[Any]()
    for minute in range(0, 60, 5):
        with time_machine.travel(began + timedelta(minutes=minute)):
            for email in (confirmed_alice.email, "nobody@mail.example"):
                stranger = Client(REMOTE_ADDR=f"203.0.113.{minute}")
                answers.append(stranger.post(reverse(page), {"email": email, "password1": NEW}))
            newest = [message for message in mail.outbox if message.to == [confirmed_alice.email]][-1]
            assert opens(str(newest.body))
    assert len([message for message in mail.outbox if message.to == [confirmed_alice.email]]) == 6
    told = [(answer.status_code, answer.headers.get("Location")) for answer in answers]
    assert told[::2] == told[1::2]


def ask_for_a_link(email: str, network: int = 9) -> None:
    stranger = Client(REMOTE_ADDR=f"203.0.113.{network}")
    stranger.post(reverse("account_reset_password"), {"email": email})


@pytest.mark.parametrize("page", ["account_reset_password", "account_signup"])
def test_o_08_a_link_in_a_mail_does_not_come_from_the_request(
    confirmed_alice: Member, settings: Any, page: str
) -> None:
    """Else whoever listens at another port of the host is sent whoever follows a link they had mailed."""
    stranger = Client(headers={"host": "testserver:4444"})
    for email in (confirmed_alice.email, "nobody@mail.example"):
        stranger.post(reverse(page), {"email": email, "password1": NEW})
    links = re.findall(r"https?://\S+", "".join(str(message.body) for message in mail.outbox))
    assert links and all(link.startswith(f"{settings.SITE_URL}/account/") for link in links)


def test_w_18_a_sign_in_ends_the_links_that_strangers_had_sent_and_the_owner_gets_another(
    confirmed_alice: Member,
) -> None:
    for network in range(4):
        ask_for_a_link(confirmed_alice.email or "", network)
    assert len(mail.outbox) == 3
    sign_in(Client(), confirmed_alice.email)
    ask_for_a_link(confirmed_alice.email or "")
    assert opens(str(mail.outbox[-1].body))


def test_w_18_names_within_one_mailbox_share_its_bound(db: None) -> None:
    for number in range(5):
        ask_for_a_link(f"bob+{number}@mail.example", number)
    assert len(mail.outbox) == 3


def test_w_18_a_mail_that_did_not_leave_is_not_counted(
    confirmed_alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError

    with monkeypatch.context() as outage:
        outage.setattr(mail.EmailMessage, "send", refuse)
        for network in range(4):
            ask_for_a_link(confirmed_alice.email or "", network)
    ask_for_a_link(confirmed_alice.email or "")
    assert opens(str(mail.outbox[-1].body))


def test_w_18_who_signs_up_with_anothers_address_floods_no_mailbox_with_codes(
    db: None, settings: Any
) -> None:
    """W-18: the password is theirs, so each sign-in would have one more code sent to the other's address."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    Member.objects.create_user("other@mail.example", PASSWORD)
    began = timezone.now()
    for minute in range(0, 60, 5):
        with time_machine.travel(began + timedelta(minutes=minute)):
            answer = sign_in_from(f"203.0.113.{minute}", "other@mail.example", PASSWORD)
    assert answer.status_code == 429
    assert len(mail.outbox) == 10


@pytest.mark.parametrize("is_taken", [True, False])
def test_s_08_strangers_who_ask_for_every_code_keep_nobody_from_a_mailbox_of_their_own(
    db: None, settings: Any, is_taken: bool
) -> None:
    """S-08, W-18: the link to a new password confirms the address, and one that works is always there."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    email, stranger, owner = "owner@mail.example", Client(), Client()
    if is_taken:
        Member.objects.create_user(email, PASSWORD)
    for number in range(11):
        with time_machine.travel(timezone.now() + timedelta(seconds=11 * number)):
            sign_up = {"email": email, "password1": PASSWORD}
            last = (stranger if number == 0 else Client()).post(reverse("account_signup"), sign_up)
    assert last.status_code == 429
    assert reverse("account_reset_password") in last.content.decode()
    owner.post(reverse("account_reset_password"), {"email": email})
    page = opened(owner, str(mail.outbox[-1].body))
    owner.post(page.request["PATH_INFO"], {"password1": NEW, "password2": NEW})
    assert sign_in(Client(), email, PASSWORD).status_code == 200, "the stranger's password opens nothing"
    stranger.get(reverse("account_email_verification_sent"))
    assert not is_signed_in(stranger)
    sign_in(owner, email, NEW)
    assert is_signed_in(owner)


def test_s_08_a_link_to_a_second_address_confirms_nobody_as_the_owner_of_the_first(
    alice: Member, settings: Any
) -> None:
    """S-08: the link is mailed to whichever address of the account was named, and does not say to which."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True)
    EmailAddress.objects.create(user=alice, email="attacker@mail.example")
    Client().post(reverse("account_reset_password"), {"email": "attacker@mail.example"})
    assert mail.outbox[-1].to == ["attacker@mail.example"]
    browser = Client()
    page = opened(browser, str(mail.outbox[-1].body))
    browser.post(page.request["PATH_INFO"], {"password1": NEW, "password2": NEW})
    assert not EmailAddress.objects.filter(verified=True).exists()


def opened(client: Client, body: str) -> Any:
    """The page that the link to a new password leads to."""
    link = re.search(r"http://[^/]+(/account/password/reset/key/\S+)", body)
    return client.get(link[1], follow=True) if link else None


def opens(body: str) -> bool:
    """Whether a link in the mail leads on to a new password."""
    link = re.search(r"http://[^/]+(/account/password/reset/\S*)", body)
    page = Client().get(link[1], follow=True) if link else None
    return page is not None and page.status_code == 200 and "no longer works" not in page.content.decode()

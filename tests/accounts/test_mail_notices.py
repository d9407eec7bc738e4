"""Mails that something is new: off until chosen, one a day at most, alike for all, stopped by one press."""

import email.policy
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.signing import Signer
from django.test import Client

from apps.accounts import mail_rounds, support_codes
from apps.accounts.mail_notices import Kind, choose, chosen_by, stop_url
from apps.accounts.mail_rounds import SOON, Window
from apps.accounts.models import MailNotices, Member
from tests.accounts.test_sign_up import DOWN

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture(autouse=True)
def _at_the_tests_moment(now: datetime) -> Iterator[None]:
    with time_machine.travel(now, tick=False):
        yield


@pytest.fixture
def reader(alice: Member, now: datetime) -> Member:
    """Return Alice, who confirmed her address and chose to be told of denials."""
    EmailAddress.objects.create(user=alice, email=alice.email, primary=True, verified=True)
    choose(member=alice, kinds=[Kind.DENIAL], now=now)
    return alice


def always(_member: Member, _kinds: frozenset[Kind], _window: Window) -> bool | None:
    return True


def never(_member: Member, _kinds: frozenset[Kind], _window: Window) -> bool | None:
    return False


def notices() -> MailNotices:
    return MailNotices.objects.get()


def path_to_stop() -> str:
    return stop_url(notices()).removeprefix("http://127.0.0.1:8000")


def test_without_the_key_that_signed_them_links_and_codes_of_before_are_void(
    reader: Member, now: datetime, settings: Any
) -> None:
    path, code = path_to_stop(), support_codes.open_code(reader, now=now)
    settings.SECRET_KEY = "another secret of tests, as long as it has to be"
    assert Client().post(path).status_code == 404
    assert (chosen_by(reader) != frozenset(), support_codes.opened_by(code, now=now)) == (True, None)


def test_nothing_is_chosen_before_the_member_ticks_it(alice: Member, alice_client: Client) -> None:
    page = alice_client.get("/account/mails/").content.decode()
    assert page.count('type="checkbox"') == len(Kind)
    assert " checked" not in page and "Confirm an address" in page
    alice_client.post("/account/mails/", {"kind": ["appeal", "denial", "everything"]})
    page = alice_client.get("/account/mails/").content.decode()
    assert re.findall(r'value="(\w+)"[^>]* checked', page) == ["denial", "appeal"]
    assert "Off until you choose" not in page
    assert (
        "What you are told by e-mail was changed" in alice_client.get("/account/activity/").content.decode()
    )
    before = bytes(notices().sealed_kinds)
    alice_client.post("/account/mails/", {})
    assert (chosen_by(alice), notices().look_at) == (frozenset(), None)
    assert len(notices().sealed_kinds) == len(before), "how many are chosen shows in no length"


def test_one_mail_a_day_that_names_nothing(reader: Member, now: datetime) -> None:
    windows = []

    def counting(_member: Member, kinds: frozenset[Kind], window: Window) -> bool:
        assert kinds == {Kind.DENIAL}
        windows.append(window)
        return True

    for minutes in range(0, 3 * 24 * 60, 60):
        mail_rounds.go_round(counting, now=now + minutes * MINUTE)
    assert len(mail.outbox) == 2
    assert windows[0].since == now and windows[0].until == windows[1].since, "no moment is left out or twice"
    [first, second] = mail.outbox
    assert (first.subject, first.body, first.to) == (second.subject, second.body, [reader.email])
    assert "http://127.0.0.1:8000/home/" in first.body and "Plainclaim account" in first.body
    told = f"{first.subject} {first.body}".replace(stop_url(notices()), "")
    assert not re.search(r"(?i)deni|appeal|harborlight|alice|(?<!plain)claim|\d+ (new|claim)", told)


def test_rfc_8058_headers_arrive_as_one_line_each(reader: Member, now: datetime) -> None:
    mail_rounds.go_round(always, now=now + DAY)
    sent = mail.outbox[0].message(policy=email.policy.SMTP).as_bytes().decode()
    assert f"\r\nList-Unsubscribe: <{stop_url(notices())}>\r\n" in sent
    assert "\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in sent


def test_one_press_stops_them_without_a_session(reader: Member, now: datetime) -> None:
    path, browser = path_to_stop(), Client(enforce_csrf_checks=True)
    assert str(reader.pk) not in path and reader.pk.hex not in path
    looked = browser.get(path).content.decode()
    assert "<button" in looked and chosen_by(reader), "a mail program that looks ahead stops nothing"
    for _press in range(2):
        answer = browser.post(path, {"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, "The e-mails are stopped" in answer.content.decode()) == (200, True)
        assert not answer.cookies
    assert not chosen_by(reader)
    assert mail_rounds.go_round(always, now=now + DAY) == 0
    choose(member=reader, kinds=[Kind.ACCESS], now=now)
    browser.post(path)
    assert not chosen_by(reader), "an old mail stops what was chosen later"


@pytest.mark.parametrize("token", ["x", "0" * 32, "{good}x", "{other}"])
def test_no_other_token_stops_anything(token: str, reader: Member) -> None:
    good = path_to_stop().split("/")[-2]
    other = "0" * 32 + good[32:]
    answer = Client().post(f"/account/mails/stop/{token.format(good=good, other=other)}/")
    assert answer.status_code == 404
    assert chosen_by(reader)


def test_a_mail_server_that_is_down_loses_nothing_and_is_tried_soon(
    reader: Member, bob: Member, now: datetime, settings: Any
) -> None:
    EmailAddress.objects.create(user=bob, email=bob.email, primary=True, verified=True)
    choose(member=bob, kinds=Kind, now=now)
    reachable, settings.MAILERS = settings.MAILERS, DOWN
    assert mail_rounds.go_round(always, now=now + DAY) == 0
    settings.MAILERS = reachable
    assert mail_rounds.go_round(always, now=now + DAY + SOON - MINUTE) == 0
    assert mail_rounds.go_round(always, now=now + DAY + SOON) == 2
    assert sorted(sent.to[0] for sent in mail.outbox) == [reader.email, bob.email]


@pytest.mark.parametrize("cut", ["before it left", "after it left"])
def test_who_is_cut_off_tells_a_day_later_and_never_twice_a_day(
    cut: str, reader: Member, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    send, until = EmailBackend.send_messages, notices().looked_until

    def cut_off(backend: EmailBackend, messages: Any) -> int:
        if cut == "after it left":
            send(backend, messages)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(EmailBackend, "send_messages", cut_off)
        with pytest.raises(KeyboardInterrupt):
            mail_rounds.go_round(always, now=now + DAY)
    left = len(mail.outbox)
    for hour in range(24):
        assert mail_rounds.go_round(always, now=now + DAY + timedelta(hours=hour)) == 0
    assert (len(mail.outbox), notices().looked_until) == (left, until)
    assert mail_rounds.go_round(always, now=now + 2 * DAY) == 1


def test_of_two_workers_that_look_at_the_same_moment_one_tells(reader: Member, now: datetime) -> None:
    first, second = (MailNotices.objects.due(now=now + DAY).get() for _worker in range(2))
    assert [mail_rounds._take(row, now=now + DAY) for row in (first, second)] == [True, False]


def test_one_member_whose_look_fails_holds_up_nobody(
    reader: Member, bob: Member, now: datetime, caplog: pytest.LogCaptureFixture
) -> None:
    EmailAddress.objects.create(user=bob, email=bob.email, primary=True, verified=True)
    choose(member=bob, kinds=Kind, now=now)

    def odd(member: Member, _kinds: frozenset[Kind], _window: Window) -> bool:
        if member == reader:
            raise ValueError("Rosa Quill")
        return True

    assert mail_rounds.go_round(odd, now=now + DAY) == 1
    assert "Rosa" not in " ".join(record.getMessage() for record in caplog.records)
    assert mail_rounds.go_round(odd, now=now + DAY + SOON) == 0
    assert mail_rounds.go_round(always, now=now + 2 * DAY) == 2


def test_what_cannot_be_told_yet_is_looked_at_again_before_the_day_is_over(
    reader: Member, now: datetime
) -> None:
    assert mail_rounds.go_round(lambda *_: None, now=now + DAY) == 0
    assert mail_rounds.go_round(always, now=now + DAY + SOON) == 1


@pytest.mark.parametrize("why", ["unconfirmed", "suspended", "no news"])
def test_who_gets_none(why: str, reader: Member, now: datetime) -> None:
    EmailAddress.objects.update(verified=why != "unconfirmed")
    Member.objects.update(is_active=why != "suspended")
    assert mail_rounds.go_round(never if why == "no news" else always, now=now + DAY) == 0
    assert mail.outbox == []


def test_the_mail_speaks_the_members_language(reader: Member, now: datetime) -> None:
    Member.objects.update(language="es")
    mail_rounds.go_round(always, now=now + DAY)
    assert "Entre para verlo" in mail.outbox[0].body


def test_a_press_stops_the_mails_of_one_member_and_says_not_whose_browser_it_was(
    reader: Member, bob: Member, now: datetime
) -> None:
    path = path_to_stop()
    choose(member=bob, kinds=[Kind.APPEAL], now=now)
    Client().post(path, headers={"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"})
    assert (chosen_by(reader), chosen_by(bob)) == (frozenset(), {Kind.APPEAL})
    assert reader.security_events.latest("pk").browser == ""


def test_another_choice_moves_no_mail_and_the_same_one_changes_nothing(reader: Member, now: datetime) -> None:
    """What was chosen goes on being looked for when it was; what is chosen anew begins at that moment."""
    first, events = notices(), reader.security_events.count()
    choose(member=reader, kinds=[Kind.DENIAL], now=now + MINUTE)
    assert reader.security_events.count() == events
    choose(member=reader, kinds=[Kind.ACCESS], now=now + 2 * MINUTE)
    assert (notices().look_at, notices().looked_until) == (first.look_at, first.looked_until)
    choose(member=reader, kinds=[], now=now + 3 * MINUTE)
    choose(member=reader, kinds=[Kind.ACCESS], now=now + 4 * MINUTE)
    assert (notices().look_at, notices().looked_until) == (now + 4 * MINUTE + DAY, now + 4 * MINUTE)


def test_a_number_that_we_signed_for_something_else_stops_nothing(reader: Member) -> None:
    token = Signer(sep=".").sign(notices().pk.hex)
    assert Client().post(f"/account/mails/stop/{token}/").status_code == 404
    assert chosen_by(reader)

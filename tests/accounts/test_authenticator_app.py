"""W-16, W-17: the code of an authenticator app after a password; its seed lies nowhere in clear."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.sessions.models import Session
from django.core import mail
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Member
from tests.accounts.made_passkeys import a_passkey, text
from tests.conftest import by_passkey

PASSWORD = "a long password of alice"
ACCOUNT, LOGIN, CODE = reverse("accounts:account"), reverse("account_login"), reverse("mfa_authenticate")
ADD, REMOVE = reverse("mfa_activate_totp"), reverse("mfa_deactivate_totp")
_SAID = {"type": "webauthn.get", "challenge": "AA", "origin": "http://testserver"}
_ANSWER = {
    "clientDataJSON": text(json.dumps(_SAID).encode()),
    "authenticatorData": text(bytes(37)),
    "signature": "AA",
}
MADE_UP = json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": _ANSWER})


@pytest.fixture
def clock(db: None) -> Iterator[Any]:
    with time_machine.travel(datetime(2026, 11, 25, 12, 0, tzinfo=UTC), tick=False) as travel:
        yield travel


def by_password(member: Member) -> Client:
    client = Client()
    client.post(LOGIN, {"login": member.email, "password": PASSWORD})
    return client


def shown_now(seed: str) -> str:
    """What the app shows."""
    return str(format_hotp_value(hotp_value(seed, next(iter(yield_hotp_counters_from_time())))))


def set_up(client: Client) -> tuple[str, list[str]]:
    """Set the app up; return its seed and the codes on paper."""
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(ADD).content.decode()
    seed = re.search(r'data-testid="seed">([A-Z2-7 ]+)<', page)
    assert seed
    secret = seed[1].replace(" ", "")
    shown = client.post(ADD, {"code": shown_now(secret)}, follow=True).content.decode()
    return secret, re.findall(r"<code>(\d+)</code>", shown)


def is_in(client: Client) -> bool:
    return client.get(ACCOUNT).status_code == 200


def test_w_16_the_seed_is_sealed_in_the_session_and_in_its_row(clock: Any, confirmed_alice: Member) -> None:
    client = by_password(confirmed_alice)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(ADD).content.decode()
    seed = "".join(re.findall(r'data-testid="seed">([A-Z2-7 ]+)<', page)).replace(" ", "")
    assert len(seed) == 32
    kept = [repr(session.get_decoded()) for session in Session.objects.all()]
    assert any("mfa.totp.secret" in text for text in kept)
    assert seed not in "".join(kept)
    client.post(ADD, {"code": shown_now(seed)})
    row = Authenticator.objects.get(type="totp")
    assert set(row.data) == {"secret"}
    assert seed not in str(row.data)
    assert "mfa.totp.secret" not in "".join(repr(session.get_decoded()) for session in Session.objects.all())


@pytest.mark.django_db(transaction=True)
def test_w_17_the_password_alone_opens_nothing_and_each_code_works_once(
    clock: Any, confirmed_alice: Member
) -> None:
    seed, papers = set_up(by_password(confirmed_alice))
    assert len(papers) == 10
    assert [message.subject for message in mail.outbox] == ["An authenticator app was added to your account"]
    early = by_password(confirmed_alice)
    early.post(CODE, {"code": shown_now(seed)})
    assert not is_in(early), "the code that set the app up was used by that (RFC 6238 section 5.2)"
    clock.shift(60)
    client = by_password(confirmed_alice)
    assert not is_in(client)
    assert "authenticator app" in client.get(CODE).content.decode()
    client.post(CODE, {"code": "000000"})
    assert not is_in(client)
    client.post(CODE, {"code": shown_now(seed)})
    assert is_in(client)

    for code, opens in ((shown_now(seed), False), (papers[0], True)):
        another = by_password(confirmed_alice)
        another.post(CODE, {"code": code})
        assert is_in(another) is opens
    again = by_password(confirmed_alice)
    again.post(CODE, {"code": papers[0]})
    assert not is_in(again)


def test_w_18_guessing_codes_ends_with_429_and_when_to_come_back(clock: Any, confirmed_alice: Member) -> None:
    set_up(by_password(confirmed_alice))
    client = by_password(confirmed_alice)
    answers = [client.post(CODE, {"code": f"{guess:06}"}) for guess in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert answers[-1].headers["Retry-After"] == "300"


def test_s_08_who_knows_the_password_alone_keeps_nobody_out_of_a_known_browser(
    clock: Any, confirmed_alice: Member
) -> None:
    """S-08: else the second step, which is there for that day, would be what locks its owner out."""
    known = by_password(confirmed_alice)
    seed, _ = set_up(known)
    known.post(reverse("account_logout"))
    stranger = by_password(confirmed_alice)
    for guess in range(6):
        answer = stranger.post(CODE, {"code": f"{guess:06}"})
    another = by_password(confirmed_alice).post(CODE, {"code": "000006"})
    assert another.status_code == 429, "all strangers together have five"
    clock.shift(31)
    known.post(LOGIN, {"login": confirmed_alice.email, "password": PASSWORD})
    answers = [known.post(CODE, {"code": f"{guess:06}"}).status_code for guess in range(5)]
    assert (answer.status_code, answers) == (429, [200] * 5)
    assert known.post(CODE, {"code": shown_now(seed)}).status_code == 429, "it is counted, too"
    clock.shift(300)
    for guess in range(6):
        stranger.post(CODE, {"code": f"{guess:06}"})
    known.post(CODE, {"code": shown_now(seed)})
    assert (is_in(known), is_in(stranger)) == (True, False)


def test_s_08_who_sends_made_up_passkeys_keeps_nobody_out_of_a_known_browser(
    confirmed_alice: Member,
) -> None:
    """S-08: nobody guesses a signature; what is counted there only kept the owner out."""
    known = by_password(confirmed_alice)
    a_passkey(confirmed_alice, "Telephone")
    known.post(reverse("account_logout"))
    stranger = by_password(confirmed_alice)
    answers = [stranger.post(CODE, {"credential": MADE_UP}).status_code for _ in range(6)]
    assert answers == [200] * 5 + [429]
    known.post(LOGIN, {"login": confirmed_alice.email, "password": PASSWORD})
    assert known.post(CODE, {"credential": MADE_UP}).status_code == 200
    assert (is_in(known), is_in(stranger)) == (False, False)


@pytest.mark.django_db(transaction=True)
def test_w_13_a_new_app_ends_other_sessions_is_told_and_can_be_removed(
    clock: Any, confirmed_alice: Member
) -> None:
    other, client = by_password(confirmed_alice), by_password(confirmed_alice)
    set_up(client)
    assert (is_in(client), is_in(other)) == (True, False)
    assert "asked for after your password or plan" in client.get(ACCOUNT).content.decode()
    client.post(REMOVE)
    assert [event.kind for event in confirmed_alice.security_events.all()[:1]] == ["app_removed"]
    assert not Authenticator.objects.exists(), "and the codes on paper with it"
    assert is_in(by_password(confirmed_alice))


def test_s_01_operators_are_offered_none_for_they_need_a_passkey(confirmed_alice: Member) -> None:
    Member.objects.filter(pk=confirmed_alice.pk).update(is_staff=True)
    confirmed_alice.refresh_from_db()
    client = by_passkey(confirmed_alice)
    assert [client.get(path).status_code for path in (ADD, REMOVE)] == [404, 404]
    account = client.get(ACCOUNT).content.decode()
    assert ADD not in account and REMOVE not in account


@pytest.mark.parametrize("page", ["mfa_authenticate", "mfa_reauthenticate"])
def test_w_17_a_code_of_a_paper_that_is_being_replaced_is_refused(
    clock: Any, confirmed_alice: Member, monkeypatch: pytest.MonkeyPatch, page: str
) -> None:
    """In another window, between the reading of the codes and the using up of one."""
    client = by_password(confirmed_alice)
    _, papers = set_up(client)
    really = RecoveryCodes.validate_code

    def validate_code(codes: RecoveryCodes, code: str) -> Any:
        Authenticator.objects.filter(type=Authenticator.Type.RECOVERY_CODES).delete()
        RecoveryCodes.activate(confirmed_alice)
        return really(codes, code)

    monkeypatch.setattr(RecoveryCodes, "validate_code", validate_code)
    if page == "mfa_authenticate":
        client = by_password(confirmed_alice)
    answer = client.post(reverse(page), {"code": papers[0]})
    assert answer.status_code == 200
    assert "That did not work" in answer.content.decode()


def test_the_code_of_an_app_lifts_the_curtain_and_a_wrong_one_does_not(
    clock: Any, confirmed_alice: Member
) -> None:
    """Without JavaScript: the curtain leads to the question, whose form is all there is."""
    client = by_password(confirmed_alice)
    seed, _codes = set_up(client)
    client.post("/account/curtain/")
    clock.shift(60)
    asked = client.get("/claims/").content.decode()
    question = "/account/2fa/reauthenticate/?next=%2Fclaims%2F"
    assert question in asked and client.get(question).status_code == 200
    for code, status in (("000000", 403), (shown_now(seed), 200)):
        client.post("/account/2fa/reauthenticate/", {"code": code, "next": "/claims/"})
        assert client.get("/claims/").status_code == status

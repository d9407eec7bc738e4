"""Creating an account: address, password, code from the e-mail."""

import os
import re
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import environ
import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from apps.accounts.models import Member
from config import settings as production
from config.mailers import mailer_of
from tests.outbound.test_tls import self_signed

PASSWORD = "seven quiet copper lamps"


def sign_up(client: Client, email: str, **more: str) -> str:
    """Send the form; return where it leads."""
    answer = client.post(reverse("account_signup"), {"email": email, "password1": PASSWORD, **more})
    return str(answer.headers.get("Location", answer.status_code))


def code_in(body: str) -> str:
    """Return the code that stands on a line of its own."""
    match = re.search(r"^ {4}(\S+)$", body, re.MULTILINE)
    assert match
    return match[1]


@pytest.mark.django_db
def test_a_visitor_signs_up_with_the_code_from_the_mail_and_is_signed_in(client: Client) -> None:
    page = sign_up(client, "charlie@example.com")
    assert "_auth_user_id" not in client.session
    assert "charlie@example.com" in client.get(page).content.decode()
    assert mail.outbox[0].to == ["charlie@example.com"]
    answer = client.post(page, {"code": code_in(str(mail.outbox[0].body))})
    assert answer.headers["Location"] == reverse("overview:home")
    member = Member.objects.get(email="charlie@example.com")
    assert client.session["_auth_user_id"] == str(member.pk)
    assert PASSWORD not in member.password


@pytest.mark.django_db
def test_s_08_the_browser_of_the_sign_up_is_known(client: Client) -> None:
    page = sign_up(client, "charlie@example.com")
    client.post(page, {"code": code_in(str(mail.outbox[0].body))})
    client.post(reverse("account_logout"))
    answer = client.post(reverse("account_login"), {"login": "charlie@example.com", "password": PASSWORD})
    assert answer.status_code == 302
    kinds = Member.objects.get().security_events.values_list("kind", flat=True)
    assert "new_device" not in kinds


@pytest.mark.django_db
def test_a_wrong_code_three_times_ends_the_sign_up_without_signing_in(client: Client) -> None:
    page = sign_up(client, "charlie@example.com")
    for _ in range(3):
        client.post(page, {"code": "WRNG-WRNG"})
    assert "_auth_user_id" not in client.session
    right = code_in(str(mail.outbox[0].body))
    client.post(page, {"code": right})
    assert "_auth_user_id" not in client.session


@pytest.mark.django_db
def test_a_short_password_is_refused_with_the_reason_beside_the_field(client: Client) -> None:
    answer = client.post(reverse("account_signup"), {"email": "charlie@example.com", "password1": "short"})
    html = answer.content.decode()
    assert "too short" in html
    assert 'id="id_password1_error"' in html
    assert 'aria-invalid="true"' in html
    assert "<title>Error: Create an account" in html
    inputs = dict(re.findall(r'<input [^>]*name="(email|password1)"([^>]*)>', html))
    assert 'aria-describedby="id_email_helptext"' in inputs["email"], "what helps is heard with the field"
    assert 'aria-describedby="id_password1_helptext id_password1_error"' in inputs["password1"]
    assert [name for name, rest in inputs.items() if "autofocus" in rest] == ["password1"]
    assert not Member.objects.exists()


def test_sign_up_with_a_known_address_looks_like_any_other_w_20(client: Client, alice: Member) -> None:
    new, known = Client(), Client()
    assert sign_up(new, "charlie@example.com") == sign_up(known, alice.email)
    pages = [
        re.sub(
            r"(csrfmiddlewaretoken\" value=\")[^\"]+",
            r"\1",
            c.get(reverse("account_email_verification_sent")).content.decode(),
        )
        .replace(alice.email, "E")
        .replace("charlie@example.com", "E")
        for c in (new, known)
    ]
    assert pages[0] == pages[1]
    assert "already have" in str(mail.outbox[1].subject)
    assert Member.objects.filter(email=alice.email).count() == 1


class Counting(MD5PasswordHasher):
    """Counts what costs a tenth of a second outside the suite, which anybody can measure."""

    hashed = 0

    def encode(self, password: str, salt: str) -> str:
        Counting.hashed += 1
        return super().encode(password, salt)


@pytest.mark.parametrize("page", ["account_signup", "account_login"])
def test_a_known_address_takes_as_much_work_as_any_w_20(page: str, alice: Member, settings: Any) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.Counting"]
    counts = []
    for email in (alice.email, "charlie@example.com"):
        Counting.hashed = 0
        form = {"email": email, "login": email, "password1": "nine slow paper boats", "password": "no"}
        Client().post(reverse(page), form)
        counts.append(Counting.hashed)
    assert counts[0] == counts[1] > 0


@pytest.mark.django_db
def test_mail_says_nothing_about_health(client: Client) -> None:
    sign_up(client, "charlie@example.com")
    assert str(mail.outbox[0].subject) == "Your code"
    assert "claim " not in str(mail.outbox[0].body).lower().replace("plainclaim", "")


def test_passwords_are_hashed_with_argon2_outside_the_suite() -> None:
    """W-21; the suite itself uses a cheap hasher (tests/conftest.py)."""
    assert production.PASSWORD_HASHERS[0] == "django.contrib.auth.hashers.Argon2PasswordHasher"
    assert not any("MD5" in hasher for hasher in production.PASSWORD_HASHERS)


@pytest.mark.parametrize("value", ["mandatory", "none"])
def test_every_value_of_the_verification_that_the_readme_names_starts(value: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=production.BASE_DIR,
        env=os.environ | {"ACCOUNT_EMAIL_VERIFICATION": value},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def mailer_at(port: int, scheme: str = "smtp://") -> dict[str, Any]:
    """Return the mailer that EMAIL_URL makes of a server of this machine."""
    return mailer_of(environ.Env.email_url_config(f"{scheme}127.0.0.1:{port}"))


DOWN = {"default": mailer_at(1)}


@pytest.mark.django_db
def test_a_mail_server_that_is_down_breaks_no_sign_up(client: Client, settings: Any) -> None:
    """It says that the mail is late, whoever has the address; the code comes when it is asked for again."""
    taken = Member.objects.create_user("rosa@example.com", PASSWORD)
    reachable = settings.MAILERS
    settings.MAILERS = DOWN
    for address in ("charlie@example.com", taken.email):
        browser = Client()
        page = browser.get(sign_up(browser, address)).content.decode()
        assert "could not be sent just now" in page
        assert "We sent" not in page
    place = sign_up(client, "dora@example.com")
    settings.MAILERS = reachable
    cache.clear()  # a minute later
    answer = client.post(place, {"action": "resend"}, follow=True)
    answer = client.post(answer.request["PATH_INFO"], {"code": code_in(str(mail.outbox[-1].body))})
    assert answer.headers["Location"] == reverse("overview:home")


def each_answer_late(caller: socket.socket) -> None:
    """Take every mail, and 0.2 seconds for each answer."""
    with caller.makefile("rb") as heard:
        is_text = False
        caller.sendall(b"220 ok\r\n")
        for line in heard:
            if not is_text or line == b".\r\n":
                is_text = line.lower() == b"data\r\n"
                time.sleep(0.2)
                caller.sendall(b"354 go on\r\n" if is_text else b"250 ok\r\n")


def one_answer_for_ever(caller: socket.socket) -> None:
    """Begin one answer of many lines, and drip it a byte at a time."""
    for byte in b"220-go on\r\n" * 20:
        caller.sendall(bytes([byte]))
        time.sleep(0.05)
    caller.sendall(b"220 ok\r\n")


@pytest.fixture(params=[each_answer_late, one_answer_for_ever])
def slow_port(request: pytest.FixtureRequest) -> Iterator[int]:
    """Yield the port of a mail server that is slow in one of these ways."""

    def talk(server: socket.socket) -> None:
        caller, _address = server.accept()
        with caller, suppress(OSError):
            request.param(caller)

    with socket.create_server(("127.0.0.1", 0)) as server:
        Thread(target=talk, args=[server], daemon=True).start()
        yield server.getsockname()[1]


@pytest.mark.django_db
def test_a_mail_server_is_given_up_when_all_its_answers_together_take_too_long(
    client: Client, settings: Any, slow_port: int
) -> None:
    """The limit of smtplib is for each: somebody waited two minutes for a page, and the proxy less."""
    mailer = mailer_at(slow_port)
    mailer["OPTIONS"]["timeout"] = 0.5
    settings.MAILERS = {"default": mailer}
    began = time.monotonic()
    page = client.get(sign_up(client, "charlie@example.com"))
    assert "could not be sent just now" in page.content.decode()
    assert time.monotonic() - began < 5


def as_providers_do(caller: socket.socket, tls: ssl.SSLContext, heard: list[bytes], *, at_once: bool) -> None:
    """Offer nothing but STARTTLS before TLS, a sign-in after it, and take mail of user `u`, password `s`."""
    caller = tls.wrap_socket(caller, server_side=True) if at_once else caller
    caller.sendall(b"220 ok\r\n")
    lines = caller.makefile("rb")
    while line := lines.readline():
        heard.append(line)
        word, answer = line.split()[0].upper(), b"250 ok"
        if word == b"EHLO":
            answer = b"250-here\r\n250 " + (
                b"AUTH PLAIN" if isinstance(caller, ssl.SSLSocket) else b"STARTTLS"
            )
        elif word == b"AUTH":
            answer = b"235 ok" if line == b"AUTH PLAIN AHUAcw==\r\n" else b"535 wrong"
        elif word == b"DATA":
            caller.sendall(b"354 go on\r\n")
            heard += iter(lines.readline, b".\r\n")
        elif word == b"STARTTLS":
            answer = b"220 go on"
        caller.sendall(answer + b"\r\n")
        if word == b"STARTTLS":
            caller = tls.wrap_socket(caller, server_side=True)
            lines = caller.makefile("rb")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "is_trusted", "arrives"),
    [
        ("smtp+tls://u:s@", True, True),
        ("smtp+ssl://u:s@", True, True),
        ("smtp+tls://u:s@", False, False),
        ("smtp+ssl://u:s@", False, False),
        ("smtp+tls://u:wrong@", True, False),
    ],
)
def test_codes_and_our_password_go_to_a_mail_server_that_proves_who_it_is(
    client: Client, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    address: str, is_trusted: bool, arrives: bool,
) -> None:  # fmt: skip
    certificate = self_signed(tmp_path / "server.pem", until=datetime.now(UTC) + timedelta(days=1))
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    heard: list[bytes] = []

    def talk(server: socket.socket) -> None:
        caller, _address = server.accept()
        with suppress(OSError):
            as_providers_do(caller, tls, heard, at_once=address.startswith("smtp+ssl"))

    with socket.create_server(("127.0.0.1", 0)) as server:
        Thread(target=talk, args=[server], daemon=True).start()
        settings.MAILERS = {"default": mailer_at(server.getsockname()[1], address)}
        page = client.get(sign_up(client, "charlie@example.com")).content.decode()
    said = b"".join(heard).decode()
    assert bool(re.search(r"^rcpt to:<charlie@example\.com>", said, re.MULTILINE)) == arrives
    assert bool(re.search(r"^ {4}\S+\r$", said, re.MULTILINE)) == arrives  # the code
    assert ("could not be sent just now" in page) != arrives
    assert ("AUTH PLAIN" in said) == is_trusted

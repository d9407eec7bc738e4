"""Secrets that are planted at the plan and looked for everywhere here (O-36)."""

import base64
import logging
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib import admin
from django.core import mail
from django.core.management import call_command
from django.core.signals import got_request_exception
from django.test import Client
from django.utils import timezone
from django.views.debug import get_exception_reporter_class
from django_tasks_db.models import DBTaskResult

from apps.accounts.models import Member
from apps.connections.access import Access
from apps.connections.models import Connection, Revocation
from apps.connections.people import person_of
from apps.connections.tokens import open_tokens
from apps.plans.models import Plan
from apps.vault.boxes import box_for
from config.logs import LineFormatter
from tests.conftest import by_passkey
from tests.connections.conftest import come_back, connect, later, leave
from tests.connections.everything import rows
from tests.connections.leaving import DOWN, end
from tests.connections.stub_plan import CLIENT_SECRET, StubPlan

ACCESS, REFRESH = "canary-access-7f3a91", "canary-refresh-51c0de"
NEXT_ACCESS, NEXT_REFRESH = "canary-access-second-2b", "canary-refresh-second-9e"


class Everything:
    """All that was shown, logged or reported while it watched."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def hits(self, secrets: list[str]) -> list[str]:
        """Return what gives a secret away, in clear, Base64 or hexadecimal."""
        spellings = [spelling for secret in secrets for spelling in _spellings(secret)]
        return [text[:300] for text in self.said if any(spelling in text for spelling in spellings)]


class Watched(Client):
    """A browser whose every response is noted: status line, headers, cookies, body."""

    everything: Everything

    def request(self, **request: Any) -> Any:
        """Note the response of one request."""
        response = super().request(**request)
        body = response.content.decode()
        self.everything.said.append(f"{dict(response.headers)} {response.cookies} {body}")
        return response


class Listening(logging.Handler):
    """Notes each record as it was given, and as it is written, with its traceback."""

    def __init__(self, everything: Everything) -> None:
        super().__init__(level=logging.DEBUG)
        self.everything = everything
        self.setFormatter(LineFormatter())

    def emit(self, record: logging.LogRecord) -> None:
        """Note one record."""
        self.everything.said += [f"{record.getMessage()} {record.args}", self.format(record)]


@pytest.fixture
def everything() -> Iterator[Everything]:
    """Listen to every logger at DEBUG, and to every error report, until the test is over."""
    everything_said = Everything()
    handler = Listening(everything_said)
    loggers = [logging.getLogger(name) for name in ("", "django", "django.server", "urllib3", "plainclaim")]
    before = [logger.level for logger in loggers]

    def report(sender: Any, request: Any, **_: Any) -> None:
        reporter = get_exception_reporter_class(request)(request, *sys.exc_info())
        everything_said.said += [reporter.get_traceback_text(), reporter.get_traceback_html()]

    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    got_request_exception.connect(report)
    yield everything_said
    got_request_exception.disconnect(report)
    for logger, level in zip(loggers, before, strict=True):
        logger.removeHandler(handler)
        logger.setLevel(level)


@pytest.fixture
def browser(everything: Everything, alice: Member) -> Watched:
    """Return Alice's browser, watched."""
    browser = Watched(raise_request_exception=False)
    browser.everything = everything
    browser.force_login(alice, backend="django.contrib.auth.backends.ModelBackend")
    return browser


def plant(stub: StubPlan, access: str = ACCESS, refresh: str = REFRESH) -> None:
    """Let the plan hand out these tokens from now on."""
    stub.answer |= {"access_token": access, "refresh_token": refresh, "id_token": None}
    stub.access_tokens.add(access)


def travel(browser: Client, plan: Plan, stub: StubPlan) -> list[str]:
    """Go to the plan and back; return the secrets of the trip itself."""
    url = leave(browser, plan)
    answer = stub.sign_in(url)
    come_back(browser, answer)
    come_back(browser, answer)  # and once more, by mistake
    nonce = parse_qs(urlsplit(url).query)["nonce"][0]
    return [answer["code"], stub.requests_to("/token")[-1].form["code_verifier"], nonce]


def crash(*, connection: Connection, now: datetime) -> str:
    """Stand in for a next stage with a mistake in it, right after the tokens came."""
    kept_here = {"token": ACCESS, "connection": connection, "now": now}
    raise RuntimeError(f"the next stage stumbled over {len(kept_here)} things")


def look_at_admin(browser: Watched) -> None:
    """Open every list and every row that operators can see."""
    for model, pages in admin.site._registry.items():
        where = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        assert browser.get(where).status_code in (200, 302, 403), where
        for row in model._base_manager.all()[:5]:
            path = f"{where}{pages.model._meta.pk.to_python(row.pk)}/change/"
            assert browser.get(path).status_code in (200, 302, 403), path


def test_o_36_tokens_are_found_nowhere_but_sealed(
    *,
    transactional_db: None,
    browser: Watched,
    everything: Everything,
    plan: Plan,
    stub: StubPlan,
    settings: Any,
) -> None:
    """O-36: a whole life of a permission; responses, cookies, logs, task rows, all tables: 0 hits."""
    settings.CONNECTIONS_AFTER_CONNECT = "apps.sync.actions.start_first"
    plant(stub)
    trip = travel(browser, plan, stub)
    made = Connection.objects.get()
    call_command("sync_worker", once=True)
    plant(stub, NEXT_ACCESS, NEXT_REFRESH)
    assert Access(made, clock=later(3600)).ask("Patient/p-1").status == 200
    for path in (
        "/home/",
        "/connections/",
        f"/connections/{made.pk}/",
        f"/connections/{made.pk}/disconnect/",
    ):
        assert browser.get(path).status_code == 200
    assert not [table for table, row in rows() if "Rosa" in row or "member-1" in row], "nor who it is"
    stub.override["/revoke"] = DOWN
    end(browser, made, "keep")
    assert Revocation.objects.get().sealed_tokens
    Revocation.objects.update(next_try_at=timezone.now() - timedelta(seconds=1))
    call_command("sync_worker", once=True)
    for path in ("/connections/", "/connections/receipts/", "/account/", "/account/close/"):
        browser.get(path)
    operator = Watched(raise_request_exception=False)
    operator.everything = everything
    staff = Member.objects.create_superuser("operator@example.com", "a long password of the operator")
    by_passkey(staff, operator)
    look_at_admin(operator)

    assert {asked.form.get("token") for asked in stub.requests_to("/revoke")} == {NEXT_REFRESH}
    assert DBTaskResult.objects.exists()
    secrets = [ACCESS, REFRESH, NEXT_ACCESS, NEXT_REFRESH, CLIENT_SECRET, *trip[:2]]
    everything.said += [f"{table}: {row}" for table, row in rows()]
    everything.said += [str(message.message()) for message in mail.outbox]
    assert everything.hits(secrets) == []
    assert len(everything.said) > 100


def test_o_36_no_traceback_or_error_report_shows_a_token(
    browser: Watched, everything: Everything, plan: Plan, stub: StubPlan, settings: Any
) -> None:
    """O-36, W-32: a mistake of ours right behind the plan's answer, and at the plan's own worst."""
    plant(stub)
    settings.CONNECTIONS_AFTER_CONNECT = "tests.connections.test_canaries.crash"
    trip = travel(browser, plan, stub)
    assert any("RuntimeError" in text for text in everything.said), "nothing crashed"
    assert any("stumbled" in text for text in everything.said), "no error report was made"
    for status in (400, 500):
        body = f'{{"error": "{ACCESS}", "error_description": "{REFRESH}"}}'.encode()
        stub.override["/token"] = (status, "application/json", body)
        travel(browser, plan, stub)
    assert everything.hits([ACCESS, REFRESH, CLIENT_SECRET, *trip]) != [], "nonces are on the leaving page"
    assert everything.hits([ACCESS, REFRESH, CLIENT_SECRET, *trip[:2]]) == []


def test_the_looking_finds_what_is_there(everything: Everything) -> None:
    """The tests above can fail: clear, Base64, hexadecimal, and in a log line."""
    logging.getLogger("plainclaim.connections").debug("sent %s", ACCESS)
    assert everything.hits([ACCESS])
    for spelling in _spellings(REFRESH):
        everything.said.append(f"<p>{spelling}</p>")
    assert len(everything.hits([REFRESH])) == len(_spellings(REFRESH))


def test_errors_and_rows_do_not_print_secrets(
    alice_client: Client, alice: Member, plan: Plan, stub: StubPlan
) -> None:
    """W-32: what a traceback would show."""
    made = connect(alice_client, plan, stub)
    tokens = open_tokens(made, box_for(alice))
    printed = f"{tokens!r} {made!r} {made} {person_of(made, box_for(alice))!r} {alice.handshakes.get()}"
    assert tokens.access_token not in printed
    assert "Rosa" not in printed


def _spellings(secret: str) -> list[str]:
    return [secret, base64.b64encode(secret.encode()).decode().rstrip("=")[:-1], secret.encode().hex()]

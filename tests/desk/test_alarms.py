"""Alarms: told once by mail and webhook, and once more when they are over."""

import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any, ClassVar

import pytest
from django.core import mail
from django.utils import timezone

from apps.accounts.models import Member
from apps.desk import alarms
from apps.plans.models import Plan
from apps.sync.models import Beat
from tests.desk.conftest import MINUTE, a_plan, free_bytes


@pytest.fixture
def start(well: None, admin_user: Member, settings: Any) -> datetime:
    """Return the moment of a first look at which all is well, with an operator to tell."""
    now = timezone.now()
    a_plan("harborlight")
    alarms.ring(now=now)
    assert not mail.outbox
    return now


def refuse(**also: Any) -> None:
    Plan.objects.update(client_refused_at=timezone.now(), status="paused", **also)


def ring(at: datetime) -> list[str]:
    """Look at that moment, with a worker that lives; return what was told, a line each."""
    Beat.objects.update_or_create(name="schedule", defaults={"at": at})
    mail.outbox.clear()
    alarms.ring(now=at)
    return [line for each in mail.outbox for line in str(each.body).splitlines() if line.strip()][:-1]


def test_an_alarm_is_told_once_until_it_is_over(start: datetime) -> None:
    refuse()
    first = ring(start + MINUTE)
    assert len(first) == 1
    assert first[0].startswith("wrong   invalid_client harborlight: ")
    assert " Do: " in first[0]
    assert not ring(start + 2 * MINUTE)
    Plan.objects.update(client_refused_at=None, status="confirmed")
    assert not ring(start + 5 * MINUTE)  # it may come back
    refuse()
    assert not ring(start + 6 * MINUTE)
    Plan.objects.update(client_refused_at=None, status="confirmed")
    assert not ring(start + 15 * MINUTE)
    assert ring(start + 17 * MINUTE) == ["over    invalid_client harborlight"]
    refuse()
    assert ring(start + 18 * MINUTE)


def test_several_at_once_are_one_mail(start: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(drift={"token_url": "https://new.example/token"}, drift_found_at=start)
    free_bytes(monkeypatch, 10**6)
    told = ring(start + MINUTE)
    assert len(mail.outbox) == 1
    assert {line.split()[1].rstrip(":") for line in told} == {"invalid_client", "drift", "disk"}


class Hook(BaseHTTPRequestHandler):
    """Somebody's chat program: keeps what it is sent."""

    posted: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        self.posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def hook(settings: Any) -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Hook)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    settings.ALARM_WEBHOOK_URL = f"http://127.0.0.1:{server.server_port}/hook"
    Hook.posted.clear()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_the_webhook_is_posted_through_the_door(start: datetime, hook: str, settings: Any) -> None:
    """Which calls nobody on this machine, whatever the setting says, but for who is trusted."""
    settings.OUTBOUND_TRUSTED_HOSTS = []
    refuse()
    assert ring(start + MINUTE)
    assert not Hook.posted
    settings.OUTBOUND_TRUSTED_HOSTS = [hook]
    Plan.objects.update(drift={"token_url": "https://new.example/token"})
    ring(start + 2 * MINUTE)
    (body,) = Hook.posted
    assert [(alarm["code"], alarm["plan"], alarm["level"]) for alarm in body["alarms"]] == [
        ("drift", "harborlight", "warning")
    ]
    assert "new.example" not in str(body)
    assert body["text"].startswith("warning drift harborlight")


def test_what_nobody_heard_is_told_again(start: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse()
    with monkeypatch.context() as broken:
        broken.setattr("apps.audit.notices.send_mail", lambda *_: 1 / 0)
        assert not ring(start + MINUTE)
    assert ring(start + 2 * MINUTE)


def test_of_many_workers_one_looks(well: None, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = list[int]()
    monkeypatch.setattr(alarms, "ring", lambda **_: looked.append(1))
    for _ in range(3):
        alarms.look_after()
    assert len(looked) == 1
    Beat.objects.filter(name="alarms").update(at=timezone.now() - timedelta(minutes=2))
    alarms.look_after()
    assert len(looked) == 2

"""Alarms: told once by mail and webhook, and once more when they are over."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections.models import Connection
from apps.desk import alarms, outside
from apps.listing.admin import findings
from apps.listing.face import dead_links, face
from apps.listing.models import AppListing
from apps.plans.models import Plan
from apps.sync.chores import chores
from apps.sync.models import Beat, PlanPace, Refresh
from tests import wire
from tests.desk.conftest import MINUTE, a_plan, connected, free_bytes, sends_others, waiting_run


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


def test_several_at_once_are_one_mail(
    start: datetime, monkeypatch: pytest.MonkeyPatch, alice: Member
) -> None:
    sends_others(a_plan("careless"), alice, at=start)
    refuse(drift={"token_url": "https://new.example/token"}, drift_found_at=start)
    free_bytes(monkeypatch, 10**6)
    told = ring(start + MINUTE)
    assert len(mail.outbox) == 1
    named = f"{mail.outbox[0].subject} {mail.outbox[0].body}"
    assert [sign for sign in ("alice", str(alice.pk), alice.pk.hex) if sign in named] == []
    assert {line.split()[1].rstrip(":") for line in told} == {
        "invalid_client",
        "drift",
        "misdirected",
        "disk",
    }


def down(at: datetime, **_: Any) -> None:
    PlanPace.objects.create(plan=Plan.objects.get(), pauses=4, outages=9, paused_until=at + 5 * MINUTE)


def stuck(at: datetime, connection: Connection, **_: Any) -> None:
    """Of ten connections one: the light is yellow."""
    for _number in range(9):
        connected(connection.plan, connection.member)
    late = at - timedelta(days=5)
    Refresh.objects.create(connection=connection, due_at=late, hours=24, bucket=1, succeeded_at=late)


def queue(at: datetime, connection: Connection, **_: Any) -> None:
    waiting_run(connection, since=at - timedelta(hours=2))


def certificate(at: datetime, settings: Any, **_: Any) -> None:
    settings.SITE_URL = "https://claims.example"
    Beat.objects.create(name="certificate", at=at + timedelta(days=3))


def backup(settings: Any, **_: Any) -> timedelta:
    return timedelta(hours=settings.BACKUP_HOURS)  # so long nobody makes another one


@pytest.mark.parametrize("happens", [down, stuck, queue, certificate, backup])
def test_what_keeps_members_or_records_from_being_safe_rings_once(
    start: datetime, alice: Member, settings: Any, happens: Callable[..., timedelta | None]
) -> None:
    """Each by itself, with what to do; the listing of an address of others is an alarm of its own."""
    connection = connected(Plan.objects.get(), alice)
    assert not ring(start + MINUTE)
    at = start + 2 * MINUTE
    at += happens(at=at, connection=connection, settings=settings) or timedelta()
    rung = [line for line in ring(at) if not line.startswith("wrong   listing: ")]
    assert [line.split()[1].rstrip(":") for line in rung] == [happens.__name__]
    assert " Do: " in rung[0]
    assert "alice" not in rung[0]
    assert not ring(at + MINUTE)


@pytest.fixture
def posted(settings: Any) -> Iterator[list[dict[str, Any]]]:
    """Return what somebody's chat program is sent."""
    kept: list[dict[str, Any]] = []

    def answered(_method: str, _target: str, _headers: Mapping[str, str], body: bytes) -> wire.Reply:
        kept.append(json.loads(body))
        return wire.Reply(b"", 204)

    with wire.serving(answered) as origin:
        settings.ALARM_WEBHOOK_URL = f"{origin}/hook"
        yield kept


def test_the_webhook_is_posted_through_the_door(start: datetime, posted: list[Any], settings: Any) -> None:
    """Which calls nobody on this machine, whatever the setting says, but for who is trusted."""
    settings.OUTBOUND_TRUSTED_HOSTS = []
    refuse()
    assert ring(start + MINUTE)
    assert not posted
    settings.OUTBOUND_TRUSTED_HOSTS = [urlsplit(settings.ALARM_WEBHOOK_URL).netloc]
    Plan.objects.update(drift={"token_url": "https://new.example/token"})
    ring(start + 2 * MINUTE)
    (body,) = posted
    assert [(alarm["code"], alarm["plan"], alarm["level"]) for alarm in body["alarms"]] == [
        ("drift", "harborlight", "warning")
    ]
    assert "new.example" not in str(body)
    assert body.keys() == {"text", "alarms", "over", "site"}
    assert body["alarms"][0].keys() == {"code", "plan", "level", "says", "remedy"}
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


def test_a_link_that_leads_nowhere_is_said_until_it_is_mended_or_tried_again(
    well: None, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker tries each once an hour; what only shuts programs out, or leads on, is there.

    None takes the time of another, nor that of updates.
    """
    (chore,) = [chore for chore in chores() if chore.name == "apps.desk.alarms.look_after"]
    assert chore.asks_plans
    monkeypatch.setattr(outside, "LINK_SECONDS", 0.5)
    asked: list[str] = []

    def answered(_method: str, target: str, _headers: Mapping[str, str], _body: bytes) -> wire.Reply:
        asked.append(target)
        return wire.Reply(b"it hangs", int(target.strip("/")), wire="hang" if target == "/200" else "")

    with wire.serving(answered) as origin:
        settings.OUTBOUND_TRUSTED_HOSTS = [urlsplit(origin).netloc]
        paths = {"website": "/404", "support_url": "/403", "source_url": "/302", "recording_url": "/200"}
        AppListing.objects.create(**{name: f"{origin}{path}" for name, path in paths.items()})
        alarms.look_after()
        Beat.objects.filter(name="alarms").delete()
        alarms.look_after()
        assert sorted(asked) == ["/200", "/302", "/403", "/404"], "once an hour"
    said = [sentence for sentence in findings(face()) if sentence.startswith("The link")]
    assert said == [
        "The link “website” answers 404: mend or empty it.",
        "The link “recording of the journey” could not be reached from here (does this host reach others?): "
        "mend or empty it.",
    ]
    AppListing.objects.update(website="https://acme.org", recording_url="")
    assert not [sentence for sentence in findings(face()) if sentence.startswith("The link")]


def test_a_link_that_is_not_called_says_how_it_can_be_and_is_well_then(well: None, settings: Any) -> None:
    """Else a help page on the operator's own network would stay a light that nothing turns green."""
    with wire.serving(lambda *_: wire.Reply(b"here")) as origin:
        settings.OUTBOUND_TRUSTED_HOSTS = []
        AppListing.objects.create(website="https://10.0.0.7/", support_url=origin)
        outside.note_links()
        private, plain = dead_links(face().listing)
        assert "not public" in private
        assert "not https" in plain
        assert "OUTBOUND_TRUSTED_HOSTS" in private and "OUTBOUND_TRUSTED_HOSTS" in plain
        settings.OUTBOUND_TRUSTED_HOSTS = [urlsplit(origin).netloc]
        AppListing.objects.update(website="")
        outside.note_links()
        assert not dead_links(face().listing)

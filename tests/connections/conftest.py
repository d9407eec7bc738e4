"""The stub plan, its row, and the steps of a trip to it."""

import html
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from apps.connections import oauth, people
from apps.connections.models import Connection, Handshake
from apps.connections.tokens import open_tokens
from apps.plans.models import Plan
from apps.vault.boxes import box_for
from config.policies import newest
from tests.connections.stub_plan import CLIENT_ID, CLIENT_SECRET, BackTo, StubPlan, running
from tests.registered import give_secret, registered

YES = {"agree": newest().version}
PASSWORD = "a long password of alice"


def after_connect(*, connection: Connection, now: datetime) -> str:
    """Stand in for the next stage, which has tests of its own."""
    return f"/connections/{connection.pk}/?at={now:%Y}"


@pytest.fixture(autouse=True)
def _next_stage(settings: Any) -> None:
    settings.CONNECTIONS_AFTER_CONNECT = "tests.connections.conftest.after_connect"


@pytest.fixture(autouse=True)
def _no_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(people, "FRESH_PAUSES", (0.01, 0.02))


@pytest.fixture(autouse=True)
def _fresh_limits(db: None) -> None:
    """Visitors are counted in the cache: each test starts with none."""
    cache.clear()


@pytest.fixture
def stub() -> Iterator[StubPlan]:
    """Return a running plan that does everything right until a test says otherwise."""
    with running() as plan:
        yield plan


@pytest.fixture
def plan(db: None, stub: StubPlan) -> Plan:
    """Return the row of the running plan."""
    row = Plan(
        slug="harborlight",
        name="Harborlight Health",
        fhir_base_url=f"{stub.origin}/fhir",
        issuer=stub.origin,
        website="https://harborlight.example.com/",
        registration=registered(CLIENT_ID),
        own_quirks={"token_auth": "client_secret_basic", "redirect": "shared"},
    )
    give_secret(row, CLIENT_SECRET)
    row.save()
    return row


def leave(client: Client, plan: Plan) -> str:
    """Agree, press the button of the page before leaving, and return the address of the plan's sign-in."""
    return address_on(client.post(f"/connections/begin/{plan.slug}/", YES))


def renew(client: Client, connection: Connection) -> str:
    """The same for a connection there is."""
    values = {**YES, "connection": str(connection.pk)}
    return address_on(client.post(f"/connections/begin/{connection.plan.slug}/", values))


def address_on(page: Any) -> str:
    """Return where the page that leads to the plan's sign-in leads."""
    assert page.status_code == 200, page.content.decode()
    link = re.search(r'href="([^"]+)" rel="noreferrer"', page.content.decode())
    assert link
    return html.unescape(link[1])


def forget_tries() -> None:
    """Make room for more trips than one person starts within ten minutes."""
    Handshake.objects.all().delete()
    cache.clear()


def come_back(client: Client, answer: dict[str, Any]) -> HttpResponse:
    """Follow the plan's redirect back to us; parameters alone lead to the door that plans share."""
    return client.get(answer.path if isinstance(answer, BackTo) else "/connections/callback", answer)


def connect(client: Client, plan: Plan, stub: StubPlan) -> Connection:
    """Make the whole trip and return the connection."""
    page = come_back(client, stub.sign_in(leave(client, plan)))
    assert page.status_code == 303, page.content.decode()
    return Connection.objects.latest("connected_at")


def nothing_happened(stub: StubPlan) -> bool:
    """Whether no code left the house and no connection came to be."""
    return not stub.requests_to("/token") and not Connection.objects.exists()


@pytest.fixture
def quiet(alice_client: Client, plan: Plan, stub: StubPlan) -> Connection:
    """Return Alice's connection to the stub; its requests so far are forgotten."""
    connection = connect(alice_client, plan, stub)
    stub.asked.clear()
    stub.answer = {"patient": None}
    return connection


@pytest.fixture
def made(alice_client: Client, plan: Plan, stub: StubPlan) -> Connection:
    """Return Alice's connection to the records of Rosa, p-1."""
    return connect(alice_client, plan, stub)


def again(connection: Connection) -> Connection:
    """Return the row as a process that comes anew reads it."""
    return Connection.objects.select_related("plan", "member").get(pk=connection.pk)


def later(seconds: float) -> Callable[[], datetime]:
    """Return a clock that runs so many seconds ahead."""
    return lambda: timezone.now() + timedelta(seconds=seconds)


def refresh_token_of(connection: Connection) -> str | None:
    """Return what the row holds now."""
    connection.refresh_from_db()
    return open_tokens(connection, box_for(connection.member)).refresh_token


@pytest.fixture
def sure(alice_client: Client) -> Client:
    """Return Alice's browser after she has entered her password again."""
    asked = alice_client.get("/account/close/")
    assert asked.status_code == 302
    assert asked["Location"].startswith("/account/reauthenticate/")
    entered = alice_client.post(asked["Location"], {"password": PASSWORD, "next": "/account/close/"})
    assert entered["Location"] == "/account/close/"
    return alice_client


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """Return what makes something happen between the tokens and what is done with them."""
    real = oauth.exchange

    def arrange(act: Callable[[], Any]) -> None:
        def exchange(*values: Any, **more: Any) -> Any:
            tokens = real(*values, **more)
            act()
            return tokens

        monkeypatch.setattr(oauth, "exchange", exchange)

    return arrange

"""What the processes of the matrix do: each verb runs in a fork of a site that is set up, on one database."""

import html
import json
import os
import re
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
import time_machine
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.management import call_command
from django.db import InterfaceError, OperationalError
from django.db import connections as databases
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections import account_closure
from apps.connections.access import Access
from apps.connections.models import Connection
from apps.connections.tokens import open_tokens
from apps.plans.models import Plan
from apps.sync import actions
from apps.sync.models import SyncRun
from apps.sync.tasks import STOP
from apps.vault.boxes import box_for
from apps.vault.models import DataKey
from config.policies import newest
from tests.faults.orders import Order
from tests.faults.payer import CLIENT_ID, CLIENT_SECRET
from tests.faults.points import Points
from tests.faults.stored import look
from tests.faults.working import (
    others_waiting,
    work,
    work_read_only,
    work_with_pool,
    work_without_connections,
    work_without_room,
)
from tests.registered import give_secret, registered

HURRY = 0.01
"""Waits of a worker are this much shorter; what it counts and how often it asks stays the same."""
MOST_TURNS = 40


def obey(order: Order) -> None:
    """Do it in this process, which was made for it, and write the answer as JSON; a failure is in the log."""
    with order.log.open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    settings.DATABASES["default"]["NAME"] = order.database
    databases["default"].settings_dict["NAME"] = order.database
    for name, value in order.settings.items():
        setattr(settings, name, value)
    points = Points(kill_at=order.kill_at, pause_at=order.pause_at, folder=order.folder)
    points.watch()
    _hurry()
    code = 0
    with time_machine.travel(order.at or datetime.now(UTC), tick=True) as clock:
        try:
            answer = VERBS[order.verb](clock, **order.arguments)
            order.answer.write_text(
                json.dumps(
                    {
                        "said": answer,
                        "points": points.count,
                        "after_tokens": points.after_tokens,
                        "cpu": time.process_time(),
                    }
                )
            )
        except BaseException:  # noqa: BLE001 - the test reads it
            sys.stderr.write(f"HARNESS {traceback.format_exc()}")
            code = 70
    databases.close_all()
    sys.stderr.flush()
    os._exit(code)


def _hurry() -> None:
    """Let waits pass a hundred times faster: nothing sleeps in the gate."""
    sleep, wait = time.sleep, STOP.wait
    time.sleep = lambda seconds: sleep(seconds * HURRY)
    STOP.wait = lambda timeout=None: wait(None if timeout is None else timeout * HURRY)  # type: ignore[method-assign]


def migrate(_: Any) -> None:
    """Make the tables."""
    call_command("migrate", verbosity=0)


def member(_: Any, *, email: str, password: str) -> None:
    """Make a member whose address is confirmed."""
    row = Member.objects.create_user(email, password)
    EmailAddress.objects.create(user=row, email=email, verified=True, primary=True)


def connect(
    _: Any, *, origin: str, email: str, slug: str = "faults", quirks: dict[str, Any] | None = None
) -> str:
    """Have a member connect the payer as a browser does, by pages and redirects; return the id.

    *quirks* are more of the plan's.
    """
    plan = Plan.objects.filter(slug=slug).first() or Plan(slug=slug, name="Harborlight Health")
    plan.fhir_base_url, plan.issuer = f"{origin}/fhir/r4", ""
    plan.registration = plan.registration or registered(CLIENT_ID)
    plan.confirmed_origins = []
    asked = ["launch/patient", "patient/*.read", "offline_access"]
    plan.own_quirks |= {"redirect": "shared", "scopes": asked, **(quirks or {})}
    give_secret(plan, CLIENT_SECRET)
    plan.save()
    member = Member.objects.filter(email=email).first()
    if member is None:
        member = Member.objects.create_user(email, None)
    client = Client()
    client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    values = {"agree": newest().version}
    if known := Connection.objects.filter(member=member, plan=plan).first():
        values["connection"] = str(known.pk)
    page = client.post(f"/connections/begin/{slug}/", values)
    found = re.search(r'href="([^"]+)" rel="noreferrer"', page.content.decode())
    if not found:
        raise AssertionError(f"no way to the plan: {page.status_code}")
    there = requests.get(html.unescape(found[1]), allow_redirects=False, timeout=10)
    back = urlsplit(there.headers["Location"])
    answer = client.get(f"{back.path}?{back.query}")
    assert answer.status_code in (302, 303), f"not connected: {answer.status_code}"
    return str(Connection.objects.get(member=member, plan=plan).pk)


def visit(_: Any, *, times: int) -> int:
    """Write like busy members, again and again: sessions, a language, asking for news; count failures."""
    failures = 0
    member = Member.objects.get(email="alice@example.com")
    row = member.connections.get()
    for turn in range(times):
        client = Client(raise_request_exception=False)
        client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
        for path, values in (
            ("/language/", {"language": ("en", "es")[turn % 2], "next": "/home/"}),
            (f"/sync/connections/{row.pk}/", {}),
        ):
            failures += client.post(path, values).status_code >= 500
    return failures


def read_pages(_: Any, *, seconds: float) -> list[tuple[float, int, float]]:
    """Read a page again and again; return when each was asked for (monotonic), its status and its seconds."""
    member = Member.objects.get(email="alice@example.com")
    client = Client(raise_request_exception=False)
    client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    seen, until = list[tuple[float, int, float]](), time.monotonic() + seconds
    while (began := time.monotonic()) < until:
        status = client.get("/claims/").status_code
        databases["default"].close()  # as at the end of each request; Django's test client leaves that out
        seen.append((began, status, time.monotonic() - began))
        time.sleep(0.1)
    return seen


def leave(_: Any, *, how: str) -> None:
    """End the permission as the member does: keep or erase the records, or close the account."""
    member = Member.objects.get(email="alice@example.com")
    if how == "close":
        account_closure.close(member=member, now=timezone.now())
        return
    client = Client()
    client.force_login(member, backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post(f"/connections/{member.connections.get().pk}/disconnect/", {"records": how})
    assert answer.status_code == 303, f"not disconnected: {answer.status_code}"


def remains(_: Any) -> dict[str, int]:
    """How many rows there are of what belongs to connections; and of members, and of their keys."""
    below = {relation.related_model for relation in Connection._meta.related_objects}
    found = {model.__name__: model._base_manager.count() for model in (Connection, *below, Member)}
    return found | {"DataKey": DataKey.objects.filter(member__isnull=False).count()}


def press(_: Any, *, everything: bool = False) -> None:
    """Have every member ask for an update: of what changed, or of *everything* again."""
    for row in Connection.objects.exclude(status=Connection.Status.KEPT):
        actions.start(connection=row, now=timezone.now(), everything=everything)


def finish(clock: Any, *, news: bool = False) -> dict[str, Any]:
    """Have another worker do whatever is due, later and later, until no run is left to do; then look.

    With *news*, every member asks for an update first; one that waits for another try is ended before: it
    may have asked for its claims long ago, and brings no news of them.
    """
    if news and SyncRun.objects.active().exists():
        finish(clock)
    if news:
        press(clock)
    for _ in range(MOST_TURNS):
        work(clock)
        with suppress(OperationalError, InterfaceError):  # the database may have been away
            if not SyncRun.objects.active().exists():
                return look(clock)
            clock.shift(_until_due())
    raise AssertionError(f"after {MOST_TURNS} turns runs are still active")


def finish_while_others_wait(clock: Any) -> dict[str, Any]:
    """As `finish`, by a worker that is asked for every few pages; tell at which it was given back."""
    with others_waiting() as given:
        return finish(clock) | {"given_back_at": given}


def _until_due() -> timedelta:
    """How long until something more can be done: the next try, or well after a lease of the dead ran out."""
    now = timezone.now()
    ends = []
    for run in SyncRun.objects.active():
        ends.append(run.lease_until + timedelta(seconds=60) if run.lease_until else run.next_try_at)
    return max(min(ends, default=now) - now, timedelta()) + timedelta(seconds=31)


def refresh_token(_: Any) -> str | None:
    """Return the refresh token of the one connection, None when it has none any more."""
    row = Connection.objects.select_related("member").get()
    return open_tokens(row, box_for(row.member)).refresh_token if row.sealed_tokens else None


def standing(_: Any) -> list[dict[str, str]]:
    """Return how every connection stands."""
    rows = Connection.objects.exclude(status=Connection.Status.KEPT).select_related("member")
    return [{"email": row.member.email or "", "status": row.status} for row in rows.order_by("member__email")]


def refresh(_: Any, *, connection: str) -> int | str:
    """Ask the plan something with tokens that have to be renewed first: is the chain alive?"""
    row = Connection.objects.select_related("plan", "member").get(pk=connection)
    try:
        access = Access(row, clock=lambda: timezone.now() + timedelta(days=2))
        return access.ask(f"Patient/{access.patient_id}").status
    except Exception as error:  # noqa: BLE001 - told to the test
        return repr(error)


VERBS: dict[str, Callable[..., Any]] = {
    each.__name__: each
    for each in (
        *(migrate, member, connect, work, work_without_room, work_read_only, visit, leave, remains),
        *(read_pages, work_with_pool, work_without_connections),
        *(press, finish, finish_while_others_wait),
        *(refresh_token, look, standing, refresh),
    )
}

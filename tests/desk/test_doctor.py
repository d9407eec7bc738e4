"""`manage.py doctor`: each thing that breaks has a line with a remedy, and the exit code says it."""

import os
import subprocess
import sys
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection as database
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Member
from apps.connections.models import Connection, Revocation
from apps.desk import house
from apps.desk.findings import Level
from apps.desk.looks import ON_THE_DESK, look
from apps.listing.models import AppListing
from apps.plans.models import Plan
from apps.sync.models import Beat
from apps.vault import backups
from apps.vault.boxes import box_for
from tests.accounts.test_sign_up import DOWN
from tests.conftest import ROOT
from tests.desk.conftest import free_bytes, waiting_run

OTHER_KEY = "b:" + "Qg" * 21 + "Q="


def doctor() -> dict[str, str]:
    """Return the lines by what they are about."""
    out = StringIO()
    try:
        call_command("doctor", stdout=out)
    except CommandError as error:
        out.write(f"exit 1: {error}\n")
    lines = [line.split(None, 1) for line in out.getvalue().splitlines()]
    return {rest.partition(":")[0]: f"{level} {rest}" for level, rest in lines}


@pytest.mark.usefixtures("well")
def test_where_all_is_well_it_ends_well(plan: Plan) -> None:
    told = doctor()
    assert not [line for line in told.values() if line.startswith("wrong")]
    assert {
        "database",
        "settings",
        "keys",
        "workers",
        "queue",
        "mail",
        "backup",
        "proxies",
        "disk",
        "clock",
    } <= set(told)
    assert told["plans"] == "ok plans: Members can connect 1 plan."
    assert told["workers"].endswith("updates under way: 0."), (
        "a number in no sentence is never a wrong plural"
    )
    assert told["queue"].endswith("hints queued: 0.")


@pytest.mark.usefixtures("well")
def test_it_asks_no_plan_changes_nothing_and_names_no_member(
    connection: Connection, alice: Member, called: list[Any]
) -> None:
    waiting_run(connection, since=timezone.now() - timedelta(hours=2))
    before = all_rows()
    told = " ".join(doctor().values())
    assert "wrong queue" in told
    assert [sign for sign in ("alice", str(alice.pk), alice.pk.hex) if sign in told] == []
    assert (called, all_rows()) == ([], before)


def all_rows() -> dict[str, list[Any]]:
    """Return what stands in every table."""
    return {model._meta.label: list(model._base_manager.values()) for model in apps.get_models()}


def wrong_clock(monkeypatch: Any) -> None:
    before = timezone.now
    monkeypatch.setattr("django.utils.timezone.now", lambda: before() + timedelta(minutes=2))


BROKEN = {
    "workers": lambda **_: Beat.objects.update(at=timezone.now() - timedelta(minutes=9)),
    "queue": lambda connection, **_: waiting_run(connection, since=timezone.now() - timedelta(hours=2)),
    "broker": lambda settings, **_: setattr(settings, "CELERY_BROKER_URL", "redis://127.0.0.1:1/0"),
    "mail": lambda settings, **_: setattr(settings, "MAILERS", DOWN),
    "backup": lambda settings, **_: setattr(settings, "BACKUP_HOURS", -1),
    "disk": lambda monkeypatch, **_: free_bytes(monkeypatch, 10**6),
    "clock": lambda monkeypatch, **_: wrong_clock(monkeypatch),
    "invalid_client harborlight": lambda **_: Plan.objects.update(
        client_refused_at=timezone.now(), status="paused"
    ),
    "keys": lambda alice, settings, **_: (box_for(alice), setattr(settings, "VAULT_KEYS", [OTHER_KEY])),
}  # fmt: skip


@pytest.mark.usefixtures("well")
@pytest.mark.parametrize("what", BROKEN)
def test_each_broken_thing_has_a_line_with_a_remedy(
    what: str, plan: Plan, connection: Connection, alice: Member, settings: Any, monkeypatch: Any
) -> None:
    BROKEN[what](plan=plan, connection=connection, alice=alice, settings=settings, monkeypatch=monkeypatch)
    told = doctor()
    assert told[what].startswith("wrong")
    assert " Do: " in told[what]
    assert told["1"].startswith("exit 1: 1 wrong")
    assert not [line for line in told.values() if "alice" in line or "the secret" in line]


@pytest.mark.usefixtures("well")
def test_a_site_of_which_nobody_said_who_runs_it_is_wrong_but_on_ones_own_machine(settings: Any) -> None:
    """Complaints and weaknesses would go to addresses that nobody reads."""
    assert doctor()["listing"].startswith("ok")
    settings.SITE_URL, settings.ALLOWED_HOSTS = "https://claims.acme.org", ["claims.acme.org"]
    assert house.listing in ON_THE_DESK
    [finding] = house.listing(timezone.now())
    assert finding.level == Level.WRONG and "support@plainclaim.example is a placeholder" in finding.says
    mails = dict.fromkeys(("support_email", "privacy_email", "security_email"), "help@acme.org")
    AppListing.objects.create(operator="Acme", **mails)
    [finding] = house.listing(timezone.now())
    assert finding.level == Level.OK
    AppListing.objects.update(
        website="https://gone.acme.org", dead_links={"https://gone.acme.org": "answers 404"}
    )
    [finding] = house.listing(timezone.now())
    assert finding.level == Level.WARNING and "The link “website” answers 404" in finding.says


@pytest.mark.usefixtures("well")
def test_questions_that_took_long_are_no_wrong_clock() -> None:
    """A mail server that does not answer is waited for, and clocks are compared after it."""
    [finding] = house.clock(timezone.now() - timedelta(minutes=2))
    assert finding.level == Level.OK


@pytest.mark.usefixtures("well")
def test_clocks_are_compared_where_no_plan_is_yet(monkeypatch: Any) -> None:
    wrong_clock(monkeypatch)
    [finding] = house.clock(timezone.now())
    assert finding.level == Level.WRONG


@pytest.mark.usefixtures("well")
def test_where_every_plan_is_paused_nobody_is_told_to_load_some(plan: Plan) -> None:
    Plan.objects.update(status="paused")
    told = doctor()
    assert told["plans"] == "warning plans: Members can connect 0 plans. Do: See below why, plan by plan."
    Plan.objects.all().delete()
    assert "Begin with an address" in doctor()["plans"], "the way that needs no file"


@pytest.mark.usefixtures("well")
def test_a_question_that_fails_hides_no_other() -> None:
    def unheard(_now: Any) -> Any:
        database.cursor().execute("SELECT 1 FROM no_such_table")

    findings = look((unheard, house.keys, house.clock), now=timezone.now())
    assert [finding.code for finding in findings] == ["unheard", "keys", "clock"]
    assert [finding.level for finding in findings] == [Level.WRONG, Level.OK, Level.OK]
    assert "answers, but not this question" in findings[0].says


def test_a_database_that_does_not_answer_is_asked_once_and_told_once(tmp_path: Path) -> None:
    """Each question waits for seconds: forty in all, and seven lines that said the same."""
    silent = {"DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing", "VAR_DIR": str(tmp_path)}
    command = [sys.executable, "manage.py", "doctor"]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | silent, capture_output=True, text=True, check=False
    )
    lines = done.stdout.splitlines()
    assert done.returncode == 1
    assert [line for line in lines if "does not answer (" in line] == [
        line for line in lines if line.startswith("wrong   database:")
    ]
    assert any(" disk: " in line for line in lines)
    assert not any(" keys: " in line or " clock: " in line for line in lines)


@pytest.mark.usefixtures("well")
def test_w_19_a_proxy_counted_that_is_not_there_is_told_by_the_first_who_signs_in(settings: Any) -> None:
    """W-19: with one too many, what a visitor writes into X-Forwarded-For is taken for their address."""
    settings.TRUSTED_PROXIES = settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    Client(REMOTE_ADDR="127.0.0.1").post(reverse("account_login"), {})  # by hand, on the machine itself
    assert doctor()["proxies"].startswith("ok")
    behind_one = Client(REMOTE_ADDR="127.0.0.1", headers={"x-forwarded-for": "203.0.113.7"})
    behind_one.post(reverse("account_login"), {})
    assert doctor()["proxies"].startswith("wrong proxies: TRUSTED_PROXIES is 2, but a request came through 1")
    settings.TRUSTED_PROXIES = settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    assert doctor()["proxies"].startswith("ok")
    Client(REMOTE_ADDR="192.0.2.1").post(reverse("account_login"), {})  # past the proxy
    told = doctor()["proxies"]
    assert told.startswith(
        "wrong proxies: TRUSTED_PROXIES is 1, but requests reach the site beside the proxy"
    )
    assert "where none stands before it" in told, "else everybody behind the proxy would share one limit"
    settings.TRUSTED_PROXIES = settings.ALLAUTH_TRUSTED_PROXY_COUNT = 2
    seen = [finding.says for finding in house.proxies(timezone.now())]
    assert ["beside the proxy" in says for says in seen] == [True, False], "neither hides the other"


@pytest.mark.usefixtures("well")
def test_what_waits_is_told_without_an_alarm(plan: Plan, now: Any) -> None:
    old = {"created_at": now - timedelta(days=2), "next_try_at": now}
    Revocation.objects.create(plan=plan, **old)
    Plan.objects.update(drift={"token_url": "https://new.example/token"}, drift_found_at=now)
    told = doctor()
    assert told["revocations"].startswith("warning")
    assert told[f"drift {plan.slug}"].startswith("warning")
    assert "new.example" not in str(told)


def test_a_backup_is_noted(db: None, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(backups, "make", lambda **_: [])
    assert house.backed_up_at() is None
    key = backups.new_key(tmp_path / "key")
    call_command("backup", str(tmp_path), to=[key], stdout=StringIO())
    assert house.backed_up_at()

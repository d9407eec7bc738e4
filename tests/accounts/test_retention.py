"""G-18, S-16: what is over is deleted by the worker's chores, and what is not stays."""

import sqlite3
import threading
from contextlib import closing
from datetime import datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import connections as databases
from django.db.models.deletion import Collector

from apps.accounts import retention, support_codes
from apps.accounts.models import Member, SecurityEvent, SupportCode
from apps.sync.chores import chores
from tests.length import is_on_postgresql


def joined(email: str, now: datetime, days: int, **fields: object) -> Member:
    member = Member.objects.create_user(email, "-", **fields)
    Member.objects.filter(pk=member.pk).update(date_joined=now - timedelta(days=days))
    EmailAddress.objects.create(user=member, email=email, primary=True, verified=False)
    return member


def test_g_18_sign_ups_that_nobody_confirmed_go_after_a_week_and_nobody_else(now: datetime, db: None) -> None:
    joined("late@example.com", now, 8)
    stay = [
        joined("early@example.com", now, 6),
        joined("was-in@example.com", now, 400, last_login=now - timedelta(days=300)),
        joined("operator@example.com", now, 400, is_staff=True),
        joined("confirmed@example.com", now, 400),
        Member.objects.create_from_plan(),
    ]
    Member.objects.filter(email=None).update(date_joined=now - timedelta(days=400))
    EmailAddress.objects.filter(user=stay[3]).update(verified=True)
    retention.forget_old(now=now)
    assert set(Member.objects.values_list("pk", flat=True)) == {member.pk for member in stay}


@pytest.mark.usefixtures("shared_database")
def test_s_16_who_confirms_while_old_sign_ups_are_deleted_keeps_the_account(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Or comes too late to confirm anything: nobody is in with an account that is gone."""
    joined("rosa@example.com", now, 8)
    confirmed: list[int] = []

    def confirm() -> None:
        confirmed.append(EmailAddress.objects.update(verified=True))
        databases.close_all()

    def delete(collector: Collector) -> object:
        if thread.ident is None:  # sign-ups go first
            thread.start()
            thread.join(1)  # seconds: it is done by then, or waits for what holds the row
        return delete_now(collector)

    thread, delete_now = threading.Thread(target=confirm), Collector.delete
    monkeypatch.setattr(Collector, "delete", delete)
    retention.forget_old(now=now)
    thread.join()
    assert Member.objects.filter(email="rosa@example.com").count() == sum(confirmed)


def test_g_18_sessions_events_codes_and_the_admins_log_end(now: datetime, alice: Member) -> None:
    year, day = timedelta(days=365), timedelta(days=1)
    kind = ContentType.objects.get_for_model(Member)
    support_codes.open_code(alice, now=now - day)
    for past in (year + day, year - day):
        SecurityEvent.objects.create(member=alice, kind="signed_in", at=now - past)
        log = LogEntry.objects.create(user=alice, content_type=kind, action_flag=CHANGE)
        LogEntry.objects.filter(pk=log.pk).update(action_time=now - past)
    for moment in (now - day, now + day):
        Session.objects.create(session_key=f"{moment:%d}", session_data="x", expire_date=moment)
    forget = next(chore for chore in chores() if "what accounts left" in chore.name)
    assert forget.every == 3600
    retention.forget_old(now=now)
    left = [model.objects.count() for model in (LogEntry, Session, SupportCode)]
    assert (left, alice.security_events.filter(at__lt=now).count()) == ([1, 1, 0], 1)


@pytest.mark.skipif(is_on_postgresql(), reason="PostgreSQL has no such switch: its pages are reused in time")
def test_what_is_deleted_is_overwritten_in_the_file_whatever_sqlite_does_by_itself() -> None:
    with closing(sqlite3.connect(":memory:")) as file:
        file.execute("PRAGMA secure_delete = OFF")
        file.executescript(settings.DATABASES["default"]["OPTIONS"]["init_command"])
        assert file.execute("PRAGMA secure_delete").fetchone() == (1,)

"""Looks at the house, one after the other, each standing on its own."""

from collections.abc import Callable, Iterator
from contextlib import nullcontext
from datetime import datetime
from typing import Final

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from apps.appeals import rules
from apps.appeals.models import CheckedRule
from apps.desk.findings import MANAGE, Finding, Level, listed_at
from apps.desk.house import (
    backup,
    broker,
    checks,
    clock,
    database,
    disk,
    keys,
    listing,
    mail,
    mail_now,
    proxies,
    queue,
    revocations,
    workers,
)
from apps.desk.journal import log
from apps.desk.outside import certificate, certificate_now

type Look = Callable[[datetime], Iterator[Finding]]


def appeals(now: datetime) -> Iterator[Finding]:
    """How many rules of appeals wait for an operator who compares them, those that count days first."""
    holding = CheckedRule.objects.keys(today=timezone.localdate(now))
    counting = [rule.key for rule in rules.rules() if rule.period]
    waiting = sum(key not in holding for key in counting)
    others = sum(rule.key not in holding for rule in rules.rules()) - waiting
    if not waiting and not others:
        yield Finding("appeals", Level.OK, "Every rule of appeals was compared with its official page.")
        return
    says = (
        f"{waiting} of the {len(counting)} rules that count days to appeal wait to be compared with their "
        f"official pages, and {others} others. Until then members read how long it usually is, and no last "
        "day."
    )
    remedy, where = "Open each page, compare, and press one button a row.", listed_at("appeals_checkedrule")
    yield Finding("appeals", Level.WARNING, says, remedy, link=where)


ON_THE_DESK: Final[tuple[Look, ...]] = (
    workers, queue, mail, backup, keys, certificate, proxies, revocations, listing, appeals, disk,
)  # fmt: skip
"""What is looked at in moments, without a word to anybody outside."""
BY_COMMAND: Final[tuple[Look, ...]] = (
    database, checks, keys, workers, queue, broker, mail_now, backup, certificate_now, proxies, revocations,
    listing, appeals, disk, log, clock,
)  # fmt: skip
WITHOUT_DATABASE: Final = frozenset({checks, broker, mail_now, disk})


def look(looks: tuple[Look, ...], *, now: datetime) -> list[Finding]:
    """Look at all of these, each by itself: one that fails, or waits too long, hides no other.

    Where the database answers nothing at all it is asked no more: each question would wait for it anew.
    """
    findings: list[Finding] = []
    is_silent = False
    for ask in looks:
        if is_silent and ask not in WITHOUT_DATABASE:
            continue
        try:
            findings += _asked(ask, now)
        except DatabaseError as error:
            is_silent = not _database_answers()
            findings.append(_unknown(ask, error, is_silent=is_silent))
    return findings


def _asked(ask: Look, now: datetime) -> list[Finding]:
    """The findings of one look; where a transaction is open it fails alone."""
    with transaction.atomic() if connection.in_atomic_block else nullcontext():
        return list(ask(now))


def _database_answers() -> bool:
    try:
        if not connection.in_atomic_block:
            connection.close_if_unusable_or_obsolete()
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _unknown(ask: Look, error: DatabaseError, *, is_silent: bool) -> Finding:
    kind = type(error).__name__
    says = (
        f"The database does not answer ({kind})."
        if is_silent
        else f"Not known: the database answers, but not this question ({kind})."
    )
    remedy = "Look at DATABASE_URL and at the database's own log."
    return Finding(ask.__name__, Level.WRONG, says, remedy, command=f"{MANAGE} check --database default")

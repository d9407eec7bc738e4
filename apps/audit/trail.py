"""Writing the audit, checking it, and forgetting what is older than a year (W-35, S-01)."""

import hashlib
import hmac
import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import connection, models, transaction
from django.utils import timezone

from apps.audit.models import AuditEntry

log = logging.getLogger("plainclaim.audit")
KEPT_FOR: Final = timedelta(days=365)
"""As the trigger in the database says, too: what is younger cannot be deleted."""
MACHINE: Final = "the command line"
"""The actor of commands: whoever works on the machine itself."""
SITE: Final = "the site itself"
"""The actor of what follows by itself from an act that has an entry of its own, or from a date."""
PURGED: Final = "audit purged"
PRIVATE: Final = frozenset({"password", "contacts"})
"""Columns of which the type does not say that they hold secrets, or addresses of people."""
_LOCK: Final = 0x61756469
"""Of PostgreSQL's advisory lock: two entries at once would both follow the same one."""

type Changes = Mapping[str, tuple[Any, Any]]
"""For each field the value before and after; None where there was no row."""


def record(
    *, action: str, actor: str = MACHINE, subject: str = "", changes: Changes | None = None,
    now: datetime | None = None,
) -> AuditEntry:  # fmt: skip
    """Add an entry in the transaction of what it tells, with which it is undone, too."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        last = AuditEntry.objects.order_by("number").last()
        entry = AuditEntry(
            number=last.number + 1 if last else 1,
            at=now or timezone.now(),
            actor=actor,
            action=action,
            subject=subject,
            changes=json.dumps(changes or {}, default=str, sort_keys=True),
            key_name=next(iter(_keys())),
        )
        entry.code = _code(entry, last.code if last else "")
        entry.save(force_insert=True)
        # The log leaves the machine: whoever cuts the end off the table does not reach it there.
        said = "audit entry %d code %s: %s %s"
        transaction.on_commit(lambda: log.info(said, entry.number, entry.code, action, subject))
    return entry


@dataclass
class Report:
    """What a check of the whole chain found; `head` is the number and code of the last entry."""

    entries: int = 0
    head: str = ""
    problems: list[str] = field(default_factory=list)


def verify(*, heads: Iterable[str] = ()) -> Report:
    """Check every entry, and that those of *heads* ("number:code", noted elsewhere) are still there."""
    report, codes = Report(), dict[int, str]()
    missing = {int(number): code for number, _, code in (head.partition(":") for head in heads)}
    previous = _anchor(report)
    for entry in AuditEntry.objects.order_by("number").iterator():
        if codes and entry.number - 1 not in codes:
            report.problems.append(f"entries before {entry.number} are gone")
        if problem := _problem_of(entry, previous):
            report.problems.append(f"entry {entry.number} {problem}")
        if missing.get(entry.number) == entry.code:
            del missing[entry.number]
        codes, previous = {entry.number: entry.code}, entry.code
        report.entries, report.head = report.entries + 1, f"{entry.number}:{entry.code}"
    report.problems += [f"entry {number} is gone or another" for number in sorted(missing)]
    return report


def purge(*, now: datetime) -> None:
    """Delete what is older than a year and note in the chain where it ended, and how many entries went."""
    oldest = AuditEntry.objects.order_by("number").first()
    if oldest is None or oldest.at >= now - KEPT_FOR:  # looking takes no lock of SQLite's
        return
    with transaction.atomic():
        old = AuditEntry.objects.filter(at__lt=now - KEPT_FOR)
        young = AuditEntry.objects.exclude(at__lt=now - KEPT_FOR).order_by("number").first()
        gone = old.filter(number__lt=young.number) if young else old
        last = gone.order_by("number").last()
        if last is None:
            return
        ends = {"through": (None, last.number), "code": (None, last.code), "entries": (gone.count(), 0)}
        record(action=PURGED, actor=SITE, changes=ends, now=now)
        AuditEntry.objects.filter(number__lte=last.number).delete()


def look_after() -> None:
    """What the worker does every few seconds (the setting SYNC_ALSO_LOOKS_AFTER): mostly, it only looks."""
    purge(now=timezone.now())


def values_of(row: models.Model | None) -> dict[str, Any]:
    """The stored values of a row, for an entry: secrets and addresses of people as digests."""
    if row is None or row.pk is None:
        return {}
    stored = type(row)._default_manager.filter(pk=row.pk).first()
    if stored is None:
        return {}
    fields = [column for column in stored._meta.concrete_fields if not getattr(column, "auto_now", False)]
    values = {column.name: _shown(column, column.value_from_object(stored)) for column in fields}
    many = {relation.name: relation.value_from_object(stored) for relation in stored._meta.many_to_many}
    return values | {name: sorted(str(record) for record in rows) for name, rows in many.items()}


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The fields in which two states of a row differ, each with both values."""
    names = [*before, *(name for name in after if name not in before)]
    pairs = {name: (before.get(name), after.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def member(row: Any, *, otherwise: str = MACHINE) -> str:
    """How an entry calls its actor: a member by number, and None as *otherwise*."""
    return otherwise if row is None else f"member {row.pk}"


def name_of(row: models.Model) -> str:
    """How an entry calls a row: by its table and number, never by what is in it."""
    return f"{row._meta.label_lower} {row.pk}"


def _shown(column: models.Field[Any, Any], value: Any) -> Any:
    if isinstance(value, list):
        return [_shown(column, item) for item in value]
    is_secret = isinstance(column, models.BinaryField | models.EmailField) or column.name in PRIVATE
    if not is_secret or not value:
        return value
    raw = bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode()
    return f"digest {hmac.new(next(iter(_keys().values())), raw, 'sha256').hexdigest()[:16]}"


def _keys() -> dict[str, bytes]:
    """The keys by name, the one that writes first; none of them is the signing key itself."""
    keys = (
        hashlib.sha256(b"apps.audit\0" + text.encode()).digest()
        for text in settings.AUDIT_KEYS or [settings.SECRET_KEY]
    )
    return {hashlib.sha256(key).hexdigest()[:8]: key for key in keys}


def _code(entry: AuditEntry, previous: str) -> str:
    words = f"{previous}\n{entry.words}".encode()
    return hmac.new(_keys()[entry.key_name], words, "sha256").hexdigest()


def _problem_of(entry: AuditEntry, previous: str | None) -> str:
    if entry.key_name not in _keys():
        return f"cannot be checked: AUDIT_KEYS lacks its key {entry.key_name}"
    if previous is None or not hmac.compare_digest(_code(entry, previous), entry.code):
        return "was changed, or does not follow the one before"
    return ""


def _anchor(report: Report) -> str | None:
    """The code that the first entry follows: none at the very beginning, else what a purge noted."""
    first = AuditEntry.objects.order_by("number").first()
    if first is None or first.number == 1:
        return ""
    purges = AuditEntry.objects.filter(action=PURGED).order_by("-number")
    for changes in map(json.loads, purges.values_list("changes", flat=True)):
        if changes["through"][1] == first.number - 1:
            return str(changes["code"][1])
    report.problems.append(f"entries before {first.number} are gone, and no purge tells of it")
    return None

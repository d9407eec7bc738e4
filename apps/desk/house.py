"""How the house is, beside its plans: database, keys, workers, queue, mail, backup, disk, clock."""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.checks import ERROR, run_checks
from django.core.mail import mailers
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Max, Min, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.module_loading import import_string

from apps.accounts.proxies import fewer_seen
from apps.audit.models import AuditEntry
from apps.connections.models import ClientKey, Revocation
from apps.desk.findings import MANAGE, Finding, Level, lasted, listed_at
from apps.outbound.addresses import serves_this_machine
from apps.sync import scheduler
from apps.sync.chores import queue_is_in_database
from apps.sync.models import Beat, SyncRun
from apps.vault.backups import NOTED
from apps.vault.checks import lost_keys

WORKER_PATIENCE: Final = timedelta(minutes=3)
"""Workers say every minute that they are there; one that brings a member's records says so by its lease."""
MAIL_PATIENCE: Final = timedelta(minutes=30)
QUEUE_PATIENCE: Final = timedelta(minutes=15)
CLOCK_SECONDS: Final = (5.0, 60.0)
"""How far the clocks of host and database may be apart before it is said, and before it is wrong."""
FREE_PARTS: Final = (0.10, 0.03)
PLENTY: Final = 20 * 2**30
"""So many free bytes are enough, however large the disk is."""
KEY_AGE: Final = timedelta(days=365)
GIVEN_UP_FOR: Final = timedelta(days=30)
MAIL: Final = "mail"
MAIL_TRIED: Final = "mail tried"
"""Names of the moments when the mail server last took our sign-in, and when it was last asked (`Beat`)."""
SMTP_SECONDS: Final = 5
BROKER_SECONDS: Final = 5


def checks(_now: datetime) -> Iterator[Finding]:
    """What Django's and our own checks say of the settings (`manage.py check --deploy`)."""
    messages = run_checks(include_deployment_checks=not serves_this_machine())
    for message in messages:
        if message.id != "vault.E001":  # `keys` says it
            level = Level.WRONG if message.level >= ERROR else Level.WARNING
            words = " ".join(str(message.msg).split())
            yield Finding(
                "settings", level, f"{words} ({message.id})", " ".join(str(message.hint or "").split())
            )
    if not messages:
        yield Finding("settings", Level.OK, "Every check of the settings passes.")


def database(_now: datetime) -> Iterator[Finding]:
    """Whether it answers and its tables are those of this release."""
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if waiting:
        says = f"Migrations that have not run: {len(waiting)}."
        yield Finding("database", Level.WRONG, says, "manage.py migrate")
    else:
        yield Finding(
            "database", Level.OK, f"{connection.display_name} answers, and its tables are up to date."
        )


def keys(now: datetime) -> Iterator[Finding]:
    """Whether what members' records are sealed under can be opened, and how old our signing keys are."""
    lost = lost_keys()
    remedy, command = (
        "Put the missing key back into VAULT_KEYS (docs/keys.md).",
        f"{MANAGE} rotate_keys --status",
    )
    yield from (Finding("keys", Level.WRONG, f"{line}.", remedy, command=command) for line in lost)
    if not lost:
        yield Finding("keys", Level.OK, "Every wrapping key in use opens what it wrapped.")
    for key in ClientKey.objects.in_use().filter(created_at__lte=now - KEY_AGE):
        yield Finding(
            "signing_key", Level.WARNING,
            f"The signing key {key.kid} is {lasted(key.created_at, now=now)} old.",
            "manage.py rotate_client_keys, or the action of the list of signing keys.",
            link=listed_at("connections_clientkey"),
        )  # fmt: skip


def workers(now: datetime) -> Iterator[Finding]:
    """Whether anybody does the background work."""
    seen = worker_seen_at(now)
    ones = "the workers and of Celery's beat" if settings.CELERY_BROKER_URL else "the last one"
    remedy = f"Read the log of {ones}, and start what is not there (docs/operations.md, What runs)."
    if seen is None or now - seen > WORKER_PATIENCE:
        says = f"No worker was here for {lasted(seen, now=now)}." if seen else "No worker was ever here."
        yield Finding("workers", Level.WRONG, says, remedy, command=_worker())
    else:
        busy = SyncRun.objects.filter(state=SyncRun.State.RUNNING, lease_until__gt=now).count()
        yield Finding("workers", Level.OK, f"Workers are here; updates under way: {busy}.")


def _worker() -> str:
    """What starts a worker."""
    if settings.CELERY_BROKER_URL:
        return ".venv/bin/celery -A config.celery worker"
    return f"{MANAGE} sync_worker"


def worker_seen_at(now: datetime) -> datetime | None:
    """When a worker last showed that it lives; None: never."""
    beat = Beat.objects.filter(name="schedule").values_list("at", flat=True).first()
    holds = SyncRun.objects.filter(state=SyncRun.State.RUNNING, lease_until__gt=now).exists()
    return now if holds else beat


def queue(now: datetime) -> Iterator[Finding]:
    """Whether what is due is taken."""
    late = scheduler.overdue(now=now).count()
    waiting, oldest = queued()
    remedy = "Start more workers (docs/operations.md, Grow)."
    if late:
        says = f"Updates that wait for a worker since an hour or longer: {late}."
        where = listed_at("sync_syncrun", state__exact="waiting")
        yield Finding("queue", Level.WRONG, says, remedy, link=where, command=_worker())
    elif oldest and now - oldest > QUEUE_PATIENCE:
        says = f"Hints that wait: {waiting}, the oldest for {lasted(oldest, now=now)}."
        yield Finding("queue", Level.WARNING, says, remedy)
    else:
        yield Finding("queue", Level.OK, f"Nothing waits for long; hints queued: {waiting}.")


def broker(_now: datetime) -> Iterator[Finding]:
    """Whether the broker of Celery answers, where there is one; workers by themselves wait for it."""
    if not settings.CELERY_BROKER_URL:
        return
    from kombu.exceptions import OperationalError  # noqa: PLC0415 - Celery is there only where it is used

    from config.celery import app  # noqa: PLC0415

    try:
        with app.connection_for_write(settings.CELERY_BROKER_URL) as link:
            link.ensure_connection(max_retries=0, timeout=BROKER_SECONDS)
    except (OperationalError, OSError) as error:
        says = f"The broker does not answer ({type(error).__name__}); hints wait for the sweep."
        yield Finding("broker", Level.WRONG, says, "Look at CELERY_BROKER_URL and at the broker's own log.")
    else:
        yield Finding("broker", Level.OK, "The broker answers.")


def queued() -> tuple[int, datetime | None]:
    """How many hints wait in the database, and since when the oldest does; in a broker we cannot tell."""
    if not queue_is_in_database():
        return 0, None
    from django_tasks_db.models import DBTaskResult  # noqa: PLC0415 - only where it is the queue

    row = DBTaskResult.objects.ready().aggregate(number=Count("pk"), oldest=Min("enqueued_at"))
    return row["number"], row["oldest"]


def mail(now: datetime) -> Iterator[Finding]:
    """Whether mail leaves, as the worker found when it last tried (`alarms`)."""
    if not sends_mail():
        level = Level.OK if serves_this_machine() else Level.WARNING
        yield Finding(
            "mail", level, "No mail leaves this site.", "Set EMAIL_URL: sign-up and operators need it."
        )
        return
    beats = dict(Beat.objects.filter(name__in=[MAIL, MAIL_TRIED]).values_list("name", "at"))
    seen = beats.get(MAIL)
    remedy, command = "Compare EMAIL_URL with what your mail provider says, then try it:", f"{MANAGE} doctor"
    if seen and now - seen <= MAIL_PATIENCE:
        yield Finding("mail", Level.OK, "The mail server answers.")
    else:
        level = Level.WRONG if seen or MAIL_TRIED in beats else Level.WARNING
        ago = f"for {lasted(seen, now=now)}" if seen else "a worker yet"
        yield Finding("mail", level, f"The mail server has not answered {ago}.", remedy, command=command)


def mail_now(now: datetime) -> Iterator[Finding]:
    """The same, tried now: the conversation up to the password, no mail."""
    if not sends_mail():
        yield from mail(now)
        return
    problem = mail_problem()
    if problem:
        says = f"The mail server does not take our sign-in ({problem})."
        remedy = "Compare EMAIL_URL with what your mail provider says. Until then codes come late."
        yield Finding("mail", Level.WRONG, says, remedy)
    else:
        yield Finding("mail", Level.OK, "The mail server takes our sign-in.")


def sends_mail() -> bool:
    """Whether mails go to a server at all."""
    return str(settings.MAILERS["default"]["BACKEND"]).endswith("smtp.EmailBackend")


def mail_problem() -> str:
    """The kind of what goes wrong when the mail server is called; "" when nothing does."""
    server: Any = mailers.default
    server.timeout = SMTP_SECONDS  # of a member's mail it is longer
    try:
        server.open()
    except OSError as error:  # SMTPException is one
        return type(error).__name__
    else:
        server.close()
        return ""


def backup(now: datetime) -> Iterator[Finding]:
    """When the last backup was made (`manage.py backup` notes it in the audit)."""
    most = settings.BACKUP_HOURS
    if not most:
        yield Finding("backup", Level.OK, "Backups are made elsewhere (BACKUP_HOURS=0).")
        return
    backed_up = backed_up_at()
    remedy, command = (
        "Make one daily by a timer (docs/operations.md, Back up and restore).",
        f"{MANAGE} backup FOLDER --to age1...",
    )
    if backed_up is None:
        level = Level.WARNING if serves_this_machine() else Level.WRONG
        remedy += " Made by other means: BACKUP_HOURS=0."
        yield Finding("backup", level, "No backup was made yet.", remedy, command=command)
    else:
        level = Level.WRONG if now - backed_up > timedelta(hours=most) else Level.OK
        says = f"The last backup was made {lasted(backed_up, now=now)} ago."
        yield Finding("backup", level, says, remedy, command=command)


def backed_up_at() -> datetime | None:
    """The moment of the last backup; None: none is known."""
    last = AuditEntry.objects.filter(action=NOTED).order_by("-number").first()
    return last.at if last else None


def listing(_now: datetime) -> Iterator[Finding]:
    """Whether members and payers can tell who runs the site, whether anybody reads what they write, and
    whether its links lead anywhere."""
    listing_state = import_string(settings.DESK_LISTING)()
    missing, dead = [] if serves_this_machine() else listing_state.unnamed(), listing_state.dead()
    if missing or dead:
        level = Level.WRONG if missing else Level.WARNING
        remedy = "Fill in the listing (/admin/, Listing): operator, contacts, links."
        says, where = " ".join([*missing, *dead]), listed_at("listing_applisting")
        yield Finding("listing", level, says, remedy, link=where, opens="Open the listing")
    else:
        says = (
            "It is said who runs the site and reads its mail, or it is for this machine alone; no link of it"
            " is known to be dead."
        )
        yield Finding("listing", Level.OK, says)


def disk(_now: datetime) -> Iterator[Finding]:
    """Whether this host's disk has room where our files are."""
    usage = shutil.disk_usage(settings.VAR_DIR if settings.VAR_DIR.exists() else settings.BASE_DIR)
    part = usage.free / usage.total
    says = f"{usage.free / 2**30:.1f} GB are free, {part:.0%} of the disk."
    level = Level(sum(part < least for least in FREE_PARTS)) if usage.free < PLENTY else Level.OK
    remedy = "Make room, or a larger disk: a full one stops database and log."
    yield Finding("disk", level, says, remedy, command="df -h")


def clock(_began_at: datetime) -> Iterator[Finding]:
    """Whether this host's clock and the database's agree, whatever was waited for before."""
    row = ContentType.objects.aggregate(at=Max(Now()))  # a table that is never empty
    apart = abs((timezone.now() - row["at"]).total_seconds()) if row["at"] else 0.0
    level = Level(sum(apart > most for most in CLOCK_SECONDS))
    says = f"This host and the database are {apart:.0f} seconds apart."
    yield Finding("clock", level, says, "Let both hosts follow a time server (timedatectl set-ntp true).")


def proxies(_now: datetime) -> Iterator[Finding]:
    """Whether TRUSTED_PROXIES counts one that is not there (W-19), or requests go around those that are."""
    fewer, trusted = fewer_seen(), settings.TRUSTED_PROXIES
    if not fewer:
        says = f"No request came through fewer proxies than TRUSTED_PROXIES counts ({trusted})."
        yield Finding("proxies", Level.OK, says)
    for number in fewer:
        says = (
            f"TRUSTED_PROXIES is {trusted}, but a request came through {number} within a day: addresses "
            "that visitors make up may be believed, and limits on guessing passed."
        )
        remedy = "If no more stand before the site, write this into .env; else let none be gone around."
        command = f"TRUSTED_PROXIES={number}"
        if not number:  # with 0, all who come through the proxy would share one limit
            says = f"TRUSTED_PROXIES is {trusted}, but requests reach the site beside the proxy."
            remedy = (
                "Let the proxy alone reach the site; only where none stands before it, write this into .env."
            )
        yield Finding("proxies", Level.WRONG, says, remedy, command=command)


def revocations(now: datetime) -> Iterator[Finding]:
    """Ended permissions that plans did not confirm."""
    lately = now - GIVEN_UP_FOR
    row = Revocation.objects.aggregate(
        waiting=Count("pk", filter=Q(state="waiting", created_at__lte=now - timedelta(hours=1))),
        given_up=Count("pk", filter=Q(state="given_up", ended_at__gt=lately)),
        unproved=Count("pk", filter=Q(proof="not_proved", ended_at__gt=lately)),
    )
    if not any(row.values()):
        yield Finding("revocations", Level.OK, "None waits for its plan, none was given up in 30 days.")
        return
    says = (
        f"{row['waiting']} ended permissions wait for their plan since an hour or longer; in 30 days "
        f"{row['given_up']} were given up and {row['unproved']} confirmed though the token still worked."
    )
    remedy = "Look at the list; ask again there, or ask the plan to end them."
    yield Finding("revocations", Level.WARNING, says, remedy, link=listed_at("connections_revocation"))

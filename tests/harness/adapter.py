"""The one place of the harness that knows the site from within; all else goes through its addresses."""

import io
import json
import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from tests.harness import frozen

ROOT: Final = Path.cwd()
PASSWORD: Final = "a long password of the harness"
OPERATOR: Final = "operator@example.com"


def environment(var: Path) -> dict[str, str]:
    """Return what the site is configured with: throw-away keys, one lane, a database file in *var*."""
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "SECRET_KEY": "for-the-harness-only-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGH",
        "VAULT_KEYS": "test:" + "A" * 43 + "=",
        "SITE_URL": "http://127.0.0.1:8000",
        "ALLOWED_HOSTS": "127.0.0.1,localhost,testserver",
        "OUTBOUND_TRUSTED_HOSTS": "127.0.0.1:*,localhost:*",
        "ACCOUNT_EMAIL_VERIFICATION": "none",
        "EMAIL_URL": "memorymail://",
        "CACHE_URL": "locmemcache://",
        "LOG_LEVEL": "CRITICAL",
        "DEBUG": "true",
        "SYNC_LANES": "1",
        "VAR_DIR": str(var),
        "DATABASE_URL": f"sqlite:///{var}/site.sqlite3",
        "CODE_TEXTS": "",
    }


def set_up(var: Path, template: Path | None = None) -> None:
    """Start the site in this process, at `frozen.START`, with its tables made (or copied from *template*)."""
    os.environ.update(environment(var))
    frozen.order_ids()
    frozen.travel_to(frozen.START)
    if template:
        shutil.copyfile(template, var / "site.sqlite3")
    import django  # noqa: PLC0415 - reads the settings just made

    django.setup()
    from django.conf import settings  # noqa: PLC0415

    settings.DEBUG = False  # files without digests in their names, as if developing, but no statement kept
    settings.WHITENOISE_AUTOREFRESH = True
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    if template is None:
        manage("migrate")
        os.environ["DJANGO_SUPERUSER_PASSWORD"] = PASSWORD
        manage("createsuperuser", "--noinput", "--email", OPERATOR)


def manage(*words: str) -> str:
    """Run a command of manage.py in this process and return what it said; its failure is said too."""
    from django.core.management import CommandError, call_command  # noqa: PLC0415

    said = io.StringIO()
    try:
        call_command(*words, stdout=said, stderr=said)
    except (CommandError, SystemExit) as error:
        said.write(f"{type(error).__name__}: {error}\n")
    return said.getvalue()


def load_plans(plans: list[dict[str, Any]], var: Path) -> str:
    """Put *plans* into the directory.

    Windows of dates are nothing a member sees, so none are asked for. Nothing is asked by itself: when
    that happens hangs on the id of a connection, which is chance.
    """
    file = var / "plans.json"
    rows = [
        {name: value for name, value in plan.items() if name != "window_by"} | {"refresh_hours": 0}
        for plan in plans
    ]
    file.write_text(json.dumps(rows))
    return manage("load_plans", str(file))


def work() -> str:
    """Do all background work that is due now."""
    forget_limits()
    return manage("sync_worker", "--once")


def forget_limits() -> None:
    """Let no earlier step of a scenario count against how often a member may do something."""
    from django.core.cache import cache  # noqa: PLC0415

    cache.clear()


def worker_process(var: Path) -> "subprocess.Popen[bytes]":
    """Start a worker of its own, at this very moment, which can be killed."""
    moment = datetime.now(UTC).isoformat()
    command = [sys.executable, "-m", "tests.harness.frozen", moment, "manage.py", "sync_worker", "--once"]
    return subprocess.Popen(
        command, env=environment(var), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def close_database() -> None:
    """Let go of the database, before another process works with it."""
    from django.db import connections  # noqa: PLC0415

    connections.close_all()

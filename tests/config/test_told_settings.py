"""What README's table says of a setting is what happens where it is set."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.config.test_safe_settings import SAFE
from tests.conftest import ROOT

LOOKS = """
import json, logging, sys
from datetime import UTC, datetime
from pathlib import Path
import django
django.setup()
from django.conf import settings
from django.core.mail import send_mail
from django.core.management import call_command
from django.db import connection
from django.template import Context, Template
from apps.listing.published import commit
connection.ensure_connection()
call_command("collectstatic", interactive=False, verbosity=0, ignore_patterns=["admin", "*.js", "*.css"])
send_mail("a subject", "a text", None, ["alice@example.com"])
for name in ("plainclaim.sync", "django.request"):
    for level in (logging.INFO, logging.WARNING, logging.ERROR):
        logging.getLogger(name).log(level, "of %s", name)
at = datetime(2026, 1, 1, 12, tzinfo=UTC)
print(json.dumps({"commit": commit(), "time": Template("{{ at|time:'H:i' }}").render(Context({"at": at}))}))
"""


def test_what_the_readme_says_of_commit_sender_log_zone_and_folders_is_so(tmp_path: Path) -> None:
    var, static, mails = (tmp_path / name for name in ("var", "static", "mails"))
    env = {name: value for name, value in SAFE.items() if name not in {"DATABASE_URL", "TRUSTED_PROXIES"}} | {
        "PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "config.settings", "LOG_LEVEL": "ERROR",
        "SITE_URL": "http://localhost:8000", "ALLOWED_HOSTS": "localhost", "EMAIL_URL": f"filemail:///{mails}",
        "COMMIT": "0ff1ce", "DEFAULT_FROM_EMAIL": "Our House <us@site.example>", "VAR_DIR": str(var),
        "STATIC_ROOT": str(static), "TIME_ZONE": "Asia/Tokyo",
    }  # fmt: skip
    command = [sys.executable, "-c", LOOKS]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"commit": "0ff1ce", "time": "21:00"}
    assert [file.name for file in var.iterdir() if file.suffix == ".sqlite3"] == ["plainclaim.sqlite3"]
    assert (static / "staticfiles.json").is_file()
    (mail,) = mails.iterdir()
    assert "\nFrom: Our House <us@site.example>\n" in mail.read_text()
    lines = [line.partition("of ")[0] for line in done.stderr.splitlines() if "of plainclaim.sync" in line]
    assert len(lines) == 1 and "ERROR" in lines[0]
    django = [line for line in done.stderr.splitlines() if "of django.request" in line]
    assert len(django) == 3, "from INFO on in any case"

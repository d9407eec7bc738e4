"""What no click reaches: time that passed, damage, an answer the demo payer never gives. Done by a shell."""

import json
import os
import subprocess
import sys

from tests.journeys import stack

TEN_MINUTES_PASSED = """
from django.utils import timezone
from apps.connections.models import Handshake
Handshake.objects.filter(pk=Handshake.objects.latest("created_at").pk).update(expires_at=timezone.now())
"""

FIRST_PERMISSION_ENDS_SOON = """
from datetime import timedelta
from django.utils import timezone
from apps.connections.models import Connection
newest = Connection.objects.latest("connected_at")
first = newest.member.connections.earliest("connected_at")
Connection.objects.filter(pk=first.pk).update(permission_ends_at=timezone.now() + timedelta(days=5))
"""

AN_HOUR_SINCE_EVERY_UPDATE = """
from datetime import timedelta
from django.utils import timezone
from apps.sync.models import SyncRun
SyncRun.objects.update(created_at=timezone.now() - timedelta(hours=1))
"""

EVERY_CLAIM_DAMAGED = """
from apps.claims.models import Claim
Claim.objects.update(sealed_record=b"not what was sealed")
"""

A_FILE = """
from django.utils import timezone
from apps.accounts.models import Member
from apps.takeaway import actions
from apps.takeaway import formats
owner = Member.objects.get(email={email!r})
made = actions.request(member=owner, format_=next(iter(formats.ALL.values())), year=0, now=timezone.now())
print(made.get_absolute_url())
"""

A_NEW_PLAN = """
from django.core.management import call_command
call_command("load_plans", {file!r})
call_command("check_plan", {slug!r})
"""

PLANS_LOST = """
from django.db import connection
with connection.cursor() as cursor:
    cursor.execute("ALTER TABLE plans_plan RENAME TO plans_plan_lost")
"""


def run(demo: stack.Stack, script: str) -> str:
    """Run *script* on the running site's database and with its keys; return what it printed."""
    kept = json.loads((demo.var / "secrets.json").read_text())
    env = os.environ | {
        "SECRET_KEY": kept["SECRET_KEY"], "VAULT_KEYS": kept["VAULT_KEYS"], "SITE_URL": demo.site,
        "DATABASE_URL": demo.database, "OUTBOUND_TRUSTED_HOSTS": demo.payer.removeprefix("http://"),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", script],
        cwd=stack.ROOT, env=env, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout

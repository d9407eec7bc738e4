"""What no click reaches: time that passed, damage, an answer the demo payer never gives. Done by a shell."""

import json
import os
import subprocess
import sys

from tests.journeys import stack

ONE_TRIP_LASTED_TOO_LONG = """
from django.utils import timezone
from apps.connections.models import Handshake
first = Handshake.objects.filter(member__email={email!r}, used_at=None).earliest("created_at")
Handshake.objects.filter(pk=first.pk).update(expires_at=timezone.now())
"""

AN_HOUR_SINCE_EVERY_UPDATE = """
from datetime import timedelta
from django.utils import timezone
from apps.sync.models import SyncRun
SyncRun.objects.update(created_at=timezone.now() - timedelta(hours=1))
"""

TROUBLES = """
from tests.journeys import troubles
troubles.meet({soon!r}, {running!r}, {others!r})
"""

EVERY_OTHER_LASTS_A_DAY = """
from datetime import timedelta
from django.utils import timezone
from apps.connections.models import Handshake
Handshake.objects.filter(expires_at__gt=timezone.now()).update(
    expires_at=timezone.now() + timedelta(days=1))
"""

A_ROW_NOBODY_FORESAW = """
from apps.plans.models import Plan
from apps.plans.registrations import Registration
alone = Registration.objects.create(name="Zelkova, on its own", client_id="on-its-own")
Plan.objects.filter(slug={slug!r}).update(own_quirks=7, registration=alone)
"""

EVERY_RULE_CHECKED = """
from django.utils import timezone
from apps.appeals import rules
from apps.appeals.models import CheckedRule
CheckedRule.objects.bulk_create(
    CheckedRule(rule=rule.key, version=rule.version, page="https://a.gov/", checked_on=timezone.localdate())
    for rule in rules.rules()
)
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

A_LINK_IN_A_MAIL = """
from apps.accounts.mail_notices import stop_url
from apps.accounts.models import MailNotices
print(stop_url(MailNotices()))
"""

A_NEW_PLAN = """
from django.core.management import call_command
call_command("load_plans", {file!r})
call_command("check_plan", {slug!r})
"""


def run(demo: stack.Stack, script: str) -> str:
    """Run *script* on the running site's database and with its keys; return what it printed."""
    kept = json.loads((demo.var / "secrets.json").read_text())
    trusted = ",".join(filter(None, [demo.payer.removeprefix("http://"), demo.trusted]))
    env = os.environ | {
        "SECRET_KEY": kept["SECRET_KEY"], "VAULT_KEYS": kept["VAULT_KEYS"], "SITE_URL": demo.site,
        "DATABASE_URL": demo.database, "OUTBOUND_TRUSTED_HOSTS": trusted,
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "-c", script],
        cwd=stack.ROOT, env=env, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout

"""`manage.py doctor`: everything that has to be right, one line each, and what to do where it is not."""

from collections import Counter
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone

from apps.desk.findings import Finding, Level
from apps.desk.fleet import plan_states
from apps.desk.looks import BY_COMMAND, look


class Command(BaseCommand):
    """Asks database and mail server, no plan; changes nothing. Exits with 1 where something is wrong."""

    help = "Say how settings, database, workers, mail, backups, plans and all else are, and what to do."
    requires_system_checks: list[str] = []  # they are part of what is told

    def handle(self, *_: Any, **__: Any) -> None:
        """Print the lines, the house before the plans."""
        now = timezone.now()
        findings = look(BY_COMMAND, now=now)
        try:
            findings += _of_plans(now)
        except DatabaseError:  # told already
            findings.append(Finding("plans", Level.WARNING, "Not looked at: the database does not answer."))
        for finding in findings:
            self.stdout.write(finding.line)
        counts = Counter(finding.level for finding in findings)
        if counts[Level.WRONG]:
            raise CommandError(f"{counts[Level.WRONG]} wrong, {counts[Level.WARNING]} to look at.")
        self.stdout.write(f"Nothing is wrong; {counts[Level.WARNING]} to look at.")


def _of_plans(now: Any) -> list[Finding]:
    states = plan_states(now=now)
    can = sum(state.plan.is_open() for state in states)
    level = Level.OK if can else Level.WARNING
    to_load = "Begin with an address (/admin/, Plans), or manage.py load_plans FILE and check_plan --all."
    remedy = "See below why, plan by plan." if states else to_load
    summary = Finding("plans", level, f"Members can connect {can} {'plan' if can == 1 else 'plans'}.", remedy)
    return [summary, *(finding for state in states for finding in state.findings)]

"""Whether members may be told a last day to appeal: only by rules that an operator compared."""

from collections.abc import Iterator
from datetime import datetime

from django.utils import timezone

from apps.appeals import rules
from apps.appeals.models import CheckedRule
from apps.desk.findings import Finding, Level, listed_at


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

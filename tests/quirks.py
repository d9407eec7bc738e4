"""What a plan's row says about its own quirks, changed as an operator would: one by one."""

from typing import Any

from apps.plans.models import Plan
from apps.plans.quirks import stated


def set_quirks(*plans: Plan, **changes: Any) -> None:
    """Change these quirks of these plans (of all, if none is named); "" is as the profile says."""
    rows = Plan.objects.filter(pk__in=[plan.pk for plan in plans]) if plans else Plan.objects.all()
    for row in rows:
        Plan.objects.filter(pk=row.pk).update(own_quirks=stated({**row.own_quirks, **changes}))

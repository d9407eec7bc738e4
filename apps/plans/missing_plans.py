"""Plans that people looked for in vain: counted by name for the people who run the site."""

from datetime import datetime
from typing import Final

from django.db import models
from django.db.models import F

from apps.plain_language.capitals import folded_name

LONGEST_NAME: Final = 80
MOST_NAMES: Final = 2000
"""Of plans that are asked for: beyond, somebody plays."""
MOST_FIGURES: Final = 3
"""In the name of a plan: "Plan 65" has two, a member's number has more."""


class MissingPlan(models.Model):
    """A name under which people looked for a plan that is not here, and how often: nothing of anybody.

    The name is folded, and one that might be a person's number or address is not kept (`ask_for`).
    """

    id = models.BigAutoField(primary_key=True)
    name = models.CharField(max_length=80, unique=True)
    times = models.PositiveIntegerField(default=0, help_text="How often it was asked for.")
    first_asked_at = models.DateTimeField()
    last_asked_at = models.DateTimeField()

    class Meta:
        """Those asked for most stand first."""

        verbose_name = "plan asked for"
        verbose_name_plural = "plans asked for"
        ordering = ["-times", "name"]

    def __str__(self) -> str:
        """Its name."""
        return self.name


def ask_for(*, text: str, now: datetime) -> bool:
    """Count that somebody looked for a plan of this name; return whether it was kept.

    A number or an address might be somebody's own, so neither is kept; nor is more than a name.
    """
    name = folded_name(text)
    if "@" in text or sum(map(str.isdigit, name)) > MOST_FIGURES or not 3 <= len(name) <= LONGEST_NAME:
        return False
    if not MissingPlan.objects.filter(name=name).exists() and MissingPlan.objects.count() >= MOST_NAMES:
        return False
    new = {"times": 1, "first_asked_at": now, "last_asked_at": now}
    row, is_new = MissingPlan.objects.get_or_create(name=name, defaults=new)
    if not is_new:
        MissingPlan.objects.filter(pk=row.pk).update(times=F("times") + 1, last_asked_at=now)
    return True

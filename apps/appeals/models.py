"""Which rows of the table of rules an operator compared with the official page, and when."""

from datetime import date, timedelta
from typing import Final

from django.core.exceptions import ValidationError
from django.db import models

from apps.appeals import rules

HOLDS_FOR: Final = timedelta(days=365)


class CheckedRuleQuerySet(models.QuerySet["CheckedRule"]):
    """Questions asked about ticks."""

    def keys(self, *, today: date) -> frozenset[str]:
        """Return the rows that hold: checked within a year, and not changed since."""
        versions = {rule.key: rule.version for rule in rules.rules()}
        rows = self.filter(checked_on__gt=today - HOLDS_FOR, checked_on__lte=today)
        return frozenset(
            key for key, version in rows.values_list("rule", "version") if versions.get(key) == version
        )


class CheckedRule(models.Model):
    """One row that an operator saw on its official page as our table has it.

    `version` is that of the row then (`Rule.version`): a row that changes is no longer checked.
    """

    id = models.BigAutoField(primary_key=True)
    rule = models.CharField(max_length=60, unique=True, help_text="The row of the table.")
    version = models.CharField(max_length=16, editable=False)
    page = models.URLField(max_length=500, help_text="The official page that says so.")
    checked_on = models.DateField(help_text="When it was read there. It holds for a year.")

    objects = CheckedRuleQuerySet.as_manager()

    class Meta:
        verbose_name = "checked rule"
        verbose_name_plural = "checked rules"
        ordering = ["rule"]

    def __str__(self) -> str:
        return self.rule

    def clean(self) -> None:
        """Note which version of the row it is; refuse a row that is not in the table."""
        shipped_rule = next((rule for rule in rules.rules() if rule.key == self.rule), None)
        if shipped_rule is None:
            raise ValidationError({"rule": "There is no such row in the table."})
        self.version = shipped_rule.version

"""What plans send that we do not understand, counted for operators."""

from django.db import models


class NotUnderstood(models.Model):
    """How often claims of a plan held something we do not understand: for operators, nothing of any member.

    `element` is an element path without indexes and values (`item.adjudication.category`), `system` the code
    system of an unknown code, "" for none.
    """

    id = models.BigAutoField(primary_key=True)
    plan = models.ForeignKey("plans.Plan", on_delete=models.CASCADE, related_name="not_understood")
    element = models.CharField(max_length=120)
    system = models.CharField(max_length=200, blank=True)
    claims = models.PositiveIntegerField(default=0, help_text="Claims in which it was seen.")
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()

    class Meta:
        verbose_name = "element not understood"
        verbose_name_plural = "elements not understood"
        constraints = [
            models.UniqueConstraint(fields=["plan", "element", "system"], name="claims_not_understood_once")
        ]

    def __str__(self) -> str:
        return f"{self.element} of plan {self.plan_id}"

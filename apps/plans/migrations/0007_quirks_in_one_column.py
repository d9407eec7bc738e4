"""Quirks move from a column each into one column."""

from typing import Any

from django.db import migrations, models

COLUMNS = (
    "token_auth", "assertion_alg", "pkce", "send_response_type", "send_aud", "aud", "scopes", "scope_style",
    "page_size", "back_link", "updated_since", "patient_lookup", "refresh", "revocation",
    "redirect", "refresh_hours", "requests_per_minute", "runs_at_once", "have_ready",
)  # fmt: skip
CONSTRAINTS = (
    "token_auth_known", "assertion_alg_known", "pkce_known", "scope_style_known", "updated_since_known",
    "patient_lookup_known", "refresh_known", "revocation_known", "redirect_known",
    "page_size_sane", "pace_sane",
)  # fmt: skip


def gather(apps: Any, _editor: Any) -> None:
    """Put what a row states itself into the one column; what is empty there says nothing."""
    Plan = apps.get_model("plans", "Plan")
    for plan in Plan.objects.iterator():
        said = {name: getattr(plan, name) for name in COLUMNS}
        plan.own_quirks = {name: value for name, value in said.items() if value not in (None, "", [])}
        plan.save(update_fields=["own_quirks"])


class Migration(migrations.Migration):
    """One way: the columns are gone afterwards."""

    dependencies = [("plans", "0006_no_windows")]

    operations = [
        migrations.AddField(
            "plan",
            "own_quirks",
            models.JSONField(
                blank=True,
                db_default={},
                default=dict,
                editable=False,
                help_text="Where this plan differs from its profile; what holds is `quirks`.",
            ),
        ),
        migrations.RunPython(gather, migrations.RunPython.noop),
        *(migrations.RemoveConstraint("plan", f"plans_plan_{name}") for name in CONSTRAINTS),
        *(migrations.RemoveField("plan", name) for name in COLUMNS),
    ]

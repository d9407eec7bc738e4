"""Tokens that are here say where they may go: to the addresses and as the client that their plan has now.

What is not known now (a plan that was never asked) stays unsaid: its members connect again. The values are
sealed together with it from their next renewal, or `rotate_keys --members`, on.
"""

from typing import Any

from django.db import migrations, models

from apps.plans.origins import binding
from apps.outbound.errors import OutboundError
from apps.plans.discovery import known_endpoints


def bind(apps: Any, _editor: Any) -> None:
    """Note it for all rows of a plan in one statement."""
    for plan in apps.get_model("plans", "Plan").objects.all():
        known = known_endpoints(plan)
        if known is None:
            continue
        try:
            bound_to = binding(plan, known.token_url)
        except OutboundError:  # a row older than today's rules
            continue
        for name in ("Connection", "Revocation"):
            rows = apps.get_model("connections", name).objects.filter(plan=plan)
            rows.exclude(sealed_tokens=b"").update(bound_to=bound_to)


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0002_one_key_in_use"),
        ("plans", "0003_bound_tokens"),
    ]

    operations = [
        migrations.AddField(
            model_name="connection",
            name="bound_to",
            field=models.TextField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                help_text=(
"Where the tokens may go: origins of records and tokens, our client id. Sealed with them."
),
            ),
        ),
        migrations.AddField(
            model_name="revocation",
            name="bound_to",
            field=models.TextField(
                blank=True,
                db_default="",
                default="",
                editable=False,
                help_text="Where they may go: as a connection's.",
            ),
        ),
        migrations.RunPython(bind, migrations.RunPython.noop),
    ]

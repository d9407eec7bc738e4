"""Refusals of renewals are counted by days; the version before reads the moment as "since when"."""

from typing import Any

from django.db import migrations, models


def forget_refusals(apps: Any, _schema_editor: Any) -> None:
    """Back in the version before, a day long ago would end the permission at the next refusal."""
    apps.get_model("connections", "Connection").objects.update(renewal_refused_at=None)


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0008_none_is_ending"),
    ]

    operations = [
        migrations.RunPython(migrations.RunPython.noop, forget_refusals),
        migrations.AddField(
            model_name="connection",
            name="renewal_refused_days",
            field=models.PositiveSmallIntegerField(
                db_default=0, default=0, editable=False, help_text="On how many days it did so."
            ),
        ),
        migrations.AlterField(
            model_name="connection",
            name="renewal_refused_at",
            field=models.DateTimeField(
                blank=True,
                editable=False,
                help_text="When the last day began on which the plan refused how we ask for renewals.",
                null=True,
            ),
        ),
    ]

"""No connection is "ending" any more: what an older version was stopped at is the member's to end."""

from typing import Any

from django.db import migrations, models


def ask_to_sign_in(apps: Any, _schema_editor: Any) -> None:
    """Nothing is read through such a row, and its tokens are still revoked when it is ended."""
    apps.get_model("connections", "Connection").objects.filter(status="ending").update(status="needs_sign_in")


class Migration(migrations.Migration):
    dependencies = [("connections", "0007_renewals_refused")]

    operations = [
        migrations.RunPython(ask_to_sign_in, migrations.RunPython.noop),
        migrations.RemoveConstraint(model_name="connection", name="connection_status_known"),
        migrations.AlterField(
            model_name="connection",
            name="status",
            field=models.CharField(
                choices=[
                    ("active", "Connected"),
                    ("needs_sign_in", "Sign in again"),
                    ("kept", "Disconnected, records kept"),
                ],
                default="active",
                max_length=16,
            ),
        ),
        migrations.AddConstraint(
            model_name="connection",
            constraint=models.CheckConstraint(
                condition=models.Q(("status__in", ["active", "needs_sign_in", "kept"])),
                name="connection_status_known",
            ),
        ),
    ]

"""No connection is "ending": it is there until its permission is, and none ever had that status."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0005_purposes_in_words"),
    ]

    operations = [
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

"""Clinical records have a consent of their own. Who connected before has given none: they are offered it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0003_bound_tokens"),
    ]

    operations = [
        migrations.AddField(
            model_name="connection",
            name="clinical_since",
            field=models.DateTimeField(
                blank=True,
                help_text="When the member said yes to clinical records too; empty: claims and coverage only.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="handshake",
            name="with_clinical",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Whether the member said yes to clinical records too, before leaving.",
            ),
        ),
    ]

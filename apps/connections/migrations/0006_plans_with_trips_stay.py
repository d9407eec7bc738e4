"""A plan that somebody is under way to is not deleted; no row changes."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0005_purposes_in_words"),
        ("plans", "0009_bound_secrets"),
    ]

    operations = [
        migrations.AlterField(
            model_name="handshake",
            name="plan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="handshakes", to="plans.plan"
            ),
        ),
    ]

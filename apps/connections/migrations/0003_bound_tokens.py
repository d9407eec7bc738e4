"""Tokens say where they may go: to the addresses and as the client that their plan had."""

from django.db import migrations, models


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
    ]

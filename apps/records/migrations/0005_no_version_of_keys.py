"""No catalogue says by which version keys were made: there is one.

Processes of the release before still write the column: it stays in the database.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("records", "0004_activity"),
    ]

    operations = [
        migrations.AlterField(
            model_name="catalogue",
            name="keyed_as",
            field=models.PositiveSmallIntegerField(
                db_default=2,
                default=2,
                help_text="The version of keys that records without id are stored under.",
            ),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField(model_name="catalogue", name="keyed_as")]
        ),
    ]

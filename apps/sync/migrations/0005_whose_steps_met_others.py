"""Steps that brought what is about other people are counted for the desk each minute: they are few."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sync", "0004_nothing_of_members_records"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="syncstep",
            index=models.Index(
                condition=models.Q(("misdirected__gt", 0)), fields=["run"], name="sync_step_misdirected"
            ),
        ),
    ]

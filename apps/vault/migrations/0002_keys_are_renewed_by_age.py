from django.db import migrations, models


class Migration(migrations.Migration):
    """Seals are counted no longer. The column stays for code of the release before; the next one drops it."""

    dependencies = [("vault", "0001_mirror_and_books")]

    operations = [
        migrations.AlterField(
            model_name="datakey", name="seals", field=models.PositiveBigIntegerField(default=0, db_default=0)
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.RemoveField(model_name="datakey", name="seals")]
        ),
    ]

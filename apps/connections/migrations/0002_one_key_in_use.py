from datetime import timedelta

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.utils import timezone


def retire_rivals(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Leave the newest key of each algorithm in use: two could be made at once before."""
    keys = apps.get_model("connections", "ClientKey").objects.filter(publish_until__isnull=True)
    for alg in set(keys.values_list("alg", flat=True)):
        _newest, *rivals = keys.filter(alg=alg).order_by("-sign_from", "-id").values_list("pk", flat=True)
        keys.filter(pk__in=rivals).update(publish_until=timezone.now() + timedelta(hours=72))


class Migration(migrations.Migration):
    dependencies = [("connections", "0001_mirror_and_books")]
    operations = [
        migrations.RunPython(retire_rivals, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="clientkey",
            constraint=models.UniqueConstraint(
                condition=models.Q(("publish_until__isnull", True)),
                fields=("alg",),
                name="client_key_one_in_use",
            ),
        ),
    ]

from typing import Any

from django.db import migrations


def forget_what_windows_brought(apps: Any, _editor: Any) -> None:
    """A pass under way at the upgrade goes on page by page, and its pages alone tell what is gone."""
    apps.get_model("sync", "SyncSeen").objects.filter(by_window=True).delete()


class Migration(migrations.Migration):

    dependencies = [
        ('sync', '0009_keyed_digests'),
    ]

    operations = [
        migrations.RunPython(forget_what_windows_brought, migrations.RunPython.noop, elidable=True),
        migrations.RemoveField(
            model_name='syncseen',
            name='by_window',
        ),
    ]

"""Which update met an outage is kept as a mark that leads to no member: numbers of before go."""

from django.db import migrations


def forget(apps, schema_editor):
    paces = apps.get_model("sync", "PlanPace").objects.using(schema_editor.connection.alias)
    paces.filter(failing_run__isnull=False).update(failing_run=None)


class Migration(migrations.Migration):
    dependencies = [
        ("sync", "0005_whose_steps_met_others"),
    ]

    operations = [migrations.RunPython(forget, migrations.RunPython.noop)]

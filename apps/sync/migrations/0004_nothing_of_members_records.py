"""Whether a plan's answers held records was kept with the plan, and told of one member to the next: it goes."""

from typing import Any

from django.db import migrations, models

OF_THE_PLAN = ("refused", "not_offered")


def forget_answers(apps: Any, _editor: Any) -> None:
    """Keep what a plan refuses or lacks. What the release before writes until it is stopped, updates forget."""
    for pace in apps.get_model("sync", "PlanPace").objects.select_for_update().exclude(met={}):
        pace.met = {name: held for name, held in pace.met.items() if held["state"] in OF_THE_PLAN}
        pace.save(update_fields=["met"])


class Migration(migrations.Migration):
    dependencies = [
        ("sync", "0003_forms_and_what_was_met"),
    ]

    operations = [
        migrations.AlterField(
            model_name="planpace",
            name="met",
            field=models.JSONField(
                default=dict,
                db_default={},
                help_text="By clinical FHIR type, whether the plan refuses or lacks it, and since when.",
            ),
        ),
        migrations.RunPython(forget_answers, migrations.RunPython.noop),
    ]

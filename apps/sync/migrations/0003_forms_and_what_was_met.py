"""How a plan wants to be asked for clinical records, and what members met of them there."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("sync", "0002_what_plans_refuse"),
    ]

    operations = [
        migrations.AddField(
            model_name="planpace",
            name="forms",
            field=models.JSONField(
                default=dict,
                db_default={},
                help_text="By FHIR type, in which form it takes the question, and until when that holds.",
            ),
        ),
        migrations.AddField(
            model_name="planpace",
            name="met",
            field=models.JSONField(
                default=dict,
                db_default={},
                help_text="By clinical FHIR type, whether the plan answers, refuses or lacks it, and since when.",
            ),
        ),
    ]

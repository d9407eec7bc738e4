"""Policies have one address, ours; the description names clinical records; the Washington page has a day of its own."""

from typing import Any

import django.core.validators
from django.db import migrations, models

from apps.listing.published import DESCRIPTION

OLD = "the coverage and claims your health plan shares with you and says"
NEW = "the coverage and claims your health plan shares with you, and clinical records if you say so, and says"
NO_TAGS = django.core.validators.RegexValidator("[<>]", "Use plain text without tags.", inverse_match=True)


def mend(apps: Any, _editor: Any) -> None:
    """Name the clinical records where the sentence is the software's own, as far as there is room."""
    for listing in apps.get_model("listing", "AppListing").objects.filter(description__contains=OLD):
        told = listing.description.replace(OLD, NEW)
        if len(told) <= 1000:
            listing.description = told
            listing.save(update_fields=["description"])


class Migration(migrations.Migration):
    dependencies = [
        ("listing", "0006_cover_is_a_questionnaire"),
    ]

    operations = [
        migrations.AddField(
            model_name="applisting",
            name="health_page_read_on",
            field=models.DateField(
                blank=True,
                help_text="Takes the note off /consumer-health/ that no lawyer read it.",
                null=True,
                verbose_name="counsel read the Washington page on",
            ),
        ),
        migrations.AlterField(
            model_name="applisting",
            name="description",
            field=models.TextField(
                default=DESCRIPTION,
                max_length=1000,
                validators=[NO_TAGS, django.core.validators.MaxLengthValidator(1000)],
            ),
        ),
        *(
            migrations.AlterField(
                model_name="applisting",
                name=name,
                field=models.URLField(blank=True, db_default="", default="", max_length=512),
            )
            for name in ("privacy_url", "terms_url")
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveField(model_name="applisting", name=name) for name in ("privacy_url", "terms_url")
            ]
        ),
        migrations.RunPython(mend, migrations.RunPython.noop),
    ]

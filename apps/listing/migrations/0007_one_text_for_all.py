"""Policies have one address, ours; the description names clinical records; the Washington page has a day of its own."""

from typing import Any

import django.core.validators
from django.db import migrations, models

DESCRIPTION = (
    "An open-source app that reads the coverage and claims your health plan shares with you, and "
    "clinical records if you say so, and says them in plain words: what was billed, what your plan's "
    "discount took off, what your plan paid, and what your share is. A claim shows where its figures "
    "came from, and what your plan did not share is said to be missing instead of shown as zero. You "
    "sign in at your plan's own site, you see what will be read before you agree, and you can take "
    "the permission back at any time: what was read is then kept or erased, as you choose. No "
    "advertising and no trackers; that nothing is sold or shared is a promise."
)
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

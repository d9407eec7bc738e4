"""The description says what of it is a promise; clinical records are shown with their claims, on whatever day."""

from typing import Any

from django.db import migrations

OLD = "No advertising, no trackers, nothing sold or shared."
NEW = "No advertising and no trackers; that nothing is sold or shared is a promise."
OLD_WHY = "To show it in plain words, beside the claims of the same day."
NEW_WHY = "To show it in plain words, with the claims that it belongs to."


def mend(apps: Any, _editor: Any) -> None:
    """Mend the sentences that are the software's own, as far as there is room."""
    for listing in apps.get_model("listing", "AppListing").objects.filter(description__contains=OLD):
        told = listing.description.replace(OLD, NEW)
        if len(told) <= 1000:
            listing.description = told
            listing.save(update_fields=["description"])
    apps.get_model("listing", "AccessedData").objects.filter(why=OLD_WHY).update(why=NEW_WHY)


class Migration(migrations.Migration):
    dependencies = [
        ("listing", "0009_types_that_come_along"),
    ]

    operations = [
        migrations.RunPython(mend, migrations.RunPython.noop),
    ]

"""Listings that are here name the clinical records, which are read where a member says yes to them apart."""

from typing import Any

from django.db import migrations, models

from apps.listing.published import accessed


def name_them(apps: Any, _editor: Any) -> None:
    """Add what the software reads now to listings that name what it read before; nothing of an operator's own
    goes."""
    rows = apps.get_model("listing", "AccessedData").objects
    for listing in apps.get_model("listing", "AppListing").objects.all():
        here = set(rows.filter(listing=listing).values_list("what", flat=True))
        if not here:
            continue
        last = rows.filter(listing=listing).count()
        for position, kind in enumerate((kind for kind in accessed() if kind.what not in here), start=last + 1):
            rows.create(listing=listing, position=position, **kind._asdict())


class Migration(migrations.Migration):
    dependencies = [
        ("listing", "0002_words_that_are_true"),
    ]

    operations = [
        migrations.AlterField(
            model_name="accesseddata",
            name="fhir_types",
            field=models.CharField(max_length=500, verbose_name="FHIR resource types"),
        ),
        migrations.RunPython(name_them, migrations.RunPython.noop),
    ]

"""Listings that are here name all that is read by now, also what nobody asks for and is kept where it comes along."""

from typing import Any

from django.db import migrations, models

from apps.listing.published import accessed


def name_them(apps: Any, _editor: Any) -> None:
    """Name every type in rows that name nothing else, and add rows for what no row names; an operator's own
    words stay."""
    rows = apps.get_model("listing", "AccessedData").objects
    for listing in apps.get_model("listing", "AppListing").objects.filter(accessed__isnull=False).distinct():
        here = {row.what: row for row in rows.filter(listing=listing)}
        named = {name for row in here.values() for name in row.fhir_types.split(", ")}
        for kind in accessed():
            types, row = set(kind.fhir_types.split(", ")), here.get(kind.what)
            if row is not None and set(row.fhir_types.split(", ")) < types:
                rows.filter(pk=row.pk).update(fhir_types=kind.fhir_types)
            elif named.isdisjoint(types):
                last = rows.filter(listing=listing).count()
                rows.create(listing=listing, position=last + 1, **kind._asdict())


class Migration(migrations.Migration):
    dependencies = [
        ("listing", "0008_dead_links"),
    ]

    operations = [
        migrations.AlterField(
            model_name="accesseddata",
            name="fhir_types",
            field=models.CharField(max_length=1000, verbose_name="FHIR resource types"),
        ),
        migrations.RunPython(name_them, migrations.RunPython.noop),
    ]

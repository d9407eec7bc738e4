"""Listings that are here name the types, too, that nobody asks for and that are kept where they come along."""

from typing import Any

from django.db import migrations, models

from apps.listing.published import accessed
from config.fhir_types import fhir_types


def name_them(apps: Any, _editor: Any) -> None:
    """Name them in rows that stand as they were made; what an operator wrote stays."""
    rows = apps.get_model("listing", "AccessedData").objects
    for kind in accessed():
        asked = [name for name in kind.fhir_types.split(", ") if fhir_types()[name].role != "unasked"]
        rows.filter(what=kind.what, fhir_types=", ".join(asked)).update(fhir_types=kind.fhir_types)


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

from django.db import migrations

from apps.outbound.addresses import parts_of
from apps.plain_language.capitals import folded_name


def named_by_host(apps, schema_editor):
    """Name each plan whose name says nothing after the host of its FHIR base: lists refuse such names now."""
    for plan in apps.get_model("plans", "Plan").objects.only("name", "other_names", "fhir_base_url"):
        if not any(map(str.isalnum, plan.name)):
            plan.name = parts_of(plan.fhir_base_url).netloc[:200]
            plan.search_name = folded_name(" ".join([plan.name, *plan.other_names]))
            plan.save(update_fields=["name", "search_name"])


class Migration(migrations.Migration):

    dependencies = [
        ('plans', '0007_managed_clients'),
    ]

    operations = [migrations.RunPython(named_by_host, migrations.RunPython.noop)]

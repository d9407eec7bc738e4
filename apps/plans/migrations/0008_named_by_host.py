import re
from urllib.parse import urlsplit

from django.db import migrations


def named_by_host(apps, schema_editor):
    """Name each plan whose name says nothing after the host of its FHIR base: lists refuse such names now."""
    for plan in apps.get_model("plans", "Plan").objects.only(
        "name", "slug", "search_name", "fhir_base_url"
    ):
        if not any(map(str.isalnum, plan.name)):
            try:
                plan.name = urlsplit(plan.fhir_base_url).netloc[:200]
            except ValueError:  # malformed
                plan.name = plan.slug
            # The name before added nothing to it.
            plan.search_name = f"{re.sub(r'[\W_]+', ' ', plan.name.lower())} {plan.search_name}".strip()
            plan.save(update_fields=["name", "search_name"])


class Migration(migrations.Migration):

    dependencies = [
        ('plans', '0007_managed_clients'),
    ]

    operations = [migrations.RunPython(named_by_host, migrations.RunPython.noop)]

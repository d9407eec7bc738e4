"""A line of what is read has room for the clinical records."""

from django.db import migrations, models


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
    ]

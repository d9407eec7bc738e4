"""What a trip was for is a choice of few words; no row changes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("connections", "0004_clinical_consent"),
    ]

    operations = [
        migrations.AlterField(
            model_name="attempt",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("connect", "Connect a plan"),
                    ("reconnect", "Renew a connection"),
                    ("sign_in", "Sign in with the plan"),
                ],
                max_length=10,
            ),
        ),
    ]

"""Client secrets are sealed with the origins that they may go to, too.

What does not open stays as it is: an operator types it again. A key that is not there ends the upgrade.
"""

from contextlib import suppress
from typing import Any

from django.db import migrations

from apps.vault.boxes import house_box
from apps.vault.errors import SealBroken

SECRETS = ("sealed_client_secret", "sealed_next_client_secret")
BOUND = dict.fromkeys(SECRETS, ("origins",))


def bind(apps: Any, _editor: Any) -> None:
    """Seal them anew, with the origins."""
    _seal_again(apps.get_model("plans", "Registration"), before={}, after=BOUND)


def unbind(apps: Any, _editor: Any) -> None:
    """The way back: as the release before reads them."""
    _seal_again(apps.get_model("plans", "Registration"), before=BOUND, after={})


def _seal_again(model: Any, *, before: dict[str, Any], after: dict[str, Any]) -> None:
    for row in model.objects.select_for_update():
        for column in SECRETS:
            if not getattr(row, column):
                continue
            with suppress(SealBroken):
                row.BOUND_BY = before
                text = house_box().open(row, column)
                row.BOUND_BY = after
                model.objects.filter(pk=row.pk).update(**{column: house_box().seal(row, column, text)})


class Migration(migrations.Migration):
    dependencies = [
        ("plans", "0008_named_by_host"),
        ("vault", "0002_keys_are_renewed_by_age"),
    ]

    operations = [migrations.RunPython(bind, unbind)]

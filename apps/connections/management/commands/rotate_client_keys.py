"""`manage.py rotate_client_keys`: publish new signing keys that take over tomorrow."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.audit import trail
from apps.connections import client_keys
from apps.connections.models import ClientKey


class Command(BaseCommand):
    """Meant for a timer, e.g. every 90 days; a key that already waits for its turn is left as it is."""

    help = "Publish a new signing key per algorithm in use; it signs from tomorrow on, the old one retires."

    def handle(self, *_: Any, **__: Any) -> None:
        """Rotate and say from when each new key signs."""
        now = timezone.now()
        algs = sorted(set(ClientKey.objects.published(now=now).values_list("alg", flat=True)))
        if not algs:
            self.stdout.write(
                "There is no signing key yet; /app/jwks.json makes the first ones when it is asked for."
            )
        for alg in algs:
            key = client_keys.rotate(alg=alg, now=now)
            trail.record(action="rotate_client_keys", subject=trail.name_of(key))
            self.stdout.write(f"{alg}: {key.kid} signs from {key.sign_from:%Y-%m-%d %H:%M} UTC on.")

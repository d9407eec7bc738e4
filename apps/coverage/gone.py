"""Coverages that a plan no longer sends: kept, and shown as that."""

import datetime as dt
from collections.abc import Collection
from itertools import batched

from apps.connections.models import Connection
from apps.coverage.models import Coverage

PER_QUERY = 500


def mark(*, connection: Connection, source_keys: Collection[str], gone_at: dt.datetime | None) -> None:
    """Mark these as no longer sent since *gone_at*, None: as sent again. Inside a transaction."""
    for some in batched(source_keys, PER_QUERY):
        rows = Coverage.objects.filter(connection=connection, source_key__in=some)
        rows.filter(gone_at__isnull=gone_at is not None).update(gone_at=gone_at)

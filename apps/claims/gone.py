"""Claims and approvals that a plan no longer sends: kept, shown as that, and in no sum."""

import datetime as dt
from collections.abc import Collection
from itertools import batched

from apps.claims import chains, in_turn, indexing
from apps.claims.models import Approval, Claim
from apps.claims.rows import opened
from apps.connections.models import Connection
from apps.vault.boxes import Box

PER_QUERY = 500


def mark(
    *,
    connection: Connection,
    box: Box,
    source_keys: Collection[str],
    gone_at: dt.datetime | None,
    now: dt.datetime,
) -> None:
    """Mark these as no longer sent since *gone_at*, None: as sent again.

    Inside a transaction, with the connection locked.
    """
    in_turn.hold(connection.member_id)
    for some in batched(source_keys, PER_QUERY):
        for model in (Claim, Approval):
            rows = model._default_manager.filter(connection=connection, source_key__in=some)
            rows.filter(gone_at__isnull=gone_at is not None).update(gone_at=gone_at)
        claims = list(Claim.objects.filter(connection=connection, source_key__in=some).defer("sealed_brief"))
        records = ((claim, opened(claim, box, column="sealed_record")) for claim in claims)
        # Where the plan withdrew the newest version only, the one before counts again.
        known = [(claim, record) for claim, record in records if record is not None]
        moved = chains.relink(connection=connection, box=box, saved=known, new=(), leaving=())
        days = Claim.objects.filter(pk__in=moved).values_list("ordered_on", flat=True)
        years = {day.year for day in (*days, *(claim.ordered_on for claim in claims))}
        indexing.mark(connection=connection, box=box, saved=(), years=years, now=now)

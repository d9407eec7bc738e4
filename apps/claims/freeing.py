"""Showing again what stood behind claims that go."""

from collections import defaultdict
from uuid import UUID

from django.utils import timezone

from apps.claims import in_turn
from apps.claims.models import Claim, ClaimIndex, ClaimQuerySet


def set_free(claims: ClaimQuerySet, *, member_id: UUID) -> None:
    """Have lists and sums show the claims of other connections that *claims* stood for.

    Inside the transaction that deletes them, and before it does.
    """
    in_turn.hold(member_id)
    free = Claim.objects.filter(member_id=member_id, twin_of__in=claims.order_by().values("pk"))
    mark_stale(free)
    free.update(twin_of=None)


def mark_stale(claims: ClaimQuerySet) -> None:
    """Have the indexes written again that hold *claims*: something about them was noted elsewhere."""
    years: dict[UUID, set[int]] = defaultdict(set)
    for connection_id, day in claims.order_by().values_list("connection_id", "ordered_on"):
        years[connection_id].add(day.year)
    for connection_id, some in years.items():
        rows = ClaimIndex.objects.filter(connection_id=connection_id, year__in=some)
        rows.update(stale_at=timezone.now())

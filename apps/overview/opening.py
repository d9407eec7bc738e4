"""Opening the claims of a year, each once and in brief."""

from collections.abc import Iterable
from typing import NamedTuple

from apps.claims.models import Claim
from apps.claims.rows import opened
from apps.claims.year import Entry
from apps.vault.boxes import Box


class Opened(NamedTuple):
    """The claims as entries of a year, oldest first, and how many did not open."""

    entries: tuple[Entry, ...]
    closed: int


def entries_of(claims: Iterable[Claim], box: Box) -> Opened:
    """Open the brief of each of *claims*, of which is settled already which are twins (`indexing.settle`)."""
    found, closed, claims = [], 0, list(claims)
    twins = {claim.twin_of for claim in claims if claim.twin_of is not None}
    replaced = set(Claim.objects.filter(pk__in=twins, is_current=False).values_list("pk", flat=True))
    for claim in claims:
        record = opened(claim, box, column="sealed_brief")
        if record is None:
            closed += 1
        else:
            found.append(
                Entry(
                    record,
                    plan=claim.connection_id,
                    on=claim.ordered_on,
                    id=claim.pk,
                    is_gone=claim.gone_at is not None,
                    twin_of=claim.twin_of,
                    is_outdated=claim.twin_of in replaced,
                )
            )
    return Opened(tuple(sorted(found, key=lambda entry: (entry.on, str(entry.id)))), closed)

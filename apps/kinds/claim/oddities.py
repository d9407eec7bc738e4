"""Count for operators what claims of a plan hold that we do not understand: elements and code systems only.

No value, no label, no code and nothing of any member is kept: a payer's own words may be anything.
"""

import datetime as dt
import re
import uuid
from collections import Counter
from collections.abc import Iterable

from django.db.models import F

from apps.kinds.claim.models import NotUnderstood
from apps.kinds.claim.reading.also_sent import element
from apps.kinds.claim.records import ClaimRecord

MOST_ROWS = 300
"""Of one plan: systems come from outside, and nobody reads more."""

OTHERS = "(others)"


def count(*, plan_id: uuid.UUID, oddities: Iterable[frozenset[tuple[str, str]]], now: dt.datetime) -> None:
    """Add one for each record to everything it holds that is not understood (element and code system).

    Given of records that are new: counting what is only read again would count it twice.
    """
    seen: Counter[tuple[str, str]] = Counter()
    for of_record in oddities:
        seen.update(of_record)
    if not seen:
        return
    counted = _within_room(plan_id, seen)
    # In one order, so that two saves at once wait for each other and do not lock each other out.
    pairs = sorted(counted)
    NotUnderstood.objects.bulk_create(
        [
            NotUnderstood(plan_id=plan_id, element=name, system=system, first_seen_at=now, last_seen_at=now)
            for name, system in pairs
        ],
        ignore_conflicts=True,
    )
    for name, system in pairs:
        NotUnderstood.objects.filter(plan_id=plan_id, element=name, system=system).update(
            claims=F("claims") + counted[name, system], last_seen_at=now
        )


_SYSTEM = re.compile(r"(https?://[A-Za-z0-9.\-]+(/[A-Za-z0-9.\-_/%]*)?|urn:[A-Za-z0-9.\-:]+)")


def not_understood(record: ClaimRecord) -> frozenset[tuple[str, str]]:
    """Return element paths, each with the code system at fault ("" for none)."""
    return frozenset((element(sent), _system(sent.system)) for sent in record.also_sent if not sent.is_known)


def _system(system: str | None) -> str:
    """Return a code system that is an address or a URN, "" for any other text and for none."""
    address = (system or "").split("?", 1)[0].split("#", 1)[0]
    return address[:200] if _SYSTEM.fullmatch(address) else ""


def _within_room(plan_id: uuid.UUID, seen: Counter[tuple[str, str]]) -> Counter[tuple[str, str]]:
    """The same numbers under the rows that a plan may have; what is beyond is counted together."""
    noted = set(NotUnderstood.objects.filter(plan_id=plan_id).values_list("element", "system"))
    room = MOST_ROWS - len(noted)
    counted: Counter[tuple[str, str]] = Counter()
    for (name, system), claims in sorted(seen.items()):
        is_new = (name, system) not in noted
        kept = (name, system) if not is_new or room > 0 else ("?", OTHERS)
        room -= is_new
        counted[kept] += claims
    return counted

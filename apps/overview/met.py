"""At which claim a sum reached its limit: pure, and only where no step up to it is in doubt."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from apps.kinds.claim.counted import Counted
from apps.kinds.claim.entry import decided_on
from apps.kinds.claim.wording.causes import Reached
from apps.overview.ledger import Concept, Ledger, care_of
from apps.overview.plan_years import Limit, Limits


def met_on(ledger: Ledger, concept: Concept, limit: Decimal) -> date | None:
    """Return the day on which a sum reached *limit*; None where it did not, or where that cannot be known.

    It is known only where every claim states its parts, everything that counts has a day of decision, no
    claim contradicts itself, and no step up to that day is in doubt.
    """
    counting = [row for row in ledger.rows if row.counts]
    contradicted = any("contradicted" in row.doubts for row in ledger.rows)
    if ledger.silent or contradicted or not all(row.is_processed for row in counting):
        return None
    for row in counting:
        if not row.is_certain:
            return None
        if row.total(concept) >= limit:
            return row.on
    return None


def reached_with(
    id_: UUID, entries: Sequence[Counted], ledgers: Iterable[Ledger], limits: Limits, *, is_alone: bool
) -> tuple[Reached, ...]:
    """Return which limits the claim of that id reached, of the *entries* and *ledgers* of its benefit year.

    *is_alone*: no prescriptions may count toward the limits of medical care too.
    """
    own = next((entry for entry in entries if entry.id == id_), None)
    ledger = next(
        (other_ledger for other_ledger in ledgers if any(row.entry.id == id_ for row in other_ledger.rows)),
        None,
    )
    reached = []
    if ledger is not None and is_alone:
        if _is_met_with(id_, ledger, "deductible", limits.deductible):
            reached.append(_reached("deductible", limits.deductible))
        if _is_met_with(id_, ledger, "out_of_pocket", limits.out_of_pocket):
            reached.append(_reached("out_of_pocket", limits.out_of_pocket))
    if own is not None and limits.benefit and _is_used_up_with(own, entries, limits.benefit):
        reached.append(_reached("benefit", limits.benefit))
    return tuple(reached)


def _reached(what: Concept | str, limit: Limit | None) -> Reached:
    assert limit is not None
    return Reached(what, limit.amount, limit.currency, limit.is_typed)  # type: ignore[arg-type]


def _is_met_with(id_: UUID, ledger: Ledger, concept: Concept, limit: Limit | None) -> bool:
    """Whether this claim alone brought the sum to exactly the limit, and nothing was added after it.

    A plan takes no more than is left to a limit, so a sum that passes it is not the plan's own.
    """
    if limit is None or limit.currency != ledger.currency:
        return False
    steps = [row for row in ledger.rows if row.counts and row.stated(concept)]
    if not steps or steps[-1].entry.id != id_ or steps[-1].total(concept) != limit.amount:
        return False
    is_last_alone = sum(row.on == steps[-1].on for row in steps) == 1
    return is_last_alone and met_on(ledger, concept, limit.amount) == steps[-1].on


class _Payment(NamedTuple):
    on: date
    amount: Decimal
    id: UUID


def _is_used_up_with(own: Counted, entries: Iterable[Counted], limit: Limit) -> bool:
    """Whether what the plan paid for this kind of care came to exactly its yearly limit with this claim."""
    payments = []
    for entry in entries:
        if care_of(entry.record) != care_of(own.record) or entry.state == "denied":
            continue
        paid, on = entry.record.money.plan_paid, decided_on(entry.record, entry.on)
        is_sure = not (entry.disagrees or entry.record.may_change) and paid.unit == limit.currency
        if paid.amount is None or on is None or not is_sure:
            return False
        if paid.amount:
            payments.append(_Payment(on, paid.amount, entry.id))
    payments.sort()
    if (
        not payments
        or payments[-1].id != own.id
        or sum(payment.amount for payment in payments) != limit.amount
    ):
        return False
    return sum(payment.on == payments[-1].on for payment in payments) == 1

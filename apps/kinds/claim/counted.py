"""One claim as sums count it: whether it counts, where it stands, and which figures they take; pure."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from uuid import UUID

import msgspec
from msgspec import structs

from apps.kinds.claim import standing
from apps.kinds.claim.records import NOT_SHARED, ClaimRecord, Figure
from apps.kinds.claim.whose import above_price_of, discount_of, plan_paid_of
from apps.kinds.claim.wording.balance import balance_of
from apps.kinds.claim.wording.sources import finer_label

CONCEPTS = (
    "billed",
    "discount",
    "above_price",
    "other_discount",
    "not_covered",
    "plan_paid",
    "other_payer",
    "tax",
    "your_share",
)


class Counted(msgspec.Struct, frozen=True, dict=True):
    """One claim that may count: its record, the day it counts by, and what it is found by."""

    record: ClaimRecord
    plan: UUID
    """The connection it came through."""
    on: date
    id: UUID
    state: standing.State
    """Where it stands."""
    counts: bool
    """It stands for itself, its plan still sends it, and had it not already."""
    disagrees: bool
    """Its figures do not agree, with each other or with the price, so that it is in no sum."""
    uncovered: Mapping[str, Decimal]
    """Whose what is not covered is, by groups of X12."""
    on_top: Decimal
    """What of it may come on top of the share, as its page says."""
    is_gone: bool = False
    """The plan no longer sends it: it counts no longer."""
    twin_of: UUID | None = None
    """The claim of another connection that stands for it (`apps.kinds.claim.twins`)."""
    is_outdated: bool = False
    """Replaced there: whatever is asked for, it counts no longer."""
    is_folded: bool = False
    """It counts, and is not named."""
    is_left_out: bool = False
    """It counts, and stands in no list."""

    @cached_property
    def units(self) -> frozenset[str]:
        """The currencies of its amounts; empty where the plan shared none."""
        record = self.record
        figures: tuple[Figure, ...] = structs.astuple(record.money) if record.shares_money else ()
        every = (*figures, record.paid_by_lines)
        return frozenset([figure.unit for figure in every if figure.amount is not None])

    @cached_property
    def figures(self) -> Mapping[str, Figure]:
        """What sums take of it, by `CONCEPTS`: a page sums it up by month, kind, provider and person."""
        money = self.record.money
        is_others = bool(money.discount.amount) and bool(finer_label(money.discount))
        is_of_zeros = money.your_share.amount == 0 and standing.sends_only_zeros(self.record)
        return {
            "billed": money.bill,
            "discount": NOT_SHARED if is_others else discount_of(self.record),
            "above_price": above_price_of(self.record),
            "other_discount": money.discount if is_others else NOT_SHARED,
            "not_covered": money.not_covered,
            "plan_paid": plan_paid_of(self.record),
            "other_payer": money.other_payer,
            "tax": money.tax if money.tax.amount and balance_of(self.record).is_taxed else NOT_SHARED,
            "your_share": NOT_SHARED if is_of_zeros else money.your_share,
        }

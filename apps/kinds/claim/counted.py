"""One claim as sums count it: whether it counts, where it stands, and which figures they take; pure."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cached_property
from uuid import UUID

import msgspec
from msgspec import structs

from apps.kinds.claim import standing, unpaid
from apps.kinds.claim.excess import is_in_doubt
from apps.kinds.claim.records import NOT_SHARED, ClaimRecord, Figure
from apps.kinds.claim.whose import above_price_of, discount_of, plan_paid_of, uncovered_of
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
    told_state: standing.State | None = None
    """Where it stands, as its book says; None where the record has to tell."""
    told_counts: bool | None = None
    """Whether it stands for itself, as its book says; None where the record has to tell."""
    told_disagrees: bool | None = None
    """Whether its figures disagree, as its book says; None where the record has to tell."""
    told_uncovered: Mapping[str, Decimal] | None = None
    """Whose what is not covered is, as its book says; None where the record has to tell."""
    told_on_top: Decimal | None = None
    """What of it may come on top of the share, where the book says whose it is."""

    @cached_property
    def counts(self) -> bool:
        """Whether the claim stands for itself, its plan still sends it, and had it not already."""
        stands = standing.counts(self.record) if self.told_counts is None else self.told_counts
        return stands and not self.is_gone and not self.record.is_repeat

    @cached_property
    def disagrees(self) -> bool:
        """Whether its figures do not agree, with each other or with the price, so that it is in no sum."""
        return is_in_doubt(self.record) if self.told_disagrees is None else self.told_disagrees

    @cached_property
    def state(self) -> standing.State:
        """Where it stands."""
        return self.told_state or standing.state(self.record)

    @cached_property
    def uncovered(self) -> Mapping[str, Decimal]:
        """Whose what is not covered is, by groups of X12."""
        return uncovered_of(self.record) if self.told_uncovered is None else self.told_uncovered

    @cached_property
    def on_top(self) -> Decimal:
        """What is not covered and may come on top of the share, as its page says."""
        is_told = self.told_uncovered is not None
        return (self.told_on_top if is_told else unpaid.on_top(self.record).amount) or Decimal(0)

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
        return {
            "billed": money.bill,
            "discount": NOT_SHARED if is_others else discount_of(self.record),
            "above_price": above_price_of(self.record),
            "other_discount": money.discount if is_others else NOT_SHARED,
            "not_covered": money.not_covered,
            "plan_paid": plan_paid_of(self.record),
            "other_payer": money.other_payer,
            "tax": money.tax if money.tax.amount and balance_of(self.record).is_taxed else NOT_SHARED,
            "your_share": money.your_share,
        }

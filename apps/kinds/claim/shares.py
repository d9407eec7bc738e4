"""Which shares of a member are not noted as paid: the plan's figures less what the member says; pure.

"Not noted as paid" is never "owed": most plans do not know what members pay.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple
from uuid import UUID

from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.tallies import Left, Summary, apart_of
from apps.kinds.claim.unpaid import Apart
from apps.records.entries import UNDATED
from apps.records.volumes import Held

RECENT: Final = timedelta(days=180)
_ZERO: Final = Decimal(0)


class Noted(NamedTuple):
    """What the member noted as paid, and what the share was when they did."""

    amount: Decimal
    share: Decimal


@dataclass(frozen=True, slots=True)
class Share:
    """A share with something left that is not noted as paid; `amount` is that."""

    claim: Held[ClaimEntry]
    amount: Decimal
    currency: str

    @property
    def seen(self) -> str:
        """Which claim, and how much of it, stands on a page that shows this."""
        return f"{self.claim.id} {self.amount}"


@dataclass(frozen=True, slots=True)
class Fallen:
    """A claim of which the member noted more than its share is now; `share` None where nothing counts."""

    claim: Held[ClaimEntry]
    noted: Decimal
    share: Decimal | None
    currency: str


@dataclass(slots=True)
class Shares:
    """The shares of all claims: recent ones and older ones not noted as paid, newest first, and what fell.

    `apart` counts the recent claims with a share that is in neither, by the reason, `older_apart` the others.
    """

    recent: list[Share] = field(default_factory=list)
    older: list[Share] = field(default_factory=list)
    fallen: list[Fallen] = field(default_factory=list)
    apart: dict[Apart, int] = field(default_factory=dict)
    older_apart: dict[Apart, int] = field(default_factory=dict)
    unopened: dict[str, Left] = field(default_factory=dict)
    """More older shares, by currency: of books that nobody had to open."""
    undated: int = 0
    """How many of the older ones came without any date: nobody knows how old they are."""

    @property
    def older_left(self) -> dict[str, Left]:
        """What all older shares come to, by currency."""
        left = {
            currency: Left(sum_left.claims, sum_left.amount) for currency, sum_left in self.unopened.items()
        }
        for share in self.older:
            left.setdefault(share.currency, Left()).add(share.amount)
        return left

    def add_unopened(self, summary: Summary) -> None:
        """Add the shares of a book in which no claim is recent, and of which the member said nothing."""
        for why, number in summary.apart.items():
            self.older_apart[why] = self.older_apart.get(why, 0) + number
        for currency, left in summary.left.items():
            self.unopened.setdefault(currency, Left()).add(left.amount, left.claims)
            self.undated += left.claims if summary.newest == UNDATED else 0


def is_past(summary: Summary, today: date) -> bool:
    """Whether no claim of a book is recent."""
    return summary.newest < today - RECENT


def shares(
    held: Collection[Held[ClaimEntry]],
    *,
    paid: Mapping[str, Any],
    settled: Mapping[str, str],
    protected: Collection[UUID],
    today: date,
) -> Shares:
    """Return which shares are not noted as paid.

    *held* are all claims, newest first; *paid* and *settled* are what the member says (`remarks.Topic`), by
    subject; *protected* are connections whose members may not be charged (Medicaid).
    """
    is_said = bool(paid or settled)
    names, placed = subjects(held) if is_said else {}, Shares()
    for claim in held:
        entry = claim.entry
        if not entry.is_current or claim.twin_of is not None or entry.is_unreadable:
            continue
        noted_amount = None
        if is_said:
            own = names.get(claim.id, frozenset())
            noted = noted_of(next((paid[name] for name in own if name in paid), None), entry.currency)
            if noted and (fallen := _fallen(claim, noted)):
                placed.fallen.append(fallen)
            said = next((settled[name] for name in own if name in settled), None)
            noted_amount = noted.amount if noted else _amount(said)
        is_recent = is_of_late(entry, today)
        _place(
            placed, claim, noted_amount or _ZERO, is_protected=claim.plan in protected, is_recent=is_recent
        )
    if mistakes := _mistakes(held, today):
        placed.apart["mistake"] = mistakes
    return placed


def _mistakes(held: Collection[Held[ClaimEntry]], today: date) -> int:
    """Return how many recent claims are but a mistake of the plan's: no right form of them is here."""
    wrong = [claim for claim in held if claim.entry.state == "mistake" and claim.twin_of is None]
    if not wrong:
        return 0
    right = {claim.entry.chain for claim in held if claim.entry.is_current}
    recent = (claim for claim in wrong if is_of_late(claim.entry, today))
    return len({claim.entry.chain or claim.id for claim in recent} - right)


def _place(
    placed: Shares, claim: Held[ClaimEntry], noted: Decimal, *, is_protected: bool, is_recent: bool
) -> None:
    entry = claim.entry
    if not entry.stands:
        return
    why = apart_of(entry)
    if is_protected:
        why = "protected" if entry.your_share != 0 else ""
    if why:
        counts = placed.apart if is_recent else placed.older_apart
        counts[why] = counts.get(why, 0) + 1
    elif entry.left is not None and entry.left > noted and not is_protected:
        share = Share(claim, entry.left - noted, entry.currency)
        (placed.recent if is_recent else placed.older).append(share)
        placed.undated += entry.told_on == UNDATED


def _fallen(claim: Held[ClaimEntry], noted: Noted) -> Fallen | None:
    entry = claim.entry
    if not entry.is_gone and entry.group == "closed":
        return Fallen(claim, noted.amount, None, entry.currency)
    share = entry.your_share if entry.stands and entry.apart in ("", "counter") else None
    has_fallen = share is not None and share < min(noted.amount, noted.share)
    return Fallen(claim, noted.amount, share, entry.currency) if has_fallen else None


def is_of_late(entry: ClaimEntry, today: date) -> bool:
    """Whether a claim was decided in the last 180 days, else whether the care was then."""
    return entry.told_on >= today - RECENT


def subjects(held: Iterable[Held[ClaimEntry]]) -> dict[UUID, frozenset[str]]:
    """Return under which subjects each claim that lists show may have been spoken of: versions and twins."""
    versions, claims = defaultdict[UUID, set[str]](set), list(held)
    for claim in claims:
        versions[claim.entry.chain or claim.id].add(str(claim.id))
    names = defaultdict[UUID, set[str]](set)
    for claim in claims:
        if claim.entry.is_current:
            names[claim.twin_of or claim.id] |= versions[claim.entry.chain or claim.id]
    return {pk: frozenset(of_claim) for pk, of_claim in names.items()}


def noted_of(value: Any, currency: str) -> Noted | None:
    """Return what the member noted as paid in *currency*; None for nothing."""
    if not isinstance(value, dict) or value.get("currency") != currency:
        return None
    amount, share = _amount(value.get("amount")), _amount(value.get("share"))
    return Noted(amount, share if share is not None else amount) if amount is not None else None


def _amount(text: object) -> Decimal | None:
    try:
        amount = Decimal(text) if isinstance(text, str) else None
    except InvalidOperation:
        return None
    return amount if amount is not None and amount.is_finite() else None

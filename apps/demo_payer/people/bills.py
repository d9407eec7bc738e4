"""From a provider's bill to a settled claim: the claims desk of one policy."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

from apps.demo_payer.people.cast import Member
from apps.demo_payer.people.formulary import Drug
from apps.demo_payer.people.money import ZERO, Ledger, Split
from apps.demo_payer.people.payer import Organization, Practitioner
from apps.demo_payer.people.policies import Policy
from apps.demo_payer.people.services import Service

type Kind = Literal["professional", "outpatient", "inpatient", "pharmacy", "oral", "vision"]

# Days until a bill is received, decided and paid, by kind; pharmacies are answered while the member waits.
_LAGS: dict[str, tuple[int, int, int]] = {
    "professional": (4, 9, 11),
    "outpatient": (7, 16, 19),
    "inpatient": (10, 24, 28),
    "pharmacy": (0, 0, 7),
    "oral": (3, 8, 10),
    "vision": (3, 8, 10),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of a bill.

    `agreed` replaces the service's agreed price for the whole line. `denied` is the CARC number of a line not
    covered at all, `above` the dollars over what the plan allows for it; both are the member's to pay only
    where `members` says so. `prior_paid` has been paid by another insurer already.
    """

    service: Service
    quantity: int = 1
    agreed: Decimal | None = None
    denied: str = ""
    above: Decimal = ZERO
    members: bool = False
    prior_paid: Decimal = ZERO
    tooth: str = ""
    surfaces: str = ""
    drug: Drug | None = None
    refill: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What a provider sends. `until` is the last day of a stay; `paid_to` is provider or subscriber."""

    kind: Kind
    member: Member
    on: date
    by: Organization
    diagnoses: tuple[str, ...]
    lines: tuple[Entry, ...]
    until: date | None = None
    seen_by: Practitioner | None = None
    referred_by: Practitioner | None = None
    place: str = ""
    facility: Organization | None = None
    in_network: bool = True
    paid_to: str = "provider"
    drg: str = ""
    procedures: tuple[tuple[str, date], ...] = ()
    replaces: bool = False
    voids: bool = False
    waits: int = 0  # days the decision took longer than usual


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A decided bill: one Split per line, its numbers and its dates (`paid_on` is None until it is paid)."""

    id: str
    number: str
    bill: Bill
    policy: Policy
    splits: tuple[Split, ...]
    received_on: date
    decided_on: date
    paid_on: date | None

    def total(self, part: str) -> Decimal:
        """The sum of one part (a field or property of Split) over all lines, in dollars."""
        return sum((getattr(split, part) for split in self.splits), ZERO)

    @property
    def payment_status(self) -> str:
        """C4BBPayerAdjudicationStatus: paid, partiallypaid or denied."""
        refused = [split for split in self.splits if split.allowed == 0 and split.noncovered]
        if len(refused) == len(self.splits):
            return "denied"
        return "partiallypaid" if refused else "paid"


def line(service: Service, quantity: int = 1) -> Entry:
    """A plain line."""
    return Entry(service=service, quantity=quantity)


def fill(drug: Drug, refill: int = 0) -> Entry:
    """A filled prescription."""
    return Entry(service=drug.service, drug=drug, refill=refill)


class Desk:
    """Decides one policy's bills in the order they come and keeps its ledger; never decides after `today`."""

    def __init__(self, policy: Policy, today: date) -> None:
        self.policy = policy
        self.today = today
        self.ledger = Ledger(policy.benefits)
        self._seen: Counter[tuple[str, date]] = Counter()

    def settle(self, bill: Bill) -> Claim | None:
        """The decided claim, or None while it is still being worked on."""
        received_on, decided_on, paid_on = dates(bill)
        if decided_on > self.today:
            return None
        self._seen[bill.member.number, bill.on] += 1
        count = self._seen[bill.member.number, bill.on]
        letter = self.policy.kind[0]
        return Claim(
            id=f"eob-{bill.member.number}-{bill.on:%Y%m%d}-{letter.lower()}{count}",
            number=f"{letter}{bill.on:%y%j}{bill.member.number}{count:02d}",
            bill=bill,
            policy=self.policy,
            splits=tuple(self._splits(bill)),
            received_on=received_on,
            decided_on=decided_on,
            paid_on=paid_on if paid_on <= self.today else None,
        )

    def settle_all(self, bills: Iterable[Bill]) -> Iterator[Claim]:
        """Every bill that is decided by now, by date of service."""
        for bill in sorted(bills, key=lambda bill: bill.on):
            claim = self.settle(bill)
            if claim:
                yield claim

    def undo(self, claim: Claim) -> None:
        """Take a reversed claim out of the ledger."""
        for split in claim.splits:
            self.ledger.undo(split, who=claim.bill.member.number, year=claim.bill.on.year)

    def _splits(self, bill: Bill) -> Iterator[Split]:
        # A visit's copay is owed once, however many lines it has.
        used: defaultdict[str, Decimal] = defaultdict(lambda: ZERO)
        for entry in bill.lines:
            split = self._split(bill, entry, copay_taken=used[entry.service.care])
            used[entry.service.care] += split.copay
            yield split

    def _split(self, bill: Bill, entry: Entry, *, copay_taken: Decimal) -> Split:
        year = bill.on.year
        # Drug prices are the day's and do not follow the services' yearly rise.
        service = entry.service
        billed, agreed = (service.list_price, service.agreed) if entry.drug else service.prices(year)
        billed, agreed = billed * entry.quantity, agreed * entry.quantity
        if entry.agreed is not None:
            agreed = entry.agreed
        noncovered = billed if entry.denied else entry.above
        return self.ledger.settle(
            who=bill.member.number,
            year=year,
            in_network=bill.in_network,
            care=service.care,
            billed=billed,
            allowed=ZERO if entry.denied else agreed,
            noncovered=noncovered,
            noncovered_is_members=entry.members,
            reason=entry.denied or ("119" if entry.above else ""),
            prior_paid=entry.prior_paid,
            copay_taken=copay_taken,
        )


def dates(bill: Bill) -> tuple[date, date, date]:
    """(received, decided, paid), spread a little by the day itself so that no random number is needed."""
    last = bill.until or bill.on
    spread = 0 if bill.kind == "pharmacy" else last.toordinal() % 5
    received, decided, paid = _LAGS[bill.kind]
    more = spread + bill.waits
    # What replaces a claim comes once that was decided; elsewhere the plan itself takes longer.
    return (
        last + timedelta(days=received + (more if bill.replaces else spread)),
        last + timedelta(days=decided + more),
        last + timedelta(days=paid + more),
    )

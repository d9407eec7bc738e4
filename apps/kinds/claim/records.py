"""What we know of one claim, as frozen values that travel sealed from reading to the page."""

from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Literal

import msgspec

VERSION = 11
"""Raised when the *meaning* of a field changes; new fields with a default need no new version."""

Kind = Literal["inpatient", "outpatient", "professional", "pharmacy", "oral", "vision", "unknown"]
Setting = Literal["equipment", "emergency", "home_health", "hospice", "nursing_facility", "facility"]
Network = Literal[  # where the provider is, and how it was paid where that differs; then payment alone
    "in", "out", "other", "disagree", "paid_in", "paid_out", "contracted", "out_contracted",
    "only_paid_in", "only_paid_out", "only_paid_other", "paid_in_contracted", "paid_out_contracted",
]  # fmt: skip
Decision = Literal["paid", "denied", "partly_paid"]
Adjustment = Literal["void", "replacement", "credit", "debit", "deleted"]
Ruling = Literal["approved", "partly_approved", "denied", "partly_denied", "pending", "cancelled"]
Relation = Literal["prior", "replacedby", "associated", "file"]


class Source(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Where a figure came from: plain label, element path in the plan's data, code as the plan wrote it."""

    label: str
    path: str
    code: str | None = None
    summed: int = 0  # how many entries were added up; 0 when the plan stated it as it is
    added: tuple[Decimal, ...] = ()  # what each of several codes joined in `code` comes to, in their order
    same_at: tuple[str, ...] = ()  # where else it stated the very same, which is agreement, never added
    zeros_at: tuple[str, ...] = ()  # where it stated zeros that are to be added to it, and add nothing
    partial: int = 0  # from how many lines it is, where others say nothing of it; 0 when it is of the whole

    @property
    def entries(self) -> int:
        """How many entries of the plan's data the figure is made of."""
        return max(self.summed, 1)


class Figure(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """An amount of money, or the fact that the plan did not share one.

    `amount` None means not shared, never zero; it keeps sign and all decimals of the JSON text.
    `currency` is the code the plan sent, None when it sent none (then it is shown as US dollars).
    """

    amount: Decimal | None = None
    currency: str | None = None
    source: Source | None = None

    @property
    def is_known(self) -> bool:
        """Whether the plan shared this amount (zero counts as shared)."""
        return self.amount is not None

    @property
    def unit(self) -> str:
        """The currency to count and show in: `USD` where the plan named none."""
        return self.currency or "USD"

    @property
    def origin(self) -> Source:
        """Its source; one that says nothing where it has none."""
        return self.source or NOWHERE


NOT_SHARED = Figure()
NOWHERE = Source("", "")


class Money(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The money story of a claim or of one line; every figure may be `NOT_SHARED`."""

    billed: Figure = NOT_SHARED
    allowed: Figure = NOT_SHARED
    discount: Figure = NOT_SHARED
    reduction: Figure = NOT_SHARED  # bill minus allowed, worked out by us where no discount is stated
    not_covered: Figure = NOT_SHARED
    plan_paid: Figure = NOT_SHARED
    paid_to_provider: Figure = NOT_SHARED
    paid_to_you: Figure = NOT_SHARED
    other_payer: Figure = NOT_SHARED
    your_share: Figure = NOT_SHARED
    deductible: Figure = NOT_SHARED
    copay: Figure = NOT_SHARED
    coinsurance: Figure = NOT_SHARED
    you_paid: Figure = NOT_SHARED
    drug_cost: Figure = NOT_SHARED
    tax: Figure = NOT_SHARED

    @property
    def bill(self) -> Figure:
        """What was billed; a pharmacy that states no charge states the cost of the drug."""
        return self.billed if self.billed.is_known else self.drug_cost

    @property
    def is_minus(self) -> bool:
        """Whether what is stated of bill, payment, share is below nothing, and is the bill or not alone."""
        figures = (self.bill, self.plan_paid, self.your_share)
        stated = [figure.amount for figure in figures if figure.amount and figure.amount.is_finite()]
        return (bool(self.bill.amount) or len(stated) > 1) and all(amount < 0 for amount in stated)

    @property
    def is_shared(self) -> bool:
        """Whether any figure is known."""
        return any(getattr(self, name).amount is not None for name in self.__struct_fields__)


class Balance(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A plan's own count toward a limit of `allowed` (R4 `benefitBalance.financial`); "" where not said."""

    concept: Literal["deductible", "out_of_pocket"]
    currency: str
    allowed: Decimal | None = None
    used: Decimal | None = None
    whose: Literal["individual", "family", ""] = ""
    network: Literal["in", "out", ""] = ""


class Detail(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A figure shown only behind "more details" under the plan's own label; never part of a sum."""

    label: str
    figure: Figure


class Disagreement(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Figures for one thing that contradict each other; `chosen` is shown first, `others` beside it.

    `concept` is a field name of `Money`. `about` says how they differ: `places` (of the plan's data), `lines`
    (their sum), `parts` (a share made of them, the plan states another), `stated` (the stated share, not its
    parts), `uncovered` (a stated share of zero; in `others` what is not covered, which is no other share),
    `added` (a line, and another added in its place) or `whole` (what is not covered; in `others` what was
    paid and the bill, which both exceed).
    """

    concept: str
    about: Literal["places", "lines", "parts", "stated", "uncovered", "added", "whole"]
    chosen: Figure
    others: tuple[Figure, ...] = ()
    fits_no_better: bool = False  # `chosen` is no likelier: it does not fit the bill, or zeros were filled in


class Coded(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A code with the words that came with it; `words` None when only the bare code is known."""

    code: str | None = None
    system: str | None = None
    words: str | None = None


class Reason(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Why the plan changed or refused an amount: X12 group and number, a remark, or the plan's own code."""

    code: str
    kind: Literal["adjustment", "remark", "cms", "plan"]  # X12's, its remarks, Medicare's, or the plan's own
    group: str | None = None
    words: str | None = None
    amount: Figure = NOT_SHARED  # how much it is about, where it stands at an amount of its own
    is_denial: bool = False  # a plan's own, where plans say why they refuse, not why they changed an amount
    is_ncpdp: bool = False  # such a one is of NCPDP's list of why pharmacies' claims are rejected


class Line(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One line of the claim; `path` is its place in the plan's data (`item[0]`), `number` its sequence."""

    path: str = ""
    number: int | None = None
    what: Coded = Coded()
    modifiers: tuple[Coded, ...] = ()
    revenue: Coded | None = None
    cost_rule: Coded | None = None  # whether Medicare's deductible and coinsurance apply to it
    service_start: str | None = None
    service_end: str | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    drug_quantity: Decimal | None = None  # of a drug that the line is for, where `quantity` is something else
    drug_unit: str | None = None
    other_counts: tuple[tuple[Decimal, str], ...] = ()  # what else the line counts to, with its unit
    place: Coded | None = None
    teeth: tuple[Coded, ...] = ()
    money: Money = Money()
    details: tuple[Detail, ...] = ()
    network: Network | None = None
    decision: Decision | None = None
    reasons: tuple[Reason, ...] = ()
    notes: tuple[str, ...] = ()
    is_total: bool = False  # it repeats the others (revenue code 0001): shown apart, never summed
    is_diagnosis: bool = False  # no service, but the name of an illness
    parts: tuple["Line", ...] = ()  # what they are and how much of it, without amounts


class Diagnosis(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A diagnosis; `role` is principal, admitting, secondary, other, external, reason or None."""

    what: Coded
    role: str | None = None
    on_admission: bool | None = None  # it was there on arrival at the hospital; None: not said


class Procedure(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A procedure done, with its (partial) date as written; `is_primary` None where the plan did not say."""

    what: Coded
    on: str | None = None
    is_primary: bool | None = None


class Drug(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What was dispensed: `what` carries the NDC; `supply_days` and `refill` are numbers as sent."""

    what: Coded = Coded()
    quantity: Decimal | None = None
    unit: str | None = None
    supply_days: Decimal | None = None
    refill: Decimal | None = None
    refills_allowed: Decimal | None = None
    prescription: str | None = None
    is_compound: bool = False
    parts: tuple[Coded, ...] = ()


class CareMember(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Who took part: `role` as the code sent (attending, operating, prescribing ...), `name` when known."""

    role: str | None = None
    name: str | None = None
    speciality: str | None = None


class Related(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Another claim this one names: by relative reference or by claim number."""

    relation: Relation
    reference: str | None = None
    number: str | None = None


class Fact(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Something else the plan sent, by its category: admission type, claim received, transport distance."""

    category: str
    value: str
    label: str | None = None
    is_detail: bool = False
    code: str | None = None  # which `value` was made of, None where it was something else
    system: str | None = None  # what people call the list of that code, None for one nobody names
    line: str = ""  # path of the only line that it is of


class Payment(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """How the plan paid: `on` is ISO text as written, `number` of the check or transfer, `kind` in words;
    `amount` is the payment's own, other than totals may say; `to_name`: a person paid, not the patient."""

    on: str | None = None
    to: Literal["provider", "you", "both"] | None = None
    to_name: str = ""
    by_code: Literal["provider", "you", "both", "other"] | None = None  # by a code of Medicare's carrier
    by_payee: Literal["provider", "you"] | None = None  # whom a claim names, where amounts or party differ
    number: str | None = None
    kind: str | None = None
    amount: Figure = NOT_SHARED
    change: Figure = NOT_SHARED  # by how much the plan changed it, for what is no part of this claim (R4)
    changed_for: str = ""
    is_change_of_another: bool = False
    is_of_several: bool = False  # other claims carry its number too, and it is more than is this one's
    before: Figure = NOT_SHARED  # what the version before paid, where the payment only changes that
    may_be: Literal["", "several", "change", "part"] = ""  # of several; only what changed; a part, for sure


class ApprovalFacts(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """What a preauthorization or predetermination says (facts claims 6), dates as written; None: not said."""

    decision: Ruling | None = None
    numbers: tuple[str, ...] = ()
    valid_from: str | None = None
    valid_to: str | None = None
    asked_on: str | None = None
    decided_on: str | None = None
    quantity: Decimal | None = None
    used: Decimal | None = None  # so much of the `quantity` approved
    unit: str | None = None
    urgency: str | None = None
    reasons: tuple[Reason, ...] = ()
    refuses_a_line: bool = False  # the whole was denied, or one line at least
    said_otherwise: str | None = None  # words for a decision that its codes do not hold


class AlsoSent(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Something the plan sent that has no place in the record, kept and shown as "also sent by your plan".

    `path` is its place (`item[0].adjudication[2]`), `label` the plan's words or code, `value` its text;
    `system` is the list of a code we do not know: "" for none, None where no code is at fault."""

    path: str
    label: str
    value: str
    figure: Figure | None = None
    system: str | None = None
    is_known: bool = False  # we only have no place for it: not counted as not understood
    balance: str = ""  # what an amount is the balance of

    @property
    def is_amount_unheard_of(self) -> bool:
        """Whether it is money of the claim under a code that we do not know."""
        return self.figure is not None and self.system is not None


class ClaimRecord(msgspec.Struct, frozen=True, omit_defaults=True, dict=True):
    """One claim as the member's plan shared it.

    Dates named `*_start`, `*_end` and `created` are ISO text, possibly partial (`2025`, `2025-03`), taken as
    written; `*_on` are whole dates for ordering and counting, None when no readable date was sent.
    """

    kind: Kind = "unknown"
    setting: Setting | None = None
    use: str = "claim"  # claim, preauthorization or predetermination; only `claim` is listed and counted
    status: str | None = None  # active, draft, cancelled, entered-in-error as sent; None when not sent
    outcome: str | None = None  # complete, partial, queued, error as sent; None when not sent
    resource_id: str | None = None
    claim_number: str | None = None
    numbers: tuple[str, ...] = ()  # all identifiers by which another version may name this claim
    has_unique_number: bool = False  # the plan typed `claim_number` as the one of this claim alone
    created: str | None = None
    created_on: date | None = None
    paid_on: date | None = None
    received_on: date | None = None
    is_received_before_care: bool = False
    service_start: str | None = None
    service_end: str | None = None
    service_on: date | None = None
    day_is: Literal["paid", "made", "unread"] | None = None  # what stands for the day of service
    unreadable_dates: tuple[str, ...] = ()  # raw text of dates that are none
    stay_since: str | None = None  # the admission, where the claim is of a later part of the stay alone
    dates_apart: tuple[tuple[str, str | None], ...] = ()  # first and last days elsewhere that do not meet
    period_start: str | None = None
    period_end: str | None = None
    provider: str | None = None
    is_by_person: bool = False  # the plan refers to the provider as a person, and not as a place
    unnamed: Literal["", "payer", "reference"] = ""  # why none: the payer stands there, or no name came
    provider_npi: str | None = None  # national number, by which names written differently are one provider
    facility: str | None = None
    payer: str | None = None
    payer_kind: str | None = None  # what stands where its name belongs: "private", "no_insurance"
    coverage: str | None = None
    other_plans: tuple[str, ...] = ()
    patient_reference: str | None = None
    patient: str | None = None
    patient_number: str | None = None  # the plan's own, where it stands instead of a reference
    network: Network | None = None
    decision: Decision | None = None
    has_refusal: bool = False  # a reason, of the claim or of a line, says that the plan refused something
    is_uncovered: bool = False  # such a reason says that something is not covered, not only why it is refused
    refuses_a_line: bool = False  # such a reason stands at a line that the plan paid nothing for
    is_repeat: bool = False  # the plan had it already and paid nothing of it: another claim is billed
    is_all_included: bool = False  # another payment includes it: denied, nothing is lost
    adjustment: Adjustment | None = None
    may_change: bool = False  # as the plan itself says
    shares_money: bool = True
    is_basis: bool = False  # a form made to leave amounts out (Basis, NonFinancial), whatever amounts it has
    money: Money = Money()
    paid_by_lines: Figure = NOT_SHARED  # what some lines alone say the plan paid, where the claim does not
    has_less_uncovered: bool = False  # than was sent: price, or what others paid, tell a part of that
    details: tuple[Detail, ...] = ()
    balances: tuple[Balance, ...] = ()
    disagreements: tuple[Disagreement, ...] = ()
    lines: tuple[Line, ...] = ()
    diagnoses: tuple[Diagnosis, ...] = ()
    procedures: tuple[Procedure, ...] = ()
    drug: Drug | None = None
    care_team: tuple[CareMember, ...] = ()
    related: tuple[Related, ...] = ()
    facts: tuple[Fact, ...] = ()
    reasons: tuple[Reason, ...] = ()
    notes: tuple[str, ...] = ()
    payment: Payment | None = None
    is_unassigned: bool = False  # by Medicare, the provider did not accept its price, and may ask for more
    is_paid_back: bool = False  # what was paid was taken back with the same payment: nothing was sent
    payee: str | None = None
    approval: ApprovalFacts | None = None  # only where `use` is not claim
    also_sent: tuple[AlsoSent, ...] = ()
    labels: tuple[str, ...] = ()  # codes of the security labels that the plan put on it
    named: tuple[str, ...] = ()  # records of the care itself that it refers to: `Encounter/7`, `Procedure/3`

    @cached_property
    def all_reasons(self) -> tuple[Reason, ...]:
        """Those of the claim and of its real lines."""
        return (*self.reasons, *[why for line in self.real_lines for why in line.reasons])

    @cached_property
    def real_lines(self) -> tuple[Line, ...]:
        """Its lines but those that repeat the others."""
        return tuple([line for line in self.lines if not line.is_total])

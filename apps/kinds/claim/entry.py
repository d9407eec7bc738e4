"""The entry of a claim: what lists, filters, searches and sums need of it; pure."""

import hashlib
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

import msgspec

from apps.fhir import values
from apps.kinds.claim import standing, unpaid
from apps.kinds.claim.excess import ShareAbove, exceeding
from apps.kinds.claim.reading.facts import LOADED, PROCESSED
from apps.kinds.claim.reading.lines import is_at_facility
from apps.kinds.claim.records import ClaimRecord, Coded, Figure, Kind
from apps.kinds.claim.standing import State
from apps.kinds.claim.whose import uncovered_of
from apps.kinds.claim.wording.codes import plain_official_words
from apps.kinds.claim.wording.titles import numbers_for_calls
from apps.kinds.claim.wording.to_pay import Back, amounts_of, back, sent_to, to_pass_on
from apps.plain_language.capitals import fold, folded_name
from apps.plain_language.free_words import free_words
from apps.records import ties
from apps.records.entries import UNDATED, Entry, Facts
from apps.records.reversals import are_alike
from apps.records.sensitive import UNCLEAR, categories_of
from apps.records.ties import Ties

MOST_WORDS = 4000
"""Characters kept to search a claim by; a stay of hundreds of lines repeats itself long before."""

MOST_DIGITS = 16
"""An amount beyond is no money: no sum takes it, the claim's own page shows it as it was sent."""

GROUPS: dict[str, str] = {
    "paid": "paid",
    "partly_paid": "partly_paid",
    "partly_refused": "partly_paid",
    "incomplete": "waiting",
    "denied": "denied",
    "not_covered": "not_covered",
    "refused": "denied",
    "disagree": "disagree",
    "deductible": "deductible",
    "nothing_paid": "nothing_paid",
    "undecided": "waiting",
    "draft": "waiting",
    "error": "waiting",
    "cancelled": "closed",
    "void": "closed",
    "taken_back": "closed",
    "deleted": "closed",
    "mistake": "closed",
}
"""Where a claim stands, in the words a member chooses from; what is missing here is `other`."""

TWIN_KEY_LENGTH = 16
_NPI = re.compile(r"NPI (\d{10})", re.ASCII)
_TAKES_BACK: frozenset[State] = frozenset({"void", "cancelled", "deleted", "taken_back"})
_CORRECTIONS = frozenset({"replacement", "debit"})


class ClaimEntry(Entry, frozen=True, array_like=True, kw_only=True, gc=False):
    """One claim. Amounts are None where the plan shared none, or in another currency, or is to decide yet."""

    kind: Kind = "unknown"
    state: State = "plain"
    counts: bool = False
    """It stands for itself, as far as the claim itself says; `is_counted` asks about all."""
    disagrees: bool = False
    """Its figures contradict each other, or come to more than the care may cost: no sum takes them."""
    is_repeat: bool = False
    """The plan had it already: what was billed is in the sums with the first claim."""
    provider: str | None = None
    provider_key: str = ""
    """Empty where the plan named no provider."""
    currency: str = "USD"
    billed: Decimal | None = None
    plan_paid: Decimal | None = None
    your_share: Decimal | None = None
    billed_in: str = "USD"
    paid_in: str = "USD"
    """Currencies of `billed` and `plan_paid`: a plan may state them in others than the share."""
    decided_on: date | None = None
    """When the plan decided (the function of this name)."""
    left: Decimal | None = None
    """What of the share the plan does not say was paid; None where that is no question (`apart`)."""
    apart: unpaid.Apart = ""
    is_share_of_part: bool = False
    """Only some of its lines state a share: it may be more."""
    is_paid_of_part: bool = False
    """Only some of its lines state what the plan paid."""
    uncovered: Mapping[str, Decimal] = {}
    """Whose what is not covered is, by the groups of its reasons (`whose.uncovered_of`)."""
    on_top: Decimal | None = None
    """What of that may come on top of the share (`unpaid.on_top`)."""
    is_above_limit: bool = False
    """All that is not covered is above a limit of the plan, which refused nothing."""
    is_only_marked: bool = False
    """It is marked as denied and was paid, and nothing says that a part was refused."""
    is_denied_open: bool = False
    """It is not finished, and marked as denied all the same: the time for an appeal may run."""
    sent: Decimal | None = None
    """What the plan sent to the member to pass on, in `paid_in`."""
    sent_to: str | None = ""
    """To whom instead, where the plan names another person than the patient; None: to one not named here."""
    back: Back | None = None
    """What was paid above the share or the price, to be asked back, in `currency`."""
    may_join: bool = False
    """It names another claim, or is a stay: others may belong together with it (`episodes`)."""
    at_facility: bool = False
    """It was at a hospital, or another facility that admits: kept where it is folded, or sums change."""
    ties: Ties = Ties()
    """By what the care it is for is found; its own numbers stand in `facts`."""

    @property
    def joined(self) -> tuple[str, ...]:
        """References of the visits, procedures and diagnoses it is for: what tells of one tells of it."""
        return self.ties.names

    @property
    def is_counted(self) -> bool:
        """Whether its amounts belong into sums."""
        return self.stands and not self.disagrees and not self.is_repeat

    @property
    def is_set_apart(self) -> bool:
        """Whether it is in no sum only because its figures disagree."""
        return self.stands and self.disagrees and not self.is_repeat

    @property
    def for_newer(self) -> str:
        """What the plan paid by it, with its currency: a correction may state only what it changed."""
        is_told = self.plan_paid is not None and self.counts and not self.is_paid_of_part
        return f"{self.plan_paid}{self.paid_in}" if is_told else ""

    @property
    def told_on(self) -> date:
        """The day the plan decided, else of the care: by it a claim is recent or old."""
        return self.decided_on or self.on

    @property
    def stands(self) -> bool:
        """Whether it is what holds: the newest version, not taken back, and still sent."""
        return self.is_current and self.counts and not self.is_gone

    @property
    def refuses_you(self) -> bool:
        """Whether the plan refused something that is not the provider's by its contract, nor sent before."""
        is_refused = (self.counts and self.state in standing.REFUSED) or self.is_denied_open
        return self.is_current and is_refused and self.apart != "provider" and not self.is_repeat

    @property
    def group(self) -> str:
        """Where it stands, as members choose it."""
        return GROUPS.get(self.state, "other") if self.is_current else "closed"

    @property
    def groups(self) -> frozenset[str]:
        """Every group it is chosen by: one whose figures disagree is among these, wherever else it stands."""
        return frozenset({self.group, "disagree"} if self.is_set_apart else {self.group})


def entry_of(record: ClaimRecord, *, person_key: str, provider_key: str, brief: msgspec.Raw) -> ClaimEntry:
    """Return the entry of *record*; the keys are digests of `provider_identity` and of who it is about."""
    money, billed = record.money, record.money.bill
    paid = money.plan_paid if money.plan_paid.is_known else record.paid_by_lines
    shown = (money.your_share, money.billed, money.plan_paid, money.deductible)
    currency = next((figure.unit for figure in shown if figure.is_known), "USD")
    state, sent, words = standing.state(record), to_pass_on(record), words_of(record)
    is_of_zeros = money.your_share.amount == 0 and standing.sends_only_zeros(record)
    is_left = _amount(money.your_share, currency) is not None and not is_of_zeros
    is_open, on = standing.is_open(record, state), day_of(record)
    apart, above = unpaid.apart(record), exceeding(record) if is_left else None
    if apart in ("", "counter") and above:
        amounts = amounts_of(record)
        is_asked = isinstance(above, ShareAbove) or (amounts is not None and amounts.due > 0)
        apart = "above" if is_asked else "disagrees"  # nothing of it is to be paid: it was
    return ClaimEntry(
        on=on,
        order=f"{record.created or ''} {record.claim_number or ''}",
        person=record.patient,
        person_key=person_key,
        words=words,
        categories=care_of(record, words),
        facts=facts_of(record, state),
        twin_key=twin_key_of(record, state),
        brief=brief,
        kind=record.kind,
        state=state,
        counts=standing.counts(record),
        disagrees=bool(record.disagreements) or above is not None,
        is_repeat=record.is_repeat,
        provider=record.provider or record.facility,
        provider_key=provider_key,
        currency=currency,
        billed=_amount(billed, billed.unit),
        billed_in=billed.unit,
        plan_paid=None if is_open else _amount(paid, paid.unit),
        paid_in=paid.unit,
        is_paid_of_part=record.paid_by_lines.is_known,
        your_share=None if is_open or is_of_zeros else _amount(money.your_share, currency),
        decided_on=decided_on(record, on),
        left=unpaid.left(record) if is_left and not apart else None,
        apart=apart,
        is_share_of_part=bool(money.your_share.source and money.your_share.source.partial),
        uncovered=uncovered_of(record) if money.not_covered.amount else {},
        on_top=unpaid.on_top(record).amount if money.not_covered.amount else None,
        is_above_limit=bool(record.all_reasons) and standing.is_above_limit(record, state),
        is_only_marked=record.decision == "denied" and standing.is_only_marked(record),
        is_denied_open=standing.is_denied_open(record, state),
        sent=_amount(sent, money.plan_paid.unit),
        sent_to=sent_to(record) if record.payment else "",
        back=back(record) if _amount(money.you_paid, currency) and not is_open else None,
        may_join=any(related.relation == "associated" for related in record.related)
        or (record.kind == "inpatient" and record.service_end is not None),
        at_facility=is_at_facility(record),
        ties=ties_of(record),
    )


def decided_on(record: ClaimRecord, care_on: date) -> date | None:
    """Return when the plan decided: the day its answer was made, or paid where that was before.

    None where it did not say, or named days before the care; some plans make the record anew years later, as
    Medicare does, whose days of processing tell instead.
    """
    processed = [values.day(fact.value) for fact in record.facts if fact.category in PROCESSED]
    is_of_files = bool(processed) or any(fact.category == LOADED for fact in record.facts)
    days_made = [day.first for day in processed if day] if is_of_files else [record.created_on]
    days = [day for day in (*days_made, record.paid_on) if day is not None and day >= care_on]
    return min(days, default=None)


def day_of(record: ClaimRecord) -> date:
    """Return the day a claim is listed under; none where its day of care is sent and cannot be read."""
    created_on = None if record.day_is == "unread" else record.created_on
    return record.service_on or created_on or UNDATED


def facts_of(record: ClaimRecord, state: State) -> Facts:
    """Return by what versions of a claim find each other."""
    own = (f"ExplanationOfBenefit/{record.resource_id}",) if record.resource_id else ()
    takes_back = state in _TAKES_BACK
    # As the plan says whom it is about: families share numbers, so a name tells too.
    whom = record.patient_reference or record.patient_number or folded_name(record.patient or "")
    return Facts(
        own=tuple(dict.fromkeys((*own, *record.numbers, *numbers_for_calls(record)))),
        older=_named(record, "prior") if record.related else (),
        newer=_named(record, "replacedby") if record.related else (),
        number=record.claim_number or "",
        is_unique=record.has_unique_number,
        by=provider_identity(record),
        occasion="\x1f".join((record.kind, record.service_start or "", whom)),
        created=record.created or "",
        step=2 if record.adjustment in _CORRECTIONS else int(takes_back),
        paid_on=str(record.paid_on or ""),
        takes_back=takes_back,
        is_mistake=record.status == "entered-in-error",
        shares_money=standing.has_whole_money(record),
        amounts=_unsigned(record),
        is_minus=record.money.is_minus,
    )


def _unsigned(record: ClaimRecord) -> tuple[str, ...]:
    """Return bill, payment and share without their sign, "" for each not stated; empty where signs differ."""
    figures = (record.money.bill, record.money.plan_paid, record.money.your_share)
    stated = [(_amount(figure, figure.unit), figure.unit) for figure in figures]
    if {amount > 0 for amount, _unit in stated if amount} != {not record.money.is_minus}:
        return ()  # none, or some of each: that undoes no version
    return tuple(
        [f"{abs(amount).normalize():f} {unit}" if amount is not None else "" for amount, unit in stated]
    )


def ties_of(record: ClaimRecord) -> Ties:
    """Return by what the care it is for is found."""
    drug = record.drug
    what = [line.what for line in record.real_lines]
    what += [procedure.what for procedure in record.procedures]
    codes = [ties.code(coded.system or "", coded.code) for coded in what if coded.code]
    if drug:
        codes += [ties.code("NDC", drug.what.code)] if drug.what.system == "NDC" and drug.what.code else []
        codes.append(ties.drug(drug.what.words))
    last = values.day(record.service_end)
    return ties.ties(
        names=record.named,
        numbers=[drug.prescription] if drug else (),
        codes=codes,
        who=(record.provider, record.facility),
        until=last.first if last else None,
    )


def takes_back(record: ClaimRecord) -> bool:
    """Return whether this version only ends an earlier one."""
    return standing.state(record) in _TAKES_BACK


def undoes(record: ClaimRecord, other: ClaimRecord) -> bool:
    """Return whether a version states the amounts of another one with a minus."""
    is_other_minus = record.money.is_minus and not other.money.is_minus
    return is_other_minus and are_alike(_unsigned(record), _unsigned(other))


def twin_key_of(record: ClaimRecord, state: str) -> str:
    """Return what twins have in common; empty where the plan gave the claim no number or names no payer.

    Twins have the same number, day, kind, state and amounts from the same payer.
    """
    if not (record.claim_number and record.payer):
        return ""
    money = record.money
    amounts = [
        f"{name} {figure.amount.normalize()} {figure.unit}"
        for name in money.__struct_fields__
        if (figure := getattr(money, name)).amount is not None
    ]
    parts = [
        record.claim_number,
        record.service_start or "",
        record.kind,
        state,
        record.payer.casefold(),
        *amounts,
    ]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:TWIN_KEY_LENGTH]


def _named(record: ClaimRecord, relation: str) -> tuple[str, ...]:
    names = (
        name
        for related in record.related
        if related.relation == relation
        for name in (related.reference, related.number)
        if name
    )
    return tuple(dict.fromkeys(names))


def provider_identity(record: ClaimRecord) -> str:
    """Return by what a provider is known from claim to claim: the national number, else the folded name.

    Empty where the claim names neither a provider nor a facility.
    """
    named = record.provider or record.facility or ""
    number = record.provider_npi if record.provider else None
    number = number or (match[1] if (match := _NPI.fullmatch(named)) else None)
    if number:
        return f"npi:{number}"
    name = folded_name(named) or fold(named)
    return f"name:{name}" if name else ""


def words_of(record: ClaimRecord) -> str:
    """Return the folded words a claim is searched by: who, what, why and its number."""
    parts: list[str | None] = [record.provider, record.facility, record.claim_number]
    coded = [record.drug.what] if record.drug else []
    coded += dict.fromkeys([stated.what for line in record.lines for stated in (*line.parts, line)])
    for what in (*coded, *(procedure.what for procedure in record.procedures)):
        parts += (plain_official_words(what), what.code)
    for what in [diagnosis.what for diagnosis in record.diagnoses]:
        parts += (plain_official_words(what), what.code, (what.code or "").replace(".", ""))
    parts += [member.name for member in record.care_team]
    folded = dict.fromkeys([fold(part) for part in dict.fromkeys(parts) if part])
    return " ".join([text for text in folded if text])[:MOST_WORDS]


def care_of(record: ClaimRecord, words: str) -> frozenset[str]:
    """Return of which sensitive care it is, by codes, *words* (`words_of`) and labels; unclear as below."""
    coded = (
        *(diagnosis.what for diagnosis in record.diagnoses),
        *(procedure.what for procedure in record.procedures),
        *(stated.what for line in record.lines for stated in (line, *line.parts)),
        *(Coded(fact.code, fact.system) for fact in record.facts if fact.system == "MS-DRG"),
    )
    codes = {(what.system or "", what.code) for what in coded if what.code}
    ingredients = [part.what for line in record.lines for part in line.parts if part.what != Coded()]
    drugs = [record.drug.what, *ingredients] if record.drug else []
    names_known = [free_words(drug.system, drug.code) for drug in drugs]
    names = [words, *[fold(drug) for drug in names_known if drug]]
    categories = categories_of(codes, labels=record.labels, names=names)
    is_unclear = not all(names_known) or any(what.words and not what.code for what in coded)
    return categories | {UNCLEAR} if is_unclear else categories  # a drug of no list of ours, or free text


def _amount(figure: Figure, currency: str) -> Decimal | None:
    amount = figure.amount
    if amount is None or figure.unit != currency or not amount.is_finite():
        return None
    return amount if amount.adjusted() < MOST_DIGITS else None

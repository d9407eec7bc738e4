"""CoverageRecord -> the words and figures of one card: pure."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from apps.coverage.records import Cost, CoverageClass, CoverageRecord, days_of
from apps.plain_language.dates import date_words, span_words
from apps.plain_language.money import NOT_SHARED, money

State = Literal["active", "ended", "later", "cancelled", "draft"]
MASK: Final = "••••"

# HL7 v3-ActCode and coverage-selfpay, in our words; other types show the plan's own words.
TYPES: Final = {
    "HIP": "Health insurance",
    "EHCPOL": "Extended health insurance",
    "DENTAL": "Dental insurance",
    "DENTPRG": "Dental program",
    "VISPOL": "Vision insurance",
    "DRUGPOL": "Prescription drug insurance",
    "HMO": "HMO (health maintenance organization)",
    "PPO": "PPO (preferred provider organization)",
    "POS": "POS (point of service plan)",
    "EPO": "EPO (exclusive provider organization)",
    "HSAPOL": "Health spending account",
    "MCPOL": "Managed care plan",
    "SUBSIDIZ": "Public health insurance",
    "PUBLICPOL": "Public health insurance",
    "pay": "You pay yourself",
}
# HL7 coverage-class.
CLASSES: Final = {
    "group": "Group",
    "subgroup": "Subgroup",
    "plan": "Plan",
    "subplan": "Subplan",
    "class": "Class",
    "subclass": "Subclass",
    "sequence": "Sequence",
    "rxbin": "Pharmacy BIN",
    "rxpcn": "Pharmacy PCN",
    "rxid": "Pharmacy ID",
    "rxgroup": "Pharmacy group",
}
PRIVATE_CLASSES: Final = frozenset({"rxid"})  # a member's own number: masked like the member number
# HL7 coverage-copay-type.
COSTS: Final = {
    "gpvisit": "Primary care visit",
    "spvisit": "Specialist visit",
    "emergency": "Emergency room",
    "inpthosp": "Hospital stay",
    "televisit": "Visit by telephone or video",
    "urgentcare": "Urgent care",
    "copaypct": "Coinsurance",
    "copay": "Copay",
    "deductible": "Deductible",
    "maxoutofpocket": "Out-of-pocket maximum",
}
# HL7 subscriber-relationship.
RELATIONSHIPS: Final = {
    "self": "You hold this plan yourself",
    "spouse": "Through your spouse or partner",
    "common": "Through your spouse or partner",
    "child": "Through your parent",
    "parent": "Through your child",
    "other": "Through another person",
    "injured": "As an injured party",
}
STATES: Final[dict[State, tuple[str, str, str]]] = {  # words, badge, icon
    "active": ("Active", "ok", "check"),
    "ended": ("Ended", "quiet", "clock"),
    "later": ("Not started yet", "quiet", "clock"),
    "cancelled": ("Cancelled", "attention", "alert"),
    "draft": ("Not final", "attention", "alert"),
}


@dataclass(frozen=True, slots=True)
class CostWords:
    """What one kind of care costs the member, and when it does not apply."""

    label: str
    value: str
    exceptions: str


@dataclass(frozen=True, slots=True)
class Card:
    """One coverage as shown. `member_number` is masked unless the member asked for it."""

    title: str
    kind: str
    state: State
    state_words: str
    state_badge: str
    state_icon: str
    sentence: str
    period: str
    payer: str
    member_number: str
    is_masked: bool
    facts: tuple[tuple[str, str], ...]
    costs: tuple[CostWords, ...]


def card(record: CoverageRecord, *, on: dt.date, shared_by: str, with_number: bool = False) -> Card:
    """Return what the card of *record* says on the day *on*; the member number only *with_number*.

    *shared_by* is the name of the connected plan, the title where the coverage names nothing.
    """
    state = state_of(record, on=on)
    number = record.member_number
    title, payer = title_of(record) or shared_by, " and ".join(record.payers)
    kind = TYPES.get(record.type_code or "") or record.type_words or ""
    if record.is_self_pay:
        payer = payer or "You"
    return Card(
        title=title,
        kind=kind if kind != title else "",
        state=state,
        state_words=STATES[state][0],
        state_badge=STATES[state][1],
        state_icon=STATES[state][2],
        sentence=_sentence(record, state),
        period=_period(record),
        payer=payer or NOT_SHARED,
        member_number=(number if with_number else masked(number)) if number else NOT_SHARED,
        is_masked=bool(number) and not with_number,
        facts=tuple(_facts(record, with_number)),
        costs=tuple(_cost(cost) for cost in record.costs),
    )


def title_of(record: CoverageRecord) -> str | None:
    """The name a member knows: of the plan, subplan or network, else the kind of coverage, else the payer."""
    plan, subplan, group = (_class_of(record, kind) for kind in ("plan", "subplan", "group"))
    if plan and not plan.name and group and not group.name and _is_name(plan.value) and _is_name(group.value):
        return f"{group.value} {plan.value}"  # Blue Button: group "Medicare", plan "Part A"
    candidates = [entry.name for entry in (plan, subplan) if entry]
    candidates += [record.network]
    candidates += [entry.value for entry in (plan, subplan) if entry and _is_name(entry.value)]
    candidates += [TYPES.get(record.type_code or ""), record.type_words, *record.payers]
    return next((name for name in candidates if name), None)


def state_of(record: CoverageRecord, *, on: dt.date) -> State:
    """Judge by the period: payers call a coverage that ended "cancelled", and one in the past "active"."""
    starts, ends = days_of(record.starts), days_of(record.ends)
    if ends and ends[1] < on:
        return "ended"
    if record.status == "cancelled":
        return "cancelled" if starts or ends else "ended"
    if record.status == "draft":
        return "draft"
    return "later" if starts and starts[0] > on else "active"


def lede(cards: Sequence[Card]) -> str:
    """The page's answer in one sentence."""
    active = list(dict.fromkeys(each.title for each in cards if each.state == "active"))
    if not cards:
        return "No coverage has arrived yet."
    if not active:
        return "None of the coverage your plans shared is active today."
    return f"You are covered today by {_listed(active)}."


def masked(number: str) -> str:
    """The last four characters of a number long enough to hide the rest."""
    return f"{MASK} {number[-4:]}" if len(number) > 6 else MASK


def _sentence(record: CoverageRecord, state: State) -> str:
    since = f" since {date_words(record.starts)}" if record.starts else ""
    until = f" until {date_words(record.ends)}" if record.ends else ""
    match state:
        case "ended":
            when = f" on {date_words(record.ends)}" if record.ends and len(record.ends) == 10 else ""
            when = when or (f" in {date_words(record.ends)}" if record.ends else "")
            return f"This coverage ended{when}."
        case "later":
            return f"This coverage starts on {date_words(record.starts or '')}."
        case "cancelled":
            return "Your plan marks this coverage as cancelled, but its dates are not over."
        case "draft":
            return "Your plan marks this coverage as not final yet."
        case _:
            if since or until:
                return f"You are covered{since}{until}."
            said = "says this coverage is active" if record.status == "active" else "shared this coverage"
            return f"Your plan {said}, without dates."


def _period(record: CoverageRecord) -> str:
    if record.unreadable_dates and not (record.starts and record.ends):
        return "date not readable: " + ", ".join(record.unreadable_dates)
    since = "since " if record.starts and not record.ends else ""
    return f"{since}{span_words(record.starts, record.ends)}" or NOT_SHARED


def _facts(record: CoverageRecord, with_number: bool) -> list[tuple[str, str]]:
    facts = [("Your relation to it", RELATIONSHIPS.get(record.relationship or "", record.relationship or ""))]
    if record.subscriber_number and record.subscriber_number != record.member_number:
        number = record.subscriber_number
        facts.append(("Subscriber number", number if with_number else masked(number)))
    facts += [("Dependent", record.dependent or ""), ("Network", record.network or "")]
    for entry in record.classes:
        words = [entry.name] if entry.name else []
        if entry.value and entry.value != entry.name:
            hidden = entry.kind in PRIVATE_CLASSES and not with_number
            value = masked(entry.value) if hidden else entry.value
            words.append(f"({value})" if words else value)
        facts.append((CLASSES.get(entry.kind or "", entry.kind or "Class"), " ".join(words)))
    return [(label, value) for label, value in dict.fromkeys(facts) if value]


def _cost(cost: Cost) -> CostWords:
    exceptions = []
    for each in cost.exceptions:
        dates = span_words(each.starts, each.ends)
        exceptions.append(" ".join(part for part in (each.reason or "exception", dates) if part))
    label = COSTS.get(cost.kind or "") or cost.words or cost.kind or "Cost"
    return CostWords(label=label, value=_cost_value(cost), exceptions="; ".join(exceptions))


def _cost_value(cost: Cost) -> str:
    if cost.amount is not None:
        return money(cost.amount, cost.currency or "USD")
    if cost.share is not None:
        return f"{(cost.share * 100).normalize():f} %"
    if cost.quantity is not None:
        return f"{cost.quantity} {cost.unit or ''}".strip()
    return NOT_SHARED


def _class_of(record: CoverageRecord, kind: str) -> CoverageClass | None:
    return next((entry for entry in record.classes if entry.kind == kind), None)


def _is_name(value: str | None) -> bool:
    return bool(value) and not any(letter.isdigit() for letter in value or "")


def _listed(words: Sequence[str]) -> str:
    return " and ".join(words) if len(words) < 3 else ", ".join(words[:-1]) + " and " + words[-1]

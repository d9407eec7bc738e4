"""Where a claim stands: decided, denied, replaced, cancelled (facts claims 5)."""

import re
from decimal import Decimal
from typing import Final, Literal

from msgspec import structs

from apps.kinds.claim.reading import refusal_words
from apps.kinds.claim.reading.contradictions import Rule
from apps.kinds.claim.reading.figures import come_to
from apps.kinds.claim.reading.people import UNINSURED
from apps.kinds.claim.reading.reasons import (
    CORRECTS,
    DUPLICATES,
    decisions,
    is_settled_elsewhere,
    waits_for_others,
)
from apps.kinds.claim.records import NOT_SHARED, ClaimRecord, Figure, Network, Reason

State = Literal[
    "mistake",
    "deleted",
    "cancelled",
    "void",
    "taken_back",
    "error",
    "undecided",
    "denied",
    "not_covered",
    "refused",
    "partly_paid",
    "partly_refused",
    "incomplete",
    "draft",
    "disagree",
    "paid",
    "deductible",
    "nothing_paid",
    "plain",
]
REFUSED: frozenset[State] = frozenset({"denied", "not_covered", "refused", "partly_paid", "partly_refused"})
_CAUSES = {
    **dict.fromkeys(("49", "96", "204"), "benefit"),
    "242": "network",
    "197": "approval",
    **dict.fromkeys(("50", "55"), "need"),
    **dict.fromkeys(("16", "163", "252"), "papers"),
    **dict.fromkeys(("26", "27", "32", "33", "200"), "coverage"),
    **dict.fromkeys(("35", "119", "149", "222"), "limit"),
    **dict.fromkeys(DUPLICATES, "duplicate"),
    "29": "late",
    **dict.fromkeys(("31", "140"), "identity"),
    "227": "asked",
}
"""Number of a claim adjustment reason -> why nothing was paid; the others, as a discount, do not tell."""
_LIMITS = frozenset({"line B", "non-payment B"})
"""Medicare's reasons that say a benefit is used up."""
_NOT_IN_NETWORK = re.compile(r"(?<!\bnot )\b(not in|out[ -]of|outside)\b.{0,30}\bnetwork", re.IGNORECASE)
_BY_STATUS: dict[str, State] = {"entered-in-error": "mistake", "cancelled": "cancelled"}
# A credit takes back in full what a debit, or nothing, then states anew: counted, it would count twice. So it
# is with a claim whose amounts all have a minus, which plans send without a word for it.
_BY_ADJUSTMENT: dict[str, State] = {"deleted": "deleted", "void": "void", "credit": "taken_back"}
_BY_OUTCOME: dict[str, State] = {"error": "error", "queued": "undecided"}
OUT_OF_SUMS: frozenset[State] = frozenset(
    {*_BY_STATUS.values(), *_BY_ADJUSTMENT.values(), *_BY_OUTCOME.values(), "draft"}
)
Out = Literal["gone", "mistake", "cancelled", "deleted", "taken_back", "repeat", "draft", "open", "unread"]
"""Why something is in no sum."""
_OUT: Final[dict[State, Out]] = {
    "mistake": "mistake",
    "deleted": "deleted",
    "cancelled": "cancelled",
    **dict.fromkeys(("void", "taken_back"), "taken_back"),
    **dict.fromkeys(("error", "undecided"), "open"),
    "draft": "draft",
}
AGREED: Final = frozenset[Network | None](
    {"in", "paid_out", "contracted", "out_contracted", "paid_in_contracted", "paid_out_contracted"}
)
"""Where the provider has a price with the plan: a contract binds outside the network too, and a plan that
pays as for inside binds nobody who is outside."""
PAID_OUTSIDE: Final = frozenset[Network | None]({"only_paid_out", "paid_out_contracted"})
"""Where the plan paid as for outside, and does not say where the provider is."""
_OUTSIDE: Final = PAID_OUTSIDE | {"out", "out_contracted"}
_OPEN: Final = frozenset[Network | None]({"out", "paid_in", "disagree", "only_paid_out"})
_OF_LINES: Final[dict[Network | None, frozenset[Network]]] = {
    "in": frozenset({"only_paid_in"}),
    "out": frozenset({"only_paid_out"}),
    "other": frozenset({"only_paid_other"}),
    "out_contracted": frozenset({"out", "only_paid_out"}),
    "paid_in": frozenset({"out", "only_paid_in"}),
    "paid_out": frozenset({"in", "only_paid_out"}),
    "paid_in_contracted": frozenset({"only_paid_in"}),
    "paid_out_contracted": frozenset({"only_paid_out"}),
}
"""What a claim says -> what it so says of its lines."""


def has_whole_money(record: ClaimRecord) -> bool:
    """Return whether, of two forms of one claim, this is the one that is to hold all amounts."""
    return record.shares_money and not record.is_basis


def writes_off_with_minus(record: ClaimRecord) -> bool:
    """Return whether a minus only says that an amount comes off the bill: by sizes alone figures add up."""
    money = record.money
    off = {"discount": money.discount, "plan_paid": money.plan_paid, "other_payer": money.other_payer}
    sizes = {
        name: Figure(abs(figure.amount), figure.currency)
        for name, figure in off.items()
        if figure.amount and figure.amount < 0
    }
    if not sizes:
        return False
    rule = Rule.of(len(record.real_lines))
    return not rule.adds_up(money) and rule.adds_up(structs.replace(money, **sizes))


def state(record: ClaimRecord) -> State:
    """Return the one word for where a claim stands; `plain` when the plan did not say."""
    return _closed(record) or _decided(record)


def _closed(record: ClaimRecord) -> State | None:
    """Return why a claim does not stand for itself; None for one that does, as a draft that was paid."""
    return (
        _BY_STATUS.get(record.status or "")
        or _BY_ADJUSTMENT.get(record.adjustment or "")
        or ("taken_back" if record.money.is_minus else None)
        or _BY_OUTCOME.get(record.outcome or "")
        or ("draft" if record.status == "draft" and _is_unpaid_draft(record) else None)
    )


def _is_unpaid_draft(record: ClaimRecord) -> bool:
    """Return whether a draft tells of no payment, or of one of nothing that nobody worked out."""
    return not record.money.plan_paid.is_known or _is_nothing_worked_out(record)


def _decided(record: ClaimRecord) -> State:
    refused = _refused(record)
    if refused:
        return refused
    if record.outcome == "partial" or (record.may_change and _is_nothing_worked_out(record)):
        return "incomplete"
    if record.disagreements:
        return "disagree"
    paid = Figure(Decimal(0)) if record.is_paid_back else record.money.plan_paid
    # Decided as "paid" a claim may be of which the plan paid nothing: a deductible took it all.
    if _is_positive(paid) or (record.decision == "paid" and not paid.is_known):
        return "paid"
    if paid.amount != 0 or sends_only_zeros(record):
        return "plain"
    return "deductible" if _went_to_deductible(record) else "nothing_paid"


def sends_only_zeros(record: ClaimRecord) -> bool:
    """Return whether the bill is zero and so is whatever its figures say of it: nobody may have filled it in.

    The price of a unit makes no fact of these zeros; an amount under a name that nobody knows may be one.
    """
    others = (sent.figure for sent in record.also_sent if sent.is_amount_unheard_of)
    is_told = record.disagreements or any(figure and figure.amount for figure in others)
    if record.money.bill.amount != 0 or is_told or _refused(record):
        return False
    moneys = (record.money, *(line.money for line in record.lines))
    return not any(figure.amount for money in moneys for figure in structs.astuple(money))


def _refused(record: ClaimRecord) -> State | None:
    """Return what the plan refused, as its decisions and reasons say: amounts alone say no such thing."""
    if (
        record.is_all_included
        or (record.decision == "denied" and is_denied_as_covered(record))
        or (record.decision == "partly_paid" and _is_rest_included(record))
    ):
        return None
    real = record.real_lines
    lines = decisions(real) if any(line.decision for line in real) else [None for _line in real]
    paid = NOT_SHARED if is_contradicted(record, "plan_paid") else record.money.plan_paid
    is_paid = _is_positive(record.money.plan_paid) and all(map(_is_positive, tellings(record, "plan_paid")))
    if record.decision == "denied" or (
        bool(lines) and all(refused_line == "denied" for refused_line in lines)
    ):
        # A plan that marks a claim denied and pays it all the same has paid a part of it.
        return "partly_paid" if is_paid else "denied"
    if record.decision == "partly_paid":
        return "partly_refused" if paid.amount == 0 else "partly_paid"
    if record.has_refusal and record.decision != "paid" and _is_nothing_covered(record, paid):
        return "not_covered" if record.is_uncovered else "refused"
    is_unpaid = paid.amount == 0 or _is_positive(record.money.not_covered)
    is_refused = record.refuses_a_line or (record.has_refusal and is_unpaid)
    apart = {decision for line, decision in zip(real, lines, strict=True) if not is_settled_elsewhere(line)}
    if {"denied", "partly_paid"} & apart or is_refused:
        # Where nothing was paid, what was not refused can have gone to the deductible.
        says_paid = {"paid", "partly_paid"} & {record.decision, *lines}
        return "partly_paid" if is_paid or (says_paid and not paid.is_known) else "partly_refused"
    return None


def _is_rest_included(record: ClaimRecord) -> bool:
    """Return whether of a claim paid in part each line that was not paid is settled elsewhere."""
    unpaid = [line for line in record.real_lines if line.money.plan_paid.amount == 0]
    says_more = record.has_refusal or record.refuses_a_line or record.money.not_covered.amount
    return bool(unpaid) and all(map(is_settled_elsewhere, unpaid)) and not says_more


def denied_lines(record: ClaimRecord) -> int:
    """Return how many lines are marked as denied, without those that are settled elsewhere."""
    lines = record.real_lines
    return sum(
        decision == "denied" and not is_settled_elsewhere(line)
        for line, decision in zip(lines, decisions(lines), strict=True)
    )


def is_denied_as_covered(record: ClaimRecord) -> bool:
    """Return whether a claim is marked as denied and all of its price is deductible, copay and coinsurance:
    that is what plans do with what they cover, and no reason refuses.
    """
    money = record.money
    parts = [figure for figure in (money.deductible, money.copay, money.coinsurance) if figure.amount]
    wholes = [figure for figure in (money.allowed, money.your_share) if figure.is_known]
    if record.decision != "denied" or record.has_refusal or not parts or money.plan_paid.amount:
        return False
    if record.disagreements or not _is_positive(money.allowed):
        return False
    together = come_to(parts)
    return all(whole.amount == together and whole.unit == parts[0].unit for whole in wholes)


def is_only_marked(record: ClaimRecord) -> bool:
    """Return whether a claim that was paid is marked as denied, and nothing else says that a part was
    refused."""
    if record.decision != "denied" or state(record) != "partly_paid":
        return False
    says_more = record.has_refusal or record.refuses_a_line or record.money.not_covered.amount
    is_of_lines = any(line.decision in ("denied", "partly_paid") for line in record.lines)
    return not (says_more or is_of_lines)


def is_denied_in_doubt(record: ClaimRecord, stands: State) -> bool:
    """Return whether a claim marked as denied was paid by one figure, and not by another.

    *stands* is its `state`.
    """
    paid = tellings(record, "plan_paid")
    return stands == "denied" and record.decision == "denied" and any(map(_is_positive, paid))


def tellings(record: ClaimRecord, concept: str) -> list[Figure]:
    """Return every figure for the whole claim that stands for a field of `Money`, the one shown first."""
    for disagreement in record.disagreements:
        if disagreement.concept == concept and disagreement.about not in ("added", "uncovered", "whole"):
            return [getattr(record.money, concept), *disagreement.others]
    return [getattr(record.money, concept)]


def _is_nothing_covered(record: ClaimRecord, paid: Figure) -> bool:
    """Return whether a claim with a reason for it was refused as a whole: nobody bore a part of its price."""
    money = record.money
    if record.outcome == "partial":
        return False  # the lines that are not decided are not refused
    borne = (money.other_payer, money.deductible, money.copay, money.coinsurance)
    return (
        paid.amount == 0
        and not _is_positive(money.allowed)
        and not any(_is_positive(figure) for figure in borne)
    )


def is_contradicted(record: ClaimRecord, *concepts: str) -> bool:
    """Return whether other figures of the claim contradict any of these fields of `Money`."""
    return any(disagreement.concept in concepts for disagreement in record.disagreements)


def _went_to_deductible(record: ClaimRecord) -> bool:
    """Return whether the member's share is the deductible, and that all of the price the plan allows."""
    money = record.money
    wholes = [figure for figure in (money.your_share, money.allowed) if figure.is_known]
    return (
        _is_positive(money.deductible)
        and bool(wholes)
        and all(
            (figure.amount, figure.unit) == (money.deductible.amount, money.deductible.unit)
            for figure in wholes
        )
    )


def _is_positive(figure: Figure) -> bool:
    return figure.amount is not None and figure.amount > 0


def is_replaced(record: ClaimRecord) -> bool:
    """Return whether the plan says that a newer version replaces this claim, which counts until it comes."""
    return any(related.relation == "replacedby" for related in record.related) and counts(record)


def counts(record: ClaimRecord) -> bool:
    """Return whether a claim stands for itself: not taken back, not a mistake, not still to be decided."""
    return record.use == "claim" and _closed(record) is None


def is_denied_open(record: ClaimRecord, stands: State) -> bool:
    """Return whether a claim that is not finished, or could not be, is marked as denied all the same."""
    return stands in ("undecided", "error") and record.decision == "denied" and not record.is_repeat


def why_out(state: State, *, is_gone: bool, is_repeat: bool) -> Out:
    """Return why a current claim that does not count is in no sum."""
    return "gone" if is_gone else _OUT.get(state, "repeat" if is_repeat else "unread")


def is_open(record: ClaimRecord, stands: State | None = None) -> bool:
    """Return whether the plan has still to decide: what it then states as paid and as the share is no figure.

    *stands* is its `state`, where that is known.
    """
    place = stands or state(record)
    is_not_done = place in ("incomplete", "draft") and _is_nothing_worked_out(record)
    return is_not_done or place in _BY_OUTCOME.values()


def _is_nothing_worked_out(record: ClaimRecord) -> bool:
    """Return whether a plan that is not done with a claim decided and paid nothing of what it states, and
    worked out no part of a price.

    Of a claim done in part (`partial`: "a partial adjudication has been performed", FHIR R4) a share above
    nothing is what that part came to, whether the payment is still nothing or not stated. Of one that is a
    draft, pending or not final nothing says that anything was worked out, so its share was filled in.
    """
    money, paid = record.money, record.payment
    borne = [money.other_payer, money.deductible, money.copay, money.coinsurance]
    # Beside a share that was filled in, what is not covered may be filled in too.
    borne += [] if money.your_share.is_known else [money.not_covered]
    is_filled_in = record.may_change or record.status == "draft"
    borne += [] if is_filled_in else [money.your_share]
    is_changed = paid is not None and bool(paid.change.amount)
    is_worked_out = money.plan_paid.amount or is_changed or any(map(_is_positive, borne))
    is_told = money.plan_paid.is_known or money.your_share.is_known
    return is_told and not (is_worked_out or record.decision)


def is_above_limit(record: ClaimRecord, stands: State) -> bool:
    """Return whether all that the plan did not pay is above a limit of it: that is no refusal.

    *stands* is its `state`.
    """
    return stands in ("partly_paid", "partly_refused") and cause(record) == "limit"


def cause(record: ClaimRecord) -> str:
    """Return the one cause that the reasons give; "" where they give none or several."""
    causes = {cause for reason in record.all_reasons if (cause := cause_of(reason))}
    return causes.pop() if len(causes) == 1 else ""


def cause_of(reason: Reason) -> str:
    """Return the cause that one reason gives; "" where it tells none, or takes an earlier one back."""
    if reason.group == CORRECTS:
        return ""
    if waits_for_others(reason):
        return "others"
    if reason.kind == "adjustment":
        return _CAUSES.get(reason.code.lstrip("0"), "")
    if reason.kind == "cms" and reason.code in _LIMITS:
        return "limit"
    words = reason.words or ""
    return "network" if _NOT_IN_NETWORK.search(words) and not refusal_words.settle(words) else ""


def is_uninsured(record: ClaimRecord) -> bool:
    """Return whether it says that nobody insures, and tells of no plan nor of what one did."""
    names_none = (record.payer_kind or "").casefold() in UNINSURED
    signs_of_plan = (
        record.money.plan_paid.amount,
        record.money.your_share.is_known,
        record.payer,
        record.coverage,
    )
    return names_none and not any(signs_of_plan)


def is_outside(network: Network | None) -> bool:
    """Return whether the plan paid as for outside its network, by what it says of that or of the provider."""
    return network in _OUTSIDE


def may_ask_more(record: ClaimRecord) -> bool:
    """Return whether the provider is held to no price, or may not be; of a silent claim its lines tell."""
    networks = [record.network] if record.network else [line.network for line in record.lines]
    return not _OPEN.isdisjoint(networks)


def tells_network(record: ClaimRecord, of_line: Network) -> bool:
    """Return whether what the claim says of its network holds what a line says."""
    return of_line == record.network or of_line in _OF_LINES.get(record.network, ())

"""The answer of a claim: who billed what, what the plan did with it, and what is the member's."""

from decimal import Decimal

from apps.kinds.claim import standing, whose
from apps.kinds.claim.reading.uncovered import is_to_decide
from apps.kinds.claim.records import NOT_SHARED, ClaimRecord, Figure, Payment
from apps.kinds.claim.wording import contradictions, denials, left_to_pay, share, titles
from apps.kinds.claim.wording.adding_up import fit_of_lines
from apps.kinds.claim.wording.also_sent import alone, no_amount, paid_by
from apps.kinds.claim.wording.balance import Balance
from apps.kinds.claim.wording.sources import finer_label
from apps.kinds.claim.wording.to_pay import amounts_of, payment_changed
from apps.kinds.claim.wording.vocabulary import called
from apps.plain_language.capitals import calm_name
from apps.plain_language.language import _, plural, said
from apps.plain_language.money import money, priced
from apps.plain_language.theirs import joined, listed

_CLOSED = {
    "mistake": said("Your plan says this claim was entered by mistake. Nothing of it counts."),
    "deleted": said("Your plan deleted this claim. Nothing of it counts."),
    "cancelled": said("This claim was cancelled. Nothing of it counts."),
    "void": said("Your plan took this claim back. Nothing of it counts."),
    "taken_back": said("With this your plan takes an earlier claim back. Its amounts do not count."),
}
_OPEN = {
    "error": said("Your plan could not finish this claim. Nothing is decided yet."),
    "undecided": said("Your plan has not decided this claim yet. The amounts may still change."),
}
_OPEN_BUT_PAID = {
    "error": said("Your plan could not finish this claim, and states a payment of {amount} all the same."),
    "undecided": said("Your plan marks this claim as not decided, and states a payment of {amount} already."),
}
_OPEN_BUT_DENIED = {
    "error": said("Your plan could not finish this claim, and marks it as denied all the same."),
    "undecided": said("Your plan marks this claim as not decided, and as denied all the same."),
}
_OPEN_BUT_LINES = {
    "error": (
        said("Your plan could not finish this claim, and marks {n} line of it as denied all the same."),
        said("Your plan could not finish this claim, and marks {n} lines of it as denied all the same."),
    ),
    "undecided": (
        said("Your plan has not finished this claim, and has denied {n} line of it already."),
        said("Your plan has not finished this claim, and has denied {n} lines of it already."),
    ),
}
_BY_ANOTHER = {
    (True, True): _CLOSED["void"],
    (True, False): said(
        "Another claim here, of the same day and the same provider, takes back exactly these amounts, so no "
        "sum takes them. Your plan does not say that the two belong together: ask it before you pay."
    ),
    (False, True): said("This is an earlier version of the claim. Nothing of it counts."),
    (False, False): said(
        "Another version stands for this claim; your plan does not say which is newer. "
        "Nothing of this one counts."
    ),
}
"""Why a claim is closed by another one: by whether that takes it back, and whether it is surely newer."""


_ONLY_ZEROS = said(
    "What your plan sent of the bill, and of who pays it, is zero. A zero often stands where a figure was "
    "not filled in: if you paid the provider, or a bill comes, ask your plan."
)


def is_closed(record: ClaimRecord, *, is_current: bool = True) -> bool:
    """Return whether the figures of a claim count no longer, so that they are shown crossed out.

    *is_current* is False where the version that replaces it is here; until then a replaced claim counts.
    """
    return standing.state(record) in _CLOSED or not is_current


def answer(
    record: ClaimRecord,
    balance: Balance,
    *,
    is_current: bool = True,
    is_known_older: bool = True,
    is_taken_back: bool = False,
) -> str:
    """Return the first lines of the page, the figures in them; a closed claim tells none."""
    if is_closed(record, is_current=is_current):
        return _closed(
            record, is_current=is_current, is_known_older=is_known_older, is_taken_back=is_taken_back
        )
    parts = _opened(record) if standing.is_open(record) else []
    if standing.is_replaced(record):
        parts.append(
            _(
                "Your plan says that a newer version replaces this claim, but has not sent it yet. Until it "
                "comes, these amounts count."
            )
        )
    if not record.shares_money:
        parts.append(_("Your plan did not share amounts."))
    elif not record.money.is_shared:
        parts.append(alone(record))
    elif standing.is_open(record):
        parts.append(_billed(record))
    elif is_credit(record):
        parts += _taken_back(record)
    elif standing.is_uninsured(record):
        parts += [_billed(record), share.uninsured(record)]
    elif standing.sends_only_zeros(record):
        parts.append(called(record.kind, _(_ONLY_ZEROS)))
    else:
        amounts = amounts_of(record)
        parts += [_billed(record), *_plan(record, balance), share.sentence(record, balance, amounts)]
        parts.append(left_to_pay.to_ask(record, amounts))
        if record.disagreements:
            parts += [fit_of_lines(record), *contradictions.of_lines(record)]
        parts += left_to_pay.sentences(record, amounts)
    return joined(" ", [part for part in _joined(parts, record) if part])


def _closed(record: ClaimRecord, *, is_current: bool, is_known_older: bool, is_taken_back: bool) -> str:
    """Return why the figures of a claim do not count, and that they are below all the same."""
    state = standing.state(record)
    if state not in _CLOSED and not (is_taken_back or standing.has_whole_money(record)):
        return (
            _(
                "This is the claim in a form that plans send without all its amounts. Another version stands "
                "for it."
            )
            if record.shares_money
            else _("This is the claim as your plan sent it without amounts. Another version stands for it.")
        )
    why = called(record.kind, _(_CLOSED.get(state) or _BY_ANOTHER[is_taken_back, is_known_older]))
    # The figures of what takes a claim back are no older ones.
    is_undoing = state == "taken_back" or record.money.is_minus
    below = "" if record.shares_money else _("Your plan did not share amounts.")
    if record.money.is_shared:
        below = (
            _("Its old figures are below, crossed out.")
            if is_known_older and not is_undoing
            else _("Its figures are below, crossed out.")
        )
    # Where another version holds, its page says what is to pay.
    was_to_pay = is_current and any((record.money.your_share.amount, record.money.you_paid.amount))
    back = _("If you paid for it, ask the provider whether that comes back to you.") if was_to_pay else ""
    return " ".join(filter(None, (why, below, called(record.kind, back))))


def _opened(record: ClaimRecord) -> list[str]:
    """Return that the plan has still to decide; beside a payment of some day, or a denial, of the claim or of
    its lines, it tells these too."""
    paid = record.payment or Payment()
    state = "error" if standing.state(record) == "error" else "undecided"
    send_again = called(record.kind, _("Ask the provider whether it sends the claim again."))
    again = [send_again] if state == "error" else []
    if record.decision == "denied":
        return [_(_OPEN_BUT_DENIED[state]), _("Ask it which of them is right."), *again]
    refused = standing.denied_lines(record)
    if not (paid.amount.amount or 0) > 0 or not (paid.on or paid.number):
        lines = plural(*_OPEN_BUT_LINES[state], refused).format(n=refused) if refused else ""
        return [lines or _(_OPEN[state]), *again]
    text = plural("It marks {n} line as denied.", "It marks {n} lines as denied.", refused)
    marked = [text.format(n=refused)] if refused else []
    paid_already = _(_OPEN_BUT_PAID[state]).format(amount=priced(paid.amount))
    return [paid_already, *marked, _("Ask it which of them is right.")]


def _joined(parts: list[str], record: ClaimRecord) -> list[str]:
    """Return *parts* with those that say that figures disagree as one, in the place of the first of them."""
    leads = {
        contradictions.lead(disagreement, record): disagreement
        for disagreement in record.disagreements
        if not contradictions.has_own_sentence(disagreement)
    }
    leads_told = [leads[part] for part in parts if part in leads]
    if len(leads_told) < 2:
        return parts
    first = contradictions.lead(leads_told[0], record)
    return [
        contradictions.leads(leads_told, record) if part == first else part
        for part in parts
        if part == first or part not in leads
    ]


def is_credit(record: ClaimRecord) -> bool:
    """Return whether this claim takes back an earlier one: what was billed is less than nothing."""
    return (record.money.billed.amount or Decimal(0)) < 0


def _taken_back(record: ClaimRecord) -> list[str]:
    """Return what a credit note does; its amounts keep their minus."""
    paid, of_you = record.money.plan_paid, record.money.your_share
    return [
        _("This takes back an earlier bill: {amount}.").format(amount=priced(record.money.billed)),
        _("What your plan paid changes by {amount}.").format(amount=priced(paid))
        if paid.is_known
        else _("What your plan paid was not shared."),
        _("Your share changes by {amount}.").format(amount=priced(of_you))
        if of_you.is_known
        else _("Your plan did not say what your share is."),
        _("Ask your plan before you pay that.") if (of_you.amount or 0) > 0 else "",
    ]


def _billed(record: ClaimRecord) -> str:
    money_of = record.money
    contradicted = contradictions.of(record, "billed" if money_of.billed.is_known else "drug_cost")
    if contradicted:
        return contradictions.lead(contradicted, record)
    if not money_of.billed.is_known:
        if money_of.drug_cost.is_known:
            return _("The drug cost {amount}.").format(amount=priced(money_of.drug_cost))
        return no_amount(record, "billed") or _("Your plan did not share what was billed.")
    amount = priced(money_of.billed)
    if name := titles.biller(record):
        return _("{name} billed {amount}.").format(name=calm_name(name), amount=amount)
    return called(record.kind, _("The provider billed {amount}.")).format(amount=amount)


def _plan(record: ClaimRecord, balance: Balance) -> list[str]:
    sentences = [
        contradictions.lead(against, record)
        for concept in ("allowed", "discount")
        if (against := contradictions.of(record, concept))
    ]
    sentences += [*_took_off_and_paid(record, balance), payment_changed(record)]
    others = record.money.other_payer
    if of_others := contradictions.of(record, "other_payer"):
        sentences.append(contradictions.lead(of_others, record))
    elif others.amount:
        sentences.append(_("Others paid {amount}.").format(amount=priced(others)))
        sentences.append(_other_plans(record))
    elif others.amount == 0 and (record.other_plans or denials.names_first_payer(record)):
        sentences.append(_("By your plan's figures, others paid nothing."))
        sentences.append(_other_plans(record))
    return [*sentences, *_uncovered(record)]


def _other_plans(record: ClaimRecord) -> str:
    """Return which other insurance the claim names: that it paid is nowhere said."""
    names = listed([calm_name(name) for name in record.other_plans])
    if not names:
        return ""
    text = plural(
        "This claim also names another plan: {names}.",
        "This claim also names other plans: {names}.",
        len(record.other_plans),
    )
    return text.format(names=names)


def _uncovered(record: ClaimRecord) -> list[str]:
    uncovered, contradicted = record.money.not_covered, contradictions.of(record, "not_covered")
    above = contradictions.lead(contradicted, record) if contradicted else contradictions.above_bill(record)
    if above:
        return [above]
    amount, arranged = priced(uncovered), whose.arranged(record)
    if arranged.is_known:
        text = _("Your plan says that another arrangement covers {amount} of this.")  # its reason says which
        return [text.format(amount=priced(arranged))]
    if not uncovered.amount:
        return []
    if is_to_decide(record):
        return [_("Your plan has still to decide {amount} of the bill.").format(amount=amount)]
    stated = _("Your plan states {amount} as not covered.")
    if uncovered.amount < 0:
        return [stated.format(amount=amount)]
    bills = standing.tellings(record, "billed")
    is_of_bill = all(bill.amount is None or uncovered.amount <= bill.amount for bill in bills)
    sentence = _("{amount} of the bill was not covered.") if is_of_bill else stated
    return [sentence.format(amount=amount), share.whose_is_uncovered(record)]


def _took_off_and_paid(record: ClaimRecord, balance: Balance) -> list[str]:
    discount, paid = record.money.discount, record.money.plan_paid
    together, alone, taken_off = _taken(record, balance)
    if not taken_off.amount:
        return [_paid(record)]
    if together and (paid.amount or 0) > 0 and not contradictions.of(record, "plan_paid"):
        return [_(together).format(taken=priced(taken_off), paid=priced(paid))]
    return [_(alone).format(name=finer_label(discount), taken=priced(taken_off)), _paid(record)]


def _taken(record: ClaimRecord, balance: Balance) -> tuple[str, str, Figure]:
    """Return what went off the bill, and how that is said beside what was paid, and alone."""
    discount = record.money.discount
    if discount.amount:
        if contradictions.of(record, "discount"):
            return "", "", NOT_SHARED
        if finer_label(discount):  # Extra Help, a manufacturer: not the plan's own
            return "", said("{name}: {taken}."), discount
        if discount.amount < 0 or whose.may_be_asked_above(record):
            return "", said("Your plan states a discount of {taken}."), discount
        return (
            said("Your plan's discount took off {taken}, and your plan paid {paid}."),
            said("Your plan's discount took off {taken}."),
            discount,
        )
    if standing.is_contradicted(record, "billed", "allowed", "discount"):
        return "", "", NOT_SHARED
    return (
        said("Your plan's price is {taken} lower, and your plan paid {paid}."),
        said("Your plan's price is {taken} lower."),
        balance.taken_off,
    )


def _paid(record: ClaimRecord) -> str:
    paid, contradicted = record.money.plan_paid, contradictions.of(record, "plan_paid")
    if contradicted:
        return contradictions.lead(contradicted, record)
    if paid.amount is not None and paid.amount < 0:
        is_off = standing.writes_off_with_minus(record)
        text = _("Your plan states a payment of {amount}.") if is_off else _("Your plan took {amount} back.")
        return text.format(amount=priced(paid) if is_off else money(-paid.amount, paid.unit))
    if paid.amount:
        return _("Your plan paid {amount}.").format(amount=priced(paid))
    if standing.state(record) == "denied":
        return (
            _("Your plan denied this claim and paid nothing.")
            if paid.is_known
            else _("Your plan denied this claim.")
        )
    if paid.is_known and whose.arranged(record).is_known:
        return ""
    return _("Your plan paid nothing.") if paid.is_known else paid_by(record)

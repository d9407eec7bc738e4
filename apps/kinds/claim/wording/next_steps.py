"""What a member can do when the plan said no, and whom they ask where figures do not fit."""

from dataclasses import replace

from apps.kinds.claim import standing, unpaid, whose
from apps.kinds.claim.excess import exceeding
from apps.kinds.claim.reading.elsewhere import ACTION, REFUSED
from apps.kinds.claim.reading.reasons import includes, is_by_the_head, may_not_be_appealed, says_nothing_paid
from apps.kinds.claim.records import ClaimRecord, Payment
from apps.kinds.claim.standing import State
from apps.kinds.claim.wording import contradictions, lines, over_price, to_pay
from apps.kinds.claim.wording import share as share_words
from apps.kinds.claim.wording.story import Steps
from apps.kinds.claim.wording.vocabulary import called
from apps.plain_language.language import _, said
from apps.plain_language.money import money, priced
from apps.plain_language.theirs import listed

_MEANINGS: dict[State, tuple[str, str]] = {
    "denied": (
        said("Your plan said no"),
        said("Denied means that your plan will not pay for this claim. It can change its mind."),
    ),
    "partly_paid": (
        said("Your plan refused a part"),
        said("Your plan paid for some of this claim and refused a part of it. It can change its mind."),
    ),
    "partly_refused": (
        said("Your plan refused a part"),
        said("Your plan refused a part of this claim. You can ask it to check."),
    ),
    "not_covered": (
        said("Your plan did not cover this"),
        said("Your plan says that it does not cover this. You can ask it to check."),
    ),
    "refused": (
        said("Your plan refused this"),
        said("Your plan refused to pay this, and says why below. You can ask it to check."),
    ),
}
_ONLY_MARKED = (
    said("Marked as denied, and paid all the same"),
    said("Ask your plan which of them is right. If it refused a part, you can ask it to look again."),
)
"""Of a claim with a payment that one mark calls denied: that a part was refused nothing says."""
_REFUSED_BUT_PAID = {
    (False, False): said(
        "A code that Medicare gives where it pays nothing stands on this claim. The claim states a payment "
        "of {amount} all the same."
    ),
    (False, True): said(
        "Your plan marks this claim as denied, and states a payment of {amount} all the same."
    ),
    (True, True): said(
        "Your plan marks this claim as denied, and a code of Medicare says that benefits were refused. It "
        "states a payment of {amount} all the same."
    ),
    (True, False): said(
        "By a code of Medicare, benefits were refused for this claim. The claim states a payment of {amount} "
        "all the same."
    ),
}
"""What is said of a payment by whether a code of Medicare's refuses, and whether the plan marks it denied."""
_NOT_COVERED = {
    "benefit": said("Your plan says this is not one of the things it pays for. You can ask it to check."),
    "network": said(
        "Your plan did not pay because the provider is not in its network. "
        "You can ask it to check: after an emergency, for example, other rules can apply."
    ),
    "approval": said(
        "Your plan did not pay because it has no approval in advance on record. "
        "You can ask it to check, and the provider may still be able to ask for it."
    ),
    "need": said(
        "Your plan did not pay because it does not see that you needed this. "
        "You can ask it to check, and your doctor can explain why you did."
    ),
    "papers": said(
        "Your plan did not pay because something was missing or wrong in what it got. "
        "The provider can send it again."
    ),
    "coverage": said(
        "Your plan did not pay because it says you were not covered on that day. You can ask it to check."
    ),
    "others": said(
        "Your plan did not pay because it thinks another insurer should. "
        "Ask which one, and tell the provider."
    ),
    "limit": said(
        "Your plan pays up to a limit for this, and says that the limit is reached. "
        "You can ask it to check its count."
    ),
    "late": said(
        "Your plan did not pay because the claim reached it too late. Ask the provider when it was sent, and "
        "tell it when you showed your card."
    ),
    "late_by_you": said(
        "Your plan did not pay because the claim reached it too late. Ask who sent it and when: it may have "
        "been the provider, or you."
    ),
    "others_in_part": said(
        "Your plan did not pay a part because it thinks another insurer should. "
        "Ask which one, and tell the provider."
    ),
    "used_up": said(
        "By the claims here, your plan has paid the most that it pays for this kind of care in a year. "
        "You can ask it to check its count."
    ),
    "identity": said(
        "Your plan did not pay because it did not find this person among its members. Give the provider the "
        "name and the number as they stand on the card."
    ),
    "asked": said(
        "Your plan did not pay because it asked for something and says that it got no full answer in time. "
        "Answer it, and ask it to decide again."
    ),
}
"""What the reasons of a claim that is not covered come to, where they all say the same, or the count of the
year says; late by the member may be one whose loss is theirs, or whose payment goes to them."""
_AGAIN = (
    said("Your plan already had this"),
    said(
        "It was sent before, or paid before, as your plan says. So it paid nothing here: what counts is in "
        "the first claim."
    ),
    said("Look for the first claim, of the same day and the same provider."),
    said("Were there two services? Ask the provider to say so in a new claim."),
)
"""Of a claim that the plan takes for a second one: what it means, and what to do."""
_INCLUDED = (
    said("Already paid within another service"),
    said("The payment for another service includes this one, as your plan says."),
    said("There is nothing for you to do, unless the provider bills you for this: then ask your plan."),
)
"""Of a claim that bills apart what another payment includes."""
_BY_THE_HEAD = (
    said("Paid by a fixed amount"),
    said("Your plan pays the provider a fixed amount for your care, as it says."),
    _INCLUDED[2],
)
"""The same of what a fixed payment includes."""
_IN_SEVERAL = (
    said("Already in other payments"),
    said(
        "Your plan says that the payment for another service, or a fixed amount for your care, includes this."
    ),
    _INCLUDED[2],
)
"""The same of lines of which each kind includes some."""
_AGAIN_SENT = said("Call the provider: if something was missing or wrong, they can send the claim again.")
_AGAIN_ASKED = said(
    "Ask who prescribed it whether they can ask your plan for an exception, or ask your plan for a covered "
    "drug like it."
)
_NOTHING_YET: dict[State, str] = {
    "undecided": said("There is nothing to pay yet by this claim: wait for the decision."),
    "error": said("There is nothing to pay yet by this claim."),
}
_IF_DENIED = said("If it is denied, ask your plan in writing to look again (an appeal).")
"""Of a claim not finished that is marked as denied all the same: the time may run."""
_OR_APPEAL = said("Or ask your plan in writing to look again (an appeal), and keep a copy of everything.")
_MAY_BE_MISTAKES = frozenset({"", "benefit", "network", "papers", "identity", "asked"})
"""Causes of which a mistake in the claim may be the reason: sent again it may be paid."""
_IN_TIME = said("Do it in time: your plan's letter, or the number on your card, tells the last day.")
OLD = said(
    "This was decided more than half a year ago, so the time to ask may be over; some plans accept late "
    "requests."
)


def steps(record: ClaimRecord, *, is_used_up: bool = False, is_old: bool = False) -> Steps | None:
    """Return what to do where the plan refused to pay, None elsewhere.

    *is_used_up*: by the year's count the most that the plan pays in a year was reached with this claim. Then
    nothing is promised of a change of mind. *is_old*: it was decided so long ago that the time for an appeal
    may be over, which is said first; then no provider is asked to wait.
    """
    state, why = standing.state(record), standing.cause(record)
    if why == "duplicate" and state in ("nothing_paid", "denied") and record.is_repeat:
        return _told(record, *map(_, _AGAIN))
    if record.is_all_included and standing.counts(record):
        return _included(record)
    if state not in _MEANINGS:
        return None
    cause, heading, meaning = _meaning(record, state, why, is_used_up=is_used_up)
    is_final = any(map(may_not_be_appealed, record.all_reasons))
    is_old = is_old and not is_final
    whole = " ".join([_(OLD), _(meaning)]) if is_old else _(meaning)
    steps_told = _told(record, _(heading), whole, *_steps(record, cause, is_old=is_old, is_final=is_final))
    is_denied = state == "denied" or any(line.decision == "denied" for line in record.lines)
    return replace(steps_told, says_denied=is_denied, says_appeal=not is_final)


def _told(record: ClaimRecord, heading: str, meaning: str, *steps: str) -> Steps:
    """Return texts, in the reader's language, as the steps of a claim, by who bills it."""
    heading, meaning, *steps_called = (called(record.kind, text) for text in (heading, meaning, *steps))
    return Steps(heading, meaning, tuple(steps_called))


def _included(record: ClaimRecord) -> Steps:
    """Return that another payment includes all of a claim: a fixed one, one for a service, or each a part."""
    by_the_head = {is_by_the_head(reason) for reason in record.all_reasons if includes(reason)}
    texts = _IN_SEVERAL if len(by_the_head) > 1 else _BY_THE_HEAD if True in by_the_head else _INCLUDED
    steps_told = _told(record, *map(_, texts))
    if not record.money.your_share.is_known:
        return steps_told
    return replace(steps_told, meaning=f"{steps_told.meaning} {_('Nothing is yours here.')}")


def _meaning(record: ClaimRecord, state: State, why: str, *, is_used_up: bool) -> tuple[str, str, str]:
    """Return the cause that is told, the heading for where a claim stands, and what that means."""
    heading, meaning = _ONLY_MARKED if standing.is_only_marked(record) else _MEANINGS[state]
    if standing.is_denied_in_doubt(record, state):
        heading, meaning = said("Marked as denied, and paid by one figure"), _ONLY_MARKED[1]
    if standing.is_above_limit(record, state):  # the plan keeps to its terms, and refuses nothing
        heading = said("Your plan did not cover a part")
    why = why if whose.is_explained(record) else ""
    if why in _NOT_COVERED and (why == "limit" or state in ("denied", "not_covered", "refused")):
        is_by_you = why == "late" and _is_sent_by_you(record)
        return why, heading, _NOT_COVERED["late_by_you" if is_by_you else why]
    if why == "others":
        return why, heading, _NOT_COVERED["others_in_part"]
    return "", heading, _NOT_COVERED["used_up"] if is_used_up else meaning


def _steps(record: ClaimRecord, cause: str, *, is_old: bool, is_final: bool) -> list[str]:
    """Return what to do after a refusal, one step after the other, by the cause that was told."""
    has_reasons = bool(record.reasons or any(line.reasons for line in lines.real(record)))
    reason = (
        _("Read what your plan wrote below. Where that is no reason, ask for it: it has to tell you.")
        if record.notes
        else _("We found no reason in what your plan sent. Ask it for the reason: it has to tell you.")
    )
    whose_part = _whose_part(record, is_old=is_old, has_reasons=has_reasons)
    asked = _asked_first(cause, is_drug=record.kind == "pharmacy")
    further = (_AGAIN_SENT,) if is_final else (*asked, *(() if is_old else (_IN_TIME,)))
    if unpaid.refusals_are_providers(record) and record.kind != "pharmacy":
        return [whose_part, *map(_, further)]  # no appeal about money that is normally not theirs comes first
    return [*([] if has_reasons else [reason]), *map(_, further), whose_part]


def _asked_first(why: str, *, is_drug: bool) -> tuple[str, ...]:
    """Return whom to ask by the cause that was told; where its sentence says what to do, the appeal alone."""
    if why == "limit":
        return said("Ask your plan how it counted, and which claims used the limit up."), _OR_APPEAL
    if why not in _MAY_BE_MISTAKES:
        return (said("Ask your plan in writing to look again (an appeal), and keep a copy of everything."),)
    return _AGAIN_ASKED if is_drug else _AGAIN_SENT, _OR_APPEAL


def _is_sent_by_you(record: ClaimRecord) -> bool:
    """Return whether the member may have sent the claim: a loss of theirs, or a payment to them."""
    return whose.group(record) == "PR" or (record.payment is not None and record.payment.to == "you")


def _whose_part(record: ClaimRecord, *, is_old: bool, has_reasons: bool) -> str:
    """Return what to do about a bill; where there are reasons, whose part it is was said before."""
    if unpaid.refusals_are_providers(record):
        return _("Does the provider ask you for this part? Ask why, and tell your plan.")
    if whose.group(record) == "PR":
        return (
            _("Your plan counts this part as yours.")
            if is_old or _is_paid(record)
            else _(
                "Your plan counts this part as yours. Ask the provider to wait with the bill until your plan "
                "has answered."
            )
        )
    sentence = share_words.whose_is_uncovered(record) if has_reasons else ""
    return sentence or (
        _("You paid already. If your plan pays after all, ask the provider for what was too much.")
        if _is_paid(record)
        else _("Before you pay the provider, find out what is really yours.")
    )


def _is_paid(record: ClaimRecord) -> bool:
    """Return whether the member paid all that the claim asks for, and nothing may come on top of it."""
    amounts = to_pay.amounts_of(record)
    return amounts is not None and amounts.paid > 0 >= amounts.due and not unpaid.on_top(record).is_known


def asks(record: ClaimRecord, *, counts: bool) -> tuple[str, ...]:
    """Return what to do before anything else: to wait for the decision, to ask for money back, where the
    claim *counts*, and which of the figures that disagree are right, and of the dates."""
    is_paid = record.payment is not None and bool(record.payment.amount.amount)
    is_told = is_paid or record.decision == "denied"
    state = standing.state(record)
    nothing_yet, is_left_open = _(_NOTHING_YET.get(state, "")), standing.is_denied_open(record, state)
    wait = f"{_(_IF_DENIED)} {_(_IN_TIME)}" if is_left_open else "" if is_told else nothing_yet
    more = to_pay.back(record) if counts else None
    back = over_price.ask_for(record.kind, money(more.amount, record.money.you_paid.unit)) if more else ""
    apart = list(dict.fromkeys(contradictions.subject(apart, record) for apart in record.disagreements))
    text = contradictions.which(record, is_named=len(apart) <= contradictions.MOST_TOLD)
    question = text.format(names=listed(apart)) if apart else ""
    if not apart and standing.writes_off_with_minus(record):
        question = _("Ask your plan whether the minus is meant: without it, the figures add up.")
    elif not (apart or back) and counts and to_pay.due(record) == 0 and exceeding(record):
        question = _("Ask your plan why what was paid and your share come to more than the price.")
    return tuple(ask for ask in (wait, back, question) if ask)


def refused_but_paid(record: ClaimRecord, *, is_asked: bool = True) -> list[str]:
    """Return that codes of a claim say it was refused, and that it was paid or covered all the same.

    *is_asked*: the member is told to ask which of them is right, as of what is not closed.
    """
    paid, ask_it = record.money.plan_paid, _("Ask it which of them is right.")
    if standing.is_denied_as_covered(record):
        text = _(
            "Your plan marks this claim as denied, and counts all of its price as your share, as of a claim "
            "that it covers."
        )
        return [f"{text} {ask_it}" if is_asked else text]
    is_refused = any(fact.category == ACTION and fact.code == REFUSED for fact in record.facts)
    is_denied = record.decision == "denied" or (record.payment or Payment()).kind == "denied"
    # Figures on what was paid that disagree are asked about beside it.
    is_unpaid = any(map(says_nothing_paid, record.all_reasons)) and not contradictions.of(record, "plan_paid")
    # Of a denial in doubt the steps tell it, and the first lines both figures.
    is_told = not is_refused and standing.is_denied_in_doubt(record, standing.state(record))
    if not (paid.amount or 0) > 0 or is_told or not (is_refused or is_denied or is_unpaid):
        return []
    text = _(_REFUSED_BUT_PAID[is_refused, is_denied]).format(amount=priced(paid))
    # "It" is the plan only where the plan was named.
    ask = ask_it if is_denied else _("Ask your plan which of them is right.")
    return [f"{text} {ask}" if is_asked else text]

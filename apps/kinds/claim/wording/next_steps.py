"""What a member can do: when the plan said no, and when a bill arrives."""

from apps.kinds.claim import standing, unpaid, whose
from apps.kinds.claim.reading.contradictions import PARTS
from apps.kinds.claim.reading.reasons import may_not_be_appealed
from apps.kinds.claim.records import ClaimRecord, Coded, Disagreement, Line
from apps.kinds.claim.standing import State
from apps.kinds.claim.wording import also_sent, codes, contradictions, left_to_pay, lines, naming
from apps.kinds.claim.wording import share as share_words
from apps.kinds.claim.wording.over_price import ask_for
from apps.kinds.claim.wording.story import Steps
from apps.kinds.claim.wording.to_pay import back as paid_back
from apps.kinds.claim.wording.to_pay import due
from apps.plain_language.language import _, plural, said
from apps.plain_language.money import money, priced
from apps.plain_language.theirs import filled, joined, listed

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
    "identity": said(
        "Your plan did not pay because it did not find this person among its members. Give the provider the "
        "name and the number as they stand on the card."
    ),
    "asked": said(
        "Your plan did not pay because it asked for something and says that it got no full answer in time. "
        "Answer it, and ask it to decide again."
    ),
}
"""What the reasons of a claim that is not covered come to, where they all say the same."""
_LATE_BY_YOU = said(
    "Your plan did not pay because the claim reached it too late. Ask who sent it and when: it may have been "
    "the provider, or you."
)
"""Of a claim whose loss is the member's, or whose payment goes to the member."""
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
    said("The payment for another service includes this one, as your plan says. Nothing is yours here."),
    said("There is nothing for you to do, unless the provider bills you for this: then ask your plan."),
)
"""Of a claim that bills apart what another payment includes."""
_NOT_COVERED_IN_PART = said("Your plan did not cover a part")
"""Of a part above a limit: the plan keeps to its terms, and refuses nothing."""
_OTHERS_TURN = said(
    "Your plan did not pay a part because it thinks another insurer should. "
    "Ask which one, and tell the provider."
)
_USED_UP = said(
    "By the claims here, your plan has paid the most that it pays for this kind of care in a year. "
    "You can ask it to check its count."
)
_ASK = said("We found no reason in what your plan sent. Ask it for the reason: it has to tell you.")
_READ_WORDS = said(
    "Read what your plan wrote below. Where that is no reason, ask for it: it has to tell you."
)
_AGAIN_SENT = said("Call the provider: if something was missing or wrong, they can send the claim again.")
_AGAIN_ASKED = said(
    "Ask who prescribed it whether they can ask your plan for an exception, or ask your plan for a covered "
    "drug like it."
)
_NOTHING_YET: dict[State, str] = {
    "undecided": said("There is nothing to pay yet by this claim: wait for the decision."),
    "error": said("There is nothing to pay yet by this claim."),
}
_COUNT = said("Ask your plan how it counted, and which claims used the limit up.")
_APPEAL = said("Ask your plan in writing to look again (an appeal), and keep a copy of everything.")
_OR_APPEAL = said("Or ask your plan in writing to look again (an appeal), and keep a copy of everything.")
_MAY_BE_MISTAKES = frozenset({"", "benefit", "network", "papers", "identity", "asked"})
"""Causes of which a mistake in the claim may be the reason: sent again it may be paid."""
_IN_TIME = said("Do it in time: your plan's letter, or the number on your card, tells the last day.")
OLD = said(
    "This was decided more than half a year ago, so the time to ask may be over; some plans accept late "
    "requests."
)
_BEFORE_PAYING = said("Before you pay the provider, find out what is really yours.")
_WAIT = said(
    "Your plan counts this part as yours. "
    "Ask the provider to wait with the bill until your plan has answered."
)
_YOURS = said("Your plan counts this part as yours.")
_NOT_YOURS = said("Does the provider ask you for this part? Ask why, and tell your plan.")
_WHO_WAS_PAID = said(
    "Your plan's data differs on who was paid: if not the provider, the bill may ask for that too. Ask first."
)
_CHARGES = said("Charges with revenue codes {codes}")
_MOST_NAMES = 5
"""How many services the checklist names; a hospital stay has hundreds of lines."""


def steps(record: ClaimRecord, *, is_used_up: bool = False, is_old: bool = False) -> Steps | None:
    """Return what to do where the plan refused to pay, None elsewhere.

    *is_used_up*: by the year's count the most that the plan pays in a year was reached with this claim. Then
    nothing is promised of a change of mind. *is_old*: it was decided so long ago that the time for an appeal
    may be over, which is said first; then no provider is asked to wait.
    """
    state, why = standing.state(record), standing.cause(record)
    if why == "duplicate" and state in ("nothing_paid", "denied") and record.is_repeat:
        heading, meaning, *told = map(_, _AGAIN)
        return Steps(heading, meaning, tuple(told))
    if record.is_all_included and standing.counts(record):
        heading, meaning, *told = map(_, _INCLUDED)
        return Steps(heading, meaning, tuple(told))
    known = _MEANINGS.get(state)
    if known is None:
        return None
    heading, meaning = _ONLY_MARKED if standing.is_only_marked(record) else known
    if standing.is_above_limit(record, state):
        heading = _NOT_COVERED_IN_PART
    is_whole = why == "limit" or state in ("denied", "not_covered", "refused")
    by_cause = is_whole and why in _NOT_COVERED
    if by_cause:
        meaning = _LATE_BY_YOU if why == "late" and _is_sent_by_you(record) else _NOT_COVERED[why]
    elif why == "others":
        meaning = _OTHERS_TURN
    elif is_used_up:
        meaning = _(_USED_UP)
    has_reasons = bool(record.reasons or any(line.reasons for line in lines.real(record)))
    first = () if has_reasons else (_READ_WORDS,) if record.notes else (_ASK,)
    is_final = any(map(may_not_be_appealed, record.all_reasons))
    is_old = is_old and not is_final
    asked = _asked_first(why if by_cause or why == "others" else "", is_drug=record.kind == "pharmacy")
    steps_known = (_AGAIN_SENT,) if is_final else (*asked, *(() if is_old else (_IN_TIME,)))
    told = [_(step) for step in (*first, *steps_known)]
    told.append(_last(record, is_old=is_old) if has_reasons else _(_BEFORE_PAYING))
    whole = " ".join([_(OLD), _(meaning)]) if is_old else _(meaning)
    is_denied = state == "denied" or any(line.decision == "denied" for line in record.lines)
    return Steps(_(heading), whole, tuple(told), says_denied=is_denied, says_appeal=not is_final)


def _asked_first(why: str, *, is_drug: bool) -> tuple[str, ...]:
    """Return whom to ask by the cause that was told; where its sentence says what to do, the appeal alone."""
    if why == "limit":
        return _COUNT, _OR_APPEAL
    again = _AGAIN_ASKED if is_drug else _AGAIN_SENT
    return (again, _OR_APPEAL) if why in _MAY_BE_MISTAKES else (_APPEAL,)


def _is_sent_by_you(record: ClaimRecord) -> bool:
    """Return whether the member may have sent the claim: a loss of theirs, or a payment to them."""
    return whose.group(record) == "PR" or (record.payment is not None and record.payment.to == "you")


def _last(record: ClaimRecord, *, is_old: bool) -> str:
    """Return the last step where there are reasons; whose part it is was said before it, as a fact."""
    if unpaid.refusals_are_providers(record):
        return _(_NOT_YOURS)
    if whose.group(record) == "PR":
        return _(_YOURS if is_old or unpaid.is_all_paid(record) else _WAIT)
    return share_words.whose_is_uncovered(record) or _(_BEFORE_PAYING)


def asks(record: ClaimRecord, *, counts: bool) -> tuple[str, ...]:
    """Return what to do before anything else: to wait for the decision, to ask for money back, where the
    claim *counts*, and which of the figures that disagree are right, and of the dates."""
    is_paid = record.payment is not None and bool(record.payment.amount.amount)
    is_told = is_paid or record.decision == "denied"
    wait = "" if is_told else _(_NOTHING_YET.get(standing.state(record), ""))
    more = paid_back(record) if counts else None
    back = ask_for(record.kind, money(more.amount, record.money.you_paid.unit)) if more else ""
    apart = list(dict.fromkeys(map(contradictions.subject, record.disagreements)))
    text = contradictions.which(record, is_named=len(apart) <= contradictions.MOST_TOLD)
    which = text.format(names=listed(apart)) if apart else ""
    return tuple(ask for ask in (wait, back, which) if ask)


def checklist(record: ClaimRecord) -> tuple[tuple[str, str, str], ...]:
    """Return what to compare with a bill: the name of its box, a question, and what this claim says."""
    return (
        (
            "provider",
            _("Is it from the same pharmacy?")
            if record.kind == "pharmacy"
            else _("Is it from the same provider?"),
            _provider(record),
        ),
        ("date", _("Is it for the same date?"), _days(record)),
        ("services", *_services(record)),
        ("share", _("Does it ask for your share, and no more?"), _asked(record)),
        ("paid", _("Did you pay something already?"), _paid(record)),
    )


def _provider(record: ClaimRecord) -> str:
    """Return who may send the bill: who gave the care, and another whom the plan paid for it."""
    provider = naming.who_billed(record)
    if (payee := naming.other_payee(record)) and naming.is_named(payee):
        text = _("{provider}. A bill may come from {payee}, whom your plan paid.")
        return text.format(provider=provider, payee=payee)
    if not provider and standing.is_uninsured(record):
        return _("This record does not say who it was.")
    return provider or _("Your plan did not say who it was.")


def _paid(record: ClaimRecord) -> str:
    """Return what the member paid by the plan's data."""
    paid = unpaid.paid_by_you(record)
    if standing.is_uninsured(record) and not paid.amount:
        return _("This record does not say. Look for your receipts.")
    if paid.amount == 0:
        return _("Your plan knows of no payment of yours. Look for your receipts.")
    if paid.is_known:
        return priced(paid)
    contradicted = contradictions.of(record, "you_paid")
    every = (record.money.you_paid, *(contradicted.others if contradicted else ()))
    if any(figure.amount for figure in every):
        return _("Your plan lists {amount} as yours to pay, or paid. Look for your receipts.").format(
            amount=listed(list(dict.fromkeys(map(priced, every))))
        )
    return _("Your plan did not say. Look for your receipts.")


def _asked(record: ClaimRecord) -> str:
    """Return what the bill may ask for; of a share that a line and one added in its place differ on, both."""
    told, added = _may_ask(record), contradictions.of_lines(record, ("your_share", *PARTS))
    if not added:
        return told
    ended = told if told.endswith(".") else joined("", [told, "."])
    return joined(" ", [ended, *added, _("Ask your plan before you pay.")])


def _days(record: ClaimRecord) -> str:
    days, apart = naming.every_day(record), contradictions.of_dates(record)
    return f"{days}. {apart}" if apart else days


def _may_ask(record: ClaimRecord) -> str:
    share, contradicted = record.money.your_share, contradictions.of(record, "your_share")
    if standing.is_uninsured(record):
        return share_words.uninsured(record)
    if contradicted or not share.is_known:
        return _not_told(record, contradicted)
    if unpaid.is_protected(record):
        return _(share_words.PROTECTED)
    if (share.amount or 0) < 0:
        text = _("Your plan states {share}, which takes something back. Ask it before you pay.")
    elif share.source and share.source.partial:
        text = _("{share} for a part of it. Your plan did not say what the rest is. Ask it before you pay.")
    else:
        return _as_it_stands(record)
    return text.format(share=priced(share))


def _as_it_stands(record: ClaimRecord) -> str:
    """Return what a bill may ask for, with what makes that doubtful: more than was billed, or not final."""
    share = priced(record.money.your_share)
    above, told = left_to_pay.to_ask(record), left_to_pay.asked(record) or share
    if told != share and share_words.above_the_price(record):
        # Behind another amount "that" would be the wrong one.
        told, above = (share, above) if due(record) is None else (told, "")
    second = _(share_words.OF_SECOND) if unpaid.is_of_second(record) else ""
    payee = _(_WHO_WAS_PAID) if naming.is_payee_in_doubt(record) else ""
    doubts = [doubt for doubt in (above, second, payee, _open_yet(record)) if doubt]
    return joined(" ", [f"{told.removesuffix('.')}.", *doubts]) if doubts else told


def _not_told(record: ClaimRecord, contradicted: Disagreement | None) -> str:
    """Return that nobody can say what the bill may ask for, and what there is instead."""
    if contradicted:
        above = share_words.above_the_price(record)
        text = (
            _("{share}: the figures do not agree.")
            if above
            else _("{share}: the figures do not agree. Ask your plan before you pay.")
        )
        told = text.format(share=contradictions.every(contradicted))
        return joined(" ", [told, above]) if above else told
    if sent := also_sent.amounts(record):
        return filled(
            _("No share under a name we know, but {amounts}. Ask your plan before you pay."), amounts=sent
        )
    told = _("Your plan did not say. Ask it before you pay.")
    return joined(" ", [told, _open_yet(record)]) if not unpaid.is_final(record) else told


def _open_yet(record: ClaimRecord) -> str:
    return "" if unpaid.is_final(record) else _("This is not final: it may still change.")


def _services(record: ClaimRecord) -> tuple[str, str]:
    if record.kind == "pharmacy" and record.drug and record.drug.what != Coded():
        return _("Is it for this drug?"), naming.drug_name(record.drug.what)
    told = [line for line in lines.real(record) if line.what.code or line.what.words]
    done = [line for line in told if not line.is_diagnosis] or told
    bare = [line.what for line in done if _is_bare_charge(line.what)]
    charges = list(dict.fromkeys(what.code for what in bare if what.code))
    if len(charges) > 1:
        done = [line for line in done if not _is_bare_charge(line.what)]
    names = list(dict.fromkeys(lines.name(line.what, line.place) for line in done))
    if len(names) > 1:
        names = list(dict.fromkeys(map(_service, done)))
    procedures = (naming.short(codes.official_words(sent.what), 45) for sent in record.procedures)
    names = list(dict.fromkeys([*filter(None, procedures), *names]))
    asked = _first(names)
    if len(charges) > 1:
        text = _("other hospital charges (revenue codes {codes})") if names else _(_CHARGES)
        asked.append(text.format(codes=listed(_first(charges))))
    return _("Did you get these services?"), listed(asked) if asked else naming.kind_words(record)


def _first(names: list[str]) -> list[str]:
    """Return the first of many names, and how many more there are."""
    left = len(names) - _MOST_NAMES
    if left <= 0:
        return names
    return [*names[:_MOST_NAMES], plural("{number} more", "{number} more", left).format(number=left)]


def _is_bare_charge(what: Coded) -> bool:
    """Whether a charge has nothing but its code: several are one name with their codes."""
    return what.system == "revenue code" and lines.name(what) == codes.kind_of_code(what)


def _service(line: Line) -> str:
    """Return a name of a service among others, cut where it is long: not before a code, which tells it from
    them."""
    name = lines.name(line.what, line.place)
    return name if name == codes.kind_of_code(line.what) else naming.short(name, 45)

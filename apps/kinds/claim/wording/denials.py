"""Why the plan changed or refused an amount, in our own words: official texts are licensed (facts 5.3)."""

import re
from collections.abc import Sequence

from msgspec import structs

from apps.kinds.claim import standing
from apps.kinds.claim.reading.concepts import rows
from apps.kinds.claim.reading.figures import come_to
from apps.kinds.claim.reading.reasons import (
    ABOVE_PRICE,
    CORRECTS,
    OTHERS_FIRST,
    PARTS_OF_SHARE,
    WORKERS,
    contradicts_itself,
    may_not_be_collected,
    refuses,
    sends_to_you,
    waits_for_decision,
    waits_for_others,
)
from apps.kinds.claim.records import ClaimRecord, Fact, Figure, Kind, Line, Network, Reason
from apps.kinds.claim.wording.sources import numbered
from apps.kinds.claim.wording.vocabulary import called
from apps.plain_language.language import _, plural, said
from apps.plain_language.money import money
from apps.plain_language.theirs import an_amount, filled, joined, theirs

GROUPS = {
    "CO": said("By its contract with your plan, the provider normally may not charge this to you."),
    "PR": said("Your plan counts this part as yours."),
    "OA": said("Your plan adjusted this for another reason."),
    "PI": said(
        "Your plan does not count this as yours, but no agreement binds the provider: ask your plan if you "
        "are billed for it."
    ),
    "CR": said("This corrects an earlier decision."),
}
_MEDICARE = {
    "line B": said("Your benefits for this service were used up."),
    "line C": said("Medicare does not cover this service."),
    "line D": said("Medicare denied this line."),
    "line I": said("Something in this line was not valid."),
    "line M": said("Medicare had already received this same line."),
    "line N": said("Medicare did not find this medically necessary."),
    "line Z": said("Payment of this test is included in another one."),
    "non-payment B": said("Your benefits for this service were used up."),
    "non-payment N": said("Medicare's code says only that it pays nothing of this."),
    **{f"non-payment {code}": said("Another insurer pays first.") for code in OTHERS_FIRST},
    **{
        f"non-payment {code}": said("Medicare's reason: workers' compensation covered this.")
        for code in WORKERS
    },
    "non-payment C": said("Medicare does not cover this."),
    "non-payment R": said("Benefits were refused or evidence was missing."),
}
_COMPENSATION = frozenset(f"non-payment {code}" for code in WORKERS)
_BESIDE_COMPENSATION = frozenset({"", "C", "E", "W"})
"""Who pays first by Medicare's code of it, where no other is named: nobody, Medicare for now, that itself."""
_NOBODY_FIRST = frozenset({"", "Z"})
"""Codes of who pays first by which nobody does before Medicare."""
_OBSOLETE = re.compile(r"\s*\((?:obsolete|eff)[^()]*\)", re.IGNORECASE)
"""What a list of codes says of when a code was in use."""
_MOST_RUNS = 4
"""How many lines, or runs of them, a reason names; a hospital stay has hundreds."""
_APPROVAL = "75"
"""NCPDP's reject code of a drug that needs approval in advance."""
_OF_SHARED_LIST = said(
    "It is of a list that plans share, whose words we may not show: ask your plan or the provider."
)
_OF_ITS_OWN = said("We do not know whose list it is of: ask your plan for its words.")
_YOURS_AND_NOT = {
    "deductible": said(
        "By its number this is your deductible, by its letters it is not yours: ask your plan which is right."
    ),
    "coinsurance": said(
        "By its number this is your coinsurance, by its letters it is not yours: ask your plan which is "
        "right."
    ),
    "copay": said(
        "By its number this is your copay, by its letters it is not yours: ask your plan which is right."
    ),
}
"""What a reason says whose number and group contradict each other, by the part of the share."""
_ABOVE_AND_YOURS: dict[Network | None, str] = {
    "in": said(
        "The charge is above the price your plan allows, and your plan counts that as yours. It also counts "
        "the provider as in its network, where the agreed price normally applies: ask before you pay."
    ),
    "out": said(
        "The charge is above the price your plan allows. There is no agreed price with this provider, "
        "who may ask you for this part."
    ),
    None: said("The charge is above the price your plan allows. The provider may ask you for this part."),
}
"""What a charge above the price is where it may be asked for, by the network; None for every other."""


def reason_words(
    reason: Reason, network: Network | None = None, kind: Kind = "unknown", *, said_before: str = ""
) -> str:
    """Return what a reason says: our words where we know the code, else what the plan sent, else the code.

    *network* of the line or the claim: outside of it there is no agreed price. *kind* is the claim's.
    *said_before* was said before: of whose a refused part is, that is not said again.
    """
    if reason.kind == "cms":
        own = _MEDICARE.get(reason.code)
        if own:
            return _(own)
        return filled(
            _("Medicare's reason: {words}."),
            words=theirs(_OBSOLETE.sub("", reason.words or ""))
            or _("code {code}").format(code=reason.code.split()[-1]),
        )
    if reason.kind == "adjustment":
        return _adjustment(reason, network, kind, said_before)
    return _plans_own(reason)


def _plans_own(reason: Reason) -> str:
    text = _as_sent(reason)
    if not reason.is_ncpdp or reason.code != _APPROVAL:
        return text
    ended = text if reason.words is None else joined("", [text, "."])
    return joined(
        " ", [ended, _("Ask who prescribed it whether it can ask your plan for approval in advance.")]
    )


def _as_sent(reason: Reason) -> str:
    if reason.words:
        if not reason.code:
            return filled(_("Your plan wrote: {words}"), words=theirs(reason.words))
        return filled(_("{words} (code {code})"), words=theirs(reason.words), code=reason.code)
    if reason.is_ncpdp:
        text = _(
            "NCPDP reject code {code}. We may not show what these codes mean: ask the pharmacy or your plan."
        )
        return text.format(code=reason.code)
    is_shared = reason.kind == "remark"
    text = _("Your plan gave the remark code {code}.") if is_shared else _("Your plan gave the code {code}.")
    return f"{text.format(code=reason.code)} {_(_OF_SHARED_LIST if is_shared else _OF_ITS_OWN)}"


def _adjustment(reason: Reason, network: Network | None, kind: Kind, said_before: str) -> str:
    number = reason.code.lstrip("0") or reason.code
    own = {row[0]: row[1] for row in rows("reasons.tsv")}.get(number)
    shown = f"{reason.group} {reason.code}" if reason.group else reason.code
    code = _("(Code {code})").format(code=shown)
    may_be_yours = reason.group == "PR" or (reason.group is None and network == "out")
    if number == ABOVE_PRICE and may_be_yours:
        yours = _ABOVE_AND_YOURS.get(network, _ABOVE_AND_YOURS[None])
        return f"{called(kind, _(yours))} {code}"
    if contradicts_itself(reason):
        return f"{_(_YOURS_AND_NOT[PARTS_OF_SHARE[number]])} {code}"
    is_agreed = network in standing.AGREED or (reason.group == "CO" and network is None)
    is_below_nothing = (reason.amount.amount or 0) < 0
    if is_below_nothing and reason.group == CORRECTS:
        own = GROUPS[CORRECTS]
    elif is_below_nothing and number == ABOVE_PRICE:
        own = said("The price your plan allows is above the charge.")
    elif number == ABOVE_PRICE and not is_agreed:
        own = said("The charge is above the price your plan allows.")
    written = theirs(f"{reason.words}.") if reason.words else ""
    bare = f"{_('Your plan gave only a code.')} {_(_OF_SHARED_LIST)}"
    sentence = called(kind, _(own)) if own else written or called(kind, bare)
    is_told_otherwise = reason.group == "OA" and (own or written)
    is_told = is_told_otherwise or _says_whose(reason) or is_below_nothing
    whose = "" if is_told else whose_words(reason.group or "", network, kind)
    if refuses(reason) and whose in said_before:
        whose = ""
    return joined(" ", [part for part in (sentence, whose, code) if part])


def whose_words(group: str, network: Network | None, kind: Kind) -> str:
    """Return whose an amount is by a group of X12's; outside the network there is no contract to name."""
    if group == "CO" and network == "out":
        return called(kind, _("By what your plan sent, the provider normally may not charge this to you."))
    return called(kind, _(GROUPS.get(group, "")))


def _says_whose(reason: Reason) -> bool:
    """Return whether a number says by itself who has the money or may ask for it, or that this is open, and
    its group no more."""
    return (
        sends_to_you(reason)
        or waits_for_decision(reason)
        or (may_not_be_collected(reason) and reason.group != "PR")
    )


def names_two_first_payers(record: ClaimRecord) -> bool:
    """Return whether a reason leaves the claim to workers' compensation, and a code names another payer."""
    is_compensated = any(reason.code in _COMPENSATION for reason in record.reasons if reason.kind == "cms")
    return is_compensated and any(
        is_first_payer(fact) and (fact.code or "") not in _BESIDE_COMPENSATION for fact in record.facts
    )


def names_first_payer(record: ClaimRecord) -> bool:
    """Return whether a code or a reason says that another pays first."""
    is_coded = any(is_first_payer(fact) and (fact.code or "") not in _NOBODY_FIRST for fact in record.facts)
    return is_coded or any(map(waits_for_others, record.all_reasons))


def is_first_payer(fact: Fact) -> bool:
    """Return whether it says who pays before Medicare: of the claim, or of a line."""
    return fact.category.endswith("prmry_pyr_cd")


def reasons(record: ClaimRecord, said_before: str = "") -> tuple[str, ...]:
    """Return what reasons say, each once, with the lines it was given for; those of the same lines together.

    *said_before* is what the page said before.
    """
    at_claim = _worded(record, record, said_before)
    lines: dict[str, list[int]] = {}
    amounts: dict[str, list[Figure]] = {}
    of_all, every_line = set[str](), numbered(record)
    for number, line in every_line:
        for words, figures in _worded(line, record, said_before).items():
            if words in at_claim and not any(figure.is_known for figure in figures):
                of_all.add(words)
                continue  # the claim says it for this line too
            lines.setdefault(words, []).append(number)
            amounts.setdefault(words, []).extend(figures)
    of_claim = [
        _with_amount(words, figures)
        for words, figures in at_claim.items()
        if words not in amounts
        or words in of_all
        or not (
            _come_to_the_same(figures, amounts[words])
            if any(figure.is_known for figure in figures)
            else len(lines[words]) == len(every_line)
        )
    ]
    by_lines: dict[tuple[int, ...], list[str]] = {}
    for words, numbers in lines.items():
        by_lines.setdefault(tuple(numbers), []).append(_with_amount(words, amounts[words]))
    of_lines = (
        filled(_("{lines}: {reason}"), lines=lines_words(numbers), reason=joined(" ", every))
        for numbers, every in by_lines.items()
    )
    return (*of_claim, *of_lines)


def _worded(at: ClaimRecord | Line, record: ClaimRecord, said_before: str) -> dict[str, list[Figure]]:
    """Return what the reasons of a claim or of a line of it say, with the amounts that each is about."""
    network, worded = at.network or record.network, dict[str, list[Figure]]()
    is_taken_back = (at.money.bill.amount or 0) < 0
    for reason in at.reasons:
        meant = _as_at_first(reason) if is_taken_back else reason
        worded.setdefault(reason_words(meant, network, record.kind, said_before=said_before), []).append(
            reason.amount
        )
    return worded


def _as_at_first(reason: Reason) -> Reason:
    """Return the reason of a charge that is taken back as it was given at first: without its minus."""
    amount = abs(reason.amount.amount) if reason.amount.amount is not None else None
    return structs.replace(reason, amount=structs.replace(reason.amount, amount=amount))


def _with_amount(words: str, figures: Sequence[Figure]) -> str:
    """Return what a reason says, and what it comes to where each time it was given it has an amount."""
    if not _come_to_something(figures):
        return words
    amount = come_to(figures)
    whole = filled(_("Amount: {amount}."), amount=an_amount(money(amount, figures[0].unit)))
    return joined(" ", [words, whole])


def _come_to_something(figures: Sequence[Figure]) -> bool:
    """Return whether all are amounts, of one currency, that do not take each other back."""
    amounts = [figure.amount for figure in figures if figure.amount is not None]
    is_whole = len(amounts) == len(figures) and len({figure.unit for figure in figures}) == 1
    return is_whole and (bool(sum(amounts)) or not any(amounts))


def _come_to_the_same(figures: Sequence[Figure], by_lines: Sequence[Figure]) -> bool:
    """Return whether lines tell what the claim does, and which of them it is of."""
    is_whole = all(map(_come_to_something, (figures, by_lines)))
    return is_whole and come_to(figures) == come_to(by_lines) and figures[0].unit == by_lines[0].unit


def tells_amount(record: ClaimRecord, reason: Reason, *, is_of_claim: bool) -> bool:
    """Return whether what a reason of the claim, or of one of its lines, comes to is told with it: each time
    it was given there it has an amount."""
    same = (reason.kind, reason.code, reason.group, reason.words)
    of_lines = [of_line for line in record.real_lines for of_line in line.reasons]
    beside = record.reasons if is_of_claim else of_lines
    every = [other.amount for other in beside if (other.kind, other.code, other.group, other.words) == same]
    return _come_to_something(every)


def lines_words(numbers: Sequence[int]) -> str:
    """Return which lines these are, "Lines 1, 3 to 7"; of many that are scattered how many."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    if len(runs) > _MOST_RUNS:
        text = plural("{n} line (first: {first})", "{n} lines (first: {first})", len(numbers))
        return text.format(n=f"{len(numbers):,}", first=numbers[0])
    sentences = (
        [_("{first} to {last}").format(first=run[0], last=run[-1])] if len(run) > 2 else map(str, run)
        for run in runs
    )
    text = plural("Line {lines}", "Lines {lines}", len(numbers))
    return text.format(lines=", ".join(text for run in sentences for text in run))

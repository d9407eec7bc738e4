"""Words of the claim list and of providers' pages: choices, orders, sums and what is in none of them."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final, get_args

from apps.kinds.claim.query import Term
from apps.kinds.claim.standing import Out, State
from apps.kinds.claim.tallies import Tally
from apps.plain_language.language import _, plural, said
from apps.plain_language.money import money
from apps.plain_language.theirs import listed

KINDS = {
    "professional": said("Doctor visits and services"),
    "outpatient": said("Outpatient hospital care"),
    "inpatient": said("Hospital stays"),
    "pharmacy": said("Prescriptions"),
    "oral": said("Dental"),
    "vision": said("Vision"),
    "unknown": said("Other claims"),
}
GROUPS = {
    "paid": said("Paid by your plan"),
    "deductible": said("Went to the deductible"),
    "nothing_paid": said("Your plan paid nothing"),
    "partly_paid": said("Partly paid or refused in part"),
    "denied": said("Denied or refused"),
    "not_covered": said("Not covered"),
    "disagree": said("Figures disagree"),
    "waiting": said("Not finished yet"),
    "closed": said("Cancelled or taken back"),
    "other": said("Your plan did not say"),
}
SORTS = {"newest": said("Newest first"), "oldest": said("Oldest first"), "share": said("Highest share first")}
PAGER = {
    "newest": (said("Newest"), said("Newer claims"), said("Older claims")),
    "oldest": (said("Oldest"), said("Older claims"), said("Newer claims")),
    "share": (said("Highest shares"), said("Higher shares"), said("Lower shares")),
}
"""Sort -> the links to the first page, the one before and the one after."""
NAMES = {
    "year": said("Year"),
    "kind": said("Kind"),
    "plan": said("Plan"),
    "person": said("Person"),
    "provider": said("Provider"),
    "state": said("Where it stands"),
    "from": said("Share from"),
    "to": said("Share up to"),
    "q": said("Search"),
    "sort": said("Order"),
    "all": said("Earlier versions"),
}

_OF_CLAIMS: Final = frozenset(get_args(State))
"""How claims stand: what was asked for in advance may be "used up", and no claim is."""


def meaning(terms: Iterable[Term]) -> str:
    """Return as what the terms of a search were understood; "" where all were looked for as typed."""
    meanings = [
        text.format(text=term.text, words=listed([f"“{word}”" for word in term.words]))
        for term in terms
        if (text := _meant(term))
    ]
    return f"{'; '.join(meanings)}." if meanings else ""


def _meant(term: Term) -> str:
    """Return as what a term was understood, with its place in the words; "" where it was as typed."""
    ways = (
        (term.days, _("“{text}”: care of that time, or so written")),
        (term.month, _("“{text}”: care in that month of any year, or so written")),
        (term.amounts, _("“{text}”: billed, paid, or your share")),
        (term.kinds or term.states & _OF_CLAIMS, _("“{text}”: claims that are so")),
        (term.states, _("“{text}”: approvals and estimates that are so")),
        (term.is_correction, _("“{text}” is written nowhere; shown is {words}")),
        (term.words, _("“{text}”: also as claims call or code it")),
    )
    return next((words for is_so, words in ways if is_so), "")


def where_else(terms: Iterable[Term]) -> str:
    """Return where to look where no claim has an amount that was looked for; "" for other searches."""
    if not any(term.amounts for term in terms):
        return ""
    return _(
        "A bill may be for several claims, or for what is left of one: look for the provider or the month."
    )


ADDED_UP_LATER = said("Amounts are added up when all claims have come.")
"""What stands beside the number of claims while they come for the first time."""


def still_reading(*, is_behind: bool) -> str:
    """Say that records came in which are in no number yet; empty when all are."""
    return (
        _("We are still reading your claims: not all of them are in the numbers and choices here.")
        if is_behind
        else ""
    )


def result(tally: Tally, *, is_arriving: bool = False, is_of_several: bool = False) -> str:
    """Return what a list comes to: "12 claims, your share $1,204.50".

    Where not all claims are in the sum, it stands with the number of those that are.

    No sum stands while claims are *arriving* for the first time; *is_of_several*: of several people.
    """
    number, share = tally.claims, shares(tally)
    if is_arriving:
        text = plural("{n} claim so far", "{n} claims so far", number)
    elif not share and not tally.counted:
        text = plural("{n} claim", "{n} claims", number)
    elif not share:
        text = plural("{n} claim, your share not known", "{n} claims, your share not known", number)
    elif is_of_several:
        text = plural(
            "{n} claim, the share of everyone here {share}",
            "{n} claims, the share of everyone here {share}",
            number,
        )
    else:
        text = plural("{n} claim, your share {share}", "{n} claims, your share {share}", number)
    sentence = text.format(n=f"{number:,}", share=share)
    if is_arriving and number:
        return f"{sentence}. {_(ADDED_UP_LATER)}"
    if is_arriving or not share:
        return sentence
    if tally.summed < number:
        sentence = plural(
            "{told} for the one that can be added up", "{told} for the {n} that can be added up", tally.summed
        ).format(told=sentence, n=f"{tally.summed:,}")
    return with_unknown(sentence, tally)


def with_unknown(sums: str, tally: Tally) -> str:
    """Return what shares come to, with how many claims have none that is known: these are in no sum."""
    if not (sums and tally.unknown):
        return sums
    return _("{told} ({unknown} without a known share)").format(told=sums, unknown=f"{tally.unknown:,}")


def twins(number: int, *, elsewhere: bool) -> str:
    """Return how many claims came through two connections; *elsewhere*: one is chosen, and lists them not."""
    if not number:
        return ""
    words = (
        plural(
            "{n} claim of this connection also came through another one and is listed there.",
            "{n} claims of this connection also came through another one and are listed there.",
            number,
        )
        if elsewhere
        else plural(
            "{n} claim came through two of your connections. It stands here once and counts once.",
            "{n} claims came through two of your connections. Each stands here once and counts once.",
            number,
        )
    )
    return words.format(n=f"{number:,}")


def amounts(sums: Mapping[str, Decimal]) -> str:
    """Return sums in words, US dollars first; currencies are never added up. Empty where there is none."""
    in_order = sorted(sums.items(), key=lambda pair: (pair[0] != "USD", pair[0]))
    return " · ".join(money(amount, currency) for currency, amount in in_order)


def shares(tally: Tally) -> str:
    """Return what the shares come to, at least where one is known for a part only; empty where none is."""
    sums = amounts(tally.shares)
    return at_least(sums) if sums and tally.in_part else sums


def claims(number: int) -> str:
    """Return "12 claims"."""
    return plural("{n} claim", "{n} claims", number).format(n=f"{number:,}")


def with_count(words: str, number: int) -> str:
    """Return a choice with how many claims it has: "Prescriptions (12)"."""
    return f"{words} ({number:,})"


def left_out(out: Mapping[Out, int], replaced: int = 0, disagreeing: int = 0) -> tuple[str, ...]:
    """Return what of some claims is in no sum: those that are *out*, by why, *replaced* versions, and those
    *disagreeing* whose figures do not agree, with each other or with the price.

    Every page says it by these sentences, so that the same claims come with the same numbers everywhere.
    """
    number = sum(out.values())
    *first, last = [words for reason, words in _why(out) if out.get(reason)] or [""]
    why = _("{one} or {other}").format(one=", ".join(first), other=last) if first else last
    sentences = (
        (
            disagreeing,
            plural(
                "{n} claim whose figures disagree is in no sum. Its page shows them.",
                "{n} claims whose figures disagree are in no sum. Their pages show them.",
                disagreeing,
            ),
        ),
        (number, plural("{n} claim is in no sum: {why}.", "{n} claims are in no sum: {why}.", number)),
        (
            replaced,
            plural(
                "{n} other version is in no sum: an older one, another form of a claim, or a mistake.",
                "{n} other versions are in no sum: older ones, other forms of a claim, or mistakes.",
                replaced,
            ),
        ),
    )
    return with_numbers(*sentences, why=why)


def with_numbers(*sentences: tuple[int, str], **values: str) -> tuple[str, ...]:
    """Return the sentences of numbers that are not zero, each with its number as `{n}`."""
    return tuple(words.format(n=f"{number:,}", **values) for number, words in sentences if number)


def _why(out: Mapping[Out, int]) -> tuple[tuple[Out, str], ...]:
    """Return each reason in words, in the order in which they are told: of one claim or of several."""
    number = sum(out.values())
    return (
        ("cancelled", plural("cancelled", "cancelled", number)),
        ("deleted", plural("deleted by your plan", "deleted by your plan", number)),
        ("mistake", plural("entered by mistake", "entered by mistake", number)),
        ("taken_back", plural("taken back", "taken back", number)),
        ("repeat", plural("sent twice", "sent twice", number)),
        ("gone", plural("no longer sent", "no longer sent", number)),
        ("draft", plural("a draft", "drafts", number)),
        ("open", _("not decided yet")),
        ("unread", _("not readable")),
    )


def apart(disagreeing: int) -> str:
    """Return that so many claims are not in a sum just told, because their figures disagree; "" for none."""
    words = plural(
        "{n} claim whose figures disagree is not in this sum.",
        "{n} claims whose figures disagree are not in this sum.",
        disagreeing,
    )
    return "".join(with_numbers((disagreeing, words)))


def at_least(amount: str) -> str:
    """Return a sum of which a part is not known: "at least $1,204.50"."""
    return _("at least {amount}").format(amount=amount)

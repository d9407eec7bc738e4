"""What Today says: the first line, what it leaves out, and the cards; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Literal

from django.utils import timezone

from apps.kinds.claim.shares import Share
from apps.kinds.claim.tallies import Left
from apps.kinds.claim.unpaid import Apart
from apps.kinds.claim.wording.list_words import ADDED_UP_LATER, with_numbers
from apps.plain_language.language import _, plural, said
from apps.plain_language.money import money
from apps.plain_language.theirs import listed
from apps.plain_language.times import day_words, time_words

Gap = Literal["", "ended", "kept", "arriving", "none", "partial", "stale"]


@dataclass(frozen=True, slots=True)
class Source:
    """How far one connection is read: `gap` says why not wholly, `at` when it last was."""

    plan: str
    gap: Gap = ""
    at: datetime | None = None
    claims: int = 0
    total: int = 0
    """How many the plan said there are, while they come; 0 where it did not."""
    is_told: bool = True
    """Whether how much came is told: not of people who did not agree."""


@dataclass(frozen=True, slots=True)
class Card:
    """One thing that needs the member, with its one button; `kind` is denied for a denial that is theirs."""

    kind: str
    title: str
    text: str
    url: str
    button: str
    about: str = ""
    """Its day, person and plan: what tells it from another card of this title."""


_GAPS: Final[dict[Gap, str]] = {
    "ended": said("Access to {plan} has ended, so no newer claims come."),
    "kept": said("{plan} is disconnected, so no newer claims come."),
    "none": said("{plan} is connected. No claims have come yet."),
    "partial": said("We could not read everything from {plan}."),
    "stale": said("{plan} was last read on {day}, so newer claims may be missing."),
}
_APART: Final[dict[Apart, tuple[str, str]]] = {
    "counter": (
        said("{n} prescription: pharmacies take the share when they hand it over."),
        said("{n} prescriptions: pharmacies take the share when they hand them over."),
    ),
    "provider": (
        said("{n} claim whose share your plan puts on the provider."),
        said("{n} claims whose share your plan puts on the provider."),
    ),
    "other_payer": (
        said("{n} claim that waits for another payer."),
        said("{n} claims that wait for another payer."),
    ),
    "protected": (
        said("{n} claim of a program whose members are mostly charged nothing more (Medicaid, QMB)."),
        said("{n} claims of a program whose members are mostly charged nothing more (Medicaid, QMB)."),
    ),
    "open": (
        said("{n} claim that is not final, or whose share is not known in full."),
        said("{n} claims that are not final, or whose share is not known in full."),
    ),
    "disagrees": (
        said("{n} claim whose figures do not agree."),
        said("{n} claims whose figures do not agree."),
    ),
    "above": (
        said("{n} claim of which payments and share come to more than the price or the bill: ask first."),
        said("{n} claims of which payments and share come to more than the price or the bill: ask first."),
    ),
    "mistake": (
        said("Your plan marked {n} claim as a mistake: nothing of it counts."),
        said("Your plan marked {n} claims as mistakes: nothing of them counts."),
    ),
}


_OLDER_APART: Final[dict[Apart, tuple[str, str]]] = {
    "disagrees": (
        said("The figures of {n} older claim do not agree, so it is in no sum here."),
        said("The figures of {n} older claims do not agree, so they are in no sum here."),
    ),
    "open": (
        said("{n} older claim is not final, or its share is not known in full, so it is in no sum here."),
        said(
            "{n} older claims are not final, or their share is not known in full, so they are in no sum here."
        ),
    ),
    "above": (
        said(
            "Payments and share of {n} older claim come to more than the price or the bill, so it is in no "
            "sum here: ask first."
        ),
        said(
            "Payments and shares of {n} older claims come to more than the price or the bill, so they are in "
            "no sum here: ask first."
        ),
    ),
}
"""Why older claims are open questions: of the other reasons there is nothing to ask."""


def first_line(
    shares: Sequence[Share],
    *,
    cards: int,
    sources: Sequence[Source],
    unknown: int,
    is_behind: bool,
    closed: str = "",
    has_older: bool = False,
    is_of_several: bool = False,
) -> list[str]:
    """Return Today's answer in one sentence, then what keeps it from being all.

    No sum stands before every first pass is complete; "nothing needs you" only where everything was read
    lately, and no recent share is `unknown`; `closed` says how many claims of whatever year are not readable;
    *has_older*: some older claims are an open question, so that it speaks of its time alone.
    *is_of_several*: no share is "yours" where everyone's show.
    """
    if any(source.gap == "arriving" for source in sources):
        later = [_(ADDED_UP_LATER)] if any(source.claims for source in sources) else []
        return [*filter(None, [so_far(sources)]), *gaps(sources), *later]
    caveats = [*gaps(sources), *_unknown(unknown), *filter(None, [closed])]
    if shares:
        sentence = _not_noted(len(shares), is_of_several=is_of_several)
        return [sentence.format(n=f"{len(shares):,}", amounts=sums(shares)), *caveats]
    if cards:
        sentence = plural("{n} thing here needs you.", "{n} things here need you.", cards)
        return [sentence.format(n=cards), *caveats]
    if caveats or is_behind:
        return [_("No amount here waits to be noted as paid."), *caveats]
    nothing = _("Nothing here needs you, as of {moment}.")
    if has_older:
        nothing = _("Nothing of the last 6 months needs you, as of {moment}.")
    is_empty = not any(source.claims or not source.is_told for source in sources)
    return [nothing.format(moment=_moment(sources)), *([_("No claims have come yet.")] if is_empty else [])]


def _not_noted(number: int, *, is_of_several: bool) -> str:
    if is_of_several:
        return plural(
            "The share of everyone here for {n} recent claim, {amounts}, is not noted as paid.",
            "The share of everyone here for {n} recent claims, {amounts}, is not noted as paid.",
            number,
        )
    return plural(
        "Your share of {n} recent claim, {amounts}, is not noted as paid.",
        "Your share of {n} recent claims, {amounts}, is not noted as paid.",
        number,
    )


def sums(shares: Iterable[Share]) -> str:
    """Return what *shares* come to: "$302.10", "$302.10 and CAD 12.00"; currencies are never added up."""
    totals: dict[str, Decimal] = {}
    for share in shares:
        totals[share.currency] = totals.get(share.currency, Decimal(0)) + share.amount
    return _amounts(totals)


def _amounts(totals: Mapping[str, Decimal]) -> str:
    in_order = sorted(totals.items(), key=lambda pair: (pair[0] != "USD", pair[0]))
    return listed([money(amount, currency) for currency, amount in in_order])


def left_out(apart: Mapping[Apart, int]) -> list[str]:
    """Return which recent claims with a share are not in the first line, and why."""
    return _by_reason(_APART, apart)


def older_apart(apart: Mapping[Apart, int]) -> list[str]:
    """Return which older claims are in no sum, because something of them is an open question."""
    return _by_reason(_OLDER_APART, apart)


def _by_reason(words: Mapping[Apart, tuple[str, str]], apart: Mapping[Apart, int]) -> list[str]:
    return [plural(*words[why], apart[why]).format(n=f"{apart[why]:,}") for why in words if apart.get(why)]


def older(left: Mapping[str, Left], *, undated: int = 0, is_of_several: bool = False) -> str:
    """Return what is known of older shares, by currency, as `first_line` says whose; "" for none.

    Those that are *undated* stand among them.
    """
    number = sum(sum_left.claims for sum_left in left.values())
    if not number:
        return ""
    sentence = plural(
        "Your share of {n} older claim, {amounts}: we do not know whether it was paid.",
        "Your share of {n} older claims, {amounts}: we do not know whether these were paid.",
        number,
    )
    if is_of_several:
        sentence = plural(
            "The share of everyone here for {n} older claim, {amounts}: we do not know whether it was paid.",
            "The share of everyone here for {n} older claims, {amounts}: we do not know whether these were "
            "paid.",
            number,
        )
    amounts = _amounts({currency: sum_left.amount for currency, sum_left in left.items()})
    words = sentence.format(n=f"{number:,}", amounts=amounts)
    if not undated:
        return words
    without = plural(
        "{n} of these has no date, so it may be recent.",
        "{n} of these have no date, so they may be recent.",
        undated,
    )
    return f"{words} {without.format(n=f'{undated:,}')}"


def settled(number: int) -> str:
    """Return how many older shares the member settled."""
    sentence = plural(
        "You noted {n} older share as settled.", "You noted {n} older shares as settled.", number
    )
    return sentence.format(n=f"{number:,}")


def fallen(noted: Decimal, share: Decimal | None, currency: str) -> str:
    """Return what to do where a share is less than what was noted as paid, or counts no longer (None)."""
    if share is None:
        text = _("You noted {noted}, and your plan took this claim back. Ask the provider about a refund.")
        return text.format(noted=money(noted, currency))
    text = _("You noted {noted}, the share is now {share}. Ask the provider about a refund.")
    return text.format(noted=money(noted, currency), share=money(share, currency))


def so_far(sources: Iterable[Source]) -> str:
    """Return how much came of all plans that still come; "" where that is one, which says it itself."""
    arriving = [source for source in sources if source.gap == "arriving"]
    if len(arriving) < 2:
        return ""
    number = sum(source.claims for source in arriving)
    if not number:
        return _("{plans} plans are connected. What they send is being read.").format(plans=len(arriving))
    text = plural("{n} claim so far from {plans} plans.", "{n} claims so far from {plans} plans.", number)
    return text.format(n=f"{number:,}", plans=len(arriving))


def _so_far(source: Source, *, are_of_all_years: bool) -> str:
    if not source.claims and not source.is_told:
        return _("{plan} is connected. What it sends is being read.").format(plan=source.plan)
    if not source.claims:
        return _("{plan} is connected. No claims have come yet.").format(plan=source.plan)
    if source.total > source.claims:
        text = _("{n} claims so far, of about {total}, from {plan}.")
        if are_of_all_years:
            text = _("{n} claims so far, of about {total} in all years, from {plan}.")
        return text.format(n=f"{source.claims:,}", total=f"{source.total:,}", plan=source.plan)
    text = plural("{n} claim so far from {plan}.", "{n} claims so far from {plan}.", source.claims)
    if are_of_all_years:
        text = plural(
            "{n} claim so far from {plan}, in all years.",
            "{n} claims so far from {plan}, in all years.",
            source.claims,
        )
    return text.format(n=f"{source.claims:,}", plan=source.plan)


def gaps(sources: Iterable[Source], *, are_of_all_years: bool = False) -> list[str]:
    """Return why what is here is not all, first how much came of what still comes.

    *are_of_all_years* is said beside a single year.
    """
    sources = list(sources)
    sentences = [
        _so_far(source, are_of_all_years=are_of_all_years) for source in sources if source.gap == "arriving"
    ] + [
        _(_GAPS[source.gap]).format(plan=source.plan, day=day_words(source.at) if source.at else "")
        for source in sources
        if source.gap in _GAPS
    ]
    return list(dict.fromkeys(sentences))  # of two connections to one plan that nothing tells apart, once


def _unknown(number: int) -> tuple[str, ...]:
    text = plural(
        "For {n} recent claim the share is not known for sure.",
        "For {n} recent claims the share is not known for sure.",
        number,
    )
    return with_numbers((number, text))


def _moment(sources: Iterable[Source]) -> str:
    """Return when the plan that was read longest ago was: the time where that is today, else the day."""
    at = min(source.at for source in sources if source.at is not None)
    is_today = timezone.localtime(at).date() == timezone.localdate()
    return time_words(at) if is_today else day_words(at)

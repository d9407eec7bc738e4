"""What needs the member, a card each: refusals, refunds, money to pass on, corrections, approvals.

Today's first line, which counts them, is told too where a member waits for their first records.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, Final
from uuid import UUID

from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Member
from apps.appeals.ways import Ways
from apps.kinds.approval.kind import APPROVAL
from apps.kinds.approval.rows import is_of_late as is_before_of_late
from apps.kinds.approval.wording import doubt, is_refused, is_refused_in_part, row, standing_of
from apps.kinds.claim.entry import ClaimEntry
from apps.kinds.claim.people import Whose, everybody
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.rows import rows
from apps.kinds.claim.shares import is_of_late
from apps.kinds.claim.spoken import to_pass_on
from apps.kinds.claim.wording.over_price import ask_for, back_words
from apps.overview import today_words
from apps.overview.today import Desk, today_of
from apps.overview.today_words import Card
from apps.plain_language.dates import at_the_start, date_words
from apps.plain_language.language import _, plural, said
from apps.plain_language.money import money
from apps.plain_language.theirs import joined
from apps.records.entries import Entry
from apps.records.shelf import Library
from apps.records.volumes import Held
from apps.vault.boxes import box_for

RUNS_OUT: Final = timedelta(days=30)
SHOWN: Final = 5
_REFUSED: Final = {
    "denied": said("Your plan denied this claim."),
    "not_covered": said("Your plan did not cover this."),
    "refused": said("Your plan refused to pay this."),
    "partly_paid": said("Your plan refused a part of this."),
    "partly_refused": said("Your plan refused a part of this."),
    "undecided": said(
        "Your plan marks this as not decided, and as denied all the same: ask it which is right."
    ),
    "error": said("Your plan could not finish this, and marks it as denied all the same: ask it what holds."),
}
_NOT_COVERED_IN_PART: Final = said("Your plan did not cover a part of this.")
_ONLY_MARKED: Final = said("Your plan marks this as denied, and paid it all the same.")


def cards(desk: Desk, whose: Whose, corrected: Sequence[Held[ClaimEntry]]) -> list[Card]:
    """Return every card, what was refused first; *corrected* are the claims of which a newer version came."""
    ending, people = _approvals(desk.library, desk.today), _people(desk.library)
    every = [*ending, *_claims(desk, whose, corrected), *_not_approved(desk, whose), *people]
    return sorted(every, key=lambda card: card.kind != "denied")


def _people(library: Library) -> list[Card]:
    """Return whose records wait for the member's word, while everyone is shown."""
    if library.sight.person:
        return []
    named = [
        (person, person.shown or _("Person at {plan}").format(plan=library.by_id[person.plans[0]].plan.name))
        for person in library.household.closed
    ]
    return [
        Card(
            "attention",
            name,
            _("Records of {name} are here and do not show: {name} is, or may be, another adult.").format(
                name=name
            ),
            f"{reverse('overview:people')}#{person.key}",
            _("Say who this is"),
        )
        for person, name in named
    ]


def _claims(desk: Desk, whose: Whose, corrected: Sequence[Held[ClaimEntry]]) -> list[Card]:
    """Return one card a claim: for what asks most of the member, with what else asks something beside it."""
    refused, ways = refused_of(desk)
    by_claim: dict[UUID, tuple[Held[ClaimEntry], str, list[str]]] = {}
    for claim, button, text in _told(desk, refused, ways, corrected):
        by_claim.setdefault(claim.id, (claim, button, []))[-1].append(text)
    refusals = {claim.id for claim in refused[:SHOWN]}
    shown_rows = rows([claim for claim, *_words in by_claim.values()], whose)
    cards = [
        Card(
            row.badge_kind if claim.id in refusals else "attention",
            row.title,
            " ".join(texts),
            _way(claim) if claim.id in refusals else row.url,
            button,
            about=row.meta,
        )
        for row, (claim, button, texts) in zip(shown_rows, by_claim.values(), strict=True)
    ]
    return [*cards, *_disagreeing(desk), *_more_refused(len(refused) - SHOWN)]


def _told(
    desk: Desk, refused: Sequence[Held[ClaimEntry]], ways: Ways, corrected: Sequence[Held[ClaimEntry]]
) -> Iterator[tuple[Held[ClaimEntry], str, str]]:
    """Yield what asks something of the member, with its button: the sharpest first, a few of each kind."""
    shown, see = desk.shown(), _("See this claim")
    yield from ((claim, _("See what you can do"), _refused(claim, ways)) for claim in refused[:SHOWN])
    fallen = [share for share in desk.shares.fallen if not share.claim.is_left_out]
    yield from (
        (share.claim, see, today_words.fallen(share.noted, share.share, share.currency)) for share in fallen
    )
    sent = [
        (claim, see, words)
        for claim in shown
        if (words := to_pass_on(claim.entry))
        and not _is_seen(desk, claim, "sent")
        and not desk.said_of(claim, desk.paid)
    ]
    yield from sent[:SHOWN]
    back = [claim for claim in shown if claim.entry.back and not _is_seen(desk, claim, "back")]
    yield from ((claim, see, _back(claim.entry)) for claim in back[:SHOWN])
    yield from (
        (claim, _("See what changed"), _("Your plan corrected this claim.")) for claim in corrected[:SHOWN]
    )


def refused_of(desk: Desk) -> tuple[list[Held[ClaimEntry]], Ways]:
    """Return the refusals that need the member, and the ways on from them.

    What was refused long ago is left out, unless a day to appeal is still ahead or the letter is of late.
    What is marked as denied before it is finished is in no sum, and here all the same: the time may run.
    """
    refusals = [
        claim
        for claim in desk.listed
        if claim.entry.refuses_you and not claim.entry.is_gone and not _is_seen(desk, claim, "refused")
    ]
    ways = Ways(desk.library, refusals, desk.names_of, today=desk.today)
    waiting = [
        claim
        for claim in refusals
        if not ways.asks_nothing(claim) and (is_of_late(claim.entry, desk.today) or ways.may_ask(claim))
    ]
    return waiting, ways


def _refused(claim: Held[ClaimEntry], ways: Ways) -> str:
    sentence = _NOT_COVERED_IN_PART if claim.entry.is_above_limit else _REFUSED[claim.entry.state]
    sentence = _ONLY_MARKED if claim.entry.is_only_marked else sentence
    return " ".join(filter(None, [_(sentence), ways.left(claim)]))


def _way(refused: Held[Any]) -> str:
    return reverse("appeals:appeal", args=[refused.id])


def _is_seen(desk: Desk, claim: Held[ClaimEntry], box: str) -> bool:
    said = desk.said_of(claim, desk.checked)
    return said is not None and isinstance(said.value, list) and box in said.value


def _back(entry: ClaimEntry) -> str:
    assert entry.back is not None
    ask = ask_for(entry.kind, money(entry.back.amount, entry.currency))
    return f"{back_words(entry.back, entry.currency)} {ask}"


def _disagreeing(desk: Desk) -> list[Card]:
    number = sum(claim.entry.is_set_apart for claim in desk.shown())
    if not number:
        return []
    text = plural(
        "The figures of {n} recent claim do not agree. Ask your plan which one is right.",
        "The figures of {n} recent claims do not agree. Ask your plan which ones are right.",
        number,
    ).format(n=number)
    url = f"{reverse('claims:list')}?state=disagree"
    return [Card("attention", _("Figures that do not agree"), text, url, _("See these claims"))]


def _more_refused(number: int) -> list[Card]:
    if number <= 0:
        return []
    text = plural("{n} more claim was refused.", "{n} more claims were refused.", number).format(n=number)
    url = f"{reverse('claims:list')}?state=denied"
    return [Card("denied", _("More refusals"), text, url, _("See these claims"))]


def _not_approved(desk: Desk, whose: Whose) -> list[Card]:
    refused, ways = refused_before(desk)
    whose = whose.of((held.plan, record) for held, record in refused)
    return [_refused_approval(held, record, whose, ways, desk.today) for held, record in refused[:SHOWN]]


def refused_before(desk: Desk) -> tuple[list[tuple[Held[Entry], ClaimRecord]], Ways]:
    """Return what was asked for in advance and refused, until the member is done with it, and the ways on.

    What was refused long ago is left out, unless a day to appeal is still ahead or the letter is of late.
    """
    refused = [pair for pair in _approvals_that_stand(desk.library) if is_refused(pair[1])]
    ways = Ways(desk.library, [held for held, _record in refused], _own_name, today=desk.today)
    waiting = [
        (held, record)
        for held, record in refused
        if not ways.asks_nothing(held) and (is_before_of_late(record, desk.today) or ways.may_ask(held))
    ]
    return waiting, ways


def _refused_approval(held: Held[Entry], record: ClaimRecord, whose: Whose, ways: Ways, today: date) -> Card:
    words, left = row(record, today=today), ways.left(held)
    about = ", ".join(
        filter(None, [whose.person(record, held.plan), words.meta.removesuffix("."), whose.plan(held.plan)])
    )
    refused = (
        _("Your plan did not approve a part of this in advance.")
        if is_refused_in_part(record)
        else _("Your plan did not approve this in advance.")
    )
    doubted = doubt(record, standing_of(record, today=today))
    text = joined(" ", [part for part in (refused, doubted, left) if part])
    return Card("denied", words.title, text, _way(held), _("See what you can do"), at_the_start(about))


def _own_name(approval_id: UUID) -> tuple[str]:
    return (str(approval_id),)


def _approvals(library: Library, today: date) -> list[Card]:
    cards = []
    for held, ends in islice(running_out(library, today), SHOWN):
        record = APPROVAL.brief_of(held.entry)
        text = _("This approval in advance ends on {day}.").format(day=date_words(ends))
        name = record.provider or record.payer or _("Approval in advance")
        url = f"{reverse('approvals:list')}{held.id}/"
        cards.append(Card("attention", name, text, url, _("See this approval")))
    return cards


def running_out(library: Library, today: date) -> Iterator[tuple[Held[Any], date]]:
    """Yield the approvals that end within `RUNS_OUT`, each with its last day."""
    for held, record in _approvals_that_stand(library):
        ends = _day_of(record.approval.valid_to if record.approval else None)
        stands = standing_of(record, today=today)
        holds = stands in ("approved", "partly_approved") and not doubt(record, stands)
        if holds and ends is not None and today <= ends <= today + RUNS_OUT:
            yield held, ends


def _approvals_that_stand(library: Library) -> Iterator[tuple[Held[Entry], ClaimRecord]]:
    """Yield what nothing newer replaces, what is still sent, and of twins the one that is shown."""
    for held in library.held(APPROVAL):
        if held.entry.is_current and not held.entry.is_gone and held.twin_of is None:
            record = APPROVAL.brief_of(held.entry)
            if record is not None:
                yield held, record


def _day_of(text: str | None) -> date | None:
    try:
        return date.fromisoformat((text or "")[:10])
    except ValueError:
        return None


def first_answer(member: Member, *, now: datetime) -> str:
    """Return the sentence that Today begins with (the setting SYNC_FIRST_ANSWER); nothing is new yet."""
    library = Library(member, box_for(member))
    desk = Desk(library, now=now, today=timezone.localdate(now))
    people = everybody(library)
    return today_of(desk, people, cards(desk, people, ())).sentences[0]

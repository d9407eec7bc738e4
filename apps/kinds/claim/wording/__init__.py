"""ClaimRecord -> words for the list and the page: pure, in the reader's language, free of Django."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from apps.kinds.claim import standing, unpaid
from apps.kinds.claim.excess import is_in_doubt
from apps.kinds.claim.reading.dates import is_before
from apps.kinds.claim.records import ClaimRecord
from apps.kinds.claim.wording import (
    about,
    adding_up,
    contradictions,
    denials,
    left_to_pay,
    lines,
    next_steps,
    receipt,
    to_pay,
)
from apps.kinds.claim.wording.answer import answer, is_closed, is_credit
from apps.kinds.claim.wording.balance import balance_of
from apps.kinds.claim.wording.bill_checklist import checklist
from apps.kinds.claim.wording.causes import Reached, causes
from apps.kinds.claim.wording.story import Badge, Story
from apps.kinds.claim.wording.titles import badge, doubt, every_day, for_calls, kind_words, title, when
from apps.kinds.claim.wording.vocabulary import called
from apps.kinds.claim.wording.waterfall import drawn
from apps.plain_language.capitals import calm_name
from apps.plain_language.dates import date_words
from apps.plain_language.language import _, said
from apps.plain_language.money import priced
from apps.plain_language.theirs import joined, theirs

__all__ = ["Row", "badge", "kind_words", "row", "story", "title", "when"]


@dataclass(frozen=True, slots=True)
class Row:
    """One claim in a list. `share` is words where there is no amount; an ordinary claim has no `badge`.

    `is_closed`: what it says does not count, so that its amount is struck out. `news`: what happened to it
    since the member looked last. What does not stand in the claim itself, lists put in (`claim.rows`).
    """

    title: str
    meta: str
    share: str
    is_share_known: bool
    badge: str = ""
    badge_kind: str = "quiet"
    url: str = ""
    icon: str = ""
    doubt: str = ""
    """That its figures disagree, where `badge` says something else: the claim is in no sum."""
    is_closed: bool = False
    news: str = ""
    together: str = ""
    """That it belongs together with others, and what they come to."""
    when: str = ""
    """The days of the care, and whose it was where there are several people."""


def story(
    record: ClaimRecord,
    *,
    is_current: bool = True,
    is_known_older: bool = True,
    is_taken_back: bool = False,
    asked_lines: str = lines.ALL,
    reached: Sequence[Reached] = (),
    is_old: bool = False,
) -> Story:
    """Return everything the page of one claim says; *is_current* False where another version counts.

    *is_known_older* is False where nobody says that it is newer; *is_taken_back*: it took this one back.
    *asked_lines* is which of many lines to show (`lines.part`); nothing else depends on it. *reached* are the
    limits that the year's count reached with this claim. *is_old*: it was decided long ago (`shares`).
    """
    part = lines.part(record, asked_lines)
    shown_lines = lines.lines(record, part)
    sums, english = balance_of(record), about.english_note(record)
    closed = is_closed(record, is_current=is_current)
    counts = not closed and not standing.is_open(record)
    rows = receipt.rows(record, sums)
    answered = answer(
        record, sums, is_current=is_current, is_known_older=is_known_older, is_taken_back=is_taken_back
    )
    shown = badge(record, is_current=is_current, is_known_older=is_known_older)
    is_uninsured, is_set_apart = standing.is_uninsured(record), is_in_doubt(record)
    lines_notes = (lines.zeros_note(record), lines.shares_note(record) if counts else "")
    is_used_up = any(limit.what == "benefit" for limit in reached)
    return Story(
        title=title(record),
        kind=kind_words(record),
        when=every_day(record),
        payer=calm_name(record.payer or ""),
        answer=answered,
        badge=_coloured(shown, record),
        doubt=doubt(record, shown, is_in_doubt=is_set_apart, is_current=is_current),
        notices=_notices(record, is_closed=closed),
        asks=() if closed else next_steps.asks(record, counts=counts),
        steps=None if closed else next_steps.steps(record, is_used_up=is_used_up, is_old=is_old),
        causes=tuple(cause.words for cause in causes(record, sums, reached)) if counts else (),
        receipt=drawn(rows) if counts and not is_set_apart else rows,
        is_set_apart=is_set_apart and not closed,
        is_closed=closed,
        is_of_then=closed and (is_current or (is_known_older and standing.has_whole_money(record))),
        is_uninsured=is_uninsured,
        sums=adding_up.sentences(record, sums) if counts and not is_uninsured else (),
        disagreements=()
        if closed
        else tuple(contradictions.sentence(disagreement, record) for disagreement in record.disagreements),
        reasons=denials.reasons(record, answered),
        lines=shown_lines,
        folded_lines=lines.folded_words(shown_lines),
        part=part,
        shows_line_amounts=lines.shares_amounts(record),
        lines_note=joined(" ", [note for note in lines_notes if note]),
        total_lines=lines.total_lines(record),
        code_note=lines.code_note(record),
        checklist=checklist(record) if counts and not is_credit(record) else (),
        for_calls=for_calls(record),
        payment=about.payment(record) if counts else (),
        network=about.network(record),
        facts=about.facts(record),
        drug=about.drug(record.drug),
        diagnoses=about.diagnoses(record),
        procedures=about.procedures(record),
        english_note=english,
        has_english_lines=bool(english) and any(lines.english_names(record)),
        team=about.team(record),
        notes=tuple(map(theirs, record.notes)),
        related=about.related(record),
        more=about.more(record, counts=counts),
        more_note=about.more_note(record),
    )


def _coloured(badge: Badge | None, record: ClaimRecord) -> Badge | None:
    """Return a badge that is green only where nothing is left to the member: green is taken for settled."""
    is_ok = badge is not None and badge.kind == "ok"
    is_left = is_ok and (
        to_pay.due(record) != 0 or left_to_pay.may_be_asked(record, to_pay.amounts_of(record))
    )
    return replace(badge, kind="quiet") if badge and is_left else badge


def row(
    record: ClaimRecord,
    *,
    is_current: bool = True,
    is_known_older: bool = True,
    person: str = "",
    plan: str = "",
) -> Row:
    """Return the words of one row of the list; `badge` is empty for an ordinary claim.

    *person* and *plan* are named where there are more than one.
    """
    shown = badge(record, is_current=is_current, is_known_older=is_known_older)
    is_ordinary = shown is None or shown.kind == "ok"
    share, contradicted = record.money.your_share, contradictions.of(record, "your_share")
    is_share_known = share.is_known and not contradicted and not share.origin.partial
    is_share_known = is_share_known and not (standing.is_open(record) or standing.sends_only_zeros(record))
    when = every_day(record)
    meta = (
        when,
        person,
        plan,
        "" if share.is_known or is_closed(record, is_current=is_current) else _shared(record),
    )
    return Row(
        title=title(record),
        meta=" · ".join(part for part in meta if part),
        share=contradictions.short(contradicted) if contradicted else _share(record),
        is_share_known=is_share_known,
        badge="" if is_ordinary or shown is None else shown.words,
        badge_kind="quiet" if shown is None else shown.kind,
        when=joined(", ", [when, person] if when and person else [when]),
    )


def _share(record: ClaimRecord) -> str:
    share = record.money.your_share
    if standing.is_open(record):
        return _("not decided yet")
    if share.is_known and standing.sends_only_zeros(record):
        return _("only zeros sent")
    if share.origin.partial:
        return _("{share} for a part").format(share=priced(share))
    if share.is_known:
        return priced(share)
    absent = _("not shared") if record.shares_money else _("no amounts shared")
    return contradictions.unreadable(record, "your_share") or absent


def _shared(record: ClaimRecord) -> str:
    """Return what was shared where the share was not: "billed $480.00, plan paid $214.08"."""
    money = record.money
    sentences = []
    if money.billed.is_known and not contradictions.of(record, "billed"):
        sentences.append(_("billed {amount}").format(amount=priced(money.billed)))
    is_decided = bool(money.plan_paid.amount) or not standing.is_open(record)
    is_decided = is_decided and not standing.is_uninsured(record)
    if money.plan_paid.is_known and is_decided and not contradictions.of(record, "plan_paid"):
        sentences.append(_("plan paid {amount}").format(amount=priced(money.plan_paid)))
    return ", ".join(sentences)


def _notices(record: ClaimRecord, *, is_closed: bool) -> tuple[str, ...]:
    notices, in_no_sum = list[str](), _("It is in no sum here.")
    counts, billed = standing.counts(record), record.money.billed.amount
    if record.status == "draft":
        draft = _("Your plan marks this as a draft.")
        notices.append(draft if counts else f"{draft} {in_no_sum}")
    elif record.may_change:
        notices.append(_("Your plan says this is not final. It may still change."))
    if record.outcome == "partial" and counts and not record.may_change:
        notices.append(_("Your plan has not finished this claim yet."))
    if record.is_repeat and counts and not (is_closed or next_steps.steps(record)):
        again = _("Your plan says that it had this claim already.")
        notices.append(f"{again} {in_no_sum}")
    if record.adjustment == "replacement":
        notices.append(_("This is a corrected version of an earlier claim."))
    notices += _in_parts(record)
    if record.adjustment == "debit":  # a credit is taken back, as the first lines say
        notices.append(_("This corrects the amounts of an earlier claim."))
    if any(line.money.billed.amount and line.money.billed.amount < 0 for line in record.lines):
        notices.append(_("Lines with a minus take back earlier ones."))
    elif billed and billed < 0:
        notices.append(_("Amounts with a minus take back earlier ones."))
    if not is_closed:
        notices += _of_more_cost(record)
    notices += next_steps.refused_but_paid(record, is_asked=not is_closed)
    return (*notices, *_of_dates(record, is_closed=is_closed))


def _of_more_cost(record: ClaimRecord) -> Iterator[str]:
    """Yield what may cost the member more, and whom to ask about it: not of a claim that is closed."""
    if unpaid.may_ask_above_price(record):
        text = _(
            "The provider did not accept Medicare's price for this claim and may ask for more than it. "
            "For most doctors the law limits how much: ask Medicare."
        )
        yield called(record.kind, text)
    if record.network == "paid_out":
        yield about.network(record)


def _in_parts(record: ClaimRecord) -> list[str]:
    """Return that a facility bills care in parts, by what its type of bill says."""
    if record.kind not in ("inpatient", "outpatient"):
        return []
    bills = [(fact.code or "").lstrip("0") for fact in record.facts if fact.category in _BILLS]
    return [_(_IN_PARTS[bill[-1]]) for bill in bills if len(bill) in (1, 3) and bill[-1] in _IN_PARTS]


_IN_PARTS = {
    **dict.fromkeys("23", said("The provider bills this care in parts. This is one of them: more may come.")),
    "4": said("The provider billed this care in parts. This is the last of them."),
}
"""How often a facility bills, by the last digit of its type of bill, where it does so in several parts."""
_BILLS = ("typeofbill", "clm_freq_cd")


def _of_dates(record: ClaimRecord, *, is_closed: bool) -> list[str]:
    """Return which dates of a claim contradict each other, or cannot be read.

    Which of them is right of what is closed and counts nowhere, nobody has to ask.
    """
    is_told = is_closed or not contradictions.asks_of_both(record)
    sentences = (
        [contradictions.of_dates(record, is_asked=not is_closed)] if is_told and record.dates_apart else []
    )
    ask = "" if is_closed else f" {_('Ask it which date is right.')}"
    if record.is_received_before_care and record.received_on and not record.dates_apart:
        text = _("Your plan says that it received this claim on {date}, before the care.")
        sentences.append(f"{text.format(date=date_words(record.received_on))}{ask}")
    if is_before(record.created, record.created_on, record.received_on):
        text = _(
            "Your plan dates its record of this claim {made}, before it received the claim on {received}."
        ).format(made=date_words(record.created), received=date_words(record.received_on))
        sentences.append(f"{text}{ask}")
    sent = _("Your plan sent a date that cannot be read: {text}.")
    return sentences + [sent.format(text=text) for text in record.unreadable_dates]
